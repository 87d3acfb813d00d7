import type { Duplex } from "node:stream";
import { Connection, type ConnectionOptions } from "../protocol/connection.js";
import { LimitError, LocalError } from "../protocol/error.js";
import type { Sink } from "../protocol/sink.js";
import type { ByteStream, ByteStreamOwner } from "./byte-stream.js";
import { nodeKernel } from "./kernel/node-kernel.js";
import { openByteStream } from "./open-byte-stream.js";
import { Output, type OutputOwner } from "./output.js";
import type { Ticking, Wheel } from "./wheel.js";

/** Frames of one connection that are handled before others get their turn, and the time they may take. */
const FRAMES_PER_TURN = 256;
const MS_PER_TURN = 2;
const FRAMES_BETWEEN_CLOCKS = 32;
/** As many bytes hold no more frames than are handled between two looks at the clock: the shortest of a client has 6. */
const UNCLOCKED_BYTES = FRAMES_BETWEEN_CLOCKS * 6;
/** What a message that waits to be compressed costs beyond its bytes. */
const PENDING_OVERHEAD = 256;

/** How a connection that has ended is reported: RFC 6455 §7.1.5 and §7.1.6. */
export interface Ending {
  /** The code of the peer's close frame, 1005 when it had none, 1006 when there was no close frame. */
  readonly code: number;
  /** The reason in the peer's close frame. */
  readonly reason: string;
  /** Both close frames had been exchanged. */
  readonly wasClean: boolean;
  /** Why it ended if it was not by the closing handshake: a fault of the peer, a deadline, an error of the network. */
  readonly error: Error | undefined;
}

/** Who owns a transport: the sink of the protocol, and three things more. */
export interface TransportOwner extends Sink {
  /** Everything queued has been taken by the network. */
  onDrained(): void;
  /** The reader is too slow: its oldest byte is too old, or no write gets on. The owner decides; asked at every tick until it closes. */
  onSlow(reason: "age" | "stalled"): void;
  /** The stream has ended and nothing more will be called. Exactly once. */
  onEnded(ending: Ending): void;
}

/** How fast the peer must be, in sending: one object for all connections of a server. */
export interface Pace {
  /** Queued bytes at which a peer counts as behind. */
  readonly highWater: number;
  /** Milliseconds without progress of a write after which the reader is reported as stalled. */
  readonly writeTimeout: number;
  /** Age in milliseconds of the oldest queued byte at which the reader is reported as slow. */
  readonly sendMaxAge: number;
  /**
   * Stop reading while the peer is behind with what was sent to it. For servers: an echo must not be made to queue without end.
   * Only one of two ends may do this, else both can wait for each other.
   */
  readonly readsOnlyWhenDrained: boolean;
}

/** How a transport is made. */
export interface TransportOptions {
  /** What `Connection` takes, less what the transport provides. */
  readonly connection: Omit<ConnectionOptions, "sink" | "outgoing">;
  readonly stream: Duplex;
  readonly owner: TransportOwner;
  readonly wheel: Wheel;
  readonly pace: Pace;
}

/** Somebody who waits until the network has taken all up to `total`. */
interface Waiter {
  total: number;
  settle(error?: Error): void;
}

/**
 * Joins a `Connection` to a stream: a TCP or TLS socket, or any duplex. Reads in order and in fair portions, writes through `Output`,
 * runs the deadlines, and ends the stream as RFC 6455 §7.1.1 wants it.
 */
export class Transport implements OutputOwner, ByteStreamOwner, Ticking {
  readonly connection: Connection;
  readonly output: Output;

  readonly #owner: TransportOwner;
  readonly #wheel: Wheel;
  readonly #client: boolean;
  readonly #pace: Pace;
  /** Until `open`. */
  #unopened: Duplex | undefined;
  /** From `open` on. */
  #stream!: ByteStream;

