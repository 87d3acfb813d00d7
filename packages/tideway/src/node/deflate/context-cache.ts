import type { DeflateSetup } from "../undocumented/kept-zlib.js";
import type { Compressor, Engine } from "./engine.js";

/**
 * What zlib allocates for a compressor, in bytes: window and chains, the hash table (Chromium's zlib, which Node has, never makes it
 * smaller than 64 KiB), the symbols, the state itself. What was measured: docs/decisions/0008-permessage-deflate.md.
 */
export function contextBytes({ windowBits, memLevel }: DeflateSetup): number {
  return 2 ** (windowBits + 2) + Math.max(64 * 1024, 2 ** (memLevel + 8)) + 2 ** (memLevel + 8) + 8 * 1024;
}

interface Entry {
  readonly compressor: Compressor;
  readonly bytes: number;
}

/**
 * The compressors of connections that take contexts over: at most so many and so much memory, the longest unused goes first.
 *
 * To drop one is always allowed. The sender's next message simply refers to nothing before it; the receiver keeps its window and
 * does not notice: "context takeover" permits references, it does not demand them (RFC 7692 §7.1.1).
 */
export class ContextCache {
  readonly #engine: Engine;
  readonly #maxCount: number;
  readonly #maxBytes: number;
  /** In order of use, the longest unused first. */
  readonly #entries = new Map<object, Entry>();
  #bytes = 0;

  constructor(engine: Engine, maxCount: number, maxBytes: number) {
    this.#engine = engine;
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  /** Compressors kept. */
  get count(): number {
    return this.#entries.size;
  }

  /** Memory of the compressors kept, as `contextBytes` has it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The compressor of an owner: its own, or a fresh one. The one in use is never dropped for itself, even if it alone is too much. */
  take(owner: object, setup: DeflateSetup): Compressor {
    const kept = this.#entries.get(owner);
    if (kept !== undefined) {
      this.#entries.delete(owner);
      this.#entries.set(owner, kept);
      return kept.compressor;
    }
    const bytes = contextBytes(setup);
    for (const [oldest] of this.#entries) {
      if (this.#entries.size < this.#maxCount && this.#bytes + bytes <= this.#maxBytes) break;
      this.drop(oldest);
    }
    const entry = { compressor: this.#engine.open(setup), bytes };
    this.#entries.set(owner, entry);
    this.#bytes += bytes;
    return entry.compressor;
  }

  /** Drops the compressor of an owner, if it has one. */
  drop(owner: object): void {
    const entry = this.#entries.get(owner);
    if (entry === undefined) return;
    this.#entries.delete(owner);
    this.#bytes -= entry.bytes;
    entry.compressor.close();
  }

  /** Drops all. */
  clear(): void {
    for (const [owner] of this.#entries) this.drop(owner);
  }
}
