import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage, ClientMessage, ServerMessage } from "../../dist/shared/message.js";
import { Outbox } from "../../dist/web-js/chat/outbox.js";
import { Session } from "../../dist/web-js/chat/session.js";
import { clients, FakeClock, FakeNetwork, FakeStore, seeded } from "./fake.js";

function setup(store: FakeStore = new FakeStore()) {
  const clock = new FakeClock();
  const network = new FakeNetwork(clock);
  const fresh = clients();
  const outbox = new Outbox(store, fresh);
  const session = new Session({
    room: "lobby",
    outbox,
    clock,
    random: () => 0.5,
    open: network.open,
    freshClient: fresh,
    changed: () => {},
  });
  const say = (message: ServerMessage): void => network.last.events.text(JSON.stringify(message));
  const heard = (): ClientMessage[] => network.last.sent.map((data) => JSON.parse(data) as ClientMessage);
  const welcome = (
    messages: ChatMessage[] = [],
    extra: Partial<Extract<ServerMessage, { t: "welcome" }>> = {},
  ): void => {
    network.last.events.open();
    const { name } = session;
    say({
      t: "welcome",
      room: "lobby",
      name,
      author: "me",
      members: [name],
      messages,
      more: false,
      gap: false,
      ...extra,
    });
  };
  const shown = (): string[] =>
    session.timeline.rows(() => "").flatMap((row) => (row.kind === "message" ? [row.message.text] : []));
  return { clock, network, session, outbox, say, heard, welcome, shown, store };
}

const message = (seq: number, text: string, author = "other"): ChatMessage => ({
  seq,
  from: author,
  author,
  text,
  at: seq,
});

test("joins, sends in order one at a time, shows each message once whichever way it comes first", () => {
  const { session, heard, say, welcome, shown } = setup();
  session.enter("Ada");
  session.say("early");
  welcome();
  session.say("late");
  assert.deepEqual(heard().slice(1), [{ t: "say", id: 1, text: "early" }]);
  say({ t: "ack", id: 1, seq: 5, at: 50 });
  say({ t: "message", message: message(5, "early", "me") });
  assert.deepEqual(heard().at(-1), { t: "say", id: 2, text: "late" });
  say({ t: "message", message: message(6, "late", "me") });
  assert.deepEqual(
    session.outbox.items("lobby").filter((item) => !item.shown),
    [],
  );
  say({ t: "ack", id: 2, seq: 6, at: 60 });
  assert.deepEqual(shown(), ["early", "late"]);
  assert.deepEqual(session.outbox.items("lobby"), []);
});

test("a message without an ack goes again under the same id, and the late ack of the first is enough", () => {
  const { clock, network, session, heard, say, welcome, shown } = setup();
  session.enter("Ada");
  welcome();
  session.say("once");
  assert.deepEqual(heard().at(-1), { t: "say", id: 1, text: "once" });
  network.last.events.close(1006);
  assert.ok(session.lost);
  clock.pass(500);
  assert.deepEqual(network.sockets.length, 2);
  // The server had stored it: it comes with the missed messages, then the second try is answered with the first ack.
  welcome([message(1, "once", "me")]);
  assert.deepEqual(heard().at(-1), { t: "say", id: 1, text: "once" });
  say({ t: "ack", id: 1, seq: 1, at: 1 });
  assert.deepEqual(shown(), ["once"]);
  assert.equal(session.lost, false);
});

test("a reload in the middle of sending loses and doubles nothing", () => {
  const first = setup();
  first.session.enter("Ada");
  first.welcome();
  first.session.say("a");
  first.session.say("b");
  const second = setup(first.store);
  second.session.enter("Ada");
  second.welcome([message(1, "a", "me")]);
  assert.equal(second.outbox.client, first.outbox.client);
  assert.deepEqual(second.heard().at(-1), { t: "say", id: 1, text: "a" });
  second.say({ t: "ack", id: 1, seq: 1, at: 1 });
  assert.deepEqual(second.heard().at(-1), { t: "say", id: 2, text: "b" });
  second.say({ t: "ack", id: 2, seq: 2, at: 2 });
  assert.deepEqual(second.shown(), ["a", "b"]);
});

