import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyMask, maskOctet } from "../../dist/protocol/mask.js";
import { fromHex, toHex } from "../../dist/testing/recorder.js";

/** RFC 6455 §5.3 word for word. */
function byTheBook(bytes: Uint8Array, start: number, end: number, key: readonly number[], phase: number): Uint8Array {
  return bytes.map((octet, i) => (i >= start && i < end ? octet ^ key[(i - start + phase) % 4]! : octet));
}

const KEY = 0x37_fa_21_3d;
const KEY_OCTETS = [0x37, 0xfa, 0x21, 0x3d];

test("octets of a key are in network order, their index modulo 4", () => {
  for (let index = 0; index < 12; index++) assert.equal(maskOctet(KEY, index), KEY_OCTETS[index % 4]);
  assert.equal(maskOctet(0xff_00_00_80, 0), 0xff);
  assert.equal(maskOctet(0xff_00_00_80, 3), 0x80);
  assert.equal(maskOctet(KEY, 2 ** 40 + 1), 0xfa);
});

test("the masked Hello of RFC 6455 §5.7", () => {
  const bytes = fromHex("7f 9f 4d 51 58");
  applyMask(bytes, 0, 5, KEY, 0);
  assert.equal(new TextDecoder().decode(bytes), "Hello");
});

test("P3: words and bytes agree for offsets 0-7, lengths 0-200, phases 0-3", () => {
  const source = Uint8Array.from({ length: 216 }, (_, i) => (i * 31 + 7) & 0xff);
  for (let offset = 0; offset < 8; offset++) {
    for (let length = 0; length <= 200; length++) {
      for (let phase = 0; phase < 4; phase++) {
        const bytes = source.slice();
        applyMask(bytes, offset, offset + length, KEY, phase);
        const expected = byTheBook(source, offset, offset + length, KEY_OCTETS, phase);
        assert.equal(Buffer.compare(bytes, expected), 0, `offset ${offset}, length ${length}, phase ${phase}`);
      }
    }
  }
});

test("P3: any key, any view into a larger buffer, any phase", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 100 }),
      fc.nat(7),
      fc.nat(7),
      fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
      fc.nat(1000),
      (content, viewOffset, start, key, phase) => {
        const bytes = new Uint8Array(new ArrayBuffer(viewOffset + start + content.length + 5), viewOffset);
        bytes.set(content, start);
        const octets = [key >>> 24, (key >>> 16) & 255, (key >>> 8) & 255, key & 255];
        const expected = byTheBook(bytes, start, start + content.length, octets, phase);
        applyMask(bytes, start, start + content.length, key, phase);
        assert.equal(toHex(bytes), toHex(expected));
      },
    ),
    { numRuns: 1000 },
  );
});

test("masking in any pieces, each going on where the last stopped, is masking at once; twice is nothing", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 150 }),
      fc.array(fc.nat(60)),
      fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
      (content, sizes, key) => {
        const atOnce = content.slice();
        applyMask(atOnce, 0, atOnce.length, key, 0);
        const pieces = content.slice();
        let at = 0;
        for (const size of [...sizes, content.length]) {
          const end = Math.min(content.length, at + size);
          applyMask(pieces, at, end, key, at);
          at = end;
        }
        assert.deepEqual(pieces, atOnce);
        applyMask(pieces, 0, pieces.length, key, 0);
        assert.deepEqual(pieces, content);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a buffer that has grown since it was last masked in", () => {
  // ES2024, which the types of this project do not have: Node 20 does.
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer & { resize(length: number): void };
  const buffer = new Resizable(64, { maxByteLength: 256 });
  // Without a length of its own it grows with its buffer.
  const bytes = new Uint8Array(buffer);
  applyMask(bytes, 0, 64, KEY, 0);
  buffer.resize(256);
  bytes.fill(0);
  applyMask(bytes, 0, 256, 0x01_02_03_04, 0);
  assert.deepEqual(
    bytes,
    Uint8Array.from({ length: 256 }, (_, i) => 1 + (i % 4)),
  );
});

test("beyond 2 GiB of one buffer", (t) => {
  let buffer: ArrayBuffer;
  try {
    // Zeros that are never touched take no memory.
    buffer = new ArrayBuffer(2 ** 31 + 64);
  } catch {
    t.skip("no room for a buffer of 2 GiB");
    return;
  }
  const bytes = new Uint8Array(buffer);
  const start = 2 ** 31 - 24;
  applyMask(bytes, start, start + 40, 0x01_02_03_04, 0);
  assert.deepEqual(
    bytes.slice(start - 1, start + 41),
    Uint8Array.of(0, ...Array.from({ length: 40 }, (_, i) => 1 + (i % 4)), 0),
  );
});
