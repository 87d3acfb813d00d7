import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { withTail } from "../../../dist/node/deflate/inflation.js";
import { compressOffLoop, Gate, inflateOffLoop, OFF_LOOP_LIMIT } from "../../../dist/node/deflate/off-loop.js";
import { TAIL } from "../../../dist/protocol/deflate/trailer.js";

const setup = { level: 1, windowBits: 15, memLevel: 8 };
const NONE = new Uint8Array(0);
const never = () => false;

test("D-18 at most so many jobs at once, in order, and a failed one gives its place back", async () => {
  const gate = new Gate(OFF_LOOP_LIMIT);
  const order: number[] = [];
  let most = 0;
  const jobs = Array.from({ length: 20 }, (_, index) =>
    gate.run(async () => {
      order.push(index);
      most = Math.max(most, gate.running);
      await new Promise((resolve) => setImmediate(resolve));
      if (index % 5 === 0) throw new Error("failed");
      return index;
    }),
  );
  const results = await Promise.allSettled(jobs);
  assert.equal(most, 4);
  assert.equal(gate.running, 0);
  assert.deepEqual(
    order,
    [...order].sort((x, y) => x - y),
  );
  assert.equal(results.filter(({ status }) => status === "rejected").length, 4);
});

test("a message and back", async () => {
  const message = Buffer.from("over the threads ".repeat(20_000));
  const compressed = await compressOffLoop(message, setup);
  assert.ok(compressed && !Buffer.isBuffer(compressed));
  assert.deepEqual(inflateRawSync(compressed, { finishFlush: 2 }), message);
  const run = await inflateOffLoop(withTail(compressed), NONE, message.length, never);
  assert.ok(typeof run !== "string");
  assert.deepEqual(Buffer.from(run.output), message);
  assert.ok(!Buffer.isBuffer(run.output));
  assert.equal(run.used, compressed.length + TAIL.length - 1);
});

test("D-12 it stops behind the room", async () => {
  const bomb = deflateRawSync(new Uint8Array(64 * 1024 * 1024), { finishFlush: 2 });
  for (const room of [1, 100, 65_535, 65_536, 1024 * 1024]) {
    assert.equal(await inflateOffLoop(withTail(bomb), NONE, room, never), "full");
  }
});

test("D-14 an error after the end is nobody's", async () => {
  const bomb = deflateRawSync(new Uint8Array(300_000), { finishFlush: 2 });
  const run = await inflateOffLoop(withTail(Buffer.concat([bomb, Buffer.alloc(100, 255)])), NONE, 1000, never);
  assert.equal(run, "full");
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
});

test("D-15 corrupt data is told, not thrown", async () => {
  assert.equal(await inflateOffLoop(withTail(Buffer.alloc(50, 255)), NONE, 1000, never), "invalid");
});

test("D-16 it stops when nobody wants the result any more", async () => {
  const bomb = deflateRawSync(new Uint8Array(10_000_000), { finishFlush: 2 });
  let asked = 0;
  const run = await inflateOffLoop(withTail(bomb), NONE, 100_000_000, () => ++asked === 3);
  assert.equal(run, "invalid");
  assert.equal(asked, 3);
});
