import { types } from "node:util";

/** What can be sent: text, or bytes. */
export type MessageInput = string | ArrayBuffer | ArrayBufferView;

/** Text as it is, bytes as a Uint8Array over the same memory. @throws TypeError for anything else */
export function toMessage(data: MessageInput): string | Uint8Array {
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // Not `instanceof`: memory may come from another realm, as it does in some test runners.
  if (types.isArrayBuffer(data)) return new Uint8Array(data);
  throw new TypeError("a message is a string, an ArrayBuffer or a view of one");
}

/**
 * Bytes as the sink gives them, as a Uint8Array of the receiver's own.
 * @param owned see `Sink.onBinary`
 */
export function toOwned(bytes: Uint8Array, start: number, end: number, owned: boolean): Uint8Array<ArrayBuffer> {
  const view = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, end - start);
  return owned ? view : new Uint8Array(view);
}
