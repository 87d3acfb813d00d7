/** Group R of the catalogue: what a peer can make the server hold or do. */
import assert from "node:assert/strict";
import { BINARY, closeFrame, masked, PING, PONG, RawPeer, TEXT } from "../node/raw-peer.js";
import { attackTest, inBatches, MiB, numbers, READ_GARBAGE, Target } from "./harness.js";

const plain = Target.start({ kind: "bare" });
const quiet = Target.start({ kind: "bare", echo: false });
const hasty = Target.start({
  kind: "bare",
  options: {
    messageTimeout: 600,
    sendMaxAge: 1500,
    writeTimeout: 600,
    pingInterval: 300,
    // Not shorter: the well-behaved connection, too, has to answer in time, on a busy machine.
    pingTimeout: 3000,
    closeTimeout: 500,
  },
});

attackTest("R-01 a frame of the limit + 1: 1009 at its length", plain, { rss: 2 * MiB }, async (target) => {
  const peer = await target.open();
  peer.send(masked(BINARY, new Uint8Array(MiB + 1)));
  assert.equal((await peer.closing()).code, 1009);
  await peer.orderlyEnd();
});

attackTest(
  "R-02 fragments whose sum is beyond the limit: 1009 where they cross it",
  plain,
  { rss: 6 * MiB },
  async (target) => {
    const peer = await target.open();
    peer.send(masked(0x02, new Uint8Array(2000)));
    for (let i = 0; i < 523; i++) peer.send(masked(0x00, new Uint8Array(2000)));
    await peer.flushed();
    assert.equal(peer.pending.length, 0, "not before");
    // 1 048 000 bytes so far: 577 more are one too many. The header alone is enough.
    peer.send(masked(0x00, new Uint8Array(577)).subarray(0, 4));
    assert.equal((await peer.closing()).code, 1009);
  },
);

attackTest(
  "R-03 a large frame declared and then sent by drops: 1008 in time, memory as received",
  hasty,
  { rss: 2 * MiB },
  async (target) => {
    const before = await target.stats(true);
    const peers = await Promise.all(numbers(20).map(() => target.open()));
    for (const peer of peers) peer.send(masked(BINARY, new Uint8Array(MiB)).subarray(0, 15));
    const drip = setInterval(() => {
      for (const peer of peers) if (!peer.ended) peer.send(Uint8Array.of(0));
    }, 100);
    try {
      const kept = (await target.stats(true)).arrayBuffers - before.arrayBuffers;
      assert.ok(kept < 20 * 4096, `${kept} bytes for 20 times 1 MiB declared`);
      for (const peer of peers) assert.equal((await peer.closing(5000)).code, 1008);
    } finally {
      clearInterval(drip);
    }
  },
);

attackTest("R-04 fragments of one byte without end: 1008 at 1 025", plain, {}, async (target, context) => {
  const peer = await target.open();
  peer.send(masked(0x01, "a"));
  const before = await target.stats(true);
  peer.send(Buffer.concat(numbers(1023).map(() => masked(0x00, "a"))));
  peer.send(masked(PING, "still open"));
  assert.deepEqual(await peer.frame(), { first: PONG, payload: Buffer.from("still open") });
  // What is kept for them, behind a collection: the resident memory says as much of V8 as of us.
  const now = await target.stats(true);
  const kept = now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers;
  context.diagnostic(`${(kept / 1024).toFixed(0)} KiB are kept`);
  assert.ok(kept < 256 * 1024, `${kept} bytes for 1 024 fragments of one byte`);
  peer.send(masked(0x00, "a"));
  assert.equal((await peer.closing()).code, 1008);
  await peer.orderlyEnd();
});

attackTest(
  "R-05 empty fragments without end: 1008, and little work",
  plain,
  { rss: 2 * MiB },
  async (target, context) => {
    const flood = Buffer.concat([masked(0x01), ...numbers(100_000).map(() => masked(0x00))]);
    const { cpu } = await target.stats();
    const peer = await target.open();
    peer.send(flood);
    assert.equal((await peer.closing()).code, 1008);
    await peer.orderlyEnd();
    const cost = (await target.stats()).cpu - cpu;
    context.diagnostic(`${cost.toFixed(0)} ms of CPU`);
    assert.ok(cost < 500, `${cost} ms`);
  },
);

