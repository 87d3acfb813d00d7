import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import type { ByteStream } from "../../dist/node/byte-stream.js";
import { DocumentedStream } from "../../dist/node/documented-stream.js";
import { Output, type OutputOwner } from "../../dist/node/output.js";
import { BlockingStream } from "./blocking-stream.js";

function outputOver(stream: Duplex, owner: OutputOwner, clock: { readonly now: number }, highWater: number): Output {
  const bytes = new DocumentedStream(stream);
  const output = new Output(owner, clock, highWater);
  const nothing = () => {};
  bytes.start({
    onBytes: nothing,
    onWritten: () => output.onWritten(),
    onEnd: nothing,
    onError: nothing,
    onClosed: () => output.close(),
  });
  output.open(bytes);
  return output;
}

function setUp({ open = true, highWater = 65_536 } = {}) {
  const stream = new BlockingStream(open);
  const clock = { now: 0 };
  const told: string[] = [];
  const owner = { onProgress: (sent: number) => told.push(`sent ${sent}`), onDrained: () => told.push("drained") };
  const output = outputOver(stream, owner, clock, highWater);
  return { stream, clock, told, output };
}

/** Bytes that tell their place. */
function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + seed * 31) & 0xff);
}

/** Writes a small frame in place. */
function put(output: Output, bytes: Uint8Array, more = false): void {
  output.reserve(bytes.length + 3);
  output.bytes.set(bytes, output.offset);
  output.commit(bytes.length, more);
}

test("everything of one turn is one write", async () => {
  const { stream, output, told } = setUp();
  for (let i = 0; i < 5; i++) put(output, pattern(10, i));
  output.append(pattern(20_000));
  assert.equal(stream.writes.length, 0, "nothing before the turn ends");
  await turn();
  assert.equal(stream.writes.length, 1);
  assert.equal(stream.written.length, 20_050);
  assert.deepEqual(told, ["sent 20050", "drained"]);
  put(output, pattern(3));
  await turn();
  assert.equal(stream.writes.length, 2);
});

test("two connections share a slab, and neither sees the other's bytes", async () => {
  const a = setUp();
  const b = setUp({ open: false });
  for (let i = 0; i < 3000; i++) {
    put(a.output, pattern(11, i));
    put(b.output, pattern(13, i));
    if (i % 500 === 0) await turn();
    if (i % 700 === 0) b.stream.release();
  }
  for (b.stream.open = true; b.output.total > b.output.sent; await turn()) b.stream.release();
  const expected = (size: number) => Buffer.concat(Array.from({ length: 3000 }, (_, i) => pattern(size, i)));
  assert.ok(a.stream.written.equals(expected(11)));
  assert.ok(b.stream.written.equals(expected(13)));
});

test("while a write is under way nothing else is written, and what waits goes out in writes of about 64 KiB", async () => {
  const { stream, output } = setUp({ open: false });
  put(output, pattern(10));
  await turn();
  for (let i = 0; i < 300; i++) put(output, pattern(1000, i));
  await turn();
  assert.equal(stream.writes.length, 1);
  while (stream.holding) {
    stream.release();
    await turn();
  }
  assert.equal(output.sent, 300_010);
  for (const write of stream.writes) assert.ok(write.length <= 65_536 + 16_384, `${write.length}`);
  assert.ok(stream.writes.length <= 7, `${stream.writes.length} writes`);
});

test("blocked: a write is under way and the high-water mark is reached", async () => {
  const { stream, output } = setUp({ open: false, highWater: 1000 });
  put(output, pattern(2000));
  assert.ok(!output.blocked, "the network has not been asked yet");
  await turn();
  assert.ok(output.blocked);
  stream.release();
  await turn();
  assert.ok(!output.blocked);
});

test("discard keeps what is in the transport's hands, and that is whole frames", async () => {
  const { stream, output, told } = setUp({ open: false });
  put(output, pattern(100, 1));
  await turn();
  put(output, pattern(4, 2), true);
  output.append(pattern(70_000, 3));
  put(output, pattern(100, 4));
  output.discard();
  assert.equal(output.total, 100);
  put(output, pattern(5, 5));
  stream.release();
  await turn();
  stream.release();
  await turn();
  assert.ok(stream.written.equals(Buffer.concat([pattern(100, 1), pattern(5, 5)])));
  assert.deepEqual(told, ["sent 100", "sent 105", "drained"]);
  assert.equal(output.buffered, 0);
});

