/**
 * Incremental check of UTF-8 (RFC 3629), one small number of state between calls.
 *
 * RFC 6455 §8.1: invalid UTF-8 in a text message MUST fail the connection. We fail at the byte that makes the sequence
 * impossible, not at the end of the frame: an overlong form or a surrogate is known at its second byte.
 */

/** The state between two characters: where checking starts and where valid text ends. */
export const UTF8_START = 0;
/** The answer to bytes that no continuation could make valid. */
export const UTF8_INVALID = -1;

// The other states say what the next byte may be.
const ONE_MORE = 1; // 80..BF, then done
const TWO_MORE = 2; // 80..BF, then ONE_MORE
const THREE_MORE = 3; // 80..BF, then TWO_MORE
const AFTER_E0 = 4; // A0..BF: below is an overlong form
const AFTER_ED = 5; // 80..9F: above are the surrogates D800-DFFF
const AFTER_F0 = 6; // 90..BF: below is an overlong form
const AFTER_F4 = 7; // 80..8F: above is beyond U+10FFFF

/**
 * Checks bytes[start, end) as the continuation of what led to `state`.
 *
 * @returns the state to go on with (UTF8_START exactly when the text so far ends between two characters), or UTF8_INVALID
 */
export function validateUtf8(state: number, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let now = state;
  while (at < end) {
    if (now === UTF8_START) {
      at = skipAscii(bytes, at, end);
      if (at === end) return UTF8_START;
      now = afterLead(bytes[at++]!);
    } else {
      now = afterContinuation(now, bytes[at++]!);
    }
    if (now === UTF8_INVALID) return UTF8_INVALID;
  }
  return now;
}

/** The first byte at or after `at` that is not ASCII; eight at a time, since most text on the wire is. */
function skipAscii(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (
    at + 8 <= end &&
    (bytes[at]! |
      bytes[at + 1]! |
      bytes[at + 2]! |
      bytes[at + 3]! |
      bytes[at + 4]! |
      bytes[at + 5]! |
      bytes[at + 6]! |
      bytes[at + 7]!) <
      0x80
  )
    at += 8;
  while (at < end && bytes[at]! < 0x80) at++;
  return at;
}

/** RFC 3629 §4: C0, C1 and F5-FF never appear; 80-BF never lead. */
function afterLead(byte: number): number {
  if (byte < 0xc2) return UTF8_INVALID;
  if (byte < 0xe0) return ONE_MORE;
  if (byte === 0xe0) return AFTER_E0;
  if (byte === 0xed) return AFTER_ED;
  if (byte < 0xf0) return TWO_MORE;
  if (byte === 0xf0) return AFTER_F0;
  if (byte < 0xf4) return THREE_MORE;
  return byte === 0xf4 ? AFTER_F4 : UTF8_INVALID;
}

function afterContinuation(state: number, byte: number): number {
  switch (state) {
    case AFTER_E0:
      return byte >= 0xa0 && byte <= 0xbf ? ONE_MORE : UTF8_INVALID;
    case AFTER_ED:
      return byte >= 0x80 && byte <= 0x9f ? ONE_MORE : UTF8_INVALID;
    case AFTER_F0:
      return byte >= 0x90 && byte <= 0xbf ? TWO_MORE : UTF8_INVALID;
    case AFTER_F4:
      return byte >= 0x80 && byte <= 0x8f ? TWO_MORE : UTF8_INVALID;
    default:
      // ONE_MORE, TWO_MORE and THREE_MORE are numbered so that one fewer is the state below.
      return byte >= 0x80 && byte <= 0xbf ? state - 1 : UTF8_INVALID;
  }
}
