import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { COPY_LIMIT, FrameEncoder } from "../../dist/protocol/frame-encoder.js";
import { headerLength, writeHeader } from "../../dist/protocol/frame-header.js";
import type { FrameReport } from "../../dist/protocol/frame-tap.js";
import { portableKernel } from "../../dist/protocol/kernel.js";
import { applyMask } from "../../dist/protocol/mask.js";
import { type Outgoing, OutgoingBuffer } from "../../dist/protocol/outgoing.js";
import { fromHex, rawFrame, toHex } from "../../dist/testing/recorder.js";

const KEY = 0x37_fa_21_3d;

/** Records what was appended by reference. */
class Appends extends OutgoingBuffer {
  readonly appended: Uint8Array[] = [];

  override append(bytes: Uint8Array): void {
    this.appended.push(bytes);
    super.append(bytes);
  }
}

/** Reserved room lies in a buffer full of old bytes, at an odd place: nothing may be taken for granted. */
class Dirty implements Outgoing {
  bytes: Uint8Array = new Uint8Array(0);
  offset = 0;
  readonly blocked = false;
  written = "";
  #room = 0;

  reserve(length: number): void {
    this.bytes = new Uint8Array(length + 16).fill(0xee);
    this.offset = 5;
    this.#room = length;
  }

  commit(length: number): void {
    assert.ok(length <= this.#room, `${length} committed of ${this.#room}`);
    this.written += toHex(this.bytes.subarray(5, 5 + length));
    const outside = [...this.bytes.subarray(0, 5), ...this.bytes.subarray(5 + this.#room)];
    assert.ok(
      outside.every((octet) => octet === 0xee),
      "nothing outside the reserved room is written",
    );
  }

  append(bytes: Uint8Array): void {
    this.written += toHex(bytes);
  }
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7) & 0xff);
}

/** RFC 6455 §5.2 by another road: header by writeHeader's own test, payload masked as a whole. */
function expected(first: number, payload: Uint8Array, key: number | undefined): string {
  return toHex(rawFrame(first, payload, key));
}

const lengths = [0, 1, 5, 124, 125, 126, 127, 65_535, 65_536, 65_537, COPY_LIMIT - 1, COPY_LIMIT, COPY_LIMIT + 1];
for (const length of lengths) {
  for (const key of [undefined, KEY]) {
    test(`F-41: ${length} bytes ${key === undefined ? "unmasked" : "masked"}`, () => {
      const out = new Dirty();
      const encoder = new FrameEncoder(out, portableKernel, key === undefined ? undefined : () => key);
      const payload = pattern(length);
      encoder.writeBytes(0x82, payload);
      assert.equal(out.written, expected(0x82, payload, key));
      assert.deepEqual(payload, pattern(length), "the caller's bytes are as they were");
    });
  }
}

test("frames of RFC 6455 §5.7", () => {
  const out = new OutgoingBuffer();
  const server = new FrameEncoder(out, portableKernel, undefined);
  const client = new FrameEncoder(out, portableKernel, () => KEY);
  const taken = (): string => toHex(out.take());

  server.writeText(0x81, "Hello");
  assert.equal(taken(), "810548656c6c6f");
  client.writeText(0x81, "Hello");
  assert.equal(taken(), "818537fa213d7f9f4d5158");
  server.writeText(0x01, "Hel");
  server.writeText(0x80, "lo");
  assert.equal(taken(), "010348656c80026c6f");
  server.writeBytes(0x89, fromHex("48656c6c6f"));
  assert.equal(taken(), "890548656c6c6f");
  client.writeBytes(0x8a, fromHex("48656c6c6f"));
  assert.equal(taken(), "8a8537fa213d7f9f4d5158");
  server.writeBytes(0x82, pattern(256));
  assert.equal(taken(), `827e0100${toHex(pattern(256))}`);
  server.writeBytes(0x82, pattern(65_536));
  assert.equal(taken(), `827f0000000000010000${toHex(pattern(65_536))}`);
});

test("F-41: up to 16 KiB, and always when masked, the application may change its bytes at once", () => {
  for (const [length, nextKey] of [
    [COPY_LIMIT, undefined],
    [COPY_LIMIT + 1, () => KEY],
    [200_000, () => KEY],
  ] as const) {
    const out = new Appends();
    const payload = pattern(length);
    new FrameEncoder(out, portableKernel, nextKey).writeBytes(0x82, payload);
    payload.fill(0);
    assert.equal(toHex(out.take()), expected(0x82, pattern(length), nextKey?.()));
    assert.equal(out.appended.length, 0);
  }
});

test("above 16 KiB an unmasked payload goes out by reference, behind its header", () => {
  const out = new Appends();
  const payload = pattern(COPY_LIMIT + 1);
  new FrameEncoder(out, portableKernel, undefined).writeBytes(0x82, payload);
  assert.equal(out.appended[0], payload);
  assert.equal(toHex(out.take()), expected(0x82, payload, undefined));
});

/** Texts whose length in UTF-16 units and in UTF-8 bytes lie on different sides of a boundary: the header's place is guessed wrong. */
const texts: readonly (readonly [name: string, text: string])[] = [
  ["empty", ""],
  ["125 bytes", "a".repeat(125)],
  ["126 bytes", "a".repeat(126)],
  ["125 units, 126 bytes", `${"a".repeat(124)}é`],
  ["63 units, 126 bytes", "é".repeat(63)],
  ["42 units, 126 bytes", "€".repeat(42)],
  ["62 units, 125 bytes", `${"é".repeat(62)}a`],
  ["64 units, 128 bytes", "😀".repeat(32)],
  ["4096 units, all three bytes", "€".repeat(4096)],
  ["4097 units", "€".repeat(4097)],
  ["65 535 bytes", "a".repeat(65_535)],
  ["65 536 bytes in fewer units", `${"a".repeat(65_534)}é`],
];
for (const [name, text] of texts) {
  for (const key of [undefined, KEY]) {
    test(`text of ${name}, ${key === undefined ? "unmasked" : "masked"}`, () => {
      const out = new Dirty();
      new FrameEncoder(out, portableKernel, key === undefined ? undefined : () => key).writeText(0x81, text);
      assert.equal(out.written, expected(0x81, new TextEncoder().encode(text), key));
    });
  }
}

test("F-42: any string, lone surrogates included, goes out as what TextEncoder makes of it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(0xffff), { maxLength: 200 }),
      fc.option(fc.integer({ min: 0, max: 0xff_ff_ff_ff }), { nil: undefined }),
      (units, key) => {
        const text = String.fromCharCode(...units);
        const out = new Dirty();
        new FrameEncoder(out, portableKernel, key === undefined ? undefined : () => key).writeText(0x81, text);
        assert.equal(out.written, expected(0x81, new TextEncoder().encode(text), key));
      },
    ),
  );
});

