import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, Variant } from "../dist/case.js";
import { close, encodeFrame, type FrameSpec, ping, pong, text } from "../dist/frame.js";
import { judge, worst } from "../dist/judge.js";
import { Observation, PROBE } from "../dist/observation.js";

const open: Variant = {
  name: "",
  steps: [],
  expect: { echo: [{ kind: "text", payload: "a" }], pongs: ["p"], end: { is: "open" } },
};
const failing: Variant = { name: "", steps: [], expect: { end: { is: "close", codes: [1007] } } };
const answered: Variant = { name: "", steps: [], expect: { end: { is: "close", codes: [1001], answer: true } } };

/** What a server sent, after what its peer had: `sent` says that the peer's close frame came first. */
function seen(frames: readonly FrameSpec[], { ended = true, sent = false, late = false } = {}): Observation {
  const observation = new Observation("server");
  observation.closeSent = sent;
  frames.forEach((frame, index) => {
    if (frame.opcode === 8 && frame.rsv === 0) observation.closeSent = true;
    observation.receive(encodeFrame(frame, "server", index));
  });
  if (ended) observation.end("fin");
  if (late) observation.late.push("late");
  return observation;
}

const probe = pong(PROBE);
const bye = close(1000, "", { rsv: 0 });

const rows: readonly (readonly [name: string, variant: Variant, seen: Observation, outcome: Outcome])[] = [
  ["as it should be", open, seen([text("a"), pong("p"), probe, bye]), "pass"],
  ["pongs may come before messages", open, seen([pong("p"), text("a"), probe, bye]), "pass"],
  ["a message is missing", open, seen([pong("p"), probe, bye]), "fail"],
  ["a message is changed", open, seen([text("b"), pong("p"), probe, bye]), "fail"],
  ["a message too many", open, seen([text("a"), text("a"), pong("p"), probe, bye]), "fail"],
  ["a message of the other type", open, seen([{ opcode: 2, payload: "a" }, pong("p"), probe, bye]), "fail"],
  ["a pong is missing", open, seen([text("a"), probe, bye]), "fail"],
  ["a pong is changed", open, seen([text("a"), pong("q"), probe, bye]), "fail"],
  ["the probe is not answered", open, seen([text("a"), pong("p"), bye]), "fail"],
  ["the TCP connection stays", open, seen([text("a"), pong("p"), probe, bye], { ended: false }), "fail"],
  ["it closes by itself", open, seen([text("a"), pong("p"), probe, close(1000)]), "fail"],
  ["another code answers 1000", open, seen([text("a"), pong("p"), probe, close(1001, "", { rsv: 0 })]), "non-strict"],
  ["late, but right", open, seen([text("a"), pong("p"), probe, bye], { late: true }), "non-strict"],
  [
    "late, which is only noted",
    { ...open, late: "informational" },
    seen([text("a"), pong("p"), probe, bye], { late: true }),
    "informational",
  ],
  ["fails as asked", failing, seen([close(1007)]), "pass"],
  ["fails with another code", failing, seen([close(1002)]), "non-strict"],
  ["fails without a close frame", failing, seen([]), "non-strict"],
  ["fails late", failing, seen([close(1007)], { late: true }), "non-strict"],
  ["does not fail", failing, seen([probe, bye]), "fail"],
  ["fails and stays connected", failing, seen([close(1007)], { ended: false }), "fail"],
  ["hands the bad message on", failing, seen([text("bad"), close(1007)]), "fail"],
  ["answers a close frame", answered, seen([close(1001, "", { rsv: 0 })]), "pass"],
  ["answers it with another code", answered, seen([close(1000, "", { rsv: 0 })]), "non-strict"],
  ["does not answer it", answered, seen([], { sent: true }), "fail"],
  ["masks", open, faulty(text("a", { masking: "wrong" })), "fail"],
  ["sets a reserved bit", open, faulty(text("a", { rsv: 1 })), "fail"],
  ["uses a long length", open, faulty(text("a", { form: 16 })), "fail"],
  ["uses a reserved opcode", open, faulty({ opcode: 4 }), "fail"],
  ["fragments a pong", open, faulty(pong("p", { fin: false })), "fail"],
  ["sends a long ping", open, faulty(ping({ kind: "text", size: 126 })), "fail"],
  ["continues nothing", open, faulty({ opcode: 0, payload: "x" }), "fail"],
  ["sends text that is not UTF-8", open, faulty(text({ hex: "ff" })), "fail"],
  ["sends close code 1005", answered, faulty(close(1005)), "fail"],
  ["sends a close frame of one octet", answered, faulty({ opcode: 8, payload: "x" }), "fail"],
];

function faulty(frame: FrameSpec): Observation {
  return seen([frame, text("a"), pong("p"), probe, bye]);
}

for (const [name, variant, observation, outcome] of rows) {
  test(`judges: ${name}`, () => {
    const verdict = judge(variant, observation);
    assert.equal(verdict.outcome, outcome, verdict.reason);
    assert.equal(verdict.reason === "", outcome === "pass");
  });
}

test("an allowed outcome is taken before it is relaxed", () => {
  const allow = [
    { expect: { end: { is: "close", codes: [1009] } }, outcome: "informational", reason: "its own limit" },
  ] as const;
  assert.deepEqual(judge({ ...failing, allow }, seen([close(1009)])), {
    outcome: "informational",
    reason: "its own limit",
  });
});

test("only some of the pongs need come, the last among them", () => {
  const pongs: Variant = { name: "", steps: [], expect: { pongs: ["1", "2", "3"], end: { is: "open" } } };
  assert.equal(judge(pongs, seen([pong("1"), pong("3"), probe, bye])).outcome, "pass");
  assert.equal(judge(pongs, seen([pong("3"), probe, bye])).outcome, "pass");
  assert.equal(judge(pongs, seen([pong("1"), pong("2"), probe, bye])).outcome, "fail");
  assert.equal(judge(pongs, seen([pong("3"), pong("1"), probe, bye])).outcome, "fail");
});

test("the worst of several verdicts counts", () => {
  const verdict = (outcome: Outcome) => ({ outcome, reason: outcome });
  assert.equal(worst([verdict("pass"), verdict("informational"), verdict("non-strict")]).outcome, "non-strict");
  assert.equal(worst([verdict("non-strict"), verdict("fail"), verdict("pass")]).outcome, "fail");
  assert.equal(worst([]).outcome, "pass");
});
