import assert from "node:assert/strict";
import { test } from "node:test";
import { EchoSession, type EchoSocketEvents } from "../../dist/web-js/echo/echo-session.js";
import { computedFrame, Opcode } from "../../dist/web-js/echo/frame.js";
import { FrameLog, MAX_FRAMES } from "../../dist/web-js/echo/frame-log.js";
import { FakeClock } from "./fake.js";

interface Opened {
  readonly path: string;
  readonly events: EchoSocketEvents;
  readonly sent: (string | Uint8Array)[];
  closed: (number | undefined)[];
}

function setup() {
  const clock = new FakeClock();
  const opened: Opened[] = [];
  const session = new EchoSession({
    open: (path, events) => {
      const socket: Opened = { path, events, sent: [], closed: [] };
      opened.push(socket);
      return { send: (data) => void socket.sent.push(data), close: (code) => void socket.closed.push(code) };
    },
    clock,
    freshId: () => "id",
    changed: () => {},
  });
  const lines = (): string[] =>
    session.log.entries.map(({ frame, rtt }) => `${frame.direction} ${frame.opcode} ${frame.length} ${rtt ?? "-"}`);
  return { clock, opened, session, lines };
}

const frame = (direction: "in" | "out", opcode: number, payload: string, fin = true): string =>
  JSON.stringify({
    frame: {
      direction,
      fin,
      rsv1: false,
      rsv2: false,
      rsv3: false,
      opcode,
      masked: direction === "in",
      key: direction === "in" ? "00000000" : null,
      length: payload.length / 2,
      header: "8100",
      payload,
      truncated: false,
      at: 1,
    },
  });

test("watches first, then echoes, and shows only what the server reports", () => {
  const { clock, opened, session, lines } = setup();
  session.connect();
  assert.deepEqual(
    opened.map(({ path }) => path),
    ["/echo?watch=id"],
  );
  const watch = opened[0]!;
  watch.events.open();
  watch.events.message('{"watching":"other"}');
  assert.equal(opened.length, 1);
  watch.events.message('{"watching":"id"}');
  assert.equal(opened[1]?.path, "/echo?id=id");
  const echo = opened[1]!;
  echo.events.open();
  session.send("hi");
  clock.pass(7);
  assert.deepEqual(lines(), []);
  watch.events.message(frame("out", Opcode.Ping, ""));
  watch.events.message(frame("in", Opcode.Text, "6869"));
  echo.events.message("hi");
  watch.events.message(frame("out", Opcode.Text, "6869"));
  assert.deepEqual(lines(), ["down 9 0 -", "up 1 2 -", "down 1 2 7"]);
  assert.ok(session.live);
});

test("the round-trip time meets the last frame of its echo, whichever comes first", () => {
  const { clock, opened, session, lines } = setup();
  session.connect();
  opened[0]!.events.message('{"watching":"id"}');
  opened[1]!.events.open();
  session.send("a");
  clock.pass(3);
  session.send("b");
  opened[0]!.events.message(frame("out", Opcode.Text, "61", false));
  opened[0]!.events.message(frame("out", Opcode.Continuation, "", true));
  opened[1]!.events.message("a");
  clock.pass(2);
  opened[1]!.events.message("b");
  opened[0]!.events.message(frame("out", Opcode.Text, "62"));
  assert.deepEqual(lines(), ["down 1 1 -", "down 0 0 3", "down 1 1 2"]);
  assert.equal(session.log.lastRtt, 2);
});

test("without reports the frames are computed, the closing handshake included", () => {
  const { opened, session, lines } = setup();
  session.connect();
  opened[0]!.events.close(1006, "");
  assert.equal(opened[1]?.path, "/echo");
  assert.equal(session.live, false);
  const echo = opened[1]!;
  echo.events.open();
  session.send("hi");
  echo.events.message("hi");
  session.send(new Uint8Array(126));
  echo.events.message(new Uint8Array(126));
  session.close(3001, "done");
  assert.equal(session.state, "closing");
  echo.events.close(3001, "done");
  assert.deepEqual(lines(), ["up 1 2 -", "down 1 2 0", "up 2 126 -", "down 2 126 0", "up 8 6 -", "down 8 6 -"]);
  assert.deepEqual(session.closed, { code: 3001, reason: "done" });
});

test("a server that does not promise reports in time is not waited for; a lost connection has no close frame", () => {
  const { clock, opened, session, lines } = setup();
  session.connect();
  clock.pass(3000);
  assert.ok(opened[0]!.closed.length > 0);
  opened[0]!.events.message('{"watching":"id"}');
  assert.equal(opened.length, 2);
  opened[1]!.events.open();
  opened[1]!.events.close(1006, "");
  assert.deepEqual(lines(), []);
  session.connect();
  assert.equal(session.state, "connecting");
});

test("the log is bounded, the totals are not", () => {
  const log = new FrameLog();
  for (let i = 0; i < 1200; i += 1) log.add(computedFrame("up", Opcode.Text, new Uint8Array(4), 0));
  assert.equal(log.entries.length, MAX_FRAMES);
  assert.equal(log.entries[0]?.number, 1200 - MAX_FRAMES + 1);
  assert.deepEqual({ ...log.totals }, { frames: 1200, sent: 1200 * 10, received: 0 });
  for (const rtt of [9, 1, 5]) log.time(rtt, rtt);
  assert.equal(log.medianRtt, 5);
  log.clear();
  assert.equal(log.entries.length, 0);
  assert.equal(log.medianRtt, undefined);
});
