import assert from "node:assert/strict";
import { test } from "node:test";
import { Hub } from "../../dist/server/hub/hub.js";
import type { RateLimits } from "../../dist/server/hub/rate.js";
import type { Visitor } from "../../dist/server/hub/visitor.js";
import { LogError } from "../../dist/server/store/log.js";
import { FakeClock, settle } from "./fake-clock.js";
import { FakeNetwork, type FakeSocket } from "./fake-network.js";
import { MemoryLog } from "./memory-log.js";

const FAST: Partial<RateLimits> = { say: { perSecond: 1e6, burst: 1e6 }, join: { perSecond: 1e6, burst: 1e6 } };

class Guest {
  readonly socket: FakeSocket;
  readonly visitor: Visitor;
  readonly #hub: Hub;
  #last: void | Promise<void> = undefined;

  constructor(hub: Hub, network: FakeNetwork) {
    this.#hub = hub;
    this.socket = network.socket();
    this.visitor = hub.open(this.socket);
  }

  /** As the server does it: a message waits for the handler of the one before. */
  async tell(message: object): Promise<void> {
    await this.#last;
    this.#last = this.#hub.receive(this.visitor, JSON.stringify(message));
    await settle();
  }

  join(name: string, more: object = {}): Promise<void> {
    return this.tell({ t: "join", room: "lobby", name, client: secret(name), ...more });
  }

  say(id: number, text: string, to?: string): Promise<void> {
    return this.tell({ t: "say", id, text, ...(to !== undefined && { to }) });
  }

  texts(): string[] {
    return this.socket.of("message").map(({ message }) => message.text);
  }

  get closedBy(): number | undefined {
    return this.socket.closed?.code;
  }

  /** The connection ends. */
  leave(): void {
    for (const topic of ["room:lobby", "room:other"]) this.socket.unsubscribe(topic);
    this.#hub.close(this.visitor);
  }
}

function secret(name: string): string {
  return `secret-of-${name.toLowerCase()}`.replace(/[^\w-]/g, "_").padEnd(22, "x");
}

function make(rates: Partial<RateLimits> = {}) {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const log = new MemoryLog();
  const hub = new Hub({ log, publisher: network, clock, rates });
  const guest = async (name?: string, more?: object): Promise<Guest> => {
    const one = new Guest(hub, network);
    if (name !== undefined) await one.join(name, more);
    return one;
  };
  return { clock, network, log, hub, guest };
}

test("joining: the newcomer is welcomed, the others are told", async () => {
  const { guest } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob", { room: "LOBBY" });
  const [welcome] = bob.socket.of("welcome");
  assert.equal(welcome?.room, "lobby");
  assert.deepEqual(welcome?.members, ["Ann", "Bob"]);
  assert.match(welcome?.author ?? "", /^[\w-]{16}$/);
  assert.deepEqual(
    ann.socket.of("joined").map((one) => one.name),
    ["Bob"],
  );
  assert.deepEqual(bob.socket.of("joined"), []);
});

test("a message comes to all with the same seq, and the sender has an ack besides; encoded once", async () => {
  const { guest, network } = make();
  const guests = [await guest("Ann"), await guest("Bob"), await guest("Eve")];
  network.published.length = 0;
  await guests[0]?.say(7, "hello");
  for (const one of guests)
    assert.deepEqual(
      one.socket.of("message").map((m) => [m.message.seq, m.message.from]),
      [[1, "Ann"]],
    );
  assert.deepEqual(
    guests[0]?.socket.of("ack").map((one) => [one.id, one.seq]),
    [[7, 1]],
  );
  assert.deepEqual(guests[1]?.socket.of("ack"), []);
  assert.equal(network.published.length, 1);
});

test("nothing is seen or acknowledged before the commit", async () => {
  const { guest, log } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  log.held = true;
  await ann.say(1, "x");
  assert.deepEqual([ann.socket.of("ack").length, bob.texts().length], [0, 0]);
  log.release();
  await settle();
  assert.deepEqual([ann.socket.of("ack").length, bob.texts().length], [1, 1]);
});

test("the same id again is acknowledged again and not shown again", async () => {
  const { guest } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  await ann.say(1, "once");
  await ann.say(1, "once");
  assert.deepEqual(
    ann.socket.of("ack").map((one) => one.seq),
    [1, 1],
  );
  assert.deepEqual(bob.texts(), ["once"]);
});