test("F-40: each frame takes one key of its own", () => {
  const out = new OutgoingBuffer();
  let keys = 0;
  const encoder = new FrameEncoder(out, portableKernel, () => ++keys);
  encoder.writeText(0x81, "a");
  encoder.writeBytes(0x82, pattern(3));
  encoder.writeBytes(0x89, pattern(0));
  encoder.writeText(0x81, "x".repeat(5000));
  assert.equal(keys, 4);
  const first = fromHex("8181 00000001 61");
  assert.equal(toHex(out.take().subarray(0, 7)), toHex(first));
});

test("a frame of more than 2^32 bytes would have its length in 64 bits", () => {
  const header = new Uint8Array(10);
  assert.equal(writeHeader(header, 0, 0x82, 2 ** 32 + 5, undefined), headerLength(2 ** 32 + 5, false));
  assert.equal(toHex(header), "827f0000000100000005");
});

test("frames encoded before go out by reference", () => {
  const out = new Appends();
  const frames = fromHex("8101 61");
  new FrameEncoder(out, portableKernel, undefined).writeEncoded(frames);
  assert.equal(out.appended[0], frames);
});

test("the tap sees every frame, whichever way it was written", () => {
  for (const key of [undefined, KEY]) {
    const out = new OutgoingBuffer();
    const reports: FrameReport[] = [];
    const encoder = new FrameEncoder(out, portableKernel, key === undefined ? undefined : () => key, (report) => {
      assert.ok(out.offset > 0, "reported after it was written");
      reports.push(report);
    });
    encoder.writeText(0x81, "é");
    encoder.writeBytes(0x82, pattern(COPY_LIMIT + 1));
    encoder.writeBytes(0x89, pattern(0));
    const sent = out.take();
    let at = 0;
    for (const { direction, header, length, key: reportedKey, payload, first } of reports) {
      assert.equal(direction, "out");
      assert.equal(reportedKey, key);
      assert.equal(toHex(sent.subarray(at, at + header.length)), toHex(header));
      assert.equal(first, header[0]);
      const content = sent.slice(at + header.length, at + header.length + length);
      if (key !== undefined) applyMask(content, 0, content.length, key, 0);
      assert.equal(toHex(payload), toHex(content.subarray(0, 256)));
      at += header.length + length;
    }
    assert.equal(at, sent.length);
    assert.deepEqual(
      reports.map(({ length }) => length),
      [2, COPY_LIMIT + 1, 0],
    );
  }
});

test("the tap sees each of the frames that were encoded before", () => {
  const reports: FrameReport[] = [];
  const encoder = new FrameEncoder(new OutgoingBuffer(), portableKernel, undefined, (report) => reports.push(report));
  encoder.writeEncoded(Buffer.concat([rawFrame(0x81, "one"), rawFrame(0x82, pattern(300))]));
  assert.deepEqual(
    reports.map(({ direction, first, length }) => [direction, first, length]),
    [
      ["out", 0x81, 3],
      ["out", 0x82, 300],
    ],
  );
});
