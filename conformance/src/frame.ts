/**
 * Frames as data, and their bytes (RFC 6455 §5.2). Written apart from the library under test on purpose: a fault in one encoder must not
 * be hidden by the same fault in the other. Everything wrong that a case wants to send can be said here.
 */

/** What an end of a connection is. */
export type Role = "server" | "client";

/** Payload bytes as data: text to be sent as UTF-8, octets as hex or as they are, or generated content of a size. */
export type Payload =
  | string
  | { readonly hex: string }
  | { readonly octets: Uint8Array }
  | { readonly kind: "text" | "binary"; readonly size: number };

/** One frame, right or wrong. */
export interface FrameSpec {
  readonly opcode: number;
  /** Default true. */
  readonly fin?: boolean;
  /** RSV1 = 4, RSV2 = 2, RSV3 = 1. Default 0. */
  readonly rsv?: number;
  /** Default empty. */
  readonly payload?: Payload;
  /** Bits of the length field. Default: the shortest form that fits. */
  readonly form?: 7 | 16 | 64;
  /** The length in the header, if it is not that of the payload. */
  readonly declared?: bigint;
  /** "wrong": masked by a server, not masked by a client. */
  readonly masking?: "wrong";
  /** Masking key; default: one that depends on the place of the frame. */
  readonly key?: number;
}

/** Opcodes by name (RFC 6455 §5.2). */
export const Op = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

const encoder = new TextEncoder();

/** The bytes of a payload. */
export function payloadBytes(payload: Payload = ""): Uint8Array {
  if (typeof payload === "string") return encoder.encode(payload);
  if ("hex" in payload) return fromHex(payload.hex);
  if ("octets" in payload) return payload.octets;
  return payload.kind === "text" ? generatedText(payload.size) : generatedBytes(payload.size);
}

/** Octets a payload has, without making them. */
export function payloadLength(payload: Payload = ""): number {
  return typeof payload !== "string" && "size" in payload ? payload.size : payloadBytes(payload).length;
}

/** ASCII that differs from place to place, so that a shifted or lost part is seen. */
function generatedText(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i % 61 === 60 ? 0x0a : 0x21 + ((i * 7 + (i >>> 8) * 13) % 94);
  return bytes;
}

/** All octet values, with a period that no power of two divides. */
function generatedBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >>> 8) * 17 + 5) & 0xff;
  return bytes;
}

/** A key for a frame: never zero, different from frame to frame, the same in every run. */
export function keyOf(index: number): number {
  return (0x9d3c5a71 + Math.imul(index, 0x01000193)) >>> 0 || 1;
}

/**
 * The bytes of a frame.
 * @param sender who sends it: a client masks, a server does not (§5.1)
 * @param index place among the frames of its sender; chooses the masking key
 */
export function encodeFrame(spec: FrameSpec, sender: Role, index = 0): Uint8Array {
  const payload = payloadBytes(spec.payload);
  const length = spec.declared ?? BigInt(payload.length);
  const masked = (sender === "client") !== (spec.masking === "wrong");
  const form = spec.form ?? (length <= 125n ? 7 : length <= 0xffffn ? 16 : 64);
  const extended = form === 7 ? 0 : form / 8;
  const frame = new Uint8Array(2 + extended + (masked ? 4 : 0) + payload.length);
  frame[0] = ((spec.fin ?? true) ? 0x80 : 0) | ((spec.rsv ?? 0) << 4) | spec.opcode;
  frame[1] = (masked ? 0x80 : 0) | (form === 7 ? Number(length) : form === 16 ? 126 : 127);
  for (let i = 0; i < extended; i++) frame[2 + i] = Number((length >> BigInt(8 * (extended - 1 - i))) & 0xffn);
  let at = 2 + extended;
  const key = spec.key ?? keyOf(index);
  if (masked) for (let i = 0; i < 4; i++) frame[at++] = (key >>> (24 - 8 * i)) & 0xff;
  frame.set(payload, at);
  if (masked) maskInPlace(frame, at, key);
  return frame;
}

/** "transformed-octet-i = original-octet-i XOR masking-key-octet-j", j = i MOD 4 (§5.3). */
export function maskInPlace(bytes: Uint8Array, start: number, key: number): void {
  for (let i = start; i < bytes.length; i++) bytes[i] = bytes[i]! ^ ((key >>> (24 - 8 * ((i - start) & 3))) & 0xff);
}

/** A text frame. */
export function text(payload: Payload, more: Partial<FrameSpec> = {}): FrameSpec {
  return { opcode: Op.Text, payload, ...more };
}

/** A binary frame. */
export function binary(payload: Payload, more: Partial<FrameSpec> = {}): FrameSpec {
  return { opcode: Op.Binary, payload, ...more };
}

/** A continuation frame that ends its message, unless `more` says otherwise. */
export function continuation(payload: Payload, more: Partial<FrameSpec> = {}): FrameSpec {
  return { opcode: Op.Continuation, payload, ...more };
}

/** A ping. */
export function ping(payload: Payload = "", more: Partial<FrameSpec> = {}): FrameSpec {
  return { opcode: Op.Ping, payload, ...more };
}

/** A pong nobody asked for. */
export function pong(payload: Payload = "", more: Partial<FrameSpec> = {}): FrameSpec {
  return { opcode: Op.Pong, payload, ...more };
}

/** A close frame with a code, and a reason given as text or as hex of its octets. */
export function close(
  code: number,
  reason: string | { readonly hex: string } = "",
  more: Partial<FrameSpec> = {},
): FrameSpec {
  const octets = typeof reason === "string" ? toHex(encoder.encode(reason)) : reason.hex;
  return { opcode: Op.Close, payload: { hex: code.toString(16).padStart(4, "0") + octets }, ...more };
}

/** Octets as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** The octets that some hex says; blanks may stand between them. */
export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.includes(" ") ? hex.replaceAll(" ", "") : hex, "hex"));
}

/** Several pieces as one. */
export function join(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
