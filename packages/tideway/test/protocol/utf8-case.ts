/** Bytes that are text, nearly text, and no text at all: for the check of UTF-8 and for every kernel. */
import fc from "fast-check";
import { fromHex } from "../../dist/testing/recorder.js";

/** In the order of Autobahn 6.x and Kuhn's list: name, bytes, and the byte at which it is known; 0: valid. */
export const utf8Cases: readonly (readonly [name: string, hex: string, at: number])[] = [
  ["a Greek word", "ce ba e1 bd b9 cf 83 ce bc ce b5", 0],
  ["a Greek word, then a surrogate", "ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64 69 74 65 64", 13],
  ["a Greek word, then beyond U+10FFFF", "ce ba e1 bd b9 cf 83 ce bc ce b5 f4 90 80 80 65 64", 13],
  ["first of one byte: NUL", "00", 0],
  ["first of two bytes", "c2 80", 0],
  ["first of three bytes", "e0 a0 80", 0],
  ["first of four bytes", "f0 90 80 80", 0],
  ["last of one byte", "7f", 0],
  ["last of two bytes", "df bf", 0],
  ["last of three bytes", "ef bf bf", 0],
  ["last of four bytes", "f4 8f bf bf", 0],
  ["one below the surrogates", "ed 9f bf", 0],
  ["one above the surrogates", "ee 80 80", 0],
  ["U+FFFD", "ef bf bd", 0],
  ["five bytes", "f8 88 80 80 80", 1],
  ["six bytes", "fc 84 80 80 80 80", 1],
  ["one above the last", "f4 90 80 80", 2],
  ["F-24: a lone continuation 80", "80", 1],
  ["F-24: a lone continuation bf", "bf", 1],
  ["six lone continuations", "80 bf 80 bf 80 bf", 1],
  ["a lead of two and a space", "c3 20", 2],
  ["a lead of three and a space", "e3 20", 2],
  ["a lead of four and a space", "f1 20", 2],
  ["a lead of three, one more and a space", "e3 80 20", 3],
  ["a lead of four, two more and a space", "f1 80 80 20", 4],
  ["fe", "fe", 1],
  ["ff", "ff", 1],
  ["F-24: overlong / in two bytes", "c0 af", 1],
  ["overlong in two bytes, the greatest", "c1 bf", 1],
  ["F-24: overlong / in three bytes", "e0 80 af", 2],
  ["overlong in three bytes, the greatest", "e0 9f bf", 2],
  ["overlong in four bytes", "f0 80 80 af", 2],
  ["overlong in four bytes, the greatest", "f0 8f bf bf", 2],
  ["overlong NUL in two bytes", "c0 80", 1],
  ["F-24: surrogate D800", "ed a0 80", 2],
  ["surrogate DBFF", "ed af bf", 2],
  ["surrogate DC00", "ed b0 80", 2],
  ["F-24: surrogate DFFF", "ed bf bf", 2],
  ["a surrogate pair (CESU-8)", "ed a0 81 ed b0 80", 2],
  ["F-25: a byte order mark", "ef bb bf 61", 0],
  ["F-25: U+FFFE", "ef bf be", 0],
  ["F-25: an emoji", "f0 9f 98 80", 0],
  ["F-25: NUL between letters", "61 00 62", 0],
  ["f5", "f5 80 80 80", 1],
  ["an offence behind eight ASCII bytes", "61 61 61 61 61 61 61 61 80", 9],
  ["an offence in the eighth byte", "61 61 61 61 61 61 61 80", 8],
];
/** Beginnings of a character: neither valid nor invalid. */
export const truncated: readonly string[] = [
  "c2",
  "e0",
  "e0 a0",
  "e1",
  "e1 80",
  "ed",
  "ed 9f",
  "ef bf",
  "f0",
  "f0 90",
  "f0 90 80",
  "f1 80 80",
  "f4",
  "f4 8f",
  "f4 8f bf",
];
/** Bytes that come near to text: random bytes alone fail at once. */
export const nearText: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc.string({ unit: "binary", maxLength: 6 }).map((text) => new TextEncoder().encode(text)),
      fc.constantFrom(...utf8Cases.map(([, hex]) => fromHex(hex))),
      fc.constantFrom(...truncated.map(fromHex)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
