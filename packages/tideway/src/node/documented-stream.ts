import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ByteStream, ByteStreamOwner } from "./byte-stream.js";

/** A byte stream over any duplex of Node's or of the application's, by nothing but documented API. */
export class DocumentedStream implements ByteStream {
  readonly copies: boolean;

  readonly #stream: Duplex;
  #owner: ByteStreamOwner | undefined;
  /** Callbacks of writes that are still to come. */
  #callbacks = 0;
  /** A write waits for its callback, which is the last of those. */
  #waiting = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    // TCP and TLS are done with a chunk when they call back. A stream of the application's may have passed it on, as a PassThrough does.
    this.copies = stream instanceof Socket;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed;
  }

  get paused(): boolean {
    return this.#stream.isPaused();
  }

  start(owner: ByteStreamOwner): void {
    this.#owner = owner;
    const stream = this.#stream;
    stream.on("error", (error: Error) => owner.onError(error));
    stream.on("close", () => owner.onClosed());
    stream.on("end", () => owner.onEnd());
    stream.on("data", (chunk: Buffer) => owner.onBytes(chunk, 0, chunk.length, true));
    stream.pause();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  write(pieces: readonly Uint8Array[]): boolean {
    const stream = this.#stream;
    const last = pieces.length - 1;
    if (last > 0) stream.cork();
    for (let i = 0; i < last; i++) stream.write(pieces[i]!);
    this.#callbacks++;
    stream.write(pieces[last]!, this.#onWritten);
    if (last > 0) stream.uncork();
    return this.#isTaken();
  }

  writeOne(piece: Uint8Array): boolean {
    this.#callbacks++;
    this.#stream.write(piece, this.#onWritten);
    return this.#isTaken();
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  /** Taken at once is the common case. It is known now; the callback comes later, and says nothing then. */
  #isTaken(): boolean {
    this.#waiting = this.#stream.writableLength > 0 || this.#stream.destroyed;
    return !this.#waiting;
  }

  readonly #onWritten = (error?: Error | null): void => {
    this.#callbacks--;
    // One with an error, which the stream reports itself, says nothing. Nor does one of a destroyed stream: node:net calls it without an
    // error for what was never sent.
    if (error || !this.#waiting || this.#callbacks > 0 || this.#stream.destroyed) return;
    this.#waiting = false;
    this.#owner?.onWritten();
  };
}
