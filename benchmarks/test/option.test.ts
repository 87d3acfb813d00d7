import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions } from "../dist/option.js";
import { labelOf, PEERS } from "../dist/peer.js";
import { WORKLOADS } from "../dist/workload.js";

test("everything is measured unless something is named", () => {
  const { workloads, peers } = readOptions([]);
  assert.deepEqual([workloads, peers], [WORKLOADS, PEERS]);
});

test("the baseline comes along with any peer, without its variants", () => {
  const { peers, workloads } = readOptions(["--peer", "tideway", "--workload", "b,a"]);
  assert.deepEqual(peers.map(labelOf), ["ws", "tideway", "tideway:view", "tideway:async"]);
  assert.deepEqual(
    workloads.map(({ id }) => id),
    ["b", "a"],
  );
  assert.deepEqual(readOptions(["--peer", "tideway:view"]).peers.map(labelOf), ["ws", "tideway:view"]);
  assert.deepEqual(readOptions(["--peer", "ws"]).peers.map(labelOf), ["ws", "ws:bufferutil"]);
});

for (const [words, message] of [
  [["--workload", "zz"], /no workload "zz"; there are a, b/],
  [["--peer", "nobody"], /no peer "nobody"; there are ws,/],
  [["--rounds", "0"], /--rounds takes a number from 1 to 100, not "0"/],
  [["--seconds", "soon"], /--seconds takes a number/],
  [["--fast"], /Unknown option '--fast'/],
] as const) {
  test(`refused: ${words.join(" ")}`, () => {
    assert.throws(() => readOptions(words), { name: "TypeError", message });
  });
}