test("a header and its payload are never cut apart", async () => {
  const { stream, output } = setUp({ open: false });
  put(output, pattern(1));
  await turn();
  put(output, pattern(65_000, 1));
  put(output, pattern(700, 2), true);
  output.append(pattern(100_000, 3));
  put(output, pattern(5, 4));
  stream.release();
  await turn();
  // The header came within 64 KiB, so its payload is in the same write.
  assert.equal(stream.writes[1]!.length, 65_000 + 700 + 100_000);
});

test("the age is that of the oldest byte that waits", async () => {
  const { stream, output, clock } = setUp({ open: false });
  assert.equal(output.oldestAt, undefined);
  clock.now = 10;
  put(output, pattern(10));
  assert.equal(output.oldestAt, 10);
  await turn();
  clock.now = 20;
  put(output, pattern(10));
  clock.now = 30;
  put(output, pattern(10));
  assert.equal(output.oldestAt, 10, "the write under way");
  stream.release();
  await turn();
  assert.equal(output.oldestAt, 20, "the next one began with a byte of then");
  stream.release();
  await turn();
  assert.equal(output.oldestAt, undefined);
});

test("a queue that is never empty does not age by that: a fast reader of an endless stream is not slow", async () => {
  const { stream, output, clock } = setUp({ open: false });
  for (let i = 0; i < 4; i++) output.append(pattern(70_000, i));
  await turn();
  for (let second = 1; second <= 60; second++) {
    clock.now = second * 1000;
    output.append(pattern(70_000, second));
    stream.release();
    await turn();
    assert.ok(
      clock.now - output.oldestAt! <= 5000,
      `after ${second} s the oldest byte is said to be of ${output.oldestAt}`,
    );
  }
});

test("progress is when a write was taken, or begun after a pause", async () => {
  const { stream, output, clock } = setUp({ open: false });
  clock.now = 5;
  put(output, pattern(10));
  clock.now = 7;
  await turn();
  assert.equal(output.progressAt, 7);
  clock.now = 50;
  stream.release();
  await turn();
  assert.equal(output.progressAt, 50);
});

test("after stop nothing is written and nobody is told", async () => {
  const { stream, output, told } = setUp({ open: false });
  put(output, pattern(10));
  await turn();
  put(output, pattern(10));
  output.stop();
  stream.release();
  await turn();
  assert.equal(stream.writes.length, 1);
  assert.deepEqual(told, []);
  assert.deepEqual([output.buffered, output.total - output.sent, output.oldestAt], [0, 0, undefined]);
});

test("a write of a destroyed stream has not arrived, whatever its callback says", async () => {
  const { stream, output, told } = setUp({ open: false });
  put(output, pattern(10));
  await turn();
  stream.destroy();
  stream.release();
  await turn();
  assert.deepEqual(told, []);
  assert.equal(output.sent, 0);
});

test("what is queued costs its memory, not only its bytes", () => {
  const { output } = setUp({ open: false });
  for (let i = 0; i < 1000; i++) output.append(pattern(2000));
  assert.ok(output.buffered >= 1000 * (2000 + 128), `${output.buffered}`);
});

test("short pieces are joined: what costs no piece of its own is not charged one", () => {
  const { output } = setUp({ open: false });
  for (let i = 0; i < 1000; i++) output.append(pattern(10));
  assert.ok(output.buffered < 1000 * 10 + 10 * 128, `${output.buffered}`);
});

test("who asks for more from within onDrained is heard", async () => {
  const stream = new BlockingStream(true);
  let left = 5;
  const owner = {
    onProgress: () => {},
    onDrained: () => {
      if (left-- > 0) put(output, pattern(4, left));
    },
  };
  const output: Output = outputOver(stream, owner, { now: 0 }, 1000);
  put(output, pattern(4, 9));
  for (let i = 0; i < 8; i++) await turn();
  assert.equal(stream.written.length, 24);
});

/** Takes bytes as a network does: those of a write that waits are looked at when it is taken, and not before. */
class LateStream implements ByteStream {
  readonly copies = true;
  readonly destroyed = false;
  readonly paused = false;
  readonly taken: Buffer[] = [];
  open = true;
  whenWritten: () => void = () => {};
  #held: readonly Uint8Array[] | undefined;

  write(pieces: readonly Uint8Array[]): boolean {
    assert.equal(this.#held, undefined, "one write at a time");
    if (this.open) this.#take(pieces);
    else this.#held = pieces;
    return this.open;
  }

  writeOne(piece: Uint8Array): boolean {
    return this.write([piece]);
  }

  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    this.#take(held);
    this.whenWritten();
  }

  #take(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.taken.push(Buffer.from(piece));
  }

  start(): void {}
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}

