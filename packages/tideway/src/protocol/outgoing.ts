/**
 * Where a connection writes: the port between the protocol and a transport.
 *
 * Two ways in. Small things are written in place: `reserve` makes room, the caller fills `bytes` from `offset`, `commit` says
 * how much was used. Large payloads are handed over whole with `append` and not copied.
 */
export interface Outgoing {
  /** Where reserved room lies; valid from `reserve` to `commit`. */
  readonly bytes: Uint8Array;
  /** First byte of the reserved room. */
  readonly offset: number;
  /** The peer is not taking what was written: pongs wait, and only the latest is kept (RFC 6455 §5.5.3). */
  readonly blocked: boolean;
  /** Makes room for up to `length` bytes behind everything written so far. */
  reserve(length: number): void;
  /**
   * Takes the first `length` bytes of the reserved room as written.
   * @param more the frame goes on with the next `append`: a transport may cut its queue between frames, never within one
   */
  commit(length: number, more?: boolean): void;
  /** Takes `bytes` as written, by reference: they must not change until they have been sent. A frame ends with them. */
  append(bytes: Uint8Array): void;
}

/** An `Outgoing` that keeps everything until it is taken: for drivers without a transport of their own, and for tests. */
export class OutgoingBuffer implements Outgoing {
  bytes: Uint8Array = new Uint8Array(256);
  offset = 0;
  /** Set by the driver. */
  blocked = false;

  reserve(length: number): void {
    if (this.offset + length <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.offset + length));
    grown.set(this.bytes.subarray(0, this.offset));
    this.bytes = grown;
  }

  commit(length: number): void {
    this.offset += length;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  /** Everything written since the last call, as bytes of the caller's own. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.offset);
    this.offset = 0;
    return taken;
  }
}
