import assert from "node:assert/strict";
import { test } from "node:test";
import { Inflation, MAX_FINAL_BLOCKS, withTail } from "../../../dist/node/deflate/inflation.js";

const NONE = new Uint8Array(0);
const payload = Uint8Array.from({ length: 100 }, (_, index) => index);

test("the tail is put behind the payload, into given memory or new", () => {
  for (const joined of [withTail(payload), withTail(payload, new Uint8Array(500).fill(1))]) {
    assert.equal(joined.length, 110);
    assert.deepEqual(joined.subarray(0, 100), payload);
    assert.deepEqual([...joined.subarray(100)], [0, 0, 255, 255, 1, 0, 0, 255, 255, 0]);
  }
});

test("one run that ends between blocks is the message, without a copy", () => {
  const inflation = new Inflation(withTail(payload), NONE, 10);
  const output = new Uint8Array(10);
  assert.equal(inflation.room, 10);
  assert.equal(inflation.take({ output, used: 109 }), output);
});

for (const [name, run, code] of [
  ["more output than room", "full", "ERR_MESSAGE_TOO_BIG"],
  ["not valid", "invalid", "ERR_DEFLATE_DATA"],
  ["cut off within a block", { output: NONE, used: 110 }, "ERR_DEFLATE_DATA"],
  ["a final block that ends in the tail", { output: NONE, used: 105 }, "ERR_DEFLATE_DATA"],
] as const) {
  test(`a run: ${name}`, () => {
    const result = new Inflation(withTail(payload), NONE, 10).take(run);
    assert.ok(result instanceof Error);
    assert.equal(result.code, code);
  });
}

test("after a final block the rest is the next input, the output so far the dictionary, the limit what is left of it", () => {
  const inflation = new Inflation(withTail(payload), Uint8Array.of(1, 2), 10);
  assert.equal(inflation.take({ output: Uint8Array.of(3, 4, 5), used: 40 }), undefined);
  assert.deepEqual([...inflation.dictionary], [1, 2, 3, 4, 5]);
  assert.equal(inflation.input[0], 40);
  assert.equal(inflation.input.length, 70);
  assert.equal(inflation.room, 7);
  assert.deepEqual(inflation.take({ output: Uint8Array.of(6), used: 69 }), Uint8Array.of(3, 4, 5, 6));
});

test("the dictionary is never more than 32 KiB", () => {
  const inflation = new Inflation(withTail(payload), new Uint8Array(32_768), 100_000);
  inflation.take({ output: new Uint8Array(40_000).fill(7), used: 40 });
  assert.deepEqual(inflation.dictionary, new Uint8Array(32_768).fill(7));
});

test("the limit holds over all runs", () => {
  const inflation = new Inflation(withTail(payload), NONE, 10);
  inflation.take({ output: new Uint8Array(8), used: 10 });
  const result = inflation.take({ output: new Uint8Array(3), used: 10 });
  assert.ok(result instanceof Error);
  assert.equal(result.code, "ERR_MESSAGE_TOO_BIG");
});

test("final blocks are counted: each costs a start over and two octets of the wire", () => {
  const inflation = new Inflation(withTail(new Uint8Array(1000)), NONE, 10);
  for (let run = 1; run < MAX_FINAL_BLOCKS; run++) assert.equal(inflation.take({ output: NONE, used: 2 }), undefined);
  const result = inflation.take({ output: NONE, used: 2 });
  assert.ok(result instanceof Error);
  assert.equal(result.code, "ERR_DEFLATE_BLOCKS");
});