  /** What was read and not handled yet: #rest[#restAt, #restEnd). The stream is paused while there is any. */
  #rest: Uint8Array | undefined;
  #restAt = 0;
  #restEnd = 0;
  #continuing = false;
  #processing = false;
  /** How often the consumer resumed in this turn. */
  #resumed = 0;
  #consumerBusy = false;
  #eof = false;
  #finishing = false;
  #error: Error | undefined;
  #ended = false;
  #streamClosed = false;
  /** Awaited writes in order: told once the output has sent up to `total`, which is Infinity while the message is still being compressed. */
  #waiting: Waiter[] | undefined;

  constructor(options: TransportOptions) {
    // Not the options themselves: they would keep what is only needed now, the stream first of all.
    const { owner, wheel, connection } = options;
    this.#owner = owner;
    this.#wheel = wheel;
    this.#client = connection.role === "client";
    this.#pace = options.pace;
    this.#unopened = options.stream;
    this.output = new Output(this, wheel, options.pace.highWater);
    // Only what an extension may need: each connection holds it.
    const onReady = connection.extension && (() => this.#goOn());
    this.connection = new Connection({
      kernel: nodeKernel,
      ...connection,
      sink: owner,
      outgoing: this.output,
      ...(onReady && { onReady }),
    });
  }

  /**
   * Takes the stream, behind what was written of the opening handshake. Now frames may be written, but nothing is read before `start`.
   * @param answer what is still to be written of it
   */
  open(answer?: Uint8Array): void {
    if (this.#unopened === undefined) return;
    this.#stream = openByteStream(this.#unopened);
    this.#unopened = undefined;
    this.output.open(this.#stream);
    if (answer === undefined) return;
    this.output.append(answer);
    // At once: it is not what the application has sent, and is not to be counted with it.
    this.output.flush();
  }

  /** Begins: hears the stream, and handles `head`, what had been read behind the opening handshake. Opens it if that was not done. */
  start(head: Uint8Array): void {
    this.open();
    this.#stream.start(this);
    this.#wheel.add(this);
    if (head.length > 0) {
      this.#rest = head;
      this.#restAt = 0;
      this.#restEnd = head.length;
      this.#continueSoon();
    } else this.#stream.resume();
    if (this.#stream.destroyed) this.#onStreamClosed();
  }

  /** Part of `ByteStreamOwner`. */
  onBytes(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.#rest = bytes;
    this.#restAt = start;
    this.#restEnd = end;
    this.#resumed = 0;
    this.#process();
    // Only beside the arena: a documented stream, TLS above all, is dearer to write to from within its own read.
    if (owned) return;
    if (this.#rest === undefined) this.output.flushDue();
    else this.#keepRest();
  }

  /** Part of `ByteStreamOwner`. */
  onWritten(): void {
    this.output.onWritten();
  }

  /** Part of `ByteStreamOwner`. */
  onEnd(): void {
    this.#eof = true;
    this.settle();
  }

  /** Part of `ByteStreamOwner`. */
  onError(error: Error): void {
    this.#error ??= error;
  }

  /** Part of `ByteStreamOwner`. */
  onClosed(): void {
    this.#onStreamClosed();
  }

  /** The consumer is busy: no further message is handled until `resumeReading`. */
  pauseReading(): void {
    this.#consumerBusy = true;
    this.connection.pause();
  }

  /** The consumer is ready again: what waits is handled, within this call if it does not come from a handler. */
  resumeReading(): void {
    this.#consumerBusy = false;
    if (this.#tooFarBehind()) return;
    this.connection.resume();
    // An asynchronous handler that is ready within the turn goes on within the turn, up to the same bound as a synchronous one.
    if (this.#rest !== undefined && !this.#processing && this.#resumed++ < FRAMES_PER_TURN) this.#process();
    else this.#continueSoon();
  }

  /** Bytes queued and not yet taken by the network, those that are still being compressed included; with what they cost to hold. */
  get buffered(): number {
    const { pendingBytes, pending } = this.connection;
    return this.output.buffered + pendingBytes + pending * PENDING_OVERHEAD;
  }

  /** The same without the cost: bytes of frames, and bytes of messages that are no frames yet. */
  get bufferedBytes(): number {
    const { total, sent } = this.output;
    return total - sent + this.connection.pendingBytes;
  }

  /** Resolves once everything queued so far has been taken by the network; rejects with ERR_CONNECTION_ENDED if it ends before. */
  written(): Promise<void> {
    const { connection, output } = this;
    if (connection.pending === 0 && output.total === output.sent) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => (error === undefined ? resolve() : reject(error));
      const waiter = { total: Number.POSITIVE_INFINITY, settle };
      this.#waiting ??= [];
      this.#waiting.push(waiter);
      connection.whenWritten(() => {
        waiter.total = output.total;
      });
    });
  }

  /** Gives up what the network has not got yet. Who waits for it is told: what goes out next must not count as it. */
  discard(): void {
    this.connection.discardPending();
    this.output.discard();
    const waiting = this.#waiting ?? [];
    while ((waiting.at(-1)?.total ?? 0) > this.output.total) waiting.pop()!.settle(lost());
  }

  /** Ends the stream at once, without a closing handshake. */
  terminate(error?: Error): void {
    this.#error ??= error;
    this.connection.end();
    this.output.stop();
    this.#stream.destroy();
    if (this.#streamClosed) this.#onStreamClosed();
  }

  /** Part of `OutputOwner`. */
  onProgress(sent: number): void {
    if (this.#waiting !== undefined) this.#tellWaiting(this.#waiting, sent);
    if (!this.output.blocked) this.connection.drained();
    if (!this.#consumerBusy && !this.#tooFarBehind()) {
      this.connection.resume();
      if (this.#rest !== undefined || this.#stream.paused) this.#continueSoon();
    }
  }

  /** Part of `OutputOwner`. */
  onDrained(): void {
    // What is still being compressed comes here again.
    if (this.connection.pending === 0) this.#owner.onDrained();
    if (this.connection.finished) this.#finish();
  }

  /** Part of `Ticking`. */
  tick(now: number): void {
    const gone = this.connection.tick(now);
    if (gone !== undefined) {
      this.terminate(this.connection.failure ?? gone);
      return;
    }
    this.settle();
    const { oldestAt, progressAt } = this.output;
    if (oldestAt === undefined || this.connection.closing) return;
    if (now - oldestAt >= this.#pace.sendMaxAge) this.#owner.onSlow("age");
    else if (now - Math.max(progressAt, oldestAt) >= this.#pace.writeTimeout) this.#owner.onSlow("stalled");
  }

  #tellWaiting(waiting: Waiter[], sent: number): void {
    while (waiting.length > 0 && waiting[0]!.total <= sent) waiting.shift()!.settle();
    // Most connections never wait again.
    if (waiting.length === 0) this.#waiting = undefined;
  }

  /** What was parked can be handed on. */
  #goOn(): void {
    if (!this.#ended) this.#process();
  }

  /** Handles what was read, as far as consumer, output and fairness allow; reads on when all of it is done. */
  #process(): void {
    const bytes = this.#rest;
    if (bytes === undefined) return;
    this.#processing = true;
    try {
      this.#handle(bytes);
    } catch (thrown) {
      this.#fault(thrown);
    }
    this.#processing = false;
    if (this.#restAt >= this.#restEnd && !this.connection.parked) {
      this.#rest = undefined;
      if (this.connection.reading || this.connection.finished) this.#stream.resume();
      else this.#stream.pause();
    } else {
      this.#stream.pause();
      if (this.connection.reading && !this.connection.parked) this.#continueSoon();
    }
    this.settle();
  }

  /**
   * Something threw that never should: a limit of the platform (a string cannot have 2^29 characters) or a fault of ours. Where the decoder
   * stands is unknown then. It costs this connection, never the process.
   */
  #fault(thrown: unknown): void {
    const error = new LimitError("ERR_INTERNAL", 1011, "internal error");
    Object.defineProperty(error, "cause", { value: thrown, configurable: true, writable: true });
    this.#restAt = this.#restEnd;
    this.connection.fail(error);
  }

  #handle(bytes: Uint8Array): void {
    const end = this.#restEnd;
    // Who goes on within a turn does so message by message, and is counted; a look at the clock for each would cost more than the message.
    let began = this.#resumed === 0 && end - this.#restAt > UNCLOCKED_BYTES ? performance.now() : 0;
    let frames = FRAMES_PER_TURN;
    // Once even without bytes: a message that was parked is handed on by `receive`.
    do {
      if (this.#tooFarBehind()) this.connection.pause();
      const before = this.#restAt;
      this.#restAt = this.connection.receive(bytes, before, end, Math.min(frames, FRAMES_BETWEEN_CLOCKS));
      if (this.#restAt === before) break;
      frames -= FRAMES_BETWEEN_CLOCKS;
      if (this.#restAt >= end || !this.connection.reading) break;
      const now = performance.now();
      began ||= now;
      if (now - began > MS_PER_TURN) break;
    } while (frames > 0);
  }

  /** A copy of what is left, exactly as long: the bytes lie in memory that the next read overwrites. */
  #keepRest(): void {
    this.#rest = this.#rest!.slice(this.#restAt, this.#restEnd);
    this.#restAt = 0;
    this.#restEnd = this.#rest.length;
  }

  #continueSoon(): void {
    if (this.#continuing || this.#ended) return;
    this.#continuing = true;
    setImmediate(() => {
      this.#continuing = false;
      this.#resumed = 0;
      if (this.#ended) return;
      if (this.#rest !== undefined) this.#process();
      else if (this.connection.reading || this.connection.finished) this.#stream.resume();
    });
  }

  #tooFarBehind(): boolean {
    if (!this.#pace.readsOnlyWhenDrained || this.connection.closing || this.#streamClosed) return false;
    return this.output.blocked || this.connection.pendingBytes >= this.#pace.highWater;
  }

  /** Ends the stream when it is time: the connection is finished and all is sent, or the peer has ended. To be called after a `close` or `fail`. */
  settle(): void {
    if (this.#ended) return;
    if (this.#streamClosed) {
      this.#onStreamClosed();
      return;
    }
    if (this.#eof && this.#rest === undefined && !this.connection.finished) {
      // The peer ended without a closing handshake (RFC 6455 §7.1.5: 1006). What it does not read need not be sent.
      this.terminate();
      return;
    }
    if (this.connection.finished && this.output.total === this.output.sent) this.#finish();
  }

  /**
   * All is said and sent. §7.1.1: the server closes the TCP connection first, the client waits for that, within the close deadline.
   * Only our sending side is ended: destroying the socket while unread bytes of the peer arrive would reset it, and a reset can
   * overtake the close frame.
   */
  #finish(): void {
    if (this.#eof) {
      this.#stream.end();
      return;
    }
    if (this.#finishing) return;
    this.#finishing = true;
    this.#stream.resume();
    if (!this.#client || this.connection.state === "failed") this.#stream.end();
  }

  #onStreamClosed(): void {
    if (this.#ended) return;
    this.#streamClosed = true;
    this.output.close();
    // A message that has come whole is still handed on when the extension has answered, with what had come behind it; not behind a handler
    // that is busy, which may wait for this very end.
    if (this.connection.parked && !this.#consumerBusy) {
      if (this.connection.paused) {
        this.connection.resume();
        this.#continueSoon();
      }
      return;
    }
    this.#ended = true;
    this.#wheel.remove(this);
    const connection = this.connection;
    connection.end();
    const wasClean = connection.state === "endedClean";
    const { code, reason } = connection.closeReceived ?? { code: 1006, reason: "" };
    const error = connection.failure ?? (wasClean ? undefined : this.#error);
    for (const waiter of this.#waiting?.splice(0) ?? []) waiter.settle(lost());
    this.#owner.onEnded({ code, reason, wasClean, error });
  }
}

/** Made only for who waits: the stack of an error costs more than the rest of an end. */
function lost(): LocalError {
  return new LocalError("ERR_CONNECTION_ENDED", "the connection ended before this was sent");
}
