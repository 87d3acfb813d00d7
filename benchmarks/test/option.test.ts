import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../dist/install.js";
import { readOptions } from "../dist/option.js";
import { labelOf, PEERS } from "../dist/peer.js";
import { WORKLOADS, workloadOf } from "../dist/workload.js";

test("everything is measured unless something is named", () => {
  const { workloads, peers } = readOptions([]);
  assert.deepEqual([workloads, peers], [WORKLOADS, PEERS]);
});

test("the baseline comes along with any peer, without its variants; servers and clients alike", () => {
  const labels = (...words: readonly string[]) => [...new Set(readOptions(words).peers.map(labelOf))];
  const own = ["tideway", "tideway:view", "tideway:async", "tideway:bare", "tideway:level6", "tideway:connect"];
  assert.deepEqual(labels("--peer", "tideway"), ["ws", ...own]);
  assert.deepEqual(labels("--peer", "tideway:view"), ["ws", "tideway:view"]);
  assert.deepEqual(labels("--peer", "ws,raw"), ["ws", "ws:bufferutil", "raw"]);
  assert.deepEqual(labels("--quick"), ["ws", "raw", ...own]);
});

test("workloads come in the order they were named", () => {
  const { workloads } = readOptions(["--workload", "b,a"]);
  assert.deepEqual(
    workloads.map(({ id }) => id),
    ["b", "a"],
  );
});

test("every peer has a program, and workloads that exist", () => {
  for (const { program, workloads } of PEERS) {
    assert.ok(existsSync(join(ROOT, "benchmarks/peers", program)), program);
    for (const id of workloads) assert.ok(workloadOf(id));
  }
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
