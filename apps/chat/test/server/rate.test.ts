import assert from "node:assert/strict";
import { test } from "node:test";
import { Bucket, RefusalCount } from "../../dist/server/hub/rate.js";

test("a bucket gives its burst at once and then its rate", () => {
  const bucket = new Bucket(10, 30);
  for (let i = 0; i < 30; i++) assert.equal(bucket.take(0), 0);
  assert.equal(bucket.take(0), 100);
  assert.equal(bucket.take(60), 40);
  assert.equal(bucket.take(100), 0);
  assert.equal(bucket.take(100), 100);
});

test("a bucket does not fill above its burst, and a clock that stands still gives nothing", () => {
  const bucket = new Bucket(10, 3);
  assert.equal(bucket.take(0), 0);
  for (let i = 0; i < 3; i++) assert.equal(bucket.take(1_000_000), 0);
  assert.ok(bucket.take(1_000_000) > 0);
  assert.ok(bucket.take(999_000) > 0);
});

test("waiting for as long as it was told is enough", () => {
  const bucket = new Bucket(7, 1);
  let now = 0;
  for (let i = 0; i < 50; i++) {
    const wait = bucket.take(now);
    if (wait > 0) {
      now += wait;
      assert.equal(bucket.take(now), 0);
    }
  }
});

test("refusals are counted within one window", () => {
  const count = new RefusalCount(3, 1000);
  assert.deepEqual(
    [0, 1, 2].map((now) => count.add(now)),
    [false, false, false],
  );
  assert.equal(count.add(999), true);
  assert.equal(count.add(1000), false);
});
