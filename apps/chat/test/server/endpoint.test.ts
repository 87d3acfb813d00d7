import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { ChatClient, secret } from "./chat-client.js";
import { chatServer, NO_RATES } from "./chat-server.js";

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

test("two people talk", async (t) => {
  const { port } = await chatServer(t);
  const ann = await ChatClient.join(port, "Ann");
  const bob = await ChatClient.join(port, "Bob");
  assert.deepEqual(bob.welcome.members, ["Ann", "Bob"]);
  ann.say(1, "hello");
  await bob.until(() => bob.seqs().length === 1);
  await ann.until(() => ann.of("ack").length === 1 && ann.seqs().length === 1);
  assert.equal(bob.of("message")[0]?.message.author, ann.welcome.author);
  await bob.end();
  await ann.until(() => ann.of("left").length === 1);
  await ann.end();
});

test("a burst of 5 000 messages: the slow reader is closed with 1013, the fast ones never and get all of it", async (t) => {
  // The close frame waits for the slow reader; on a busy machine that may take longer than the usual five seconds.
  const server = await chatServer(t, { rates: NO_RATES, limits: { closeTimeout: 60_000 } });
  const sender = await ChatClient.join(server.port, "Sender");
  const fast = await ChatClient.join(server.port, "Fast");
  const slow = await ChatClient.join(server.port, "Slow");
  slow.socket.pause();
  const text = "x".repeat(4000);
  for (let id = 1; id <= 5000; id++) sender.say(id, text);
  await fast.until(() => fast.seqs().length === 5000);
  await sender.until(() => sender.of("ack").length + sender.of("nak").length === 5000 && sender.seqs().length === 5000);
  assert.deepEqual(fast.seqs(), upTo(5000));
  assert.deepEqual(
    sender.of("ack").map((one) => one.id),
    upTo(5000),
  );
  slow.socket.resume();
  const { code, reason } = await slow.closed;
  assert.equal(code, 1013);
  assert.ok(reason.length > 5, reason);
  const seen = slow.seqs();
  assert.ok(seen.length < 5000 && seen.every((seq, i) => seq === i + 1), "what it got is the beginning, in order");
  assert.equal(fast.socket.readyState, WebSocket.OPEN);
  assert.ok(server.stats.groups < 1000, `5 000 messages in ${server.stats.groups} groups`);
  await Promise.all([sender.end(), fast.end()]);
});

test("bytes that nobody reads have an age: 1013 below the byte limit too", async (t) => {
  const limits = { sendLimit: 512 * 1024 * 1024, sendMaxAge: 300, closeTimeout: 3000 };
  const { port } = await chatServer(t, { rates: NO_RATES, limits });
  const ann = await ChatClient.join(port, "Ann");
  const slow = await ChatClient.join(port, "Slow");
  slow.socket.pause();
  // More than the system's own buffers on both sides take.
  for (let id = 1; id <= 4000; id++) ann.say(id, "x".repeat(4000));
  await ann.until(() => ann.seqs().length === 4000);
  await delay(1500);
  slow.socket.resume();
  const { code, reason } = await slow.closed;
  assert.deepEqual([code, slow.seqs().length < 4000], [1013, true], reason);
  await ann.end();
});

test("a peer that answers no ping is gone, and the room hears of it", async (t) => {
  const { port } = await chatServer(t, { limits: { pingInterval: 200, pingTimeout: 200 } });
  const ann = await ChatClient.join(port, "Ann");
  const mute = new ChatClient(port, {}, false);
  await once(mute.socket, "open");
  mute.tell({ t: "join", room: "lobby", name: "Mute", client: secret() });
  await ann.until(() => ann.of("joined").length === 1);
  await ann.until(() => ann.of("left").length === 1);
  assert.equal((await mute.closed).code, 1006);
  assert.equal(ann.socket.readyState, WebSocket.OPEN);
  await ann.end();
});

test("reconnect: what was missed comes once, and a message said twice is stored once", async (t) => {
  const { port } = await chatServer(t);
  const me = secret();
  const ann = await ChatClient.join(port, "Ann");
  const bob = await ChatClient.join(port, "Bob", { client: me });
  ann.say(1, "one");
  await bob.until(() => bob.seqs().length === 1);
  bob.say(1, "mine");
  // The connection is cut before Bob has seen the answer.
  await ann.until(() => ann.seqs().length === 2);
  await bob.end();
  ann.say(2, "two");
  await ann.until(() => ann.of("ack").length === 2);
  const again = await ChatClient.join(port, "Bob", { client: me, after: 1 });
  assert.deepEqual(
    again.welcome.messages.map((one) => one.text),
    ["mine", "two"],
  );
  assert.equal(again.welcome.gap, false);
  again.say(1, "mine");
  await again.until(() => again.of("ack").length === 1);
  assert.equal(again.of("ack")[0]?.seq, 2);
  ann.say(3, "three");
  await again.until(() => again.seqs().length === 1);
  assert.deepEqual(
    ann.of("message").map((one) => one.message.text),
    ["one", "mine", "two", "three"],
  );
  assert.deepEqual([ann.of("left").length, ann.of("joined").length], [0, 1]);
  await Promise.all([ann.end(), again.end()]);
});

