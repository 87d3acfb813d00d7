import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Connection } from "../../dist/protocol/connection.js";
import { portableKernel } from "../../dist/protocol/kernel.js";
import { resolveLimits } from "../../dist/protocol/limits.js";
import type { MessageHandler } from "../../dist/protocol/message-assembler.js";
import { OutgoingBuffer } from "../../dist/protocol/outgoing.js";
import { type MessageReader, ReaderStock } from "../../dist/protocol/reader-stock.js";
import { Recorder, rawFrame } from "../../dist/testing/recorder.js";

const limits = resolveLimits("client");

function makeStock(): ReaderStock {
  return new ReaderStock({ kernel: portableKernel, limits, masked: false });
}

/** A client, since its peer does not mask and frames can be read here. */
function connect(readers: ReaderStock | undefined, sink = new Recorder()) {
  const outgoing = new OutgoingBuffer();
  const connection = new Connection({
    role: "client",
    nextKey: () => 0,
    sink,
    outgoing,
    ...(readers && { readers }),
  });
  return { connection, sink };
}

const nobody: MessageHandler = {
  onText: () => {},
  onBinary: () => {},
  onControl: () => undefined,
  onReady: () => {},
  reading: true,
};

function feed({ decoder }: MessageReader, bytes: Uint8Array): void {
  decoder.decode(bytes, 0, bytes.length, Number.POSITIVE_INFINITY);
}

const places: readonly (readonly [where: string, bytes: Uint8Array, taken: boolean])[] = [
  ["before a frame", new Uint8Array(0), true],
  ["behind a message", rawFrame(0x82, "abc"), true],
  ["within a header", rawFrame(0x82, "abc").subarray(0, 1), false],
  ["within a payload", rawFrame(0x82, "abc").subarray(0, 4), false],
  ["between two fragments", rawFrame(0x02, "abc"), false],
  ["behind a ping between two fragments", Buffer.concat([rawFrame(0x02, "abc"), rawFrame(0x89, "")]), false],
  ["behind a fault", rawFrame(0x83, ""), false],
];
for (const [where, bytes, taken] of places) {
  test(`a reader ${where} is ${taken ? "taken back, for whoever comes next" : "not taken back"}`, () => {
    const stock = makeStock();
    const reader = stock.take(nobody);
    feed(reader, bytes);
    assert.equal(stock.give(reader), taken);
    assert.equal(reader.assembler.handler, taken ? undefined : nobody, "nobody is kept that is not read for");
    assert.equal(stock.take(nobody) === reader, taken);
  });
}

test("two who read at the same time have two readers", () => {
  const stock = makeStock();
  const first = stock.take(nobody);
  const second = stock.take(nobody);
  assert.notEqual(first, second);
  assert.ok(stock.give(first) && stock.give(second));
});

test("a tap sees the frames of each reader", () => {
  const seen: number[] = [];
  const stock = new ReaderStock({
    kernel: portableKernel,
    limits,
    masked: false,
    tap: (frame) => seen.push(frame.first & 0x0f),
  });
  const reader = stock.take(nobody);
  feed(reader, rawFrame(0x82, "abc"));
  feed(reader, rawFrame(0x89, ""));
  assert.deepEqual(seen, [2, 9]);
});

test("a connection that ends within a frame leaves nothing behind for the next", () => {
  const stock = makeStock();
  const gone = connect(stock);
  gone.connection.receive(rawFrame(0x02, "half a message"));
  gone.connection.end();
  const other = connect(stock);
  other.connection.receive(rawFrame(0x81, "whole"));
  assert.deepEqual(other.sink.events, [["text", "whole"]]);
});

test("a connection that is read within the handler of another", () => {
  const stock = makeStock();
  const inner = connect(stock);
  class Outer extends Recorder {
    override onText(text: string): void {
      super.onText(text);
      inner.connection.receive(rawFrame(0x81, `inner ${text}`));
    }
  }
  const outer = connect(stock, new Outer());
  outer.connection.receive(Buffer.concat([rawFrame(0x81, "1"), rawFrame(0x81, "2")]));
  assert.deepEqual(outer.sink.events, [
    ["text", "1"],
    ["text", "2"],
  ]);
  assert.deepEqual(inner.sink.events, [
    ["text", "inner 1"],
    ["text", "inner 2"],
  ]);
});

const frames = fc.constantFrom(
  rawFrame(0x81, "text"),
  rawFrame(0x82, "octets"),
  rawFrame(0x01, "be"),
  rawFrame(0x80, "gun"),
  rawFrame(0x89, "ping"),
  rawFrame(0x8a, "pong"),
  rawFrame(0x88, ""),
  rawFrame(0x83, "reserved"),
  rawFrame(0x81, "x".repeat(300)),
);

test("connections that share readers hear what they would hear alone, however their octets come", () => {
  const peer = fc.array(frames, { maxLength: 6 }).map((list) => new Uint8Array(Buffer.concat(list)));
  const steps = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 40 })), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(peer, { minLength: 3, maxLength: 3 }), steps, (sent, turns) => {
      const stock = makeStock();
      const shared = sent.map((bytes) => ({ ...connect(stock), bytes: new Uint8Array(bytes), at: 0 }));
      for (const [index, count] of [...turns, [0, 9999], [1, 9999], [2, 9999]] as const) {
        const one = shared[index]!;
        const end = Math.min(one.bytes.length, one.at + count);
        one.connection.receive(one.bytes, one.at, end);
        one.at = end;
      }
      for (const [index, { sink }] of shared.entries()) {
        const alone = connect(undefined);
        alone.connection.receive(new Uint8Array(sent[index]!));
        assert.deepEqual(sink.events, alone.sink.events);
      }
    }),
  );
});
