import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import { UTF8_INVALID, UTF8_START, validateUtf8 } from "../../dist/protocol/utf8.js";
import { chunkings } from "../../dist/testing/chunking.js";
import { fromHex, toHex } from "../../dist/testing/recorder.js";
import { nearText, truncated, utf8Cases } from "./utf8-case.js";

const oracle = new TextDecoder("utf-8", { fatal: true });

function isValid(bytes: Uint8Array): boolean {
  try {
    oracle.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Ends that complete any beginning that can be completed: up to three continuation bytes, from the low and the high end of what may follow. */
const completions = ["", "80", "90", "a0", "8080", "9080", "a080", "808080", "908080"].map(fromHex);

/** By brute force (with an oracle that answers instead of throwing, which is slow): the number of bytes up to and including the first after which nothing can make the text valid; 0: none. */
function offence(bytes: Uint8Array): number {
  for (let length = 1; length <= bytes.length; length++) {
    const prefix = bytes.subarray(0, length);
    if (!completions.some((end) => isUtf8(Uint8Array.of(...prefix, ...end)))) return length;
  }
  return 0;
}

/** The same by the validator, byte by byte. */
function firstInvalid(bytes: Uint8Array): number {
  let state = UTF8_START;
  for (let at = 0; at < bytes.length; at++) {
    state = validateUtf8(state, bytes, at, at + 1);
    if (state === UTF8_INVALID) return at + 1;
  }
  return 0;
}

/** Asserts everything there is to say about some bytes. */
function check(bytes: Uint8Array): void {
  const state = validateUtf8(UTF8_START, bytes, 0, bytes.length);
  if ((state === UTF8_START) !== isValid(bytes)) assert.fail(`${toHex(bytes)}: state ${state}`);
  const expected = offence(bytes);
  if (firstInvalid(bytes) !== expected)
    assert.fail(`${toHex(bytes)}: invalid at ${firstInvalid(bytes)}, not ${expected}`);
  if ((state === UTF8_INVALID) !== expected > 0) assert.fail(`${toHex(bytes)}: ${state} at once`);
}

test("every sequence of one byte", () => {
  for (let a = 0; a < 256; a++) check(Uint8Array.of(a));
});

test("every sequence of two bytes", () => {
  for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) check(Uint8Array.of(a, b));
});

test("three and four bytes: every lead with every kind of following byte", () => {
  const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xff];
  for (let a = 0xc0; a < 256; a++) {
    for (const b of edges) {
      for (const c of [0x7f, 0x80, 0xbf, 0xc0]) {
        check(Uint8Array.of(a, b, c));
        for (const d of [0x7f, 0x80, 0xbf, 0xc0]) check(Uint8Array.of(a, b, c, d));
      }
    }
  }
});

test("every code point that is not a surrogate is valid, every surrogate is not", () => {
  const encoder = new TextEncoder();
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) {
      const bytes = Uint8Array.of(0xed, 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
      if (firstInvalid(bytes) !== 2) assert.fail(`surrogate ${point.toString(16)}`);
      continue;
    }
    const bytes = encoder.encode(String.fromCodePoint(point));
    if (validateUtf8(UTF8_START, bytes, 0, bytes.length) !== UTF8_START) assert.fail(point.toString(16));
  }
});

for (const [name, hex, at] of utf8Cases) {
  test(`${name}: ${at === 0 ? "valid" : `invalid at byte ${at}`}, in every chunking`, () => {
    const bytes = fromHex(hex);
    check(bytes);
    assert.equal(firstInvalid(bytes), at);
    for (const chunking of chunkings(bytes))
      assert.equal(inPieces(chunking.pieces), at === 0 ? UTF8_START : UTF8_INVALID, chunking.name);
  });
}

for (const hex of truncated) {
  test(`F-24, F-26: ${hex} is unfinished: neither valid nor invalid`, () => {
    const bytes = fromHex(hex);
    check(bytes);
    const state = validateUtf8(UTF8_START, bytes, 0, bytes.length);
    assert.ok(state !== UTF8_START && state !== UTF8_INVALID);
  });
}

function inPieces(pieces: readonly Uint8Array[]): number {
  let state = UTF8_START;
  for (const piece of pieces) {
    state = validateUtf8(state, piece, 0, piece.length);
    if (state === UTF8_INVALID) break;
  }
  return state;
}

test("P4: near-text agrees with TextDecoder, and is refused at the very byte", () => {
  fc.assert(fc.property(nearText, check), { numRuns: 1000 });
});

test("P4: any split gives the same state", () => {
  fc.assert(
    fc.property(nearText, (bytes) => {
      const expected = validateUtf8(UTF8_START, bytes, 0, bytes.length);
      for (const { name, pieces } of chunkings(bytes)) assert.equal(inPieces(pieces), expected, name);
    }),
    { numRuns: 1000 },
  );
});

test("the range is respected on both sides", () => {
  const bytes = fromHex("ff ff 61 62 ff");
  assert.equal(validateUtf8(UTF8_START, bytes, 2, 4), UTF8_START);
  assert.equal(validateUtf8(UTF8_START, bytes, 3, 3), UTF8_START);
  const ascii = new Uint8Array(20).fill(0x61);
  ascii[17] = 0xff;
  for (let start = 0; start <= 17; start++) {
    assert.equal(validateUtf8(UTF8_START, ascii, start, 17), UTF8_START, `${start}`);
    assert.equal(validateUtf8(UTF8_START, ascii, start, 18), UTF8_INVALID, `${start}`);
  }
});

test("one wrong byte among ASCII is found, whatever its place and however long the text: eight bytes are looked at together", () => {
  for (let length = 1; length <= 26; length++) {
    for (let at = 0; at < length; at++) {
      // Among NULs there is no other bit that gives 0x80 away.
      for (const [wrong, ascii] of [
        [0x80, 0x61],
        [0xff, 0x61],
        [0x80, 0x00],
      ] as const) {
        const bytes = new Uint8Array(length).fill(ascii);
        bytes[at] = wrong;
        assert.equal(validateUtf8(UTF8_START, bytes, 0, length), UTF8_INVALID, `${wrong} at ${at} of ${length}`);
        assert.equal(validateUtf8(UTF8_START, bytes, 0, at), UTF8_START);
        assert.equal(validateUtf8(UTF8_START, bytes, at + 1, length), UTF8_START);
      }
    }
  }
});
