import type { Random } from "../runner/random.js";
import { type RawFrame, soundFrame, writeFrame } from "./frame.js";

/** What a peer sends: bytes, cut as they arrive. */
export interface Session {
  readonly role: "client" | "server";
  /** Which field was changed, or "none": for messages. */
  readonly change: string;
  readonly bytes: Uint8Array;
  readonly pieces: readonly Uint8Array[];
}

/** A valid session, or in two of three cases one that was valid but for one field (hostile.md T-05). */
export function generateSession(random: Random, role: "client" | "server"): Session {
  const frames = validFrames(random, role);
  const [change, changed] = random.oneIn(3) ? (["none", frames] as const) : changeOne(random, frames);
  let bytes = concat(changed.map(writeFrame));
  const cutAt = random.oneIn(6) ? random.below(bytes.length + 1) : bytes.length;
  bytes = bytes.slice(0, cutAt);
  return { role, change: cutAt < bytes.length ? `${change}, cut` : change, bytes, pieces: cutPieces(random, bytes) };
}

/** Messages whole and in fragments, control frames between and inside them, and in most sessions a close at the end. */
function validFrames(random: Random, role: "client" | "server"): RawFrame[] {
  const frames: RawFrame[] = [];
  const add = (opcode: number, fin: boolean, payload: Uint8Array): void => {
    const key = role === "server" ? ([...random.bytes(4)] as unknown as RawFrame["key"]) : undefined;
    frames.push(soundFrame(opcode, fin, payload, key));
  };
  const sometimesControl = (): void => {
    if (random.oneIn(3)) add(9 + random.below(2), true, random.bytes(random.oneIn(8) ? 125 : random.below(12)));
  };
  for (let messages = random.below(4); messages > 0; messages--) {
    sometimesControl();
    const text = random.oneIn(2);
    const content = text ? textBytes(random) : random.bytes(lengthOf(random));
    let at = 0;
    const cuts = random.oneIn(2) ? 0 : 1 + random.below(4);
    for (let cut = 0; cut < cuts; cut++) {
      const end = at + random.below(content.length - at + 1);
      add(cut === 0 ? (text ? 1 : 2) : 0, false, content.subarray(at, end));
      at = end;
      sometimesControl();
    }
    add(cuts === 0 ? (text ? 1 : 2) : 0, true, content.subarray(at));
  }
  sometimesControl();
  if (!random.oneIn(4)) add(8, true, closePayload(random));
  return frames;
}

function closePayload(random: Random): Uint8Array {
  if (random.oneIn(4)) return new Uint8Array(0);
  const code = random.pick([1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 4000, 4999]);
  const reason = random.pick(["", "done", "h\u00e9", "x".repeat(123)]);
  return concat([Uint8Array.of(code >> 8, code & 255), new Uint8Array(Buffer.from(reason))]);
}

/** Around every boundary of the length field. */
function lengthOf(random: Random): number {
  if (random.oneIn(24)) return 65_535 + random.below(3);
  return random.oneIn(6) ? 124 + random.below(4) : random.below(40);
}

const CHARACTERS = [
  "a",
  "z",
  "\0",
  "\u007f",
  "\u00e9",
  "\u07ff",
  "\u20ac",
  "\ufeff",
  "\ud7ff",
  "\ue000",
  "\u{1f389}",
  "\u{10ffff}",
];

function textBytes(random: Random): Uint8Array {
  let text = "";
  for (let length = lengthOf(random); length > 0; length--) text += random.pick(CHARACTERS);
  return new Uint8Array(Buffer.from(text).subarray(0, 69_000)).slice();
}

type Change = (random: Random, frame: RawFrame) => RawFrame;

/** The fields of T-05, by name. */
const CHANGES: Readonly<Record<string, Change>> = {
  fin: (_, frame) => ({ ...frame, fin: !frame.fin }),
  rsv: (random, frame) => ({ ...frame, rsv: 1 + random.below(7) }),
  opcode: (random, frame) => ({ ...frame, opcode: random.below(16) }),
  mask: (random, frame) => ({
    ...frame,
    key: frame.key === undefined ? ([...random.bytes(4)] as unknown as RawFrame["key"]) : undefined,
  }),
  "length form": (_, frame) => ({ ...frame, lengthOctets: frame.lengthOctets === 0 ? 2 : 8 }),
  "length 64 bits": (_, frame) => ({ ...frame, lengthOctets: 8 }),
  "length too big": (random, frame) => ({
    ...frame,
    lengthOctets: 8,
    length: random.pick([70_001n, 1n << 31n, 1n << 32n, 1n << 53n, (1n << 63n) - 1n]),
  }),
  "length 2^63": (_, frame) => ({ ...frame, lengthOctets: 8, length: frame.length | (1n << 63n) }),
  "payload byte": (random, frame) => ({ ...frame, payload: changedByte(random, frame.payload) }),
  "invalid text": (random, frame) => ({ ...frame, payload: changedByte(random, frame.payload, 0xff) }),
  "close code": (random, frame) => {
    if (frame.opcode !== 8) return { ...frame, rsv: 4 };
    const code = random.pick([0, 999, 1004, 1005, 1006, 1013, 1015, 1016, 2999, 5000, 65_535]);
    return { ...soundFrame(8, true, Uint8Array.of(code >> 8, code & 255), frame.key) };
  },
  "close of one byte": (_, frame) => (frame.opcode === 8 ? soundFrame(8, true, Uint8Array.of(3), frame.key) : frame),
  "control too long": (random, frame) => soundFrame(8 + random.below(3), true, random.bytes(126), frame.key),
};

function changeOne(random: Random, frames: readonly RawFrame[]): readonly [string, readonly RawFrame[]] {
  if (frames.length === 0) return ["none", frames];
  const at = random.below(frames.length);
  const [before, frame, after] = [frames.slice(0, at), frames[at]!, frames.slice(at + 1)];
  switch (random.below(6)) {
    case 0:
      return ["frame left out", [...before, ...after]];
    case 1:
      return ["frame twice", [...before, frame, frame, ...after]];
    default: {
      const name = random.pick(Object.keys(CHANGES));
      return [name, [...before, CHANGES[name]!(random, frame), ...after]];
    }
  }
}

function changedByte(random: Random, payload: Uint8Array, octet: number = random.next()): Uint8Array {
  const copy = payload.slice();
  if (copy.length > 0) copy[random.below(copy.length)] = octet;
  return copy;
}

function cutPieces(random: Random, bytes: Uint8Array): Uint8Array[] {
  const longest = random.pick([1, 3, 16, 200, 100_000]);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    // Single bytes of a large frame would prove no more and cost much.
    const length = 1 + random.below(Math.max(longest, bytes.length >> 8));
    pieces.push(bytes.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
