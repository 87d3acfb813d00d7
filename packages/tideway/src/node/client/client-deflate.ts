import type { DeflateSettings } from "../../protocol/deflate/option.js";
import { DeflatePool } from "../deflate/pool.js";

const pools = new Map<string, { readonly pool: DeflatePool; users: number }>();

/** The pool that all clients with the same settings share. */
export function takePool(settings: DeflateSettings): DeflatePool {
  const key = keyOf(settings);
  const entry = pools.get(key) ?? { pool: new DeflatePool(settings), users: 0 };
  entry.users++;
  pools.set(key, entry);
  return entry.pool;
}

/** Gives it back: once for each `takePool`. The last one frees its memory. */
export function returnPool({ settings }: DeflatePool): void {
  const entry = pools.get(keyOf(settings));
  if (entry === undefined || --entry.users > 0) return;
  pools.delete(keyOf(settings));
  entry.pool.close();
}

/** JSON has no Infinity. */
function keyOf(settings: DeflateSettings): string {
  return JSON.stringify(settings, (_, value: unknown) => (value === Number.POSITIVE_INFINITY ? "Infinity" : value));
}
