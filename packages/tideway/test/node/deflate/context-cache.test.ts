import assert from "node:assert/strict";
import { test } from "node:test";
import { ContextCache, contextBytes } from "../../../dist/node/deflate/context-cache.js";
import type { Engine } from "../../../dist/node/deflate/engine.js";

const setup = { level: 1, windowBits: 13, memLevel: 6 };

function make(maxCount: number, maxBytes = Number.POSITIVE_INFINITY) {
  let made = 0;
  const closed: number[] = [];
  const engine = {
    open: () => {
      const number = ++made;
      return { compress: () => Uint8Array.of(number), reset: () => {}, close: () => closed.push(number) };
    },
  } as unknown as Engine;
  return { cache: new ContextCache(engine, maxCount, maxBytes), closed };
}

const [a, b, c] = [{}, {}, {}];

test("what a compressor costs: the figures that were measured", () => {
  for (const [windowBits, memLevel, kib] of [
    [15, 8, 264],
    [13, 6, 124],
    [13, 7, 141],
    [12, 5, 98],
    [11, 4, 85],
  ] as const) {
    const stated = contextBytes({ level: 1, windowBits, memLevel }) / 1024;
    assert.ok(Math.abs(stated - kib) <= kib * 0.05, `${windowBits}/${memLevel}: ${stated} KiB, measured ${kib}`);
  }
});

test("an owner keeps its compressor", () => {
  const { cache, closed } = make(2);
  assert.equal(cache.take(a, setup), cache.take(a, setup));
  assert.notEqual(cache.take(a, setup), cache.take(b, setup));
  assert.equal(cache.count, 2);
  assert.deepEqual(closed, []);
});

test("the longest unused goes first", () => {
  const { cache, closed } = make(2);
  cache.take(a, setup);
  cache.take(b, setup);
  cache.take(a, setup);
  cache.take(c, setup);
  assert.deepEqual(closed, [2]);
  assert.equal(cache.count, 2);
  cache.take(b, setup);
  assert.deepEqual(closed, [2, 1]);
});

test("memory is bounded as well as the number", () => {
  const each = contextBytes(setup);
  const { cache, closed } = make(100, each * 2.5);
  for (const owner of [a, b, c]) cache.take(owner, setup);
  assert.deepEqual(closed, [1]);
  assert.equal(cache.bytes, each * 2);
});

test("one that alone is too much is still made: a message has to be sent", () => {
  const { cache, closed } = make(1, 1);
  cache.take(a, setup);
  cache.take(b, setup);
  assert.equal(cache.count, 1);
  assert.deepEqual(closed, [1]);
});

test("dropped ones are closed once and counted no more", () => {
  const { cache, closed } = make(3);
  for (const owner of [a, b, c]) cache.take(owner, setup);
  cache.drop(b);
  cache.drop(b);
  assert.deepEqual(closed, [2]);
  assert.equal(cache.bytes, 2 * contextBytes(setup));
  cache.clear();
  assert.deepEqual(closed, [2, 1, 3]);
  assert.equal(cache.bytes, 0);
  assert.equal(cache.count, 0);
});
