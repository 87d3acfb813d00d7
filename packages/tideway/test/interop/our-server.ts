import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type ServerOptions, type ServerSocket, type UpgradeInfo, WebSocketServer } from "../../dist/index.js";
import { type KeyPair, pem } from "./certificate.js";
import { anyCode, type End, type Facts, Inbox } from "./end.js";
import { digestOf, inSequence, materialize, type Payload } from "./payload.js";
import { Queue } from "./queue.js";
import { Wire } from "./wire.js";

/** Above the largest message of the matrix. */
const MAX_PAYLOAD = 20 * 1024 * 1024;
/** From here on a message is sent with `write`, which waits for the network. */
const LARGE = 64 * 1024;

const facts: Facts = { name: "our server", cannot: {}, cannotClose: anyCode };

/** What `upgrade` saw of a connection. */
export interface Admitted {
  readonly headers: Headers;
  readonly commonName: string | undefined;
  readonly authorized: boolean | undefined;
  readonly secure: boolean;
}

/** What differs from one server to the other. */
export interface OurServerOptions {
  readonly origins?: ServerOptions<Admitted>["origins"];
  readonly protocols?: readonly string[];
  /** `upgrade` answers every request with this HTTP status. */
  readonly refuseWith?: number;
  /** Limits and deadlines that differ from the defaults. */
  readonly compression?: ServerOptions<Admitted>["compression"];
  readonly limits?: Pick<ServerOptions<Admitted>, "pingInterval" | "pingTimeout" | "maxPayload">;
  /** Runs when a connection opens, before anything is read from it. */
  readonly opened?: (end: OurServerEnd) => void;
  /** Runs behind every message; the next one waits for its promise. */
  readonly handled?: () => Promise<void>;
  /** Over TLS with this certificate: on `node:https`, or on bare `node:tls`. */
  readonly identity?: KeyPair;
  readonly bare?: boolean;
  /** File of an authority: ask for a certificate signed by it. */
  readonly clientAuthority?: string;
}

/** Our server with its connections as ends. */
export class OurServer {
  static readonly facts: Facts = facts;
  readonly port: number;
  readonly #server: WebSocketServer<Admitted>;
  readonly #accepted: Queue<OurServerEnd>;
  readonly #listener: ReturnType<typeof createListener>;

  private constructor(
    port: number,
    server: WebSocketServer<Admitted>,
    accepted: Queue<OurServerEnd>,
    listener: ReturnType<typeof createListener>,
  ) {
    this.port = port;
    this.#server = server;
    this.#accepted = accepted;
    this.#listener = listener;
  }

  static async start(options: OurServerOptions = {}): Promise<OurServer> {
    const accepted = new Queue<OurServerEnd>();
    const ends = new WeakMap<ServerSocket<Admitted>, OurServerEnd>();
    const wires = new WeakMap<ServerSocket<Admitted>, Wire>();
    const inbox = (socket: ServerSocket<Admitted>) => ends.get(socket)!.inbox;
    const server = new WebSocketServer<Admitted>({
      maxPayload: MAX_PAYLOAD,
      origins: options.origins ?? "any",
      ...(options.protocols !== undefined && { protocols: options.protocols }),
      ...options.limits,
      ...(options.compression !== undefined && {
        compression: options.compression,
        tap: (socket) => {
          const wire = new Wire();
          wires.set(socket, wire);
          return wire.tap;
        },
      }),
      upgrade: (request, info) => admit(request, info, options.refuseWith),
      open(socket) {
        const end = new OurServerEnd(socket, wires.get(socket));
        ends.set(socket, end);
        options.opened?.(end);
        accepted.put(end);
      },
      message(socket, data) {
        inbox(socket).put(digestOf(data));
        return options.handled?.();
      },
      ping: (socket, payload) => inbox(socket).put({ type: "ping", hex: hex(payload) }),
      pong: (socket, payload) => inbox(socket).put({ type: "pong", hex: hex(payload) }),
      close: (socket, code, reason) => inbox(socket).put({ type: "close", code, reason }),
    });
    const listener = createListener(options);
    server.attach(listener);
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return new OurServer((listener.address() as AddressInfo).port, server, accepted, listener);
  }

  /** The next connection. */
  accept(): Promise<OurServerEnd> {
    return this.#accepted.take();
  }

  /** Connections that were opened and nobody asked for. */
  get unclaimed(): number {
    return this.#accepted.items.length;
  }

  /** Sends a message to all subscribers of a topic. @returns how many took it */
  publish(topic: string, payload: Payload): number {
    return this.#server.publish(topic, materialize(payload));
  }

  /** Says goodbye to everybody. @returns how many left by the closing handshake */
  async drain(code: number, reason: string): Promise<number> {
    return (await this.#server.drain({ over: 0, deadline: 2000, code, reason })).closed;
  }

  /** @returns how many connections had to be cut off */
  async stop(): Promise<number> {
    const { terminated } = await this.#server.drain({ over: 0, deadline: 2000 });
    await new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    return terminated;
  }
}

/** A connection of our server. */
export class OurServerEnd implements End {
  readonly facts: Facts = facts;
  readonly inbox: Inbox = new Inbox();
  readonly socket: ServerSocket<Admitted>;
  /** Seen by the tap; only with compression. */
  readonly wire: Wire;

  constructor(socket: ServerSocket<Admitted>, wire = new Wire()) {
    this.socket = socket;
    this.wire = wire;
  }

  get extensions(): string {
    return this.socket.extensions;
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  async send(payload: Payload): Promise<void> {
    const message = materialize(payload);
    if (message.length >= LARGE) await this.socket.write(message);
    else this.#send(message);
  }

  sendSequence(count: number): void {
    for (let i = 0; i < count; i++) this.#send(inSequence(i));
  }

  sendFragments(pieces: readonly Payload[], ping?: Uint8Array): void {
    pieces.forEach((piece, index) => {
      const final = index === pieces.length - 1;
      this.socket.sendPiece(materialize(piece), final);
      if (ping !== undefined && !final) this.socket.ping(ping);
    });
  }

  ping(payload: Uint8Array): void {
    this.socket.ping(payload);
  }

  close(code = 1005, reason?: string): void {
    this.socket.close(code, reason);
  }

  drop(): void {
    this.socket.terminate();
  }

  #send(message: string | Uint8Array): void {
    if (this.socket.send(message) === "dropped") throw new Error("our server dropped a message");
  }
}

function admit(request: Request, info: UpgradeInfo, refuseWith: number | undefined): Admitted | Response {
  if (refuseWith !== undefined) return new Response("no\n", { status: refuseWith });
  const subject = info.peerCertificate?.certificate.subject.CN;
  return {
    headers: request.headers,
    commonName: typeof subject === "string" ? subject : undefined,
    authorized: info.peerCertificate?.authorized,
    secure: info.secure,
  };
}

function createListener({ identity, bare, clientAuthority }: OurServerOptions) {
  if (identity === undefined) return createHttpServer();
  const tls = {
    ...pem(identity),
    ...(clientAuthority !== undefined && { ca: readFileSync(clientAuthority), requestCert: true }),
  };
  return bare ? createTlsServer(tls) : createSecureServer(tls);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
