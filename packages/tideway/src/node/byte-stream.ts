/**
 * Bytes in both directions, in order, with back-pressure: what a transport needs of a network connection, and no more. Implemented over
 * Node's documented streams, and over a TCP connection without one.
 */
export interface ByteStream {
  /** The stream is gone, or on its way to: nothing is written any more, and `onClosed` follows. */
  readonly destroyed: boolean;
  /** What has been taken may be overwritten. Not so where the stream hands it on by reference. */
  readonly copies: boolean;
  /** `pause` was called, and `resume` not yet. */
  readonly paused: boolean;
  /** From here on its owner is told. Begins paused. Once. */
  start(owner: ByteStreamOwner): void;
  /** Tells no more bytes. A little is read ahead, so that errors are told at once, and the end, too, when no bytes come before it. */
  pause(): void;
  /** Goes on with what arrives; never within the call. */
  resume(): void;
  /**
   * Writes pieces in order. They must not change until they have been taken, and the next write must wait for that.
   * @returns true: all of it has been taken. False: `onWritten` follows, unless the stream is destroyed before
   */
  write(pieces: readonly Uint8Array[]): boolean;
  /** Writes one piece; otherwise as `write`. */
  writeOne(piece: Uint8Array): boolean;
  /** Ends our side behind what has been written. When the peer has ended its side, too, the stream closes. Harmless when called again. */
  end(): void;
  /** Closes both sides now. Harmless when called again. */
  destroy(): void;
}

/** Who owns a byte stream. */
export interface ByteStreamOwner {
  /**
   * bytes[start, end) have arrived. The range may be changed.
   * @param owned true: the bytes are the owner's to keep. false: they are valid during this call only
   */
  onBytes(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** The last write has been taken. */
  onWritten(): void;
  /** The peer has ended its side, and all it sent has been told. */
  onEnd(): void;
  /** An error of the network; the stream is destroyed by it. */
  onError(error: Error): void;
  /** The stream has closed, and nothing more is told. */
  onClosed(): void;
}
