import type { LimitError, LocalError, PeerError } from "./error.js";

/** A reason to fail the connection. */
export type Failure = PeerError | LimitError | LocalError;

/**
 * What a connection reports to. Plain calls in the order of the bytes, nothing allocated around them.
 * A sink may call any method of the connection from within a call, `pause` and `close` included, except `receive`.
 * A call must not throw: `receive` could not say any more how far it came.
 */
export interface Sink {
  /** A whole text message. */
  onText(text: string): void;
  /**
   * A whole binary message: bytes[start, end).
   * @param owned true: the bytes are the receiver's to keep. false: they lie in the buffer given to `receive` and are valid
   *   only during this call.
   */
  onBinary(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** A ping; the pong has been written or is pending already (RFC 6455 §5.5.2). The payload is the receiver's own, 0 to 125 bytes. */
  onPing(payload: Uint8Array): void;
  /** A pong, asked for or not (RFC 6455 §5.5.3). The payload is the receiver's own. */
  onPong(payload: Uint8Array): void;
  /**
   * The peer's close frame: no message will follow. Its answer has been written, unless ours went out first.
   * @param code 1000-1003, 1007-1014, 3000-4999, or 1005 when the frame carried none
   */
  onClose(code: number, reason: string): void;
  /** The connection failed (RFC 6455 §7.1.7): a close frame with the reason is written if one still could be. Called at most once. */
  onFailure(error: Failure): void;
}
