import { DocumentedEngine, type Engine, KeptEngine } from "../node/deflate/engine.js";
import { DeflatePool } from "../node/deflate/pool.js";
import { keptZlib } from "../node/undocumented/kept-zlib.js";
import type { OpenDeflateCodec } from "../protocol/deflate/codec.js";
import { type DeflateOptions, resolveDeflateOptions } from "../protocol/deflate/option.js";

/** Which zlib works: states that are kept (where this Node has what that needs, else undefined), or the documented calls. */
export type CodecEngine = "kept" | "documented";

/** How codecs for tests are made. */
export interface CodecPoolOptions {
  readonly engine: CodecEngine;
  readonly deflate?: DeflateOptions;
  /**
   * Told of each run of the decompressor.
   * @param room most bytes that were still allowed
   * @param given bytes that came out; undefined: it was refused
   */
  readonly onRun?: (room: number, given: number | undefined) => void;
}

/** Codecs that share what the connections of one server share. */
export interface CodecPool {
  readonly open: OpenDeflateCodec;
  /** Gives the memory back. */
  close(): void;
}

/**
 * Codecs of permessage-deflate as the server has them, but without threads: every answer comes at once, whatever the size.
 * @returns undefined when this runtime lacks the engine
 */
export function codecPool({ engine: name, deflate = {}, onRun }: CodecPoolOptions): CodecPool | undefined {
  const makers = keptZlib();
  if (name === "kept" && makers === undefined) return undefined;
  const engine = name === "kept" ? new KeptEngine(makers!) : new DocumentedEngine();
  const always = { compress: Infinity, received: Infinity, decompressed: Infinity };
  const settings = resolveDeflateOptions("server", deflate);
  const pool = new DeflatePool(settings, { engine: onRun ? watched(engine, onRun) : engine, boundary: always });
  return { open: (directions) => pool.open(directions), close: () => pool.close() };
}

function watched(engine: Engine, onRun: NonNullable<CodecPoolOptions["onRun"]>): Engine {
  return {
    open: (setup) => engine.open(setup),
    inflate(input, dictionary, room) {
      const run = engine.inflate(input, dictionary, room);
      onRun(room, typeof run === "string" ? undefined : run.output.length);
      return run;
    },
    close: () => engine.close(),
  };
}
