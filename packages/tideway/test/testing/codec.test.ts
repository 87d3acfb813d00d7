import assert from "node:assert/strict";
import { test } from "node:test";
import { codecPool } from "../../dist/testing/codec.js";

const direction = { takeover: true, windowBits: 15 };
const directions = { send: direction, receive: direction };

for (const engine of ["kept", "documented"] as const) {
  test(`${engine}: codecs answer at once whatever the size, and every run is told`, () => {
    const runs: (readonly [room: number, given: number | undefined])[] = [];
    const pool = codecPool({ engine, onRun: (room, given) => runs.push([room, given]) })!;
    const codec = pool.open(directions);
    const payload = new Uint8Array(1_000_000).fill(1);
    const compressed = codec.compress(payload);
    assert.ok(compressed instanceof Uint8Array && compressed.length < 10_000);
    assert.deepEqual(codec.decompress(compressed, 1_000_000), payload);
    assert.ok(codec.decompress(compressed, 999_999) instanceof Error);
    assert.deepEqual(runs, [
      [1_000_000, 1_000_000],
      [999_999, undefined],
    ]);
    pool.close();
  });
}

test("codecs need not be watched, and take options", () => {
  const pool = codecPool({ engine: "documented", deflate: { level: 9 } })!;
  assert.deepEqual(pool.open(directions).decompress(Uint8Array.of(0), 1), new Uint8Array(0));
  pool.close();
  assert.throws(() => codecPool({ engine: "documented", deflate: { level: 10 } }), { code: "ERR_DEFLATE_OPTION" });
});

test("codecs that answer pending do so whatever the size, and still understand each other", async () => {
  const pool = codecPool({ engine: "documented", answer: "pending" })!;
  const [here, there] = [pool.open(directions), pool.open(directions)];
  for (const size of [1, 100, 300_000, 100]) {
    const payload = new Uint8Array(size).fill(1);
    const compressed = here.compress(payload);
    assert.ok(compressed instanceof Promise, `${size}`);
    const back = there.decompress((await compressed)!, size);
    assert.ok(back instanceof Promise, `${size}`);
    assert.deepEqual(await back, payload);
  }
  pool.close();
});
