/** The page of results. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { basename } from "node:path";
import { chart } from "./chart.js";
import { ROOT } from "./install.js";
import type { Cost } from "./profile.js";
import type { Row } from "./row.js";
import { tables } from "./table.js";
import type { Workload } from "./workload.js";

/** What a run found out, and how it was done. */
export interface Results {
  readonly workloads: readonly Workload[];
  readonly rows: readonly Row[];
  readonly rounds: number;
  readonly seconds: number;
  /** Version of the Node that ran what was measured. */
  readonly node: string;
  readonly pinned: boolean;
  /** The words behind `npm run bench --`. */
  readonly words: readonly string[];
  /** What costs Tideway most in a workload; empty when it was not looked at. */
  readonly costs: ReadonlyMap<string, readonly Cost[]>;
}

/** Largest costs that the page names for each workload. */
const NAMED = 3;

/** Writes the page, and the picture beside it. */
export function writeResults(file: string, results: Results): void {
  const picture = file.replace(/(?:\.md)?$/, ".svg");
  writeFileSync(picture, chart(results.rows));
  writeFileSync(file, page(results, basename(picture)));
}

function page(results: Results, picture: string): string {
  const { workloads, rows, words } = results;
  return `# What a message costs

Written by \`npm run bench -- ${words.join(" ")}\`; how it is measured: [benchmarks](../docs/reference/benchmarks.md).
The figure is the processor time of the server (of the client in \`client\`) for one message, in microseconds, user and system; in \`f\` for one handshake.
A ratio is the figure of ws by that of the peer in the same round, then the middle of the rounds: above 1 is cheaper than ws. The spread is the
largest distance of the rounds as a part of their middle. Options that are not named are the defaults.

${conditions(results)}

![times cheaper than ws](${picture})

${tables(workloads, rows)}${largest(results)}`;
}

function conditions({ rounds, seconds, node, pinned }: Results): string {
  const [cpu] = cpus();
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT, encoding: "utf8" }).stdout.trim();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    `* ${cpus().length} × ${cpu?.model.trim()}, ${memory}, ${type()} ${release()}`,
    `* Node ${node}; Tideway as packed from ${commit || "this checkout"}`,
    `* ${new Date().toISOString().slice(0, 10)}; ${rounds} rounds of ${seconds} s; ${pinned ? "what is measured on one core, the load on another" : "no core of their own"}`,
  ].join("\n");
}

function largest({ costs }: Results): string {
  if (costs.size === 0) return "";
  const rows = [...costs].flatMap(([id, found]) =>
    found
      .filter(({ name }) => name !== "(program)")
      .slice(0, NAMED)
      .map(({ name, place, part }) => `| ${id} | \`${name}\` | ${place} | ${Math.round(part * 100)} % |`),
  );
  return [
    "\n## The largest costs of Tideway",
    "",
    "Time in the function itself, as a part of the time the server was not idle; what Node itself did outside of JavaScript is left out.",
    "",
    "| workload | function | where | part |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
