import assert from "node:assert/strict";
import { test } from "node:test";
import { headerLength, MAX_7_BIT, writeHeader } from "../../dist/protocol/frame-header.js";
import { toHex } from "../../dist/testing/recorder.js";

const rows: readonly (readonly [length: number, header: string])[] = [
  [0, "82 00"],
  [1, "82 01"],
  [125, "82 7d"],
  [126, "82 7e 007e"],
  [127, "82 7e 007f"],
  [255, "82 7e 00ff"],
  [256, "82 7e 0100"],
  [65_535, "82 7e ffff"],
  [65_536, "82 7f 0000000000010000"],
  [2 ** 31 - 1, "82 7f 000000007fffffff"],
  [2 ** 31, "82 7f 0000000080000000"],
  [2 ** 32 - 1, "82 7f 00000000ffffffff"],
  [2 ** 32, "82 7f 0000000100000000"],
  [2 ** 32 + 0x01020304, "82 7f 0000000101020304"],
  [Number.MAX_SAFE_INTEGER, "82 7f 001fffffffffffff"],
];

for (const [length, expected] of rows) {
  test(`F-41: the header for ${length} bytes is ${expected}, masked and not`, () => {
    const plain = expected.replaceAll(" ", "");
    const target = new Uint8Array(20).fill(0xee);
    const end = writeHeader(target, 3, 0x82, length, undefined);
    assert.equal(toHex(target.subarray(3, end)), plain);
    assert.equal(headerLength(length, false), end - 3);
    // Nothing beside it is touched.
    assert.equal(toHex(target.subarray(0, 3)) + toHex(target.subarray(end)), "ee".repeat(20 - (end - 3)));

    const masked = new Uint8Array(14);
    const maskedEnd = writeHeader(masked, 0, 0x82, length, 0xfe_dc_ba_98);
    const second = (Number.parseInt(plain.slice(2, 4), 16) | 0x80).toString(16);
    assert.equal(toHex(masked.subarray(0, maskedEnd)), `82${second}${plain.slice(4)}fedcba98`);
    assert.equal(headerLength(length, true), maskedEnd);
  });
}

test("the first octet is written as given, and a key of 0 is a key", () => {
  for (const first of [0x00, 0x01, 0x89, 0xc1, 0xff]) {
    const target = new Uint8Array(6);
    assert.equal(writeHeader(target, 0, first, 0, 0), 6);
    assert.deepEqual([...target], [first, 0x80, 0, 0, 0, 0]);
  }
});

test("the 7-bit limit is 125", () => {
  assert.equal(MAX_7_BIT, 125);
});
