/** What RFC 7692 §7.2.1 takes off the end of a compressed message and §7.2.2 puts back, and how the end of one is recognized. */

/** The octets of an empty stored block behind its header bits: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end" (§7.2.1). */
export const TRAILER_LENGTH = 4;

/**
 * What is put behind a received message: the four octets of §7.2.2; then a final stored block with nothing in it (01 00 00 ff ff); then
 * one octet too many.
 *
 * DEFLATE cannot say "I stand between two blocks", and a message cut off inside one must not pass for a whole one. The final block ends
 * the stream if and only if it is read as a block, and the octet too many is then left over. So the number of octets that were not
 * used says how the message ended; see `endOf`. A final block of the message that is cut off reads on into the tail, too, and would end in
 * the same octet if its end stood there: that is why the block is a stored one. In the fixed code the end is seven zeros, which are
 * found before the last octet or not at all. (Codes made for this purpose can end there: that is the sender's own nonsense, as any message may be.)
 */
export const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff, 0x00);

/** What of TAIL is not the four octets. */
const PROBE_LENGTH = TAIL.length - TRAILER_LENGTH;

/** §7.2.3.6: "The single octet 0x00 contains the header bits with BFINAL set to 0 and BTYPE set to 00, and 5 padding bits of 0." */
export const EMPTY_MESSAGE = 0x00;

/**
 * How a stream that stopped stands to its message.
 * @param left octets of payload and TAIL that were not used
 * @returns "whole": the message is complete, namely 1 octet is left: it ended between two blocks; 6: its own last block was the empty
 *   stored one and final; 10: its last block was final and complete. "more": a final block stood inside, and octets of the message
 *   follow it (§7.2.3.4). "broken": the message ended within a block
 */
export function endOf(left: number): "whole" | "more" | "broken" {
  if (left > TAIL.length) return "more";
  return left === 1 || left === PROBE_LENGTH || left === TAIL.length ? "whole" : "broken";
}
