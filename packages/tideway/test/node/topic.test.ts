import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TopicIndex } from "../../dist/node/topic.js";

type Step = readonly ["subscribe" | "unsubscribe", member: number, topic: string] | readonly ["remove", member: number];

const member = fc.nat(4);
const topic = fc.constantFrom("a", "b", "", "__proto__", "constructor");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom("subscribe" as const, "unsubscribe" as const), member, topic),
  fc.tuple(fc.constant("remove" as const), member),
);

test("it is a Map of Sets, whatever happens in whatever order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const index = new TopicIndex<number>();
      const model = new Map<string, Set<number>>();
      for (const [what, who, where = ""] of steps) {
        if (what === "remove") {
          index.remove(who);
          for (const members of model.values()) members.delete(who);
        } else if (what === "subscribe") {
          const members = model.get(where) ?? new Set();
          model.set(where, members);
          assert.equal(index.subscribe(who, where), !members.has(who));
          members.add(who);
        } else assert.equal(index.unsubscribe(who, where), model.get(where)?.delete(who) ?? false);
        for (const [name, members] of model) assert.deepEqual(new Set(index.members(name)), members);
        assert.equal(index.size, [...model.values()].filter((members) => members.size > 0).length);
      }
    }),
    { numRuns: 500 },
  );
});

test("who leaves during a walk is not visited any more", () => {
  const index = new TopicIndex<string>();
  for (const name of ["a", "b", "c"]) index.subscribe(name, "news");
  const seen: string[] = [];
  for (const name of index.members("news")) {
    seen.push(name);
    index.remove("b");
    index.unsubscribe("a", "news");
  }
  assert.deepEqual(seen, ["a", "c"]);
});

test("nothing is kept of members and topics that are gone", () => {
  const index = new TopicIndex<object>();
  for (let i = 0; i < 1000; i++) {
    const someone = {};
    index.subscribe(someone, `topic ${i}`);
    index.subscribe(someone, "all");
    index.remove(someone);
  }
  assert.equal(index.size, 0);
  assert.equal(index.members("all").size, 0);
});
