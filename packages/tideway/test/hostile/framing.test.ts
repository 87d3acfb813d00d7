/** Group F of the catalogue over sockets: the close code on the wire, and an orderly end behind it. All of it is tried on the core elsewhere. */
import assert from "node:assert/strict";
import { fromHex } from "../../dist/testing/recorder.js";
import { BINARY, CLOSE, closeFrame, masked, PING, PONG, TEXT } from "../node/raw-peer.js";
import { attackTest, inBatches, MiB, numbers, READ_GARBAGE, Target } from "./harness.js";

const kinds = ["http", "bare"] as const;
const options = { maxPayload: 65_536 };
const targets = { http: Target.start({ kind: "http", options }), bare: Target.start({ kind: "bare", options }) };

/** A masked frame header whose length field is as said, with a key of zeros. */
const header = (hex: string) => fromHex(`${hex} 00000000`);

const wrong: readonly (readonly [name: string, bytes: Uint8Array, code: number])[] = [
  ["F-01 an unmasked frame", fromHex("81 01 61"), 1002],
  ["F-01 an unmasked ping", fromHex("89 00"), 1002],
  ["F-02 RSV2", masked(0xa1, "a"), 1002],
  ["F-02 RSV3", masked(0x91, "a"), 1002],
  ["F-03 RSV1 without an extension", masked(0xc1, "a"), 1002],
  ["F-04 RSV1 on a continuation", Buffer.concat([masked(0x01, "a"), masked(0xc0, "b")]), 1002],
  ["F-04 RSV1 on a ping", masked(0xc9, "a"), 1002],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode): [string, Uint8Array, number][] => [
    [`F-07 opcode ${opcode}`, masked(0x80 | opcode), 1002],
    [`F-08 opcode ${opcode}, its first byte alone`, Uint8Array.of(0x80 | opcode), 1002],
  ]),
  ["F-09 a reserved opcode with 2 GiB", fromHex("83 ff 00000000 7fffffff"), 1002],
  ["F-10 a ping of 126 bytes", fromHex("89 fe"), 1002],
  ["F-10 a close with a 64-bit length", fromHex("88 ff"), 1002],
  ["F-11 a ping in fragments", Uint8Array.of(0x09), 1002],
  ["F-11 a close in fragments", Uint8Array.of(0x08), 1002],
  ["F-12 5 in 16 bits", fromHex("82 fe 0005"), 1002],
  ["F-12 125 in 16 bits", fromHex("82 fe 007d"), 1002],
  ["F-12 5 in 64 bits", fromHex("82 ff 00000000 00000005"), 1002],
  ["F-12 65 535 in 64 bits", fromHex("82 ff 00000000 0000ffff"), 1002],
  ["F-13 2^63", fromHex("82 ff 80"), 1002],
  ["F-14 2^63 - 1", fromHex("82 ff 7fffffff ffffffff"), 1009],
  ["F-14 2^53", fromHex("82 ff 00200000 00000000"), 1009],
  ["F-14 2^32", fromHex("82 ff 00000001 00000000"), 1009],
  ["F-14 2^31", fromHex("82 ff 00000000 80000000"), 1009],
  ["F-14 the limit + 1", fromHex("82 ff 00000000 00010001"), 1009],
  ["F-17 a continuation of nothing", masked(0x80, "a"), 1002],
  ["F-17 a text within a text", Buffer.concat([masked(0x01, "a"), masked(TEXT, "b")]), 1002],
  [
    "F-17b a continuation behind an empty message",
    Buffer.concat([masked(0x01), masked(0x80), masked(0x80, "b")]),
    1002,
  ],
  ["F-21 invalid UTF-8", masked(TEXT, fromHex("c3 28")), 1007],
  ["F-24 overlong", masked(TEXT, fromHex("c0 af")), 1007],
  ["F-24 a surrogate", masked(TEXT, fromHex("ed a0 80")), 1007],
  ["F-24 beyond U+10FFFF", masked(TEXT, fromHex("f4 90 80 80")), 1007],
  ["F-24 cut at the end", masked(TEXT, fromHex("e2 82")), 1007],
  ["F-26 cut at the end of a fragment", Buffer.concat([masked(0x01, fromHex("e2 82")), masked(0x80)]), 1007],
  ["F-30 close code 1005", closeFrame(1005), 1002],
  ["F-30 close code 999", closeFrame(999), 1002],
  ["F-30 close code 5000", closeFrame(5000), 1002],
  ["F-32 a close of one byte", masked(CLOSE, "x"), 1002],
  ["F-32 a reason that is no UTF-8", Buffer.from(masked(CLOSE, fromHex("03e8 ff"))), 1007],
];

