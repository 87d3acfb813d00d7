import { LocalError } from "../../protocol/error.js";
import type { Channel } from "./channel.js";

/** What waits for a Blob before it to be read: a message, or the close frame. */
type Waiting = { readonly data: string | Uint8Array | Blob; readonly size: number } | { readonly close: () => void };

/** What `WebSocket.send` has taken: keeps the order around Blobs, which are read asynchronously, and counts `bufferedAmount`. */
export class Outbox {
  readonly #channel: Channel;
  readonly #sendLimit: number;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Payload bytes that will never be sent, because the connection is closing. They count for ever. */
  #lost = 0;
  /** Messages in the output's queue: its count of bytes up to the end of each (Infinity while it is being compressed), and the payload's size. */
  readonly #queued: { end: number; readonly size: number }[] = [];
  #queuedBytes = 0;

  /** @param sendLimit of the channel: below it nothing is written before the turn ends, so that `bufferedAmount` does not fall within it */
  constructor(channel: Channel, sendLimit: number) {
    this.#channel = channel;
    this.#sendLimit = sendLimit;
  }

  /** Payload bytes given to `send` and not yet taken by the network (WHATWG WebSockets, "bufferedAmount"). */
  get bufferedAmount(): number {
    this.#forgetSent();
    return this.#waitingBytes + this.#queuedBytes + this.#lost;
  }

  /**
   * Sends a message, behind everything sent before. Bytes may change as soon as this returns.
   * @param size of the payload in bytes
   */
  send(data: string | Uint8Array | Blob, size: number): void {
    if (this.#waiting.length === 0 && !(data instanceof Blob)) {
      this.#transmit(data, size);
      return;
    }
    this.#waitingBytes += size;
    // A copy: what the caller writes into it later must not be sent.
    this.#wait({ data: data instanceof Uint8Array ? new Uint8Array(data) : data, size });
  }

  /** Counts a message that came after `close`. */
  lose(size: number): void {
    this.#lost += size;
  }

  /** Does what starts the closing handshake, behind everything sent before. */
  close(close: () => void): void {
    if (this.#waiting.length === 0) close();
    else this.#wait({ close });
  }

  #wait(item: Waiting): void {
    if (this.#waiting.push(item) > 1) return;
    this.#work().catch((cause: unknown) => {
      this.#channel.abort(new LocalError("ERR_BLOB_READ", "a Blob given to send could not be read", { cause }));
    });
  }

  async #work(): Promise<void> {
    for (let item = this.#waiting[0]; item !== undefined; item = this.#waiting[0]) {
      if ("close" in item) item.close();
      else {
        const data = item.data instanceof Blob ? new Uint8Array(await item.data.arrayBuffer()) : item.data;
        this.#waitingBytes -= item.size;
        this.#transmit(data, item.size);
      }
      this.#waiting.shift();
    }
  }

  #transmit(data: string | Uint8Array, size: number): void {
    const result = this.#channel.send(data, false, this.#sendLimit);
    if (result === "dropped") {
      if (!this.#channel.sendable) this.#lost += size;
      return;
    }
    // Now and then, so that this is no record of everything for one who never asks.
    if (this.#queued.length % 64 === 63) this.#forgetSent();
    const { connection, output } = this.#channel.transport!;
    const queued = { end: Number.POSITIVE_INFINITY, size };
    connection.whenWritten(() => {
      queued.end = output.total;
    });
    this.#queued.push(queued);
    this.#queuedBytes += size;
  }

  #forgetSent(): void {
    const sent = this.#channel.transport?.output.sent ?? 0;
    let done = 0;
    while (done < this.#queued.length && this.#queued[done]!.end <= sent)
      this.#queuedBytes -= this.#queued[done++]!.size;
    if (done > 0) this.#queued.splice(0, done);
  }
}
