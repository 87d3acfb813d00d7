import { types } from "node:util";
import { MAX_REASON_BYTES } from "../../protocol/close-payload.js";
import type { ClientOptions } from "./client-options.js";
import { protocolList } from "./client-plan.js";
import { syntaxError } from "./url.js";

/** What may be sent. Anything else is made a string of, as Web IDL has it. */
export type WebSocketData = string | ArrayBuffer | ArrayBufferView | Blob;

/** What the arguments of the constructor behind the URL come to. */
export interface ConstructorArguments {
  readonly protocols: readonly string[];
  readonly options: ClientOptions;
}

/**
 * Tells subprotocols from options: `(url, protocols, options)` as in the standard with an object more, or `(url, options)`.
 * @param second a string, an iterable of strings, or options
 * @throws TypeError for an iterable that is not
 */
export function readArguments(second: unknown, third: unknown): ConstructorArguments {
  if (second === undefined) return withOptions(undefined, third);
  if (typeof second === "object" && second !== null) {
    if (Symbol.iterator in second) return withOptions(Array.from(second as Iterable<unknown>, String), third);
    return withOptions(undefined, second);
  }
  return withOptions([String(second)], third);
}

function withOptions(protocols: readonly string[] | undefined, options: unknown): ConstructorArguments {
  const given = (options ?? {}) as ClientOptions;
  return { protocols: protocols ?? protocolList(given.protocols), options: given };
}

/** The arguments of `close`: undefined for a close frame without a body. */
export interface CloseArguments {
  readonly code: number | undefined;
  readonly reason: string;
}

/**
 * Converts and checks the arguments of `close` (WHATWG WebSockets, "close(code, reason)").
 * @throws DOMException InvalidAccessError for a code that is neither 1000 nor from 3000 to 4999; SyntaxError for a reason of more than
 *   123 bytes
 */
export function readCloseArguments(code: unknown, reason: unknown): CloseArguments {
  const status = code === undefined ? undefined : clampToUint16(code);
  const text = reason === undefined ? "" : String(reason);
  if (status !== undefined && status !== 1000 && !(status >= 3000 && status <= 4999)) {
    throw new DOMException(`close code ${status} is neither 1000 nor from 3000 to 4999`, "InvalidAccessError");
  }
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > MAX_REASON_BYTES) throw syntaxError(`a close reason has at most ${MAX_REASON_BYTES} bytes, not ${bytes}`);
  // A reason cannot stand in a close frame without a code.
  return { code: status ?? (text === "" ? undefined : 1000), reason: text };
}

/**
 * Converts the argument of `send`.
 * @returns what goes out, and its size in bytes
 * @throws TypeError for shared memory, and for what cannot be made a string of
 */
export function readData(data: unknown): { readonly data: string | Uint8Array | Blob; readonly size: number } {
  if (typeof data === "string") return { data, size: Buffer.byteLength(data, "utf8") };
  if (ArrayBuffer.isView(data)) {
    if (types.isSharedArrayBuffer(data.buffer)) throw sharedMemory();
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), size: data.byteLength };
  }
  if (types.isArrayBuffer(data)) return { data: new Uint8Array(data), size: data.byteLength };
  if (types.isSharedArrayBuffer(data)) throw sharedMemory();
  if (data instanceof Blob) return { data, size: data.size };
  const text = String(data);
  // What `String` makes a text of, Web IDL refuses.
  if (typeof data === "symbol") throw new TypeError("a symbol cannot be sent");
  return { data: text, size: Buffer.byteLength(text, "utf8") };
}

function sharedMemory(): TypeError {
  return new TypeError("memory that is shared cannot be sent: it could change while it is");
}

/** Web IDL, "[Clamp] unsigned short". */
function clampToUint16(value: unknown): number {
  const number = +(value as number);
  if (Number.isNaN(number)) return 0;
  const clamped = Math.min(Math.max(number, 0), 0xffff);
  const floor = Math.floor(clamped);
  const half = clamped - floor;
  // Halves go to the even neighbour.
  return half > 0.5 || (half === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
