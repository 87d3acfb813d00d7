/** Messages at a rate, whatever comes back: how long each waits for its reply when the server is not saturated. */

import { sizeCounter } from "./frame.js";
import type { Load, LoadReport } from "./load.js";
import type { LoadConnection } from "./load-connection.js";
import { quantile } from "./statistic.js";

/** Sends what is due every millisecond, on the connections in turn. */
export class PacedLoad implements Load {
  readonly #connections: readonly LoadConnection[];
  readonly #request: Buffer;
  /** For each connection the times of the messages without a reply; replies come in order. */
  readonly #sent: number[][];
  readonly #latencies: number[] = [];
  #next = 0;
  #underWay = 0;
  #onIdle = (): void => {};
  #onLost: (error: Error) => void = () => {};

  /** Each connection's replies have the size `reply`. */
  constructor(connections: readonly LoadConnection[], request: Buffer, reply: number) {
    this.#connections = connections;
    this.#request = request;
    this.#sent = connections.map(() => []);
    connections.forEach((connection, at) => {
      const count = sizeCounter(reply);
      connection.onLost = (error) => this.#onLost(error);
      connection.onBytes = (length, bytes) => this.#onReplies(this.#sent[at]!, count(length, bytes));
    });
  }

  /** See `Load`. */
  async run(milliseconds: number, rate: number): Promise<LoadReport> {
    this.#latencies.length = 0;
    const messages = await this.#send(milliseconds, rate);
    await new Promise<void>((resolve, reject) => {
      this.#onIdle = resolve;
      this.#onLost = reject;
      if (this.#underWay === 0) resolve();
    });
    this.#onIdle = () => {};
    const sorted = Float64Array.from(this.#latencies).sort();
    const [p50, p99, p999] = [0.5, 0.99, 0.999].map((part) => quantile(sorted, part)) as [number, number, number];
    return { messages, latency: { p50, p99, p999 } };
  }

  #send(milliseconds: number, rate: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#onLost = reject;
      const start = performance.now();
      let messages = 0;
      const timer = setInterval(() => {
        const now = performance.now();
        const elapsed = Math.min(now - start, milliseconds);
        for (const due = Math.trunc((elapsed * rate) / 1000); messages < due; messages++) this.#one(now);
        if (elapsed < milliseconds) return;
        clearInterval(timer);
        resolve(messages);
      }, 1);
    });
  }

  #one(now: number): void {
    const at = this.#next;
    this.#next = (at + 1) % this.#connections.length;
    this.#sent[at]!.push(now);
    this.#underWay++;
    this.#connections[at]!.socket.write(this.#request);
  }

  #onReplies(sent: number[], replies: number): void {
    const now = performance.now();
    for (const time of sent.splice(0, replies)) this.#latencies.push(now - time);
    this.#underWay -= replies;
    if (this.#underWay === 0) this.#onIdle();
  }
}