test("memory that is used again is never that of a write under way, nor of bytes that wait", async () => {
  const owner = { onProgress: () => {}, onDrained: () => {} };
  const ends = Array.from({ length: 4 }, () => {
    const stream = new LateStream();
    const output = new Output(owner, { now: 0 }, 65_536);
    stream.whenWritten = () => output.onWritten();
    output.open(stream);
    return { stream, output, sent: [] as Buffer[] };
  });
  const shared = Array.from({ length: 20 }, (_, seed) => pattern(50 + seed * 40, seed));
  for (let i = 0; i < 6000; i++) {
    const { stream, output, sent } = ends[(i * 7) % 4]!;
    if (i % 5 === 0) {
      const frame = shared[i % 20]!;
      for (const end of ends) {
        end.output.append(frame);
        end.sent.push(Buffer.from(frame));
      }
    } else {
      const bytes = pattern(i % 11 === 0 ? 9000 : 1 + (i % 300), i);
      put(output, bytes);
      sent.push(Buffer.from(bytes));
    }
    // More than one write takes, so that some of it is left in the slab.
    for (let more = i % 101 === 0 ? 12 : 0; more > 0; more--) {
      const bytes = pattern(9000, i + more);
      put(output, bytes);
      output.append(shared[more]!);
      sent.push(Buffer.from(bytes), Buffer.from(shared[more]!));
    }
    if (i % 97 === 0) stream.open = !stream.open;
    if (i % 13 === 0) stream.release();
    if (i % 29 === 0) await turn();
  }
  for (const { stream, output, sent } of ends) {
    for (stream.open = true; output.total > output.sent; await turn()) stream.release();
    assert.ok(Buffer.concat(stream.taken).equals(Buffer.concat(sent)));
  }
});

test("what many get in one turn goes out as one piece, the same for all", async () => {
  const ends = Array.from({ length: 3 }, () => setUp());
  const writes: Uint8Array[][] = [];
  for (const { output } of ends) {
    const stream = new LateStream();
    stream.write = (pieces) => writes.push([...pieces]) > 0;
    output.open(stream);
  }
  for (const frame of [pattern(100, 1), pattern(200, 2), pattern(300, 3)]) {
    for (const { output } of ends) output.append(frame);
  }
  await turn();
  assert.equal(writes.length, 3);
  for (const pieces of writes) {
    assert.equal(pieces.length, 1);
    assert.equal(pieces[0], writes[0]![0]);
    assert.equal(pieces[0]!.length, 600);
  }
});

type Step =
  | readonly ["put" | "append" | "framed", length: number]
  | readonly ["flush" | "release" | "discard" | "turn" | "open" | "shut"];

const length = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1000, max: 20_000 }), fc.constant(70_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom("put" as const, "append" as const, "framed" as const), length) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom("flush" as const, "release" as const, "turn" as const)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("discard" as const, "open" as const, "shut" as const)) },
);

test("the bytes are exact, whatever is written, flushed, taken and discarded in whatever order; no write ends within a frame", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { stream, output } = setUp({ open: false, highWater: 30_000 });
      /** Frames that were queued and not seen in a write yet. */
      let queue: Buffer[] = [];
      let looked = 0;
      let taken = 0;
      const check = () => {
        for (; looked < stream.writes.length; looked++) {
          const write = stream.writes[looked]!;
          let at = 0;
          while (at < write.length) {
            const frame = queue.shift();
            assert.ok(frame, "a write brings what was never queued");
            assert.ok(
              write.subarray(at, at + frame.length).equals(frame),
              "other bytes, another order, or a frame cut",
            );
            at += frame.length;
          }
          taken += write.length;
        }
        const waiting = queue.reduce((sum, frame) => sum + frame.length, 0);
        assert.equal(output.total, taken + waiting);
        assert.ok(output.buffered >= output.total - output.sent);
        assert.equal(output.oldestAt === undefined, output.total === output.sent);
      };
      let seed = 0;
      for (const [what, size = 0] of steps) {
        const bytes = pattern(size, ++seed);
        if (what === "put") put(output, bytes);
        else if (what === "append") output.append(bytes);
        else if (what === "framed") {
          put(output, bytes.subarray(0, Math.min(10, size)), true);
          output.append(bytes.subarray(Math.min(10, size)));
        } else if (what === "flush") output.flush();
        else if (what === "release") stream.release();
        else if (what === "turn") await turn();
        else if (what === "discard") {
          check();
          output.discard();
          queue = [];
        } else stream.open = what === "open";
        if (size > 0) queue.push(Buffer.from(bytes));
        check();
      }
      for (stream.open = true; output.total > output.sent; await turn()) stream.release();
      check();
      assert.equal(queue.length, 0, "everything has gone out");
    }),
    { numRuns: 150 },
  );
});
