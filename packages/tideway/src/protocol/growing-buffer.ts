/** First allocation, and the largest made at once on the word of a length field that nothing backs yet. */
const FIRST_CAPACITY = 256;
const TRUSTED_CAPACITY = 64 * 1024;
/**
 * How many times what has arrived is taken at once when a length was declared: a message of 1 MiB is copied once by 64 KiB, and not over and
 * over. What has not been written yet is address space only; the pages behind it come with the bytes.
 */
const TRUSTED_FACTOR = 16;

/** Of all that hold nothing. */
const NOTHING = new Uint8Array(0);

/** Where the memory of messages comes from that are put together. */
export interface MessageMemory {
  /** At least so many bytes; what is in them is of no interest. */
  take(length: number): Uint8Array<ArrayBuffer>;
  /** Memory that is not needed any more. */
  give(bytes: Uint8Array): void;
}

/** Every message has memory of its own, and keeps it. */
const ownMemory: MessageMemory = {
  take: (length) => new Uint8Array(length),
  give: () => {
    // The engine collects it.
  },
};

/**
 * Collects the bytes of one message. Memory follows what has arrived, not what a header announced: a peer that declares a large
 * frame and sends a byte pins little (64 KiB, or sixteen times the bytes received; twice while no length is known). Doubling stops at the
 * ceiling, which no message passes, so that what is held never exceeds what a message may have.
 */
export class GrowingBuffer {
  readonly #ceiling: number;
  readonly #memory: MessageMemory;
  #bytes = NOTHING;
  #length = 0;

  /**
   * @param ceiling most bytes that will ever be collected at once
   * @param memory default: what is taken out has memory of its own
   */
  constructor(ceiling: number, memory: MessageMemory = ownMemory) {
    this.#ceiling = ceiling;
    this.#memory = memory;
  }

  /** Bytes collected. */
  get length(): number {
    return this.#length;
  }

  /** Bytes held, collected or not. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /**
   * @param expected how many bytes the whole will have, to save copies: not trusted beyond 64 KiB until some come. Infinity while that
   *   is not known; room then doubles, since to grow by one fragment at a time would copy everything for each of them.
   */
  append(source: Uint8Array, start: number, end: number, expected: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) this.#grow(needed, expected);
    this.#bytes.set(source.subarray(start, end), this.#length);
    this.#length = needed;
  }

  /** The collected bytes, the caller's to keep; the buffer starts anew. */
  take(): Uint8Array {
    // A view that wastes more than half of what it holds is copied: it may live long in the application.
    const fits = this.#length * 2 >= this.#bytes.length;
    if (fits) {
      const taken = this.#bytes.subarray(0, this.#length);
      this.#forget();
      return taken;
    }
    const taken = this.#bytes.slice(0, this.#length);
    this.clear();
    return taken;
  }

  /** Forgets everything and holds nothing. */
  clear(): void {
    this.#memory.give(this.#bytes);
    this.#forget();
  }

  #forget(): void {
    this.#bytes = NOTHING;
    this.#length = 0;
  }

  #grow(needed: number, expected: number): void {
    const doubled = Math.max(FIRST_CAPACITY, this.#bytes.length * 2);
    const believed =
      expected <= Math.max(TRUSTED_CAPACITY, needed * TRUSTED_FACTOR) ? expected : Math.min(doubled, this.#ceiling);
    const grown = this.#memory.take(Math.max(needed, believed));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#memory.give(this.#bytes);
    this.#bytes = grown;
  }
}
