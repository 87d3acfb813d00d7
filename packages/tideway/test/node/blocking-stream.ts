import { Duplex } from "node:stream";

/** A stream whose other end takes a write only when the test says so, and that shows what one write was made of. */
export class BlockingStream extends Duplex {
  /** What each write brought, joined. */
  readonly writes: Buffer[] = [];
  /** Take every write at once. */
  open: boolean;
  #held: ((error?: Error | null) => void) | undefined;

  constructor(open: boolean) {
    super({ allowHalfOpen: true });
    this.open = open;
  }

  /** Everything that was written. */
  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  /** A write is waiting to be taken. */
  get holding(): boolean {
    return this.#held !== undefined;
  }

  /** Takes the write that waits. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#take(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#take(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  #take(bytes: Buffer, done: (error?: Error | null) => void): void {
    // A copy: the memory may be used again once the write is taken.
    this.writes.push(Buffer.from(bytes));
    if (this.open) done();
    else this.#held = done;
  }
}
