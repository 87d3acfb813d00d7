/** Most bytes a reference can reach back: a window of 15 bits. */
export const MAX_HISTORY: number = 32 * 1024;

const FIRST_CAPACITY = 1024;

/**
 * The end of what one peer has sent so far, decompressed: all that a decompressor needs to understand the next message when contexts
 * are taken over (RFC 7692 §7.1.1). 1 KiB to 32 KiB instead of a whole zlib state, which has the same window and more, and exact.
 */
export class History {
  readonly #size: number;
  #bytes = new Uint8Array(0);
  #length = 0;

  /** @param windowBits the agreed window: nothing further back will be referred to */
  constructor(windowBits: number) {
    this.#size = 2 ** windowBits;
  }

  /** What is remembered, valid until the next `add`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Remembers a message behind those before it. */
  add(message: Uint8Array): void {
    const news = message.length > this.#size ? message.subarray(message.length - this.#size) : message;
    const kept = Math.min(this.#length, this.#size - news.length);
    const length = kept + news.length;
    const from = this.#length - kept;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#size, Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(length)))));
      grown.set(this.#bytes.subarray(from, this.#length));
      this.#bytes = grown;
    } else if (from > 0) this.#bytes.copyWithin(0, from, this.#length);
    this.#bytes.set(news, kept);
    this.#length = length;
  }

  /** Forgets everything and holds nothing. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}
