/** How long to wait between attempts, in milliseconds. */
export interface BackoffOptions {
  /** Ceiling of the first wait; it doubles with every attempt. */
  readonly base: number;
  /** The ceiling never grows beyond this. */
  readonly cap: number;
  /** No wait is shorter than this. */
  readonly floor: number;
}

/** For connecting again: 0.5 s doubling to 30 s, and never two attempts within a quarter of a second. */
export const RECONNECT: BackoffOptions = { base: 500, cap: 30_000, floor: 250 };
/** For a message that the server could not store just now. */
export const RESEND: BackoffOptions = { base: 1000, cap: 15_000, floor: 500 };

/**
 * Exponential backoff with full jitter: each wait is drawn evenly from the whole range up to the ceiling, so that ten thousand
 * pages that lost the same server do not come back in step.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** The next wait. */
  next(): number {
    const { base, cap, floor } = this.#options;
    // 2 ** 20 is far beyond any cap; the bound keeps the power from growing to Infinity over a long night.
    const ceiling = Math.min(cap, base * 2 ** Math.min(this.#attempt, 20));
    this.#attempt += 1;
    return Math.round(floor + this.#random() * (ceiling - floor));
  }

  /** Begins anew. Call it only when a connection has proved stable, or a server that closes at once is hammered. */
  reset(): void {
    this.#attempt = 0;
  }
}
