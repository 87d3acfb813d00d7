/** Several frames are joined up to this many bytes. */
export const JOIN_BYTES: number = 64 * 1024;

/** The first frame of the sequence that was begun last. */
let root: SharedSequence | undefined;

/**
 * Frames that go to many connections, in the order in which one of them got them. When the next connection gets the same ones in the same
 * order it ends up with the same object, and so with the same joined bytes: what is published to many in one turn is put together once.
 */
export class SharedSequence {
  /** Bytes of all frames. */
  readonly length: number;

  readonly #before: SharedSequence | undefined;
  readonly #frame: Uint8Array;
  #joined: Uint8Array | undefined;
  /** What it went on with the last time. */
  #next: SharedSequence | undefined;

  private constructor(before: SharedSequence | undefined, frame: Uint8Array) {
    this.#before = before;
    this.#frame = frame;
    this.length = (before?.length ?? 0) + frame.length;
  }

  /** A sequence of one frame. */
  static begin(frame: Uint8Array): SharedSequence {
    if (root === undefined || root.#frame !== frame) root = new SharedSequence(undefined, frame);
    return root;
  }

  /** Forgets what was begun; who has a sequence keeps it. To be called when a turn's output has been written. */
  static forget(): void {
    root = undefined;
  }

  /** This sequence, and one frame more. */
  followedBy(frame: Uint8Array): SharedSequence {
    if (this.#next === undefined || this.#next.#frame !== frame) this.#next = new SharedSequence(this, frame);
    return this.#next;
  }

  /** All frames in one piece; nobody may change it. */
  join(): Uint8Array {
    if (this.#before === undefined) return this.#frame;
    if (this.#joined === undefined) {
      const joined = Buffer.allocUnsafeSlow(this.length);
      for (let at: SharedSequence | undefined = this; at !== undefined; at = at.#before) {
        joined.set(at.#frame, at.length - at.#frame.length);
      }
      this.#joined = joined;
    }
    return this.#joined;
  }
}