test("names: taken, look-alike, invalid; the connection stays open for another try", async () => {
  const { guest } = make(FAST);
  await guest("admin");
  const eve = await guest();
  for (const name of ["ADMIN", "\u0430dmin", "ad\u200bmin", " "]) {
    await eve.tell({ t: "join", room: "lobby", name, client: secret("eve") });
  }
  await eve.tell({ t: "join", room: "a b", name: "Eve", client: secret("eve") });
  await eve.tell({ t: "join", room: "lobby", name: "Eve", client: "short" });
  assert.deepEqual(
    eve.socket.of("refused").map((one) => one.code),
    ["name-taken", "name-taken", "name-invalid", "name-invalid", "room-invalid", "client-invalid"],
  );
  await eve.tell({ t: "join", room: "lobby", name: "Eve", client: secret("eve") });
  assert.equal(eve.socket.of("welcome").length, 1);
  assert.equal(eve.socket.closed, undefined);
});

test("two that ask for one name at the same time: one gets it", async () => {
  const { guest, log } = make();
  log.held = true;
  const a = await guest("Ann", { client: secret("first") });
  const b = await guest("Ann", { client: secret("second") });
  log.release();
  await settle();
  assert.deepEqual([a.socket.of("welcome").length, b.socket.of("welcome").length], [1, 0]);
  assert.deepEqual(
    b.socket.of("refused").map((one) => one.code),
    ["name-taken"],
  );
});

test("a connection that ends while it joins gives the name back, and nobody hears of it", async () => {
  const { guest, log, hub } = make();
  const ann = await guest("Ann");
  log.held = true;
  const ghost = await guest("Bob", { client: secret("ghost") });
  ghost.leave();
  log.release();
  await settle();
  log.held = false;
  const bob = await guest("Bob");
  assert.deepEqual(bob.socket.of("welcome")[0]?.members, ["Ann", "Bob"]);
  assert.deepEqual(
    ann.socket.of("joined").map((one) => one.name),
    ["Bob"],
  );
  assert.deepEqual(ann.socket.of("left"), []);
  assert.equal(hub.rooms, 1);
});

test("leaving is told after two seconds, and the name is kept until then", async () => {
  const { guest, clock } = make(FAST);
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  bob.leave();
  const thief = await guest("Bob", { client: secret("thief") });
  assert.deepEqual(
    thief.socket.of("refused").map((one) => one.code),
    ["name-taken"],
  );
  await clock.advance(1999);
  assert.deepEqual(ann.socket.of("left"), []);
  await clock.advance(1);
  assert.deepEqual(
    ann.socket.of("left").map((one) => one.name),
    ["Bob"],
  );
  await thief.join("Bob", { client: secret("thief") });
  assert.equal(thief.socket.of("welcome").length, 1);
});

test("a reconnect within the grace is neither a leaving nor a joining", async () => {
  const { guest, clock } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  await ann.say(1, "one");
  bob.leave();
  await ann.say(2, "two");
  await clock.advance(1000);
  const again = await guest("Bob", { after: 1 });
  await clock.advance(5000);
  assert.deepEqual(
    again.socket.of("welcome")[0]?.messages.map((one) => one.text),
    ["two"],
  );
  assert.deepEqual(ann.socket.of("left"), []);
  assert.deepEqual(
    ann.socket.of("joined").map((one) => one.name),
    ["Bob"],
  );
});

test("the same client again: the old connection is closed with 4409, without notices", async () => {
  const { guest, clock } = make();
  const ann = await guest("Ann");
  const old = await guest("Bob");
  const young = await guest("Bob");
  assert.deepEqual(old.socket.closed, { code: 4409, reason: "replaced by a newer connection" });
  old.leave();
  await clock.advance(5000);
  await ann.say(1, "hi");
  assert.deepEqual(young.texts(), ["hi"]);
  assert.deepEqual(old.texts(), []);
  assert.deepEqual([ann.socket.of("joined").length, ann.socket.of("left").length], [1, 0]);
});

test("two connections of one client that join at the same time: the later one stays", async () => {
  const { guest, log } = make();
  log.held = true;
  const old = await guest("Bob");
  const young = await guest("Bob");
  log.release();
  await settle();
  assert.equal(old.socket.closed?.code, 4409);
  assert.deepEqual([old.socket.of("welcome").length, young.socket.of("welcome").length], [0, 1]);
});

