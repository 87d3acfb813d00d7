/** What every kernel has to do, as tests: the kernel's own cases, and everything the portable one does, done alike. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { portableKernel } from "../../dist/protocol/kernel.js";
import { maskOctet } from "../../dist/protocol/mask.js";
import { UTF8_INVALID, UTF8_START, validateUtf8 } from "../../dist/protocol/utf8.js";
import type { KernelPlace } from "../../dist/testing/kernel-place.js";
import { fromHex, toHex } from "../../dist/testing/recorder.js";
import { nearText, truncated, utf8Cases } from "./utf8-case.js";

const KEY = 0x81_fa_01_3d;

/** RFC 6455 §5.3 word for word. */
function byTheBook(source: Uint8Array, start: number, end: number, key: number, phase: number): Uint8Array {
  return source.map((octet, i) => (i >= start && i < end ? octet ^ maskOctet(key, i - start + phase) : octet));
}

function fatal(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Registers the tests. */
export function kernelContract(at: KernelPlace): void {
  maskContract(at);
  utf8Contract(at);
  stringContract(at);
  textContract(at);
}

function maskContract({ name, kernel, place }: KernelPlace): void {
  test(`${name}: P3: masks like a loop over octets, offsets 0-31, lengths 0-200, every phase, and touches nothing else`, () => {
    const source = Uint8Array.from({ length: 240 }, (_, i) => (i * 31 + 7) & 0xff);
    for (let offset = 0; offset < 32; offset++) {
      for (let length = 0; length <= 200; length++) {
        for (let phase = 0; phase < 4; phase++) {
          const bytes = place(source);
          kernel.mask(bytes, offset, offset + length, KEY, phase);
          const expected = byTheBook(source, offset, offset + length, KEY, phase);
          assert.equal(Buffer.compare(bytes, expected), 0, `offset ${offset}, length ${length}, phase ${phase}`);
        }
      }
    }
  });

  for (const length of [1023, 1024, 4096, 61_439, 61_440, 61_441, 65_000, 122_880, 200_003]) {
    test(`${name}: masks ${length} octets, and any phase counts modulo 4`, () => {
      const source = Uint8Array.from({ length: length + 9 }, (_, i) => (i * 131 + 7) & 0xff);
      const bytes = place(source);
      kernel.mask(bytes, 5, 5 + length, KEY, 2 ** 40 + 3);
      assert.equal(Buffer.compare(bytes, byTheBook(source, 5, 5 + length, KEY, 3)), 0);
    });
  }

  test(`${name}: any key`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(0xff_ff_ff_ff), fc.nat(9), (source, key, phase) => {
        const bytes = place(source);
        kernel.mask(bytes, 0, bytes.length, key, phase);
        assert.equal(toHex(bytes), toHex(byTheBook(source, 0, source.length, key, phase)));
      }),
    );
  });
}

function utf8Contract({ name, kernel, place }: KernelPlace): void {
  /** Asserts that bytes between others come to the same state as in protocol/utf8.ts, whatever state they continue. */
  const sameStates = (bytes: Uint8Array, before: number, states: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7]) => {
    const around = new Uint8Array(before + bytes.length + 1).fill(0xff);
    around.set(bytes, before);
    const placed = place(around);
    for (const state of states) {
      const expected = validateUtf8(state, bytes, 0, bytes.length);
      const got = kernel.validateUtf8(state, placed, before, before + bytes.length);
      if (got !== expected) assert.fail(`${toHex(bytes)} from ${state}: ${got}, not ${expected}`);
    }
  };

  test(`${name}: every named case, in the middle of ASCII and of other text of every length up to 80`, () => {
    const rows = [...utf8Cases.map(([, hex]) => hex), ...truncated];
    for (const hex of rows) {
      for (let length = 0; length <= 80; length++) {
        const ascii = "a".repeat(length);
        const other = "ж€😀".repeat(9).slice(0, 3 * (length / 9));
        for (const [left, right] of [
          [ascii, ascii],
          [ascii, ""],
          [other, ""],
          ["", other],
          [ascii, other],
        ] as const) {
          sameStates(Buffer.concat([Buffer.from(left), fromHex(hex), Buffer.from(right)]), 1, [0, 2]);
        }
      }
    }
  });

  test(`${name}: every pair of octets, across the edge of a block and at the end`, () => {
    for (const length of [19, 40]) {
      for (const at of [1, 2, 17, 18]) {
        const bytes = new Uint8Array(length).fill(0x61);
        for (let a = 0x7f; a < 256; a++) {
          for (let b = 0x7f; b < 256; b++) {
            bytes[at - 1] = a;
            bytes[at] = b;
            sameStates(bytes, 0, [0]);
          }
        }
      }
    }
  });

  test(`${name}: a character for every lead and second octet, each of its octets replaced, at every place in a block`, () => {
    for (let lead = 0xc0; lead < 256; lead++) {
      for (const second of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
        for (let at = 3; at < 21; at++) {
          for (const rest of [[], [0x80], [0x80, 0xbf], [0x80, 0x80, 0x80], [0x61, 0x80], [0xbf, 0x61]]) {
            const bytes = new Uint8Array(44).fill(0x61);
            bytes.set([lead, second, ...rest], at);
            sameStates(bytes, 0, [0]);
          }
        }
      }
    }
  });

  test(`${name}: P4: near-text after any state, at any length`, () => {
    fc.assert(
      fc.property(nearText, fc.nat(200), fc.nat(31), (bytes, length, before) => {
        const ascii = new Uint8Array(length).fill(0x61);
        sameStates(bytes, before);
        sameStates(Buffer.concat([ascii, bytes]), before);
        sameStates(Buffer.concat([bytes, ascii, bytes]), before);
      }),
      { numRuns: 300 },
    );
  });

  test(`${name}: P4: any two parts of a text come to the state of the whole`, () => {
    const bytes = Buffer.from(`${"text ".repeat(9)}żółć, 漢字 and 😀😀; ${"жук ".repeat(20)}`);
    const placed = place(bytes);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const state = kernel.validateUtf8(UTF8_START, placed, 0, cut);
      assert.equal(state, validateUtf8(UTF8_START, bytes, 0, cut), `${cut}`);
      assert.equal(kernel.validateUtf8(state, placed, cut, bytes.length), UTF8_START, `${cut}`);
    }
  });

  for (const [what, character] of [
    ["ASCII", "a"],
    ["three octets a character", "漢"],
  ] as const) {
    test(`${name}: long text of ${what}: whole, cut short, and with one wrong octet anywhere`, () => {
      const bytes = Buffer.from(character.repeat(130_000 / Buffer.byteLength(character)));
      for (const length of [127, 1024, 61_440, 61_441, 65_000, bytes.length]) {
        const state = validateUtf8(UTF8_START, bytes, 0, length);
        assert.equal(kernel.validateUtf8(UTF8_START, place(bytes.subarray(0, length)), 0, length), state, `${length}`);
        for (let at = length - 1; at >= 0; at = at > 130 ? at - 997 : at - 1) {
          if (at < 0) break;
          const wrong = place(bytes.subarray(0, length));
          wrong[at] = 0xff;
          assert.equal(kernel.validateUtf8(UTF8_START, wrong, 0, length), UTF8_INVALID, `${at} of ${length}`);
        }
      }
    });
  }
}

