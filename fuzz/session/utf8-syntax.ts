/**
 * UTF-8 by its grammar (RFC 3629 §4), for the reference parser: each line of the ABNF is a row of byte ranges. Slow and plain
 * on purpose, and shares nothing with the code it judges.
 */

type Range = readonly [low: number, high: number];

const TAIL: Range = [0x80, 0xbf];

const SEQUENCES: readonly (readonly Range[])[] = [
  [[0x00, 0x7f]],
  [[0xc2, 0xdf], TAIL],
  [[0xe0, 0xe0], [0xa0, 0xbf], TAIL],
  [[0xe1, 0xec], TAIL, TAIL],
  [[0xed, 0xed], [0x80, 0x9f], TAIL],
  [[0xee, 0xef], TAIL, TAIL],
  [[0xf0, 0xf0], [0x90, 0xbf], TAIL, TAIL],
  [[0xf1, 0xf3], TAIL, TAIL, TAIL],
  [[0xf4, 0xf4], [0x80, 0x8f], TAIL, TAIL],
];

/** How far some bytes are UTF-8. */
export interface Utf8Check {
  /** Index of the first byte after which no continuation could be valid; undefined if there is none. */
  readonly wrong: number | undefined;
  /** The bytes end between two characters. */
  readonly complete: boolean;
}

/** Checks bytes from their beginning. */
export function checkUtf8(bytes: ArrayLike<number>): Utf8Check {
  let start = 0;
  let possible = SEQUENCES;
  for (let at = 0; at < bytes.length; at++) {
    const place = at - start;
    possible = possible.filter((sequence) => {
      const range = sequence[place];
      return range !== undefined && bytes[at]! >= range[0] && bytes[at]! <= range[1];
    });
    if (possible.length === 0) return { wrong: at, complete: false };
    if (possible[0]!.length === place + 1) {
      start = at + 1;
      possible = SEQUENCES;
    }
  }
  return { wrong: undefined, complete: start === bytes.length };
}