test("an ack does not move the position: what others said before it is still asked for", () => {
  const { clock, network, session, heard, say, welcome } = setup();
  session.enter("Ada");
  welcome([message(3, "x")]);
  session.say("mine");
  say({ t: "ack", id: 1, seq: 6, at: 1 });
  network.last.events.close(1006);
  clock.pass(500);
  network.last.events.open();
  assert.equal((heard()[0] as { after?: number }).after, 3);
});

test("catching up appends; a gap starts anew with a mark", () => {
  const { clock, network, session, welcome, shown } = setup();
  session.enter("Ada");
  welcome([message(1, "a"), message(2, "b")]);
  network.last.events.close(1001);
  clock.pass(500);
  welcome([message(3, "c")]);
  assert.deepEqual(shown(), ["a", "b", "c"]);
  network.last.events.close(1006);
  clock.pass(2000);
  welcome([message(2000, "z")], { gap: true, more: true });
  assert.deepEqual(shown(), ["z"]);
  assert.equal(session.timeline.rows(() => "")[0]?.kind, "gap");
  assert.equal(session.timeline.more, true);
});

test("nothing is sent before the welcome", () => {
  const { network, session, heard, welcome } = setup();
  session.enter("Ada");
  session.say("x");
  network.last.events.open();
  assert.deepEqual(
    heard().map(({ t }) => t),
    ["join"],
  );
  welcome();
  assert.deepEqual(
    heard().map(({ t }) => t),
    ["join", "join", "say"],
  );
});

test("too fast: the same id again after the time the server named, and the order is kept", () => {
  const { clock, session, heard, say, welcome } = setup();
  session.enter("Ada");
  welcome();
  session.say("a");
  session.say("b");
  say({ t: "nak", id: 1, code: "rate", message: "", retryAfterMs: 700 });
  clock.pass(699);
  assert.equal(heard().length, 2);
  clock.pass(1);
  assert.deepEqual(heard().at(-1), { t: "say", id: 1, text: "a" });
});

test("storage trouble is retried with backoff; a final refusal is kept for the visitor and does not hold the rest up", () => {
  const { clock, session, heard, say, welcome } = setup();
  session.enter("Ada");
  welcome();
  session.say("a", "Nobody");
  session.say("b");
  say({ t: "nak", id: 1, code: "storage", message: "" });
  clock.pass(1000);
  assert.deepEqual(heard().at(-1), { t: "say", id: 1, text: "a", to: "Nobody" });
  say({ t: "nak", id: 1, code: "no-such-member", message: "" });
  assert.deepEqual(heard().at(-1), { t: "say", id: 2, text: "b" });
  assert.equal(session.outbox.items("lobby")[0]?.state, "failed");
});

test("a private message for somebody who is not back yet after a restart waits for them, but not for ever", () => {
  const { clock, network, session, heard, say, welcome } = setup();
  session.enter("Ada");
  welcome([], { members: ["Ada", "Bob", "Cid"] });
  network.last.events.close(1006);
  session.say("for Bob", "Bob");
  session.say("for Cid", "Cid");
  session.say("for Dan", "Dan");
  clock.pass(2000);
  welcome();
  for (const [text, to] of [
    ["for Bob", "Bob"],
    ["for Cid", "Cid"],
  ] as const) {
    const { length } = heard();
    const last = heard().at(-1);
    assert.ok(last?.t === "say" && last.text === text && last.to === to);
    say({ t: "nak", id: last.id, code: "no-such-member", message: "" });
    assert.equal(heard().length, length, "not at once");
    clock.pass(1000);
    assert.deepEqual(heard().at(-1), last, "the same again");
    if (to === "Bob") say({ t: "ack", id: last.id, seq: 1, at: 1 });
    else {
      for (let i = 0; i < 10; i++) {
        say({ t: "nak", id: last.id, code: "no-such-member", message: "" });
        clock.pass(1000);
      }
    }
  }
  const last = heard().at(-1);
  assert.ok(last?.t === "say" && last.to === "Dan");
  say({ t: "nak", id: last.id, code: "no-such-member", message: "" });
  assert.deepEqual(
    session.outbox.items("lobby").map(({ text, code }) => [text, code]),
    [
      ["for Cid", "no-such-member"],
      ["for Dan", "no-such-member"],
    ],
    "who never came back, and who was never here",
  );
});

