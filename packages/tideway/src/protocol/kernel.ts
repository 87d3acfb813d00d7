import { applyMask } from "./mask.js";
import { UTF8_START, validateUtf8 } from "./utf8.js";

/**
 * The inner loops of the protocol behind one port, so that a faster kernel (WASM over the reader's arena, the runtime's own
 * decoder) can take their place without a second parser. Every kernel must pass the same tests.
 */
export interface Kernel {
  /** XORs bytes[start, end) in place with the key; see `applyMask`. */
  mask(bytes: Uint8Array, start: number, end: number, key: number, phase: number): void;
  /** Goes on checking UTF-8; see `validateUtf8` for the states. */
  validateUtf8(state: number, bytes: Uint8Array, start: number, end: number): number;
  /** bytes[start, end) as a string. The bytes have been checked; a byte order mark is kept. */
  decodeUtf8(bytes: Uint8Array, start: number, end: number): string;
  /**
   * Writes `text` as UTF-8 at `offset` and returns the number of bytes; lone surrogates become U+FFFD, so that text on the wire
   * is always valid. The caller has made room for three bytes per UTF-16 unit.
   */
  encodeUtf8(text: string, target: Uint8Array, offset: number): number;
  /**
   * A whole text message in one call: unmasks bytes[start, end) in place from phase 0, checks and decodes it.
   *
   * @param key masking key, network order; undefined: the bytes are not masked
   * @returns the text, a byte order mark kept, or undefined when the bytes are not valid UTF-8, or end within a character. Whatever is
   *   returned, all of the range has been unmasked by then: `validateUtf8` over it finds the offending octet
   */
  unmaskText(bytes: Uint8Array, start: number, end: number, key: number | undefined): string | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The kernel in plain TypeScript: runs wherever ECMAScript and the Encoding classes do. */
export const portableKernel: Kernel = {
  mask: applyMask,
  validateUtf8,
  decodeUtf8: (bytes, start, end) => decoder.decode(bytes.subarray(start, end)),
  encodeUtf8: (text, target, offset) => encoder.encodeInto(text, target.subarray(offset)).written,
  unmaskText: (bytes, start, end, key) => {
    if (key !== undefined) applyMask(bytes, start, end, key, 0);
    if (validateUtf8(UTF8_START, bytes, start, end) !== UTF8_START) return undefined;
    return decoder.decode(bytes.subarray(start, end));
  },
};
