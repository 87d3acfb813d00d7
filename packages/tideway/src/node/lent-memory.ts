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
  /** By how many it is held that is out. */
  readonly #holders = new WeakMap<ArrayBuffer, number>();
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
    this.#holders.set(block, 1);
    return new Uint8Array(block, 0, length);
  }

  /**
   * One more needs these bytes, or a part of them, and gives them back as well.
   * @returns false if they were not lent
   */
  hold({ buffer }: Uint8Array): boolean {
    const holders = this.#holders.get(buffer as ArrayBuffer);
    if (holders === undefined) return false;
    this.#holders.set(buffer as ArrayBuffer, holders + 1);
    return true;
  }

  /**
   * Takes back what it lent, of which `bytes` are a part, when all who held it have given it back. What it did not lend, and what is too
   * much, is left to the engine.
   */
  give(bytes: Uint8Array): void {
    const buffer = bytes.buffer as ArrayBuffer;
    const holders = this.#holders.get(buffer);
    if (holders === undefined) return;
    if (holders > 1) {
      this.#holders.set(buffer, holders - 1);
      return;
    }
    this.#holders.delete(buffer);
    if (this.#kept + buffer.byteLength > KEPT_BYTES) return;
    const same = this.#bySize.get(buffer.byteLength);
    if (same === undefined) this.#bySize.set(buffer.byteLength, [buffer]);
    else same.push(buffer);
    this.#kept += buffer.byteLength;
  }
}
