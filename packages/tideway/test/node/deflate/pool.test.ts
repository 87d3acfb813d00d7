import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { DocumentedEngine, KeptEngine } from "../../../dist/node/deflate/engine.js";
import { BOUNDARY, DeflatePool } from "../../../dist/node/deflate/pool.js";
import { resolveDeflateOptions } from "../../../dist/protocol/deflate/option.js";
import { TidewayError } from "../../../dist/protocol/error.js";
import { both, compress, paths, sampleJson } from "./path.js";

const settings = resolveDeflateOptions("server");

test("by default the engine is the best there is, and its states are shared", () => {
  const pool = new DeflatePool(settings);
  assert.ok(pool.engine instanceof KeptEngine);
  const setup = pool.setup({ takeover: false, windowBits: 15 });
  assert.deepEqual(setup, { level: 1, windowBits: 15, memLevel: 8 });
  assert.equal(pool.shared(setup), pool.shared({ ...setup }));
  assert.notEqual(pool.shared(setup), pool.shared({ ...setup, windowBits: 10 }));
  pool.close();
});

test("a compressor of one's own is small, and never has a larger window than agreed", () => {
  const pool = new DeflatePool(resolveDeflateOptions("server", { level: 3 }));
  assert.deepEqual(pool.setup({ takeover: true, windowBits: 15 }), { level: 3, windowBits: 13, memLevel: 6 });
  assert.deepEqual(pool.setup({ takeover: true, windowBits: 10 }), { level: 3, windowBits: 10, memLevel: 6 });
  const chosen = new DeflatePool(resolveDeflateOptions("server", { memLevel: 9 }));
  assert.equal(chosen.setup({ takeover: true, windowBits: 15 }).memLevel, 9);
  assert.equal(chosen.setup({ takeover: false, windowBits: 15 }).memLevel, 9);
});

test("small messages are answered at once, large ones pending; both sides of each boundary", async () => {
  const pool = new DeflatePool(settings);
  const codec = pool.open(both(false));
  const pending = (result: unknown) => result instanceof Promise;
  assert.ok(!pending(codec.compress(sampleJson(BOUNDARY.compress))));
  const large = codec.compress(sampleJson(BOUNDARY.compress + 1));
  assert.ok(pending(large));
  await large;
  const zeros = (length: number) => deflateRawSync(Buffer.alloc(length), { finishFlush: 2 }).subarray(0, -4);
  assert.ok(!pending(codec.decompress(zeros(BOUNDARY.decompressed), 1e6)));
  const grown = codec.decompress(zeros(BOUNDARY.decompressed + 1), 1e6);
  assert.ok(pending(grown));
  assert.equal(((await grown) as Uint8Array).length, BOUNDARY.decompressed + 1);
  // Too big for the limit is known at once when the limit is below the boundary.
  assert.ok(codec.decompress(zeros(BOUNDARY.decompressed), BOUNDARY.decompressed - 1) instanceof TidewayError);
  const received = codec.decompress(Buffer.alloc(BOUNDARY.received + 1, 255), 1e6);
  assert.ok(pending(received));
  assert.ok((await received) instanceof TidewayError);
  pool.close();
});

test("a large message in between: what follows does not refer to what stood before it", async () => {
  const pool = new DeflatePool(settings);
  const sender = pool.open(both(true));
  const receiver = pool.open(both(true));
  for (const size of [1000, 100_000, 1000, 1000, 40_000, 1000]) {
    const payload = sampleJson(size);
    const result = await receiver.decompress(await compress(sender, payload), 1e6);
    assert.deepEqual(Buffer.from(result as Uint8Array), payload);
  }
  pool.close();
});

test("a compressor that fails is not used again, and the message goes as it is", () => {
  let opened = 0;
  let closed = 0;
  const engine = new DocumentedEngine();
  const failing = Object.assign(Object.create(engine), {
    open: () => ({ compress: () => void opened++, reset: () => {}, close: () => void closed++ }),
  }) as DocumentedEngine;
  const pool = new DeflatePool(settings, { engine: failing });
  for (const takeover of [false, true]) assert.equal(pool.open(both(takeover)).compress(sampleJson(100)), undefined);
  assert.equal(opened, 2);
  assert.equal(closed, 2);
  assert.equal(pool.contexts.count, 0);
});

