import { type Load, type LoadReport, LoadWindow } from "./load.js";
import type { LoadConnection } from "./load-connection.js";

/** The first connection sends; all get it; then it sends again. */
export class BroadcastLoad implements Load {
  readonly #sender: LoadConnection;
  readonly #burst: Buffer;
  readonly #deliveries: number;
  readonly #window = new LoadWindow();

  /** `burst` holds `inFlight` requests, each of which brings a `reply` of so many octets to everyone. */
  constructor(connections: readonly LoadConnection[], burst: Buffer, reply: number, inFlight: number) {
    this.#sender = connections[0]!;
    this.#burst = burst;
    this.#deliveries = connections.length * inFlight;
    const expected = reply * this.#deliveries;
    let received = 0;
    for (const connection of connections) {
      connection.onLost = (error) => this.#window.fail(error);
      connection.onBytes = (length) => {
        received += length;
        if (received < expected) return;
        if (received > expected) return this.#window.fail(new Error("more was delivered than sent"));
        received = 0;
        this.#onAll();
      };
    }
  }

  /** See `Load`. */
  run(milliseconds: number): Promise<LoadReport> {
    const report = this.#window.start(milliseconds);
    this.#sender.socket.write(this.#burst);
    return report;
  }

  #onAll(): void {
    this.#window.messages += this.#deliveries;
    if (this.#window.ending) this.#window.end();
    else this.#sender.socket.write(this.#burst);
  }
}
