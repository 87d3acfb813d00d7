/**
 * Errors say whose fault it was and what to answer. This file imports nothing, so that anything may import it.
 *
 * - LocalError: the caller used the API wrongly, or the local side gave up (a deadline).
 * - PeerError: the peer broke the protocol. `closeCode` is what it is told.
 * - LimitError: the peer is within the protocol but beyond a limit set here. `closeCode` is what it is told.
 *
 * Every `code` is stable and listed in docs/reference/errors.md; a test keeps both lists equal.
 */

/** What all errors of the stack share: a stable machine-readable code. */
export abstract class TidewayError extends Error {
  /** Stable code, for programs. The message is for people and may change. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message);
    this.code = code;
    if (options && "cause" in options)
      Object.defineProperty(this, "cause", { value: options.cause, configurable: true, writable: true });
  }
}

/** The local side did something the API does not allow, or gave up waiting. */
export class LocalError extends TidewayError {
  override readonly name: string = "LocalError";
}

/** The peer broke the protocol: "_Fail the WebSocket Connection_" (RFC 6455 §7.1.7). */
export class PeerError extends TidewayError {
  override readonly name: string = "PeerError";
  /** The close code that names the fault: 1002 (protocol) or 1007 (payload data). */
  readonly closeCode: number;

  constructor(code: string, closeCode: number, message: string) {
    super(code, message);
    this.closeCode = closeCode;
  }
}

/** The peer went beyond a limit set here. */
export class LimitError extends TidewayError {
  override readonly name: string = "LimitError";
  /** The close code that names the limit: 1009 (too big), 1008 (policy), 1013 (a reader too slow), 1011 (a limit of the platform). */
  readonly closeCode: number;

  constructor(code: string, closeCode: number, message: string) {
    super(code, message);
    this.closeCode = closeCode;
  }
}
