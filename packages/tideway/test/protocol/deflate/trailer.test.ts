import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_MESSAGE, endOf, TAIL, TRAILER_LENGTH } from "../../../dist/protocol/deflate/trailer.js";
import { toHex } from "../../../dist/testing/recorder.js";

test("the tail begins with the four octets of RFC 7692 §7.2.2", () => {
  assert.equal(toHex(TAIL.subarray(0, TRAILER_LENGTH)), "0000ffff");
});

test("behind them a final stored block with nothing in it, and one octet too many", () => {
  assert.equal(toHex(TAIL.subarray(TRAILER_LENGTH)), "010000ffff00");
});

test("an empty message is the octet 00 (RFC 7692 §7.2.3.6)", () => assert.equal(EMPTY_MESSAGE, 0));

for (const [left, end] of [
  [0, "broken"],
  [1, "whole"],
  [2, "broken"],
  [3, "broken"],
  [4, "broken"],
  [5, "broken"],
  [6, "whole"],
  [7, "broken"],
  [8, "broken"],
  [9, "broken"],
  [10, "whole"],
  [11, "more"],
  [1000, "more"],
] as const) {
  test(`${left} octets left: ${end}`, () => assert.equal(endOf(left), end));
}
