import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Entry, History, LogError } from "../../dist/server/store/log.js";
import { Store, type StoreOptions } from "../../dist/server/store/store.js";
import { folder } from "./folder.js";

async function open(t: TestContext, path: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await Store.open({ path: join(path, "chat.db"), ...options });
  t.after(() => store.close());
  return store;
}

function entry(id: number, more: Partial<Entry> = {}): Entry {
  return {
    room: "lobby",
    client: "hash-ann",
    id,
    author: "ann",
    from: "Ann",
    text: `text ${id}`,
    at: 1000 + id,
    ...more,
  };
}

function seqs(history: History): number[] {
  return history.messages.map((message) => message.seq);
}

async function fill(store: Store, count: number, more: Partial<Entry> = {}): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => store.append(entry(i + 1, more))));
}

test("seq counts from 1 in each room, without holes", async (t) => {
  const store = await open(t, folder(t));
  const at = [];
  for (let id = 1; id <= 3; id++) {
    at.push(await store.append(entry(id)));
    at.push(await store.append(entry(id + 10, { room: "other" })));
  }
  assert.deepEqual(
    at.map((one) => one.seq),
    [1, 1, 2, 2, 3, 3],
  );
});

test("a message comes back as it was", async (t) => {
  const store = await open(t, folder(t));
  const text = `"quoted" <b> 😀 \n\t ' ; DROP TABLE message; -- \ufffd e\u0301 ${"x".repeat(4000)}`;
  await store.append(entry(1, { text, from: "Ann '😀'" }));
  await store.append(entry(2, { toAuthor: "bob", to: "Bob" }));
  const { messages } = await store.read({ room: "lobby", author: "ann" });
  assert.deepEqual(messages, [
    { seq: 1, from: "Ann '😀'", author: "ann", text, at: 1001 },
    { seq: 2, from: "Ann", author: "ann", text: "text 2", at: 1002, to: "Bob" },
  ]);
});

test("what waits while a group commits goes into the next: syncs are counted by groups", async (t) => {
  const store = await open(t, folder(t));
  await fill(store, 500);
  assert.deepEqual(store.stats, { groups: 1, appended: 500, largestGroup: 500 });
  const first = store.append(entry(501));
  await Promise.resolve();
  const rest = Array.from({ length: 100 }, (_, i) => store.append(entry(600 + i)));
  await Promise.all([first, ...rest]);
  assert.deepEqual(store.stats, { groups: 3, appended: 601, largestGroup: 500 });
});

test("a group has an end", async (t) => {
  const store = await open(t, folder(t), { maxGroup: 100 });
  await fill(store, 250);
  assert.deepEqual(store.stats, { groups: 3, appended: 250, largestGroup: 100 });
});

test("reading writes nothing", async (t) => {
  const store = await open(t, folder(t));
  await store.read({ room: "lobby", author: "ann" });
  await store.find("hash-ann", 1);
  assert.equal(store.stats.groups, 0);
});

test("the same (client, id) is stored once: later, in the same group, and after reopening", async (t) => {
  const path = folder(t);
  let store = await open(t, path);
  const pair = await Promise.all([store.append(entry(1)), store.append(entry(1, { text: "again", at: 5000 }))]);
  assert.deepEqual(pair, [
    { seq: 1, at: 1001, duplicate: false },
    { seq: 1, at: 1001, duplicate: true },
  ]);
  assert.deepEqual(await store.append(entry(1)), { seq: 1, at: 1001, duplicate: true });
  assert.equal((await store.append(entry(1, { client: "hash-bob" }))).seq, 2);
  await store.close();
  store = await open(t, path);
  assert.deepEqual(await store.append(entry(1)), { seq: 1, at: 1001, duplicate: true });
  assert.deepEqual(await store.find("hash-bob", 1), { seq: 2, at: 1001, duplicate: true });
  assert.equal(await store.find("hash-bob", 2), undefined);
  assert.deepEqual(seqs(await store.read({ room: "lobby", author: "ann" })), [1, 2]);
});

test("answers come in the order of the questions", async (t) => {
  const store = await open(t, folder(t));
  const order: string[] = [];
  const said = store.append(entry(1)).then(() => order.push("append"));
  const read = store.read({ room: "lobby", author: "ann" }).then((history) => order.push(`read ${seqs(history)}`));
  const more = store.append(entry(2)).then(() => order.push("append"));
  await Promise.all([more, read, said]);
  assert.deepEqual(order, ["append", "read 1", "append"]);
});

test("pages backwards", async (t) => {
  const store = await open(t, folder(t));
  await fill(store, 120);
  const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const query = { room: "lobby", author: "ann" };
  const newest = await store.read(query);
  assert.deepEqual([seqs(newest), newest.more], [range(71, 120), true]);
  const middle = await store.read({ ...query, before: 71 });
  assert.deepEqual([seqs(middle), middle.more], [range(21, 70), true]);
  const oldest = await store.read({ ...query, before: 21 });
  assert.deepEqual([seqs(oldest), oldest.more], [range(1, 20), false]);
  const exact = await store.read({ ...query, before: 51 });
  assert.deepEqual([seqs(exact), exact.more], [range(1, 50), false]);
  assert.deepEqual(await store.read({ ...query, before: 1 }), { messages: [], more: false, gap: false });
  assert.deepEqual(await store.read({ room: "nowhere", author: "ann" }), { messages: [], more: false, gap: false });
});

