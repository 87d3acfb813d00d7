import assert from "node:assert/strict";
import { test } from "node:test";
import { OutgoingBuffer } from "../../dist/protocol/outgoing.js";

test("reserve, fill and commit write in place, and only what is committed counts", () => {
  const out = new OutgoingBuffer();
  out.reserve(4);
  out.bytes.set([1, 2, 3, 4], out.offset);
  out.commit(2);
  out.reserve(1);
  out.bytes[out.offset] = 9;
  out.commit(1);
  assert.deepEqual([...out.take()], [1, 2, 9]);
});

test("append keeps its place between commits, and copies", () => {
  const out = new OutgoingBuffer();
  const large = new Uint8Array(1000).fill(7);
  out.reserve(1);
  out.bytes[out.offset] = 1;
  out.commit(1);
  out.append(large);
  large.fill(0);
  out.append(Uint8Array.of(2));
  assert.deepEqual([...out.take()], [1, ...new Array<number>(1000).fill(7), 2]);
});

test("room grows to what is asked, and what was written stays", () => {
  const out = new OutgoingBuffer();
  out.append(Uint8Array.of(5));
  for (const length of [255, 256, 300, 10_000]) {
    out.reserve(length);
    assert.ok(out.bytes.length - out.offset >= length, `${length}`);
  }
  assert.deepEqual([...out.take()], [5]);
});

test("what was taken is the taker's own", () => {
  const out = new OutgoingBuffer();
  out.append(Uint8Array.of(1));
  const first = out.take();
  out.append(Uint8Array.of(2));
  assert.deepEqual([...first], [1]);
  assert.deepEqual([...out.take()], [2]);
  assert.equal(out.take().length, 0);
});

test("it is not blocked until its driver says so", () => {
  assert.equal(new OutgoingBuffer().blocked, false);
});
