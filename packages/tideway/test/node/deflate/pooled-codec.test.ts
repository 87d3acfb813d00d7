import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { MAX_FINAL_BLOCKS } from "../../../dist/node/deflate/inflation.js";
import { TidewayError } from "../../../dist/protocol/error.js";
import { fromHex, toHex } from "../../../dist/testing/recorder.js";
import { both, compress, decompress, noise, paths, sampleJson } from "./path.js";

function codeOf(result: unknown): string | undefined {
  return result instanceof TidewayError ? result.code : undefined;
}

/** RFC 7692 §7.2.3: payloads of messages on one connection, and what they say. */
const vectors: readonly (readonly [section: string, ...messages: (readonly [hex: string, text: string])[]])[] = [
  ["§7.2.3.1 one compressed block", ["f2 48 cd c9 c9 07 00", "Hello"]],
  ["§7.2.3.2 sharing the sliding window", ["f2 48 cd c9 c9 07 00", "Hello"], ["f2 00 11 00 00", "Hello"]],
  ["§7.2.3.3 a block with no compression", ["00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello"]],
  ["§7.2.3.4 a block with BFINAL set to 1", ["f3 48 cd c9 c9 07 00 00", "Hello"], ["f2 48 cd c9 c9 07 00", "Hello"]],
  ["§7.2.3.5 two blocks in one message", ["f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"]],
  ["§7.2.3.6 an empty message", ["00", ""], ["f2 48 cd c9 c9 07 00", "Hello"]],
  ["an empty fixed block before the empty stored one", ["02 00", ""]],
  ["no octets at all, from senders that flush twice", ["", ""]],
  ["a final empty stored block", ["01", ""]],
  ["a final empty fixed block, and the padding of §7.2.3.4", ["03 00 00", ""]],
  ["a final empty fixed block, without the padding", ["03 00", ""]],
  ["a final stored block in front", ["01 05 00 fa ff 48 65 6c 6c 6f f2 48 cd c9 c9 07 00", "HelloHello"]],
  ["a reference back over a final block", ["f3 48 cd c9 c9 07 00 00", "Hello"], ["f2 00 11 00 00", "Hello"]],
  ["a reference back within the message over a final block", ["f3 48 cd c9 c9 07 00 f2 00 11 00 00", "HelloHello"]],
];

