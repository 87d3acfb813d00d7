import assert from "node:assert/strict";
import { test } from "node:test";
import { allCases } from "../dist/cases/all.js";
import { allFaults, prove } from "./fault/prove.js";

const LIMIT = 4096;
const cases = allCases(LIMIT);

test("there are 40 faults or more, each with a case that catches it", () => {
  assert.ok(allFaults.length >= 40, String(allFaults.length));
  assert.ok(allFaults.every(({ caughtBy }) => caughtBy.length > 0));
});

for (const fault of allFaults) {
  test(`caught (${fault.role ?? "server"}): ${fault.name}`, async () => {
    const { missed } = await prove(fault, cases, LIMIT);
    assert.deepEqual(missed, []);
  });
}
