/** What is said on the wire for one message and its reply, in the words of each kind of server. */
import { constants, deflateRawSync } from "node:zlib";
import { COMPRESSED, clientFrame, serverFrame } from "./frame.js";
import type { Workload } from "./workload.js";

/** "raw": no WebSocket server; the handshake is a constant, and it echoes what it gets, mask and all. */
export type Dialect = "websocket" | "raw" | "socket.io";

/** One message there and back. */
export interface Exchange {
  /** The message itself. */
  readonly message: Buffer;
  /** What the client sends. */
  readonly request: Buffer;
  /** What it gets, unless that is compressed. */
  readonly reply: Buffer;
}

/** What is sent and expected in a workload. */
export function exchangeOf(dialect: Dialect, { kind, bytes, text, compression }: Workload): Exchange {
  const message = compression === "none" ? letters(bytes) : json(bytes);
  const reply = serverFrame(message, text);
  if (compression !== "none") return { message, request: clientFrame(deflated(message), text, COMPRESSED), reply };
  const request = clientFrame(message, text);
  if (dialect === "socket.io") return { message, ...socketIo(message, text) };
  // A broadcast cannot be what came: a server does not mask.
  return { message, request, reply: dialect === "raw" && kind !== "broadcast" ? request : reply };
}

/** Letters: valid as text, the same every time. */
function letters(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(bytes);
  for (let at = 0; at < bytes; at++) payload[at] = 97 + ((at * 7) % 26);
  return payload;
}

/** A list of records such as applications send, of exactly so many octets. */
function json(bytes: number): Buffer {
  const records: object[] = [];
  const text = (): string => JSON.stringify({ type: "update", records, end: "" });
  for (let id = 4711; text().length < bytes - 120; id += 97) {
    const price = ((id * 7919) % 100_000) / 100;
    records.push({ id, name: `item ${id.toString(36)}`, price, open: id % 3 === 0 });
  }
  const rest = bytes - text().length;
  return Buffer.from(JSON.stringify({ type: "update", records, end: letters(rest).toString() }));
}

/** RFC 7692 §7.2.1: deflate, flushed, without the four octets that every flush ends with. */
function deflated(message: Buffer): Buffer {
  return deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** An event "m" with the message: text in the packet itself, binary in a message behind it. */
function socketIo(message: Buffer, text: boolean): { request: Buffer; reply: Buffer } {
  const packet = text ? `42["m","${message}"]` : '451-["m",{"_placeholder":true,"num":0}]';
  const parts = text ? [Buffer.from(packet)] : [Buffer.from(packet), message];
  const both = (frame: typeof serverFrame): Buffer => Buffer.concat(parts.map((part, at) => frame(part, at === 0)));
  return { request: both((part, isText) => clientFrame(part, isText)), reply: both(serverFrame) };
}
