import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { readInputs, writeInput } from "../dist/runner/corpus.js";
import { Coverage } from "../dist/runner/coverage.js";
import { BudgetError, guarded, MEMORY_BUDGET, TIME_BUDGET } from "../dist/runner/guard.js";
import { mutate, shrink, splice } from "../dist/runner/mutate.js";
import { Random } from "../dist/runner/random.js";
import { run } from "../dist/runner/run.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** Keeps the processor busy: time that the machine gives to others does not count. */
function work(milliseconds: number): void {
  const from = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(from);
    if (user + system >= milliseconds * 1000) return;
  }
}

test("a fault behind four nested conditions is found through the coverage, and made as short as can be", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tideway-fuzz-"));
  try {
    const file = join(folder, "faulty.mjs");
    writeFileSync(
      file,
      `export function fuzz(data) {
        if (data[0] === 0x74) { if (data[1] === 0x69) { if (data[2] === 0x64) { if (data[3] === 0x65) { throw new Error("found"); } } } }
      }`,
    );
    const { fuzz } = (await import(pathToFileURL(file).href)) as { fuzz: (data: Uint8Array) => void };
    const coverage = new Coverage((url) => url.endsWith("/faulty.mjs"));
    const goesOn = (executions: number) => executions < 200_000;
    const report = await run({ fuzz, inputs: [bytes("xxxxxxxx")], coverage, seed: 1, goesOn });
    coverage.stop();
    assert.deepEqual(report.crash?.data, bytes("tide"));
    assert.match(String(report.crash?.error), /found/);
    // By chance alone it would be one in 2^32.
    assert.ok(report.executions < 200_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the same seed makes the same inputs, another seed others", () => {
  const inputs = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 50 }, () =>
      Buffer.from(mutate(bytes("some input"), random, [bytes("other")], 32)).toString("hex"),
    );
  };
  assert.deepEqual(inputs(7), inputs(7));
  assert.notDeepEqual(inputs(7), inputs(8));
  assert.ok(inputs(7).every((hex) => hex.length <= 64));
});

test("a mutation leaves what it is made of as it was", () => {
  const from = bytes("some input");
  const random = new Random(3);
  for (let i = 0; i < 500; i++) mutate(from, random, [from], 64);
  assert.deepEqual(from, bytes("some input"));
});

test("an empty input can be mutated", () => {
  const random = new Random(1);
  const lengths = Array.from({ length: 200 }, () => mutate(new Uint8Array(0), random, [new Uint8Array(0)], 8).length);
  assert.ok(Math.max(...lengths) > 0 && Math.max(...lengths) <= 8);
});

test("splice replaces, inserts and removes", () => {
  assert.deepEqual(splice(bytes("abcd"), 1, 2, bytes("XYZ")), bytes("aXYZd"));
  assert.deepEqual(splice(bytes("abcd"), 4, 9, bytes("e")), bytes("abcde"));
  assert.deepEqual(splice(bytes("abcd"), 2, 9), bytes("ab"));
});

test("shrink keeps what the failure needs", () => {
  const needs = (candidate: Uint8Array) => candidate.includes(0x31) && candidate.includes(0x39);
  assert.deepEqual(shrink(bytes("00010000009000"), needs), bytes("19"));
});

test("an input that takes too long is a failure", () => {
  assert.throws(() => guarded(() => work(TIME_BUDGET + 5), bytes("x")), BudgetError);
});

test("an input that takes too much memory is a failure", () => {
  const held: Uint8Array[] = [];
  assert.throws(() => guarded(() => held.push(new Uint8Array(2 * MEMORY_BUDGET)), bytes("x")), BudgetError);
});

test("one that is slow once only is none", () => {
  let calls = 0;
  guarded(() => work(calls++ === 0 ? TIME_BUDGET + 5 : 0), bytes("x"));
  assert.equal(calls, 2);
});

test("a target cannot change the input that is kept", () => {
  const data = bytes("abc");
  guarded((given) => given.fill(0), data);
  assert.deepEqual(data, bytes("abc"));
});

test("inputs are read in the order of their names, written under the name of their content", () => {
  const folder = mkdtempSync(join(tmpdir(), "tideway-fuzz-"));
  try {
    assert.deepEqual(readInputs(join(folder, "none")), []);
    writeInput(join(folder, "a"), bytes("two"), "2");
    writeInput(join(folder, "a"), bytes("one"), "1");
    const path = writeInput(join(folder, "a"), bytes("content"));
    assert.match(path, /\/ed7002b439e9ac84$/);
    assert.deepEqual(
      readInputs(join(folder, "a")).map(({ name, data }) => [name, Buffer.from(data).toString()]),
      [
        ["1", "one"],
        ["2", "two"],
        ["ed7002b439e9ac84", "content"],
      ],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
