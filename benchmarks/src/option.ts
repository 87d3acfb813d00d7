import { parseArgs } from "node:util";
import { BASELINE, labelOf, labels, PEERS, type Peer, peersOf } from "./peer.js";
import { WORKLOADS, type Workload, workloadOf } from "./workload.js";

/** What `npm run bench` was asked for. */
export interface Options {
  readonly workloads: readonly Workload[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly seconds: number;
  /** See `RunPlan`. */
  readonly warmUp: number;
  /** Path of the Node that runs what is measured, or its name among the peers. */
  readonly node: string;
  /** Another checkout. */
  readonly against: string | undefined;
  readonly json: string | undefined;
  /** File for the table. */
  readonly results: string | undefined;
  /** Folder for profiles. */
  readonly profile: string | undefined;
  readonly list: boolean;
  readonly help: boolean;
}

/** What `--help` says. */
export const USAGE: string = `npm run bench -- [options]

  (none)              measure every workload with every peer
  --quick             ws, raw and tideway only, in under a minute
  --workload A,B      these workloads only
  --peer A,B          these peers only, and ${BASELINE}; "tideway" with its variants, "tideway:view" that one alone
  --rounds N          measurements of each; default 3
  --seconds N         length of a measurement; default 0.6
  --node PATH         run what is measured with this Node, or with "node24" and others of scripts/peers
  --against FOLDER    another checkout of this repository, built: its Tideway is measured beside this one as tideway:against
  --json FILE         write the rows
  --results FILE      write the table, and a chart beside it; the results of the repository are benchmarks/RESULTS.md
  --profile FOLDER    measure Tideway once more in each workload, under the profiler; writes its profiles and names what costs most
  --list              print the workloads and the peers, and end
`;

const QUICK_PEERS = [BASELINE, "raw", "tideway"];
const QUICK_WORKLOADS = ["a", "b", "bt", "b1k", "c64k", "c1m", "d1k", "d1kw8"];

/** Reads the command line. @throws TypeError with a readable message */
export function readOptions(words: readonly string[]): Options {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: flag,
      workload: text,
      peer: text,
      rounds: text,
      seconds: text,
      node: text,
      against: text,
      json: text,
      results: text,
      profile: text,
      list: flag,
      help: { ...flag, short: "h" },
    },
  });
  const { quick } = values;
  const ids = values.workload?.split(",") ?? (quick ? QUICK_WORKLOADS : WORKLOADS.map(({ id }) => id));
  const names = values.peer?.split(",") ?? (quick ? QUICK_PEERS : labels());
  const chosen = peersOf(names);
  const isBaseline = (peer: Peer): boolean => labelOf(peer) === BASELINE;
  return {
    workloads: ids.map(workloadOf),
    peers: PEERS.filter((peer) => isBaseline(peer) || (chosen.includes(peer) && !(quick && peer.name === BASELINE))),
    rounds: number("--rounds", values.rounds ?? (quick ? "2" : "3"), 1, 100),
    seconds: number("--seconds", values.seconds ?? (quick ? "0.25" : "0.6"), 0.05, 60),
    warmUp: quick ? 0.25 : 0.5,
    node: values.node ?? process.execPath,
    against: values.against,
    json: values.json,
    results: values.results,
    profile: values.profile,
    list: values.list,
    help: values.help,
  };
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new TypeError(`${name} takes a number from ${least} to ${most}, not "${text}"`);
}
