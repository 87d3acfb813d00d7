import assert from "node:assert/strict";
import { test } from "node:test";
import { LentMemory } from "../../dist/node/lent-memory.js";

const KiB = 1024;
const MiB = KiB * KiB;

test("what was given back is lent again, for any length of its size", () => {
  const memory = new LentMemory();
  const first = memory.take(600 * KiB);
  assert.deepEqual([first.length, first.buffer.byteLength], [600 * KiB, MiB]);
  memory.give(first.subarray(10, 20));
  assert.equal(memory.kept, MiB);
  const second = memory.take(MiB);
  assert.equal(second.buffer, first.buffer);
  assert.equal(memory.kept, 0);
});

test("nothing is lent to two, even when it is given back twice", () => {
  const memory = new LentMemory();
  const first = memory.take(MiB);
  memory.give(first);
  memory.give(first);
  assert.notEqual(memory.take(MiB).buffer, memory.take(MiB).buffer);
});

test("what is small, and what it did not lend, is not kept", () => {
  const memory = new LentMemory();
  assert.equal(memory.take(64 * KiB - 1).buffer.byteLength, 64 * KiB - 1);
  memory.give(memory.take(1000));
  memory.give(new Uint8Array(MiB));
  assert.equal(memory.kept, 0);
});

test("it keeps 16 MiB at most", () => {
  const memory = new LentMemory();
  const lent = Array.from({ length: 40 }, () => memory.take(MiB));
  for (const bytes of lent) memory.give(bytes);
  assert.equal(memory.kept, 16 * MiB);
  memory.give(memory.take(16 * MiB));
  assert.equal(memory.kept, 16 * MiB);
});

test("what several hold comes back with the last of them", () => {
  const memory = new LentMemory();
  const bytes = memory.take(MiB);
  assert.equal(memory.hold(bytes.subarray(5)), true);
  memory.give(bytes);
  assert.equal(memory.kept, 0);
  memory.give(bytes.subarray(7));
  assert.equal(memory.kept, MiB);
  assert.equal(memory.hold(bytes), false, "it is out no more");
  assert.equal(memory.hold(new Uint8Array(3)), false);
});
