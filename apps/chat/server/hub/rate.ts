/** Limits by rate. Time is an argument. */

/** A token bucket: `burst` at once, `perSecond` in the long run. */
export class Bucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, burst: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes a token and returns 0; or takes none and returns how many milliseconds to wait for one. */
  take(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / this.#perMs);
    this.#tokens -= 1;
    return 0;
  }
}

/** Counts refusals in windows of fixed length: tells who was told to slow down from who does not listen. */
export class RefusalCount {
  readonly #most: number;
  readonly #windowMs: number;
  #from = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(most: number, windowMs: number) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Counts one more; true when it is more than the window allows. */
  add(now: number): boolean {
    if (now - this.#from >= this.#windowMs) {
      this.#from = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count > this.#most;
  }
}

/** How often a member may do what. */
export interface RateLimits {
  /** Messages. */
  readonly say: Rate;
  /** "Is typing" notices; more are dropped without an answer. */
  readonly typing: Rate;
  /** Pages of history; more are answered late. */
  readonly history: Rate;
  /** Attempts to join, per connection; more are answered late. */
  readonly join: Rate;
  /** Messages and notices refused within ten seconds before the connection is closed. */
  readonly refusals: number;
}

/** One rate: `burst` at once, `perSecond` in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The limits of a server that was told nothing else. */
export const DEFAULT_RATES: RateLimits = {
  say: { perSecond: 10, burst: 30 },
  typing: { perSecond: 2, burst: 6 },
  history: { perSecond: 5, burst: 20 },
  join: { perSecond: 1, burst: 5 },
  refusals: 200,
};

/** Length of the window in which refusals are counted. */
export const REFUSAL_WINDOW_MS = 10_000;
