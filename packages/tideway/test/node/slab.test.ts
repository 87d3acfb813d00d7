import assert from "node:assert/strict";
import { test } from "node:test";
import { outputArena } from "../../dist/node/arena.js";
import { leave, release, type Slab, slabFor } from "../../dist/node/slab.js";

const SPARE_BYTES = 16 * 1024;

/** As an output does it: takes room, and holds the slab. */
function hold(length: number): Slab {
  const slab = slabFor(length)!;
  slab.used += length;
  slab.holders++;
  return slab;
}

test("the arena comes first, and is used from its beginning again when all have let go", () => {
  const first = hold(100);
  assert.equal(first.bytes, outputArena);
  assert.equal(hold(50), first);
  release(first);
  assert.equal(first.used, 150, "one still has bytes in it");
  release(first);
  assert.equal(first.used, 0);
  assert.equal(slabFor(1), first);
});

test("a slab in which a write is under way is not filled any further; later it is the arena again", () => {
  const stuck = hold(100);
  leave(stuck);
  const other = hold(100);
  assert.notEqual(other, stuck);
  release(other);
  assert.equal(slabFor(10), other, "from its beginning");
  assert.equal(other.used, 0);
  release(stuck);
  assert.equal(slabFor(10)!.bytes, outputArena);
});

test("when the arena is full a spare is filled, and spares are used again", () => {
  const full = hold(outputArena.length);
  const spare = hold(SPARE_BYTES);
  assert.notEqual(spare, full);
  const next = hold(1);
  assert.notEqual(next, spare);
  release(spare);
  const again = hold(SPARE_BYTES);
  assert.equal(again, spare, "nobody has bytes in it any more");
  for (const slab of [full, next, again]) release(slab);
  assert.equal(slabFor(1)!.bytes, outputArena);
});

test("what a spare could not take gets none when the slab has no room for it", () => {
  const slab = hold(outputArena.length - SPARE_BYTES);
  assert.equal(slabFor(SPARE_BYTES + 1), undefined);
  assert.equal(slabFor(SPARE_BYTES), slab, "the slab is filled on");
  release(slab);
  assert.equal(slabFor(outputArena.length)?.bytes, outputArena);
  assert.equal(slabFor(outputArena.length + 1), undefined);
});
