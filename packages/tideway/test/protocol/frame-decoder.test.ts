import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LimitError, PeerError } from "../../dist/protocol/error.js";
import { FrameDecoder, type FrameHandler, type WholeHandler } from "../../dist/protocol/frame-decoder.js";
import { portableKernel } from "../../dist/protocol/kernel.js";
import type { Failure } from "../../dist/protocol/sink.js";
import { type Chunking, chunkings, whole } from "../../dist/testing/chunking.js";
import { fromHex, rawFrame, toHex } from "../../dist/testing/recorder.js";

type Role = "server" | "client";
const roles: readonly Role[] = ["server", "client"];
const KEY = 0x37_fa_21_3d;

/** Writes down what it is told; payload pieces of a frame are joined, since where they are cut is no matter. */
class Frames implements FrameHandler {
  readonly seen: string[] = [];
  reading = true;
  #payload = "";

  onFirst(first: number): Failure | undefined {
    this.seen.push(`first ${first.toString(16)}`);
    return undefined;
  }

  onLength(length: number): Failure | undefined {
    this.seen.push(`length ${length}`);
    return undefined;
  }

  onPayload(bytes: Uint8Array, start: number, end: number, last: boolean): Failure | undefined {
    assert.ok(end > start, "never an empty range");
    this.#payload += toHex(bytes.subarray(start, end));
    if (last) {
      this.seen.push(this.#payload);
      this.#payload = "";
    }
    return undefined;
  }

  onEnd(): Failure | undefined {
    this.seen.push("end");
    return undefined;
  }
}

function decoderFor(role: Role, handler: FrameHandler): FrameDecoder {
  return new FrameDecoder(handler, portableKernel, role === "server");
}

interface Run {
  readonly seen: readonly string[];
  readonly failure: string | undefined;
  /** Bytes taken in all. */
  readonly taken: number;
}

function run(role: Role, chunking: Chunking): Run {
  const frames = new Frames();
  const decoder = decoderFor(role, frames);
  let taken = 0;
  for (const piece of chunking.pieces)
    taken += decoder.decode(new Uint8Array(piece), 0, piece.length, Number.POSITIVE_INFINITY);
  const { failure } = decoder;
  assert.ok(failure === undefined || failure instanceof PeerError);
  return { seen: frames.seen, failure: failure && `${failure.code} ${failure.closeCode}`, taken };
}

/** The same in every chunking. */
function runAll(role: Role, bytes: Uint8Array): Run {
  const expected = run(role, whole(bytes));
  for (const chunking of chunkings(bytes)) assert.deepEqual(run(role, chunking), expected, chunking.name);
  return expected;
}

for (const role of roles) {
  const key = role === "server" ? KEY : undefined;
  for (const length of [0, 1, 2, 3, 4, 5, 125, 126, 127, 128, 255, 256, 65_535, 65_536, 65_537]) {
    test(`${role}: F-15, F-16, F-34: a frame of ${length} bytes, then another, in every chunking`, () => {
      const payload = Uint8Array.from({ length }, (_, i) => (i * 13) & 0xff);
      const bytes = Buffer.concat([rawFrame(0x82, payload, key), rawFrame(0x01, "x", key)]);
      const expected: string[] = ["first 82", `length ${length}`];
      if (length > 0) expected.push(toHex(payload));
      expected.push("end", "first 1", "length 1", "78", "end");
      // A large frame in one-byte reads and at 512 cuts would take seconds: the ends of the pieces are what matters.
      const result = length > 300 ? run(role, whole(bytes)) : runAll(role, bytes);
      assert.deepEqual(result, { seen: expected, failure: undefined, taken: bytes.length });
    });
  }

  test(`${role}: F-34: a frame of 70 000 bytes in 1 000 reads, and 10 000 frames in one`, () => {
    const large = rawFrame(0x82, new Uint8Array(70_000).fill(5), key);
    const pieces = Array.from({ length: 1000 }, (_, i) => large.subarray(i * 71, (i + 1) * 71));
    assert.deepEqual(run(role, { name: "", pieces }), run(role, whole(large)));
    const small = rawFrame(0x82, "x", key);
    const many = whole(Buffer.concat(new Array<Uint8Array>(10_000).fill(small)));
    assert.equal(run(role, many).seen.filter((entry) => entry === "end").length, 10_000);
  });
}

/** What is wrong, for which role, at which byte it is known. */
const offences: readonly (readonly [name: string, roles: readonly Role[], hex: string, at: number, failure: string])[] =
  [
    ["F-01: a client's frame without mask", ["server"], "81 01 61", 2, "ERR_MASK_REQUIRED 1002"],
    ["F-01: a server's frame with mask", ["client"], "81 81 00000000 61", 2, "ERR_MASK_FORBIDDEN 1002"],
    ["F-01: an empty frame without mask", ["server"], "8a 00", 2, "ERR_MASK_REQUIRED 1002"],
    ["F-10: a ping of 126 bytes", ["server"], "89 fe 007e", 2, "ERR_CONTROL_LENGTH 1002"],
    ["F-10: a ping of 126 bytes", ["client"], "89 7e 007e", 2, "ERR_CONTROL_LENGTH 1002"],
    ["F-10: a ping of 5 bytes in 16 bits", ["server"], "89 fe 0005", 2, "ERR_CONTROL_LENGTH 1002"],
    ["F-10: a close with a 64-bit length", ["client"], "88 7f 0000000000000002", 2, "ERR_CONTROL_LENGTH 1002"],
    ["F-12: 5 in 16 bits", ["server"], "82 fe 0005 00000000", 4, "ERR_LENGTH_NOT_MINIMAL 1002"],
    ["F-12: 0 in 16 bits", ["client"], "82 7e 0000", 4, "ERR_LENGTH_NOT_MINIMAL 1002"],
    ["F-12: 125 in 16 bits", ["client"], "82 7e 007d", 4, "ERR_LENGTH_NOT_MINIMAL 1002"],
    ["F-12: 5 in 64 bits", ["server"], "82 ff 0000000000000005", 10, "ERR_LENGTH_NOT_MINIMAL 1002"],
    ["F-12: 126 in 64 bits", ["client"], "82 7f 000000000000007e", 10, "ERR_LENGTH_NOT_MINIMAL 1002"],
    ["F-12: 65535 in 64 bits", ["client"], "82 7f 000000000000ffff", 10, "ERR_LENGTH_NOT_MINIMAL 1002"],
    ["F-13: 2^63", ["server"], "82 ff 8000000000000000", 3, "ERR_LENGTH_2_63 1002"],
    ["F-13: 2^64 - 1", ["client"], "82 7f ffffffffffffffff", 3, "ERR_LENGTH_2_63 1002"],
  ];
for (const [name, forRoles, hex, at, failure] of offences) {
  for (const role of forRoles) {
    test(`${role}: ${name} is known at byte ${at}, in every chunking`, () => {
      const bytes = fromHex(hex);
      const result = runAll(role, bytes);
      assert.equal(result.failure, failure);
      assert.equal(result.taken, at);
      const before = run(role, whole(bytes.subarray(0, at - 1)));
      assert.equal(before.failure, undefined);
    });
  }
}

for (const [name, hex, length] of [
  ["F-12: 126 in 16 bits", "82 7e 007e", 126],
  ["65535 in 16 bits", "82 7e ffff", 65_535],
  ["F-12: 65536 in 64 bits", "82 7f 0000000000010000", 65_536],
  ["F-14: 2^31", "82 7f 0000000080000000", 2 ** 31],
  ["F-14: 2^32", "82 7f 0000000100000000", 2 ** 32],
  ["F-14: 2^53", "82 7f 0020000000000000", 2 ** 53],
  ["2^63 - 1, rounded", "82 7f 7fffffffffffffff", 2 ** 63],
] as const) {
  test(`${name} is a length, reported with its last octet`, () => {
    assert.deepEqual(runAll("client", fromHex(hex)).seen, ["first 82", `length ${length}`]);
  });
}

test("the masking key is known to the frame's handler, in network order; a client has none", () => {
  const keys: (number | undefined)[] = [];
  for (const role of roles) {
    const handler = new Frames();
    const decoder = decoderFor(role, handler);
    handler.onEnd = () => {
      keys.push(decoder.key);
      return undefined;
    };
    decoder.decode(rawFrame(0x82, "", role === "server" ? 0xff_fe_fd_fc : undefined), 0, 6, 1);
    decoder.decode(rawFrame(0x82, "x", role === "server" ? 0 : undefined), 0, role === "server" ? 7 : 3, 1);
  }
  assert.deepEqual(keys, [0xff_fe_fd_fc, 0, undefined, undefined]);
});

test("payloads are unmasked where they lie, and nothing outside the range is read or changed", () => {
  const frame = rawFrame(0x82, "Hello", KEY);
  const bytes = Buffer.concat([fromHex("ffff"), frame, fromHex("eeee")]);
  const handler = new Frames();
  assert.equal(decoderFor("server", handler).decode(bytes, 2, 2 + frame.length, 9), 2 + frame.length);
  assert.deepEqual(handler.seen, ["first 82", "length 5", toHex(Buffer.from("Hello")), "end"]);
  assert.equal(toHex(bytes), `ffff${toHex(frame.subarray(0, 6))}${toHex(Buffer.from("Hello"))}eeee`);
});

test("returns after the frames it was told, and goes on from there", () => {
  const frame = rawFrame(0x82, "x");
  const bytes = Buffer.concat(new Array<Uint8Array>(5).fill(frame));
  const handler = new Frames();
  const decoder = decoderFor("client", handler);
  assert.equal(decoder.decode(bytes, 0, bytes.length, 2), 6);
  assert.equal(decoder.decode(bytes, 6, bytes.length, 1), 9);
  assert.equal(decoder.decode(bytes, 9, bytes.length, 9), 15);
  assert.equal(handler.seen.filter((entry) => entry === "end").length, 5);
});

test("stops behind the frame in which its handler stopped reading, not within one", () => {
  const bytes = Buffer.concat([rawFrame(0x82, "abc"), rawFrame(0x82), rawFrame(0x82, "d")]);
  const handler = new Frames();
  const decoder = decoderFor("client", handler);
  handler.reading = false;
  assert.equal(decoder.decode(bytes, 0, 3, 9), 3);
  assert.equal(decoder.decode(bytes, 3, bytes.length, 9), 5);
  assert.equal(decoder.decode(bytes, 5, bytes.length, 9), 7);
  handler.reading = true;
  assert.equal(decoder.decode(bytes, 7, bytes.length, 9), bytes.length);
});

for (const step of ["onFirst", "onLength", "onPayload", "onEnd"] as const) {
  for (const role of roles) {
    test(`${role}: a failure from ${step} stops decoding for good`, () => {
      const handler = new Frames();
      const failure = new LimitError("ERR_X", 1008, "enough");
      handler[step] = () => failure;
      const decoder = decoderFor(role, handler);
      const key = role === "server" ? KEY : undefined;
      const frame = rawFrame(0x82, "abc", key);
      const at = decoder.decode(Buffer.concat([frame, frame]), 0, frame.length * 2, 9);
      assert.equal(decoder.failure, failure);
      const stops = { onFirst: 1, onLength: 2, onPayload: frame.length, onEnd: frame.length };
      assert.equal(at, stops[step]);
      const before = handler.seen.length;
      assert.equal(decoder.decode(frame, 0, frame.length, 9), 0);
      assert.equal(handler.seen.length, before);
    });
  }
}

test("a failure from onEnd of an empty frame", () => {
  const handler = new Frames();
  const failure = new LimitError("ERR_X", 1008, "enough");
  handler.onEnd = () => failure;
  const decoder = decoderFor("client", handler);
  assert.equal(decoder.decode(fromHex("8200 8200"), 0, 4, 9), 2);
  assert.equal(decoder.failure, failure);
});

test("P2, P5: any bytes in any chunking give the same calls, failure and end; the header costs a fixed amount", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...roles), (bytes, role) => {
      runAll(role, bytes);
    }),
    { numRuns: 1000 },
  );
});

