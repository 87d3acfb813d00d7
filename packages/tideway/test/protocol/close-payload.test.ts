import assert from "node:assert/strict";
import { test } from "node:test";
import { cutReason, MAX_REASON_BYTES, readClosePayload, writeClosePayload } from "../../dist/protocol/close-payload.js";
import { PeerError } from "../../dist/protocol/error.js";
import { portableKernel as kernel } from "../../dist/protocol/kernel.js";
import { fromHex, toHex } from "../../dist/testing/recorder.js";

const readable: readonly (readonly [name: string, hex: string, code: number, reason: string])[] = [
  ["empty: 1005 (§7.1.5)", "", 1005, ""],
  ["a code", "03e8", 1000, ""],
  ["a code and a reason", "03e9 627965", 1001, "bye"],
  ["the highest code", "1387", 4999, ""],
  ["a reason of several bytes a character", "03e8 e282ac f09f9880", 1000, "€😀"],
  ["a byte order mark, kept", "03e8 efbbbf41", 1000, "\ufeffA"],
  ["123 bytes of reason", `03e8${"61".repeat(123)}`, 1000, "a".repeat(123)],
];
for (const [name, hex, code, reason] of readable) {
  test(`reads and writes ${name}`, () => {
    assert.deepEqual(readClosePayload(fromHex(hex), kernel), { code, reason });
    assert.equal(toHex(writeClosePayload(code, reason, kernel)), hex.replaceAll(" ", ""));
  });
}

const unreadable: readonly (readonly [name: string, hex: string, code: string, closeCode: number])[] = [
  ["F-32: one byte", "03", "ERR_CLOSE_LENGTH", 1002],
  ["F-30: code 0", "0000", "ERR_CLOSE_CODE", 1002],
  ["F-30: code 999", "03e7", "ERR_CLOSE_CODE", 1002],
  ["F-30: code 1004", "03ec", "ERR_CLOSE_CODE", 1002],
  ["F-30: code 1005", "03ed", "ERR_CLOSE_CODE", 1002],
  ["F-30: code 1006", "03ee", "ERR_CLOSE_CODE", 1002],
  ["F-30: code 1015", "03f7", "ERR_CLOSE_CODE", 1002],
  ["F-30: code 65535", "ffff", "ERR_CLOSE_CODE", 1002],
  ["F-30: a bad code before a bad reason", "03e7 ff", "ERR_CLOSE_CODE", 1002],
  ["F-32: an invalid reason", "03e8 c0af", "ERR_UTF8", 1007],
  ["F-32: a reason cut within a character", "03e8 e282", "ERR_UTF8", 1007],
];
for (const [name, hex, code, closeCode] of unreadable) {
  test(`refuses ${name}`, () => {
    const error = readClosePayload(fromHex(hex), kernel);
    assert.ok(error instanceof PeerError);
    assert.deepEqual([error.code, error.closeCode], [code, closeCode]);
  });
}

const unwritable: readonly (readonly [name: string, code: number, reason: string])[] = [
  ["a code that may not be sent", 1006, ""],
  ["1005 with a reason", 1005, "why"],
  ["C-11: a reason of 124 bytes", 1000, "a".repeat(124)],
  ["C-11: a reason of 42 three-byte characters (126 bytes)", 1000, "€".repeat(42)],
  ["C-11: a reason of 31 four-byte characters (124 bytes)", 1000, "😀".repeat(31)],
];
for (const [name, code, reason] of unwritable) {
  test(`does not write ${name}`, () => {
    assert.throws(() => writeClosePayload(code, reason, kernel), { name: "LocalError", code: "ERR_CLOSE_ARGUMENT" });
  });
}

test("C-11: a lone surrogate in a reason becomes U+FFFD", () => {
  assert.equal(toHex(writeClosePayload(1000, "a\ud800", kernel)), "03e861efbfbd");
});

test("what is written has nothing behind it in memory", () => {
  assert.equal(writeClosePayload(1000, "abc", kernel).buffer.byteLength, 5);
});

const cuts: readonly (readonly [name: string, text: string, cut: string])[] = [
  ["nothing", "", ""],
  ["a short text", "abc", "abc"],
  ["exactly 123 bytes", "a".repeat(123), "a".repeat(123)],
  ["124 bytes", "a".repeat(124), "a".repeat(123)],
  ["three-byte characters", "€".repeat(60), "€".repeat(41)],
  ["four-byte characters, not within one", "😀".repeat(60), "😀".repeat(30)],
  ["a pair across the limit", `${"a".repeat(122)}😀`, "a".repeat(122)],
];
for (const [name, text, cut] of cuts) {
  test(`cutReason: ${name}`, () => {
    assert.equal(cutReason(text, kernel), cut);
    assert.ok(writeClosePayload(1000, cutReason(text, kernel), kernel).length <= 2 + MAX_REASON_BYTES);
  });
}

test("a reason that is no string is refused as an argument", () => {
  assert.throws(() => writeClosePayload(1000, 5 as unknown as string, kernel), { code: "ERR_CLOSE_ARGUMENT" });
});
