/** Connect, upgrade, close, and again. */
import type { Load, LoadReport } from "./load.js";
import { LoadConnection, type Target } from "./load-connection.js";

/** Addresses of the loopback that are used in turn: ports that were closed by this side are not free at once. */
const ADDRESSES = 100;

/** Some handshakes at a time. */
export class HandshakeLoad implements Load {
  readonly #target: Target;
  readonly #atOnce: number;
  #count = 0;

  /** `atOnce`: handshakes under way. */
  constructor(target: Target, atOnce: number) {
    this.#target = target;
    this.#atOnce = atOnce;
  }

  /** See `Load`. */
  async run(milliseconds: number): Promise<LoadReport> {
    const end = performance.now() + milliseconds;
    const before = this.#count;
    await Promise.all(Array.from({ length: this.#atOnce }, () => this.#again(end)));
    return { messages: this.#count - before };
  }

  async #again(end: number): Promise<void> {
    while (performance.now() < end) {
      // Only Linux has all of 127.0.0.0/8.
      const from = process.platform === "linux" ? `127.0.0.${2 + (this.#count % ADDRESSES)}` : undefined;
      this.#count++;
      const connection = await LoadConnection.open(this.#target, from);
      await connection.close();
    }
  }
}
