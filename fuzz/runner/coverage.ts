import { type Profiler, Session } from "node:inspector";

/** How often code ran, in steps: an input that makes a loop run much longer has found something, too. */
const STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096];

/**
 * What the code under test has executed, by the engine's own precise coverage. To be made before that code is loaded: a function that
 * was compiled before is counted as a whole, without its blocks.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #covers: (url: string) => boolean;
  /** For each script the most steps seen of each character of its source. */
  readonly #seen = new Map<string, Uint8Array>();
  #features = 0;

  /** @param covers which scripts count */
  constructor(covers: (url: string) => boolean) {
    this.#covers = covers;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How many things were new since the beginning: stretches of code that ran for the first time, or much more often than before. */
  get features(): number {
    return this.#features;
  }

  /**
   * Looks at what ran since the last call and keeps it in mind.
   * @returns how many things were new
   */
  take(): number {
    let news = 0;
    for (const { scriptId, functions } of this.#poll()) {
      for (const { ranges } of functions) news += this.#compare(scriptId, ranges, stepsOf, true);
    }
    this.#features += news;
    return news;
  }

  /** Whether code ran since the last call that never ran before, by however many inputs; keeps nothing in mind. */
  peek(): boolean {
    return this.#poll().some(({ scriptId, functions }) =>
      functions.some(({ ranges }) => this.#compare(scriptId, ranges, (count) => Math.min(count, 1), false) > 0),
    );
  }

  /** Forgets everything, for the next target. */
  reset(): void {
    this.#poll();
    this.#seen.clear();
    this.#features = 0;
  }

  /** Ends the measurement. */
  stop(): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  /** Ranges lie inside one another, the innermost counts; one whose count is that of the range around it is not reported at all. */
  #compare(
    script: string,
    ranges: readonly Profiler.CoverageRange[],
    steps: (count: number) => number,
    keep: boolean,
  ): number {
    const [{ startOffset: start, endOffset: end }] = ranges as [Profiler.CoverageRange];
    const now = new Uint8Array(end - start);
    for (const range of ranges) now.fill(steps(range.count), range.startOffset - start, range.endOffset - start);
    const seen = this.#of(script, end);
    let news = 0;
    let inside = false;
    for (let at = 0; at < now.length; at++) {
      const more = now[at]! > seen[start + at]!;
      if (more && !inside) news++;
      if (more && keep) seen[start + at] = now[at]!;
      inside = more;
    }
    return news;
  }

  #of(script: string, length: number): Uint8Array {
    const known = this.#seen.get(script) ?? new Uint8Array(0);
    if (known.length >= length) return known;
    const grown = new Uint8Array(2 * length);
    grown.set(known);
    this.#seen.set(script, grown);
    return grown;
  }

  #poll(): readonly Profiler.ScriptCoverage[] {
    let result: readonly Profiler.ScriptCoverage[] = [];
    // In the same thread the answer comes before `post` returns.
    this.#session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error !== null) throw error;
      result = taken.result;
    });
    return result.filter(({ url }) => this.#covers(url));
  }
}

function stepsOf(count: number): number {
  let steps = 0;
  while (steps < STEPS.length && count >= STEPS[steps]!) steps++;
  return steps;
}
