import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ByteStream, ByteStreamOwner } from "./byte-stream.js";

/** By this a stream refers to who owns it. Listeners of its own would cost each connection a tenth of what it holds. */
const owner = Symbol("tideway.owner");

/** A stream that has been taken. */
type OwnedDuplex = Duplex & { [owner]?: ByteStreamOwner };

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

  start(newOwner: ByteStreamOwner): void {
    this.#owner = newOwner;
    const stream: OwnedDuplex = this.#stream;
    stream[owner] = newOwner;
    stream.on("error", onError);
    stream.on("close", onClosed);
    stream.on("end", onEnd);
    stream.on("data", onData);
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

function onError(this: OwnedDuplex, error: Error): void {
  this[owner]!.onError(error);
}

function onClosed(this: OwnedDuplex): void {
  this[owner]!.onClosed();
}

function onEnd(this: OwnedDuplex): void {
  this[owner]!.onEnd();
}

function onData(this: OwnedDuplex, chunk: Buffer): void {
  this[owner]!.onBytes(chunk, 0, chunk.length, true);
}
