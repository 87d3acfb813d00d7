import assert from "node:assert/strict";
import { test } from "node:test";
import { PeerError } from "../../dist/protocol/error.js";
import { FrameDecoder, type FrameHandler, type WholeHandler } from "../../dist/protocol/frame-decoder.js";
import { portableKernel } from "../../dist/protocol/kernel.js";
import type { Failure } from "../../dist/protocol/sink.js";
import { fromHex } from "../../dist/testing/recorder.js";

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

function decode(server: boolean, bytes: Uint8Array, end = bytes.length, ways = new Ways(), frames = 99) {
  const decoder = new FrameDecoder(ways, portableKernel, server, ways);
  const taken = decoder.decode(bytes, 0, end, frames);
  return { seen: ways.seen, taken, failure: decoder.failure };
}

const KEY = "ff000001";

function frame(head: string, length: number): Uint8Array {
  const octets = fromHex(head);
  const bytes = new Uint8Array(octets.length + length).fill(7);
  bytes.set(octets);
  return bytes;
}

const short: readonly [name: string, server: boolean, bytes: Uint8Array, seen: string][] = [
  ["text", true, frame(`8185${KEY}`, 5), "whole 1 5 ff000001 7"],
  ["binary", true, frame(`8285${KEY}`, 5), "whole 2 5 ff000001 7"],
  ["nothing in it", true, frame(`8180${KEY}`, 0), "whole 1 0 ff000001 undefined"],
  ["125 bytes", true, frame(`82fd${KEY}`, 125), "whole 2 125 ff000001 7"],
  ["126 bytes", true, frame(`82fe007e${KEY}`, 126), "whole 2 126 ff000001 7"],
  ["65535 bytes", true, frame(`82feffff${KEY}`, 65_535), "whole 2 65535 ff000001 7"],
  ["to a client", false, frame("8105", 5), "whole 1 5 plain 7"],
  ["126 bytes to a client", false, frame("827e007e", 126), "whole 2 126 plain 7"],
];

for (const [name, server, bytes, seen] of short) {
  test(`a whole frame goes the short way: ${name}`, () => {
    assert.deepEqual(decode(server, bytes), { seen: [seen], taken: bytes.length, failure: undefined });
  });

  test(`the same frame without its last octet goes the long way, whatever lies behind the end: ${name}`, () => {
    const { seen: way, taken } = decode(server, bytes, bytes.length - 1);
    assert.match(way[0]!, /^first/);
    assert.equal(taken, bytes.length - 1);
  });
}

const long: readonly [name: string, server: boolean, bytes: Uint8Array, error?: string][] = [
  ["a fragment", true, frame(`0185${KEY}`, 5)],
  ["a continuation", true, frame(`8085${KEY}`, 5)],
  ["a reserved bit", true, frame(`c185${KEY}`, 5)],
  ["a ping", true, frame(`8985${KEY}`, 5)],
  ["a reserved opcode", true, frame(`8385${KEY}`, 5)],
  ["65536 bytes", true, frame(`82ff0000000000010000${KEY}`, 65_536)],
  ["no mask", true, frame("8105", 99), "ERR_MASK_REQUIRED"],
  ["a mask", false, frame(`8185${KEY}`, 5), "ERR_MASK_FORBIDDEN"],
  ["a length of 125 in 16 bits", true, frame(`82fe007d${KEY}`, 125), "ERR_LENGTH_NOT_MINIMAL"],
  ["a length of 0 in 16 bits", true, frame(`82fe0000${KEY}`, 0), "ERR_LENGTH_NOT_MINIMAL"],
  ["2^63", true, frame(`82ff8000000000000000${KEY}`, 40_000), "ERR_LENGTH_2_63"],
  ["more than the handler takes", true, frame(`82fe1001${KEY}`, 4097)],
];

for (const [name, server, bytes, error] of long) {
  test(`what is not just a message goes the long way: ${name}`, () => {
    const ways = new Ways();
    if (name.startsWith("more")) ways.most = 4096;
    const { seen, failure } = decode(server, bytes, bytes.length, ways);
    assert.match(seen[0]!, /^first/);
    assert.equal(failure instanceof PeerError ? failure.code : undefined, error);
  });
}

test("frames are counted and the handler asked on the short way too", () => {
  const bytes = fromHex("8100".repeat(5));
  assert.equal(decode(false, bytes, 10, new Ways(), 3).taken, 6);
  const ways = new Ways();
  ways.reading = false;
  assert.equal(decode(false, bytes, 10, ways).taken, 2);
});

test("a failure on the short way ends decoding", () => {
  const ways = new Ways();
  ways.answer = new PeerError("ERR_UTF8", 1007, "no");
  const { seen, taken, failure } = decode(false, fromHex("81018082"), 4, ways);
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
