import type { State } from "../protocol/closing-state.js";
import { Connection, type ConnectionOptions } from "../protocol/connection.js";
import { LocalError } from "../protocol/error.js";
import { headerLength, writeHeader } from "../protocol/frame-header.js";
import { applyMask } from "../protocol/mask.js";
import { OutgoingBuffer } from "../protocol/outgoing.js";
import type { Failure, Sink } from "../protocol/sink.js";
import { chunkings } from "./chunking.js";
import { type KernelPlace, kernelPlaces } from "./kernel-place.js";

/** What a connection reported, as plain data that can be compared and printed. Bytes are lower-case hex. */
export type RecordedEvent =
  | readonly [type: "text", text: string]
  | readonly [type: "binary" | "ping" | "pong", hex: string]
  | readonly [type: "close", code: number, reason: string]
  | readonly [type: "failure", code: string, closeCode: number | undefined];

/** A sink that remembers everything in order. */
export class Recorder implements Sink {
  readonly events: RecordedEvent[] = [];

  onText(text: string): void {
    this.events.push(["text", text]);
  }

  onBinary(bytes: Uint8Array, start: number, end: number): void {
    this.events.push(["binary", toHex(bytes.subarray(start, end))]);
  }

  onPing(payload: Uint8Array): void {
    this.events.push(["ping", toHex(payload)]);
  }

  onPong(payload: Uint8Array): void {
    this.events.push(["pong", toHex(payload)]);
  }

  onClose(code: number, reason: string): void {
    this.events.push(["close", code, reason]);
  }

  onFailure(error: Failure): void {
    this.events.push(["failure", error.code, error instanceof LocalError ? undefined : error.closeCode]);
  }
}

/** What `receivePieces` needs to know: the role, and whatever else shall differ from the defaults. */
export type ReceiverOptions = Pick<ConnectionOptions, "role"> & Partial<Omit<ConnectionOptions, "sink" | "outgoing">>;

/** How a connection took some bytes. */
export interface Outcome {
  readonly events: readonly RecordedEvent[];
  /** What it sent, as hex. A client without `nextKey` masks with zeros here, so that its payloads can be read. */
  readonly sent: string;
  readonly state: State;
}

/**
 * Gives the pieces, one after another, to a new connection. They are copied first, since receiving unmasks in place.
 * @param at the kernel and where to copy them to; default: the portable one, unless the options say otherwise
 */
export function receivePieces(pieces: Iterable<Uint8Array>, options: ReceiverOptions, at?: KernelPlace): Outcome {
  const sink = new Recorder();
  const outgoing = new OutgoingBuffer();
  const connection = new Connection({ nextKey: () => 0, ...(at && { kernel: at.kernel }), ...options, sink, outgoing });
  for (const piece of pieces) connection.receive(at?.place(piece) ?? new Uint8Array(piece));
  return { events: sink.events, sent: toHex(outgoing.take()), state: connection.state };
}

/**
 * Gives the bytes to a new connection in every chunking of `chunkings`, on every kernel of this runtime (`kernelPlaces`).
 * @returns the outcome, which was the same each time
 * @throws Error naming the first chunking whose outcome differs from that of the bytes in one piece
 */
export function receiveInEveryChunking(bytes: Uint8Array, options: ReceiverOptions): Outcome {
  let first: Outcome | undefined;
  for (const at of kernelPlaces) {
    for (const { name, pieces } of chunkings(bytes)) {
      const outcome = receivePieces(pieces, options, at);
      first ??= outcome;
      const [expected, actual] = [JSON.stringify(first), JSON.stringify(outcome)];
      if (actual !== expected)
        throw new Error(`chunking "${name}" of ${toHex(bytes)}, ${at.name},\n gave ${actual}\n not  ${expected}`);
    }
  }
  return first ?? receivePieces([], options);
}

/**
 * The bytes of one frame exactly as said, right or wrong: a peer's side for tests. The length field is minimal.
 * @param first FIN (0x80), reserved bits (0x70) and opcode (0x0F)
 * @param payload bytes, or text to be sent as UTF-8
 * @param key masking key, unsigned 32-bit; without one the frame is not masked
 */
export function rawFrame(first: number, payload: Uint8Array | string = "", key?: number): Uint8Array {
  const content = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const start = headerLength(content.length, key !== undefined);
  const frame = new Uint8Array(start + content.length);
  writeHeader(frame, 0, first, content.length, key);
  frame.set(content, start);
  if (key !== undefined) applyMask(frame, start, frame.length, key, 0);
  return frame;
}

/** Bytes as lower-case hex without separators. */
export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const octet of bytes) hex += octet.toString(16).padStart(2, "0");
  return hex;
}

/** The bytes that some hex says; blanks may stand anywhere between octets. */
export function fromHex(hex: string): Uint8Array {
  const octets = hex.replaceAll(" ", "").match(/../g) ?? [];
  return Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16));
}
