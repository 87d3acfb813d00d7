import assert from "node:assert/strict";
import { test } from "node:test";
import { type Move, next, type State } from "../../dist/protocol/closing-state.js";

const moves: readonly Move[] = ["sendClose", "receiveClose", "fail", "end"];

/** Every state and what each move, in the order above, leads to; "-" is an illegal move. */
const table: readonly (readonly [from: State, ...to: (State | "-")[]])[] = [
  ["open", "closedByUs", "closedByPeer", "failed", "endedAbnormal"],
  ["closedByUs", "-", "closeAnswered", "failed", "endedAbnormal"],
  ["closedByPeer", "-", "-", "-", "endedClean"],
  ["closeAnswered", "-", "-", "-", "endedClean"],
  ["failed", "-", "-", "-", "endedAbnormal"],
  ["endedClean", "-", "-", "-", "-"],
  ["endedAbnormal", "-", "-", "-", "-"],
];

for (const [from, ...to] of table) {
  test(`from ${from}`, () => {
    assert.deepEqual(
      moves.map((move) => next(from, move) ?? "-"),
      to,
    );
  });
}

test("a clean end needs both close frames, whatever happens in whatever order (§7.1.4)", () => {
  const walk = (state: State, sent: boolean, received: boolean): void => {
    if (state === "endedClean") assert.ok(sent && received);
    for (const move of moves) {
      const to = next(state, move);
      // The answer to a close frame goes out as part of receiving it.
      if (to) walk(to, sent || move === "sendClose" || to === "closedByPeer", received || move === "receiveClose");
    }
  };
  walk("open", false, false);
});