test("P1: any frames come out as they were written", () => {
  const frame = fc.record({
    first: fc.nat(255),
    payload: fc.uint8Array({ maxLength: 300 }),
    key: fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.constantFrom(...roles), fc.nat(), (frames, role, seed) => {
      const legal = frames.filter(({ first, payload }) => (first & 8) === 0 || payload.length <= 125);
      const bytes = Buffer.concat(
        legal.map(({ first, payload, key }) => rawFrame(first, payload, role === "server" ? key : undefined)),
      );
      const expected = legal.flatMap(({ first, payload }) => [
        `first ${first.toString(16)}`,
        `length ${payload.length}`,
        ...(payload.length > 0 ? [toHex(payload)] : []),
        "end",
      ]);
      let count = 0;
      for (const chunking of chunkings(bytes)) {
        if (count++ > 12) break;
        assert.deepEqual(run(role, chunking).seen, expected, `${chunking.name} ${seed}`);
      }
    }),
    { numRuns: 1000 },
  );
});

for (const role of roles) {
  test(`${role}: F-10: a control frame of 125 bytes is the longest, whatever its opcode`, () => {
    for (const first of [0x88, 0x89, 0x8a]) {
      const bytes = rawFrame(first, "x".repeat(125), role === "server" ? KEY : undefined);
      const { seen, failure } = run(role, whole(bytes));
      assert.deepEqual(
        [failure, seen.slice(0, 2), seen.at(-1)],
        [undefined, [`first ${first.toString(16)}`, "length 125"], "end"],
      );
    }
  });
}

