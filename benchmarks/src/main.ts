/** `npm run bench`: see `--help`. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Installation, peerFolders, ROOT } from "./install.js";
import { type Options, readOptions, USAGE } from "./option.js";
import { labelOf, PEERS } from "./peer.js";
import { type Row, rowsOf } from "./row.js";
import { type RunPlan, runWorkload } from "./run.js";
import { tables } from "./table.js";
import { WORKLOADS } from "./workload.js";

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Servers on one core and the generator on the other, where there is a taskset and a second core. */
function pins(): RunPlan["pin"] {
  const can = spawnSync("taskset", ["-c", "1", "true"]).status === 0;
  return can ? { server: ["taskset", "-c", "0"], generator: ["taskset", "-c", "1"] } : { server: [], generator: [] };
}

async function measure(options: Options, modules: readonly string[]): Promise<Row[]> {
  const { rounds, seconds, node, workloads, peers } = options;
  const plan: RunPlan = { rounds, seconds, node, modules, pin: pins(), say };
  const rows: Row[] = [];
  for (const workload of workloads) {
    const chosen = peers.filter(({ only }) => only === undefined || only.includes(workload.id));
    rows.push(...rowsOf(workload, await runWorkload(workload, chosen, plan)));
  }
  return rows;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return print(USAGE);
  if (options.list) {
    for (const { id, title } of WORKLOADS) print(`${id}\t${title}`);
    return print(PEERS.map(labelOf).join("\n"));
  }
  const installation = new Installation();
  try {
    const rows = await measure(options, [installation.library(ROOT), ...peerFolders()]);
    print(tables(options.workloads, rows));
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 1)}\n`);
  } finally {
    installation.remove();
  }
}

try {
  await main();
} catch (error) {
  say(error instanceof TypeError ? error.message : String((error as Error).stack));
  process.exitCode = 2;
}
