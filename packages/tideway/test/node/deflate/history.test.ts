import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { History } from "../../../dist/node/deflate/history.js";

test("it is the end of what was added, like that of one long string", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 8, max: 11 }),
      fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 20 }),
      (windowBits, messages) => {
        const history = new History(windowBits);
        let all = Buffer.alloc(0);
        for (const message of messages) {
          history.add(message);
          all = Buffer.concat([all, message]);
          const end = all.subarray(Math.max(0, all.length - 2 ** windowBits));
          assert.deepEqual(Buffer.from(history.bytes), Buffer.from(end));
          assert.ok(history.capacity <= 2 ** windowBits);
        }
      },
    ),
  );
});

test("memory follows what came: nothing, 1 KiB, then doubling up to the window", () => {
  const history = new History(15);
  assert.equal(history.capacity, 0);
  history.add(new Uint8Array(10));
  assert.equal(history.capacity, 1024);
  history.add(new Uint8Array(1024));
  assert.equal(history.capacity, 2048);
  history.add(new Uint8Array(30_000));
  assert.equal(history.capacity, 32_768);
  history.add(new Uint8Array(100_000));
  assert.equal(history.capacity, 32_768);
  history.clear();
  assert.equal(history.capacity, 0);
  assert.equal(history.bytes.length, 0);
});

test("what was added may change afterwards", () => {
  const history = new History(8);
  const message = Uint8Array.of(1, 2, 3);
  history.add(message);
  message.fill(9);
  assert.deepEqual([...history.bytes], [1, 2, 3]);
});
