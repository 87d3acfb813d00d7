import assert from "node:assert/strict";
import { test } from "node:test";
import { Delivery } from "../../dist/server/hub/delivery.js";
import { FakeClock } from "./fake-clock.js";

const KIB = 1024;
const KEEPING_UP = { behind: () => false, giveUp: () => {} };

test("a quiet room delivers at once", () => {
  const done: number[] = [];
  const delivery = new Delivery(new FakeClock(), KEEPING_UP);
  delivery.push(100, () => done.push(1));
  delivery.push(100, () => done.push(2));
  assert.deepEqual(done, [1, 2]);
  assert.equal(delivery.backlog, 0);
});

test("one turn sends no more than its budget, in order", async () => {
  const clock = new FakeClock();
  const done: number[] = [];
  const delivery = new Delivery(clock, KEEPING_UP);
  for (let i = 0; i < 100; i++) delivery.push(4 * KIB, () => done.push(i));
  assert.equal(done.length, 32);
  assert.equal(delivery.backlog, 68 * 4 * KIB);
  await clock.advance(0);
  assert.deepEqual(done, [...Array(100).keys()]);
  assert.equal(delivery.backlog, 0);
});

test("small messages end a turn too", () => {
  let done = 0;
  const delivery = new Delivery(new FakeClock(), KEEPING_UP);
  for (let i = 0; i < 5000; i++) delivery.push(1, () => void done++);
  assert.equal(done, 1024);
});

test("it waits for readers that are behind; when they are still behind after 100 ms, it gives them up", async () => {
  const clock = new FakeClock();
  let behind = true;
  let givenUp = 0;
  const done: number[] = [];
  const delivery = new Delivery(clock, {
    behind: () => behind,
    giveUp() {
      givenUp++;
      behind = false;
    },
  });
  for (let i = 0; i < 100; i++) delivery.push(4 * KIB, () => done.push(i));
  assert.equal(done.length, 32);
  await clock.advance(99);
  assert.equal(done.length, 32, "the readers have their time");
  delivery.push(1, () => done.push(100));
  assert.equal(done.length, 32, "and nothing overtakes");
  await clock.advance(1);
  assert.deepEqual(done, [...Array(101).keys()], "then it goes on, without waiting again");
  assert.equal(givenUp, 1);
});

test("it goes on as soon as the readers have caught up", async () => {
  const clock = new FakeClock();
  let behind = true;
  let done = 0;
  const delivery = new Delivery(clock, { behind: () => behind, giveUp: () => assert.fail("nobody was slow") });
  for (let i = 0; i < 40; i++) delivery.push(4 * KIB, () => void done++);
  await clock.advance(50);
  behind = false;
  await clock.advance(1);
  assert.equal(done, 40);
});

test("a little talk never waits", async () => {
  const clock = new FakeClock();
  const delivery = new Delivery(clock, { behind: () => true, giveUp: () => {} });
  let done = 0;
  for (let i = 0; i < 15; i++) {
    delivery.push(4 * KIB, () => void done++);
    await clock.advance(0);
  }
  assert.equal(done, 15);
});

test("who speaks waits while much is to be delivered", async () => {
  const clock = new FakeClock();
  let behind = true;
  const delivery = new Delivery(clock, { behind: () => behind, giveUp: () => {} });
  const push = (): void => delivery.push(64 * KIB, () => {});
  for (let i = 0; i < 34; i++) push();
  assert.equal(delivery.space(), undefined);
  push();
  let free = false;
  void delivery.space()?.then(() => {
    free = true;
  });
  await clock.advance(50);
  assert.equal(free, false);
  behind = false;
  await clock.advance(1);
  assert.equal(free, true);
  assert.equal(delivery.space(), undefined);
});

test("stopped, it forgets", async () => {
  const clock = new FakeClock();
  let done = 0;
  const delivery = new Delivery(clock, KEEPING_UP);
  for (let i = 0; i < 100; i++) delivery.push(4 * KIB, () => void done++);
  delivery.stop();
  await clock.advance(100);
  assert.equal(done, 32);
  assert.equal(clock.pending, 0);
});
