import type { Duplex } from "node:stream";
import { LimitError, LocalError } from "../protocol/error.js";
import type { FrameTap } from "../protocol/frame-tap.js";
import type { Failure } from "../protocol/sink.js";
import type { Place } from "./admission.js";
import type { Negotiated } from "./deflate/negotiated.js";
import { arenaBuffer } from "./kernel/memory.js";
import { copyMessage } from "./message-block.js";
import { toOwned } from "./message-data.js";
import type { Publication } from "./publication.js";
import type { SendResult } from "./send-result.js";
import { type Opening, ServerSocket, type SocketCore } from "./server-socket.js";
import type { Member, ServerState } from "./server-state.js";
import { guardTap } from "./tap-guard.js";
import { isThenable } from "./thenable.js";
import { type Ending, Transport, type TransportOwner } from "./transport.js";

/**
 * How many times the send limit may be queued before the network has had a turn of the event loop to take it. A burst made in one turn says
 * nothing about the reader yet.
 */
const UNTRIED_FACTOR = 4;

/** What a held message costs beyond its bytes. */
const HELD_OVERHEAD = 128;

/**
 * One connection inside the server: owns the transport, calls the handlers, keeps to the send limits. The application holds the
 * `ServerSocket` in front of it.
 */
export class ServerLink<Context> implements TransportOwner, SocketCore<Context>, Member<Context> {
  readonly socket: ServerSocket<Context>;
  readonly transport: Transport;
  readonly opening: Opening<Context>;
  /** Why it failed, was given up or was closed by a limit. */
  failure: Error | undefined;
  ended = false;

  readonly #server: ServerState<Context>;
  readonly #place: Place;
  readonly #deflate: Negotiated | undefined;
  #tap: FrameTap | undefined;
  /** After our own `close` no message is handed on: reading goes on only to see the peer's close frame. */
  #dropping = false;
  #inPieces = false;
  /** What was published during a message in pieces. */
  #held: Publication[] | undefined;
  #heldBytes = 0;
  /** Handlers whose promise is pending. */
  #atWork = 0;
  /** Views that are queued by reference. */
  #views: Uint8Array[] | undefined;
  /** Made once for a connection whose handlers are asynchronous: a closure for each message would cost as much as all else of waiting. */
  #whenDone: (() => void) | undefined;
  #whenFailed: ((error: unknown) => void) | undefined;
  /** The application was told that the peer is behind, so it is told when the peer has caught up. */
  #behind = false;

  /**
   * @param place of the connection in the count of all; given back at its end
   * @param deflate what was negotiated, if compression was
   */
  constructor(
    server: ServerState<Context>,
    stream: Duplex,
    opening: Opening<Context>,
    place: Place,
    deflate: Negotiated | undefined,
  ) {
    this.#server = server;
    this.#place = place;
    this.#deflate = deflate;
    this.opening = opening;
    this.socket = new ServerSocket(this);
    const { settings, handlers, pace } = server;
    this.transport = new Transport({
      connection: {
        role: "server",
        limits: settings.limits,
        ...(handlers.tap && { tap: (frame) => this.#tap?.(frame) }),
        ...(deflate && { extension: deflate.extension }),
        ...(server.memory && { memory: server.memory }),
        ...(deflate === undefined && server.readers && { readers: server.readers }),
      },
      stream,
      owner: this,
      wheel: server.wheel,
      pace,
    });
  }

  /**
   * Opens: `open` first, then whatever has arrived.
   * @param answer the 101, if it was not written yet
   * @param head what had been read behind the request
   */
  start(answer: Uint8Array | undefined, head: Uint8Array): void {
    this.#server.links.add(this);
    this.transport.open(answer);
    if (this.#server.handlers.tap !== undefined) this.#makeTap();
    this.#run(() => this.#server.handlers.open?.(this.socket));
    this.transport.start(head);
  }

  /** Only now, when the socket that it is asked with can do all it ever can. */
  #makeTap(): void {
    this.#run(() => {
      this.#tap = guardTap(this.#server.handlers.tap?.(this.socket), (thrown) => this.#handlerFailed(thrown));
    });
  }

