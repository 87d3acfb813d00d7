import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { TRAILER_LENGTH } from "../../protocol/deflate/trailer.js";
import { type DeflateSetup, type KeptZlib, type KeptZlibMakers, keptZlib } from "../undocumented/kept-zlib.js";
import { MAX_HISTORY } from "./history.js";
import type { Run } from "./inflation.js";
import { outputScratch } from "./scratch.js";

/** A compressor with a memory of its own: what it compressed before may be referred to. */
export interface Compressor {
  /** @returns the message without the trailer, the caller's to keep; undefined when zlib failed, and then only `close` may be called */
  compress(payload: Uint8Array): Uint8Array | undefined;
  /** Refers to nothing before this any more. */
  reset(): void;
  /** Gives its memory back. */
  close(): void;
}

/** DEFLATE at once, in this thread. Two implementations, chosen by `keptZlib`, that pass the same tests. */
export interface Engine {
  /** A new compressor. */
  open(setup: DeflateSetup): Compressor;
  /**
   * Runs a decompressor once, from a fresh state with `dictionary` as its window.
   * @param room most bytes of output; stops at one more
   */
  inflate(input: Uint8Array, dictionary: Uint8Array, room: number): Run;
  /** Gives everything back. */
  close(): void;
}

/** With nothing but the documented API: every message in a state of its own, so no message refers to an earlier one of ours. */
export class DocumentedEngine implements Engine {
  open(setup: DeflateSetup): Compressor {
    return {
      compress: (payload) => {
        const whole = deflateRawSync(payload, { ...setup, finishFlush: constants.Z_SYNC_FLUSH });
        return new Uint8Array(whole.subarray(0, whole.length - TRAILER_LENGTH));
      },
      reset: () => {},
      close: () => {},
    };
  }

  inflate(input: Uint8Array, dictionary: Uint8Array, room: number): Run {
    try {
      const result: unknown = inflateRawSync(input, {
        finishFlush: constants.Z_SYNC_FLUSH,
        // Node wants at least 1; what is over is seen by its length.
        maxOutputLength: room + 1,
        chunkSize: Math.max(constants.Z_MIN_CHUNK, Math.min(room + 1, constants.Z_DEFAULT_CHUNK)),
        info: true,
        ...(dictionary.length > 0 && { dictionary }),
      });
      const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
      return buffer.length > room ? "full" : { output: new Uint8Array(buffer), used: engine.bytesWritten };
    } catch (error) {
      // Of Node's errors here only that of maxOutputLength is one of range.
      return error instanceof RangeError ? "full" : "invalid";
    }
  }

  close(): void {}
}

/** The best engine this runtime has. */
export function openEngine(): Engine {
  const makers = keptZlib();
  return makers === undefined ? new DocumentedEngine() : new KeptEngine(makers);
}

/** The header of a stored block without the end mark (RFC 1951 §3.2.4): 00, LEN, NLEN. */
const STORED_HEADER = 5;

/** With kept states: one decompressor for all connections, told each time what went before. */
export class KeptEngine implements Engine {
  readonly #makers: KeptZlibMakers;
  readonly #header = new Uint8Array(STORED_HEADER);
  #inflater: KeptZlib | undefined;

  constructor(makers: KeptZlibMakers) {
    this.#makers = makers;
  }

  open(setup: DeflateSetup): Compressor {
    const state = this.#makers.deflate(setup);
    return {
      compress: (payload) => compressKept(state, payload),
      reset: () => state.reset(),
      close: () => state.close(),
    };
  }

  inflate(input: Uint8Array, dictionary: Uint8Array, room: number): Run {
    const inflater = this.#inflater ?? this.#makers.inflate();
    // Taken out while it works, so that a state in which anything went wrong is not used for the next message.
    this.#inflater = undefined;
    inflater.reset();
    const output = outputScratch.take(Math.max(room + 1, MAX_HISTORY));
    const valid = this.#prime(inflater, dictionary, output) && inflater.write(input, output.subarray(0, room + 1), 0);
    if (!valid) {
      inflater.close();
      return "invalid";
    }
    this.#inflater = inflater;
    if (inflater.outputLeft === 0) return "full";
    return { output: output.slice(0, room + 1 - inflater.outputLeft), used: input.length - inflater.inputLeft };
  }

  close(): void {
    this.#inflater?.close();
    this.#inflater = undefined;
  }

  /** A stored block holding the dictionary puts it into the window; what comes out is not looked at. */
  #prime(inflater: KeptZlib, dictionary: Uint8Array, output: Uint8Array): boolean {
    const { length } = dictionary;
    if (length === 0) return true;
    const header = this.#header;
    header[1] = length & 0xff;
    header[2] = length >> 8;
    header[3] = ~header[1];
    header[4] = ~header[2];
    return inflater.write(header, output, 0) && inflater.write(dictionary, output, 0);
  }
}

function compressKept(state: KeptZlib, payload: Uint8Array): Uint8Array | undefined {
  // zlib's own bound for any setup, rounded up, so that one call is enough.
  const output = outputScratch.take(payload.length + (payload.length >> 2) + 1024);
  if (!state.write(payload, output, 0) || state.outputLeft === 0) return undefined;
  return output.slice(0, output.length - state.outputLeft - TRAILER_LENGTH);
}
