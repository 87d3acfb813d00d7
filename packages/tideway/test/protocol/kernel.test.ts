import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kernel, portableKernel } from "../../dist/protocol/kernel.js";
import { fromHex, toHex } from "../../dist/testing/recorder.js";

/** Every kernel has to pass the same tests. */
const kernels: readonly (readonly [name: string, kernel: Kernel])[] = [["portable", portableKernel]];

for (const [name, kernel] of kernels) {
  test(`${name}: masks a range in place, from a phase`, () => {
    const bytes = new Uint8Array(40);
    kernel.mask(bytes, 1, 39, 0x01_02_03_04, 2);
    assert.deepEqual(bytes, Uint8Array.of(0, ...Array.from({ length: 38 }, (_, i) => 1 + ((i + 2) % 4)), 0));
  });

  test(`${name}: goes on checking UTF-8 from a state, within a range`, () => {
    const bytes = fromHex("ff e2 82 ac ff");
    const within = kernel.validateUtf8(0, bytes, 1, 3);
    assert.ok(within > 0);
    assert.equal(kernel.validateUtf8(within, bytes, 3, 4), 0);
    assert.equal(kernel.validateUtf8(within, bytes, 4, 5), -1);
  });

  test(`${name}: decodes a range, a byte order mark and NUL included (F-25)`, () => {
    const bytes = fromHex("61 efbbbf 00 efbfbe f09f9880 62");
    assert.equal(kernel.decodeUtf8(bytes, 1, bytes.length - 1), "\ufeff\0\ufffe😀");
    assert.equal(kernel.decodeUtf8(bytes, 1, 1), "");
  });

  test(`${name}: encodes at an offset, tells the bytes, and touches no others`, () => {
    const target = new Uint8Array(12);
    assert.equal(kernel.encodeUtf8("a€", target, 2), 4);
    assert.equal(toHex(target), "000061e282ac000000000000");
  });

  for (const [text, hex] of [
    ["\ud800", "efbfbd"],
    ["\udc00", "efbfbd"],
    ["a\ud83dz", "61efbfbd7a"],
    ["\udc00\ud800", "efbfbdefbfbd"],
    ["\ud83d\ude00", "f09f9880"],
  ] as const) {
    test(`${name}: F-42: ${JSON.stringify(text)} goes out as ${hex}`, () => {
      const target = new Uint8Array(16);
      const length = kernel.encodeUtf8(text, target, 0);
      assert.equal(toHex(target.subarray(0, length)), hex);
    });
  }

  for (const [what, hex, text] of [
    ["nothing", "", ""],
    ["ASCII", "48 65 6c 6c 6f", "Hello"],
    ["a byte order mark and NUL (F-25)", "efbbbf 00 61", "\ufeff\0a"],
    ["two, three and four octets a character", "c3a9 e282ac f09f9880", "é€😀"],
    ["an end within a character", "61 e282", undefined],
    ["a surrogate", "61 eda080 61", undefined],
    ["a lone continuation", "80", undefined],
  ] as const) {
    test(`${name}: a whole text message, masked and not: ${what}`, () => {
      const plain = fromHex(`ff ${hex} ff`);
      const bytes = plain.slice();
      assert.equal(kernel.unmaskText(bytes, 1, bytes.length - 1, undefined), text);
      assert.equal(toHex(bytes), toHex(plain), "not masked: not touched");
      assert.equal(kernel.unmaskText(bytes, 1, bytes.length - 1, 0), text, "a key of 0");
      portableKernel.mask(bytes, 1, bytes.length - 1, 0x81_02_03_04, 0);
      assert.equal(kernel.unmaskText(bytes, 1, bytes.length - 1, 0x81_02_03_04), text);
      assert.equal(toHex(bytes), toHex(plain), "unmasked, valid or not, and nothing else touched");
    });
  }
}
