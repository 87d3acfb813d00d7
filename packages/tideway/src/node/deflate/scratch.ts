/**
 * Memory in which synchronous work is done, shared by all connections of the process: nothing in it outlives a call.
 * It grows to the largest message handled at once, which the boundary of the pool bounds.
 */
class Scratch {
  #bytes = new Uint8Array(0);

  /** @returns at least `length` bytes with old contents, valid until the next call */
  take(length: number): Uint8Array {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
    return this.#bytes;
  }
}

/** For what goes into zlib. */
export const inputScratch: Scratch = new Scratch();

/** For what comes out of zlib. */
export const outputScratch: Scratch = new Scratch();
