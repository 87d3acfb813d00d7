import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SEEDS } from "../dist/command/seeds.js";
import { readInputs } from "../dist/runner/corpus.js";
import { Coverage } from "../dist/runner/coverage.js";
import { guarded } from "../dist/runner/guard.js";
import { run } from "../dist/runner/run.js";

// Before the library is loaded: see `Coverage`.
const coverage = new Coverage((url) => /\/packages\/tideway\/dist\/(?:protocol|node)\//.test(url));
const { TARGETS } = await import("../dist/targets/index.js");
const folder = fileURLToPath(new URL("..", import.meta.url));
/** About two seconds for each target. */
const EXECUTIONS = 2000;

for (const [name, fuzz] of TARGETS) {
  const kept = ["corpus", "regressions"].flatMap((place) => readInputs(join(folder, place, name)));

  test(`${name}: the corpus and every input that once failed`, () => {
    assert.notEqual(kept.length, 0);
    for (const input of kept) {
      assert.doesNotThrow(() => guarded(fuzz, input.data), `${name}/${input.name}`);
    }
  });

  test(`${name}: ${EXECUTIONS} inputs from a fixed seed`, async () => {
    coverage.reset();
    const inputs = kept.map(({ data }) => data);
    const goesOn = (executions: number) => executions < EXECUTIONS;
    const { crash, features } = await run({ fuzz, inputs, coverage, seed: 1, goesOn });
    if (crash !== undefined) assert.fail(`${Buffer.from(crash.data).toString("hex")}: ${String(crash.error)}`);
    assert.ok(features > 0, "the coverage saw nothing: are the paths right?");
  });
}

test("every folder of inputs belongs to a target, and every seed is in the corpus as the table has it", () => {
  assert.deepEqual(
    readdirSync(join(folder, "corpus")).filter((name) => !TARGETS.has(name)),
    [],
  );
  for (const { target, name, data } of SEEDS) {
    const kept = readInputs(join(folder, "corpus", target)).find((input) => input.name === name);
    assert.deepEqual(kept?.data, new Uint8Array(data), `${target}/${name}: run the seed command`);
  }
});
