import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { DocumentedEngine, type Engine, KeptEngine, openEngine } from "../../../dist/node/deflate/engine.js";
import { withTail } from "../../../dist/node/deflate/inflation.js";
import { keptZlib } from "../../../dist/node/undocumented/kept-zlib.js";
import { noise, sampleJson } from "./path.js";

const setup = { level: 1, windowBits: 15, memLevel: 8 };
const kept = new KeptEngine(keptZlib()!);
const documented = new DocumentedEngine();
const NONE = new Uint8Array(0);

test("the best engine is the one that keeps states", () => {
  assert.ok(openEngine() instanceof KeptEngine);
});

test("a fresh compressor gives the same bytes on both engines", () => {
  const compressor = kept.open(setup);
  const other = documented.open(setup);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (payload) => {
      compressor.reset();
      other.reset();
      assert.deepEqual(compressor.compress(payload), other.compress(payload));
    }),
  );
  compressor.close();
  other.close();
});

test("any bytes decompress, or fail, alike on both engines: with a dictionary, with little room", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc.uint8Array({ maxLength: 3000 }).map((payload) => new Uint8Array(deflateRawSync(payload, { finishFlush: 2 }))),
    fc.uint8Array({ maxLength: 3000 }).map((payload) => new Uint8Array(deflateRawSync(payload))),
  );
  const dictionary = fc.uint8Array({ maxLength: 40_000 });
  fc.assert(
    fc.property(bytes, dictionary, fc.integer({ min: 1, max: 4000 }), (payload, before, room) => {
      const input = withTail(payload);
      const window = before.subarray(Math.max(0, before.length - 32_768));
      const [one, other] = [kept, documented].map((engine) => engine.inflate(input, window, room));
      // Too long and then invalid: the first fault is exact where the output is, the documented one works in chunks of 64 bytes.
      if (one === "full" && other === "invalid") return;
      assert.deepEqual(one, other);
    }),
    { numRuns: 500 },
  );
});

for (const [name, engine] of [
  ["kept", kept],
  ["documented", documented],
] as const satisfies [string, Engine][]) {
  test(`${name}: the dictionary is a window of 32 KiB, to its first byte`, () => {
    const before = noise(32_768);
    // zlib refers back at most 32 768 less 262 bytes (MIN_LOOKAHEAD).
    const message = before.subarray(300, 500);
    const compressed = deflateRawSync(message, { dictionary: before, finishFlush: 2, level: 9 }).subarray(0, -4);
    const run = engine.inflate(withTail(compressed), before, 1000);
    assert.ok(typeof run !== "string");
    assert.deepEqual(run.output, message);
    assert.ok(compressed.length < 20);
    // With less of it the reference leads nowhere.
    assert.equal(engine.inflate(withTail(compressed), before.subarray(301), 1000), "invalid");
  });

  test(`${name}: a run that failed leaves nothing behind`, () => {
    const good = withTail(deflateRawSync(Buffer.from("good"), { finishFlush: 2 }).subarray(0, -4));
    assert.equal(engine.inflate(withTail(Uint8Array.of(0xff)), NONE, 100), "invalid");
    for (let time = 0; time < 3; time++) {
      const run = engine.inflate(good, NONE, 100);
      assert.ok(typeof run !== "string");
      assert.equal(Buffer.from(run.output).toString(), "good");
    }
    assert.equal(engine.inflate(good, NONE, 3), "full");
    assert.deepEqual(engine.inflate(good, NONE, 4), {
      output: Uint8Array.from(Buffer.from("good")),
      used: good.length - 1,
    });
  });

  test(`${name}: it works again after close`, () => {
    engine.close();
    engine.close();
    assert.equal(engine.inflate(withTail(Uint8Array.of(0)), NONE, 10) === "invalid", false);
  });
}

test("a kept compressor refers to what it compressed before, until it is reset", () => {
  const compressor = kept.open(setup);
  const payload = sampleJson(500);
  const first = compressor.compress(payload)!;
  assert.ok(compressor.compress(payload)!.length < first.length / 4);
  compressor.reset();
  assert.deepEqual(compressor.compress(payload), first);
  compressor.close();
});
