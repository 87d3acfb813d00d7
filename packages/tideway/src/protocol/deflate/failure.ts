/**
 * Every code of permessage-deflate (RFC 7692), in one table, like `HANDSHAKE_CODES` for the handshake.
 *
 * - `fault`: "peer" (PeerError), "limit" (LimitError), "local" (LocalError, thrown at the caller or given to who still waits).
 * - `closeCode`: what the peer is told on an open connection; `null` where no connection is open yet or nobody is told.
 * - `message` is for people and never repeats bytes of the peer.
 */
import { LimitError, LocalError, PeerError } from "../error.js";

/** The table: stable code to fault, close code and default message. */
export const DEFLATE_CODES = {
  // The server's answer, seen by a client. There is no connection yet, so nobody is told a close code: the handshake fails.
  ERR_DEFLATE_NAME: { fault: "peer", closeCode: null, message: "the server chose an extension that was not offered" },
  ERR_DEFLATE_UNKNOWN: { fault: "peer", closeCode: null, message: "permessage-deflate has no such parameter" },
  ERR_DEFLATE_DUPLICATE: {
    fault: "peer",
    closeCode: null,
    message: "permessage-deflate or one of its parameters is repeated",
  },
  ERR_DEFLATE_VALUE: { fault: "peer", closeCode: null, message: "a parameter of permessage-deflate has a wrong value" },
  ERR_DEFLATE_NOT_OFFERED: {
    fault: "peer",
    closeCode: null,
    message: "the server bounds the client's window, which was not offered",
  },
  ERR_DEFLATE_IGNORED: {
    fault: "peer",
    closeCode: null,
    message: "the server accepted permessage-deflate without a parameter it must grant",
  },

  // A compressed message.
  ERR_DEFLATE_DATA: { fault: "peer", closeCode: 1007, message: "a compressed message is not valid DEFLATE" },
  ERR_DEFLATE_BLOCKS: { fault: "limit", closeCode: 1008, message: "a compressed message has too many final blocks" },

  // Our own side.
  ERR_DEFLATE_OPTION: { fault: "local", closeCode: null, message: "an option of permessage-deflate is out of range" },
  ERR_DEFLATE_CLOSED: { fault: "local", closeCode: null, message: "the codec was closed while a message waited" },
} as const;

/** Any code of permessage-deflate. */
export type DeflateCode = keyof typeof DEFLATE_CODES;

/** The codes that end the handshake of a client. */
export type DeflateResponseCode = {
  [Code in DeflateCode]: (typeof DEFLATE_CODES)[Code] extends { readonly fault: "peer"; readonly closeCode: null }
    ? Code
    : never;
}[DeflateCode];

/**
 * The failure for a compressed message that is not valid.
 * @returns ERR_DEFLATE_DATA with 1007: the data "was not consistent with the type of the message" (RFC 6455 §7.4.1)
 */
export function invalidData(): PeerError {
  const { closeCode, message } = DEFLATE_CODES.ERR_DEFLATE_DATA;
  return new PeerError("ERR_DEFLATE_DATA", closeCode, message);
}

/**
 * The failure for a message that grows beyond the limit: the code a plain message of that size gets, too.
 * @param limit most bytes a message may have
 * @returns ERR_MESSAGE_TOO_BIG with 1009
 */
export function tooBig(limit: number): LimitError {
  return new LimitError("ERR_MESSAGE_TOO_BIG", 1009, `a message may have ${limit} bytes`);
}

/** The failure for a message that makes the decompressor start over too often. @returns ERR_DEFLATE_BLOCKS with 1008 */
export function tooManyBlocks(): LimitError {
  const { closeCode, message } = DEFLATE_CODES.ERR_DEFLATE_BLOCKS;
  return new LimitError("ERR_DEFLATE_BLOCKS", closeCode, message);
}

/** What a waiting message gets when its codec is closed. @returns ERR_DEFLATE_CLOSED */
export function codecClosed(): LocalError {
  return new LocalError("ERR_DEFLATE_CLOSED", DEFLATE_CODES.ERR_DEFLATE_CLOSED.message);
}
