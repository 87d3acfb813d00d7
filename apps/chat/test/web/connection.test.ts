import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, type ConnectionState, isTerminal } from "../../dist/web-js/chat/connection.js";
import { FakeClock, FakeNetwork, seeded } from "./fake.js";

function setup(random: () => number = () => 0.5) {
  const clock = new FakeClock();
  const network = new FakeNetwork(clock);
  const states: ConnectionState["kind"][] = [];
  const texts: string[] = [];
  const connection = new Connection(
    network.open,
    { state: (state) => void states.push(state.kind), open: () => {}, text: (data) => void texts.push(data) },
    clock,
    random,
  );
  return { clock, network, states, texts, connection };
}

test("close codes that forbid to come back", () => {
  for (const code of [1008, 4400, 4409, 4429, 4000, 4999]) assert.ok(isTerminal(code), String(code));
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408]) assert.ok(!isTerminal(code), String(code));
});

test("comes back after 1012, stays away after 4409", () => {
  const { clock, network, connection } = setup();
  connection.start();
  network.last.events.open();
  connection.joined();
  network.last.events.close(1012);
  assert.equal(connection.state.kind, "waiting");
  clock.pass(500);
  assert.equal(network.sockets.length, 2);
  network.last.events.open();
  network.last.events.close(4409);
  clock.pass(3_600_000);
  assert.deepEqual(connection.state, { kind: "stopped", code: 4409 });
  assert.equal(network.sockets.length, 2);
});

test("a server that accepts and closes at once does not reset the backoff", () => {
  const { clock, network, connection } = setup(() => 1);
  connection.start();
  const gaps: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    const { openedAt } = network.last;
    network.last.events.open();
    connection.joined();
    clock.pass(9_000);
    network.last.events.close(1006);
    const lostAt = clock.now();
    const count = network.sockets.length;
    while (network.sockets.length === count) clock.pass(50);
    gaps.push(network.last.openedAt - lostAt);
    assert.ok(network.last.openedAt - openedAt >= 250);
  }
  assert.deepEqual(gaps, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test("ten stable seconds reset the backoff", () => {
  const { clock, network, connection } = setup(() => 1);
  connection.start();
  for (let i = 0; i < 5; i += 1) {
    network.last.events.close(1006);
    clock.pass(30_000);
  }
  network.last.events.open();
  connection.joined();
  clock.pass(10_000);
  network.last.events.close(1006);
  assert.deepEqual(connection.state, { kind: "waiting", until: clock.now() + 500 });
});

test("'try now' goes at once, but never twice within 250 ms", () => {
  const { clock, network, connection } = setup(() => 1);
  connection.start();
  for (let i = 0; i < 6; i += 1) {
    network.last.events.close(1006);
    clock.pass(100);
    connection.retryNow();
    connection.retryNow();
    clock.pass(149);
    assert.equal(network.sockets.length, i + 1);
    clock.pass(1);
    assert.equal(network.sockets.length, i + 2);
  }
});

test("an attempt that hangs is given up, and its late events are ignored", () => {
  const { clock, network, texts, connection } = setup();
  connection.start();
  const hanging = network.last;
  clock.pass(10_000);
  assert.ok(hanging.closed);
  assert.equal(connection.state.kind, "waiting");
  clock.pass(500);
  assert.equal(network.sockets.length, 2);
  hanging.events.open();
  hanging.events.text("late");
  hanging.events.close(4409);
  assert.equal(connection.state.kind, "connecting");
  assert.deepEqual(texts, []);
});

test("an open socket that never answers the join is given up", () => {
  const { clock, network, connection } = setup();
  connection.start();
  network.last.events.open();
  clock.pass(10_000);
  assert.equal(connection.state.kind, "waiting");
});

test("while a human thinks about a name, being hung up on is no loss", () => {
  const { clock, network, connection } = setup();
  connection.start();
  network.last.events.open();
  connection.park();
  clock.pass(60_000);
  assert.equal(connection.state.kind, "open");
  network.last.events.close(4408);
  assert.equal(connection.state.kind, "idle");
  clock.pass(60_000);
  assert.equal(network.sockets.length, 1);
  assert.equal(connection.unpark(), false);
});

test("a constructor that throws counts as a failed attempt", () => {
  const clock = new FakeClock();
  let opened = 0;
  const connection = new Connection(
    () => {
      opened += 1;
      throw new Error("blocked");
    },
    { state: () => {}, open: () => {}, text: () => {} },
    clock,
    seeded(4),
  );
  connection.start();
  clock.pass(600_000);
  assert.ok(opened > 5 && opened < 80, String(opened));
});
