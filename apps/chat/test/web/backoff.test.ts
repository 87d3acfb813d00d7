import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff, RECONNECT } from "../../dist/web-js/chat/backoff.js";
import { seeded } from "./fake.js";

test("waits stay between the floor and the doubling ceiling", () => {
  const random = seeded(1);
  for (let page = 0; page < 500; page += 1) {
    const backoff = new Backoff(RECONNECT, random);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const wait = backoff.next();
      assert.ok(wait >= 250, `${wait} is below the floor`);
      assert.ok(wait <= Math.min(30_000, 500 * 2 ** attempt), `${wait} is above the ceiling of attempt ${attempt}`);
    }
  }
});

test("full jitter: the waits of many pages fill the range evenly", () => {
  const random = seeded(2);
  const buckets = new Array<number>(10).fill(0);
  for (let page = 0; page < 10_000; page += 1) {
    const backoff = new Backoff(RECONNECT, random);
    for (let attempt = 0; attempt < 7; attempt += 1) backoff.next();
    const wait = backoff.next();
    buckets[Math.min(9, Math.floor((wait - 250) / 2975))]! += 1;
  }
  for (const count of buckets) assert.ok(count > 850 && count < 1150, `uneven: ${buckets.join()}`);
});

test("ten minutes of refusals stay few", () => {
  const random = seeded(3);
  let total = 0;
  let most = 0;
  for (let page = 0; page < 500; page += 1) {
    const backoff = new Backoff(RECONNECT, random);
    let attempts = 0;
    for (let at = 0; at < 600_000; at += backoff.next()) attempts += 1;
    total += attempts;
    most = Math.max(most, attempts);
  }
  // A ceiling of 30 s with full jitter waits 15 s on average.
  assert.ok(total / 500 < 50, `mean ${total / 500}`);
  assert.ok(most < 80, `most ${most}`);
});

test("after a reset it begins anew, and a thousand attempts do not overflow", () => {
  const backoff = new Backoff(RECONNECT, () => 0.999_999);
  for (let i = 0; i < 2000; i += 1) assert.ok(backoff.next() <= 30_000);
  assert.equal(backoff.next(), 30_000);
  backoff.reset();
  assert.equal(backoff.next(), 500);
});
