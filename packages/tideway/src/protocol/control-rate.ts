/** A token bucket over the connection's own clock: `limit` per 10 seconds, with as many in one burst. */
export class ControlRate {
  readonly #limit: number;
  #tokens: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#tokens = limit;
  }

  /** Takes one; false when there is none left. */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Puts back what `elapsed` milliseconds allow. @returns whether all are there, as in a new one */
  refill(elapsed: number): boolean {
    if (this.#tokens < this.#limit)
      this.#tokens = Math.min(this.#limit, this.#tokens + (this.#limit * elapsed) / 10_000);
    return this.#tokens === this.#limit;
  }
}