test("idle: before a frame and behind one, not within one nor after a fault", () => {
  const decoder = decoderFor("client", new Frames());
  const bytes = rawFrame(0x82, "abc");
  assert.ok(decoder.idle);
  for (let i = 1; i <= bytes.length; i++) {
    decoder.decode(bytes, i - 1, i, Number.POSITIVE_INFINITY);
    assert.equal(decoder.idle, i === bytes.length, `${i}`);
  }
  decoder.decode(new Uint8Array([0x82, 0x80]), 0, 2, Number.POSITIVE_INFINITY);
  assert.ok(!decoder.idle, "a server's frame that is masked");
});

/** Hears of each frame by which way it came. */
class Ways implements FrameHandler, WholeHandler {
  readonly seen: string[] = [];
  reading = true;
  most = 70_000;
  answer: Failure | undefined;

  takesWhole(length: number): boolean {
    return length <= this.most;
  }

  onWhole(opcode: number, bytes: Uint8Array, start: number, end: number, key: number | undefined): Failure | undefined {
    const octets = key === undefined ? "plain" : (key >>> 0).toString(16);
    this.seen.push(`whole ${opcode} ${end - start} ${octets} ${bytes[start]}`);
    return this.answer;
  }

  onFirst(first: number): Failure | undefined {
    this.seen.push(`first ${first.toString(16)}`);
    return undefined;
  }

