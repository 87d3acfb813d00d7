/** Rows of the results. */
import { BASELINE } from "./peer.js";
import type { Outcome } from "./run.js";
import { median, ratio, spread } from "./statistic.js";
import type { Workload } from "./workload.js";

/** One peer in one workload. */
export interface Row {
  readonly workload: string;
  readonly peer: string;
  /** What is not as it is by default; left out for the default. */
  readonly variant?: string;
  readonly version: string;
  /** Every option that the server program set. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Why there are no figures; left out when there are. */
  readonly gap?: string;
  /** Microseconds of processor time of the server for one message. */
  readonly cpuMicros: number | null;
  /** How many times cheaper than the baseline in the same round. */
  readonly ratio: number | null;
  /** The largest distance of the rounds, as a part of their median. */
  readonly spread: number | null;
  /** Microseconds of the generator for one message. */
  readonly generatorMicros: number | null;
}

/** The rows of a workload. */
export function rowsOf(workload: Workload, outcomes: readonly Outcome[]): Row[] {
  const baseline = outcomes.find(({ peer }) => peer.name === BASELINE && peer.variant === "")?.cpu ?? [];
  return outcomes.map(({ peer, gap, version, options, cpu, generator }): Row => {
    const figure = (value: number): number | null => (gap === undefined && Number.isFinite(value) ? value : null);
    return {
      workload: workload.id,
      peer: peer.name,
      ...(peer.variant === "" ? {} : { variant: peer.variant }),
      version,
      options,
      ...(gap === undefined ? {} : { gap }),
      cpuMicros: figure(median(cpu)),
      ratio: figure(ratio(baseline, cpu)),
      spread: figure(spread(cpu)),
      generatorMicros: figure(median(generator)),
    };
  });
}
