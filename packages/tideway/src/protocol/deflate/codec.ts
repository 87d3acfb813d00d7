/** The port behind which DEFLATE itself lives (RFC 7692 §7.2): whoever drives the core brings it. */
import type { Failure } from "../sink.js";
import type { DeflateDirections } from "./parameter.js";

/**
 * The compressor and decompressor of one connection. Each method answers at once, or pending with a promise that never rejects.
 *
 * While an answer of a method is pending, that method is not called again: the caller keeps the order (the next message may refer to
 * this one). The two methods are independent of each other.
 */
export interface DeflateCodec {
  /**
   * Compresses a whole message (§7.2.1).
   * @param payload any bytes; while the answer is pending they must not change
   * @returns what goes on the wire, without the four octets 00 00 ff ff, the caller's to keep; or undefined: the message is to be sent as
   *   it is, because the agreed window is too small for zlib,
   *   zlib failed, or the codec was closed
   */
  compress(payload: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /**
   * Undoes the compression of a whole message, its fragments joined (§7.2.2).
   * @param payload as it came, without the four octets; while the answer is pending it must not change
   * @param limit most bytes the result may have; output stops at one more
   * @returns the message, the caller's to keep; or ERR_DEFLATE_DATA (1007), ERR_MESSAGE_TOO_BIG (1009), ERR_DEFLATE_BLOCKS (1008),
   *   ERR_DEFLATE_CLOSED. After a failure the connection fails and the codec is closed
   */
  decompress(payload: Uint8Array, limit: number): Uint8Array | Failure | Promise<Uint8Array | Failure>;
  /** Gives everything back: the connection has ended. What is pending ends with ERR_DEFLATE_CLOSED or undefined. May be called again. */
  close(): void;
}

/**
 * Makes the codec of a connection.
 * @param directions what was agreed in the handshake, from this end's seat
 */
export type OpenDeflateCodec = (directions: DeflateDirections) => DeflateCodec;
