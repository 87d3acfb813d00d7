/** What is under test: takes any bytes, returns when they were treated rightly, throws when not. */
export type Fuzz = (data: Uint8Array) => void;

/** Longest that one input may take, in milliseconds, and the memory it may leave or hold, in bytes. */
export const TIME_BUDGET = 50;
export const MEMORY_BUDGET: number = 32 * 1024 * 1024;

/** An input took too long or too much memory. */
export class BudgetError extends Error {
  override readonly name: string = "BudgetError";
}

/**
 * Runs one input under the budgets.
 * @throws what the target throws; BudgetError when it is over a budget three times in a row: once may be the machine's fault
 */
export function guarded(fuzz: Fuzz, data: Uint8Array): void {
  let problem: string | undefined;
  for (let attempt = 0; attempt < 3; attempt++) {
    problem = measure(fuzz, data);
    if (problem === undefined) return;
  }
  throw new BudgetError(problem);
}

function measure(fuzz: Fuzz, data: Uint8Array): string | undefined {
  const before = held();
  const from = performance.now();
  const cpu = process.cpuUsage();
  fuzz(data.slice());
  const wall = performance.now() - from;
  // A machine that has others to serve takes its time; what counts then is the time that was ours.
  const took = wall > TIME_BUDGET ? Math.min(wall, spent(cpu)) : wall;
  const grown = held() - before;
  if (took > TIME_BUDGET)
    return `an input of ${data.length} bytes took ${Math.round(took)} ms, more than ${TIME_BUDGET}`;
  if (grown > MEMORY_BUDGET)
    return `an input of ${data.length} bytes took ${grown} bytes of memory, more than ${MEMORY_BUDGET}`;
  return undefined;
}

/** Milliseconds of processor time since `from`. */
function spent(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
