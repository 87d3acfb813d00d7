import { markAsUntransferable } from "node:worker_threads";
import { toOwned } from "./message-data.js";

/** Messages up to this lie in an array of their own on the engine's heap, which costs least: V8 has room for 64 bytes there. */
const SINGLE_BYTES = 64;
/** Messages up to this share a block: an ArrayBuffer for each would cost more than all else that is done for the message. */
const SHARED_BYTES = 1024;
const BLOCK_BYTES = 16 * 1024;

let block = new ArrayBuffer(0);
let bytesOfBlock = new Uint8Array(block);
let used = 0;

/**
 * A message as the receiver's own: nobody writes into its range again. From 65 bytes to 1 KiB it is a part of a block of 16 KiB, like a small
 * Buffer of Node's: its `buffer` is larger than it and holds messages of others, and a kept message keeps the block.
 * @param owned see `Sink.onBinary`
 */
export function copyMessage(bytes: Uint8Array, start: number, end: number, owned: boolean): Uint8Array<ArrayBuffer> {
  const length = end - start;
  if (owned || length <= SINGLE_BYTES || length > SHARED_BYTES) return toOwned(bytes, start, end, owned);
  if (used + length > block.byteLength) nextBlock();
  bytesOfBlock.set(toOwned(bytes, start, end, true), used);
  const copy = new Uint8Array(block, used, length);
  // The next one is aligned, for whoever reads numbers from it.
  used += (length + 7) & ~7;
  return copy;
}

function nextBlock(): void {
  // Not zeroed: what is handed out has been written before.
  block = Buffer.allocUnsafeSlow(BLOCK_BYTES).buffer as ArrayBuffer;
  // To transfer one message to a worker would take the others away.
  markAsUntransferable(block);
  bytesOfBlock = new Uint8Array(block);
  used = 0;
}
