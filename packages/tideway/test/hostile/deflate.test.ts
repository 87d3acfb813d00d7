/** Group D of the catalogue over sockets: what a peer can do with permessage-deflate. D-01 to D-11 are tests of negotiation and codec. */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { BINARY, masked, PING, PONG, type RawPeer, TEXT } from "../node/raw-peer.js";
import { attackTest, inBatches, MiB, numbers, READ_GARBAGE, Target } from "./harness.js";

const KiB = 1024;
/** RSV1: compressed. */
const RSV1 = 0x40;

const compressing = Target.start({ kind: "bare", options: { compression: true, maxFragments: "Infinity" } });
const taking = Target.start({
  kind: "bare",
  options: { compression: { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 } },
});
const fresh = Target.start({ kind: "bare", options: { compression: true } });
const plain = Target.start({ kind: "bare" });

function offering(offer = "permessage-deflate; client_max_window_bits") {
  return { request: { lines: { "Sec-WebSocket-Extensions": offer } } };
}

/** RFC 7692 §7.2.1. */
function compressed(data: Uint8Array | string): Buffer {
  const whole = deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
  return whole.subarray(0, whole.length - 4);
}

/** RFC 7692 §7.2.2, of messages in a row that share a context. */
function decompressed(...messages: readonly Uint8Array[]): string {
  const tail = Uint8Array.of(0, 0, 0xff, 0xff);
  const input = Buffer.concat(messages.flatMap((message) => [message, tail]));
  return inflateRawSync(input, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

/** Compressed, and handled in a thread in both directions. */
const slow = Buffer.from("a rising tide lifts all boats. ".repeat(20_000));

/** 98 KiB that become 99 MiB. */
const bomb = compressed(Buffer.alloc(99 * MiB));

function inFragments(payload: Uint8Array, size: number): Buffer {
  const frames = numbers(Math.ceil(payload.length / size)).map((index) => {
    const end = (index + 1) * size;
    const first = (index === 0 ? 0x02 | RSV1 : 0) | (end >= payload.length ? 0x80 : 0);
    return masked(first, payload.subarray(index * size, end));
  });
  return Buffer.concat(frames);
}

/** Sends something several times, a connection each. @returns the median of the longest stops of the event loop, in milliseconds */
async function stopOf(target: Target, times: number, attack: (peer: RawPeer) => Promise<void>): Promise<number> {
  const stops: number[] = [];
  for (let i = 0; i < times; i++) {
    const peer = await target.open(offering());
    await target.command("watchLoop");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await attack(peer);
    stops.push((await target.command("loopMax")) as number);
  }
  return stops.sort((a, b) => a - b)[times >> 1]!;
}

attackTest("an honest message, and everything has been used once", compressing, {}, async (target) => {
  const peer = await target.open(offering());
  peer.send(masked(TEXT | RSV1, compressed(slow)));
  assert.equal(decompressed((await peer.frame()).payload), slow.toString());
});

attackTest("D-12 a bomb of 1000:1 is 1009 at the limit", compressing, { rss: 4 * MiB }, async (target) => {
  const peer = await target.open(offering());
  peer.send(masked(BINARY | RSV1, bomb));
  assert.equal((await peer.closing()).code, 1009);
  await peer.orderlyEnd();
});

attackTest("D-12 a bomb does not stop the loop", compressing, {}, async (target, context) => {
  const stop = await stopOf(target, 5, async (peer) => {
    peer.send(masked(BINARY | RSV1, bomb));
    assert.equal((await peer.closing()).code, 1009);
    await peer.orderlyEnd();
  });
  context.diagnostic(`the loop stood still for ${stop.toFixed(1)} ms`);
  assert.ok(stop <= 20, `${stop} ms`);
});

attackTest("D-13 a bomb in fragments of one byte is the same", compressing, { rss: READ_GARBAGE }, async (target) => {
  const peer = await target.open(offering());
  peer.send(inFragments(bomb, 1));
  assert.equal((await peer.closing()).code, 1009);
});

attackTest(
  "D-13 a bomb in fragments of which each is below the limit",
  compressing,
  { rss: 8 * MiB },
  async (target) => {
    for (const size of [1000, 16 * KiB, 32 * KiB]) {
      const peer = await target.open(offering());
      peer.send(inFragments(bomb, size));
      assert.equal((await peer.closing()).code, 1009, `${size}`);
    }
  },
);

attackTest("D-12 the limit is that of the message, exactly", compressing, { rss: READ_GARBAGE }, async (target) => {
  for (const [length, code] of [
    [MiB, undefined],
    [MiB + 1, 1009],
  ] as const) {
    const peer = await target.open(offering());
    peer.send(masked(BINARY | RSV1, compressed(Buffer.alloc(length, "tide"))));
    if (code === undefined) assert.equal(decompressed((await peer.frame()).payload).length, length);
    else assert.equal((await peer.closing()).code, code);
  }
});

attackTest(
  "D-12 what does not compress may be longer on the wire, not in the message",
  compressing,
  { rss: READ_GARBAGE },
  async (target) => {
    // Stored blocks of 127 bytes, as zlib makes them with its smallest memory: 5 octets for each.
    const stored = (length: number) =>
      Buffer.concat(
        numbers(Math.ceil(length / 127)).flatMap((index) => {
          const size = Math.min(127, length - index * 127);
          return [Uint8Array.of(0, size, 0, ~size, 0xff), Buffer.alloc(size, index)];
        }),
      );
    const most = stored(MiB);
    assert.ok(most.length > MiB + 40 * KiB);
    const peer = await target.open(offering());
    peer.send(masked(BINARY | RSV1, Buffer.concat([most, Uint8Array.of(0)])));
    assert.equal((await peer.frame()).first & 0x0f, 2, "delivered, and sent back");
    const over = await target.open(offering());
    over.send(masked(BINARY | RSV1, Buffer.concat([stored(MiB + 1), Uint8Array.of(0)])));
    assert.equal((await over.closing()).code, 1009);
    const uncompressed = await target.open(offering());
    uncompressed.send(masked(BINARY, new Uint8Array(MiB + 1)).subarray(0, 14));
    assert.equal((await uncompressed.closing()).code, 1009, "without RSV1 there is no room");
    const header = await target.open(offering());
    header.send(masked(BINARY | RSV1, new Uint8Array(MiB + 128 * KiB)).subarray(0, 14));
    assert.equal((await header.closing()).code, 1009, "and with it not for ever");
  },
);

attackTest("D-14 a bomb past the limit, and corrupt bytes behind", compressing, { rss: 8 * MiB }, async (target) => {
  const small = compressed(Buffer.alloc(2 * MiB));
  for (const [payload, code] of [
    [Buffer.concat([bomb.subarray(0, 50_000), Buffer.alloc(20_000, 0xff)]), 1009],
    [Buffer.concat([small.subarray(0, small.length - 8), Buffer.alloc(100, 0xff)]), 1009],
    [Buffer.concat([compressed(Buffer.alloc(200 * KiB)), Uint8Array.of(0xff, 0xff, 0xff)]), 1007],
  ] as const) {
    const peer = await target.open(offering());
    peer.send(masked(BINARY | RSV1, payload));
    assert.equal((await peer.closing()).code, code);
    await peer.orderlyEnd();
  }
});

for (const [name, length] of [
  ["at once", 300],
  ["in a thread", 200 * KiB],
] as const) {
  attackTest(`D-15 one byte of a valid message is wrong, ${name}`, compressing, {}, async (target) => {
    const text = numbers(length / 10)
      .map((index) => `${(index * 7919) % 10_007} tide `)
      .join("")
      .slice(0, length);
    const valid = compressed(text);
    const step = Math.max(1, Math.floor(valid.length / 60));
    let refused = 0;
    await inBatches(numbers(Math.floor(valid.length / step)), 8, async (index) => {
      const broken = Buffer.from(valid);
      broken[index * step]! ^= 0xff;
      const peer = await target.open(offering());
      peer.send(masked(TEXT | RSV1, broken));
      const { first, payload } = await peer.frame();
      // DEFLATE has no checksum: another message may have come of it. Never another answer, and never none.
      if ((first & 0x0f) === 8) {
        assert.ok([1007, 1009].includes(payload.readUInt16BE()), `${payload.readUInt16BE()} at ${index * step}`);
        refused++;
      } else assert.equal(first & 0x8f, TEXT);
      peer.drop();
    });
    assert.ok(refused > 0, "none was refused");
  });
}

attackTest("D-16 gone while messages are decompressed", compressing, { rss: 128 * MiB }, async (target) => {
  const before = await target.stats();
  for (const reset of [true, false]) {
    await inBatches(numbers(60), 6, async () => {
      const peer = await target.open(offering());
      peer.send(Buffer.concat(numbers(3).map(() => masked(TEXT | RSV1, compressed(slow)))));
      await peer.flushed();
      await turn();
      peer.drop(reset);
    });
  }
  await target.until(({ connections }) => connections === before.connections, "all ends");
});

attackTest("D-16 gone, closed and ended while messages are compressed", taking, { rss: 80 * MiB }, async (target) => {
  const before = await target.stats();
  for (const how of ["reset", "terminateGreedy", "closeGreedy"] as const) {
    await inBatches(numbers(10), 2, async () => {
      const peer = await target.open(offering());
      peer.send(masked(TEXT, "greedy"));
      await peer.frame();
      const pushed = target.command("push", slow.length, 3);
      if (how === "reset") peer.drop(true);
      else await target.command(how, 1000, "enough");
      await pushed;
      if (how === "closeGreedy") {
        // Everything before the close frame is whole, compressed or not.
        assert.equal((await peer.closing()).code, 1000);
        peer.drop();
      } else await peer.gone();
    });
  }
  await target.until(({ connections }) => connections === before.connections, "all ends");
  const { arrayBuffers } = await target.stats(true);
  assert.ok(arrayBuffers - before.arrayBuffers < 4 * MiB, `${arrayBuffers - before.arrayBuffers} bytes are left`);
});

attackTest(
  "D-16 a slow reader is closed while messages are compressed",
  compressing,
  { rss: 80 * MiB },
  async (target) => {
    const peer = await target.open({ ...offering(), paused: true });
    peer.send(masked(TEXT, "greedy"));
    await target.until(({ messages }) => messages > 0, "the request");
    const dropped = (await target.stats()).dropped;
    await target.command("push", slow.length, 200);
    const now = await target.until(({ endings, buffered }) => endings.length > 0 || buffered === 0, "the end");
    assert.ok(now.dropped > dropped, "over the limit");
    peer.drop();
  },
);

const record = `{"name":"tide","values":[${numbers(300).join(",")}]}`;

attackTest("D-17 1 000 connections, a compressed echo each", fresh, { rss: 64 * MiB }, async (target, context) => {
  const message = masked(TEXT | RSV1, compressed(record));
  const before = await target.stats(true);
  await inBatches(numbers(1000), 50, async () => {
    const peer = await target.open(offering());
    peer.send(message);
    const { first, payload } = await peer.frame();
    assert.equal(first, TEXT | RSV1);
    assert.equal(decompressed(payload), record);
  });
  const each = ((await target.stats(true)).rss - before.rss) / 1000;
  context.diagnostic(`${(each / KiB).toFixed(1)} KiB a connection`);
  assert.ok(each <= 40 * KiB, `${each} bytes a connection`);
});

attackTest(
  "D-17 an idle connection that negotiated costs little more",
  compressing,
  { rss: 64 * MiB },
  async (target, context) => {
    const held = ({ heapUsed, arrayBuffers }: { heapUsed: number; arrayBuffers: number }) => heapUsed + arrayBuffers;
    /** Bytes a connection: the second time, when all code has been compiled. */
    const cost = async (on: Target, options: ReturnType<typeof offering> | object) => {
      let each = 0;
      for (let round = 0; round < 2; round++) {
        const before = await on.stats(true);
        await inBatches(numbers(1000), 50, async () => void (await on.open(options)));
        each = (held(await on.stats(true)) - held(before)) / 1000;
        on.dropAll();
        await on.until(({ connections }) => connections === before.connections, "all ends");
      }
      return each;
    };
    const more = (await cost(target, offering())) - (await cost(await plain, {}));
    context.diagnostic(`${more.toFixed(0)} bytes more than a plain one`);
    assert.ok(more <= 4 * KiB, `${more} bytes`);
  },
);

attackTest(
  "D-18 a flood of compressed messages leaves the thread pool to others",
  compressing,
  { rss: 80 * MiB },
  async (target, context) => {
    for (const [name, data, count] of [
      ["tiny", "tide", 20_000],
      ["large", slow, 200],
    ] as const) {
      const peers = await Promise.all(numbers(4).map(() => target.open(offering())));
      const frame = masked(TEXT | RSV1, compressed(data));
      for (const peer of peers) peer.send(Buffer.concat(numbers(count / 4).map(() => frame)));
      const times = ((await target.command("poolTimes", 20)) as number[]).sort((a, b) => a - b);
      context.diagnostic(
        `${name}: a turn of the thread pool within ${times[10]!.toFixed(1)} ms, at most ${times[19]!.toFixed(1)}`,
      );
      assert.ok(times[10]! < 100, `${name}: ${times[10]} ms`);
      target.dropAll();
    }
  },
);

attackTest(
  "D-19 the order on the wire is that of sending, pongs in between",
  compressing,
  { rss: READ_GARBAGE },
  async (target) => {
    const peer = await target.open(offering());
    for (let round = 0; round < 10; round++) {
      peer.send(
        Buffer.concat([
          masked(TEXT | RSV1, compressed(slow)),
          masked(TEXT, "small"),
          masked(PING, "ping"),
          masked(TEXT | RSV1, compressed(record)),
          masked(TEXT, "end"),
        ]),
      );
      const seen: string[] = [];
      while (seen.length < 5) {
        const { first, payload } = await peer.frame();
        const text = (first & RSV1) === 0 ? payload.toString() : decompressed(payload);
        seen.push((first & 0x8f) === PONG ? "pong" : text.length === slow.length ? "slow" : text);
      }
      assert.deepEqual(
        seen.filter((text) => text !== "pong"),
        ["slow", "small", record, "end"],
      );
      assert.ok(seen.includes("pong"));
    }
  },
);

attackTest("D-20 one message to peers with different parameters", taking, { rss: 64 * MiB }, async (target) => {
  const offers = [
    undefined,
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; server_max_window_bits=10",
  ];
  const peers = await Promise.all([...offers, ...offers].map((offer) => target.open(offer ? offering(offer) : {})));
  for (const peer of peers) {
    peer.send(masked(TEXT, "subscribe"));
    // Its echo: compressed here, since the threshold is 0.
    await peer.frame();
  }
  const messages = numbers(12).map((index) => `${index} ${index % 4 === 3 ? slow : record}`);
  for (const message of messages) assert.equal(await target.command("publish", message), peers.length);
  const bytesOf = new Map<number, string>();
  for (const [index, peer] of peers.entries()) {
    const frames = [];
    for (const _ of messages) frames.push(await peer.frame());
    const takeover = index % offers.length > 2;
    const texts = takeover
      ? decompressed(...frames.map(({ payload }) => payload))
      : frames
          .map(({ first, payload }) => ((first & RSV1) === 0 ? payload.toString() : decompressed(payload)))
          .join("");
    assert.ok(texts.endsWith(messages.join("")), `peer ${index}`);
    assert.equal((frames[0]!.first & RSV1) !== 0, index % offers.length > 0);
    // The two with the same parameters and no takeover got the very same bytes.
    const all = Buffer.concat(frames.map(({ payload }) => payload)).toString("latin1");
    const twin = bytesOf.get(index - offers.length);
    if (twin !== undefined && !takeover) assert.equal(all, twin);
    bytesOf.set(index, all);
  }
});
