import { createHash } from "node:crypto";

/** SHA-1 as the handshake takes it. */
export function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha1").update(bytes).digest());
}
