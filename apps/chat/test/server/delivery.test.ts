import assert from "node:assert/strict";
import { test } from "node:test";
import { Delivery } from "../../dist/server/hub/delivery.js";
import { FakeClock } from "./fake-clock.js";

const KIB = 1024;

test("a quiet room delivers at once", () => {
  const done: number[] = [];
  const delivery = new Delivery(new FakeClock(), () => false);
  delivery.push(100, () => done.push(1));
  delivery.push(100, () => done.push(2));
  assert.deepEqual(done, [1, 2]);
  assert.equal(delivery.backlog, 0);
});

test("one turn sends no more than its budget, in order", async () => {
  const clock = new FakeClock();
  const done: number[] = [];
  const delivery = new Delivery(clock, () => false);
  for (let i = 0; i < 100; i++) delivery.push(4 * KIB, () => done.push(i));
  assert.equal(done.length, 32);
  assert.equal(delivery.backlog, 68 * 4 * KIB);
  await clock.advance(0);
  assert.deepEqual(done, [...Array(100).keys()]);
  assert.equal(delivery.backlog, 0);
});

test("small messages end a turn too", () => {
  let done = 0;
  const delivery = new Delivery(new FakeClock(), () => false);
  for (let i = 0; i < 5000; i++) delivery.push(1, () => void done++);
  assert.equal(done, 1024);
});

test("it waits for readers with much waiting, but not for long", async () => {
  const clock = new FakeClock();
  let congested = true;
  const done: number[] = [];
  const delivery = new Delivery(clock, () => congested);
  for (let i = 0; i < 64; i++) delivery.push(4 * KIB, () => done.push(i));
  assert.equal(done.length, 32);
  await clock.advance(19);
  assert.equal(done.length, 32, "the readers have their time");
  delivery.push(1, () => done.push(64));
  assert.equal(done.length, 32, "and nothing overtakes");
  await clock.advance(1);
  assert.equal(done.length, 64, "a reader that stays slow holds the others up for 20 ms");
  congested = false;
  await clock.advance(1);
  assert.deepEqual(done, [...Array(65).keys()]);
});

test("a little talk never waits", async () => {
  const clock = new FakeClock();
  const delivery = new Delivery(clock, () => true);
  let done = 0;
  for (let i = 0; i < 15; i++) {
    delivery.push(4 * KIB, () => void done++);
    await clock.advance(0);
  }
  assert.equal(done, 15);
});

test("stopped, it forgets", async () => {
  const clock = new FakeClock();
  let done = 0;
  const delivery = new Delivery(clock, () => false);
  for (let i = 0; i < 100; i++) delivery.push(4 * KIB, () => void done++);
  delivery.stop();
  await clock.advance(100);
  assert.equal(done, 32);
  assert.equal(clock.pending, 0);
});
