/**
 * The limits of the opening handshake: default, reason, and what others do.
 * Each bounds a count or a length that a peer chooses before anybody knows who it is.
 */
import { LocalError } from "../error.js";
import { HANDSHAKE_CODES } from "./refusal.js";

/** Limits of a head. A number is a positive safe integer; `Infinity` is the only word for "no limit". */
export interface HeadLimits {
  /** Bytes of the whole head, first byte to the empty line. Beyond: 431. */
  readonly maxHeadBytes: number;
  /** Header lines, counted as lines and not as names, because a repeated name costs the same. Beyond: 431. */
  readonly maxHeaderLines: number;
  /** Bytes of the request target. Beyond: 414. Means nothing for a response. */
  readonly maxTargetBytes: number;
}

/**
 * What a server reads. A browser sends about 0.5 KiB and 15 lines, with large cookies up to 6 KiB; Node reads 16 KiB
 * and drops the lines after the 1000th or 2000th, depending on its version.
 */
export const SERVER_HEAD_LIMITS: HeadLimits = { maxHeadBytes: 8192, maxHeaderLines: 64, maxTargetBytes: 2048 };

/** What a client reads: more than a server, because servers and proxies add policy headers and cookies. */
export const CLIENT_HEAD_LIMITS: HeadLimits = { maxHeadBytes: 16384, maxHeaderLines: 128, maxTargetBytes: 2048 };

/** Bytes of a method. The longest registered one (UPDATEREDIRECTREF) has 17. Beyond: 501 (RFC 9112 §3). */
export const MAX_METHOD_BYTES = 24;

/** Names in Sec-WebSocket-Protocol, over all lines. Others have no limit; a real offer has one to four. */
export const MAX_SUBPROTOCOLS = 16;

/** Bytes of Sec-WebSocket-Protocol, over all lines. */
export const MAX_SUBPROTOCOL_BYTES = 1024;

/** Extension offers looked at; browsers send one or two. Those after it are checked for syntax and ignored. */
export const MAX_EXTENSION_OFFERS = 8;

/** Parameters of one extension offer; permessage-deflate has four. An offer with more is ignored as a whole. */
export const MAX_EXTENSION_PARAMS = 8;

/**
 * Fills in and checks the limits of a head.
 * @param given what the caller set; a missing or undefined one means its default, never "off"
 * @param defaults SERVER_HEAD_LIMITS or CLIENT_HEAD_LIMITS
 * @returns all three limits
 * @throws LocalError ERR_ARGUMENT_LIMIT if one is neither a positive safe integer nor Infinity
 */
export function headLimits(
  given: { readonly [Name in keyof HeadLimits]?: number | undefined },
  defaults: HeadLimits,
): HeadLimits {
  return {
    maxHeadBytes: limit("maxHeadBytes", given.maxHeadBytes, defaults.maxHeadBytes),
    maxHeaderLines: limit("maxHeaderLines", given.maxHeaderLines, defaults.maxHeaderLines),
    maxTargetBytes: limit("maxTargetBytes", given.maxTargetBytes, defaults.maxTargetBytes),
  };
}

function limit(name: string, given: number | undefined, fallback: number): number {
  if (given === undefined) return fallback;
  if (given === Infinity || (Number.isSafeInteger(given) && given > 0)) return given;
  throw new LocalError("ERR_ARGUMENT_LIMIT", `${name}: ${HANDSHAKE_CODES.ERR_ARGUMENT_LIMIT.message}`);
}