for (const kind of kinds) {
  for (const [name, bytes, code] of wrong) {
    attackTest(`${name}: ${code} (${kind})`, targets[kind], {}, async (target) => {
      const peer = await target.open();
      peer.send(bytes);
      assert.equal((await peer.closing(1000)).code, code);
      await peer.orderlyEnd(1000);
      const { endings } = await target.until(({ endings }) => endings.length > 0, "close");
      // C-09: what the peer was told is `closeSent`; its own close frame never came.
      assert.deepEqual([endings[0]!.code, endings[0]!.sent], [1006, code]);
    });
  }

  attackTest(
    `X-7 who goes on sending behind a fault still reads the close frame and an orderly end (${kind})`,
    targets[kind],
    { rss: READ_GARBAGE },
    async (target) => {
      await inBatches(wrong.slice(0, 20), 5, async ([name, bytes, code]) => {
        const peer = await target.open();
        peer.send(bytes);
        for (let i = 0; i < 32; i++) peer.send(new Uint8Array(65_536));
        assert.equal((await peer.closing()).code, code, name);
        await peer.orderlyEnd();
      });
    },
  );

  attackTest(`F-09 F-14 a declared length costs nothing (${kind})`, targets[kind], {}, async (target) => {
    const before = await target.stats(true);
    const peers = await Promise.all(numbers(200).map(() => target.open()));
    // Within the limit and never sent. Up to 64 KiB a length is believed (GrowingBuffer), and what goes beyond is not.
    for (const [index, peer] of peers.entries()) peer.send(Buffer.concat([header("82 fe ffff"), Buffer.alloc(index)]));
    await Promise.all(peers.map((peer) => peer.flushed()));
    for (const peer of peers) peer.send(Uint8Array.of(1));
    await Promise.all(peers.map((peer) => peer.flushed()));
    const grown = (await target.stats(true)).arrayBuffers - before.arrayBuffers;
    assert.ok(grown <= 200 * 66_000, `${grown} bytes for 200 times 64 KiB declared`);
  });

  attackTest(`F-15 the limit itself, one below, and in fragments (${kind})`, targets[kind], {}, async (target) => {
    const peer = await target.open();
    for (const size of [65_535, 65_536]) {
      peer.send(masked(BINARY, new Uint8Array(size)));
      assert.equal((await peer.frame()).payload.length, size);
    }
    peer.send(Buffer.concat([masked(0x02, new Uint8Array(65_535)), masked(0x80, "x")]));
    assert.equal((await peer.frame()).payload.length, 65_536);
    peer.send(Buffer.concat([masked(0x02, new Uint8Array(65_535)), masked(0x00, "x"), masked(0x80, "x")]));
    assert.equal((await peer.closing()).code, 1009);
  });

  attackTest(`F-16 F-34 one byte at a time (${kind})`, targets[kind], {}, async (target) => {
    const peer = await target.open();
    const bytes = Buffer.concat([masked(BINARY, new Uint8Array(1000).fill(7)), masked(PING, "p"), masked(TEXT, "ü")]);
    for (const octet of bytes) {
      peer.send(Uint8Array.of(octet));
      await peer.flushed();
    }
    assert.deepEqual((await peer.frame()).payload, Buffer.alloc(1000, 7));
    assert.deepEqual(await peer.frame(), { first: PONG, payload: Buffer.from("p") });
    assert.equal(await peer.message(), "ü");
  });

  attackTest(`F-34 10 000 frames at once (${kind})`, targets[kind], {}, async (target) => {
    const peer = await target.open();
    peer.send(Buffer.concat(numbers(10_000).map((index) => masked(TEXT, String(index)))));
    for (const index of numbers(10_000)) assert.equal(await peer.message(), String(index));
  });

  attackTest(`F-34 one frame in 1 000 reads (${kind})`, targets[kind], {}, async (target) => {
    const peer = await target.open();
    const text = "0123456789".repeat(6000);
    const bytes = masked(TEXT, text);
    for (let at = 0; at < bytes.length; at += 60) {
      peer.send(bytes.subarray(at, at + 60));
      if (at % 600 === 0) await peer.flushed();
    }
    assert.equal(await peer.message(), text);
  });

  attackTest(`F-22 an invalid byte at the beginning of a long text (${kind})`, targets[kind], {}, async (target) => {
    const whole = masked(TEXT, Buffer.concat([Buffer.from([0x61, 0xff]), Buffer.alloc(60_000, "a")]));
    const peer = await target.open();
    peer.send(whole.subarray(0, 100));
    assert.equal((await peer.closing(1000)).code, 1007, "not after the rest");
    const other = await target.open();
    other.send(masked(0x01, Uint8Array.of(0xff)));
    assert.equal((await other.closing(1000)).code, 1007, "not after the last fragment");
  });

  attackTest(
    `F-33 whatever comes behind a close frame is passed over (${kind})`,
    targets[kind],
    { rss: READ_GARBAGE },
    async (target) => {
      const before = await target.stats();
      const tails = [
        masked(TEXT, "late"),
        masked(PING, "late"),
        closeFrame(1002),
        fromHex("ffffffff"),
        Buffer.alloc(8 * MiB, 0x83),
      ];
      for (const tail of tails) {
        const peer = await target.open();
        peer.send(Buffer.concat([closeFrame(4001, "bye"), tail]));
        const frame = await peer.frame();
        assert.deepEqual([frame.first, frame.payload.readUInt16BE()], [CLOSE, 4001]);
        await peer.orderlyEnd();
        assert.equal(peer.pending.length, 0);
      }
      const now = await target.until(({ closes }) => closes - before.closes === tails.length, "all closes");
      assert.equal(now.messages, before.messages);
      assert.ok(
        now.endings.every(({ code, reason, failure }) => code === 4001 && reason === "bye" && failure === undefined),
      );
    },
  );

  for (const code of [1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999]) {
    attackTest(`F-31 close code ${code} is echoed (${kind})`, targets[kind], {}, async (target) => {
      const peer = await target.open();
      peer.send(closeFrame(code, "because"));
      assert.deepEqual(await peer.frame(), { first: CLOSE, payload: Buffer.of(code >> 8, code & 0xff) });
      await peer.orderlyEnd();
    });
  }
}
