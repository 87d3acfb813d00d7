import { createServer, Server as HttpServer, type IncomingMessage } from "node:http";
import { Server as HttpsServer } from "node:https";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import { LocalError } from "../protocol/error.js";
import { listenBare } from "./bare-listener.js";
import { isPlain, type SendOptions } from "./compression-option.js";
import { type DrainOptions, type DrainReport, drain, resolveDrain } from "./drain.js";
import { HttpAttachment, headOf, type UpgradeTaker } from "./http-attachment.js";
import { type MessageInput, toMessage } from "./message-data.js";
import { checkOptions, type OptionRules, path as pathRule } from "./option-check.js";
import type { ServerOptions } from "./server-options.js";
import type { ServerSocket } from "./server-socket.js";
import { ServerState } from "./server-state.js";
import { watchTlsHandshakes } from "./tls-deadline.js";
import { Upgrade } from "./upgrade.js";

/**
 * A WebSocket server (RFC 6455). Handlers are shared by all connections; limits, deadlines and the same-origin check are on without
 * being asked for. `Context` is what the `upgrade` handler answers.
 *
 * @example
 * const server = new WebSocketServer({ message: (socket, data) => socket.send(data) });
 * await server.listen(8080);
 */
export class WebSocketServer<Context = undefined> {
  readonly #state: ServerState<Context>;
  readonly #detach: (() => void)[] = [];
  readonly #own: HttpServer[] = [];

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
   * Listens with an HTTP server of its own, which answers everything but upgrades with 426. May be called for several ports.
   * @param port 0 to 65535; default 0, any free one
   * @param host default "127.0.0.1": say "0.0.0.0" or "::" to be reached from elsewhere
   * @returns the address it listens on
   * @throws (rejects) the error of `listen`, such as EADDRINUSE; LocalError ERR_DRAINING after `close` or `drain`
   */
  async listen(port = 0, host = "127.0.0.1"): Promise<AddressInfo> {
    const { handshakeTimeout, maxConnections } = this.#state.settings;
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
    // Connections that never send a request count too; Node drops those beyond.
    if (Number.isFinite(maxConnections)) server.maxConnections = maxConnections;
    this.attach(server);
    this.#own.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        // Of accepting connections; unheard it would end the process.
        server.on("error", (error) => this.#state.report(error, undefined));
        resolve();
      });
    });
    return server.address() as AddressInfo;
  }

  /**
   * Serves on a server of the application's: `node:http` and `node:https` (beside its requests), or `node:net` and `node:tls` with
   * no HTTP server at all. May be called for several servers; several WebSocketServers may share an HTTP server by path.
   * @param server also one of `node:http2` made with `allowHTTP1`, for what comes over HTTP/1.1
   * @param options.path the path on this server; default: the option `path`, else all paths, on an HTTP server those that nobody else has
   * @throws Error when the path, or the `net` or `tls` server, is taken; TypeError for anything but such a server (one of
   *   `http2.createServer`, too, to which nothing comes over HTTP/1.1) and for wrong options;
   *   LocalError ERR_DRAINING after `close` or `drain`
   */
  attach(server: HttpServer | HttpsServer | NetServer | TlsServer, options: { readonly path?: string } = {}): void {
    if (!(server instanceof NetServer))
      throw new TypeError("attach: a server of node:http, https, net or tls is needed");
    // Only over TLS can a peer choose HTTP/1.1 (ALPN), over which WebSockets come here.
    if (isHttp2(server) && !(server instanceof TlsServer)) {
      throw new TypeError(
        "attach: http2.createServer has no HTTP/1.1: use createSecureServer with allowHTTP1, or node:http",
      );
    }
    if (this.#state.draining) throw new LocalError("ERR_DRAINING", "this WebSocketServer was closed: make a new one");
    checkOptions(options, attachRules, "attach");
    const { wheel, settings } = this.#state;
    const path = options.path ?? settings.path;
    if (server instanceof HttpServer || server instanceof HttpsServer || isHttp2(server)) {
      const taker: UpgradeTaker = (request, stream, head) => {
        this.#take(request, stream, head, path).catch((error: unknown) => this.#state.reportThrown(error, undefined));
      };
      const attachment = HttpAttachment.of(server);
      attachment.add(path, taker);
      this.#detach.push(() => attachment.remove(taker));
      this.#watchTls(server);
      return;
    }
    this.#watchTls(server);
    const stop = listenBare(server, {
      wheel,
      handshakeTimeout: settings.handshakeTimeout,
      hasRoom: (pending) => this.#state.admission.total + pending < settings.maxConnections,
      onHead: (head, socket, rest, since) => void new Upgrade(this.#state, socket, since, path).run(head, rest),
      onFault: (error) => this.#state.report(error, undefined),
    });
    this.#detach.push(stop);
  }

  /**
   * Takes one upgrade request of a `node:http` server, for applications with an `upgrade` listener of their own.
   * @param head the bytes node:http had read behind the request
   * @returns the socket, or undefined when the request was refused (the answer has been sent) or the client has gone
   * @throws LocalError ERR_ALREADY_UPGRADED when the stream was given before
   */
  async handleUpgrade(
    request: IncomingMessage,
    stream: Duplex,
    head: Uint8Array,
  ): Promise<ServerSocket<Context> | undefined> {
    return await this.#take(request, stream, head, this.#state.settings.path);
  }

  /**
   * Sends a message to all subscribers of a topic, encoded once; compressed once for all that compress it alike.
   * @returns how many took it
   * @throws TypeError for anything but text and bytes, and for wrong options
   */
  publish(topic: string, data: MessageInput, options?: SendOptions): number {
    return this.#state.publish(topic, toMessage(data), isPlain(options));
  }

  /**
   * Empties the server in stages: takes no new connection (503), closes the open ones spread over a time, cuts off who is left at the
   * deadline, and reports. HTTP servers of the application's are left to it.
   * @throws (rejects) TypeError, RangeError, LocalError ERR_CLOSE_ARGUMENT for wrong options, before anything has happened
   */
  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    const plan = resolveDrain(options);
    for (const server of this.#own) server.close();
    const report = await drain(this.#state, plan);
    for (const detach of this.#detach.splice(0)) detach();
    for (const server of this.#own.splice(0)) server.closeAllConnections();
    return report;
  }

  /** Ends the server now: `drain` at once with 1001, and `closeTimeout` for the closing handshakes. Harmless when called again. */
  async close(): Promise<void> {
    await this.drain({ over: 0, deadline: this.#state.settings.limits.closeTimeout, code: 1001 });
  }

  #watchTls(server: NetServer): void {
    if (!(server instanceof TlsServer)) return;
    this.#detach.push(watchTlsHandshakes(server, this.#state.wheel, this.#state.settings.handshakeTimeout));
  }

  async #take(
    request: IncomingMessage,
    stream: Duplex,
    head: Uint8Array,
    path: string | undefined,
  ): Promise<ServerSocket<Context> | undefined> {
    const upgrade = new Upgrade(this.#state, stream, this.#state.wheel.now, path);
    return (await upgrade.run(headOf(request), head))?.socket;
  }
}

const attachRules: OptionRules = { path: pathRule };

/**
 * Whether a server is one of `node:http2`. It is a `net` or `tls` server as well, but its sockets are not to be read by others: the
 * session on them would break. What comes to it over HTTP/1.1 it announces as `node:http` does.
 */
function isHttp2(server: NetServer): boolean {
  return "updateSettings" in server;
}

/** node:http knows 0 as "no limit", and whole numbers only. */
function finite(milliseconds: number): number {
  return Number.isFinite(milliseconds) ? Math.ceil(milliseconds) : 0;
}