attackTest("R-06 a large frame in segments of few bytes", plain, { rss: 6 * MiB }, async (target) => {
  const peer = await target.open();
  const bytes = masked(BINARY, new Uint8Array(200_000).fill(3));
  for (let at = 0; at < bytes.length; at += 8) {
    peer.send(bytes.subarray(at, at + 8));
    if (at % 1024 === 0) await peer.flushed();
  }
  assert.deepEqual((await peer.frame()).payload, Buffer.alloc(200_000, 3));
});

attackTest("R-07 100 000 ordinary messages and 2 000 fragmented ones: never closed", quiet, {}, async (target) => {
  const before = await target.stats();
  const peer = await target.open();
  const thousand = Buffer.concat(numbers(1000).map(() => masked(TEXT, "x")));
  for (let i = 0; i < 100; i++) peer.send(thousand);
  const fragmented = Buffer.concat([masked(0x01, "a"), ...numbers(50).map(() => masked(0x00, "b")), masked(0x80, "c")]);
  for (let i = 0; i < 2000; i++) peer.send(fragmented);
  await target.until(({ messages }) => messages - before.messages === 102_000, "all messages");
  peer.send(closeFrame(1000));
  assert.equal((await peer.closing()).code, 1000);
});

attackTest("R-10 R-13 8 192 pings in one segment: answered, not closed", plain, { rss: 8 * MiB }, async (target) => {
  const peer = await target.open();
  peer.send(Buffer.concat([...numbers(8192).map((index) => masked(PING, String(index))), masked(TEXT, "end")]));
  let pongs = 0;
  let last = "";
  for (let frame = await peer.frame(); frame.first === PONG; frame = await peer.frame()) {
    pongs++;
    last = frame.payload.toString();
  }
  assert.equal(last, "8191", "the latest is answered");
  assert.ok(pongs > 0 && pongs <= 8192);
  peer.text("still open");
  assert.equal(await peer.message(), "still open");
});

attackTest(
  "R-11 pongs nobody asked for: passed over, and 1008 beyond 1 000 in ten seconds",
  plain,
  {},
  async (target) => {
    const peer = await target.open();
    peer.send(Buffer.concat([...numbers(1000).map(() => masked(PONG)), masked(TEXT, "still open")]));
    assert.equal(await peer.message(), "still open");
    peer.send(Buffer.concat(numbers(100).map(() => masked(PONG))));
    assert.equal((await peer.closing()).code, 1008);
  },
);

attackTest(
  "R-12 64 MiB of pings from a peer that never reads: one pong waits, and no more is kept",
  plain,
  { rss: READ_GARBAGE },
  async (target, context) => {
    const { arrayBuffers, errors } = await target.stats(true);
    const peer = await target.open({ paused: true });
    const pings = Buffer.concat(numbers(512).map(() => masked(PING, "x".repeat(120))));
    for (let sent = 0; sent < 64 * MiB; sent += pings.length) peer.send(pings);
    let before = -1;
    let same = 0;
    // Until the server takes no more of it, or has closed.
    await target.until((stats) => {
      const waiting = peer.closed ? -2 : peer.socket.writableLength;
      same = waiting === before ? same + 1 : 0;
      before = waiting;
      return same >= 10 && stats.buffered <= 256 * 1024;
    }, "the server to stop reading");
    const now = await target.stats(true);
    const kept = now.arrayBuffers - arrayBuffers;
    context.diagnostic(`${Math.round(kept / 1024)} KiB kept, ${peer.socket.writableLength / MiB} MiB not read`);
    assert.ok(now.buffered <= 256 * 1024, `${now.buffered}`);
    // The kernel takes some 36 MiB on its own; the rest shows that the server has stopped. Unless there were too many pings before.
    const tooMany = (now.errors["ERR_CONTROL_RATE"] ?? 0) > (errors["ERR_CONTROL_RATE"] ?? 0);
    assert.ok(tooMany || peer.socket.writableLength > MiB, "the server stops reading, or fails the connection");
  },
);

