/** One connection of the generator: a bare socket that reads into a buffer shared by all of them. */
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";

/** Where the server is, and what it can be expected to say. */
export interface Target {
  readonly port: number;
  /** No WebSocket server: its handshake is a constant and it echoes what it gets, mask and all. */
  readonly raw: boolean;
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
/** RFC 6455 §4.2.2, item 5.4: the key with the GUID behind it. */
const ACCEPT = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const HEAD_LIMIT = 16_384;
/** Large enough that reading a message of 1 MiB costs the generator little. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** A connection that has been upgraded; the bytes that come go to `onBytes`, valid only while it runs. */
export class LoadConnection {
  /** Takes what came: the first `length` octets of `bytes`. */
  onBytes: (length: number, bytes: Uint8Array) => void = () => {};
  /** The server has gone. */
  onLost: (error: Error) => void = () => {};
  readonly socket: Socket;
  #head: Buffer | undefined = Buffer.alloc(0);

  private constructor(target: Target, opened: () => void) {
    const { port } = target;
    this.socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length, bytes) => {
          if (this.#head === undefined) this.onBytes(length, bytes);
          else this.#upgrade(bytes.subarray(0, length), target, opened);
          return true;
        },
      },
    });
    this.socket.on("error", (error) => this.onLost(error));
    this.socket.on("close", () => this.onLost(new Error("the server closed a connection")));
    this.socket.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
    );
  }

  /** Connects. @throws (rejects) when the server refuses, or its answer to the handshake is not right */
  static open(target: Target): Promise<LoadConnection> {
    return new Promise((resolve, reject) => {
      const connection = new LoadConnection(target, () => resolve(connection));
      connection.onLost = reject;
    });
  }

  #upgrade(bytes: Uint8Array, { raw }: Target, opened: () => void): void {
    const head = Buffer.concat([this.#head ?? Buffer.alloc(0), bytes]);
    const end = head.indexOf("\r\n\r\n");
    this.#head = head;
    if (end < 0 && head.length < HEAD_LIMIT) return;
    const text = head.toString("latin1", 0, end);
    if (!text.startsWith("HTTP/1.1 101 ") || !(raw || text.includes(ACCEPT))) {
      this.onLost(new Error(`not a good answer to the handshake: ${text}`));
      return;
    }
    this.#head = undefined;
    opened();
    const rest = head.subarray(end + 4);
    if (rest.length > 0) this.onBytes(rest.length, rest);
  }
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
