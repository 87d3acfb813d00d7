import { CloseCode } from "./close-code.js";
import { cutReason, readClosePayload, writeClosePayload } from "./close-payload.js";
import { type Move, next, type State } from "./closing-state.js";
import { ControlRate } from "./control-rate.js";
import { LimitError, LocalError } from "./error.js";
import type { Extension } from "./extension.js";
import { FrameEncoder } from "./frame-encoder.js";
import type { FrameTap } from "./frame-tap.js";
import type { MessageMemory } from "./growing-buffer.js";
import { type Kernel, portableKernel } from "./kernel.js";
import { type Limits, resolveLimits } from "./limits.js";
import type { MessageHandler } from "./message-assembler.js";
import { MessageWriter } from "./message-writer.js";
import { Opcode } from "./opcode.js";
import type { Outgoing } from "./outgoing.js";
import { type MessageReader, ReaderStock } from "./reader-stock.js";
import type { Failure, Sink } from "./sink.js";
import { Watch, type Watched } from "./watch.js";

/** How a connection is made. */
export interface ConnectionOptions {
  /** "client" masks what it sends and refuses masked frames; "server" the other way round (RFC 6455 §5.1). */
  readonly role: "client" | "server";
  /** Hears what arrives. */
  readonly sink: Sink;
  /** Takes what is to be sent. */
  readonly outgoing: Outgoing;
  /**
   * Masking keys, unsigned 32-bit, from a source an attacker cannot predict (RFC 6455 §10.3). Required for the client role,
   * unused by the server role.
   */
  readonly nextKey?: () => number;
  /** Limits that differ from the defaults of the role. */
  readonly limits?: Partial<Limits>;
  /** What was negotiated in the opening handshake. */
  readonly extension?: Extension;
  /** The inner loops; default: plain TypeScript. */
  readonly kernel?: Kernel;
  /**
   * Where messages that come in pieces are put together. Default: in memory of their own. Whoever gets a message that is `owned` may give its
   * memory back when it is done with it.
   */
  readonly memory?: MessageMemory;
  /**
   * Readers that connections share which have the same role, limits, kernel and memory, and neither extension nor tap; those are passed over
   * then. Default: one of its own.
   */
  readonly readers?: ReaderStock;
  /** Sees every frame. Default: nobody does, at no cost. */
  readonly tap?: FrameTap;
  /**
   * Called when a connection that was `parked` can go on: the driver then calls `receive` with what that left, even if it is nothing.
   * Needed with an extension that answers pending. Never called from within `receive`.
   */
  readonly onReady?: () => void;
}

const EMPTY = new Uint8Array(0);

/**
 * A WebSocket connection after the opening handshake, without I/O: bytes in by `receive`, calls out to the sink, bytes out to the
 * outgoing port (RFC 6455 §5-§7). Either role. Nothing here reads a clock, makes a random number or touches a socket.
 */
export class Connection implements MessageHandler, Watched {
  readonly #sink: Sink;
  readonly #outgoing: Outgoing;
  readonly #extension: Extension | undefined;
  readonly #wake: (() => void) | undefined;
  readonly #kernel: Kernel;
  readonly #limits: Limits;
  readonly #readers: ReaderStock;
  /** From the first octets of a message to its end. */
  #reader: MessageReader | undefined;
  readonly #encoder: FrameEncoder;
  readonly #writer: MessageWriter;
  readonly #watch: Watch;
  /** While it lacks something: most peers hardly ever send a control frame. */
  #rate: ControlRate | undefined;

  #state: State = "open";
  #paused = false;
  #pongPending: Uint8Array | undefined;
  #pingCounted = false;
  #received: { code: number; reason: string } | undefined;
  #sentCode: number | undefined;
  #failure: Failure | undefined;