test("who comes back after the same loss as we did is not announced; who comes later, or leaves and comes again, is", () => {
  const { clock, network, session, say, welcome } = setup();
  session.enter("Ada");
  welcome([], { members: ["Ada", "Bob", "Cid"] });
  network.last.events.close(1006);
  clock.pass(2000);
  welcome();
  const notices = (): unknown[] =>
    session.timeline.rows(() => "").flatMap((row) => (row.kind === "notice" ? [[row.joined, row.left]] : []));
  say({ t: "joined", name: "Bob", at: 1 });
  assert.deepEqual(notices(), []);
  say({ t: "left", name: "Bob", at: 2 });
  assert.deepEqual(notices(), [[[], ["Bob"]]]);
  say({ t: "joined", name: "Bob", at: 3 });
  assert.deepEqual(notices(), [[["Bob"], []]]);
  clock.pass(10_000);
  say({ t: "joined", name: "Cid", at: 4 });
  assert.deepEqual(notices(), [[["Bob", "Cid"], []]]);
});

test("a refused name is asked for again on the same connection", () => {
  const { network, session, heard, say, welcome } = setup();
  session.enter("Ada");
  network.last.events.open();
  say({ t: "refused", code: "name-taken", message: "" });
  assert.ok(session.naming);
  assert.equal(session.refusal, "name-taken");
  session.enter("Ada L");
  assert.equal(network.sockets.length, 1);
  assert.deepEqual((heard().at(-1) as { name?: string }).name, "Ada L");
  welcome();
  assert.equal(session.connection.state.kind, "joined");
});

test("no answer to a message: the connection is given up and the message goes again", () => {
  const { clock, network, session, heard, welcome } = setup();
  session.enter("Ada");
  welcome();
  session.say("x");
  clock.pass(10_000);
  assert.ok(network.sockets[0]?.closed);
  clock.pass(500);
  welcome();
  assert.deepEqual(heard().at(-1), { t: "say", id: 1, text: "x" });
});

test("silence is broken by a question, and no answer to it ends the connection", () => {
  const { clock, network, session, heard, say, welcome } = setup();
  session.enter("Ada");
  welcome();
  clock.pass(45_000);
  assert.deepEqual(heard().at(-1), { t: "history", before: 1 });
  say({ t: "history", messages: [], more: false });
  clock.pass(44_999);
  assert.equal(session.connection.state.kind, "joined");
  clock.pass(5001);
  assert.notEqual(session.connection.state.kind, "joined");
  assert.ok(network.sockets[0]?.closed);
});

test("pages of history come before what is there, one question at a time", () => {
  const { session, heard, say, welcome, shown } = setup();
  session.enter("Ada");
  welcome([message(51, "new")], { more: true });
  session.loadOlder();
  session.loadOlder();
  assert.deepEqual(heard().slice(1), [{ t: "history", before: 51 }]);
  assert.ok(session.loading);
  say({ t: "history", messages: [message(49, "old"), message(50, "older")], more: false });
  assert.deepEqual(shown(), ["old", "older", "new"]);
  assert.equal(session.loading, false);
  session.loadOlder();
  assert.equal(heard().length, 2);
});

test("replaced elsewhere: stays away until told, then comes back as the same or as someone new", () => {
  const { clock, network, session, outbox, welcome } = setup();
  session.enter("Ada");
  welcome();
  const { client } = outbox;
  network.last.events.close(4409);
  clock.pass(600_000);
  assert.equal(network.sockets.length, 1);
  session.takeBack();
  assert.equal(network.sockets.length, 2);
  assert.equal(outbox.client, client);
  welcome();
  network.last.events.close(4409);
  session.startAnew();
  assert.ok(session.naming);
  assert.notEqual(outbox.client, client);
  session.enter("Bea");
  clock.pass(250);
  assert.equal(network.sockets.length, 3);
});

