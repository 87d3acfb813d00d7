import { type FrameReport, REPORT_PAYLOAD_BYTES } from "../../shared/frame-report.js";
import { bytesOfHex } from "./hex.js";

/** One frame as the page shows it, reported by the server or computed. */
export interface Frame {
  /** "up" goes from the browser to the server. */
  readonly direction: "up" | "down";
  readonly fin: boolean;
  readonly rsv: readonly [boolean, boolean, boolean];
  readonly opcode: number;
  readonly masked: boolean;
  /** Undefined when the frame is not masked, and when the browser keeps the key to itself. */
  readonly key: Uint8Array | undefined;
  readonly length: number;
  /** The bytes of the header; undefined for one that the page cannot know. */
  readonly header: readonly (number | undefined)[];
  /** The first bytes of the payload, unmasked. */
  readonly payload: Uint8Array;
  readonly truncated: boolean;
  /** Milliseconds; only differences mean anything. */
  readonly at: number;
  /** Not reported by the server but derived from the message. */
  readonly computed: boolean;
}

/** The opcodes of RFC 6455 section 5.2 by name. */
export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(Opcode).map(([name, code]) => [code, name.toLowerCase()]),
);

/** Name of an opcode in the standard's words; reserved ones have none. */
export function opcodeName(opcode: number): string {
  return names.get(opcode) ?? "reserved";
}

/** Is this a frame of a message, not a control frame? */
export function isData(frame: Frame): boolean {
  return frame.opcode < 8;
}

/**
 * The header bytes that RFC 6455 section 5.2 prescribes for one unfragmented frame without extensions. With `masked` the four
 * bytes of the key are unknown: the browser chooses them and shows them to nobody.
 */
export function headerOf(opcode: number, masked: boolean, length: number): (number | undefined)[] {
  const bit = masked ? 0x80 : 0;
  const header: (number | undefined)[] = [0x80 | opcode];
  if (length < 126) header.push(bit | length);
  else if (length < 65_536) header.push(bit | 126, length >> 8, length & 0xff);
  else {
    header.push(bit | 127);
    for (let shift = 7; shift >= 0; shift -= 1) header.push(Math.floor(length / 256 ** shift) % 256);
  }
  if (masked) header.push(undefined, undefined, undefined, undefined);
  return header;
}

/** A frame derived from a message, for when the server does not report. */
export function computedFrame(direction: "up" | "down", opcode: number, payload: Uint8Array, at: number): Frame {
  const masked = direction === "up";
  return {
    direction,
    fin: true,
    rsv: [false, false, false],
    opcode,
    masked,
    key: undefined,
    length: payload.length,
    header: headerOf(opcode, masked, payload.length),
    payload: payload.slice(0, REPORT_PAYLOAD_BYTES),
    truncated: payload.length > REPORT_PAYLOAD_BYTES,
    at,
    computed: true,
  };
}

/** A frame as the server saw it. */
export function reportedFrame(report: FrameReport): Frame {
  return {
    direction: report.direction === "in" ? "up" : "down",
    fin: report.fin,
    rsv: [report.rsv1, report.rsv2, report.rsv3],
    opcode: report.opcode,
    masked: report.masked,
    key: report.key === null ? undefined : bytesOfHex(report.key),
    length: report.length,
    header: [...bytesOfHex(report.header)],
    payload: bytesOfHex(report.payload),
    truncated: report.truncated,
    at: report.at,
    computed: false,
  };
}

/** Payload of a close frame: the code in two bytes, then the reason. 1005 stands for an empty one and is never sent. */
export function closePayload(code: number, reason: string): Uint8Array {
  if (code === 1005) return new Uint8Array();
  const text = new TextEncoder().encode(reason);
  const payload = new Uint8Array(2 + text.length);
  payload.set([code >> 8, code & 0xff]);
  payload.set(text, 2);
  return payload;
}

/** Code and reason of a close frame; no code if the payload is empty. */
export function readClose(payload: Uint8Array): { readonly code: number | undefined; readonly reason: string } {
  if (payload.length < 2) return { code: undefined, reason: "" };
  return { code: payload[0]! * 256 + payload[1]!, reason: new TextDecoder().decode(payload.subarray(2)) };
}

/** May a page close with this? The WebSocket API allows 1000 and the private range, and 123 bytes of reason. */
export function mayClose(code: number, reason: string): boolean {
  const allowed = code === 1000 || (code >= 3000 && code <= 4999);
  return Number.isInteger(code) && allowed && new TextEncoder().encode(reason).length <= 123;
}
