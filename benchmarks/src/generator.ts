/** The generator: a program of its own. Its argument says what to load; each line on stdin is a number of milliseconds to run for. */
import { createInterface } from "node:readline";
import { openLoad } from "./load.js";
import type { Target } from "./load-connection.js";
import type { Workload } from "./workload.js";

/** What the generator is told. */
export interface GeneratorJob {
  readonly target: Target;
  readonly workload: Workload;
}

/** What it answers to a run. */
export interface RunAnswer {
  /** Messages that the server has handled. */
  readonly messages: number;
  /** Microseconds of processor time that the generator took. */
  readonly cpu: number;
}

const say = (answer: unknown): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

const { target, workload } = JSON.parse(process.argv[2] ?? "") as GeneratorJob;
const load = await openLoad(target, workload);
say({});
const lines = createInterface({ input: process.stdin });
lines.on("close", () => process.exit(0));
for await (const line of lines) {
  const before = process.cpuUsage();
  const messages = await load.run(Number(line));
  const { user, system } = process.cpuUsage(before);
  say({ messages, cpu: user + system } satisfies RunAnswer);
}