  onLength(length: number): Failure | undefined {
    this.seen.push(`length ${length}`);
    return undefined;
  }

  onPayload(): Failure | undefined {
    return undefined;
  }

  onEnd(): Failure | undefined {
    return undefined;
  }
}

function decodeWays(server: boolean, bytes: Uint8Array, end = bytes.length, ways = new Ways(), frames = 99) {
  const decoder = new FrameDecoder(ways, portableKernel, server, ways);
  const taken = decoder.decode(bytes, 0, end, frames);
  return { seen: ways.seen, taken, failure: decoder.failure };
}

const KEY_OCTETS = "ff020381";

function wholeFrame(head: string, length: number): Uint8Array {
  const octets = fromHex(head);
  const bytes = new Uint8Array(octets.length + length).fill(7);
  bytes.set(octets);
  return bytes;
}

const short: readonly [name: string, server: boolean, bytes: Uint8Array, seen: string][] = [
  ["text", true, wholeFrame(`8185${KEY_OCTETS}`, 5), "whole 1 5 ff020381 7"],
  ["binary", true, wholeFrame(`8285${KEY_OCTETS}`, 5), "whole 2 5 ff020381 7"],
  ["nothing in it", true, wholeFrame(`8180${KEY_OCTETS}`, 0), "whole 1 0 ff020381 undefined"],
  ["125 bytes", true, wholeFrame(`82fd${KEY_OCTETS}`, 125), "whole 2 125 ff020381 7"],
  ["126 bytes", true, wholeFrame(`82fe007e${KEY_OCTETS}`, 126), "whole 2 126 ff020381 7"],
  ["65535 bytes", true, wholeFrame(`82feffff${KEY_OCTETS}`, 65_535), "whole 2 65535 ff020381 7"],
  ["to a client", false, wholeFrame("8105", 5), "whole 1 5 plain 7"],
  ["126 bytes to a client", false, wholeFrame("827e007e", 126), "whole 2 126 plain 7"],
];

