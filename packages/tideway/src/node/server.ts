import { createServer, Server as HttpServer, type IncomingMessage } from "node:http";
import { Server as HttpsServer } from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import type { Server as TlsServer } from "node:tls";
import { listenBare } from "./bare-listener.js";
import { type DrainOptions, type DrainReport, drain, resolveDrain } from "./drain.js";
import { HttpAttachment, headOf, type UpgradeTaker } from "./http-attachment.js";
import { type MessageInput, toMessage } from "./message-data.js";
import type { ServerOptions } from "./server-options.js";
import type { ServerSocket } from "./server-socket.js";
import { ServerState } from "./server-state.js";
import { Upgrade } from "./upgrade.js";

/**
 * A WebSocket server (RFC 6455). Handlers are shared by all connections; limits, deadlines and the same-origin check are on without
 * being asked for. `Context` is what the `upgrade` handler answers.
 *
 * @example
 * const server = new WebSocketServer({ message: (socket, data) => void socket.send(data) });
 * await server.listen(8080);
 */
export class WebSocketServer<Context = undefined> {
  readonly #state: ServerState<Context>;
  readonly #detach: (() => void)[] = [];
  #own: HttpServer | undefined;

  /**
   * @param options handlers, policy and limits; all of them optional
   * @throws TypeError for an unknown option or a wrong type, RangeError for a number out of range, LocalError for malformed origins
   */
  constructor(options: ServerOptions<Context> = {}) {
    this.#state = new ServerState(options);
  }

  /** Open connections. */
  get connections(): number {
    return this.#state.links.size;
  }

  /** The sockets of all open connections. */
  *sockets(): Generator<ServerSocket<Context>, void, undefined> {
    for (const link of this.#state.links) yield link.socket;
  }

  /**
   * Listens with an HTTP server of its own, which answers everything but upgrades with 426.
   * @param port 0 to 65535; default 0, any free one
   * @param host default "127.0.0.1": say "0.0.0.0" or "::" to be reached from elsewhere
   * @returns the address it listens on
   * @throws (rejects) the error of `listen`, such as EADDRINUSE
   */
  async listen(port = 0, host = "127.0.0.1"): Promise<AddressInfo> {
    const { handshakeTimeout } = this.#state.settings;
    const server = createServer(
      // Node checks its own time-outs only so often; what we promise for the head must hold here too.
      {
        maxHeaderSize: 8192,
        headersTimeout: finite(handshakeTimeout),
        requestTimeout: finite(handshakeTimeout),
        connectionsCheckingInterval: 1000,
      },
      (_request, response) => {
        response.writeHead(426, {
          Connection: "close",
          Upgrade: "websocket",
          "Content-Type": "text/plain; charset=utf-8",
        });
        response.end("This is a WebSocket server.\n");
      },
    );
    this.attach(server);
    this.#own = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    return server.address() as AddressInfo;
  }

  /**
   * Serves on a server of the application's: `node:http` and `node:https` (beside its requests), or `node:net` and `node:tls` with
   * no HTTP server at all. May be called for several servers; several WebSocketServers may share an HTTP server by path.
   * @param options.path the path on this HTTP server; default: the option `path`, else all paths that nobody else has
   * @throws Error when the path is taken
   */
  attach(server: HttpServer | HttpsServer | NetServer | TlsServer, options: { readonly path?: string } = {}): void {
    if (server instanceof HttpServer || server instanceof HttpsServer) {
      const taker: UpgradeTaker = (request, stream, head) => {
        this.handleUpgrade(request, stream, head).catch((error: unknown) => this.#state.reportThrown(error, undefined));
      };
      const attachment = HttpAttachment.of(server);
      attachment.add(options.path ?? this.#state.settings.path, taker);
      this.#detach.push(() => attachment.remove(taker));
      return;
    }
    const { wheel, settings } = this.#state;
    const stop = listenBare(server, {
      wheel,
      handshakeTimeout: settings.handshakeTimeout,
      onHead: (head, socket, rest, since) => void new Upgrade(this.#state, socket, since).run(head, rest),
      onFault: (error) => this.#state.report(error, undefined),
    });
    this.#detach.push(stop);
  }

  /**
   * Takes one upgrade request of a `node:http` server, for applications with an `upgrade` listener of their own.
   * @param head the bytes node:http had read behind the request
   * @returns the socket, or undefined when the request was refused (the answer has been sent)
   * @throws LocalError ERR_ALREADY_UPGRADED when the stream was given before
   */
  async handleUpgrade(
    request: IncomingMessage,
    stream: Duplex,
    head: Uint8Array,
  ): Promise<ServerSocket<Context> | undefined> {
    const upgrade = new Upgrade(this.#state, stream, this.#state.wheel.now);
    return (await upgrade.run(headOf(request), head))?.socket;
  }

  /**
   * Sends a message to all subscribers of a topic, encoded once.
   * @returns how many took it
   * @throws TypeError for anything but text and bytes
   */
  publish(topic: string, data: MessageInput): number {
    return this.#state.publish(topic, toMessage(data));
  }

  /**
   * Empties the server in stages: takes no new connection (503), closes the open ones spread over a time, cuts off who is left at the
   * deadline, and reports. HTTP servers of the application's are left to it.
   * @throws (rejects) TypeError, RangeError, LocalError ERR_CLOSE_ARGUMENT for wrong options, before anything has happened
   */
  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    const plan = resolveDrain(options);
    this.#own?.close();
    const report = await drain(this.#state, plan);
    for (const detach of this.#detach.splice(0)) detach();
    this.#own?.closeAllConnections();
    return report;
  }

  /** Ends the server now: `drain` at once with 1001, and `closeTimeout` for the closing handshakes. Harmless when called again. */
  async close(): Promise<void> {
    await this.drain({ over: 0, deadline: this.#state.settings.limits.closeTimeout, code: 1001 });
  }
}

/** node:http knows 0 as "no limit", and whole numbers only. */
function finite(milliseconds: number): number {
  return Number.isFinite(milliseconds) ? Math.ceil(milliseconds) : 0;
}