test("another name of the same client is a leaving and a joining", async () => {
  const { guest } = make(FAST);
  const ann = await guest("Ann");
  await guest("Bob");
  const carl = await guest("Carl", { client: secret("bob") });
  assert.deepEqual(carl.socket.of("welcome")[0]?.members, ["Ann", "Carl"]);
  assert.deepEqual(
    ann.socket.of("left").map((one) => one.name),
    ["Bob"],
  );
  assert.deepEqual(
    ann.socket.of("joined").map((one) => one.name),
    ["Bob", "Carl"],
  );
  const free = await guest("Bob", { client: secret("somebody else") });
  assert.equal(free.socket.of("welcome").length, 1);
});

test("a private message reaches its two participants only, now and in history", async () => {
  const { guest, log } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  const eve = await guest("Eve");
  await ann.say(1, "psst", "BOB");
  assert.deepEqual([ann.texts(), bob.texts(), eve.texts()], [["psst"], ["psst"], []]);
  assert.equal(bob.socket.of("message")[0]?.message.to, "Bob");
  assert.equal(log.kept[0]?.toAuthor, bob.socket.of("welcome")[0]?.author);
  await ann.say(2, "me", "Ann");
  assert.deepEqual(ann.texts(), ["psst", "me"]);
});

test("a private message to somebody in the grace waits in the history", async () => {
  const { guest } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  bob.leave();
  await ann.say(1, "psst", "Bob");
  const again = await guest("Bob", { after: 0 });
  assert.deepEqual(
    again.socket.of("welcome")[0]?.messages.map((one) => one.text),
    ["psst"],
  );
});

test("to nobody: nak, but a repeated message that was sent is acknowledged", async () => {
  const { guest, clock } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  await ann.say(1, "psst", "Bob");
  bob.leave();
  await clock.advance(2000);
  await ann.say(1, "psst", "Bob");
  await ann.say(2, "psst", "Bob");
  await ann.say(3, "psst", "a\u200bb");
  assert.deepEqual(
    ann.socket.of("ack").map((one) => [one.id, one.seq]),
    [
      [1, 1],
      [1, 1],
    ],
  );
  assert.deepEqual(
    ann.socket.of("nak").map((one) => [one.id, one.code]),
    [
      [2, "no-such-member"],
      [3, "no-such-member"],
    ],
  );
});

test("limits of a message: 4096 bytes of UTF-8, not empty", async () => {
  const { guest } = make();
  const ann = await guest("Ann");
  await ann.say(1, "é".repeat(2048));
  await ann.say(2, `${"é".repeat(2048)}x`);
  await ann.say(3, " \n\t ");
  assert.deepEqual(
    ann.socket.of("ack").map((one) => one.id),
    [1],
  );
  assert.deepEqual(
    ann.socket.of("nak").map((one) => [one.id, one.code]),
    [
      [2, "too-long"],
      [3, "empty"],
    ],
  );
  assert.match(ann.socket.of("nak")[0]?.message ?? "", /4097 bytes; 4096/);
});

test("rate: told when to come back, and closed when not listening; a reconnect does not reset it", async () => {
  const { guest, clock } = make();
  const bob = await guest("Bob");
  let ann = await guest("Ann");
  for (let id = 1; id <= 40; id++) await ann.say(id, "x");
  assert.equal(ann.socket.of("ack").length, 30);
  const naks = ann.socket.of("nak");
  assert.deepEqual(
    naks.map((one) => one.code),
    Array(10).fill("rate"),
  );
  assert.equal(naks[0]?.retryAfterMs, 100);
  await clock.advance(100);
  await ann.say(31, "x");
  assert.equal(ann.socket.of("ack").length, 31);

  ann.leave();
  ann = await guest("Ann");
  for (let id = 0; id < 190; id++) await ann.say(100 + id, "x");
  assert.equal(ann.closedBy, undefined);
  await ann.say(999, "x");
  assert.equal(ann.closedBy, 4429);
  assert.equal(bob.socket.closed, undefined);
  await ann.say(1000, "x");
  assert.equal(bob.texts().length, 31);
});

