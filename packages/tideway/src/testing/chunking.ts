/**
 * Ways to cut bytes into pieces. A network may cut anywhere, so a receiver has to answer every chunking of the same bytes alike:
 * the same events, the same end. The pieces are views of the given bytes, in order, none of them empty; joined they are the bytes.
 */

/** One way to cut some bytes. */
export interface Chunking {
  /** What to print when a test fails with it. */
  readonly name: string;
  readonly pieces: readonly Uint8Array[];
}

/** Not cut at all. */
export function whole(bytes: Uint8Array): Chunking {
  return { name: "whole", pieces: bytes.length === 0 ? [] : [bytes] };
}

/** One byte at a time. */
export function byteByByte(bytes: Uint8Array): Chunking {
  return { ...piecesOf(bytes, 1), name: "byte by byte" };
}

/**
 * Pieces of `size` bytes, the last one possibly shorter.
 * @param size at least 1
 */
export function piecesOf(bytes: Uint8Array, size: number): Chunking {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return { name: `pieces of ${size}`, pieces };
}

/** Every cut into two pieces: as many chunkings as there are places between two bytes. */
export function* twoParts(bytes: Uint8Array): Generator<Chunking> {
  for (let at = 1; at < bytes.length; at++) {
    yield { name: `cut at ${at}`, pieces: [bytes.subarray(0, at), bytes.subarray(at)] };
  }
}

/**
 * Random pieces. The same seed gives the same pieces, so a failure can be repeated from its name.
 * @param longest most bytes in one piece
 */
export function randomPieces(bytes: Uint8Array, seed: number, longest = 16): Chunking {
  const pieces: Uint8Array[] = [];
  let state = seed >>> 0;
  for (let at = 0; at < bytes.length; ) {
    // A linear congruential step (Numerical Recipes); the upper half is random enough to choose lengths by.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const length = 1 + ((state >>> 16) % longest);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { name: `random pieces up to ${longest}, seed ${seed}`, pieces };
}

/** Above this many bytes `chunkings` tries only some of the cuts into two: all of them would be quadratic work. */
const EVERY_CUT_UP_TO = 512;

/** A choice that finds most faults: whole, byte by byte, every cut into two, pieces of several sizes, random pieces. */
export function* chunkings(bytes: Uint8Array): Generator<Chunking> {
  yield whole(bytes);
  yield byteByByte(bytes);
  for (const size of [2, 3, 5, 7, 16, 64, 1000]) if (size < bytes.length) yield piecesOf(bytes, size);
  for (let seed = 1; seed <= 4; seed++) yield randomPieces(bytes, seed);
  const step = Math.ceil(bytes.length / EVERY_CUT_UP_TO);
  let cut = 0;
  for (const chunking of twoParts(bytes)) if (cut++ % step === 0) yield chunking;
}