  /** Sends one message under the send limits. @param plain uncompressed */
  send(data: string | Uint8Array, plain: boolean): SendResult {
    const { connection } = this.transport;
    if (!connection.sendable) return "dropped";
    if (!this.#hasRoom()) return this.#overLimit();
    if (typeof data === "string") connection.sendText(data, plain);
    else connection.sendBinary(this.#lasting(data), plain);
    const result = this.#queued();
    this.#keep(data);
    return result;
  }

  /** Sends what goes to many; during a message in pieces it waits for its end (RFC 6455 §5.4 allows none in between). */
  sendPublished(publication: Publication): SendResult {
    if (this.#inPieces) return this.#hold(publication);
    const { connection } = this.transport;
    if (!connection.sendable) return "dropped";
    if (!this.#hasRoom()) return this.#overLimit();
    publication.sendBy(connection, this.#deflate?.send);
    return this.#queued();
  }

  /** Sends one message in pieces, under the send limits. */
  sendPiece(piece: string | Uint8Array, final: boolean): SendResult {
    const { connection } = this.transport;
    if (!connection.sendable) return "dropped";
    // A message cannot lack a piece: whatever the policy, beyond the limit the connection is closed.
    if (!this.#hasRoom()) return this.#overLimit("close");
    connection.sendPiece(typeof piece === "string" ? piece : this.#lasting(piece), final);
    this.#inPieces = !final;
    const result = this.#queued();
    this.#keep(piece);
    if (final) {
      this.#heldBytes = 0;
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const publication of held) this.sendPublished(publication);
    }
    return result;
  }

  /** Sends one message and waits until it has been taken by the network. */
  async write(data: string | Uint8Array, plain: boolean): Promise<void> {
    const { connection } = this.transport;
    let message = data;
    if (this.transport.buffered >= this.#server.settings.sendLimit) {
      // A view ends with its handler, and with that before this goes on.
      if (this.#server.memory !== undefined && typeof data !== "string") message = new Uint8Array(data);
      await this.transport.written();
    }
    if (typeof message === "string") connection.sendText(message, plain);
    else connection.sendBinary(this.#lasting(message), plain);
    this.#keep(message);
    await this.transport.written();
  }

  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void {
    this.transport.connection.close(code, reason);
    this.#dropping = true;
    // A handler that is still busy must not keep the peer's close frame from being read.
    this.transport.resumeReading();
    this.transport.settle();
  }

  /** @returns false if it was subscribed already */
  subscribe(topic: string): boolean {
    return !this.ended && this.#server.topics.subscribe(this, topic);
  }

  /** @returns false if it was not subscribed */
  unsubscribe(topic: string): boolean {
    return this.#server.topics.unsubscribe(this, topic);
  }

  /** Sends to all other subscribers. */
  publish(topic: string, data: string | Uint8Array, plain: boolean): number {
    return this.#server.publish(topic, data, plain, this);
  }

  onText(text: string): void {
    if (!this.#dropping) this.#message(text);
  }

  onBinary(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (this.#dropping) return;
    const { memory } = this.#server;
    if (memory === undefined) {
      this.#message(copyMessage(bytes, start, end, owned));
      return;
    }
    const view = toOwned(bytes, start, end, true);
    this.#message(view);
    if (owned) memory.give(view);
  }

  onPing(payload: Uint8Array): void {
    this.#run(() => this.#server.handlers.ping?.(this.socket, payload));
  }

  onPong(payload: Uint8Array): void {
    this.#run(() => this.#server.handlers.pong?.(this.socket, payload));
  }

  onDrained(): void {
    this.#giveBack();
    if (!this.#behind || this.transport.connection.closing) return;
    this.#behind = false;
    this.#run(() => this.#server.handlers.drain?.(this.socket));
  }

  onClose(): void {
    // The handshake is answered by the core, the stream ended by the transport, and `close` is told when it has ended.
  }

  onFailure(error: Failure): void {
    this.failure = error;
    this.#server.report(error, this.socket);
  }

  onSlow(reason: "age" | "stalled"): void {
    if (reason === "stalled") {
      this.transport.terminate(new LocalError("ERR_WRITE_TIMEOUT", "the peer takes nothing any more"));
    } else this.#closeSlow("ERR_SEND_AGE", "too slow: what was sent grew too old");
  }

  onEnded(ending: Ending): void {
    this.ended = true;
    this.failure ??= ending.error;
    this.#server.admission.leave(this.#place);
    this.#server.topics.remove(this);
    this.#server.links.delete(this);
    this.#run(() => this.#server.handlers.close?.(this.socket, ending.code, ending.reason));
    if (this.#server.links.size === 0) this.#server.onEmpty();
  }

  /** What may be a view of what was read, as bytes that are still there when they are compressed. */
  #lasting(data: Uint8Array): Uint8Array {
    const fleeting = this.#deflate !== undefined && this.#server.memory !== undefined && data.buffer === arenaBuffer;
    return fleeting ? new Uint8Array(data) : data;
  }

  /** What was sent may be a view of a message, this connection's or another's. While it is queued its memory is not lent anew. */
  #keep(data: string | Uint8Array): void {
    const { memory } = this.#server;
    if (memory === undefined || typeof data === "string") return;
    const { connection, output } = this.transport;
    if (connection.pending === 0 && output.released) return;
    if (!memory.hold(data)) return;
    this.#views ??= [];
    this.#views.push(data);
  }

  /** All that was queued has been taken. */
  #giveBack(): void {
    const views = this.#views;
    if (views === undefined) return;
    this.#views = undefined;
    // A stream that hands on what it has taken needs it still: then the engine collects it.
    if (this.transport.output.released) for (const view of views) this.#server.memory!.give(view);
  }

  /** Whether one more message may be queued. */
  #hasRoom(): boolean {
    if (this.transport.buffered < this.#server.settings.sendHighWater) return true;
    // What was queued in this turn has not been tried yet: only what the network refuses counts against the peer.
    this.transport.output.flush();
    return !this.#overfull();
  }

  /** What became of what has just been queued. */
  #queued(): SendResult {
    const { sendHighWater } = this.#server.settings;
    if (this.transport.buffered < sendHighWater) return "sent";
    // Not "behind" before the network was asked: a large message to a fast reader is simply sent.
    this.transport.output.flush();
    if (this.transport.buffered < sendHighWater) return "sent";
    this.#behind = true;
    return "queued";
  }

  #hold(publication: Publication): SendResult {
    if (!this.transport.connection.sendable) return "dropped";
    if (this.#overfull()) return this.#overLimit();
    this.#held ??= [];
    this.#held.push(publication);
    this.#heldBytes += publication.plain.length + HELD_OVERHEAD;
    this.#behind = true;
    return "queued";
  }

  #overfull(): boolean {
    const { stuck } = this.transport.output;
    const { sendLimit } = this.#server.settings;
    return this.transport.buffered + this.#heldBytes >= (stuck ? sendLimit : sendLimit * UNTRIED_FACTOR);
  }

  #overLimit(policy: "close" | "drop" = this.#server.settings.sendPolicy): SendResult {
    if (policy === "close") {
      this.#closeSlow("ERR_SEND_LIMIT", "too slow: too much is waiting to be read");
    }
    this.#behind = true;
    return "dropped";
  }

  /** Everything that has not been handed to the network is dropped, so that the close frame can still arrive. */
  #closeSlow(code: string, reason: string): void {
    const failure = new LimitError(code, 1013, reason);
    this.failure ??= failure;
    this.transport.discard();
    this.close(1013, reason);
    // Last: an `error` handler that sends to the same socket must find it closing, or it would be called for that again, and again.
    this.#server.report(failure, this.socket);
  }

  /** As `#run`, without a closure for each message. */
  #message(data: string | Uint8Array): void {
    try {
      this.#after(this.#server.handlers.message?.(this.socket, data));
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  /** Runs a handler. Its fault costs this socket, and nothing else. */
  #run(handler: () => unknown): void {
    try {
      this.#after(handler());
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  /** What a handler gave back is awaited if that is needed. */
  #after(result: unknown): void {
    // Not `result.then`: what an application hands back may throw there, or call back twice.
    if (isThenable(result)) this.#await(Promise.resolve(result));
  }

  /** Nothing more is read until all handlers that are at work are done: they may overlap, a `drain` with a `message`. */
  #await(result: Promise<unknown>): void {
    this.#atWork++;
    if (!this.#dropping) this.transport.pauseReading();
    this.#whenDone ??= () => {
      if (--this.#atWork === 0) this.transport.resumeReading();
    };
    this.#whenFailed ??= (error) => {
      this.#handlerFailed(error);
      this.#whenDone!();
    };
    result.then(this.#whenDone, this.#whenFailed);
  }

  #handlerFailed(thrown: unknown): void {
    this.#server.reportThrown(thrown, this.socket);
    if (!this.ended) this.close(1011, "internal error");
  }
}
