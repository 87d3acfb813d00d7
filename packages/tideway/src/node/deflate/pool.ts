import type { DeflateCodec } from "../../protocol/deflate/codec.js";
import type { DeflateSettings } from "../../protocol/deflate/option.js";
import type { DeflateDirections } from "../../protocol/deflate/parameter.js";
import type { DeflateSetup } from "../undocumented/kept-zlib.js";
import { ContextCache } from "./context-cache.js";
import { type Compressor, type Engine, openEngine } from "./engine.js";
import { type Boundary, type CodecHost, PooledCodec } from "./pooled-codec.js";

/** The default: about where a hop to another thread costs the loop as much as the work (docs/decisions/0008-permessage-deflate.md). */
export const BOUNDARY: Boundary = { compress: 32 * 1024, received: 32 * 1024, decompressed: 128 * 1024 };

/** With takeover a compressor is one connection's: half the memory of the largest (docs/decisions/0008-permessage-deflate.md). */
const OWN_WINDOW_BITS = 13;
const OWN_MEM_LEVEL = 6;
const SHARED_MEM_LEVEL = 8;

/** How a pool is made, beyond its settings. */
export interface PoolOptions {
  /** What works at once. Default: the best this runtime has, see `openEngine`. */
  readonly engine?: Engine | undefined;
  /** From which sizes on messages are handled off the loop. Default BOUNDARY; all zero: everything is. */
  readonly boundary?: Boundary | undefined;
}

/**
 * What the connections of one server (or client) share for permessage-deflate: zlib states, memory, limits.
 *
 * A connection without takeover owns nothing here: all use one decompressor, and one compressor for each window size, at once and
 * one after another. With takeover it owns the end of what it received (`History`), and as long as it is among the busiest a compressor.
 */
export class DeflatePool implements CodecHost {
  readonly settings: DeflateSettings;
  readonly boundary: Boundary;
  readonly engine: Engine;
  /** The compressors of connections with takeover. */
  readonly contexts: ContextCache;

  readonly #shared = new Map<number, Compressor>();

  constructor(settings: DeflateSettings, { engine = openEngine(), boundary = BOUNDARY }: PoolOptions = {}) {
    this.settings = settings;
    this.boundary = boundary;
    this.engine = engine;
    this.contexts = new ContextCache(this.engine, settings.maxContexts, settings.maxContextBytes);
  }

  /** The codec of a connection: an `OpenDeflateCodec`. */
  open(directions: DeflateDirections): DeflateCodec {
    return new PooledCodec(this, directions);
  }

  /** Part of `CodecHost`: how a direction is compressed. A smaller window than agreed is always allowed: the parameter is a "max". */
  setup(direction: DeflateDirections["send"]): DeflateSetup {
    const { level, memLevel } = this.settings;
    return direction.takeover
      ? { level, windowBits: Math.min(direction.windowBits, OWN_WINDOW_BITS), memLevel: memLevel ?? OWN_MEM_LEVEL }
      : { level, windowBits: direction.windowBits, memLevel: memLevel ?? SHARED_MEM_LEVEL };
  }

  /** Part of `CodecHost`: the compressor that all connections without takeover and with this window share. */
  shared(setup: DeflateSetup): Compressor {
    let compressor = this.#shared.get(setup.windowBits);
    if (compressor === undefined) {
      compressor = this.engine.open(setup);
      this.#shared.set(setup.windowBits, compressor);
    }
    return compressor;
  }

  /** Part of `CodecHost`: a shared compressor that failed is not used again. */
  dropShared(setup: DeflateSetup): void {
    this.#shared.get(setup.windowBits)?.close();
    this.#shared.delete(setup.windowBits);
  }

  /** Gives all memory back. Codecs that are still used get it anew. */
  close(): void {
    this.contexts.clear();
    for (const compressor of this.#shared.values()) compressor.close();
    this.#shared.clear();
    this.engine.close();
  }
}
