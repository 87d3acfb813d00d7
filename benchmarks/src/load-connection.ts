/** One connection of the generator: a bare socket that reads into a buffer shared by all of them. */
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Dialect } from "./exchange.js";
import { clientFrame } from "./frame.js";
import type { Compression } from "./workload.js";

/** Where the server is, and how to speak to it. */
export interface Target {
  readonly port: number;
  readonly dialect: Dialect;
  readonly compression: Compression;
  readonly tls: boolean;
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
/** RFC 6455 §4.2.2, item 5.4: the key with the GUID behind it. */
const ACCEPT = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const HEAD_LIMIT = 16_384;
/** Whole frames with these opcodes. */
const [PING, PONG] = [0x89, 0x8a];
/** Large enough that reading a message of 1 MiB costs the generator little. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);
/** RFC 7692 §7.1: what is asked for; the client itself never keeps a context, since its messages are made beforehand. */
const OFFERS: { readonly [compression in Compression]: string } = {
  none: "",
  single: "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  takeover: "permessage-deflate; client_no_context_takeover",
  // As browsers offer it.
  default: "permessage-deflate; client_max_window_bits",
};

/** A connection that has been upgraded; the bytes that come go to `onBytes`, valid only while it runs. */
export class LoadConnection {
  /** Takes what came: the first `length` octets of `bytes`. */
  onBytes: (length: number, bytes: Uint8Array) => void = (length, bytes) => void this.answerPings(length, bytes);
  /** The server has gone. */
  onLost: (error: Error) => void = () => {};
  readonly socket: Socket;
  readonly #target: Target;
  #head: Buffer | undefined = Buffer.alloc(0);

  private constructor(target: Target, opened: () => void, localAddress: string | undefined) {
    this.#target = target;
    const { port, tls } = target;
    const callback = (length: number, bytes: Uint8Array): boolean => {
      if (this.#head === undefined) this.onBytes(length, bytes);
      else this.#upgrade(bytes.subarray(0, length), opened);
      return true;
    };
    const onread = { buffer: shared, callback };
    const from = localAddress === undefined ? {} : { localAddress };
    const where = { port, host: "127.0.0.1", noDelay: true, ...from, onread };
    this.socket = tls ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where);
    this.socket.on("error", (error) => this.onLost(error));
    this.socket.on("close", () => this.onLost(new Error("the server closed a connection")));
    this.socket.write(requestOf(target));
  }

  /** Connects. @throws (rejects) when the server refuses, or its answer to the handshake is not right */
  static async open(target: Target, localAddress?: string): Promise<LoadConnection> {
    const connection = await new Promise<LoadConnection>((resolve, reject) => {
      const opening = new LoadConnection(target, () => resolve(opening), localAddress);
      opening.onLost = reject;
    });
    if (target.dialect === "socket.io") await joinNamespace(connection);
    return connection;
  }

  /**
   * Answers the pings that `bytes` begins with, for a connection that waits (RFC 6455 §5.5.2). Servers send them whole.
   * @returns the octets they took
   */
  answerPings(length: number, bytes: Uint8Array): number {
    let at = 0;
    while (at + 1 < length && bytes[at] === PING) {
      const end = at + 2 + bytes[at + 1]!;
      const pong = clientFrame(bytes.subarray(at + 2, end), false);
      pong[0] = PONG;
      this.socket.write(pong);
      at = end;
    }
    return at;
  }

  /** Nothing is expected of the server from here on. */
  rest(): void {
    this.onBytes = (length, bytes) => void this.answerPings(length, bytes);
  }

  /** Closes it; the server sees the end of the connection without a closing handshake. */
  close(): Promise<void> {
    this.onLost = () => {};
    return new Promise((resolve) => {
      this.socket.once("close", () => resolve());
      this.socket.destroy();
    });
  }

  #upgrade(bytes: Uint8Array, opened: () => void): void {
    const head = Buffer.concat([this.#head ?? Buffer.alloc(0), bytes]);
    const end = head.indexOf("\r\n\r\n");
    this.#head = head;
    if (end < 0 && head.length < HEAD_LIMIT) return;
    const text = head.toString("latin1", 0, end);
    const { dialect, compression } = this.#target;
    const compresses = compression === "none" || text.includes("permessage-deflate");
    if (!text.startsWith("HTTP/1.1 101 ") || !(dialect === "raw" || text.includes(ACCEPT)) || !compresses) {
      this.onLost(new Error(`not the answer to the handshake that was asked for: ${text}`));
      return;
    }
    this.#head = undefined;
    opened();
    const rest = head.subarray(end + 4);
    // What came with the head is for whoever waits for the opening, and has not gone on yet.
    if (rest.length > 0) setImmediate(() => this.onBytes(rest.length, rest));
  }
}

function requestOf({ port, dialect, compression }: Target): string {
  const path = dialect === "socket.io" ? "/socket.io/?EIO=4&transport=websocket" : "/";
  const offer = OFFERS[compression];
  const extensions = offer === "" ? "" : `Sec-WebSocket-Extensions: ${offer}\r\n`;
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n${extensions}\r\n`
  );
}

/** Engine.IO greets with "0{…}"; then a socket.io client asks for the namespace with "40" and is answered "40{…}". */
function joinNamespace(connection: LoadConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    connection.onLost = reject;
    connection.onBytes = (length, bytes) => {
      text += Buffer.from(bytes.subarray(0, length)).toString("latin1");
      if (text.includes("40{") && text.endsWith("}")) resolve();
    };
    connection.socket.write(clientFrame(Buffer.from("40"), true));
  });
}

/** Opens `count` connections, some at a time. */
export async function openAll(target: Target, count: number): Promise<LoadConnection[]> {
  const opened: LoadConnection[] = [];
  while (opened.length < count) {
    const some = Math.min(50, count - opened.length);
    opened.push(...(await Promise.all(Array.from({ length: some }, () => LoadConnection.open(target)))));
  }
  return opened;
}