test("a pool that was closed works again", async () => {
  const pool = new DeflatePool(settings);
  const codec = pool.open(both(true));
  await compress(codec, sampleJson(1000));
  pool.close();
  assert.equal(pool.contexts.count, 0);
  assert.ok(await compress(codec, sampleJson(1000)));
  pool.close();
});

/** Memory of all kinds that belongs to this process's objects. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("D-17 10 000 idle connections cost at most 1 KiB each without takeover, also after a message each", async () => {
  const pool = new DeflatePool(settings);
  const message = sampleJson(1200);
  const warm = pool.open(both(false));
  await warm.decompress(await compress(warm, message), 1e6);
  const codecs = [];
  const before = held();
  for (let index = 0; index < 10_000; index++) codecs.push(pool.open(both(false)));
  const each = (held() - before) / codecs.length;
  assert.ok(each <= 1024, `${each} bytes each`);
  for (const codec of codecs) await codec.decompress(await compress(codec, message), 1e6);
  assert.equal(pool.contexts.count, 0);
});

test("D-17 with takeover a connection holds its window and no more, and all compressors together their bound", async () => {
  const pool = new DeflatePool(resolveDeflateOptions("server", { maxContexts: 20, maxContextBytes: 2 ** 21 }));
  const message = sampleJson(20_000);
  const codecs = Array.from({ length: 200 }, () => pool.open(both(true, 12)));
  const before = process.memoryUsage().arrayBuffers;
  const compressed = deflateRawSync(message, { finishFlush: 2 }).subarray(0, -4);
  for (const codec of codecs) {
    await codec.decompress(compressed, 1e6);
    await compress(codec, message);
  }
  assert.ok(pool.contexts.count <= 20);
  assert.ok(pool.contexts.bytes <= 2 ** 21);
  // What the messages themselves took may not have been collected yet: the histories are 200 times 4 KiB.
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024);
  pool.close();
});

for (const [path, makePool] of paths) {
  test(`${path}: D-12, D-14 a bomb of 1000:1 stops at the limit: memory, the loop, and what stands behind it`, async () => {
    const pool = makePool();
    const limit = 1024 * 1024;
    const bomb = deflateRawSync(Buffer.alloc(99 * 1024 * 1024), { finishFlush: 2, level: 9 }).subarray(0, -4);
    assert.ok(bomb.length < 110_000);
    for (const payload of [bomb, Buffer.concat([bomb, Buffer.alloc(64, 255)]), bomb.subarray(0, 20_000)]) {
      const before = process.memoryUsage().rss;
      const result = await pool.open(both(false)).decompress(payload, limit);
      const grown = process.memoryUsage().rss - before;
      assert.ok(result instanceof TidewayError);
      assert.equal(result.code, "ERR_MESSAGE_TOO_BIG");
      assert.ok(grown < 16 * 1024 * 1024, `${grown} bytes`);
    }
    // Others on the same pool go on.
    const codec = pool.open(both(false));
    const payload = sampleJson(2000);
    assert.deepEqual(
      Buffer.from((await codec.decompress(await compress(codec, payload), limit)) as Uint8Array),
      payload,
    );
    pool.close();
  });
}

test("D-12 the loop is not held: a bomb is worked on at once only up to the boundary", async () => {
  const pool = new DeflatePool(settings);
  const bomb = deflateRawSync(Buffer.alloc(20 * 1024 * 1024), { finishFlush: 2, level: 9 }).subarray(0, -4);
  assert.ok(bomb.length < BOUNDARY.received);
  const result = pool.open(both(false)).decompress(bomb, 16 * 1024 * 1024);
  assert.ok(result instanceof Promise);
  const failure = await result;
  assert.ok(failure instanceof TidewayError && failure.code === "ERR_MESSAGE_TOO_BIG");
});
