/**
 * `npm run fuzz -- TARGET --seconds N`: fuzzes a target, or all of them, and says what it reached.
 *
 *   --seconds N   for each target; default 30
 *   --seed N      of the random choices; default: another one each time, and printed
 *   --keep        puts what was found, without what is superfluous, into fuzz/corpus
 *
 * An input that fails is made short, written to fuzz/regressions/TARGET, and ends the run with exit code 1: commit it with the repair.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readInputs, writeInput } from "../runner/corpus.js";
import { Coverage } from "../runner/coverage.js";
import { type RunReport, run } from "../runner/run.js";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** What counts as coverage: the library, not the targets. */
const coverage = new Coverage((url) => /\/packages\/tideway\/dist\/(?:protocol|node)\//.test(url));
const { TARGETS } = await import("../targets/index.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "30" },
    seed: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? Date.now() >>> 0 : Number(values.seed);
const names = positionals.includes("all") ? [...TARGETS.keys()] : positionals;
const unknown = names.find((name) => !TARGETS.has(name));
if (unknown !== undefined || names.length === 0 || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  say(
    `usage: npm run fuzz -- TARGET... [--seconds N] [--seed N] [--keep]\ntargets: all, ${[...TARGETS.keys()].join(", ")}`,
  );
  process.exit(2);
}
for (const name of names) {
  const { crash } = await fuzzTarget(name);
  if (crash === undefined) continue;
  const path = writeInput(join(folder, "regressions", name), crash.data);
  say(`${name}: FAILED with ${crash.data.length} bytes: ${Buffer.from(crash.data).toString("hex")}`);
  say(`written to ${path}\n${crash.error instanceof Error ? crash.error.stack : String(crash.error)}`);
  process.exit(1);
}

async function fuzzTarget(name: string): Promise<RunReport> {
  coverage.reset();
  const kept = ["corpus", "regressions", "../.cache/fuzz"].flatMap((place) => readInputs(join(folder, place, name)));
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  let shown = started;
  const report = await run({
    fuzz: TARGETS.get(name)!,
    inputs: kept.map((input) => input.data),
    coverage,
    seed,
    goesOn: (executions) => {
      if (performance.now() - shown > 10_000) {
        shown = performance.now();
        say(`  ${name}: ${Math.round(elapsed())} s, ${executions} executions, ${coverage.features} features`);
      }
      return elapsed() < seconds;
    },
    found: (data) => {
      writeInput(join(folder, "../.cache/fuzz", name), data);
    },
  });
  const rate = Math.round(report.executions / elapsed());
  say(
    `${name}: ${report.executions} executions in ${Math.round(elapsed())} s (${rate}/s), ${report.features} features, ` +
      `corpus ${report.given} + ${report.found}, seed ${seed}`,
  );
  if (values.keep && report.crash === undefined) keep(name);
  return report;
}

/** Of what was found in this run and before, the shortest inputs that together execute as much, into the corpus. */
function keep(name: string): void {
  const place = join(folder, "corpus", name);
  coverage.reset();
  const fuzz = TARGETS.get(name)!;
  for (const { data } of readInputs(place)) fuzz(data.slice());
  coverage.take();
  const found = readInputs(join(folder, "../.cache/fuzz", name)).sort((a, b) => a.data.length - b.data.length);
  for (const { data } of found) {
    fuzz(data.slice());
    if (coverage.take() > 0) say(`kept ${writeInput(place, data)}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
