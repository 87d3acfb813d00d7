import { DocumentedEngine, type Engine, KeptEngine } from "../../../dist/node/deflate/engine.js";
import { DeflatePool } from "../../../dist/node/deflate/pool.js";
import { keptZlib } from "../../../dist/node/undocumented/kept-zlib.js";
import type { DeflateCodec } from "../../../dist/protocol/deflate/codec.js";
import { type DeflateOptions, resolveDeflateOptions } from "../../../dist/protocol/deflate/option.js";
import type { Failure } from "../../../dist/protocol/sink.js";

const big = 64 * 1024 * 1024;
const AT_ONCE = { compress: big, received: big, decompressed: big };
const NEVER_AT_ONCE = { compress: 0, received: 0, decompressed: 0 };

/** The ways a message can be handled. Every test of the codec runs on all of them; "mixed" is what an application has. */
export const paths: readonly (readonly [name: string, make: (options?: DeflateOptions) => DeflatePool])[] = [
  ["kept", (options) => pool(options, new KeptEngine(keptZlib()!), AT_ONCE)],
  ["documented", (options) => pool(options, new DocumentedEngine(), AT_ONCE)],
  ["off the loop", (options) => pool(options, undefined, NEVER_AT_ONCE)],
  ["mixed", (options) => pool(options, undefined, undefined)],
];

function pool(
  options: DeflateOptions = {},
  engine: Engine | undefined,
  boundary: typeof AT_ONCE | undefined,
): DeflatePool {
  return new DeflatePool(resolveDeflateOptions("server", options), { engine, boundary });
}

/** Both directions alike. */
export function both(takeover: boolean, windowBits = 15) {
  const direction = { takeover, windowBits };
  return { send: direction, receive: direction };
}

/** Compresses; fails the test when the codec does not. */
export async function compress(codec: DeflateCodec, payload: Uint8Array): Promise<Uint8Array> {
  const compressed = await codec.compress(payload);
  if (compressed === undefined) throw new Error("not compressed");
  return compressed;
}

/** Decompresses. */
export async function decompress(codec: DeflateCodec, payload: Uint8Array, limit = big): Promise<Uint8Array | Failure> {
  return await codec.decompress(payload, limit);
}

/** Text that compresses as JSON does: the same names, other values. */
export function sampleJson(length: number, seed = 1): Buffer {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  let text = "";
  while (text.length < length) {
    text += `{"id":${random()},"name":"user-${random() % 1000}","price":${random() % 100_000},"tags":["a","b${random() % 7}"]},`;
  }
  return Buffer.from(text.slice(0, length));
}

/** Bytes that do not compress. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
