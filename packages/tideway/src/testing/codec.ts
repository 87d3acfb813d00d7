import { DocumentedEngine, type Engine, KeptEngine } from "../node/deflate/engine.js";
import { DeflatePool } from "../node/deflate/pool.js";
import type { Boundary } from "../node/deflate/pooled-codec.js";
import { keptZlib } from "../node/undocumented/kept-zlib.js";
import type { OpenDeflateCodec } from "../protocol/deflate/codec.js";
import { type DeflateOptions, resolveDeflateOptions } from "../protocol/deflate/option.js";

/** Which zlib works: states that are kept (where this Node has what that needs, else undefined), or the documented calls. */
export type CodecEngine = "kept" | "documented";

/** When a codec answers: "at once", in the call; or "pending", with a promise from another thread, so that a core has to wait. */
export type CodecAnswer = "at once" | "pending";

/** How codecs for tests are made. */
export interface CodecPoolOptions {
  readonly engine: CodecEngine;
  readonly deflate?: DeflateOptions;
  /** Default "at once". */
  readonly answer?: CodecAnswer;
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

const BOUNDARIES: Readonly<Record<CodecAnswer, Boundary>> = {
  "at once": { compress: Infinity, received: Infinity, decompressed: Infinity },
  pending: { compress: 0, received: 0, decompressed: 0 },
};

/**
 * Codecs of permessage-deflate as the server has them, but with the answer at one time, whatever the size of a message. An empty message is
 * answered at once in any case.
 * @returns undefined when this runtime lacks the engine
 */
export function codecPool({
  engine: name,
  deflate = {},
  answer = "at once",
  onRun,
}: CodecPoolOptions): CodecPool | undefined {
  const makers = keptZlib();
  if (name === "kept" && makers === undefined) return undefined;
  const engine = name === "kept" ? new KeptEngine(makers!) : new DocumentedEngine();
  const settings = resolveDeflateOptions("server", deflate);
  const pool = new DeflatePool(settings, {
    engine: onRun ? watched(engine, onRun) : engine,
    boundary: BOUNDARIES[answer],
  });
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
