import { maskOctet } from "./mask.js";

/** Payload lengths at which the length field grows (RFC 6455 §5.2): up to 125 in 7 bits, to 65535 in 16, above in 64. */
export const MAX_7_BIT = 125;
const MAX_16_BIT = 0xffff;

/** Octets of a frame header for a payload of `length` bytes: 2 to 14. "The minimal number of bytes MUST be used" (§5.2). */
export function headerLength(length: number, masked: boolean): number {
  const extended = length <= MAX_7_BIT ? 0 : length <= MAX_16_BIT ? 2 : 8;
  return 2 + extended + (masked ? 4 : 0);
}

/**
 * Writes a frame header.
 *
 * @param first the first octet: FIN (0x80), the reserved bits and the opcode
 * @param length payload length, 0 to 2^53 - 1
 * @param key masking key (unsigned 32-bit), or undefined for an unmasked frame
 * @returns the offset behind the header
 */
export function writeHeader(
  target: Uint8Array,
  offset: number,
  first: number,
  length: number,
  key: number | undefined,
): number {
  const maskBit = key === undefined ? 0 : 0x80;
  let at = offset;
  target[at++] = first;
  if (length <= MAX_7_BIT) {
    target[at++] = maskBit | length;
  } else if (length <= MAX_16_BIT) {
    target[at++] = maskBit | 126;
    target[at++] = length >>> 8;
    target[at++] = length & 0xff;
  } else {
    target[at++] = maskBit | 127;
    for (let power = 56; power >= 0; power -= 8) target[at++] = Math.floor(length / 2 ** power) & 0xff;
  }
  if (key !== undefined) for (let i = 0; i < 4; i++) target[at++] = maskOctet(key, i);
  return at;
}
