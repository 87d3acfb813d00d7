import assert from "node:assert/strict";
import { test } from "node:test";
import { median, ratio, spread } from "../dist/statistic.js";

test("the median is the middle, or the mean of both in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test("the spread is the largest distance as a part of the median", () => {
  assert.equal(spread([10, 11, 9]), 0.2);
});

test("ratios are taken inside a round: a machine that was slow in one round changes nothing", () => {
  assert.equal(ratio([10, 20, 10], [5, 10, 5]), 2);
  assert.ok(Number.isNaN(ratio([], [1])));
});
