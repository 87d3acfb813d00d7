import assert from "node:assert/strict";
import { test } from "node:test";
import { nextMaskingKey } from "../../dist/node/random.js";

test("F-40: ten thousand keys are unsigned 32-bit numbers, spread evenly, and hardly ever equal", () => {
  const keys = Array.from({ length: 10_000 }, nextMaskingKey);
  for (const key of keys) assert.ok(Number.isInteger(key) && key >= 0 && key <= 0xffff_ffff, `${key}`);
  // Two equal ones among 10 000 of 2^32 happen in one run of a hundred; four in one of 10^9.
  assert.ok(new Set(keys).size > keys.length - 4, "keys repeat");
  for (let octet = 0; octet < 4; octet++) {
    const counts = new Array<number>(256).fill(0);
    for (const key of keys) counts[(key >>> (8 * octet)) & 0xff]! += 1;
    const expected = keys.length / 256;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: mean 255, standard deviation 22.6. Seven of them to either side never happen by chance.
    assert.ok(chiSquare > 100 && chiSquare < 413, `octet ${octet}: ${chiSquare}`);
  }
});

test("F-40: the pool is filled anew when it is used up, not read twice", () => {
  const first = Array.from({ length: 1024 }, nextMaskingKey);
  const second = Array.from({ length: 1024 }, nextMaskingKey);
  assert.notDeepEqual(first, second);
  assert.ok(second.some((key) => key !== 0));
});
