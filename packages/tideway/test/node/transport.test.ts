import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  type Ending,
  type Pace,
  Transport,
  type TransportOptions,
  type TransportOwner,
} from "../../dist/node/transport.js";
import { Wheel } from "../../dist/node/wheel.js";
import { chunkings } from "../../dist/testing/chunking.js";
import { BlockingStream } from "./blocking-stream.js";
import { BINARY, CLOSE, closeFrame, masked, PING, TEXT } from "./raw-peer.js";

/** Remembers what it is told, and may do something about it. */
class Owner implements TransportOwner {
  readonly log: string[] = [];
  readonly endings: Ending[] = [];
  onMessage: (text: string) => void = () => {};

  onText(text: string): void {
    this.log.push(`text ${text}`);
    this.onMessage(text);
  }

  onBinary(_: Uint8Array, start: number, end: number): void {
    this.log.push(`binary ${end - start}`);
  }

  onPing(): void {
    this.log.push("ping");
  }

  onPong(): void {
    this.log.push("pong");
  }

  onClose(code: number): void {
    this.log.push(`close ${code}`);
  }

  onFailure(error: Error & { code?: string }): void {
    this.log.push(`failure ${error.code}`);
  }

  onDrained(): void {}

  onSlow(reason: string): void {
    this.log.push(`slow ${reason}`);
  }

  onEnded(ending: Ending): void {
    this.log.push(`ended ${ending.code}${ending.wasClean ? " clean" : ""}`);
    this.endings.push(ending);
  }
}

const PACE: Pace = { highWater: 1000, writeTimeout: 10_000, sendMaxAge: 30_000, readsOnlyWhenDrained: true };

function setUp({
  open = true,
  head = new Uint8Array(0),
  ...more
}: { open?: boolean; head?: Uint8Array } & Partial<TransportOptions> = {}) {
  const stream = new BlockingStream(open);
  const owner = new Owner();
  const wheel = new Wheel(1000);
  const transport = new Transport({
    connection: { role: "server" },
    stream,
    owner,
    wheel,
    pace: PACE,
    ...more,
  });
  transport.start(head);
  return { stream, owner, wheel, transport };
}

