import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import websocket, { type connection } from "websocket";
import { pem } from "../certificate.js";
import { type End, type Facts, Inbox } from "../end.js";
import { digestOf, inSequence, materialize, type Payload } from "../payload.js";
import { Queue } from "../queue.js";
import type { Accepted, ClientPeer, ConnectOptions, Listening, ListenOptions, ServerPeer } from "./peer.js";

/** It sends what is longer than 16 KiB in fragments, by default; only its limits are raised here. */
const config = { maxReceivedFrameSize: 20 * 1024 * 1024, maxReceivedMessageSize: 20 * 1024 * 1024 };

const facts: Facts = {
  name: "npm websocket",
  cannot: {},
  cannotClose: (code) => (code === undefined ? "it always sends a code, 1000 if it is given none" : undefined),
  // An empty close frame leaves its status at -1, which then means to it that there was no close frame.
  // Where there is no reason, it reports words of its own.
  reports: (code, reason) =>
    code === 1005
      ? [1006, "Connection dropped by remote peer."]
      : [code, reason === "" && code === 1000 ? "Normal connection closure" : reason],
  answers: () => 1000,
  reportsOwnClose: true,
};

/** The npm module `websocket` as a client. */
export const npmWebsocketClient: ClientPeer = {
  facts,
  skip: false,
  offersCompression: false,
  insistsOnProtocol: true,
  tellsStatus: true,
  lacks: {},
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  connect(url: string, options: ConnectOptions = {}): Promise<End> {
    const client = new websocket.client({
      ...config,
      tlsOptions: {
        ...(options.ca !== undefined && { ca: readFileSync(options.ca) }),
        ...(options.identity !== undefined && pem(options.identity)),
      },
    });
    return new Promise((resolve, reject) => {
      client.on("connectFailed", reject);
      client.on("connect", (connection) => resolve(new NpmWebsocketEnd(connection)));
      client.connect(url, options.protocols ?? [], options.origin);
    });
  },
};

/** The npm module `websocket` as a server. */
export const npmWebsocketServer: ServerPeer = {
  facts,
  skip: false,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  async listen({ protocols, greeting, refuseWith, identity, clientAuthority }: ListenOptions = {}): Promise<Listening> {
    const http =
      identity === undefined
        ? createServer()
        : createSecureServer({
            ...pem(identity),
            ...(clientAuthority !== undefined && { ca: readFileSync(clientAuthority), requestCert: true }),
          });
    const server = new websocket.server({ ...config, httpServer: http, keepalive: false });
    const accepted = new Queue<Accepted>();
    const open = new Set<connection>();
    server.on("request", (request) => {
      if (refuseWith !== undefined) {
        request.reject(refuseWith);
        return;
      }
      const chosen = protocols?.find((name) => request.requestedProtocols.includes(name));
      const { headers, socket } = request.httpRequest;
      const commonName = identity && (socket as TLSSocket).getPeerCertificate().subject?.CN;
      const connection = request.accept(chosen, null);
      const end = new NpmWebsocketEnd(connection);
      if (greeting !== undefined) end.send(greeting).catch(() => {});
      open.add(connection);
      connection.on("close", () => open.delete(connection));
      accepted.put({
        end,
        headers: headers as Accepted["headers"],
        ...(typeof commonName === "string" && { commonName }),
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return {
      port: (http.address() as AddressInfo).port,
      accept: () => accepted.take(),
      close: () =>
        new Promise((resolve) => {
          for (const connection of open) connection.socket.destroy();
          http.close(() => resolve());
        }),
    };
  },
};

class NpmWebsocketEnd implements End {
  readonly facts = facts;
  readonly inbox = new Inbox();
  readonly #connection: connection;

  constructor(connection: connection) {
    this.#connection = connection;
    const { inbox } = this;
    connection.on("message", (message) => {
      inbox.put(digestOf(message.type === "utf8" ? message.utf8Data : message.binaryData));
    });
    connection.on("ping", (_cancel, payload) => inbox.put({ type: "ping", hex: payload.toString("hex") }));
    connection.on("pong", (payload) => inbox.put({ type: "pong", hex: payload.toString("hex") }));
    connection.on("close", (code, reason) => inbox.put({ type: "close", code, reason: reason ?? "" }));
    connection.on("error", () => {});
  }

  get protocol(): string {
    return this.#connection.protocol ?? "";
  }

  send(payload: Payload): Promise<void> {
    const message = materialize(payload);
    return new Promise((resolve, reject) => {
      const done = (error?: Error) => (error ? reject(error) : resolve());
      if (typeof message === "string") this.#connection.sendUTF(message, done);
      else this.#connection.sendBytes(message, done);
    });
  }

  sendSequence(count: number): void {
    for (let i = 0; i < count; i++) this.#connection.sendUTF(inSequence(i));
  }

  sendFragments(pieces: readonly Payload[], ping?: Uint8Array): void {
    const connection = this.#connection;
    pieces.forEach((piece, index) => {
      const frame = new websocket.frame(connection.maskBytes, connection.frameHeader, connection.config);
      frame.opcode = index > 0 ? 0 : piece.type === "text" ? 1 : 2;
      frame.fin = index === pieces.length - 1;
      frame.binaryPayload = Buffer.from(materialize(piece));
      connection.sendFrame(frame);
      if (ping !== undefined && !frame.fin) connection.ping(Buffer.from(ping));
    });
  }

  ping(payload: Uint8Array): void {
    this.#connection.ping(Buffer.from(payload));
  }

  close(code?: number, reason?: string): void {
    this.#connection.close(code, reason);
  }

  drop(): void {
    this.#connection.socket.destroy();
  }
}
