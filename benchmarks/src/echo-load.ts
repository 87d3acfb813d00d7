import { type ReplyCounter, repeated } from "./frame.js";
import { type Load, type LoadReport, LoadWindow } from "./load.js";
import type { LoadConnection } from "./load-connection.js";

/** Each connection has some messages under way and sends as many as come back. */
export class EchoLoad implements Load {
  /** `bursts[n]` is n requests in one buffer. */
  readonly #bursts: readonly Buffer[];
  readonly #connections: readonly LoadConnection[];
  readonly #inFlight: number;
  readonly #window = new LoadWindow();
  #underWay = 0;

  /** `counterOf` makes what counts the replies of one connection. */
  constructor(
    connections: readonly LoadConnection[],
    request: Buffer,
    counterOf: () => ReplyCounter,
    inFlight: number,
  ) {
    this.#connections = connections;
    this.#inFlight = inFlight;
    const all = repeated(request, inFlight);
    this.#bursts = Array.from({ length: inFlight + 1 }, (_, count) => all.subarray(0, count * request.length));
    for (const connection of connections) {
      const count = counterOf();
      connection.onLost = (error) => this.#window.fail(error);
      connection.onBytes = (length, bytes) => {
        const replies = count(length, bytes);
        if (replies > 0) this.#onReplies(connection, replies);
      };
    }
  }

  /** See `Load`. */
  run(milliseconds: number): Promise<LoadReport> {
    const report = this.#window.start(milliseconds);
    this.#underWay = this.#connections.length * this.#inFlight;
    for (const { socket } of this.#connections) socket.write(this.#bursts[this.#inFlight]!);
    return report;
  }

  #onReplies(connection: LoadConnection, replies: number): void {
    const burst = this.#bursts[replies];
    this.#window.messages += replies;
    if (burst === undefined) this.#window.fail(new Error("more replies than requests"));
    else if (!this.#window.ending) connection.socket.write(burst);
    else {
      this.#underWay -= replies;
      if (this.#underWay === 0) this.#window.end();
    }
  }
}