for (const [name, server, bytes, seen] of short) {
  test(`a whole frame goes the short way: ${name}`, () => {
    assert.deepEqual(decodeWays(server, bytes), { seen: [seen], taken: bytes.length, failure: undefined });
  });

  test(`the same frame without its last octet goes the long way, whatever lies behind the end: ${name}`, () => {
    const { seen: way, taken } = decodeWays(server, bytes, bytes.length - 1);
    assert.match(way[0]!, /^first/);
    assert.equal(taken, bytes.length - 1);
  });
}

const long: readonly [name: string, server: boolean, bytes: Uint8Array, error?: string][] = [
  ["a fragment", true, wholeFrame(`0185${KEY_OCTETS}`, 5)],
  ["a continuation", true, wholeFrame(`8085${KEY_OCTETS}`, 5)],
  ["a reserved bit", true, wholeFrame(`c185${KEY_OCTETS}`, 5)],
  ["a ping", true, wholeFrame(`8985${KEY_OCTETS}`, 5)],
  ["a reserved opcode", true, wholeFrame(`8385${KEY_OCTETS}`, 5)],
  ["65536 bytes", true, wholeFrame(`82ff0000000000010000${KEY_OCTETS}`, 65_536)],
  ["no mask", true, wholeFrame("8105", 99), "ERR_MASK_REQUIRED"],
  ["a mask", false, wholeFrame(`8185${KEY_OCTETS}`, 5), "ERR_MASK_FORBIDDEN"],
  ["a length of 125 in 16 bits", true, wholeFrame(`82fe007d${KEY_OCTETS}`, 125), "ERR_LENGTH_NOT_MINIMAL"],
  ["a length of 0 in 16 bits", true, wholeFrame(`82fe0000${KEY_OCTETS}`, 0), "ERR_LENGTH_NOT_MINIMAL"],
  ["2^63", true, wholeFrame(`82ff8000000000000000${KEY_OCTETS}`, 40_000), "ERR_LENGTH_2_63"],
  ["more than the handler takes", true, wholeFrame(`82fe1001${KEY_OCTETS}`, 4097)],
];

for (const [name, server, bytes, error] of long) {
  test(`what is not just a message goes the long way: ${name}`, () => {
    const ways = new Ways();
    if (name.startsWith("more")) ways.most = 4096;
    const { seen, failure } = decodeWays(server, bytes, bytes.length, ways);
    assert.match(seen[0]!, /^first/);
    assert.equal(failure instanceof PeerError ? failure.code : undefined, error);
  });
}

test("frames are counted and the handler asked on the short way too", () => {
  const bytes = fromHex("8100".repeat(5));
  assert.equal(decodeWays(false, bytes, 10, new Ways(), 3).taken, 6);
  const ways = new Ways();
  ways.reading = false;
  assert.equal(decodeWays(false, bytes, 10, ways).taken, 2);
});

test("a failure on the short way ends decoding", () => {
  const ways = new Ways();
  ways.answer = new PeerError("ERR_UTF8", 1007, "no");
  const { seen, taken, failure } = decodeWays(false, fromHex("81018082"), 4, ways);
  assert.deepEqual([seen.length, taken, failure?.code], [1, 3, "ERR_UTF8"]);
});

test("between the pieces of a frame nothing is taken for a whole one", () => {
  const ways = new Ways();
  const decoder = new FrameDecoder(ways, portableKernel, false, ways);
  // The payload of the first frame looks like a frame.
  for (const piece of ["8203", "8100", "81", "8101", "41"]) {
    const bytes = fromHex(piece);
    assert.equal(decoder.decode(bytes, 0, bytes.length, 99), bytes.length);
  }
  assert.deepEqual(ways.seen, ["first 82", "length 3", "first 81", "length 1"]);
});
