import { headerLength, writeHeader } from "./frame-header.js";
import { type FrameTap, reportEncoded, reportFrame } from "./frame-tap.js";
import type { Kernel } from "./kernel.js";
import type { Outgoing } from "./outgoing.js";

/** Payloads up to this are copied next to their header; larger ones are handed over by reference. */
export const COPY_LIMIT: number = 16 * 1024;
/** Text up to this many UTF-16 units is encoded straight into the outgoing room, which must hold three bytes for each. */
const IN_PLACE_UNITS = 4096;

const encoder = new TextEncoder();

/**
 * Writes frames (RFC 6455 §5.2), one call a frame, shortest length form always.
 * With a source of keys it masks (the client role), without one it does not.
 */
export class FrameEncoder {
  readonly #outgoing: Outgoing;
  readonly #kernel: Kernel;
  readonly #nextKey: (() => number) | undefined;
  readonly #tap: FrameTap | undefined;

  /** @param nextKey gives the masking key of the next frame from a cryptographic source (RFC 6455 §5.3, §10.3); undefined: no masking */
  constructor(outgoing: Outgoing, kernel: Kernel, nextKey: (() => number) | undefined, tap?: FrameTap) {
    this.#outgoing = outgoing;
    this.#kernel = kernel;
    this.#nextKey = nextKey;
    this.#tap = tap;
  }

  /** Frames are masked, so every payload is copied. */
  get masks(): boolean {
    return this.#nextKey !== undefined;
  }

  /**
   * Writes a frame of bytes. Up to COPY_LIMIT, and always when masking, the payload is copied; a larger one must not change until sent.
   * @param first FIN (0x80), reserved bits and opcode
   */
  writeBytes(first: number, payload: Uint8Array): void {
    const key = this.#nextKey?.();
    const length = payload.length;
    const header = headerLength(length, key !== undefined);
    const out = this.#outgoing;
    if (key === undefined && length > COPY_LIMIT) {
      out.reserve(header);
      writeHeader(out.bytes, out.offset, first, length, undefined);
      out.commit(header, true);
      out.append(payload);
    } else {
      out.reserve(header + length);
      const at = writeHeader(out.bytes, out.offset, first, length, key);
      out.bytes.set(payload, at);
      if (key !== undefined) this.#kernel.mask(out.bytes, at, at + length, key, 0);
      out.commit(header + length);
    }
    this.#tap?.(reportFrame("out", first, length, key, payload));
  }

  /** Writes a frame of text as UTF-8; lone surrogates become U+FFFD. */
  writeText(first: number, text: string): void {
    if (text.length > IN_PLACE_UNITS || this.#tap !== undefined) {
      this.writeBytes(first, encoder.encode(text));
      return;
    }
    const key = this.#nextKey?.();
    const masked = key !== undefined;
    const out = this.#outgoing;
    out.reserve(14 + text.length * 3);
    const { bytes, offset } = out;
    // The header's size depends on a length that is known only after encoding: guess from below, shift in the rare other case.
    const guess = headerLength(text.length, masked);
    const length = this.#kernel.encodeUtf8(text, bytes, offset + guess);
    const header = headerLength(length, masked);
    if (header !== guess) bytes.copyWithin(offset + header, offset + guess, offset + guess + length);
    const at = writeHeader(bytes, offset, first, length, key);
    if (key !== undefined) this.#kernel.mask(bytes, at, at + length, key, 0);
    out.commit(header + length);
  }

  /** Hands over whole frames that were encoded before, by reference: one encoding for many receivers. For a role that does not mask. */
  writeEncoded(frames: Uint8Array): void {
    this.#outgoing.append(frames);
    if (this.#tap !== undefined) reportEncoded(frames, this.#tap);
  }
}