test("typing: relayed to the others, ends by itself, by saying something and by leaving", async () => {
  const { guest, clock } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  const seen = (): boolean[] => bob.socket.of("typing").map((one) => one.on);
  await ann.tell({ t: "typing", on: true });
  await clock.advance(3000);
  await ann.tell({ t: "typing", on: true });
  await clock.advance(3999);
  assert.deepEqual(seen(), [true, true]);
  await clock.advance(1);
  assert.deepEqual(seen(), [true, true, false]);
  await ann.tell({ t: "typing", on: true });
  await ann.say(1, "x");
  assert.deepEqual(seen(), [true, true, false, true, false]);
  await clock.advance(10_000);
  await ann.tell({ t: "typing", on: false });
  assert.equal(seen().length, 5);
  await ann.tell({ t: "typing", on: true });
  ann.leave();
  assert.deepEqual(seen().slice(5), [true, false]);
  assert.deepEqual(ann.socket.of("typing"), []);
});

test("a flood of typing is thinned, and closed in the end", async () => {
  const { guest } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  for (let i = 0; i < 206; i++) await ann.tell({ t: "typing", on: true });
  assert.equal(bob.socket.of("typing").length, 6);
  assert.equal(ann.closedBy, undefined);
  await ann.tell({ t: "typing", on: true });
  assert.equal(ann.closedBy, 4429);
});

test("history: a page before a seq; too many are slowed down, not refused", async () => {
  const { guest, clock } = make({ history: { perSecond: 1, burst: 1 } });
  const ann = await guest("Ann");
  await ann.say(1, "one");
  await ann.say(2, "two");
  await ann.tell({ t: "history", before: 2 });
  assert.deepEqual(
    ann.socket.of("history").map((one) => one.messages.map((m) => m.text)),
    [["one"]],
  );
  await ann.tell({ t: "history", before: 3 });
  assert.equal(ann.socket.of("history").length, 1);
  await clock.advance(1000);
  assert.deepEqual(
    ann.socket.of("history")[1]?.messages.map((m) => m.text),
    ["one", "two"],
  );
});

test("joining again and again is slowed down", async () => {
  const { guest, clock } = make();
  await guest("Ann");
  const eve = await guest();
  const tries = (async () => {
    for (let i = 0; i < 7; i++) await eve.join("Ann", { client: secret("eve") });
  })();
  for (let turn = 0; turn < 10; turn++) await clock.advance(0);
  await clock.advance(999);
  assert.equal(eve.socket.of("refused").length, 5);
  await clock.advance(1);
  await clock.advance(1000);
  await tries;
  assert.equal(eve.socket.of("refused").length, 7);
});

test("out of order or not of the protocol: 4400", async () => {
  const { guest } = make();
  const cases: [string, boolean, object][] = [
    ["say before join", false, { t: "say", id: 1, text: "x" }],
    ["history before join", false, { t: "history", before: 1 }],
    ["join twice", true, { t: "join", room: "other", name: "Ann", client: secret("ann") }],
    ["unknown", true, { t: "shout" }],
    ["the server's words", true, { t: "left", name: "Bob", at: 1 }],
  ];
  for (const [what, joined, message] of cases) {
    const one = await guest(joined ? "Ann" : undefined);
    await one.tell(message);
    assert.equal(one.socket.closed?.code, 4400, what);
    one.leave();
  }
});

test("the log fails: nak that may be tried again, a join is closed with 1013, and later all is well", async () => {
  const { guest, log } = make();
  const ann = await guest("Ann");
  log.broken = new LogError("busy", "too many messages are waiting for the disk");
  await ann.say(1, "x");
  assert.deepEqual(
    ann.socket.of("nak").map((one) => [one.code, one.retryAfterMs]),
    [["storage", 1000]],
  );
  const bob = await guest("Bob");
  assert.equal(bob.socket.closed?.code, 1013);
  log.broken = undefined;
  await ann.say(1, "x");
  assert.equal(ann.socket.of("ack").length, 1);
  const again = await guest("Bob", { client: secret("other") });
  assert.equal(again.socket.of("welcome").length, 1);
});

test("joining during a stream of messages: every message once, in order, none lost", async () => {
  for (let late = 0; late <= 8; late++) {
    const { guest, log, clock } = make(FAST);
    const ann = await guest("Ann");
    log.held = true;
    for (let id = 1; id <= 4; id++) await ann.say(id, `m${id}`.padEnd(4000, "."));
    const bob = await guest("Bob");
    for (let id = 5; id <= 8; id++) await ann.say(id, `m${id}`.padEnd(4000, "."));
    log.release(late);
    await settle();
    log.release();
    await clock.advance(1000);
    const welcome = bob.socket.of("welcome")[0]?.messages.map((one) => one.seq) ?? [];
    const live = bob.socket.of("message").map((one) => one.message.seq);
    assert.deepEqual([...welcome, ...live], [1, 2, 3, 4, 5, 6, 7, 8], `${late} answers first`);
    assert.deepEqual(welcome, [1, 2, 3, 4]);
  }
});