test("the same client again: the old connection is closed with 4409", async (t) => {
  const { port } = await chatServer(t);
  const client = secret();
  const old = await ChatClient.join(port, "Ann", { client });
  const young = await ChatClient.join(port, "Ann", { client });
  assert.deepEqual(await old.closed, { code: 4409, reason: "replaced by a newer connection" });
  assert.deepEqual(young.welcome.members, ["Ann"]);
  await young.end();
});

test("people come and go during a stream: everybody sees every message once, in order", async (t) => {
  const { port } = await chatServer(t, { rates: NO_RATES });
  const ann = await ChatClient.join(port, "Ann");
  const count = 3000;
  const stream = (async () => {
    for (let id = 1; id <= count; id++) {
      ann.say(id, `message ${id}`);
      if (id % 50 === 0) await ann.until(() => ann.of("ack").length >= id - 200);
    }
  })();
  const visits = [];
  for (let i = 0; i < 20; i++) {
    await ann.until(() => ann.seqs().length >= i * 100);
    visits.push(await ChatClient.join(port, `Guest ${i}`));
  }
  await stream;
  await ann.until(() => ann.of("ack").length === count);
  for (const guest of visits) {
    const first = guest.welcome.messages.map((one) => one.seq);
    await guest.until(() => (guest.seqs().at(-1) ?? first.at(-1)) === count);
    const all = [...first, ...guest.seqs()];
    assert.deepEqual(all, upTo(count).slice(-all.length));
  }
  await Promise.all([ann, ...visits].map((one) => one.end()));
});

test("limits have a clear answer", async (t) => {
  const { port } = await chatServer(t);
  const ann = await ChatClient.join(port, "Ann");
  ann.say(1, "é".repeat(2049));
  await ann.until(() => ann.of("nak").length === 1);
  assert.deepEqual(ann.of("nak")[0], {
    t: "nak",
    id: 1,
    code: "too-long",
    message: "The message has 4098 bytes; 4096 are allowed.",
  });
  // 4096 bytes of text that JSON makes six times as long.
  ann.say(2, "\u001f".repeat(1365));
  await ann.until(() => ann.of("ack").length === 1);
  ann.say(3, "x".repeat(70_000));
  assert.equal((await ann.closed).code, 1009);

  const eve = new ChatClient(port);
  await once(eve.socket, "open");
  eve.tell({ t: "join", room: "lobby", name: "x".repeat(33), client: secret() });
  await eve.until(() => eve.of("refused").length === 1);
  assert.equal(eve.of("refused")[0]?.code, "name-invalid");
  eve.socket.send("not json");
  assert.deepEqual(await eve.closed, { code: 4400, reason: "not JSON" });
});

test("a flood is told, then closed with 4429; the others do not notice", async (t) => {
  const { port } = await chatServer(t);
  const ann = await ChatClient.join(port, "Ann");
  const flood = await ChatClient.join(port, "Flood");
  for (let id = 1; id <= 300; id++) flood.say(id, "x");
  assert.equal((await flood.closed).code, 4429);
  assert.ok(flood.of("nak").every((one) => one.code === "rate" && (one.retryAfterMs ?? 0) > 0));
  assert.ok(flood.of("nak").length >= 200);
  ann.say(1, "still here");
  await ann.until(() => ann.of("ack").length === 1);
  await ann.end();
});

test("only pages of the same origin may chat", async (t) => {
  const { port } = await chatServer(t);
  const own = new ChatClient(port, { origin: `http://127.0.0.1:${port}` });
  await once(own.socket, "open");
  const other = new ChatClient(port, { origin: "https://evil.example" });
  const [, response] = (await once(other.socket, "unexpected-response")) as [unknown, { statusCode: number }];
  assert.equal(response.statusCode, 403);
  other.socket.terminate();
  await own.end();
});

test("the echo endpoint echoes text and bytes, for any origin", async (t) => {
  const { port } = await chatServer(t);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`, { headers: { origin: "https://elsewhere.example" } });
  await once(socket, "open");
  for (const data of ["hello", Buffer.from([0, 1, 255]), "x".repeat(300_000)]) {
    socket.send(data);
    const [answer, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
    assert.equal(isBinary, typeof data !== "string");
    assert.deepEqual(answer, Buffer.from(data));
  }
  socket.close(1000);
  await once(socket, "close");
});
