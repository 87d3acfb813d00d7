import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelPlaces } from "tideway/testing";
import { allCases } from "../dist/cases/all.js";
import { judgeCore } from "../dist/core-run.js";

const LIMIT = 2048;
// What is compressed has no octet in common with what a kernel sees of it but the mask; core-run.test.ts has those cases.
const cases = allCases(LIMIT).filter((each) => each.kind === "frames" && each.deflate === undefined);

for (const at of kernelPlaces.slice(1)) {
  for (const role of ["server", "client"] as const) {
    test(`Tideway's core passes every case of frames in the role ${role}, ${at.name}`, async () => {
      const results = await judgeCore({ cases, role, limit: LIMIT, quick: true, at });
      const noted = results.filter(({ outcome }) => outcome !== "pass");
      assert.deepEqual(
        noted.map(({ id, reason }) => `${id}: ${reason}`),
        [],
      );
      assert.ok(results.length >= 400, `${results.length}`);
    });
  }
}
