import { createHash } from "node:crypto";

/**
 * A message by its description, so that a peer in another process or in a browser makes it itself: 16 MiB need not travel twice.
 * Every peer implements these two forms; what it received it reports as a `Digest`.
 */
export type Payload =
  | { readonly type: "text"; readonly unit: string; readonly times: number }
  | { readonly type: "binary"; readonly size: number };

/** What an end says of a message: its content as hex when it is short, else its SHA-256. Text counts as UTF-8. */
export interface Digest {
  readonly type: "text" | "binary";
  readonly size: number;
  readonly digest: string;
}

/** Up to this many bytes the content itself stands for its digest, so that a difference can be read. */
export const READABLE = 64;

/** Length of the block that binary payloads repeat. Prime, so that no shift by a power of two goes unseen. */
export const BLOCK = 65_521;

/** A text. @param times how often it is repeated */
export function text(unit: string, times = 1): Payload {
  return { type: "text", unit, times };
}

/** Some bytes. */
export function binary(size: number): Payload {
  return { type: "binary", size };
}

/** The message that a payload describes. */
export function materialize(payload: Payload): string | Buffer {
  if (payload.type === "text") return payload.unit.repeat(payload.times);
  const block = Buffer.alloc(Math.min(BLOCK, payload.size));
  for (let i = 0; i < block.length; i++) block[i] = (i * 167 + (i >>> 8)) & 0xff;
  const bytes = Buffer.alloc(payload.size);
  for (let at = 0; at < payload.size; at += BLOCK) block.copy(bytes, at);
  return bytes;
}

/** The digest of a message that was received. */
export function digestOf(message: string | Uint8Array): Digest {
  const bytes = typeof message === "string" ? Buffer.from(message) : message;
  const digest =
    bytes.length <= READABLE ? Buffer.from(bytes).toString("hex") : createHash("sha256").update(bytes).digest("hex");
  return { type: typeof message === "string" ? "text" : "binary", size: bytes.length, digest };
}

/** The digest that a payload must have where it arrives. */
export function expected(payload: Payload): Digest {
  return digestOf(materialize(payload));
}

/** The messages of a sequence: short texts that say their place. */
export function inSequence(index: number): string {
  return `message ${index}`;
}
