import { halfCloseCode } from "./close-payload.js";
import { LimitError, PeerError, TidewayError } from "./error.js";
import { type Decoded, type Extension, Rsv } from "./extension.js";
import type { FrameHandler, WholeHandler } from "./frame-decoder.js";
import { GrowingBuffer, type MessageMemory } from "./growing-buffer.js";
import type { Kernel } from "./kernel.js";
import { FRAGMENT_OVERHEAD, type Limits } from "./limits.js";
import { type DataOpcode, isControl, isDefined, Opcode } from "./opcode.js";
import type { Failure } from "./sink.js";
import { UTF8_INVALID, UTF8_START } from "./utf8.js";

/** What an assembler reports: whole messages and whole control frames. */
export interface MessageHandler {
  /** A text message; the text has been checked and decoded. */
  onText(text: string): void;
  /** A binary message, see `Sink.onBinary`. */
  onBinary(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** A control frame with its payload, the handler's to keep. A returned failure stops the decoder. */
  onControl(opcode: number, payload: Uint8Array): Failure | undefined;
  /** The extension has answered: `unpark` hands the message on. */
  onReady(): void;
  /** See `FrameHandler.reading`. */
  readonly reading: boolean;
}

/** A complete message at the extension, from the question to `unpark`. */
interface Parked {
  readonly opcode: DataOpcode;
  decoded: Decoded | undefined;
}

/** No message has begun. */
const NONE = 0;

/**
 * Puts fragments together (RFC 6455 §5.4) under the limits. A message that arrives as one frame in one piece is handed on where
 * it lies; only what arrives in parts is copied, into one buffer.
 */
export class MessageAssembler implements FrameHandler, WholeHandler {
  /** Whom it works for; set before anything is given to it. */
  handler: MessageHandler | undefined;

  readonly #kernel: Kernel;
  readonly #limits: Limits;
  readonly #extension: Extension | undefined;
  /** How much longer than `maxPayload` a transformed message may be. */
  readonly #slack: number;

  // The frame being received.
  #first = 0;
  #frameLength = 0;
  #controlPayload: Uint8Array | undefined;
  #controlReceived = 0;

  // The message being received, over its frames.
  #opcode: number = NONE;
  #rsv = 0;
  #fragments = 0;
  #size = 0;
  /** What the size will be at the end of the frame. */
  #sizeAfter = 0;
  #utf8 = UTF8_START;
  readonly #parts: GrowingBuffer;
  /** Nothing may overtake it, so nothing is read behind it. */
  #parked: Parked | undefined;

  /** @param memory of messages that come in pieces; default: their own */
  constructor(kernel: Kernel, limits: Limits, extension?: Extension, memory?: MessageMemory) {
    this.#kernel = kernel;
    this.#limits = limits;
    this.#extension = extension;
    const { maxPayload } = limits;
    this.#slack = Math.max(0, (extension?.wireLimit?.(maxPayload) ?? maxPayload) - maxPayload || 0);
    this.#parts = new GrowingBuffer(maxPayload + this.#slack, memory);
  }

  get reading(): boolean {
    return this.#parked === undefined && this.handler!.reading;
  }

  /** A complete message waits: for the extension, or then for `unpark`. */
  get parked(): boolean {
    return this.#parked !== undefined;
  }

  /** Payload bytes of the unfinished message that have been kept: grows while it arrives. */
  get received(): number {
    return this.#parts.length;
  }

  /** Whether a message has begun and is not complete. */
  get inMessage(): boolean {
    return this.#opcode !== NONE;
  }

  /** Nothing is remembered of what came before. Only to be asked between two frames. */
  get idle(): boolean {
    return this.#opcode === NONE && this.#parked === undefined;
  }

  /** Drops an unfinished message; the connection has ended. */
  discard(): void {
    this.#parts.clear();
    this.#opcode = NONE;
    this.#parked = undefined;
  }

