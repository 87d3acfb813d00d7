/** `npm run bench`: see `--help`. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type FoundPeer, findPeer, Installation, peerFolders, ROOT } from "./install.js";
import { type Options, readOptions, USAGE } from "./option.js";
import { labelOf, labels, PEERS, type Runtime, rivals as rivalsOf } from "./peer.js";
import type { RunPlan } from "./plan.js";
import { type Cost, costLines, costs, type Profile } from "./profile.js";
import { writeResults } from "./results.js";
import { type Row, rowsOf } from "./row.js";
import { runWorkload } from "./run.js";
import { tables } from "./table.js";
import { WORKLOADS } from "./workload.js";

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const PROFILE_LINES = 15;

/** What is measured on one core and the load on the other, where there is a taskset and a second core. */
function pins(): RunPlan["pin"] {
  const can = spawnSync("taskset", ["-c", "1", "true"]).status === 0;
  return can ? { measured: ["taskset", "-c", "0"], load: ["taskset", "-c", "1"] } : { measured: [], load: [] };
}

function nodeAt(name: string): FoundPeer {
  if (!/^node\d+$/.test(name)) return { path: name, version: "", skip: false, environment: {} };
  const found = findPeer(name);
  if (found.skip !== false) throw new TypeError(found.skip);
  return found;
}

function planOf(options: Options, installation: Installation): RunPlan {
  const { rounds, seconds, warmUp, node, workloads, peers } = options;
  const needs = (runtime: Runtime): boolean => peers.some((peer) => peer.runtime === runtime);
  const absent: FoundPeer = { path: "", version: "", skip: "not asked for", environment: {} };
  const certificate = workloads.some(({ tls }) => tls) ? installation.certificate() : undefined;
  return {
    rounds,
    seconds,
    warmUp,
    modules: [installation.library(ROOT), ...peerFolders()],
    runtimes: {
      node: nodeAt(node),
      bun: needs("bun") ? findPeer("bun") : absent,
      deno: needs("deno") ? findPeer("deno") : absent,
      go: needs("go") ? installation.gorilla(findPeer("gorilla")) : absent,
    },
    certificate,
    pin: pins(),
    say,
  };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return print(USAGE);
  if (options.list) {
    for (const { id, title } of WORKLOADS) print(`${id}\t${title}`);
    return print(labels().join("\n"));
  }
  const installation = new Installation();
  // The programs end by themselves when nobody asks them any more.
  process.once("SIGINT", () => {
    installation.remove();
    process.exit(130);
  });
  try {
    const rivals = options.against === undefined ? [] : rivalsOf(installation.library(resolve(options.against)));
    const peers = [...options.peers, ...rivals];
    await measure({ ...options, peers }, planOf(options, installation));
  } finally {
    installation.remove();
  }
}

async function measure(options: Options, plan: RunPlan): Promise<void> {
  const { workloads, peers, json, results, rounds, seconds } = options;
  const rows: Row[] = [];
  for (const workload of workloads) rows.push(...rowsOf(workload, await runWorkload(workload, peers, plan)));
  const found =
    options.profile === undefined ? new Map<string, Cost[]>() : await profiles(options.profile, options, plan);
  print(tables(workloads, rows));
  for (const [id, lines] of found) print(`${id}: what costs Tideway most\n${costLines(lines).join("\n")}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, undefined, 1)}\n`);
  if (results === undefined) return;
  const { path } = plan.runtimes.node;
  const node = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim();
  const words = process.argv.slice(2);
  writeResults(results, {
    workloads,
    rows,
    rounds,
    seconds,
    node,
    pinned: plan.pin.load.length > 0,
    words,
    costs: found,
  });
}

/** Tideway's default configuration once more in each workload, under the profiler, which takes time of its own. */
async function profiles(folder: string, { workloads }: Options, plan: RunPlan): Promise<Map<string, Cost[]>> {
  const found = new Map<string, Cost[]>();
  const own = PEERS.filter((peer) => labelOf(peer) === "tideway");
  mkdirSync(folder, { recursive: true });
  for (const workload of workloads.filter(({ kind }) => kind !== "idle")) {
    const [contest] = await runWorkload(workload, own, { ...plan, rounds: 1, profiles: folder });
    const window = contest?.rounds[0]?.window;
    if (window === undefined) continue;
    const text = readFileSync(join(folder, `${workload.id}.cpuprofile`), "utf8");
    found.set(workload.id, costs(JSON.parse(text) as Profile, PROFILE_LINES, window));
  }
  return found;
}

try {
  await main();
} catch (error) {
  say(error instanceof TypeError ? error.message : String((error as Error).stack));
  process.exitCode = 2;
}
