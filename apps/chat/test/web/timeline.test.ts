import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage } from "../../dist/shared/message.js";
import { KEPT_AT_END, KEPT_AT_MOST, type Row, Timeline } from "../../dist/web-js/chat/timeline.js";
import { seeded } from "./fake.js";

const HOUR = 3_600_000;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const message = (seq: number, at = seq * 1000, author = "a"): ChatMessage => ({
  seq,
  from: author,
  author,
  text: `t${seq}`,
  at,
});
const run = (from: number, to: number): ChatMessage[] =>
  Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
const seqs = (timeline: Timeline): number[] =>
  timeline.rows(dayOf).flatMap((row) => (row.kind === "message" ? [row.message.seq] : []));
const kinds = (timeline: Timeline): Row["kind"][] => timeline.rows(dayOf).map(({ kind }) => kind);

test("a day mark stands before the first message of each day", () => {
  const timeline = new Timeline();
  timeline.reset([message(1, 0), message(2, 23 * HOUR), message(3, 24 * HOUR)], false, false);
  assert.deepEqual(kinds(timeline), ["day", "message", "message", "day", "message"]);
  timeline.deliver(message(4, 49 * HOUR), false);
  assert.deepEqual(kinds(timeline).slice(-2), ["day", "message"]);
});

test("each seq once, in order, whatever order and way it comes", () => {
  const random = seeded(7);
  for (let round = 0; round < 100; round += 1) {
    const timeline = new Timeline();
    timeline.reset(run(1, 3), false, false);
    const events = [...run(2, 20), ...run(4, 20)].sort(() => random() - 0.5);
    for (const event of events) {
      if (random() < 0.5) timeline.deliver(event, true);
      else timeline.acked(event);
    }
    assert.deepEqual(
      seqs(timeline),
      run(1, 20).map(({ seq }) => seq),
    );
  }
});

test("only delivery moves the position, and a gap may move it back", () => {
  const timeline = new Timeline();
  timeline.reset(run(1, 5), false, false);
  timeline.acked(message(9));
  assert.equal(timeline.cursor, 5);
  timeline.deliver(message(7), false);
  assert.equal(timeline.cursor, 7);
  timeline.reset(run(1, 2), false, true);
  assert.equal(timeline.cursor, 2);
});

test("a gap drops what is shown and says so, until older history closes it", () => {
  const timeline = new Timeline();
  timeline.reset(run(1, 3), false, false);
  timeline.reset(run(60, 62), true, true);
  assert.deepEqual(kinds(timeline), ["gap", "day", "message", "message", "message"]);
  timeline.prepend(run(50, 59), true);
  assert.equal(kinds(timeline).includes("gap"), false);
  assert.deepEqual(
    seqs(timeline),
    run(50, 62).map(({ seq }) => seq),
  );
});

test("unread counts others' messages while the reader is away, with a divider at the first", () => {
  const timeline = new Timeline();
  timeline.reset(run(1, 2), false, false);
  timeline.deliver(message(3), false);
  assert.equal(timeline.unread, 0);
  timeline.setReading(false);
  timeline.deliver(message(4), false);
  timeline.deliver(message(5), false);
  timeline.deliver(message(5), false);
  assert.equal(timeline.unread, 2);
  assert.deepEqual(kinds(timeline).slice(-3), ["unread", "message", "message"]);
  timeline.setReading(true);
  assert.equal(timeline.unread, 0);
  assert.ok(kinds(timeline).includes("unread"), "the divider stays as a bookmark");
  timeline.setReading(false);
  assert.equal(kinds(timeline).includes("unread"), false, "the next absence has its own");
  timeline.deliver(message(6), false);
  timeline.deliver(message(7), true);
  assert.equal(timeline.unread, 1, "own messages are never unread");
  assert.equal(kinds(timeline).includes("unread"), false, "who answers has read");
});

test("joins and leaves close together are one notice, the last word about a name wins", () => {
  const timeline = new Timeline();
  timeline.reset([message(1)], false, false);
  for (const name of ["x", "y", "z"]) timeline.notice("joined", name, 2000);
  timeline.notice("left", "y", 3000);
  const [notice] = timeline.rows(dayOf).filter((row) => row.kind === "notice");
  assert.ok(notice?.kind === "notice");
  assert.deepEqual([notice.joined, notice.left], [["x", "z"], ["y"]]);
  timeline.deliver(message(2, 4000), false);
  timeline.notice("joined", "w", 5000);
  timeline.notice("left", "w", 5000 + 2 * HOUR);
  assert.equal(kinds(timeline).filter((kind) => kind === "notice").length, 3);
});

test("the same person in one breath shares one name line", () => {
  const timeline = new Timeline();
  const whisper = { ...message(4, 4000), to: "b" };
  timeline.reset([message(1, 1000), message(2, 2000), message(3, 3000, "b"), message(4, 3500, "b")], false, false);
  timeline.reset([message(1, 1000), message(2, 2000), whisper, message(5, 5000), message(6, HOUR)], false, false);
  const continued = timeline.rows(dayOf).flatMap((row) => (row.kind === "message" ? [row.continued] : []));
  assert.deepEqual(continued, [false, true, false, false, false]);
});

test("bounded at the end: the oldest go, and history can bring them back", () => {
  const timeline = new Timeline();
  timeline.reset([], false, false);
  for (const each of run(1, 2000)) {
    timeline.deliver(each, false);
    timeline.trim(true);
  }
  assert.equal(seqs(timeline).length, KEPT_AT_END);
  assert.ok(timeline.more);
  assert.equal(timeline.oldest, 2001 - KEPT_AT_END);
  timeline.prepend(run(1500, 2000 - KEPT_AT_END), true);
  assert.equal(timeline.oldest, 1500);
});

test("bounded while reading far back: the newest are left out, counted, and the end must be fetched anew", () => {
  const timeline = new Timeline();
  timeline.reset(run(1, 10), false, false);
  timeline.setReading(false);
  for (const each of run(11, KEPT_AT_MOST + 500)) {
    timeline.deliver(each, false);
    timeline.trim(false);
  }
  assert.ok(timeline.detached);
  assert.equal(seqs(timeline).length, KEPT_AT_MOST);
  assert.equal(timeline.unread, KEPT_AT_MOST + 490);
  assert.equal(timeline.cursor, KEPT_AT_MOST + 500);
  timeline.reset(run(5400, 5449), true, false);
  assert.equal(timeline.detached, false);
});

test("an ack from long ago waits for its page of history", () => {
  const timeline = new Timeline();
  timeline.reset(run(100, 110), true, false);
  timeline.acked(message(5));
  assert.equal(timeline.oldest, 100);
  timeline.prepend([message(5), ...run(90, 99)], false);
  assert.deepEqual(seqs(timeline).slice(0, 2), [5, 90]);
});
