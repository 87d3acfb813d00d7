import { LocalError } from "./error.js";
import type { Extension } from "./extension.js";
import { FrameEncoder } from "./frame-encoder.js";
import { portableKernel } from "./kernel.js";
import { type DataOpcode, Opcode } from "./opcode.js";
import { OutgoingBuffer } from "./outgoing.js";

const FIN = 0x80;
const encoder = new TextEncoder();

/** Sends messages as frames: whole, or in pieces (RFC 6455 §5.4). */
export class MessageWriter {
  readonly #encoder: FrameEncoder;
  readonly #extension: Extension | undefined;
  /** Opcode of the message that is being sent in pieces, 0 when there is none. */
  #opcode = 0;
  /** A high surrogate at the end of a piece waits for its other half. */
  #half = "";

  constructor(encoder: FrameEncoder, extension?: Extension) {
    this.#encoder = encoder;
    this.#extension = extension;
  }

  /** A whole text message. */
  text(text: string): void {
    this.needIdle();
    if (this.#extension !== undefined) this.#extended(Opcode.Text, encoder.encode(text));
    else this.#encoder.writeText(FIN | Opcode.Text, text);
  }

  /** A whole binary message. */
  binary(payload: Uint8Array): void {
    this.needIdle();
    if (this.#extension !== undefined) this.#extended(Opcode.Binary, payload);
    else this.#encoder.writeBytes(FIN | Opcode.Binary, payload);
  }

  /** The next piece of a message; see `Connection.sendPiece`. Messages in pieces are not transformed by an extension. */
  piece(piece: string | Uint8Array, final: boolean): void {
    const opcode = typeof piece === "string" ? Opcode.Text : Opcode.Binary;
    if (this.#opcode !== 0 && this.#opcode !== opcode) {
      throw new LocalError("ERR_PIECE_TYPE", "the pieces of one message must all be text or all be binary");
    }
    const first = (final ? FIN : 0) | (this.#opcode === 0 ? opcode : Opcode.Continuation);
    // The state moves after the frame is written: bytes whose memory is gone throw, and then nothing has begun.
    if (typeof piece === "string") this.#encoder.writeText(first, this.#joinSurrogates(piece, final));
    else this.#encoder.writeBytes(first, piece);
    this.#opcode = final ? 0 : opcode;
  }

  /** @throws LocalError ERR_MESSAGE_UNFINISHED while a message is being sent in pieces: another may not stand between them (§5.4) */
  needIdle(): void {
    if (this.#opcode !== 0) throw new LocalError("ERR_MESSAGE_UNFINISHED", "a message is being sent in pieces");
  }

  #extended(opcode: DataOpcode, payload: Uint8Array): void {
    const encoded = this.#extension?.encode(opcode, payload);
    this.#encoder.writeBytes(FIN | opcode | (encoded?.rsv ?? 0), encoded?.payload ?? payload);
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

/** The frame of a whole message as a server sends it, for `Connection.sendEncoded`: encoded once, sent to many. */
export function encodeMessage(data: string | Uint8Array): Uint8Array {
  const buffer = new OutgoingBuffer();
  const writer = new MessageWriter(new FrameEncoder(buffer, portableKernel, undefined));
  if (typeof data === "string") writer.text(data);
  else writer.binary(data);
  return buffer.take();
}
