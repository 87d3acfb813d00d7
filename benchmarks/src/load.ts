/** Loads: what the generator does with its connections. A load starts and ends with nothing under way, so that its count is exact. */

/** What a run did. */
export interface LoadReport {
  /** Messages, or handshakes, that the server has handled. */
  readonly messages: number;
  /** Milliseconds from a message to its reply, where they are looked at. */
  readonly latency?: { readonly p50: number; readonly p99: number; readonly p999: number };
}

/** A load on open connections. */
export interface Load {
  /** Runs for a time and until nothing is under way; `rate` in messages a second for a load that has one. */
  run(milliseconds: number, rate: number): Promise<LoadReport>;
}

/** The time of one run, and its count. */
export class LoadWindow {
  /** Nothing new is to be sent. */
  ending = true;
  messages = 0;
  #resolve: (report: LoadReport) => void = () => {};
  #reject: (error: Error) => void = () => {};

  /** Opens it for a time; `end` or `fail` settles the promise. */
  start(milliseconds: number): Promise<LoadReport> {
    this.messages = 0;
    this.ending = false;
    setTimeout(() => {
      this.ending = true;
    }, milliseconds);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Nothing is under way any more. */
  end(): void {
    this.#resolve({ messages: this.messages });
  }

  /** Something is wrong with the server. */
  fail(error: Error): void {
    this.#reject(error);
  }
}
