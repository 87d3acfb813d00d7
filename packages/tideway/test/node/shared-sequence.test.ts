import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { SharedSequence } from "../../dist/node/shared-sequence.js";

const a = Buffer.from("aa");
const b = Buffer.from("bbb");
const c = Buffer.from("c");

afterEach(() => SharedSequence.forget());

test("who gets the same frames in the same order gets the same bytes, joined once", () => {
  const first = SharedSequence.begin(a).followedBy(b).followedBy(c);
  const second = SharedSequence.begin(a).followedBy(b).followedBy(c);
  assert.equal(second, first);
  assert.equal(first.length, 6);
  assert.equal(Buffer.from(first.join()).toString(), "aabbbc");
  assert.equal(second.join(), first.join());
});

test("one frame alone is not copied", () => {
  assert.equal(SharedSequence.begin(a).join(), a);
});

test("another order, another beginning and less are other sequences", () => {
  const whole = SharedSequence.begin(a).followedBy(b);
  const part = SharedSequence.begin(a);
  const other = SharedSequence.begin(a).followedBy(c);
  const turned = SharedSequence.begin(b).followedBy(a);
  const texts = [whole, part, other, turned, whole].map((sequence) => Buffer.from(sequence.join()).toString());
  assert.deepEqual(texts, ["aabbb", "aa", "aac", "bbbaa", "aabbb"]);
});

test("frames are told apart by identity: equal bytes of two messages are two frames", () => {
  const first = SharedSequence.begin(a).followedBy(b);
  const second = SharedSequence.begin(Buffer.from(a)).followedBy(b);
  assert.notEqual(second, first);
  assert.deepEqual(second.join(), first.join());
});

test("what was forgotten is begun anew, and who has it keeps it", () => {
  const first = SharedSequence.begin(a).followedBy(b);
  SharedSequence.forget();
  const second = SharedSequence.begin(a).followedBy(b);
  assert.notEqual(second, first);
  assert.equal(Buffer.from(first.followedBy(c).join()).toString(), "aabbbc");
});