test("joining behind a backlog: what the history holds is not sent live as well", async () => {
  const { guest, clock } = make(FAST);
  const ann = await guest("Ann");
  const all = [];
  for (let id = 1; id <= 100; id++) all.push(ann.say(id, "x".repeat(4000)));
  const bob = guest("Bob");
  await Promise.all(all);
  await clock.advance(1000);
  const { socket } = await bob;
  const seen = [
    ...(socket.of("welcome")[0]?.messages.map((one) => one.seq) ?? []),
    ...socket.of("message").map((one) => one.message.seq),
  ];
  assert.deepEqual(
    seen,
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});

test("a burst waits for its readers; a stuck one delays it once and costs nobody a message", async () => {
  const { guest, clock } = make(FAST);
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  const slow = await guest("Slow");
  slow.socket.stuck = true;
  for (let id = 1; id <= 300; id++) void ann.say(id, "x".repeat(4000));
  for (let turn = 0; turn < 500; turn++) await clock.advance(0);
  assert.ok(bob.texts().length < 200, "paced");
  await clock.advance(100);
  for (let turn = 0; turn < 500; turn++) await clock.advance(0);
  assert.equal(bob.texts().length, 300);
});

test("with much to deliver, the sender waits; nothing is refused and nothing lost", async () => {
  const { guest, hub, clock, network } = make(FAST);
  const ann = await guest("Ann");
  const slow = await guest("Slow");
  slow.socket.stuck = true;
  let waits: void | Promise<void> | null = null;
  let said = 0;
  while (!waits && said < 5000) {
    waits = hub.receive(ann.visitor, JSON.stringify({ t: "say", id: ++said, text: "x".repeat(4000) }));
    await Promise.resolve();
  }
  assert.ok(said > 500 && said < 1000, `waited after ${said} messages of 4 KB`);
  let goesOn = false;
  void waits?.then(() => {
    goesOn = true;
  });
  await clock.advance(99);
  assert.equal(goesOn, false);
  for (let turn = 0; turn < 200; turn++) await clock.advance(1);
  assert.equal(goesOn, true);
  assert.deepEqual([ann.texts().length, ann.socket.of("ack").length, ann.socket.of("nak").length], [said, said, 0]);
  assert.ok(network.published.length >= said);
});

test("who is still joining is not there yet: not for private messages, and not as a speaker", async () => {
  const { guest, log, hub } = make();
  const ann = await guest("Ann");
  log.held = true;
  const bob = await guest("Bob");
  await ann.say(1, "psst", "Bob");
  void hub.receive(bob.visitor, JSON.stringify({ t: "say", id: 1, text: "me first" }));
  log.release();
  await settle();
  assert.deepEqual(
    ann.socket.of("nak").map((one) => one.code),
    ["no-such-member"],
  );
  assert.equal(bob.closedBy, 4400);
  assert.deepEqual(log.kept, []);
});

test("names of properties are names like others", async () => {
  const { guest } = make(FAST);
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const one = await guest(name);
    assert.equal(one.socket.of("welcome").length, 1, name);
  }
  const one = await guest("x");
  await one.say(1, "hi", "__proto__");
  assert.equal(one.socket.of("ack").length, 1);
});

test("rooms do not hear each other, and an empty room is forgotten", async () => {
  const { guest, hub, clock } = make();
  const ann = await guest("Ann");
  const other = await guest("Ann", { room: "other", client: secret("another") });
  await ann.say(1, "here");
  assert.deepEqual(other.texts(), []);
  assert.equal(hub.rooms, 2);
  ann.leave();
  other.leave();
  await clock.advance(2000);
  assert.equal(hub.rooms, 0);
  await clock.advance(10_000);
  assert.equal(clock.pending, 0);
});

test("stopped, the hub leaves no timer", async () => {
  const { guest, hub, clock } = make();
  const ann = await guest("Ann");
  const bob = await guest("Bob");
  await ann.tell({ t: "typing", on: true });
  bob.leave();
  hub.stop();
  assert.equal(clock.pending, 0);
  await clock.advance(10_000);
  assert.deepEqual(ann.socket.of("left"), []);
});
