import { setImmediate as turn } from "node:timers/promises";
import type { Coverage } from "./coverage.js";
import { type Fuzz, guarded } from "./guard.js";
import { mutate, shrink } from "./mutate.js";
import { Random } from "./random.js";

/** Most bytes of an input: long enough for what a parser keeps, short enough for many runs. */
export const LONGEST = 4096;
/** Inputs between two looks at the coverage, which costs as much as many short inputs. */
const BATCH = 16;
/** Batches between two turns of the event loop: what the targets closed is let go of only there, and a zlib state is large. */
const BATCHES_PER_TURN = 4;

/** What a run needs. */
export interface RunOptions {
  readonly fuzz: Fuzz;
  /** What to start from. */
  readonly inputs: readonly Uint8Array[];
  readonly coverage: Coverage;
  readonly seed: number;
  /** Asked after each batch with the number of inputs done. */
  readonly goesOn: (executions: number) => boolean;
  /** Told of each input that found something new. */
  readonly found?: (data: Uint8Array) => void;
}

/** How a run went. */
export interface RunReport {
  readonly executions: number;
  readonly features: number;
  /** Inputs that were given, and inputs that were found. */
  readonly given: number;
  readonly found: number;
  /** The shortest input that fails, with its error. */
  readonly crash: { readonly data: Uint8Array; readonly error: unknown } | undefined;
}

/** Fuzzes: mutates what it has, keeps what executes something new, until told to stop or until an input fails. */
export async function run(options: RunOptions): Promise<RunReport> {
  const { fuzz, coverage } = options;
  const random = new Random(options.seed);
  const corpus: Uint8Array[] = [];
  let executions = 0;
  const report = (crash?: RunReport["crash"]): RunReport => ({
    executions,
    features: coverage.features,
    given: options.inputs.length,
    found: Math.max(0, corpus.length - options.inputs.length),
    crash,
  });
  const failing = (data: Uint8Array): RunReport["crash"] => {
    executions++;
    const error = failure(fuzz, data);
    if (error === undefined) return undefined;
    const small = shrink(data, (candidate) => failure(fuzz, candidate)?.value !== undefined);
    return { data: small, error: failure(fuzz, small)?.value ?? error.value };
  };

  coverage.take();
  for (const data of options.inputs.length > 0 ? options.inputs : [new Uint8Array(0)]) {
    const crash = failing(data);
    if (crash !== undefined) return report(crash);
    coverage.take();
    corpus.push(data);
  }
  for (let batches = 1; options.goesOn(executions); batches++) {
    if (batches % BATCHES_PER_TURN === 0) await turn();
    const batch = Array.from({ length: BATCH }, () => mutate(choose(corpus, random), random, corpus, LONGEST));
    for (const data of batch) {
      const crash = failing(data);
      if (crash !== undefined) return report(crash);
    }
    // The last of the batch is looked at by itself each time, so that longer loops are noticed as well as new blocks.
    const again = coverage.peek() ? batch : batch.slice(-1);
    for (const data of again) {
      failing(data);
      if (coverage.take() === 0) continue;
      corpus.push(data);
      options.found?.(data);
    }
  }
  return report();
}

/** What was found last is the most promising: half of the choices are among the latest eighth. */
function choose(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  const latest = Math.ceil(corpus.length / 8);
  return random.oneIn(2) ? random.pick(corpus) : corpus[corpus.length - 1 - random.below(latest)]!;
}

function failure(fuzz: Fuzz, data: Uint8Array): { readonly value: unknown } | undefined {
  try {
    guarded(fuzz, data);
    return undefined;
  } catch (error) {
    return { value: error ?? new Error("threw nothing") };
  }
}