/** Until nothing happens any more. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

const session = Buffer.concat([
  masked(TEXT, "a"),
  masked(PING, "p"),
  masked(BINARY, new Uint8Array(200)),
  masked(0x01, "b"),
  masked(0x80, "c"),
  closeFrame(1000),
]);
const events = ["text a", "ping", "binary 200", "text bc", "close 1000"];

test("any chunking of the bytes, any of them in the head, gives the same", async () => {
  let count = 0;
  for (const { name, pieces } of chunkings(session)) {
    if (pieces.length > 60 && count++ > 3) continue;
    for (const inHead of [0, 1]) {
      const { stream, owner } = setUp({ head: Buffer.concat(pieces.slice(0, inHead)) });
      for (const piece of pieces.slice(inHead)) stream.push(Buffer.from(piece));
      await settled();
      assert.deepEqual(owner.log, events, `${name}, ${inHead} in the head`);
      assert.ok(stream.writableEnded, "the server ends first (§7.1.1)");
      stream.push(null);
      await settled();
      assert.deepEqual(owner.log.slice(5), ["ended 1000 clean"]);
    }
  }
});

test("a busy consumer: nothing is handled until it is ready, then all of it, in order", async () => {
  const { stream, owner, transport } = setUp();
  owner.onMessage = () => transport.pauseReading();
  stream.push(Buffer.concat(["1", "2", "3"].map((text) => masked(TEXT, text))));
  stream.push(masked(TEXT, "4"));
  await settled();
  assert.deepEqual(owner.log, ["text 1"]);
  for (let i = 2; i <= 4; i++) {
    transport.resumeReading();
    await settled();
    assert.equal(owner.log.at(-1), `text ${i}`);
    assert.equal(owner.log.length, i);
  }
});

test("fairness: what came in one read is handled in portions, and others get their turn in between", async () => {
  const { stream, owner } = setUp();
  stream.push(Buffer.concat(Array.from({ length: 2000 }, () => masked(TEXT, "x"))));
  await turn();
  const first = owner.log.length;
  assert.ok(first > 0 && first <= 512, `${first} in the first turn`);
  await settled();
  assert.equal(owner.log.length, 2000);
});

test("a peer that is behind with what it was sent is not read from", async () => {
  const { stream, owner, transport } = setUp({ open: false });
  owner.onMessage = () => transport.connection.sendBinary(new Uint8Array(2000));
  stream.push(masked(TEXT, "1"));
  await settled();
  stream.push(Buffer.concat(Array.from({ length: 1000 }, () => masked(TEXT, "more"))));
  await settled();
  assert.deepEqual(owner.log, ["text 1"]);
  stream.release();
  await settled();
  // One turn's portion is handled and answered; then the peer is behind again.
  assert.ok(owner.log.length > 1 && owner.log.length <= 1 + 256, `${owner.log.length}`);
  for (stream.open = true; owner.log.length < 1001; await settled()) stream.release();
});

test("the other end, which reads at any time, does not wait for its output", async () => {
  const { stream, owner, transport } = setUp({ open: false, pace: { ...PACE, readsOnlyWhenDrained: false } });
  transport.connection.sendBinary(new Uint8Array(5000));
  await settled();
  stream.push(Buffer.concat([masked(TEXT, "1"), masked(TEXT, "2")]));
  await settled();
  assert.deepEqual(owner.log, ["text 1", "text 2"]);
});

test("an end without a close frame is 1006, but not before what came is handled", async () => {
  const { stream, owner, transport } = setUp();
  owner.onMessage = () => transport.pauseReading();
  stream.push(Buffer.concat([masked(TEXT, "1"), masked(TEXT, "2")]));
  stream.push(null);
  await settled();
  assert.deepEqual(owner.log, ["text 1"]);
  transport.resumeReading();
  await settled();
  transport.resumeReading();
  await settled();
  assert.deepEqual(owner.log, ["text 1", "text 2", "ended 1006"]);
  assert.ok(stream.destroyed);
});

test("what is queued goes out before the stream ends", async () => {
  const { stream, transport } = setUp({ open: false });
  transport.connection.sendBinary(new Uint8Array(100));
  await settled();
  transport.connection.sendBinary(new Uint8Array(200));
  transport.connection.close(1000);
  stream.push(closeFrame(1000));
  await settled();
  assert.ok(!stream.writableEnded);
  stream.release();
  await settled();
  stream.release();
  await settled();
  assert.ok(stream.writableEnded);
  assert.equal(stream.written.length, 2 + 100 + 4 + 200 + 4);
  assert.equal(stream.written[306], CLOSE);
});

test("a fault: the close frame, our end of the stream, and whatever still comes is thrown away", async () => {
  const { stream, owner } = setUp();
  stream.push(Buffer.concat([masked(TEXT, "1"), Buffer.of(0x83), Buffer.alloc(100_000)]));
  await settled();
  for (let i = 0; i < 20; i++) stream.push(Buffer.alloc(65_536));
  await settled();
  assert.deepEqual(owner.log, ["text 1", "failure ERR_OPCODE"]);
  assert.ok(stream.writableEnded && !stream.destroyed);
  assert.equal(stream.readableLength, 0);
  stream.push(null);
  await settled();
  assert.equal(owner.log.at(-1), "ended 1006");
  assert.equal(owner.endings[0]!.error?.message, "opcode 3 is reserved");
});

test("a broken stream: 1006 with its error, once", async () => {
  const { stream, owner, transport } = setUp();
  const broken = new Error("cable cut");
  const lost = transport.written();
  stream.destroy(broken);
  await settled();
  await lost;
  transport.terminate();
  await settled();
  assert.deepEqual(owner.log, ["ended 1006"]);
  assert.equal(owner.endings[0]!.error, broken);
});

test("a stream that was gone before it began", async () => {
  const stream = new BlockingStream(true);
  stream.destroy();
  await settled();
  const owner = new Owner();
  const transport = new Transport({
    connection: { role: "server" },
    stream,
    owner,
    wheel: new Wheel(1000),
    pace: { highWater: 1000, writeTimeout: 1000, sendMaxAge: 1000, readsOnlyWhenDrained: true },
  });
  transport.start(masked(TEXT, "a"));
  await settled();
  assert.deepEqual(owner.log, ["ended 1006"]);
});

test("written: resolves when the network has it, rejects when it never will", async () => {
  const { stream, transport } = setUp({ open: false });
  await transport.written();
  const order: string[] = [];
  const watch = (name: string) =>
    transport.written().then(
      () => order.push(name),
      (error: { code?: string }) => order.push(`${name} ${error.code}`),
    );
  transport.connection.sendText("1");
  const first = watch("first");
  await settled();
  transport.connection.sendText("2");
  const second = watch("second");
  await settled();
  assert.deepEqual(order, []);
  stream.release();
  await settled();
  assert.deepEqual(order, ["first"]);
  transport.terminate();
  await Promise.all([first, second]);
  assert.deepEqual(order, ["first", "second ERR_CONNECTION_ENDED"]);
});

test("discard tells those who wait for what is given up, and nobody else", async () => {
  const { stream, transport } = setUp({ open: false });
  const order: string[] = [];
  const watch = (name: string) =>
    void transport.written().then(
      () => order.push(name),
      (error: { code?: string }) => order.push(`${name} ${error.code}`),
    );
  transport.connection.sendText("under way");
  watch("first");
  await settled();
  transport.connection.sendText("queued");
  watch("second");
  transport.discard();
  transport.connection.close(1013, "longer than what was given up");
  await settled();
  assert.deepEqual(order, ["second ERR_CONNECTION_ENDED"]);
  stream.release();
  await settled();
  assert.deepEqual(order, ["second ERR_CONNECTION_ENDED", "first"]);
});

test("deadlines: the age of the oldest byte, and a write without progress", async () => {
  const { stream, owner, transport } = setUp({ open: false });
  const now = performance.now();
  transport.connection.sendText("x");
  await settled();
  transport.tick(now + 9000);
  assert.deepEqual(owner.log, []);
  transport.tick(now + 11_000);
  assert.deepEqual(owner.log, ["slow stalled"]);
  transport.tick(now + 31_000);
  assert.deepEqual(owner.log, ["slow stalled", "slow age"]);
  stream.release();
  await settled();
  transport.tick(now + 40_000);
  assert.equal(owner.log.length, 2, "nothing is queued any more");
});

test("close: the peer does not answer, and is cut off", async () => {
  const { stream, owner, transport } = setUp();
  transport.connection.close(1000);
  const now = performance.now();
  for (const after of [1000, 3000, 5000, 6500]) transport.tick(now + after);
  await settled();
  assert.ok(stream.destroyed);
  assert.deepEqual(owner.log, ["ended 1006"]);
  assert.equal((owner.endings[0]!.error as { code?: string }).code, "ERR_CLOSE_TIMEOUT");
});