  /** Hands on the message that waited, if the extension has answered. */
  unpark(): Failure | undefined {
    const parked = this.#parked;
    if (parked?.decoded === undefined) return undefined;
    this.#parked = undefined;
    return this.#deliverDecoded(parked.opcode, parked.decoded);
  }

  onFirst(first: number): Failure | undefined {
    this.#first = first;
    const opcode = first & 0x0f;
    const rsv = first & Rsv.All;
    const begins = opcode === Opcode.Text || opcode === Opcode.Binary;
    const allowed = begins && this.#extension !== undefined ? this.#extension.rsv : 0;
    if ((rsv & ~allowed) !== 0) {
      return new PeerError("ERR_RESERVED_BITS", 1002, "a reserved bit is set that no extension owns here");
    }
    // §5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
    if (!isDefined(opcode)) return new PeerError("ERR_OPCODE", 1002, `opcode ${opcode} is reserved`);
    if (isControl(opcode)) {
      // §5.5: control frames "MUST NOT be fragmented".
      return (first & 0x80) === 0
        ? new PeerError("ERR_CONTROL_FRAGMENTED", 1002, "a control frame must not be fragmented")
        : undefined;
    }
    return begins ? this.#begin(opcode, rsv) : this.#continue();
  }

  onLength(length: number): Failure | undefined {
    this.#frameLength = length;
    if (isControl(this.#first)) return this.#checkControlLength(length);
    this.#sizeAfter = this.#size + length;
    // The limit of what it becomes is the extension's to keep.
    if (this.#sizeAfter > this.#limits.maxPayload + this.#allowance) {
      return new LimitError("ERR_MESSAGE_TOO_BIG", 1009, `a message may have ${this.#limits.maxPayload} bytes`);
    }
    return undefined;
  }

  onPayload(bytes: Uint8Array, start: number, end: number, last: boolean): Failure | undefined {
    if (isControl(this.#first)) {
      this.#takeControl(bytes, start, end);
      return undefined;
    }
    if (this.#opcode === Opcode.Text && this.#rsv === 0) {
      this.#utf8 = this.#kernel.validateUtf8(this.#utf8, bytes, start, end);
      if (this.#utf8 === UTF8_INVALID) return invalidText();
    }
    this.#size += end - start;
    const final = (this.#first & 0x80) !== 0;
    const whole = last && this.#fragments === 1 && end - start === this.#frameLength && final;
    if (whole && this.#rsv === 0) return this.#deliver(bytes, start, end, false);
    this.#parts.append(bytes, start, end, final ? this.#sizeAfter : Number.POSITIVE_INFINITY);
    const retained = this.#parts.capacity + this.#fragments * FRAGMENT_OVERHEAD;
    if (retained > this.#limits.maxRetained + this.#allowance) {
      return new LimitError("ERR_RETAINED", 1008, "the unfinished message holds too much memory");
    }
    return undefined;
  }

  onEnd(): Failure | undefined {
    const opcode = this.#first & 0x0f;
    if (isControl(opcode)) {
      const payload = this.#controlPayload ?? new Uint8Array(0);
      this.#controlPayload = undefined;
      this.#controlReceived = 0;
      return this.handler!.onControl(opcode, payload);
    }
    // Delivered already, where it lay.
    if (this.#opcode === NONE || (this.#first & 0x80) === 0) return undefined;
    if (this.#rsv !== 0) return this.#decode();
    const message = this.#parts.take();
    return this.#deliver(message, 0, message.length, true);
  }

  takesWhole(length: number): boolean {
    return this.#opcode === NONE && length <= this.#limits.maxPayload;
  }

  onWhole(
    opcode: DataOpcode,
    bytes: Uint8Array,
    start: number,
    end: number,
    key: number | undefined,
  ): Failure | undefined {
    if (opcode === Opcode.Text) {
      const text = this.#kernel.unmaskText(bytes, start, end, key);
      if (text === undefined) return invalidText();
      this.handler!.onText(text);
    } else {
      if (key !== undefined) this.#kernel.mask(bytes, start, end, key, 0);
      this.handler!.onBinary(bytes, start, end, false);
    }
    return undefined;
  }

  get #allowance(): number {
    return this.#rsv === 0 ? 0 : this.#slack;
  }

  /** §5.5.1: a body begins with a code of two bytes. That one byte is too few is known before it has arrived. */
  #checkControlLength(length: number): Failure | undefined {
    if (length !== 1 || (this.#first & 0x0f) !== Opcode.Close) return undefined;
    return halfCloseCode();
  }

  #begin(opcode: number, rsv: number): Failure | undefined {
    // §5.4: the fragments of one message MUST NOT be interleaved with those of another.
    if (this.#opcode !== NONE) {
      return new PeerError("ERR_MESSAGE_INTERLEAVED", 1002, "a new message began inside an unfinished one");
    }
    this.#opcode = opcode;
    this.#rsv = rsv;
    this.#fragments = 1;
    this.#size = 0;
    this.#utf8 = UTF8_START;
    return undefined;
  }

  #continue(): Failure | undefined {
    if (this.#opcode === NONE) {
      return new PeerError("ERR_CONTINUATION", 1002, "a continuation frame without a message to continue");
    }
    if (++this.#fragments > this.#limits.maxFragments) {
      return new LimitError(
        "ERR_TOO_MANY_FRAGMENTS",
        1008,
        `a message may have ${this.#limits.maxFragments} fragments`,
      );
    }
    return undefined;
  }

  #takeControl(bytes: Uint8Array, start: number, end: number): void {
    this.#controlPayload ??= new Uint8Array(this.#frameLength);
    this.#controlPayload.set(bytes.subarray(start, end), this.#controlReceived);
    this.#controlReceived += end - start;
  }

  #deliver(bytes: Uint8Array, start: number, end: number, owned: boolean): Failure | undefined {
    const opcode = this.#opcode;
    this.#opcode = NONE;
    if (opcode === Opcode.Binary) {
      this.handler!.onBinary(bytes, start, end, owned);
      return undefined;
    }
    // A message may not end within a character (§8.1); fragments may.
    if (this.#utf8 !== UTF8_START) return invalidText();
    this.handler!.onText(this.#kernel.decodeUtf8(bytes, start, end));
    return undefined;
  }

  #decode(): Failure | undefined {
    const opcode = this.#opcode as DataOpcode;
    const decoded = this.#extension!.decode(opcode, this.#rsv, this.#parts.take(), this.#limits.maxPayload);
    if (!(decoded instanceof Promise)) return this.#deliverDecoded(opcode, decoded);
    // Complete, so that its sender is not held to any deadline while we work.
    this.#opcode = NONE;
    const parked: Parked = { opcode, decoded: undefined };
    this.#parked = parked;
    const ready = (answer: Decoded) => {
      parked.decoded = answer;
      if (this.#parked === parked) this.handler!.onReady();
    };
    decoded.then(ready, () => ready(new LimitError("ERR_INTERNAL", 1011, "internal error")));
    return undefined;
  }

  #deliverDecoded(opcode: DataOpcode, decoded: Decoded): Failure | undefined {
    if (decoded instanceof TidewayError) return decoded;
    this.#opcode = opcode;
    if (opcode === Opcode.Text) this.#utf8 = this.#kernel.validateUtf8(UTF8_START, decoded, 0, decoded.length);
    return this.#deliver(decoded, 0, decoded.length, true);
  }
}

function invalidText(): PeerError {
  // §8.1: "that endpoint MUST _Fail the WebSocket Connection_"; 1007 is the code for data that is not consistent with its type (§7.4.1).
  return new PeerError("ERR_UTF8", 1007, "a text message is not valid UTF-8");
}
