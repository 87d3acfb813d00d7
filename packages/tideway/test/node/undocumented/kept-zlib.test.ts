import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeflateRaw, inflateRawSync } from "node:zlib";
import { isTestedNode, KeptZlib, keptZlib } from "../../../dist/node/undocumented/kept-zlib.js";
import { fromHex, toHex } from "../../../dist/testing/recorder.js";

const makers = keptZlib();
const setup = { level: 1, windowBits: 15, memLevel: 8 };

test("this runtime has what kept states need: the fast path is the one that is used", () => {
  assert.ok(makers);
  assert.equal(keptZlib(), makers);
});

for (const [name, versions, expected] of [
  ["Node 18", { node: "18.20.0" }, false],
  ["Node 20", { node: "20.19.0" }, true],
  ["Node 26", { node: "26.10.0" }, true],
  ["Node 27, which nobody has tried", { node: "27.0.0" }, false],
  ["Bun, which says it is Node", { node: "24.3.0", bun: "1.3.0" }, false],
  ["Deno, which says it is Node", { node: "24.2.0", deno: "2.5.0" }, false],
  ["no Node at all", {}, false],
] as const) {
  test(`isTestedNode: ${name}`, () => assert.equal(isTestedNode(versions), expected));
}

test("a stream that is not built as expected is refused, and closed", () => {
  for (const inside of [
    {},
    { _handle: {}, _writeState: new Uint32Array(2) },
    { _handle: { writeSync() {}, reset() {}, onerror() {} }, _writeState: [0, 0] },
    { _handle: { writeSync() {}, reset() {}, onerror() {} }, _writeState: new Uint32Array(3) },
  ]) {
    let closed = 0;
    const stream = { ...inside, on: () => {}, close: () => closed++ };
    assert.throws(() => new KeptZlib(stream as unknown as DeflateRaw), TypeError);
    assert.equal(closed, 1);
  }
});

test("a state remembers, and after reset it does not", () => {
  const state = makers!.deflate(setup);
  const output = new Uint8Array(100);
  const write = () => {
    assert.ok(state.write(Buffer.from("Hello"), output, 0));
    assert.equal(state.inputLeft, 0);
    return toHex(output.subarray(0, 100 - state.outputLeft));
  };
  assert.equal(write(), "f248cdc9c907000000ffff");
  assert.equal(write(), "f2001100000000ffff");
  state.reset();
  assert.equal(write(), "f248cdc9c907000000ffff");
  state.close();
});

test("a full output is seen, and nothing is written beyond it", () => {
  const state = makers!.inflate();
  const output = new Uint8Array(8).fill(7);
  assert.ok(state.write(fromHex("f248cdc9c907000000ffff"), output.subarray(0, 6), 2));
  assert.equal(state.outputLeft, 0);
  assert.equal(Buffer.from(output).toString("latin1"), "\u0007\u0007Hell\u0007\u0007");
  state.close();
});

test("invalid input is told by the result, no event, no exception; the next state is not touched", async () => {
  const state = makers!.inflate();
  assert.equal(state.write(fromHex("ffffffff"), new Uint8Array(10), 0), false);
  state.close();
  const next = makers!.inflate();
  const output = new Uint8Array(100);
  assert.ok(next.write(fromHex("f248cdc9c907000000ffff"), output, 0));
  assert.equal(Buffer.from(output.subarray(0, 100 - next.outputLeft)).toString(), "Hello");
  next.close();
  // A late `error` event would end the process within these turns.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
});

test("every setup gives what the documented API reads", () => {
  const payload = Buffer.from("compress me, compress me, compress me again ".repeat(50));
  const output = new Uint8Array(4096);
  for (const level of [1, 6, 9]) {
    for (const windowBits of [9, 12, 15]) {
      for (const memLevel of [1, 8, 9]) {
        const state = makers!.deflate({ level, windowBits, memLevel });
        assert.ok(state.write(payload, output, 0));
        const compressed = Buffer.from(output.subarray(0, output.length - state.outputLeft));
        assert.deepEqual(inflateRawSync(compressed, { finishFlush: 2, windowBits }), payload);
        state.close();
      }
    }
  }
});
