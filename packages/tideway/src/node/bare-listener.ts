import type { Server as NetServer, Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import { LimitError } from "../protocol/error.js";
import type { RequestHead } from "../protocol/handshake/head.js";
import { HeadParser } from "../protocol/handshake/head-parser.js";
import { encodeRefusal } from "../protocol/handshake/response.js";
import { endSoftly } from "./linger.js";
import type { Ticking, Wheel } from "./wheel.js";

/** What a listener needs of its server. */
export interface HeadTaker {
  readonly wheel: Wheel;
  readonly handshakeTimeout: number;
  /** Whether one more may come in beside `pending` connections whose request has not arrived. */
  hasRoom(pending: number): boolean;
  /** Takes a request and the bytes behind it. */
  onHead(head: RequestHead, socket: Socket, rest: Uint8Array, since: number): void;
  /** A peer that did not even send a request. */
  onFault(error: Error): void;
}

/** Servers that are served: two who read the same socket would each take it for theirs. */
const served = new WeakSet<NetServer>();

/**
 * Serves WebSockets on a `net` or `tls` server with no HTTP server at all.
 * @returns a function that stops it
 * @throws Error when the server is served already
 */
export function listenBare(server: NetServer | TlsServer, taker: HeadTaker): () => void {
  if (served.has(server)) throw new Error("a WebSocketServer is attached to this server already");
  served.add(server);
  const event = server instanceof TlsServer ? "secureConnection" : "connection";
  let pending = 0;
  const onConnection = (socket: Socket): void => {
    const head = new PendingHead(socket, taker, () => pending--);
    if (!taker.hasRoom(pending++)) head.refuse();
  };
  server.on(event, onConnection);
  return () => {
    served.delete(server);
    server.off(event, onConnection);
  };
}

/** A connection whose request is still arriving. */
class PendingHead implements Ticking {
  readonly #socket: Socket;
  readonly #taker: HeadTaker;
  readonly #since: number;
  readonly #parser = new HeadParser({ kind: "request" });

  readonly #leave: () => void;

  constructor(socket: Socket, taker: HeadTaker, leave: () => void) {
    this.#socket = socket;
    this.#taker = taker;
    this.#leave = leave;
    this.#since = taker.wheel.now;
    socket.on("error", this.#gone);
    socket.on("close", this.#gone);
    socket.on("end", this.#gone);
    socket.on("data", this.#onData);
    taker.wheel.add(this);
  }

  /** There is no room for it. */
  refuse(): void {
    const message = "the server is full";
    this.#answer(503, message, new LimitError("ERR_FULL", 1008, message));
  }

  /** Part of `Ticking`. */
  tick(now: number): void {
    if (now - this.#since < this.#taker.handshakeTimeout) return;
    const message = "the request did not arrive in time";
    this.#answer(408, message, new LimitError("ERR_HEAD_TIMEOUT", 1008, message));
  }

  readonly #onData = (chunk: Buffer): void => {
    const result = this.#parser.receive(chunk, 0, chunk.length);
    if (result === undefined) return;
    if (!result.ok) {
      const { status, code, message } = result.refusal;
      this.#answer(status, message, new LimitError(code, 1008, message));
      return;
    }
    this.#release();
    this.#socket.pause();
    this.#taker.onHead(result.head, this.#socket, chunk.subarray(result.end), this.#since);
  };

  readonly #gone = (): void => {
    this.#release();
    this.#socket.destroy();
  };

  #answer(status: number, message: string, error: Error): void {
    this.#release();
    this.#socket.on("error", () => this.#socket.destroy());
    this.#taker.onFault(error);
    endSoftly(this.#socket, this.#taker.wheel, encodeRefusal({ status, message }));
  }

  #release(): void {
    this.#leave();
    this.#taker.wheel.remove(this);
    this.#socket.off("error", this.#gone);
    this.#socket.off("close", this.#gone);
    this.#socket.off("end", this.#gone);
    this.#socket.off("data", this.#onData);
  }
}
