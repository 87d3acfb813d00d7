/** What an implementation makes of a stream, in words that all of them share. Bytes are lower-case hex. */
export interface Outcome {
  /** Messages and control frames, in order. */
  readonly events: readonly (readonly [type: "text" | "binary" | "ping" | "pong", content: string])[];
  /**
   * "open": it waits for more. "close 1000": the peer's close frame, with its code. "fail 1002": it failed the connection, and this is
   * the code it tells the peer.
   */
  readonly end: string;
  /** The stable code of the failure; ours only. */
  readonly code?: string | undefined;
}

/** The same limits for everybody. */
export const LIMITS = { maxPayload: 70_000, maxFragments: 16 };