attackTest("R-14 empty messages as fast as they come, and others are served", quiet, {}, async (target, context) => {
  const before = await target.stats();
  const flood = Buffer.concat(numbers(20_000).map(() => masked(TEXT)));
  const peer = await target.open();
  await target.whileControlled(context, async () => {
    const began = performance.now();
    for (let i = 0; i < 40; i++) {
      peer.send(flood);
      await peer.flushed();
    }
    const { messages } = await target.until(
      (stats) => stats.messages - before.messages === 800_000,
      "all of them",
      20_000,
    );
    const seconds = (performance.now() - began) / 1000;
    context.diagnostic(`${Math.round((messages - before.messages) / seconds / 1000)} 000 messages per second`);
  });
});

attackTest(
  "R-16 a paused reader is sent 128 MiB: at 1 MiB it is closed with 1013",
  plain,
  { rss: 24 * MiB },
  async (target) => {
    const { dropped } = await target.stats();
    const peer = await target.open();
    peer.text("greedy");
    assert.equal(await peer.message(), "greedy");
    peer.socket.pause();
    await target.command("push", 65_536, 2048);
    const now = await target.stats();
    assert.ok(now.buffered <= MiB + 65_536 + 1000, `${now.buffered} bytes queued`);
    assert.ok(now.dropped > dropped);
    peer.socket.resume();
    assert.equal((await peer.closing()).code, 1013);
  },
);

attackTest("R-17 20 paused readers and a fast one", plain, { rss: 160 * MiB }, async (target) => {
  const fast = await target.open();
  fast.text("greedy");
  await fast.message();
  const slow = await Promise.all(numbers(20).map(() => target.open()));
  for (const peer of slow) {
    peer.text("greedy");
    await peer.message();
    peer.socket.pause();
  }
  const pushing = target.command("push", 16_384, 1024, 4);
  for (let i = 0; i < 1024; i++) assert.equal((await fast.frame()).payload.length, 16_384);
  await pushing;
  fast.text("still open");
  assert.equal(await fast.message(), "still open");
});

attackTest(
  "R-18 a reader just fast enough for naive timers is closed for the age of what it was sent",
  hasty,
  {},
  async (target) => {
    const peer = await target.open();
    peer.text("greedy");
    await peer.message();
    peer.socket.pause();
    await target.command("push", 65_536, 512);
    // A sip every 50 ms. Its pings go unanswered too; whichever deadline comes first, it must not stay.
    const sips = setInterval(() => {
      peer.socket.resume();
      setImmediate(() => peer.socket.pause());
    }, 50);
    try {
      await target.until(({ connections }) => connections === 1, "the slow reader to be ended", 6000);
    } finally {
      clearInterval(sips);
    }
    const { endings } = await target.stats();
    assert.match(endings.at(-1)?.failure ?? "", /^ERR_(SEND_AGE|SEND_LIMIT|PING_TIMEOUT|WRITE_TIMEOUT)$/);
  },
);

const slowOnly = Target.start({
  kind: "bare",
  options: { sendMaxAge: 800, writeTimeout: "Infinity", sendLimit: "Infinity" },
});
const stalledOnly = Target.start({
  kind: "bare",
  options: { sendMaxAge: "Infinity", writeTimeout: 500, sendLimit: "Infinity" },
});

attackTest("R-18 the age of the oldest byte alone: 1013", slowOnly, { rss: 64 * MiB }, async (target) => {
  const peer = await target.open();
  peer.text("greedy");
  await peer.message();
  peer.socket.pause();
  await target.command("push", 65_536, 256);
  await target.until(({ errors }) => errors["ERR_SEND_AGE"] === 1, "the age to be noticed", 4000);
  peer.socket.resume();
  assert.equal((await peer.closing()).code, 1013);
});

