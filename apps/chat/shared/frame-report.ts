/**
 * What the echo endpoint tells about the frames of one connection: real data from the server's frame tap, for the page that
 * shows them.
 *
 * The page opens `/echo?watch=<id>` and waits for `{"watching":"<id>"}`; then it opens `/echo?id=<id>` with the same id and
 * talks there. Every frame that the server receives or sends on the second connection is reported as `{"frame":{…}}` on the
 * first, in order, control frames included. Both ends import this file, so the form cannot drift.
 */

/** Most payload bytes a report carries. */
export const REPORT_PAYLOAD_BYTES = 256;

/** Shape of the random id that ties the two connections together: 16 to 64 characters of base64url. */
export const WATCH_ID: RegExp = /^[A-Za-z0-9_-]{16,64}$/;

/** One frame as it was on the wire (RFC 6455 section 5.2), with the payload unmasked. */
export interface FrameReport {
  /** Seen from the server: "in" came from the page, "out" went to it. */
  readonly direction: "in" | "out";
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly rsv2: boolean;
  readonly rsv3: boolean;
  readonly opcode: number;
  readonly masked: boolean;
  /** Masking key, 8 hex digits; null when the frame was not masked. */
  readonly key: string | null;
  /** Length of the payload in bytes. */
  readonly length: number;
  /** All bytes of the header in hex, extended length and masking key included. */
  readonly header: string;
  /** The first REPORT_PAYLOAD_BYTES bytes of the unmasked payload in hex. */
  readonly payload: string;
  /** The payload was longer than `payload` shows. */
  readonly truncated: boolean;
  /** When the server saw it: milliseconds of a monotonic clock of the server. Only differences mean anything. */
  readonly at: number;
}

/** What comes over the watching connection, one JSON object per text message. */
export type WatchMessage = { readonly watching: string } | { readonly frame: FrameReport };
