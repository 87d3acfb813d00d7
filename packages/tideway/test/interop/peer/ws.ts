import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { WebSocket, WebSocketServer } from "ws";
import { pem } from "../certificate.js";
import { anyCode, type End, type Facts, Inbox } from "../end.js";
import { digestOf, inSequence, materialize, type Payload } from "../payload.js";
import { Queue } from "../queue.js";
import type { Accepted, ClientPeer, ConnectOptions, Listening, ListenOptions, ServerPeer } from "./peer.js";

const facts: Facts = { name: "ws", cannot: {}, cannotClose: anyCode, answersReason: true };

/** The module `ws` as a client. */
export const wsClient: ClientPeer = {
  facts,
  skip: false,
  offersCompression: true,
  insistsOnProtocol: true,
  tellsStatus: true,
  lacks: {},
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  connect(url: string, options: ConnectOptions = {}): Promise<End> {
    const socket = new WebSocket(url, [...(options.protocols ?? [])], {
      ...(options.origin !== undefined && { origin: options.origin }),
      ...(options.ca !== undefined && { ca: readFileSync(options.ca) }),
      ...(options.identity !== undefined && pem(options.identity)),
      ...(options.compression !== undefined && { perMessageDeflate: options.compression }),
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      const end = new WsEnd(socket);
      socket.once("open", () => {
        socket.off("error", reject);
        resolve(end);
      });
    });
  },
};

/** The module `ws` as a server, with its compression switched on. */
export const wsServer: ServerPeer = {
  facts,
  skip: false,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  async listen(options: ListenOptions = {}): Promise<Listening> {
    const { protocols, greeting, refuseWith, identity, clientAuthority, compression } = options;
    const http =
      identity === undefined
        ? createServer()
        : createSecureServer({
            ...pem(identity),
            ...(clientAuthority !== undefined && { ca: readFileSync(clientAuthority), requestCert: true }),
          });
    const server = new WebSocketServer({
      server: http,
      perMessageDeflate: compression ?? true,
      ...(refuseWith !== undefined && {
        verifyClient: (_info: unknown, answer: (ok: boolean, status: number) => void) => answer(false, refuseWith),
      }),
      handleProtocols: (offered) => protocols?.find((name) => offered.has(name)) ?? false,
    });
    const accepted = new Queue<Accepted>();
    server.on("connection", (socket, request) => {
      if (greeting !== undefined) socket.send(materialize(greeting));
      const subject = identity && (request.socket as TLSSocket).getPeerCertificate().subject;
      const commonName = subject?.CN;
      accepted.put({
        end: new WsEnd(socket),
        headers: request.headers as Accepted["headers"],
        ...(typeof commonName === "string" && { commonName }),
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return {
      port: (http.address() as AddressInfo).port,
      accept: () => accepted.take(),
      close: () =>
        new Promise((resolve) => {
          for (const socket of server.clients) socket.terminate();
          server.close();
          http.close(() => resolve());
        }),
    };
  },
};

/** One connection of `ws`. */
export class WsEnd implements End {
  readonly facts: Facts = facts;
  readonly inbox: Inbox = new Inbox();
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    const { inbox } = this;
    socket.on("message", (data: Buffer, isBinary) => inbox.put(digestOf(isBinary ? data : data.toString())));
    socket.on("ping", (payload) => inbox.put({ type: "ping", hex: payload.toString("hex") }));
    socket.on("pong", (payload) => inbox.put({ type: "pong", hex: payload.toString("hex") }));
    socket.on("close", (code, reason) => inbox.put({ type: "close", code, reason: reason.toString() }));
    // What broke the connection is seen by its `close`; an `error` that nobody hears would end the process.
    socket.on("error", () => {});
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get extensions(): string {
    return this.#socket.extensions;
  }

  send(payload: Payload): Promise<void> {
    return sent((done) => this.#socket.send(materialize(payload), done));
  }

  sendSequence(count: number): void {
    for (let i = 0; i < count; i++) this.#socket.send(inSequence(i));
  }

  sendFragments(pieces: readonly Payload[], ping?: Uint8Array): void {
    pieces.forEach((piece, index) => {
      const fin = index === pieces.length - 1;
      this.#socket.send(materialize(piece), { fin });
      if (ping !== undefined && !fin) this.#socket.ping(ping);
    });
  }

  /** Sends the bytes of a text message in fragments, wherever they are cut and whether or not they are UTF-8. */
  sendTextBytes(pieces: readonly Uint8Array[]): void {
    pieces.forEach((piece, index) => {
      this.#socket.send(piece, { binary: false, fin: index === pieces.length - 1 });
    });
  }

  ping(payload: Uint8Array): void {
    this.#socket.ping(payload);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  drop(): void {
    this.#socket.terminate();
  }
}

function sent(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}
