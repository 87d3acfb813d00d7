import type { MessageMemory } from "../protocol/growing-buffer.js";

/** What is smaller costs little to make anew. Sizes are powers of two from here on. */
const LEAST_BYTES = 64 * 1024;
/** What lies here unused, at most. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Memory of large messages that is used again and again: for `binary: "view"`, where a message ends with its handler. Fresh memory costs many
 * times more than all that is done with it, because the system makes each page of it anew.
 */
export class LentMemory implements MessageMemory {
  readonly #bySize = new Map<number, ArrayBuffer[]>();
  /** What is out: nothing can be given back twice. */
  readonly #lent = new WeakSet<ArrayBuffer>();
  #kept = 0;

  /** Bytes that lie here unused. */
  get kept(): number {
    return this.#kept;
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (length < LEAST_BYTES) return new Uint8Array(length);
    const size = 2 ** Math.ceil(Math.log2(length));
    let block = this.#bySize.get(size)?.pop();
    if (block === undefined) block = new ArrayBuffer(size);
    else this.#kept -= size;
    this.#lent.add(block);
    return new Uint8Array(block, 0, length);
  }

  /** The memory of these bytes, if it was lent, is left to those who hold it. */
  keep({ buffer }: Uint8Array): void {
    this.#lent.delete(buffer as ArrayBuffer);
  }

  /** Takes back what it lent, the whole of which `bytes` are a part; what it did not lend, and what is too much, is left to the engine. */
  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (!this.#lent.delete(buffer) || this.#kept + buffer.byteLength > KEPT_BYTES) return;
    const same = this.#bySize.get(buffer.byteLength);
    if (same === undefined) this.#bySize.set(buffer.byteLength, [buffer]);
    else same.push(buffer);
    this.#kept += buffer.byteLength;
  }
}
