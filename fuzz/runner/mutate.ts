import type { Random } from "./random.js";

/** Bytes at which parsers decide. */
const INTERESTING = [
  0, 1, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x3b, 0x3d, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x88, 0xc0, 0xfe, 0xff,
];

type Step = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const flip: Step = (bytes, random) => edit(bytes, random, (octet) => octet ^ (1 << random.below(8)));
const interesting: Step = (bytes, random) => edit(bytes, random, () => random.pick(INTERESTING));
const arithmetic: Step = (bytes, random) => edit(bytes, random, (octet) => octet + random.below(17) - 8);
const arbitrary: Step = (bytes, random) => edit(bytes, random, () => random.next());

const insert: Step = (bytes, random) => {
  const piece = random.oneIn(4)
    ? new Uint8Array(1 + random.below(32)).fill(random.pick(INTERESTING))
    : random.bytes(1 + random.below(4));
  return splice(bytes, random.below(bytes.length + 1), 0, piece);
};

const remove: Step = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  return splice(bytes, at, 1 + random.below(random.oneIn(4) ? 64 : 4));
};

const repeat: Step = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  return splice(bytes, at, 0, bytes.subarray(at, at + 1 + random.below(64)));
};

const cross: Step = (bytes, random, others) => {
  const other = random.pick(others);
  const from = random.below(other.length + 1);
  const piece = other.subarray(from, from + 1 + random.below(128));
  return splice(bytes, random.below(bytes.length + 1), random.oneIn(2) ? piece.length : 0, piece);
};

const cut: Step = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1));

const STEPS: readonly Step[] = [flip, flip, interesting, arithmetic, arbitrary, insert, remove, repeat, cross, cut];

/**
 * Another input, made of one by a few random steps.
 * @param others inputs to take pieces from, at least one
 * @param longest most bytes of the result
 */
export function mutate(bytes: Uint8Array, random: Random, others: readonly Uint8Array[], longest: number): Uint8Array {
  let result = bytes;
  for (let steps = 1 + random.below(random.oneIn(3) ? 12 : 3); steps > 0; steps--) {
    result = random.pick(STEPS)(result, random, others);
  }
  return result.slice(0, longest);
}

function edit(bytes: Uint8Array, random: Random, change: (octet: number) => number): Uint8Array {
  if (bytes.length === 0) return random.bytes(1);
  const copy = bytes.slice();
  const at = random.below(copy.length);
  copy[at] = change(copy[at]!);
  return copy;
}

/** Replaces `removed` bytes at `at` by a piece. */
export function splice(
  bytes: Uint8Array,
  at: number,
  removed: number,
  piece: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const tail = bytes.subarray(Math.min(bytes.length, at + removed));
  const result = new Uint8Array(at + piece.length + tail.length);
  result.set(bytes.subarray(0, at));
  result.set(piece, at);
  result.set(tail, at + piece.length);
  return result;
}

/** The shortest input found that still fails: leaves out ever smaller parts. */
export function shrink(bytes: Uint8Array, fails: (candidate: Uint8Array) => boolean): Uint8Array {
  let best = bytes;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const candidate = splice(best, at, size);
      if (fails(candidate)) best = candidate;
      else at += size;
    }
  }
  return best;
}
