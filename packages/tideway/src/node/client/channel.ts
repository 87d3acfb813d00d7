import type { DeflateParameters } from "../../protocol/deflate/parameter.js";
import { LocalError } from "../../protocol/error.js";
import type { Extension } from "../../protocol/extension.js";
import type { HeaderList } from "../../protocol/handshake/header-list.js";
import type { Failure } from "../../protocol/sink.js";
import { negotiated } from "../deflate/negotiated.js";
import type { DeflatePool } from "../deflate/pool.js";
import { nextMaskingKey } from "../random.js";
import type { SendResult } from "../send-result.js";
import { guardTap } from "../tap-guard.js";
import { type Ending, Transport, type TransportOwner } from "../transport.js";
import { turnFor } from "../wheel.js";
import { returnPool, takePool } from "./client-deflate.js";
import type { ClientPlan } from "./client-plan.js";
import { returnWheel, takeWheel } from "./client-wheel.js";
import { Dial, type Dialled, type DialOwner } from "./dial.js";

/** What the opening handshake found out. */
export interface Opened {
  /** The subprotocol in use, "" for none. */
  readonly protocol: string;
  /** The header lines of the 101, such as Set-Cookie. */
  readonly headers: HeaderList;
  /** The extensions in use, "" for none. */
  readonly extensions: string;
}

/** Who owns a channel: the sink of the protocol, told of the opening too. Nothing is called within the constructor. */
export interface ChannelOwner extends Omit<TransportOwner, "onSlow"> {
  /** The connection is open; whatever arrived with the answer comes after this. */
  onOpen(opened: Opened): void;
  /** It has ended, or never came to be: then the code is 1006, with the error. Exactly once, and the last call. */
  onEnded(ending: Ending): void;
}

/** A client's connection from the first attempt to the end: what `WebSocket` and `connect` share. */
export class Channel implements DialOwner, TransportOwner {
  /** Undefined until it is open. */
  transport: Transport | undefined;

  readonly #plan: ClientPlan;
  readonly #owner: ChannelOwner;
  readonly #turn: number;
  #dial: Dial | undefined;
  #pool: DeflatePool | undefined;
  #ended = false;

