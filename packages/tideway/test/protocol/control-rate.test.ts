import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlRate } from "../../dist/protocol/control-rate.js";

/** How many can be taken at once, up to 10 000. */
function drain(rate: ControlRate): number {
  let taken = 0;
  while (taken < 10_000 && rate.take()) taken++;
  return taken;
}

test("R-11: the whole limit may come in one burst, and not one more", () => {
  const rate = new ControlRate(1000);
  assert.equal(drain(rate), 1000);
  assert.equal(rate.take(), false);
});

const refills: readonly (readonly [elapsed: number, again: number])[] = [
  [0, 0],
  [1, 0],
  [10, 1],
  [1000, 100],
  [10_000, 1000],
  [3_600_000, 1000],
];
for (const [elapsed, again] of refills) {
  test(`after ${elapsed} ms ${again} of 1000 are back`, () => {
    const rate = new ControlRate(1000);
    drain(rate);
    assert.equal(rate.refill(elapsed), again === 1000, "whether it is as a new one");
    assert.equal(drain(rate), again);
  });
}

test("small refills add up", () => {
  const rate = new ControlRate(10);
  drain(rate);
  for (let i = 0; i < 4; i++) rate.refill(250);
  assert.equal(drain(rate), 1);
});

test("a full bucket does not grow", () => {
  const rate = new ControlRate(10);
  rate.refill(60_000);
  assert.equal(drain(rate), 10);
});

test("Infinity is no limit", () => {
  const rate = new ControlRate(Number.POSITIVE_INFINITY);
  assert.equal(drain(rate), 10_000);
  rate.refill(1000);
  assert.equal(rate.take(), true);
});
