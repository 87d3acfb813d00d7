import type { DeflateCodec } from "../../protocol/deflate/codec.js";
import { codecClosed } from "../../protocol/deflate/failure.js";
import { type DeflateDirection, type DeflateDirections, MIN_DEFLATE_BITS } from "../../protocol/deflate/parameter.js";
import { EMPTY_MESSAGE, TAIL } from "../../protocol/deflate/trailer.js";
import { TidewayError } from "../../protocol/error.js";
import type { Failure } from "../../protocol/sink.js";
import type { DeflateSetup } from "../undocumented/kept-zlib.js";
import type { ContextCache } from "./context-cache.js";
import type { Compressor, Engine } from "./engine.js";
import { History } from "./history.js";
import { Inflation, withTail } from "./inflation.js";
import { compressOffLoop, gate, inflateOffLoop } from "./off-loop.js";
import { inputScratch } from "./scratch.js";

const EMPTY = new Uint8Array(0);

/** From these sizes on a message is handled off the loop; measured, see docs/decisions/0008-permessage-deflate.md. */
export interface Boundary {
  /** Bytes of a message to be compressed. */
  readonly compress: number;
  /** Bytes of a compressed message that has come. */
  readonly received: number;
  /** Bytes it decompresses to: beyond them the work done so far is thrown away and done again off the loop. */
  readonly decompressed: number;
}

/** What the codecs of one server or client share: `DeflatePool`. */
export interface CodecHost {
  readonly boundary: Boundary;
  readonly engine: Engine;
  /** The compressors of connections with takeover. */
  readonly contexts: ContextCache;
  /** How a direction is compressed. */
  setup(direction: DeflateDirection): DeflateSetup;
  /** The compressor that all without takeover share. */
  shared(setup: DeflateSetup): Compressor;
  /** Throws a shared compressor away. */
  dropShared(setup: DeflateSetup): void;
}

/** The codec of one connection: nothing but what its pool cannot share. */
export class PooledCodec implements DeflateCodec {
  readonly #host: CodecHost;
  readonly #setup: DeflateSetup;
  /** False where the server allows a window of 256 bytes only, see MIN_DEFLATE_BITS. */
  readonly #compresses: boolean;
  readonly #takeover: boolean;
  readonly #history: History | undefined;
  #closed = false;

  constructor(host: CodecHost, { send, receive }: DeflateDirections) {
    this.#host = host;
    this.#setup = host.setup(send);
    this.#compresses = send.windowBits >= MIN_DEFLATE_BITS;
    this.#takeover = send.takeover;
    this.#history = receive.takeover ? new History(receive.windowBits) : undefined;
  }

  compress(payload: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#closed || !this.#compresses) return undefined;
    // Never given to zlib: a second flush with nothing in between writes nothing, and a message of no octets cannot be read.
    if (payload.length === 0) return Uint8Array.of(EMPTY_MESSAGE);
    if (payload.length > this.#host.boundary.compress) return this.#compressOffLoop(payload);
    const host = this.#host;
    const compressor = this.#takeover ? host.contexts.take(this, this.#setup) : host.shared(this.#setup);
    if (!this.#takeover) compressor.reset();
    const compressed = compressor.compress(payload);
    if (compressed === undefined) {
      host.contexts.drop(this);
      host.dropShared(this.#setup);
    }
    return compressed;
  }

  decompress(payload: Uint8Array, limit: number): Uint8Array | Failure | Promise<Uint8Array | Failure> {
    if (this.#closed) return codecClosed();
    // What zlib writes for a flush with nothing before it; some send it for an empty message instead of 00.
    if (payload.length === 0) return new Uint8Array(0);
    const { boundary } = this.#host;
    if (payload.length > boundary.received) return this.#decompressOffLoop(payload, limit);
    const most = Math.min(limit, boundary.decompressed);
    const result = this.#decompress(payload, most);
    const unfinished = result instanceof TidewayError && result.code === "ERR_MESSAGE_TOO_BIG" && most < limit;
    return unfinished ? this.#decompressOffLoop(payload, limit) : this.#remember(result);
  }

  close(): void {
    this.#closed = true;
    this.#host.contexts.drop(this);
    this.#history?.clear();
  }

  #compressOffLoop(payload: Uint8Array): Promise<Uint8Array | undefined> {
    // The message refers to nothing before it, and what comes after must not refer to what stood before it.
    this.#host.contexts.drop(this);
    return gate.run(async () => {
      const compressed = this.#closed ? undefined : await compressOffLoop(payload, this.#setup);
      return this.#closed ? undefined : compressed;
    });
  }

  #decompress(payload: Uint8Array, limit: number): Uint8Array | Failure {
    const input = withTail(payload, inputScratch.take(payload.length + TAIL.length));
    const inflation = new Inflation(input, this.#history?.bytes ?? EMPTY, limit);
    for (;;) {
      const { dictionary, room } = inflation;
      const result = inflation.take(this.#host.engine.inflate(inflation.input, dictionary, room));
      if (result !== undefined) return result;
    }
  }

  #decompressOffLoop(payload: Uint8Array, limit: number): Promise<Uint8Array | Failure> {
    const stopped = () => this.#closed;
    return gate.run(async () => {
      const inflation = new Inflation(withTail(payload), this.#history?.bytes ?? EMPTY, limit);
      let result: Uint8Array | Failure | undefined;
      while (result === undefined && !this.#closed) {
        const { input, dictionary, room } = inflation;
        result = inflation.take(await inflateOffLoop(input, dictionary, room, stopped));
      }
      return result === undefined || this.#closed ? codecClosed() : this.#remember(result);
    });
  }

  #remember(result: Uint8Array | Failure): Uint8Array | Failure {
    if (!(result instanceof TidewayError)) this.#history?.add(result);
    return result;
  }
}
