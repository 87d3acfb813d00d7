import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ticking, turnFor, Wheel } from "../../dist/node/wheel.js";
import { eventually } from "./raw-peer.js";

/** Keeps the process busy: nothing else runs. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test("every member is ticked once per turn, an eighth of them at a time", async () => {
  const wheel = new Wheel(80);
  const counts = new Array<number>(64).fill(0);
  let inStep = 0;
  let most = 0;
  const members = counts.map(
    (_, index): Ticking => ({
      tick: () => {
        counts[index]!++;
        inStep++;
        most = Math.max(most, inStep);
        queueMicrotask(() => {
          inStep = 0;
        });
      },
    }),
  );
  for (const member of members) wheel.add(member);
  await eventually(() => Math.min(...counts) >= 3, "three ticks of each");
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
  assert.equal(most, 8, "64 members in 8 slots");
  for (const member of members) wheel.remove(member);
});

test("members stay spread over the slots when they come and go", async () => {
  const wheel = new Wheel(80);
  let inStep = 0;
  let most = 0;
  let ticks = 0;
  const make = (): Ticking => ({
    tick: () => {
      ticks++;
      most = Math.max(most, ++inStep);
      queueMicrotask(() => {
        inStep = 0;
      });
    },
  });
  let members = Array.from({ length: 64 }, make);
  for (const member of members) wheel.add(member);
  // Everybody is replaced, one after another: the number of members is the same each time one comes.
  members = members.map((old) => {
    wheel.remove(old);
    const fresh = make();
    wheel.add(fresh);
    return fresh;
  });
  await eventually(() => ticks >= 128, "two ticks of each");
  assert.equal(most, 8);
  for (const member of members) wheel.remove(member);
});

test("who is removed is not ticked, also when it happens within a tick", async () => {
  const wheel = new Wheel(40);
  const ticked: string[] = [];
  let pairs = 0;
  for (let i = 0; i < 16; i++) {
    const other: Ticking = { tick: () => ticked.push("other") };
    const first: Ticking = {
      tick: () => {
        pairs++;
        wheel.remove(first);
        wheel.remove(other);
      },
    };
    wheel.add(first);
    // Seven others between them put both into the same slot.
    const between = Array.from({ length: 7 }, (): Ticking => ({ tick: () => {} }));
    for (const member of between) wheel.add(member);
    wheel.add(other);
    for (const member of between) wheel.remove(member);
  }
  await eventually(() => pairs === 16, "every first one");
  assert.deepEqual(ticked, []);
});

test("adding within a tick, removing twice, removing a stranger", async () => {
  const wheel = new Wheel(40);
  let late = 0;
  const later: Ticking = { tick: () => late++ };
  const first: Ticking = {
    tick: () => {
      wheel.remove(first);
      wheel.remove(first);
      wheel.add(later);
    },
  };
  wheel.remove(later);
  wheel.add(first);
  await eventually(() => late > 1, "the late one");
  wheel.remove(later);
});

test("without members the clock is that of the process, and there is no timer", () => {
  const wheel = new Wheel(1000);
  const member: Ticking = { tick: () => {} };
  wheel.add(member);
  wheel.remove(member);
  const before = Math.floor(performance.now());
  assert.ok(wheel.now >= before);
  assert.ok(Number.isInteger(wheel.now));
  assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
});

test("R-22 a process that was blocked does not blame its peers: the clock goes on by one turn at most", async () => {
  const wheel = new Wheel(80);
  const seen: number[] = [];
  const member: Ticking = { tick: (now) => seen.push(now) };
  wheel.add(member);
  await eventually(() => seen.length === 1, "the first tick");
  const before = wheel.now;
  block(500);
  const ticks = seen.length;
  await eventually(() => seen.length > ticks, "a tick after the block");
  // The steps on the way to the next tick of this member count in full, the blocked one as a turn.
  assert.ok(seen.at(-1)! - before <= 80 + 8 * 80, `${seen.at(-1)! - before}`);
  assert.ok(seen.at(-1)! - before < 400, `${seen.at(-1)! - before}`);
  wheel.remove(member);
});

test("turnFor", () => {
  const table: readonly (readonly [deadlines: readonly number[], turn: number])[] = [
    [[10_000, 25_000], 1000],
    [[1000, 25_000], 200],
    [[100], 40],
    [[1], 40],
    [[2500], 500],
    [[Number.POSITIVE_INFINITY], 1000],
    [[Number.POSITIVE_INFINITY, 500], 100],
  ];
  for (const [deadlines, turn] of table) assert.equal(turnFor(...deadlines), turn, `${deadlines}`);
});