attackTest(
  "R-19 a peer that takes nothing any more: ended soon after its last progress",
  stalledOnly,
  { rss: 64 * MiB },
  async (target) => {
    const peer = await target.open();
    peer.text("greedy");
    await peer.message();
    peer.socket.pause();
    await target.command("push", 65_536, 256);
    const { endings } = await target.until(({ endings }) => endings.length === 1, "the end", 4000);
    assert.deepEqual([endings[0]!.code, endings[0]!.failure], [1006, "ERR_WRITE_TIMEOUT"]);
  },
);

const beating = Target.start({ kind: "bare", options: { pingInterval: 250, pingTimeout: 250 } });

attackTest("R-20 R-21 silent, answering wrongly, and answering: who stays", beating, {}, async (target) => {
  const silent = await target.open();
  const wrong = await target.open();
  const right = await target.open();
  const answer = (peer: RawPeer, payload: (sent: Buffer) => Uint8Array) => {
    void (async () => {
      for (;;) {
        const frame = await peer.frame();
        if (frame.first === PING) peer.send(masked(PONG, payload(frame.payload)));
      }
    })().catch(() => {});
  };
  answer(wrong, () => Buffer.from("not what you asked"));
  answer(right, (sent) => sent);
  await target.until(({ connections }) => connections === 2, "the two to be ended", 4000);
  await silent.gone();
  await wrong.gone();
  assert.ok(!right.closed);
});

attackTest("R-24 2 000 idle connections", Target.start({ kind: "http" }), { rss: 80 * MiB }, idle);
attackTest("R-24 2 000 idle connections on a bare listener", Target.start({ kind: "bare" }), { rss: 80 * MiB }, idle);

async function idle(target: Target, context: { diagnostic(text: string): void }): Promise<void> {
  // Warm: the first ones pay for code and pools.
  await Promise.all(numbers(200).map(() => target.open()));
  const before = await target.stats(true);
  await inBatches(numbers(2000), 50, async () => void (await target.open()));
  const now = await target.stats(true);
  const heap = (now.heapUsed - before.heapUsed) / 2000 / 1024;
  const rss = (now.rss - before.rss) / 2000 / 1024;
  context.diagnostic(`KiB per connection: heap ${heap.toFixed(1)}, rss ${rss.toFixed(1)}`);
  assert.equal(now.connections, 2201);
  assert.equal(now.timers, before.timers, "no timer of its own");
  assert.ok(heap <= 12, `${heap} KiB of heap each`);
  assert.ok(rss <= 24, `${rss} KiB resident each`);
}

for (const kind of ["http", "bare"] as const) {
  attackTest(
    `R-25 5 000 connections come and go (${kind})`,
    Target.start({ kind }),
    { rss: 32 * MiB, live: 2 * MiB, heap: 2 * MiB },
    async (target, context) => {
      const churn = () =>
        inBatches(numbers(1000), 20, async (index) => {
          const peer = await RawPeer.open({ port: target.port });
          peer.text("x");
          await peer.message();
          if (index % 3 === 0) peer.drop(true);
          else if (index % 3 === 1) peer.drop();
          else {
            peer.send(closeFrame(1000));
            await peer.orderlyEnd();
            peer.drop();
          }
          await peer.gone();
        });
      const heaps: number[] = [];
      for (let round = 0; round < 5; round++) {
        await churn();
        await target.until(({ connections }) => connections === 1, "all to have gone");
        heaps.push((await target.stats(true)).heapUsed);
      }
      context.diagnostic(`MiB of heap after each 1 000: ${heaps.map((heap) => (heap / MiB).toFixed(2)).join(" ")}`);
      assert.ok(heaps[4]! - heaps[1]! < 0.5 * MiB, `${heaps}`);
    },
  );
}

attackTest(
  "R-33 handlers that throw and reject, 500 times: others are not disturbed",
  plain,
  // What is in use is the measure; the resident memory has the garbage of 500 reads in it, or not.
  { live: 2 * MiB, heap: 2 * MiB, rss: READ_GARBAGE },
  async (target) => {
    await inBatches(numbers(500), 20, async () => {
      const peer = await RawPeer.open({ port: target.port });
      peer.text("throw");
      assert.equal((await peer.closing()).code, 1011);
      peer.send(closeFrame(1011));
      await peer.orderlyEnd();
      peer.drop();
    });
  },
);
