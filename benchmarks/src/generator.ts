/**
 * The generator: a program of its own. Its argument says what to load; each line on stdin is a word: `open [COUNT]`, `echo`,
 * `run MILLISECONDS [RATE]`, `close`.
 */
import { answerLines } from "./answer.js";
import type { LoadReport } from "./load.js";
import type { Target } from "./load-connection.js";
import { OpenLoad } from "./open-load.js";
import type { Workload } from "./workload.js";

/** What the generator is told. */
export interface GeneratorJob {
  readonly target: Target;
  readonly workload: Workload;
}

/** What it answers to a run. */
export interface RunAnswer extends LoadReport {
  /** Microseconds of processor time that the generator took. */
  readonly cpu: number;
}

const { target, workload } = JSON.parse(process.argv[2] ?? "") as GeneratorJob;
let load: OpenLoad | undefined;

await answerLines({
  open: async (count) => {
    load = await OpenLoad.open(target, workload, count === undefined ? undefined : Number(count));
    return {};
  },
  echo: async () => {
    await load?.echo();
    return {};
  },
  run: async (milliseconds, rate) => {
    const before = process.cpuUsage();
    const report = await load!.run(Number(milliseconds), Number(rate));
    const { user, system } = process.cpuUsage(before);
    return { ...report, cpu: user + system } satisfies RunAnswer;
  },
  close: async () => {
    await load?.close();
    return {};
  },
});
