import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, MAX_QUEUE_ITEMS, Outbox } from "../../dist/web-js/chat/outbox.js";
import { clients, FakeStore } from "./fake.js";

test("ids count from 1, survive a reload and are never used twice", () => {
  const store = new FakeStore();
  const outbox = new Outbox(store, clients());
  assert.equal(outbox.restored, false);
  assert.equal(outbox.add("lobby", "a")?.id, 1);
  assert.equal(outbox.add("lobby", "b")?.id, 2);
  outbox.acked(1);
  outbox.acked(2);
  const reloaded = new Outbox(store, clients());
  assert.equal(reloaded.restored, true);
  assert.equal(reloaded.client, outbox.client);
  assert.equal(reloaded.add("lobby", "c")?.id, 3);
});

test("an item is in the storage before it is sent, and waits again after a reload", () => {
  const store = new FakeStore();
  const outbox = new Outbox(store, clients());
  const { id } = outbox.add("lobby", "hello", "Ada")!;
  outbox.sending(id);
  const [item] = new Outbox(store, clients()).items("lobby");
  assert.deepEqual(
    { ...item },
    { id, room: "lobby", text: "hello", to: "Ada", sent: true, state: "waiting", shown: false },
  );
});

test("one at a time, in order, room by room", () => {
  const outbox = new Outbox(new FakeStore(), clients());
  outbox.add("lobby", "1");
  outbox.add("tea", "2");
  outbox.add("lobby", "3");
  assert.equal(outbox.head("lobby")?.text, "1");
  outbox.sending(1);
  assert.equal(outbox.head("lobby"), undefined);
  assert.equal(outbox.head("tea")?.text, "2");
  outbox.acked(1);
  assert.equal(outbox.head("lobby")?.text, "3");
  assert.deepEqual([...outbox.elsewhere("lobby")], [["tea", 1]]);
});

test("a lost connection puts what was on its way back, under the same id", () => {
  const outbox = new Outbox(new FakeStore(), clients());
  outbox.add("lobby", "x");
  outbox.sending(1);
  outbox.lost();
  assert.equal(outbox.head("lobby")?.id, 1);
});

test("a final refusal rests until the visitor decides; retried it has a new id at the end", () => {
  const store = new FakeStore();
  const outbox = new Outbox(store, clients());
  outbox.add("lobby", "to nobody", "Nobody");
  outbox.add("lobby", "next");
  outbox.sending(1);
  outbox.failed(1, "no-such-member");
  assert.equal(outbox.head("lobby")?.text, "next");
  assert.equal(new Outbox(store, clients()).items("lobby")[0]?.code, "no-such-member");
  outbox.retry(1);
  assert.deepEqual(
    outbox.items("lobby").map(({ id, text, state }) => [id, text, state]),
    [
      [2, "next", "waiting"],
      [3, "to nobody", "waiting"],
    ],
  );
  assert.equal(outbox.dismiss(3), undefined, "only refused ones can be given up");
  outbox.failed(3, "no-such-member");
  assert.equal(outbox.dismiss(3)?.text, "to nobody");
});

test("the queue is bounded in number and in size", () => {
  const outbox = new Outbox(new FakeStore(), clients());
  for (let i = 0; i < MAX_QUEUE_ITEMS; i += 1) assert.ok(outbox.add("lobby", "x"));
  assert.equal(outbox.add("lobby", "one too many"), undefined);
  const large = new Outbox(new FakeStore(), clients());
  for (let i = 0; i < 200; i += 1) large.add("lobby", "x".repeat(6000));
  assert.ok(large.items("lobby").length < 180);
});

test("the broadcast of an own message hides its item until the ack", () => {
  const outbox = new Outbox(new FakeStore(), clients());
  outbox.add("lobby", "same");
  outbox.add("lobby", "same");
  outbox.sending(1);
  outbox.seen("lobby", "same");
  outbox.seen("lobby", "same");
  assert.deepEqual(
    outbox.items("lobby").map(({ shown }) => shown),
    [true, false],
    "one that was never sent cannot be the one that came",
  );
  assert.equal(outbox.acked(1)?.id, 1);
});

test("a copied tab leaves queue and secret to the original", () => {
  const store = new FakeStore();
  const fresh = clients();
  const original = new Outbox(store, fresh);
  original.add("lobby", "mine");
  const copy = new Outbox(store.copy(), fresh);
  assert.equal(copy.client, original.client);
  copy.abandonToOriginal(fresh());
  assert.notEqual(copy.client, original.client);
  assert.deepEqual(copy.items("lobby"), []);
  assert.equal(copy.add("lobby", "other")?.id, 1);
});

test("becoming someone new sends nothing by itself", () => {
  const fresh = clients();
  const outbox = new Outbox(new FakeStore(), fresh);
  outbox.add("lobby", "a");
  outbox.sending(1);
  outbox.becomeNew(fresh());
  assert.equal(outbox.head("lobby"), undefined);
  assert.equal(outbox.items("lobby")[0]?.code, "identity");
});

test("taking the place back renumbers only what never left", () => {
  const outbox = new Outbox(new FakeStore(), clients());
  outbox.add("lobby", "left");
  outbox.add("lobby", "stayed");
  outbox.sending(1);
  outbox.lost();
  outbox.takeBack(() => 0.5);
  const [left, stayed] = outbox.items("lobby");
  assert.equal(left?.id, 1);
  assert.ok(stayed!.id > 1000);
  assert.ok(outbox.add("lobby", "later")!.id > stayed!.id);
});

test("a damaged or forbidden storage costs nothing but the memory", () => {
  for (const value of ["", "{", "null", "[]", '{"client":"short","next":1,"items":[]}', '{"items":{}}']) {
    const store = new FakeStore();
    store.setItem("tideway.outbox", value);
    assert.equal(new Outbox(store, clients()).restored, false, value);
  }
  const full = new FakeStore();
  full.setItem = () => {
    throw new Error("quota");
  };
  assert.equal(new Outbox(full, clients()).add("lobby", "x")?.id, 1);
});

test("a secret is long enough, of base64url, and uses every byte it gets", () => {
  const secret = freshClient((bytes) => bytes.fill(0xff));
  assert.equal(secret, "_".repeat(24));
  assert.equal(freshClient((bytes) => bytes.fill(0xfb)).match(/^[A-Za-z0-9_-]{24}$/)?.length, 1);
});