  /** Begins to connect. */
  constructor(plan: ClientPlan, owner: ChannelOwner) {
    this.#plan = plan;
    this.#owner = owner;
    const { pingInterval, pingTimeout, closeTimeout } = plan.limits;
    this.#turn = turnFor(pingInterval, pingTimeout, closeTimeout, plan.writeTimeout, plan.sendMaxAge);
    const { signal } = plan.options;
    if (signal?.aborted) setImmediate(() => this.onRefused(abortReason(signal)));
    else {
      signal?.addEventListener("abort", this.#onAbort, { once: true });
      this.#dial = new Dial(plan, this);
      this.#dial.start();
    }
  }

  /** Messages can be sent. */
  get sendable(): boolean {
    return this.transport?.connection.sendable ?? false;
  }

  /**
   * Sends a message under the send limits.
   * @param plain uncompressed
   * @param flushAt queued bytes from which the network is tried at once and not at the end of the turn
   * @throws LocalError ERR_MESSAGE_UNFINISHED between pieces of another message
   */
  send(data: string | Uint8Array, plain = false, flushAt: number = this.#plan.sendHighWater): SendResult {
    const transport = this.transport;
    if (transport === undefined || !transport.connection.sendable) return "dropped";
    const { connection } = transport;
    if (!this.#hasRoom(transport, flushAt)) {
      if (this.#plan.options.sendPolicy !== "drop") this.abort(tooMuchWaiting());
      return "dropped";
    }
    if (typeof data === "string") connection.sendText(data, plain);
    else connection.sendBinary(data, plain);
    return transport.buffered >= this.#plan.sendHighWater ? "queued" : "sent";
  }

  /**
   * Sends a piece of a message under the send limits. Beyond them the connection ends whatever the policy: a message cannot lack a piece.
   * @throws LocalError ERR_PIECE_TYPE
   */
  sendPiece(piece: string | Uint8Array, final: boolean): SendResult {
    const transport = this.transport!;
    if (!transport.connection.sendable) return "dropped";
    if (!this.#hasRoom(transport, this.#plan.sendHighWater)) {
      this.abort(tooMuchWaiting());
      return "dropped";
    }
    transport.connection.sendPiece(piece, final);
    return transport.buffered >= this.#plan.sendHighWater ? "queued" : "sent";
  }

  /** Starts the closing handshake (RFC 6455 §7.1.2). @throws LocalError ERR_CLOSE_ARGUMENT */
  close(code?: number, reason?: string): void {
    this.transport?.connection.close(code, reason);
    // The peer's close frame must be read, however far the consumer is behind.
    this.transport?.resumeReading();
    this.transport?.settle();
  }

  /** Ends the attempt or the connection at once. */
  abort(error: Error): void {
    if (this.transport !== undefined) this.transport.terminate(error);
    else this.#dial?.abort(error);
  }

  /** Part of `DialOwner`. */
  onDialled({ stream, head, protocol, headers, deflate, extensions }: Dialled): void {
    this.#dial = undefined;
    const { limits, options, sendHighWater, writeTimeout, sendMaxAge } = this.#plan;
    const tap = guardTap(options.tap, (cause) => this.abort(new LocalError("ERR_TAP", "the tap threw", { cause })));
    this.transport = new Transport({
      connection: {
        role: "client",
        nextKey: nextMaskingKey,
        limits,
        ...(tap && { tap }),
        ...(deflate && { extension: this.#compress(deflate) }),
      },
      stream,
      owner: this,
      wheel: takeWheel(this.#turn),
      pace: { highWater: sendHighWater, writeTimeout, sendMaxAge, readsOnlyWhenDrained: false },
    });
    this.transport.open();
    this.#owner.onOpen({ protocol, headers, extensions });
    this.transport.start(head);
  }

  /** Part of `DialOwner`. */
  onRefused(error: Error): void {
    this.#end({ code: 1006, reason: "", wasClean: false, error });
  }

  onText(text: string): void {
    this.#owner.onText(text);
  }

  onBinary(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.#owner.onBinary(bytes, start, end, owned);
  }

  onPing(payload: Uint8Array): void {
    this.#owner.onPing(payload);
  }

  onPong(payload: Uint8Array): void {
    this.#owner.onPong(payload);
  }

  onClose(code: number, reason: string): void {
    this.#owner.onClose(code, reason);
  }

  onFailure(error: Failure): void {
    this.#owner.onFailure(error);
  }

  onDrained(): void {
    this.#owner.onDrained();
  }

  onSlow(reason: "age" | "stalled"): void {
    this.abort(
      reason === "stalled"
        ? new LocalError("ERR_WRITE_TIMEOUT", "the server takes nothing any more")
        : new LocalError("ERR_SEND_AGE", "the server is too slow: what was sent grew too old"),
    );
  }

  onEnded(ending: Ending): void {
    returnWheel(this.#turn);
    if (this.#pool !== undefined) returnPool(this.#pool);
    // RFC 6455 §7.2.1: a connection that is "unexpectedly lost" is a failed one, and failures say why.
    const error = ending.error ?? (ending.wasClean ? undefined : lost());
    this.#end({ ...ending, error });
  }

  #hasRoom(transport: Transport, flushAt: number): boolean {
    if (transport.buffered < flushAt) return true;
    // What was queued in this turn has not been tried yet: only what the network refuses counts.
    transport.output.flush();
    return transport.buffered < this.#plan.sendLimit;
  }

  #compress(agreed: DeflateParameters): Extension {
    this.#pool = takePool(this.#plan.compression!);
    return negotiated(this.#pool, agreed, "client").extension;
  }

  readonly #onAbort = (): void => this.abort(abortReason(this.#plan.options.signal!));

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#plan.options.signal?.removeEventListener("abort", this.#onAbort);
    this.#owner.onEnded(ending);
  }
}

/** The reason of a signal, which may be anything, as an error. */
function abortReason({ reason }: AbortSignal): Error {
  if (reason instanceof Error) return reason;
  return new DOMException("the connection was aborted", { name: "AbortError", cause: reason });
}

function tooMuchWaiting(): LocalError {
  return new LocalError("ERR_SEND_LIMIT", "too much is waiting to be sent: sendLimit was reached");
}

function lost(): LocalError {
  return new LocalError("ERR_CONNECTION_LOST", "the connection ended without a closing handshake");
}
