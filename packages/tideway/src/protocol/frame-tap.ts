import type { FrameDecoder, FrameHandler } from "./frame-decoder.js";
import { headerLength, writeHeader } from "./frame-header.js";
import type { Failure } from "./sink.js";

/** One frame as it was on the wire, for tools that show the protocol at work. */
export interface FrameReport {
  /** "in": from the peer. "out": to the peer. */
  readonly direction: "in" | "out";
  /** Every octet of the header: flags, length in its encoding, masking key. */
  readonly header: Uint8Array;
  /** The first octet: FIN (0x80), reserved bits (0x70), opcode (0x0F). */
  readonly first: number;
  /** Payload length in bytes. */
  readonly length: number;
  /** Masking key in network order, or undefined for an unmasked frame. */
  readonly key: number | undefined;
  /** The first bytes of the payload, unmasked: at most TAP_BYTES. */
  readonly payload: Uint8Array;
}

/** Sees every frame of a connection after it has been checked (in) or written (out). Must not throw. */
export type FrameTap = (frame: FrameReport) => void;

/** Most payload bytes that a report carries. */
export const TAP_BYTES = 256;

/** Makes the report of a frame. The header is made anew from its fields: with minimal lengths there is one form only. */
export function reportFrame(
  direction: "in" | "out",
  first: number,
  length: number,
  key: number | undefined,
  payload: Uint8Array,
): FrameReport {
  const header = new Uint8Array(headerLength(length, key !== undefined));
  writeHeader(header, 0, first, length, key);
  return { direction, header, first, length, key, payload: new Uint8Array(payload.subarray(0, TAP_BYTES)) };
}

/** Reports whole unmasked frames that were encoded before and go out together. */
export function reportEncoded(frames: Uint8Array, tap: FrameTap): void {
  let at = 0;
  while (at < frames.length) {
    const short = frames[at + 1]!;
    const start = at + headerOctets(short);
    let length = short > 125 ? 0 : short;
    for (let i = at + 2; i < start; i++) length = length * 256 + frames[i]!;
    tap(reportFrame("out", frames[at]!, length, undefined, frames.subarray(start, start + length)));
    at = start + length;
  }
}

/** Octets of an unmasked header whose second octet is `short`. */
function headerOctets(short: number): number {
  if (short <= 125) return 2;
  return short === 126 ? 4 : 10;
}

/** Stands between decoder and assembler and reports each frame once its payload has passed the checks. */
export class TappedHandler implements FrameHandler {
  /** Set once the decoder exists, which needs the handler first. */
  decoder: FrameDecoder | undefined;

  readonly #inner: FrameHandler;
  readonly #tap: FrameTap;
  #first = 0;
  #length = 0;
  #payload = new Uint8Array(0);
  #kept = 0;

  constructor(inner: FrameHandler, tap: FrameTap) {
    this.#inner = inner;
    this.#tap = tap;
  }

  get reading(): boolean {
    return this.#inner.reading;
  }

  onFirst(first: number): Failure | undefined {
    this.#first = first;
    return this.#inner.onFirst(first);
  }

  onLength(length: number): Failure | undefined {
    this.#length = length;
    const failure = this.#inner.onLength(length);
    if (failure === undefined) this.#payload = new Uint8Array(Math.min(length, TAP_BYTES));
    this.#kept = 0;
    return failure;
  }

  onPayload(bytes: Uint8Array, start: number, end: number, last: boolean): Failure | undefined {
    const stop = Math.min(end, start + this.#payload.length - this.#kept);
    this.#payload.set(bytes.subarray(start, stop), this.#kept);
    this.#kept += stop - start;
    if (last) this.#report();
    return this.#inner.onPayload(bytes, start, end, last);
  }

  onEnd(): Failure | undefined {
    if (this.#length === 0) this.#report();
    return this.#inner.onEnd();
  }

  /** Before the frame is acted on, so that an answer to it is reported behind it. */
  #report(): void {
    this.#tap(reportFrame("in", this.#first, this.#length, this.decoder?.key, this.#payload));
  }
}
