import { randomFillSync } from "node:crypto";
import type { LocalError } from "../../protocol/error.js";

interface Ping {
  readonly payload: Uint8Array;
  readonly sentAt: number;
  readonly resolve: (milliseconds: number) => void;
  readonly reject: (error: LocalError) => void;
}

/** Pings of the application that wait for their pong. Heartbeats are not among them: their payload has four bytes, ours eight. */
export class PingQueue {
  #pings: Ping[] = [];

  /** @returns a payload that no other ping has */
  makePayload(): Uint8Array {
    return randomFillSync(new Uint8Array(8));
  }

  /** Waits for the pong. @returns the milliseconds it took */
  wait(payload: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#pings.push({ payload: payload.slice(), sentAt: performance.now(), resolve, reject });
    });
  }

  /** A pong came: it answers its ping, and those before it, as the peer may answer only the latest (RFC 6455 §5.5.3). */
  answer(payload: Uint8Array): void {
    const index = this.#pings.findIndex((ping) => Buffer.compare(ping.payload, payload) === 0);
    const now = performance.now();
    for (const ping of this.#pings.splice(0, index + 1)) ping.resolve(now - ping.sentAt);
  }

  /** No pong will come any more. */
  fail(error: LocalError): void {
    for (const ping of this.#pings.splice(0)) ping.reject(error);
  }
}
