/**
 * Strings of the bytes of a Buffer by `latin1Slice` and `utf8Slice`, the methods behind `Buffer#toString`. They have no page in Node's documents and have been on
 * every Buffer since Node 6; calling them saves 12 to 18 of 60 to 80 nanoseconds for a short message (docs/decisions/0010-wasm-kernel.md).
 *
 * Risk: they may go away. A test of shape and behaviour at the first use decides; without them it is `toString`, with the same results.
 */

/** Strings of the bytes [start, end) of one memory. */
export interface StringSlice {
  /** Each byte a character. */
  latin1Slice(start: number, end: number): string;
  /** Of valid UTF-8; a byte order mark is kept. */
  utf8Slice(start: number, end: number): string;
}

/** By the documented API. */
export class DocumentedSlice implements StringSlice {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  latin1Slice(start: number, end: number): string {
    return this.#bytes.toString("latin1", start, end);
  }

  utf8Slice(start: number, end: number): string {
    return this.#bytes.toString("utf8", start, end);
  }
}

/** The fastest way of this runtime to strings of `bytes`. */
export function stringSlice(bytes: Buffer): StringSlice {
  const sample: Buffer & Partial<StringSlice> = Buffer.from("aé€😀");
  return worksOn(sample) ? (bytes as Buffer & StringSlice) : new DocumentedSlice(bytes);
}

/** Whether a Buffer that holds "aé€😀" has the two methods, and they do as expected. */
export function worksOn(sample: Partial<StringSlice>): boolean {
  try {
    return sample.latin1Slice?.(0, 3) === "aÃ©" && sample.utf8Slice?.(1, 10) === "é€😀";
  } catch {
    return false;
  }
}