  /** @throws LocalError ERR_NO_KEY_SOURCE when a client has no `nextKey` */
  constructor(options: ConnectionOptions) {
    const server = options.role === "server";
    if (!server && options.nextKey === undefined) {
      throw new LocalError("ERR_NO_KEY_SOURCE", "a client needs a source of masking keys");
    }
    const limits = resolveLimits(options.role, options.limits);
    this.#limits = limits;
    this.#sink = options.sink;
    this.#outgoing = options.outgoing;
    this.#extension = options.extension;
    this.#wake = options.onReady;
    this.#kernel = options.kernel ?? portableKernel;
    const { memory, extension, tap } = options;
    this.#readers =
      options.readers ?? new ReaderStock({ kernel: this.#kernel, limits, masked: server, memory, extension, tap });
    this.#encoder = new FrameEncoder(this.#outgoing, this.#kernel, server ? undefined : options.nextKey, options.tap);
    this.#writer = new MessageWriter(this.#encoder, options.extension);
    this.#watch = new Watch(limits);
  }

  /** Where the connection stands; see `State`. */
  get state(): State {
    return this.#state;
  }

  /** Messages may be sent: no close frame has gone out and nothing failed. */
  get sendable(): boolean {
    return this.#state === "open";
  }

  /** What the peer's close frame said, or undefined while none has come. */
  get closeReceived(): { readonly code: number; readonly reason: string } | undefined {
    return this.#received;
  }

  /** The code of the close frame we sent, or undefined: what the peer was told, also after a failure. */
  get closeSent(): number | undefined {
    return this.#sentCode;
  }

  /** Why the connection failed, or undefined. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The closing handshake is done, or pointless: nothing more will be read and the transport can be ended once all is sent. */
  get finished(): boolean {
    return this.#state !== "open" && this.#state !== "closedByUs";
  }

  /** Part of `Watched`. */
  get closing(): boolean {
    return this.#state !== "open";
  }

  /** Part of `Watched`. */
  get unfinished(): number | undefined {
    const assembler = this.#reader?.assembler;
    return !this.#paused && assembler?.inMessage ? assembler.received : undefined;
  }

  /** Part of `Watched`: `pause` was called, and `resume` not yet. */
  get paused(): boolean {
    return this.#paused;
  }

  /** A message that has come is at the extension: `receive` takes nothing until `ConnectionOptions.onReady`. */
  get parked(): boolean {
    return this.#reader?.assembler.parked === true;
  }

  /** Bytes of messages that wait for the extension before they can be written: they count like bytes in the outgoing port. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  /** How many messages those are, pieces and prepared frames included. */
  get pending(): number {
    return this.#writer.pending;
  }

  /** Part of `MessageHandler`: whether the decoder goes on to the next frame. */
  get reading(): boolean {
    return !this.#paused && !this.finished;
  }

  /**
   * Takes bytes from the peer. The range is changed in place (unmasking).
   *
   * @param frames return after this many frames at the latest, so that one peer cannot keep the process to itself; default: no bound
   * @returns the offset up to which bytes were taken. Less than `end` only when paused, parked or after `frames` frames: the caller keeps
   *   the rest and gives it again. After a close frame or a failure everything is taken and dropped (RFC 6455 §5.5.1, §7.1.7).
   */
  receive(bytes: Uint8Array, start = 0, end: number = bytes.length, frames: number = Number.POSITIVE_INFINITY): number {
    if (this.finished) return end;
    if (this.#paused) return start;
    this.#reader ??= this.#readers.take(this);
    const reader = this.#reader;
    if (reader.assembler.parked && !this.#unpark(reader)) return this.finished ? end : start;
    this.#pingCounted = false;
    const at = reader.decoder.decode(bytes, start, end, frames);
    if (reader.decoder.failure !== undefined && this.#state !== "failed") this.fail(reader.decoder.failure);
    if (this.#readers.give(reader)) this.#reader = undefined;
    return this.finished ? end : at;
  }

  /** Stops taking bytes after the current frame: for a consumer that is behind. May be called from the sink. */
  pause(): void {
    this.#paused = true;
  }

  /** Takes bytes again; the caller then gives what `receive` left. */
  resume(): void {
    this.#paused = false;
  }

  /** The transport can take more: the pong that waited goes out. */
  drained(): void {
    const payload = this.#pongPending;
    this.#pongPending = undefined;
    if (payload !== undefined && !this.finished) this.#encoder.writeBytes(0x80 | Opcode.Pong, payload);
  }

  /**
   * Sends a text message as one frame; lone surrogates become U+FFFD.
   * @param plain true: the extension is passed over, as for messages that hold a secret beside text of others (RFC 7692 §8)
   * @throws LocalError ERR_NOT_OPEN after close or failure, ERR_MESSAGE_UNFINISHED while a message is being sent in pieces
   */
  sendText(text: string, plain = false): void {
    if (typeof text !== "string") throw new TypeError("sendText takes a string");
    this.#needOpen();
    this.#writer.text(text, plain);
  }

  /**
   * Sends a binary message as one frame. Above 16 KiB an unmasked payload is not copied: it must not change until it has been sent.
   * @throws LocalError as `sendText`
   */
  sendBinary(payload: Uint8Array, plain = false): void {
    if (!isBytes(payload)) throw new TypeError("sendBinary takes a Uint8Array");
    this.#needOpen();
    this.#writer.binary(payload, plain);
  }

  /**
   * Sends a message in pieces (RFC 6455 §5.4): the first piece says the type, each becomes a frame, `final` ends the message.
   * Control frames may go out in between, other messages may not. Strings make a text message, bytes a binary one; a surrogate pair
   * may be split over two strings.
   * @throws LocalError as `sendText`, and ERR_PIECE_TYPE when the pieces of one message differ in type
   */
  sendPiece(piece: string | Uint8Array, final: boolean): void {
    if (typeof piece !== "string" && !isBytes(piece)) throw new TypeError("sendPiece takes a string or a Uint8Array");
    this.#needOpen();
    this.#writer.piece(piece, final);
  }

  /**
   * Sends frames encoded before by `encodeMessage`, by reference. For the server role. With an extension frames may be what it made of
   * the message only if that is the same for all connections they go to.
   * @param better the same message, transformed, when that is still under way: it goes out instead of `frames`, which go if the connection
   *   is closed before. What is sent behind it waits
   * @throws LocalError as `sendText`, and ERR_MASK_REQUIRED for a client, whose frames each need a key of their own
   */
  sendEncoded(frames: Uint8Array, better?: Promise<Uint8Array>): void {
    if (!isBytes(frames)) throw new TypeError("sendEncoded takes what encodeMessage gave");
    if (this.#encoder.masks) throw new LocalError("ERR_MASK_REQUIRED", "a client must mask its frames");
    this.#needOpen();
    this.#writer.encoded(frames, better);
  }

  /** Calls back when all that is pending now has been written into the outgoing port: at once if nothing is, never if it was dropped. */
  whenWritten(then: () => void): void {
    this.#writer.whenWritten(then);
  }

  /** Drops what is pending. Only before a close: with an extension that keeps contexts the peer would miss it. */
  discardPending(): void {
    this.#writer.discard();
  }

  /**
   * Sends a ping (RFC 6455 §5.5.2).
   * @param payload 0 to 125 bytes, copied
   * @throws LocalError ERR_NOT_OPEN, ERR_CONTROL_ARGUMENT
   */
  ping(payload: Uint8Array = EMPTY): void {
    this.#control(Opcode.Ping, payload);
    this.#watch.pinged(payload);
  }

  /**
   * Sends a pong nobody asked for, "a unidirectional heartbeat" (RFC 6455 §5.5.3). Pings are answered without it.
   * @param payload 0 to 125 bytes, copied
   * @throws LocalError ERR_NOT_OPEN, ERR_CONTROL_ARGUMENT
   */
  pong(payload: Uint8Array = EMPTY): void {
    this.#control(Opcode.Pong, payload);
  }

  /** Part of `Watched`. */
  sendHeartbeat(payload: Uint8Array): void {
    this.#encoder.writeBytes(0x80 | Opcode.Ping, payload);
  }

  /**
   * Starts the closing handshake (RFC 6455 §7.1.2). Messages of the peer still arrive until its close frame. Does nothing when closing
   * has begun already.
   * @param code a code that may be sent: 1000 (default), 1001-1003, 1007-1014, 3000-4999; 1005 sends none
   * @param reason at most 123 bytes as UTF-8
   * @throws LocalError ERR_CLOSE_ARGUMENT, with the state unchanged
   */
  close(code: number = CloseCode.Normal, reason = ""): void {
    const payload = writeClosePayload(code, reason, this.#kernel);
    if (this.#move("sendClose")) this.#sendClose(code, payload);
  }

  /**
   * Fails the connection (RFC 6455 §7.1.7): tells the peer why if a close frame can still be sent, and reads nothing more.
   * @throws LocalError ERR_CLOSE_ARGUMENT when the error's close code may not be sent, with the state unchanged
   */
  fail(error: Failure): void {
    const code = this.#state === "open" && !(error instanceof LocalError) ? error.closeCode : undefined;
    const reason = cutReason(error.message, this.#kernel);
    const payload = code === undefined ? undefined : writeClosePayload(code, reason, this.#kernel);
    if (!this.#move("fail")) return;
    this.#failure = error;
    this.#drop();
    if (code !== undefined && payload !== undefined) this.#sendClose(code, payload);
    this.#sink.onFailure(error);
  }

  /** The transport has ended, in whatever way. `state` then says whether the closing handshake had been done (RFC 6455 §7.1.4). */
  end(): void {
    this.#drop();
    this.#move("end");
  }

  /**
   * Looks at the deadlines; to be called about once a second. Sends the heartbeat's ping.
   * @param now monotonic milliseconds. A step of more than 5 s counts as 5: a process that slept must not blame its peers.
   * @returns a LocalError when the transport should be ended at once (ERR_PING_TIMEOUT, ERR_CLOSE_TIMEOUT). A peer's too slow message
   *   fails the connection like any other fault.
   */
  tick(now: number): LocalError | undefined {
    // Who does not listen must not complain of silence.
    if (this.#paused || this.parked) this.#watch.heard();
    const { elapsed, failure } = this.#watch.tick(now, this);
    if (this.#rate?.refill(elapsed)) this.#rate = undefined;
    if (failure instanceof LocalError) return failure;
    if (failure !== undefined) this.fail(failure);
    return undefined;
  }

  /** Part of `MessageHandler`. */
  onText(text: string): void {
    this.#watch.heard();
    this.#watch.messageDone();
    this.#sink.onText(text);
  }

  /** Part of `MessageHandler`. */
  onBinary(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.#watch.heard();
    this.#watch.messageDone();
    this.#sink.onBinary(bytes, start, end, owned);
  }

  /** Part of `MessageHandler`. */
  onReady(): void {
    this.#wake?.();
  }

  /** Part of `MessageHandler`. */
  onControl(opcode: number, payload: Uint8Array): Failure | undefined {
    if (opcode === Opcode.Close) return this.#onClose(payload);
    // Many pings in one read are one burst and count once; pongs nobody asked for count each.
    const counts = opcode === Opcode.Pong || !this.#pingCounted;
    if (opcode === Opcode.Ping) this.#pingCounted = true;
    if (counts) {
      this.#rate ??= new ControlRate(this.#limits.maxControlFrames);
      if (!this.#rate.take()) return new LimitError("ERR_CONTROL_RATE", 1008, "too many control frames");
    }
    if (opcode === Opcode.Pong) {
      this.#watch.ponged(payload);
      this.#sink.onPong(payload);
    } else {
      this.#watch.heard();
      this.#answerPing(payload);
      this.#sink.onPing(payload);
    }
    return undefined;
  }

  #answerPing(payload: Uint8Array): void {
    // §5.5.2: a pong is due "unless it already received a Close frame". After our own close frame it still is: §5.5.1 forbids data frames only.
    if (this.finished) return;
    // §5.5.3: a pong may answer "only the most recently processed Ping": what bounds a peer that pings and never reads.
    this.#pongPending = this.#outgoing.blocked ? payload : undefined;
    if (this.#pongPending === undefined) this.#encoder.writeBytes(0x80 | Opcode.Pong, payload);
  }

  #onClose(payload: Uint8Array): Failure | undefined {
    const said = readClosePayload(payload, this.#kernel);
    if (said instanceof Error) return said;
    this.#received = said;
    this.#watch.heard();
    this.#reader?.assembler.discard();
    // §5.5.1: "the endpoint MUST send a Close frame in response. (… typically echos the status code it received.)"
    const answer = this.sendable;
    this.#move("receiveClose");
    if (answer) this.#sendClose(said.code, payload.subarray(0, 2));
    this.#sink.onClose(said.code, said.reason);
    return undefined;
  }

  /** After the move, so that a transport that ends or fails while it is being written to finds the state as it will be. */
  #sendClose(code: number, payload: Uint8Array): void {
    this.#writer.flush();
    this.#pongPending = undefined;
    this.#sentCode = code;
    this.#encoder.writeBytes(0x80 | Opcode.Close, payload);
  }

  #control(opcode: number, payload: Uint8Array): void {
    this.#needOpen();
    if (!isBytes(payload) || payload.length > 125) {
      throw new LocalError("ERR_CONTROL_ARGUMENT", "a control frame carries a Uint8Array of 0 to 125 bytes");
    }
    this.#encoder.writeBytes(0x80 | opcode, payload);
  }

  #needOpen(): void {
    if (this.#state !== "open") throw new LocalError("ERR_NOT_OPEN", "the connection is closing or closed");
  }

  #drop(): void {
    // Not back to the stock: it may be anywhere within a frame.
    this.#reader?.assembler.discard();
    this.#reader = undefined;
    this.#writer.discard();
    this.#extension?.close?.();
    this.#pongPending = undefined;
  }

  /** Hands on what was parked. @returns whether bytes may follow it */
  #unpark({ assembler }: MessageReader): boolean {
    const failure = assembler.unpark();
    if (failure !== undefined) this.fail(failure);
    return this.reading && !this.parked;
  }

  #move(move: Move): boolean {
    const to = next(this.#state, move);
    if (to !== undefined) this.#state = to;
    return to !== undefined;
  }
}

/** A view of single bytes. Not `instanceof`: bytes may come from another realm, as they do in some test runners. */
function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) && (value as Uint8Array).BYTES_PER_ELEMENT === 1;
}