function stringContract({ name, kernel, place }: KernelPlace): void {
  test(`${name}: decodes a range, a byte order mark and NUL included (F-25)`, () => {
    const bytes = place(fromHex("61 efbbbf 00 efbfbe f09f9880 62"));
    assert.equal(kernel.decodeUtf8(bytes, 1, bytes.length - 1), "\ufeff\0\ufffe😀");
    assert.equal(kernel.decodeUtf8(bytes, 1, 1), "");
  });

  test(`${name}: encodes at an offset, tells the bytes, and touches no others`, () => {
    const target = place(new Uint8Array(12));
    assert.equal(kernel.encodeUtf8("a€", target, 2), 4);
    assert.equal(toHex(target), "000061e282ac000000000000");
  });

  for (const [text, hex] of [
    ["\ud800", "efbfbd"],
    ["\udc00", "efbfbd"],
    ["a\ud83dz", "61efbfbd7a"],
    ["\udc00\ud800", "efbfbdefbfbd"],
    ["\ud83d\ude00", "f09f9880"],
    ["0123456789abcdefghij\ud83d", "303132333435363738396162636465666768696aefbfbd"],
  ] as const) {
    test(`${name}: F-42: ${JSON.stringify(text)} goes out as ${hex}`, () => {
      const target = place(new Uint8Array(64));
      const length = kernel.encodeUtf8(text, target, 0);
      assert.equal(toHex(target.subarray(0, length)), hex);
    });
  }

  test(`${name}: text of every length, ASCII and not, comes back as it was`, () => {
    for (const text of [
      "a".repeat(300),
      "é".repeat(300),
      "漢😀".repeat(100),
      `${"a".repeat(150)}é${"a".repeat(150)}`,
    ]) {
      for (let length = 0; length < 300; length++) {
        const expected = Buffer.from(text.slice(0, length));
        const part = expected.toString();
        const target = place(new Uint8Array(7 + 3 * part.length));
        const written = kernel.encodeUtf8(part, target, 7);
        assert.equal(Buffer.compare(target.subarray(7, 7 + written), expected), 0);
        assert.equal(kernel.decodeUtf8(place(expected), 0, expected.length), part);
      }
    }
  });
}

function textContract({ name, kernel, place }: KernelPlace): void {
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
      let bytes = place(plain);
      const end = bytes.length - 1;
      assert.equal(kernel.unmaskText(bytes, 1, end, undefined), text);
      assert.equal(toHex(bytes), toHex(plain), "not masked: not touched");
      assert.equal(kernel.unmaskText(bytes, 1, end, 0), text, "a key of 0");
      const masked = plain.slice();
      portableKernel.mask(masked, 1, end, KEY, 0);
      bytes = place(masked);
      assert.equal(kernel.unmaskText(bytes, 1, end, KEY), text);
      assert.equal(toHex(bytes), toHex(plain), "unmasked, valid or not, and nothing else touched");
    });
  }

  test(`${name}: P4: a whole text message is what TextDecoder says of it, and unmasked in any case`, () => {
    fc.assert(
      fc.property(nearText, fc.nat(0xff_ff_ff_ff), fc.nat(40), (near, key, length) => {
        const plain = Buffer.concat([new Uint8Array(length).fill(0x61), near]);
        const masked = new Uint8Array(plain);
        portableKernel.mask(masked, 0, masked.length, key, 0);
        const bytes = place(masked);
        assert.equal(kernel.unmaskText(bytes, 0, bytes.length, key), fatal(plain));
        assert.equal(toHex(bytes), toHex(plain));
      }),
      { numRuns: 500 },
    );
  });

  test(`${name}: a whole message of 200 KB`, () => {
    for (const text of ["a".repeat(200_000), "漢".repeat(66_666), `${"a".repeat(199_990)}é`]) {
      const masked = new Uint8Array(Buffer.from(text));
      portableKernel.mask(masked, 0, masked.length, KEY, 0);
      assert.ok(kernel.unmaskText(place(masked), 0, masked.length, KEY) === text);
    }
  });
}
