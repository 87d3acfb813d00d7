import { constants, createInflateRaw, deflateRaw } from "node:zlib";
import { TRAILER_LENGTH } from "../../protocol/deflate/trailer.js";
import type { DeflateSetup } from "../undocumented/kept-zlib.js";
import { joined, type Run } from "./inflation.js";

/**
 * Messages that are worked on at once in Node's threads. There are four by default, shared with files, DNS and crypto; zlib gives
 * its thread back after each CHUNK, so others wait for at most one of those.
 */
export const OFF_LOOP_LIMIT = 4;

const CHUNK = 64 * 1024;

/** Lets `OFF_LOOP_LIMIT` jobs run at once; the others wait in order. One for the process, since the threads are. */
export class Gate {
  readonly #places: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Jobs that run. */
  get running(): number {
    return this.#running;
  }

  /** Runs the job when it is its turn. @returns what the job gives */
  async run<Result>(job: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#places) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running++;
    try {
      return await job();
    } finally {
      const next = this.#waiting.shift();
      // The place goes from one to the next without being free in between.
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/** The gate of this process. */
export const gate: Gate = new Gate(OFF_LOOP_LIMIT);

/**
 * Compresses a message in another thread, by itself: it refers to no earlier one.
 * @returns the message without the trailer, or undefined when zlib could not
 */
export function compressOffLoop(payload: Uint8Array, setup: DeflateSetup): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    deflateRaw(payload, { ...setup, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK }, (error, whole) => {
      // A plain view, not a Buffer: what leaves here may reach an application.
      resolve(error ? undefined : new Uint8Array(whole.buffer, whole.byteOffset, whole.length - TRAILER_LENGTH));
    });
  });
}

/**
 * Runs a decompressor once in another thread; see `Engine.inflate`. It stops within one CHUNK behind the limit, and holds no more.
 * @param stopped asked after every chunk: true stops the work, with "invalid"
 */
export function inflateOffLoop(
  input: Uint8Array,
  dictionary: Uint8Array,
  room: number,
  stopped: () => boolean,
): Promise<Run> {
  return new Promise((resolve) => {
    const inflater = createInflateRaw({
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: Math.max(constants.Z_MIN_CHUNK, Math.min(room + 1, CHUNK)),
      ...(dictionary.length > 0 && { dictionary }),
    });
    const parts: Uint8Array[] = [];
    let length = 0;
    const end = (run: Run) => {
      resolve(run);
      inflater.destroy();
    };
    inflater.on("data", (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length > room) end("full");
      else if (stopped()) end("invalid");
    });
    // Stays for good: an error may come after the end, and one that nobody hears ends the process.
    inflater.on("error", () => end("invalid"));
    inflater.on("end", () => end({ output: joined(parts, length), used: inflater.bytesWritten }));
    inflater.end(input);
  });
}
