import { LocalError } from "./error.js";
import type { Encoded, Extension } from "./extension.js";
import { COPY_LIMIT, FrameEncoder } from "./frame-encoder.js";
import { portableKernel } from "./kernel.js";
import { type DataOpcode, Opcode } from "./opcode.js";
import { OutgoingBuffer } from "./outgoing.js";

const FIN = 0x80;
const encoder = new TextEncoder();

/** Something to be written behind a message that is still at the extension. */
interface Waiting {
  readonly first: number;
  readonly payload: Uint8Array;
  /** A message the extension has not seen yet, or frames that others are being made to take the place of. Undefined: it goes as it is. */
  readonly asks: "extension" | Promise<Uint8Array> | undefined;
  /** The payload is whole frames. */
  readonly frames: boolean;
  /** Called behind it, in order. */
  readonly marks: (() => void)[];
}

type Next = Omit<Waiting, "marks">;

/** Of all writers in which nothing waits; never filled. */
const NONE: Waiting[] = [];

/** Sends messages as frames: whole, or in pieces (RFC 6455 §5.4). What is sent while a message is at the extension waits behind it. */
export class MessageWriter {
  readonly #encoder: FrameEncoder;
  readonly #extension: Extension | undefined;
  /** Opcode of the message that is being sent in pieces, 0 when there is none. */
  #opcode = 0;
  /** A high surrogate at the end of a piece waits for its other half. */
  #half = "";
  /** In order; while one is at the extension it is the first. */
  #waiting = NONE;
  /** The first one is being dealt with, so that nothing may be written beside it. */
  #busy = false;
  #pendingBytes = 0;

  constructor(encoder: FrameEncoder, extension?: Extension) {
    this.#encoder = encoder;
    this.#extension = extension;
  }

  /** Payload bytes that wait. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Messages, pieces and prepared frames that wait. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** Calls back when all that waits now has been written: at once when nothing does; never when it is discarded. */
  whenWritten(then: () => void): void {
    const last = this.#waiting.at(-1);
    if (last === undefined) then();
    else last.marks.push(then);
  }