for (const [path, makePool] of paths) {
  for (const [name, ...messages] of vectors) {
    test(`${path}: decompresses ${name}`, async () => {
      const codec = makePool().open(both(true));
      for (const [hex, text] of messages) {
        const result = await decompress(codec, fromHex(hex));
        assert.ok(!(result instanceof Error), String(result));
        assert.ok(!Buffer.isBuffer(result));
        assert.equal(Buffer.from(result).toString(), text);
      }
    });
  }

  test(`${path}: compresses §7.2.3.1, and the empty message of §7.2.3.6`, async () => {
    const codec = makePool().open(both(false));
    for (let time = 0; time < 2; time++) {
      assert.equal(toHex(await compress(codec, Buffer.from("Hello"))), "f248cdc9c90700");
      assert.equal(toHex(await compress(codec, new Uint8Array(0))), "00");
    }
  });

  for (const takeover of [false, true]) {
    test(`${path}: what is compressed is decompressed, takeover ${takeover}: any messages`, async () => {
      const pool = makePool();
      const message = fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 0, max: 20_000 }).map((length) => sampleJson(length)),
        fc.integer({ min: 0, max: 5000 }).map((length) => noise(length)),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(message, { maxLength: 8 }),
          fc.integer({ min: 9, max: 15 }),
          async (messages, bits) => {
            const codec = pool.open(both(takeover, bits));
            for (const payload of messages) {
              const result = await decompress(codec, await compress(codec, payload));
              assert.ok(!(result instanceof Error), String(result));
              assert.deepEqual(Buffer.from(result), Buffer.from(payload));
            }
            codec.close();
          },
        ),
        { numRuns: path === "off the loop" ? 30 : 100 },
      );
      pool.close();
    });

    test(`${path}: D-09 sizes around every boundary, takeover ${takeover}`, async () => {
      const pool = makePool({ serverNoContextTakeover: !takeover });
      const codec = pool.open(both(takeover));
      for (const size of [
        1, 2, 16_383, 16_384, 32_767, 32_768, 32_769, 65_535, 65_536, 131_071, 131_072, 131_073, 200_000,
      ]) {
        for (const payload of [sampleJson(size), noise(size), Buffer.alloc(size, "a")]) {
          const result = await decompress(codec, await compress(codec, payload), size);
          assert.ok(!(result instanceof Error), `${size}: ${String(result)}`);
          assert.deepEqual(Buffer.from(result), Buffer.from(payload));
        }
      }
      pool.close();
    });
  }

  for (let bits = 8; bits <= 15; bits++) {
    test(`${path}: decompresses what a peer with a window of ${bits} bits sends`, async () => {
      const codec = makePool().open({
        send: { takeover: false, windowBits: 15 },
        receive: { takeover: false, windowBits: bits },
      });
      const payload = sampleJson(5000);
      // D-07: zlib takes 8 for 9 here, as it does in peers that have agreed on 8.
      const compressed = deflateRawSync(payload, { windowBits: bits, finishFlush: 2 }).subarray(0, -4);
      assert.deepEqual(Buffer.from((await decompress(codec, compressed)) as Uint8Array), payload);
    });
  }

  for (const [name, strategy, level] of [
    ["stored blocks", 0, 0],
    ["fixed Huffman codes", 4, 6],
    ["Huffman codes alone", 2, 6],
    ["run lengths", 3, 6],
  ] as const) {
    test(`${path}: D-11 decompresses ${name}`, async () => {
      const codec = makePool().open(both(false));
      for (const size of [1, 1000, 70_000]) {
        const payload = sampleJson(size);
        const compressed = deflateRawSync(payload, { strategy, level, finishFlush: 2 }).subarray(0, -4);
        assert.deepEqual(Buffer.from((await decompress(codec, compressed)) as Uint8Array), payload);
      }
    });
  }

  for (const size of [10, 4096, 4097, 70_000]) {
    test(`${path}: D-10 a message of ${size} bytes whose DEFLATE ends with a final block, and the next`, async () => {
      const codec = makePool().open(both(true));
      const payload = sampleJson(size);
      for (const padding of [[], [0], [], [0]]) {
        const final = Buffer.concat([deflateRawSync(payload), Uint8Array.from(padding)]);
        assert.deepEqual(Buffer.from((await decompress(codec, final)) as Uint8Array), payload);
        const next = deflateRawSync(payload, { dictionary: payload, finishFlush: 2 }).subarray(0, -4);
        assert.deepEqual(Buffer.from((await decompress(codec, next)) as Uint8Array), payload);
      }
    });
  }

  test(`${path}: the limit is exact`, async () => {
    const pool = makePool();
    for (const size of [1, 1000, 131_072, 131_073, 300_000]) {
      for (const payload of [sampleJson(size), Buffer.alloc(size)]) {
        const compressed = deflateRawSync(payload, { finishFlush: 2 }).subarray(0, -4);
        const codec = pool.open(both(false));
        assert.equal(((await decompress(codec, compressed, size)) as Uint8Array).length, size);
        assert.equal(codeOf(await decompress(codec, compressed, size + 1)), undefined);
        if (size > 1) assert.equal(codeOf(await decompress(codec, compressed, size - 1)), "ERR_MESSAGE_TOO_BIG");
      }
    }
  });

  test(`${path}: the limit holds over final blocks, and their number is bounded`, async () => {
    const codec = makePool().open(both(false));
    const block = deflateRawSync(Buffer.alloc(1000));
    const blocks = (count: number) => Buffer.concat(Array.from({ length: count }, () => block));
    assert.equal(((await decompress(codec, blocks(10), 10_000)) as Uint8Array).length, 10_000);
    assert.equal(codeOf(await decompress(codec, blocks(10), 9999)), "ERR_MESSAGE_TOO_BIG");
    assert.equal(((await decompress(codec, blocks(MAX_FINAL_BLOCKS))) as Uint8Array).length, 1000 * MAX_FINAL_BLOCKS);
    assert.equal(codeOf(await decompress(codec, blocks(MAX_FINAL_BLOCKS + 1))), "ERR_DEFLATE_BLOCKS");
  });

  test(`${path}: D-15 corruption at every byte and every truncation gives a message or 1007; another connection is not touched`, async () => {
    const pool = makePool();
    const other = pool.open(both(true));
    const sender = pool.open(both(true));
    const payload = sampleJson(path === "off the loop" ? 150 : 600);
    const compressed = deflateRawSync(payload, { finishFlush: 2 }).subarray(0, -4);
    let refused = 0;
    for (let at = 0; at < compressed.length; at++) {
      for (const damaged of [
        Buffer.from(compressed).fill(compressed[at]! ^ 0xff, at, at + 1),
        Buffer.from(compressed).fill(compressed[at]! ^ 0x10, at, at + 1),
        compressed.subarray(0, at),
      ]) {
        const codec = pool.open(both(true));
        const result = await decompress(codec, damaged, 100_000);
        if (result instanceof Error) {
          assert.ok(result.code === "ERR_DEFLATE_DATA" || result.code === "ERR_MESSAGE_TOO_BIG", result.code);
          refused++;
        }
        codec.close();
        const again = await decompress(other, await compress(sender, payload));
        assert.deepEqual(Buffer.from(again as Uint8Array), payload);
      }
    }
    assert.ok(refused > compressed.length, `${refused} refused`);
    pool.close();
  });

  test(`${path}: a message that is cut off is not taken for a shorter one`, async () => {
    const codec = makePool().open(both(false));
    const payload = sampleJson(800);
    const compressed = deflateRawSync(payload, { finishFlush: 2 }).subarray(0, -4);
    for (let length = 1; length < compressed.length; length++) {
      assert.equal(
        codeOf(await decompress(codec, compressed.subarray(0, length))),
        "ERR_DEFLATE_DATA",
        `${length} octets`,
      );
    }
  });

  test(`${path}: a final block that is cut off does not end in what we put behind it`, async () => {
    const codec = makePool().open(both(false));
    const whole = deflateRawSync(sampleJson(300), { strategy: constants.Z_FIXED });
    const cuts = Array.from({ length: whole.length - 1 }, (_, index) => whole.subarray(0, index + 1));
    // The last code of this one takes the zeros of the tail for its own.
    for (const cut of [...cuts, fromHex("f3787878")]) {
      assert.equal(codeOf(await decompress(codec, cut)), "ERR_DEFLATE_DATA", toHex(cut));
    }
  });

  test(`${path}: two connections interleaved on one pool do not see each other`, async () => {
    const pool = makePool({ maxContexts: 2 });
    const [one, two] = [both(true), both(true)].map((directions) => ({
      sender: pool.open(directions),
      receiver: pool.open(directions),
    }));
    for (let round = 0; round < 100; round++) {
      for (const [side, { sender, receiver }] of [one!, two!].entries()) {
        const payload = sampleJson(1 + ((round * 7919) % 3000), side + 1);
        const result = await decompress(receiver, await compress(sender, payload));
        assert.deepEqual(Buffer.from(result as Uint8Array), payload);
      }
    }
    // What one sent is not understood by the other: "hub never mixes users in one context" (D-21).
    const secret = sampleJson(300, 77);
    await compress(one!.sender, secret);
    const referring = await compress(one!.sender, secret);
    const leaked = await decompress(two!.receiver, referring);
    if (referring.length < 60) assert.notDeepEqual(leaked instanceof Error ? leaked : Buffer.from(leaked), secret);
    pool.close();
  });

  test(`${path}: many connections with few contexts: who lost its own goes on correctly`, async () => {
    const pool = makePool({ maxContexts: 3 });
    const pairs = Array.from({ length: 10 }, () => ({
      sender: pool.open(both(true)),
      receiver: pool.open(both(true)),
    }));
    for (let round = 0; round < 30; round++) {
      for (const [index, { sender, receiver }] of pairs.entries()) {
        if ((round * 31 + index * 17) % 3 === 0) continue;
        const payload = sampleJson(((round + 1) * (index + 1) * 997) % 9000, index);
        const result = await decompress(receiver, await compress(sender, payload));
        assert.deepEqual(Buffer.from(result as Uint8Array), payload);
        assert.ok(pool.contexts.count <= 3);
      }
    }
    pool.close();
  });

  test(`${path}: D-16 a closed codec does nothing, and takes nothing again`, async () => {
    const pool = makePool();
    const codec = pool.open(both(true));
    const compressed = await compress(codec, sampleJson(1000));
    const pendingOut = codec.compress(sampleJson(100_000));
    const pendingIn = codec.decompress(compressed, 100_000);
    codec.close();
    codec.close();
    if (pendingOut instanceof Promise) assert.equal(await pendingOut, undefined);
    if (pendingIn instanceof Promise) assert.equal(codeOf(await pendingIn), "ERR_DEFLATE_CLOSED");
    assert.equal(await codec.compress(sampleJson(1000)), undefined);
    assert.equal(codeOf(await decompress(codec, compressed)), "ERR_DEFLATE_CLOSED");
    assert.equal(pool.contexts.count, 0);
  });

  test(`${path}: a window of 256 bytes is not compressed for, and is decompressed`, async () => {
    const codec = makePool().open(both(false, 8));
    assert.equal(await codec.compress(sampleJson(2000)), undefined);
    assert.equal(toHex((await decompress(codec, fromHex("f248cdc9c90700"))) as Uint8Array), "48656c6c6f");
  });

  test(`${path}: the payload is not changed, and the results are the caller's to keep`, async () => {
    const codec = makePool().open(both(true));
    const payload = sampleJson(2000);
    const copy = Buffer.from(payload);
    const first = await compress(codec, payload);
    const firstCopy = Buffer.from(first);
    const message = (await decompress(codec, first)) as Uint8Array;
    await decompress(codec, await compress(codec, noise(3000)));
    assert.deepEqual(payload, copy);
    assert.deepEqual(Buffer.from(first), firstCopy);
    assert.deepEqual(Buffer.from(message), copy);
    message.fill(0);
    assert.deepEqual(Buffer.from((await decompress(codec, await compress(codec, payload))) as Uint8Array), copy);
  });
}
