/** Rows of the results. */
import type { Contest, Figures } from "./contest.js";
import { BASELINE } from "./peer.js";
import { median, ratio, spread } from "./statistic.js";
import type { Workload } from "./workload.js";

/** One peer in one workload. */
export interface Row {
  readonly workload: string;
  readonly peer: string;
  /** What is not as it is by default; left out for the default. */
  readonly variant?: string;
  readonly version: string;
  /** Every option that the program set. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Why there are no figures; left out when there are. */
  readonly gap?: string;
  /** Microseconds of processor time for one message; null where memory is looked at. */
  readonly cpuMicros: number | null;
  /** How many times cheaper than the baseline in the same round. */
  readonly ratio: number | null;
  /** The largest distance of the rounds, as a part of their median. */
  readonly spread: number | null;
  /** Microseconds of the generator for one message. */
  readonly generatorMicros?: number | null;
  /** Memory of the process for one connection, in octets, and what of it is alive in the heap. */
  readonly bytes?: number | null;
  readonly liveBytes?: number | null;
  /** Messages a second, and milliseconds from a message to its reply. */
  readonly rate?: number | null;
  readonly latencyMillis?: { readonly p50: number | null; readonly p99: number | null; readonly p999: number | null };
  /** Milliseconds that the event loop was late: the 99th percentile. */
  readonly loopDelayMillis?: number | null;
}

/** The rows of a workload. Memory gives two: "e" after connecting, "e-echo" after one message each way. */
export function rowsOf(workload: Workload, contests: readonly Contest[]): Row[] {
  if (workload.kind !== "idle") return contests.map((contest) => rowOf(workload, contest, contests));
  const moments = [
    { id: workload.id, at: "connected" },
    { id: `${workload.id}-echo`, at: "echoed" },
  ] as const;
  return moments.flatMap(({ id, at }) => contests.map((contest) => memoryRow(id, at, contest, contests)));
}

type Pick = (figures: Figures) => number | undefined;

/** The values of the rounds; none for a peer with a gap. */
function values({ gap, rounds }: Contest, pick: Pick): number[] {
  return gap === undefined ? rounds.map((figures) => pick(figures) ?? Number.NaN) : [];
}

function figure(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function middle(contest: Contest, pick: Pick): number | null {
  return figure(median(values(contest, pick)));
}

function head(workload: string, contest: Contest, contests: readonly Contest[], pick: Pick): Omit<Row, "cpuMicros"> {
  const { peer, gap, ready } = contest;
  const baseline = contests.find((each) => each.peer.name === BASELINE && each.peer.variant === "");
  const own = values(contest, pick);
  return {
    workload,
    peer: peer.name,
    ...(peer.variant === "" ? {} : { variant: peer.variant }),
    version: ready.version,
    options: ready.options,
    ...(gap === undefined ? {} : { gap }),
    ratio: figure(ratio(baseline ? values(baseline, pick) : [], own)),
    spread: figure(spread(own)),
  };
}

function rowOf(workload: Workload, contest: Contest, contests: readonly Contest[]): Row {
  const cpu: Pick = (figures) => figures.cpu;
  const row: Row = {
    ...head(workload.id, contest, contests, cpu),
    cpuMicros: middle(contest, cpu),
    ...(workload.kind === "client" ? {} : { generatorMicros: middle(contest, ({ generator }) => generator) }),
  };
  if (workload.kind !== "paced") return row;
  return {
    ...row,
    rate: middle(contest, ({ rate }) => rate),
    latencyMillis: {
      p50: middle(contest, ({ latency }) => latency?.p50),
      p99: middle(contest, ({ latency }) => latency?.p99),
      p999: middle(contest, ({ latency }) => latency?.p999),
    },
    loopDelayMillis: middle(contest, ({ loopDelay }) => loopDelay),
  };
}

function memoryRow(id: string, at: "connected" | "echoed", contest: Contest, contests: readonly Contest[]): Row {
  const rss: Pick = (figures) => figures[at]?.rss;
  return {
    ...head(id, contest, contests, rss),
    cpuMicros: null,
    bytes: middle(contest, rss),
    liveBytes: middle(contest, (figures) => figures[at]?.live),
  };
}