  /** A whole text message. @param plain passes the extension over */
  text(text: string, plain = false): void {
    this.needIdle();
    if (this.#extension === undefined) this.#encoder.writeText(FIN | Opcode.Text, text);
    else this.#write({ first: FIN | Opcode.Text, payload: encoder.encode(text), asks: asks(plain), frames: false });
  }

  /** A whole binary message. @param plain passes the extension over */
  binary(payload: Uint8Array, plain = false): void {
    this.needIdle();
    if (this.#extension === undefined) this.#encoder.writeBytes(FIN | Opcode.Binary, payload);
    else this.#write({ first: FIN | Opcode.Binary, payload: this.#own(payload), asks: asks(plain), frames: false });
  }

  /** Frames that were encoded before. @param better what is to go instead, as soon as it is there; see `Connection.sendEncoded` */
  encoded(frames: Uint8Array, better?: Promise<Uint8Array>): void {
    this.needIdle();
    this.#write({ first: 0, payload: frames, asks: better, frames: true });
  }

  /** Writes what waits as it is, without its transformation: the close frame is next, and nothing may follow that. */
  flush(): void {
    const waiting = this.#waiting;
    this.discard();
    for (const one of waiting) {
      this.#put(one, undefined);
      for (const mark of one.marks) mark();
    }
  }

  /** Forgets what waits. */
  discard(): void {
    this.#waiting = NONE;
    this.#pendingBytes = 0;
    this.#busy = false;
  }

  /** The next piece of a message; see `Connection.sendPiece`. Messages in pieces are not transformed by an extension. */
  piece(piece: string | Uint8Array, final: boolean): void {
    const opcode = typeof piece === "string" ? Opcode.Text : Opcode.Binary;
    if (this.#opcode !== 0 && this.#opcode !== opcode) {
      throw new LocalError("ERR_PIECE_TYPE", "the pieces of one message must all be text or all be binary");
    }
    const first = (final ? FIN : 0) | (this.#opcode === 0 ? opcode : Opcode.Continuation);
    // The state moves after the frame is written: bytes whose memory is gone throw, and then nothing has begun.
    if (typeof piece === "string") this.#textPiece(first, this.#joinSurrogates(piece, final));
    else this.#write({ first, payload: this.#own(piece), asks: undefined, frames: false });
    this.#opcode = final ? 0 : opcode;
  }

  /** @throws LocalError ERR_MESSAGE_UNFINISHED while a message is being sent in pieces: another may not stand between them (§5.4) */
  needIdle(): void {
    if (this.#opcode !== 0) throw new LocalError("ERR_MESSAGE_UNFINISHED", "a message is being sent in pieces");
  }

  #textPiece(first: number, text: string): void {
    if (!this.#busy) this.#encoder.writeText(first, text);
    else this.#write({ first, payload: encoder.encode(text), asks: undefined, frames: false });
  }

  /** Writes at once, or when all that waits has been written. */
  #write(next: Next): void {
    if (!this.#busy && next.asks === undefined) this.#put(next, undefined);
    else {
      if (this.#waiting === NONE) this.#waiting = [];
      this.#waiting.push({ ...next, marks: [] });
      this.#pendingBytes += next.payload.length;
      if (!this.#busy) this.#advance();
    }
  }

  #advance(): void {
    this.#busy = true;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const { asks } = next;
      if (asks instanceof Promise) {
        this.#await(next, asks, (frames) => this.#put({ ...next, payload: frames }, undefined));
        return;
      }
      const encoded = asks && this.#extension!.encode((next.first & 0x0f) as DataOpcode, next.payload);
      if (encoded instanceof Promise) {
        this.#await(next, encoded, (late) => this.#put(next, late));
        return;
      }
      this.#done(next, () => this.#put(next, encoded));
    }
    this.#busy = false;
  }

  /** @param put writes the answer; without one, as an extension must not but may leave us, the message goes as it is */
  #await<Answer>(next: Waiting, pending: Promise<Answer>, put: (answer: Answer) => void): void {
    const go = (write: () => void) => {
      // Flushed or discarded meanwhile.
      if (this.#waiting[0] !== next) return;
      this.#done(next, write);
      this.#advance();
    };
    pending.then(
      (answer) => go(() => put(answer)),
      () => go(() => this.#put(next, undefined)),
    );
  }

  #done(next: Waiting, put: () => void): void {
    this.#waiting.shift();
    this.#pendingBytes -= next.payload.length;
    put();
    for (const mark of next.marks) mark();
  }

  #put({ first, payload, frames }: Next, encoded: Encoded): void {
    if (frames) this.#encoder.writeEncoded(payload);
    else this.#encoder.writeBytes(first | (encoded?.rsv ?? 0), encoded?.payload ?? payload);
  }

  /** What must not change while it waits: a copy, unless the caller promised that (see `Connection.sendBinary`). */
  #own(payload: Uint8Array): Uint8Array {
    const promised = !this.#encoder.masks && payload.length > COPY_LIMIT;
    return promised || (this.#extension === undefined && !this.#busy) ? payload : payload.slice();
  }

  #joinSurrogates(piece: string, final: boolean): string {
    const text = this.#half + piece;
    this.#half = "";
    const last = text.charCodeAt(text.length - 1);
    if (final || !(last >= 0xd800 && last <= 0xdbff)) return text;
    this.#half = text.slice(-1);
    return text.slice(0, -1);
  }
}

function asks(plain: boolean): "extension" | undefined {
  return plain ? undefined : "extension";
}

/**
 * The frame of a whole message as a server sends it, for `Connection.sendEncoded`: encoded once, sent to many.
 * @param encoded what an extension made of the message, to be sent instead of it
 */
export function encodeMessage(data: string | Uint8Array, encoded?: Encoded): Uint8Array {
  const buffer = new OutgoingBuffer();
  const frames = new FrameEncoder(buffer, portableKernel, undefined);
  const first = FIN | (typeof data === "string" ? Opcode.Text : Opcode.Binary);
  if (encoded !== undefined) frames.writeBytes(first | encoded.rsv, encoded.payload);
  else if (typeof data === "string") frames.writeText(first, data);
  else frames.writeBytes(first, data);
  return buffer.take();
}