test("catching up: everything after, or a gap", async (t) => {
  const store = await open(t, folder(t));
  await fill(store, 1100);
  const after = (seq: number, room = "lobby"): Promise<History> => store.read({ room, author: "ann", after: seq });
  const some = await after(1090);
  assert.deepEqual([seqs(some).length, some.messages[0]?.seq, some.gap, some.more], [10, 1091, false, true]);
  const most = await after(100);
  assert.deepEqual([seqs(most).length, most.messages[0]?.seq, most.gap], [1000, 101, false]);
  const tooMany = await after(99);
  assert.deepEqual([seqs(tooMany).length, tooMany.messages[0]?.seq, tooMany.gap, tooMany.more], [50, 1051, true, true]);
  assert.deepEqual(await after(1100), { messages: [], more: true, gap: false });
  const future = await after(1101);
  assert.deepEqual([seqs(future).length, future.gap], [50, true]);
  assert.deepEqual(await after(0, "empty"), { messages: [], more: false, gap: false });
  assert.deepEqual(await after(1, "empty"), { messages: [], more: false, gap: true });
});

test("an answer is bounded in bytes too", async (t) => {
  const store = await open(t, folder(t));
  await fill(store, 300, { text: "\\".repeat(4096) });
  const size = (history: History): number => Buffer.byteLength(JSON.stringify(history));
  const page = await store.read({ room: "lobby", author: "ann" });
  assert.ok(size(page) <= 257 * 1024 && seqs(page).length > 20 && page.more, `${size(page)}`);
  assert.equal(seqs(page).at(-1), 300);
  const small = await store.read({ room: "lobby", author: "ann", after: 250 });
  assert.deepEqual([seqs(small).length, small.gap], [50, false]);
  const large = await store.read({ room: "lobby", author: "ann", after: 150 });
  assert.ok(large.gap && size(large) <= 257 * 1024);
});

test("private messages are seen by their two participants only, on every way", async (t) => {
  const store = await open(t, folder(t));
  await store.append(entry(1));
  await store.append(entry(2, { toAuthor: "bob", to: "Bob" }));
  await store.append(entry(3));
  const seen = async (author: string): Promise<number[][]> => {
    const query = { room: "lobby", author };
    return [
      seqs(await store.read(query)),
      seqs(await store.read({ ...query, before: 3 })),
      seqs(await store.read({ ...query, after: 1 })),
    ];
  };
  assert.deepEqual(await seen("ann"), [
    [1, 2, 3],
    [1, 2],
    [2, 3],
  ]);
  assert.deepEqual(await seen("bob"), [
    [1, 2, 3],
    [1, 2],
    [2, 3],
  ]);
  assert.deepEqual(await seen("eve"), [[1, 3], [1], [3]]);
  await fill(store, 60, { client: "hash-cat", toAuthor: "dog", to: "Dog" });
  assert.equal((await store.read({ room: "lobby", author: "eve", after: 3 })).more, true);
  assert.equal((await store.read({ room: "lobby", author: "eve", before: 1 })).more, false);
});

test("a room is bounded; a seq is never used again; who missed the trimmed part is told", async (t) => {
  const path = folder(t);
  const bounds = { perRoom: 20, trimBatch: 5 };
  let store = await open(t, path, { bounds });
  await fill(store, 24);
  assert.equal(seqs(await store.read({ room: "lobby", author: "ann" })).length, 24);
  await store.append(entry(25));
  const all = await store.read({ room: "lobby", author: "ann" });
  assert.deepEqual([seqs(all)[0], seqs(all).length, all.more], [6, 20, false]);
  assert.equal((await store.read({ room: "lobby", author: "ann", after: 5 })).gap, false);
  assert.equal((await store.read({ room: "lobby", author: "ann", after: 4 })).gap, true);
  await store.close();
  store = await open(t, path, { bounds: { perRoom: 1, trimBatch: 1 } });
  assert.equal((await store.append(entry(26))).seq, 26);
  assert.deepEqual(seqs(await store.read({ room: "lobby", author: "ann" })), [26]);
  assert.deepEqual(await store.append(entry(3)), { seq: 3, at: 1003, duplicate: true });
});

test("all rooms together are bounded: the one silent for longest loses its oldest", async (t) => {
  const store = await open(t, folder(t), { bounds: { total: 30, trimBatch: 10 } });
  await fill(store, 15, { room: "old", client: "a", at: 1 });
  await fill(store, 15, { room: "young", client: "b", at: 2 });
  const count = async (room: string): Promise<number> => seqs(await store.read({ room, author: "ann" })).length;
  assert.deepEqual([await count("old"), await count("young")], [15, 15]);
  await fill(store, 1, { room: "new", client: "c", at: 3 });
  assert.deepEqual([await count("old"), await count("young"), await count("new")], [5, 15, 1]);
  assert.equal((await store.read({ room: "old", author: "ann", after: 3 })).gap, true);
  await fill(store, 30, { room: "new", client: "d", at: 4 });
  assert.equal((await count("old")) + (await count("young")) + (await count("new")) <= 30, true);
  assert.equal(await count("old"), 0);
  assert.equal((await store.append(entry(1, { room: "old", client: "e" }))).seq, 16);
});

