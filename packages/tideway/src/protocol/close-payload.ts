import { CloseCode, isWireCloseCode } from "./close-code.js";
import { LocalError, PeerError } from "./error.js";
import type { Kernel } from "./kernel.js";
import { UTF8_START } from "./utf8.js";

/** Most bytes of UTF-8 in a close reason: 125 of a control frame less the two of the code (RFC 6455 §5.5, §5.5.1). */
export const MAX_REASON_BYTES = 123;

/** What a close frame says. */
export interface ClosePayload {
  readonly code: number;
  readonly reason: string;
}

/** What one byte of a close frame is: half a code (RFC 6455 §5.5.1). Its length says so before it has arrived. */
export function halfCloseCode(): PeerError {
  return new PeerError("ERR_CLOSE_LENGTH", 1002, "a close frame of one byte");
}

/** Reads the payload of a close frame (RFC 6455 §5.5.1): empty, or a code and a reason. */
export function readClosePayload(payload: Uint8Array, kernel: Kernel): ClosePayload | PeerError {
  // §7.1.5: "If this Close control frame contains no status code, _The WebSocket Connection Close Code_ is considered to be 1005."
  if (payload.length === 0) return { code: CloseCode.NoStatusReceived, reason: "" };
  // §5.5.1: if there is a body, "the first two bytes of the body MUST be a 2-byte unsigned integer".
  if (payload.length === 1) return halfCloseCode();
  const code = payload[0]! * 256 + payload[1]!;
  if (!isWireCloseCode(code)) return new PeerError("ERR_CLOSE_CODE", 1002, `close code ${code} may not be sent`);
  if (kernel.validateUtf8(UTF8_START, payload, 2, payload.length) !== UTF8_START) {
    return new PeerError("ERR_UTF8", 1007, "a close reason is not valid UTF-8");
  }
  return { code, reason: kernel.decodeUtf8(payload, 2, payload.length) };
}

/**
 * The payload of a close frame.
 * @param code a code that may stand in a frame, or 1005 for a frame without one
 * @param reason at most 123 bytes as UTF-8
 * @throws LocalError ERR_CLOSE_ARGUMENT for anything else
 */
export function writeClosePayload(code: number, reason: string, kernel: Kernel): Uint8Array {
  if (code === CloseCode.NoStatusReceived && reason === "") return new Uint8Array(0);
  if (!isWireCloseCode(code)) throw new LocalError("ERR_CLOSE_ARGUMENT", `close code ${code} may not be sent`);
  if (typeof reason !== "string") throw new LocalError("ERR_CLOSE_ARGUMENT", "a close reason is a string");
  if (reason.length > MAX_REASON_BYTES) throw tooLong();
  const target = new Uint8Array(2 + reason.length * 3);
  target[0] = code >>> 8;
  target[1] = code & 0xff;
  const length = kernel.encodeUtf8(reason, target, 2);
  if (length > MAX_REASON_BYTES) throw tooLong();
  return target.slice(0, 2 + length);
}

/** The longest beginning of a text that fits into a close reason, never ending within a character. */
export function cutReason(text: string, kernel: Kernel): string {
  const target = new Uint8Array(MAX_REASON_BYTES * 3);
  let units = Math.min(text.length, MAX_REASON_BYTES);
  for (; units > 0; units--) {
    const last = text.charCodeAt(units - 1);
    if (last >= 0xd800 && last <= 0xdbff) continue;
    if (kernel.encodeUtf8(text.slice(0, units), target, 0) <= MAX_REASON_BYTES) break;
  }
  return text.slice(0, units);
}

function tooLong(): LocalError {
  return new LocalError("ERR_CLOSE_ARGUMENT", `a close reason may have ${MAX_REASON_BYTES} bytes of UTF-8`);
}