test("people come, go and type; a name like __proto__ is a name", () => {
  const { clock, session, say, welcome } = setup();
  session.enter("Ada");
  welcome();
  for (const name of ["__proto__", "constructor"]) say({ t: "joined", name, at: 1 });
  say({ t: "joined", name: "constructor", at: 1 });
  const compare = (a: string, b: string): number => a.localeCompare(b);
  assert.deepEqual(session.presence.names("Ada", compare), ["Ada", "__proto__", "constructor"]);
  say({ t: "typing", name: "__proto__", on: true });
  assert.deepEqual(session.presence.typists(clock.now()), ["__proto__"]);
  clock.pass(4000);
  assert.deepEqual(session.presence.typists(clock.now()), []);
  say({ t: "left", name: "__proto__", at: 2 });
  const [notice] = session.timeline.rows(() => "").filter((row) => row.kind === "notice");
  assert.ok(notice?.kind === "notice");
  assert.deepEqual([notice.joined, notice.left], [["constructor"], ["__proto__"]]);
});

test("what is not of the protocol is passed over", () => {
  const { network, session, welcome } = setup();
  session.enter("Ada");
  welcome();
  for (const data of [
    "",
    "{",
    "null",
    "[]",
    '{"t":"new"}',
    '{"t":"message"}',
    '{"t":"ack","id":"1"}',
    '{"t":"message","message":{"seq":1}}',
  ]) {
    network.last.events.text(data);
  }
  assert.equal(session.connection.state.kind, "joined");
});

test("seeded faults: every message is stored exactly once, in order, whatever breaks", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seeded(seed);
    const store = new FakeStore();
    const stored = new Map<string, ChatMessage>();
    let page = setup(store);
    let typed = 0;
    let handled = 0;
    const enter = (): void => {
      handled = 0;
      page.session.enter("Ada");
    };
    const serve = (): void => {
      const sent = page.heard();
      for (; handled < sent.length; handled += 1) {
        const request = sent[handled]!;
        if (request.t !== "say") continue;
        if (random() < 0.1) {
          page.say({
            t: "nak",
            id: request.id,
            code: random() < 0.5 ? "rate" : "storage",
            message: "",
            retryAfterMs: 300,
          });
          continue;
        }
        const key = String(request.id);
        const known = stored.get(key) ?? message(stored.size + 1, request.text, "me");
        stored.set(key, known);
        const broadcast = random() < 0.5;
        if (broadcast) page.say({ t: "message", message: known });
        if (random() < 0.3) {
          page.network.last.events.close(1006);
          return;
        }
        page.say({ t: "ack", id: request.id, seq: known.seq, at: known.at });
      }
    };
    enter();
    for (let step = 0; step < 60 || page.outbox.items("lobby").length > 0; step += 1) {
      assert.ok(step < 2000, `seed ${seed} does not come to an end`);
      const { kind } = page.session.connection.state;
      if (step < 60 && random() < 0.4) page.session.say(`text ${++typed}`);
      if (kind === "connecting") {
        handled = 0;
        const [join] = [page.session.timeline.cursor];
        page.welcome([...stored.values()].filter(({ seq }) => seq > join));
      } else if (kind === "joined") serve();
      page.clock.pass(400);
      if (step < 60 && random() < 0.05) {
        page = setup(store);
        enter();
      }
    }
    assert.deepEqual(
      [...stored.values()].sort((a, b) => a.seq - b.seq).map(({ text }) => text),
      Array.from({ length: typed }, (_, i) => `text ${i + 1}`),
      `seed ${seed}`,
    );
    const shown = page.shown();
    assert.equal(new Set(shown).size, shown.length, `seed ${seed} shows one twice`);
  }
});