test("remembered ids are bounded by age and by count", async (t) => {
  const path = folder(t);
  const aged = await open(t, path, { bounds: { dedupAge: 1000, trimBatch: 10 } });
  await fill(aged, 10, { at: 1 });
  assert.ok(await aged.find("hash-ann", 1));
  for (let id = 11; id <= 20; id++) await aged.append(entry(id, { at: 1002 }));
  assert.equal(await aged.find("hash-ann", 1), undefined);
  assert.ok(await aged.find("hash-ann", 11));
  await aged.close();

  const counted = await open(t, path, { bounds: { dedupCount: 5, trimBatch: 10 } });
  for (let id = 21; id <= 30; id++) await counted.append(entry(id, { at: 1003 }));
  const known = [];
  for (let id = 1; id <= 30; id++) if (await counted.find("hash-ann", id)) known.push(id);
  assert.deepEqual(known, [26, 27, 28, 29, 30]);
});

test("everything is there after reopening", async (t) => {
  const path = folder(t);
  const first = await open(t, path);
  await fill(first, 30);
  await first.close();
  const second = await open(t, path);
  assert.equal(seqs(await second.read({ room: "lobby", author: "ann" })).length, 30);
  assert.equal((await second.append(entry(31))).seq, 31);
});

test("the queue is bounded", async (t) => {
  const store = await open(t, folder(t), { maxOutstanding: 10 });
  const asked = await Promise.allSettled(Array.from({ length: 15 }, (_, i) => store.append(entry(i + 1))));
  assert.equal(asked.filter((one) => one.status === "fulfilled").length, 10);
  const refused = asked.filter((one) => one.status === "rejected").map((one) => (one.reason as LogError).code);
  assert.deepEqual(refused, Array(5).fill("busy"));
  assert.equal((await store.append(entry(99))).seq, 11);
});

test("closing answers what was asked, and nothing after it", async (t) => {
  const path = folder(t);
  const store = await open(t, path);
  const asked = Array.from({ length: 50 }, (_, i) => store.append(entry(i + 1)));
  const closing = store.close();
  await assert.rejects(store.append(entry(99)), { code: "closed" });
  await closing;
  assert.equal((await Promise.all(asked)).length, 50);
  await store.close();
});

test("an error rolls the whole group back, and the next group works", async (t) => {
  const store = await open(t, folder(t), { bounds: { total: 1 } });
  const asked = await Promise.allSettled([
    store.append(entry(1)),
    store.append(entry(2, { text: null as unknown as string })),
    store.append(entry(3)),
  ]);
  assert.deepEqual(
    asked.map((one) => one.status),
    ["rejected", "rejected", "rejected"],
  );
  assert.equal((await store.append(entry(4))).seq, 1);
  assert.equal(store.stats.appended, 1);
  assert.deepEqual(seqs(await store.read({ room: "lobby", author: "ann" })), [1], "nor does it count as stored");
});

test("when the worker dies, all that waits is told so, and so is the server", async (t) => {
  const worker = new URL("./dying-worker.js", import.meta.url);
  const store = await open(t, folder(t), { worker, maxGroup: 2 });
  const asked = await Promise.allSettled([1, 2, 3, 4, 5].map((id) => store.append(entry(id))));
  for (const one of asked) {
    assert.ok(one.status === "rejected");
    assert.equal((one.reason as LogError).code, "failed");
    assert.match((one.reason as LogError).message, /the disk is on fire/);
  }
  assert.match((await store.failed).message, /the disk is on fire/);
  await assert.rejects(store.append(entry(6)), { code: "failed" });
  await assert.rejects(store.read({ room: "lobby", author: "ann" }), { code: "failed" });
  await store.close();
});

test("a file that cannot be used: the message names it and says why", async (t) => {
  const path = folder(t);
  const file = join(path, "chat.db");
  writeFileSync(file, "this is not a database, it only lies where one should be ".repeat(100));
  await assert.rejects(Store.open({ path: file }), (error: Error) => {
    return error.message.includes(file) && error.message.includes("not a database");
  });
  assert.match(readFileSync(file, "utf8"), /^this is not/);
  await assert.rejects(Store.open({ path: join(file, "deeper.db") }), /cannot open the database .*deeper\.db/);
});

test("a second server on the same file is refused", async (t) => {
  const path = folder(t);
  const first = await open(t, path);
  await first.append(entry(1));
  await assert.rejects(Store.open({ path: join(path, "chat.db") }), /another server has it open/);
  assert.equal((await first.append(entry(2))).seq, 2);
});
