import { randomFillSync } from "node:crypto";

const POOL_KEYS = 1024;
const pool = new Uint32Array(POOL_KEYS);
let used = POOL_KEYS;

/** A masking key from the system's cryptographic source (RFC 6455 §10.3), drawn 1024 at a time: one call into it costs as much. */
export function nextMaskingKey(): number {
  if (used === POOL_KEYS) {
    randomFillSync(pool);
    used = 0;
  }
  const key = pool[used]!;
  // A key that has been used must not be found in memory later.
  pool[used++] = 0;
  return key;
}
