/** The key of the client and the answer that proves that the server read it (RFC 6455 §1.3, §4.1, §4.2.2). */
import { LocalError } from "../error.js";
import { base64Value, encodeBase64 } from "./base64.js";
import { encodeLatin1 } from "./latin1.js";
import { HANDSHAKE_CODES } from "./refusal.js";

/** SHA-1, injected: takes any bytes and returns the 20 bytes of the digest at once. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

/** "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" (RFC 6455 §1.3): what no server adds by accident. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Makes the value of Sec-WebSocket-Key.
 * "a nonce consisting of a randomly selected 16-byte value that has been base64-encoded" (RFC 6455 §4.1, item 7)
 * @param bytes exactly 16 random bytes
 * @returns 24 characters
 * @throws LocalError ERR_ARGUMENT_KEY for another length
 */
export function encodeKey(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new LocalError("ERR_ARGUMENT_KEY", HANDSHAKE_CODES.ERR_ARGUMENT_KEY.message);
  return encodeBase64(bytes);
}

/**
 * Tells whether a text is what encodeKey can give: "a base64-encoded value that, when decoded, is 16 bytes in length"
 * (RFC 6455 §4.2.1, item 5).
 * Stricter than that sentence: the four bits that decoding drops must be zero (RFC 4648 §3.5), so that one key has one
 * form.
 */
export function isKey(text: string): boolean {
  if (text.length !== 24 || !text.endsWith("==")) return false;
  for (let i = 0; i < 22; i++) if (base64Value(text, i) < 0) return false;
  return base64Value(text, 21) % 16 === 0;
}

/**
 * Makes the value of Sec-WebSocket-Accept: the base64 form of the SHA-1 of key and GUID (RFC 6455 §4.2.2, item 5.4).
 * @param key the value of Sec-WebSocket-Key as it was sent, without surrounding whitespace; it is not decoded
 * @param sha1 SHA-1
 * @returns 28 characters
 * @throws LocalError ERR_ARGUMENT_SHA1 if `sha1` does not give 20 bytes
 */
export function acceptKey(key: string, sha1: Sha1): string {
  const digest = sha1(encodeLatin1(key + GUID));
  if (digest.length !== 20) throw new LocalError("ERR_ARGUMENT_SHA1", HANDSHAKE_CODES.ERR_ARGUMENT_SHA1.message);
  return encodeBase64(digest);
}
