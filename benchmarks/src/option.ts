import { parseArgs } from "node:util";
import { BASELINE, labelOf, PEERS, type Peer, peersOf } from "./peer.js";
import { WORKLOADS, type Workload, workloadOf } from "./workload.js";

/** What `npm run bench` was asked for. */
export interface Options {
  readonly workloads: readonly Workload[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly seconds: number;
  /** Command that runs the servers. */
  readonly node: string;
  readonly json: string | undefined;
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
  --seconds N         length of a measurement; default 0.7
  --node PATH         run the servers with this Node
  --json FILE         write the rows
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
      json: text,
      list: flag,
      help: { ...flag, short: "h" },
    },
  });
  const { quick } = values;
  const ids = values.workload?.split(",") ?? (quick ? QUICK_WORKLOADS : WORKLOADS.map(({ id }) => id));
  const names = values.peer?.split(",") ?? (quick ? QUICK_PEERS : PEERS.map(labelOf));
  const chosen = peersOf(names);
  const isBaseline = (peer: Peer): boolean => labelOf(peer) === BASELINE;
  return {
    workloads: ids.map(workloadOf),
    peers: PEERS.filter((peer) => isBaseline(peer) || (chosen.includes(peer) && !(quick && peer.name === BASELINE))),
    rounds: number("--rounds", values.rounds ?? (quick ? "2" : "3"), 1, 100),
    seconds: number("--seconds", values.seconds ?? (quick ? "0.25" : "0.7"), 0.05, 60),
    node: values.node ?? process.execPath,
    json: values.json,
    list: values.list,
    help: values.help,
  };
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new TypeError(`${name} takes a number from ${least} to ${most}, not "${text}"`);
}
