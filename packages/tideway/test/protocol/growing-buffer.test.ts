import assert from "node:assert/strict";
import { test } from "node:test";
import { GrowingBuffer } from "../../dist/protocol/growing-buffer.js";

const MiB = 1024 * 1024;
const KiB = 1024;
const unknown = Number.POSITIVE_INFINITY;

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7) & 0xff);
}

test("collects pieces in order, whatever their sizes", () => {
  const source = pattern(5000);
  for (const size of [1, 7, 255, 256, 257, 4999, 5000]) {
    const buffer = new GrowingBuffer(MiB);
    for (let at = 0; at < source.length; at += size) {
      buffer.append(source, at, Math.min(source.length, at + size), unknown);
      assert.equal(buffer.length, Math.min(source.length, at + size));
    }
    assert.deepEqual(buffer.take(), source, `pieces of ${size}`);
  }
});

test("F-09, R-03: one byte of a frame that declares more than 64 KiB holds 256 bytes", () => {
  for (const declared of [64 * KiB + 1, MiB, 2 ** 40]) {
    const buffer = new GrowingBuffer(2 ** 41);
    buffer.append(pattern(1), 0, 1, declared);
    assert.equal(buffer.capacity, 256, `${declared} declared`);
  }
});

test("up to 64 KiB a declared length is believed and nothing is copied again", () => {
  const buffer = new GrowingBuffer(MiB);
  buffer.append(pattern(1), 0, 1, 64 * KiB);
  assert.equal(buffer.capacity, 64 * KiB);
});

test("R-03: never more than 64 KiB or sixteen times what has come, for any declared length; twice for none", () => {
  for (const declared of [1, 100, 10_000, 64 * KiB, 100_000, MiB, unknown]) {
    const buffer = new GrowingBuffer(2 ** 30);
    const piece = pattern(997);
    while (buffer.length < Math.min(declared, 300_000)) {
      buffer.append(piece, 0, Math.min(997, declared - buffer.length), declared);
      assert.ok(
        buffer.capacity <= Math.max(64 * KiB, (declared === unknown ? 2 : 16) * buffer.length),
        `${buffer.capacity} for ${buffer.length} of ${declared}`,
      );
    }
  }
});

test("doubling stops at the ceiling, and at the declared length when that is near", () => {
  const atCeiling = new GrowingBuffer(1000);
  atCeiling.append(pattern(600), 0, 600, unknown);
  atCeiling.append(pattern(10), 0, 10, unknown);
  assert.equal(atCeiling.capacity, 1000);

  const declared = new GrowingBuffer(10 * MiB);
  declared.append(pattern(700_000), 0, 700_000, MiB);
  declared.append(pattern(10), 0, 10, MiB);
  assert.equal(declared.capacity, MiB);

  const tiny = new GrowingBuffer(10);
  tiny.append(pattern(1), 0, 1, unknown);
  assert.equal(tiny.capacity, 10);
});

test("a large message whose length was declared is copied once at most", () => {
  const buffer = new GrowingBuffer(16 * MiB);
  const capacities = new Set<number>();
  const piece = pattern(64 * KiB);
  for (let i = 0; i < 20; i++) {
    buffer.append(piece, 0, piece.length, 20 * piece.length);
    capacities.add(buffer.capacity);
  }
  assert.deepEqual([...capacities], [piece.length, 20 * piece.length]);
});

test("many fragments are copied a few times at most, not once for each fragment", () => {
  const buffer = new GrowingBuffer(MiB);
  const piece = pattern(64);
  let grown = 0;
  while (buffer.length < MiB) {
    const before = buffer.capacity;
    buffer.append(piece, 0, 64, unknown);
    if (buffer.capacity !== before) grown++;
  }
  assert.ok(grown <= 13, `${grown} times`);
  assert.equal(buffer.capacity, MiB);
});

test("what is taken keeps at most twice its size alive, and the buffer nothing (R-30)", () => {
  for (const [length, declared] of [
    [10, 64 * KiB],
    [200, unknown],
    [40_000, 64 * KiB],
  ] as const) {
    const buffer = new GrowingBuffer(MiB);
    buffer.append(pattern(length), 0, length, declared);
    const taken = buffer.take();
    assert.deepEqual(taken, pattern(length));
    assert.ok(taken.buffer.byteLength <= 2 * length, `${taken.buffer.byteLength} for ${length}`);
    assert.deepEqual([buffer.length, buffer.capacity], [0, 0]);
  }
});

test("what was taken does not change when the buffer goes on", () => {
  const buffer = new GrowingBuffer(MiB);
  buffer.append(pattern(256), 0, 256, unknown);
  const taken = buffer.take();
  buffer.append(new Uint8Array(256), 0, 256, unknown);
  assert.deepEqual(taken, pattern(256));
});

test("clear forgets and holds nothing; nothing can be taken from nothing", () => {
  const buffer = new GrowingBuffer(MiB);
  buffer.append(pattern(5000), 0, 5000, unknown);
  buffer.clear();
  assert.deepEqual([buffer.length, buffer.capacity, buffer.take().length], [0, 0, 0]);
});

test("an empty piece costs nothing", () => {
  const buffer = new GrowingBuffer(MiB);
  buffer.append(pattern(5), 3, 3, 1000);
  assert.deepEqual([buffer.length, buffer.capacity], [0, 0]);
});

test("memory that is lent is given back when it is outgrown or not wanted any more, and not when it is handed on", () => {
  const events: string[] = [];
  const memory = {
    take: (length: number) => {
      events.push(`take ${length}`);
      return new Uint8Array(length + 100).subarray(0, length);
    },
    give: (bytes: Uint8Array) => void (bytes.length > 0 && events.push(`give ${bytes.length}`)),
  };
  const buffer = new GrowingBuffer(MiB, memory);
  buffer.append(pattern(200), 0, 200, unknown);
  buffer.append(pattern(200), 0, 200, unknown);
  assert.equal(buffer.take().length, 400);
  assert.deepEqual(events.splice(0), ["take 256", "take 512", "give 256"]);
  buffer.append(pattern(10), 0, 10, unknown);
  buffer.clear();
  assert.deepEqual(events.splice(0), ["take 256", "give 256"]);
  // What is handed on is a copy when most of the room would be wasted.
  buffer.append(pattern(10), 0, 10, unknown);
  assert.equal(buffer.take().buffer.byteLength, 10);
  assert.deepEqual(events, ["take 256", "give 256"]);
});
