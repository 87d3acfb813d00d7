import { outputArena } from "./arena.js";

/** Small enough that a slow reader, who pins one while its write is under way, pins little. */
const SPARE_BYTES = 16 * 1024;
/** Spare slabs that are kept when nobody uses them. */
const KEPT_SPARES = 16;

/** Room for frames that all connections share, because nearly always they leave in the same turn. */
export class Slab {
  readonly bytes: Uint8Array;
  /** bytes[0, used) belong to those who hold the slab. */
  used = 0;
  /** Outputs with bytes in it. When the last one lets go, it is used from its beginning again. */
  holders = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

const arena = new Slab(outputArena);
const spares: Slab[] = [];
let current: Slab = arena;

/** The slab to be filled, with room for so much. @returns undefined when it has none, and so much is better put elsewhere */
export function slabFor(length: number): Slab | undefined {
  if (current.used + length <= current.bytes.length) return current;
  if (length > SPARE_BYTES) return undefined;
  leave(current);
  return current;
}

/** It is not filled any further until all who hold it have let go: a write out of it is under way. */
export function leave(slab: Slab): void {
  if (slab === current) current = spares.pop() ?? new Slab(Buffer.allocUnsafeSlow(SPARE_BYTES));
}

/** One who held it lets go. */
export function release(slab: Slab): void {
  if (--slab.holders > 0) return;
  slab.used = 0;
  if (slab === current) return;
  if (slab === arena) {
    if (current.holders === 0) keep(current);
    current = arena;
  } else keep(slab);
}

function keep(spare: Slab): void {
  if (spares.length < KEPT_SPARES) spares.push(spare);
}
