/** hostile.md T-06: the same streams for ours, a reference parser, `ws` and the npm module `websocket`. `TIDEWAY_STREAMS` says how many. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALLOWED, type Allowed } from "../dist/differential/allow-list.js";
import { compare, describe } from "../dist/differential/compare.js";
import { npmWebsocket } from "../dist/differential/npm-websocket.js";
import { ours, reference } from "../dist/differential/ours.js";
import { ws } from "../dist/differential/ws.js";
import { Random } from "../dist/runner/random.js";
import { generateSession, type Session } from "../dist/session/generate.js";

const STREAMS = Number(process.env["TIDEWAY_STREAMS"] ?? 2000);
const SEED = Number(process.env["TIDEWAY_SEED"] ?? 20_261_120);

/** Two close frames, one right after the other: too rare to wait for. */
const twice = Uint8Array.of(0x88, 0, 0x88, 2, 3, 0xe8);
const sessions: Session[] = [
  { role: "client", change: "close twice", bytes: twice, pieces: [twice.slice(0, 2), twice.slice(2)] },
  ...Array.from({ length: STREAMS }, (_, i) =>
    generateSession(new Random(SEED + i), i % 2 === 0 ? "server" : "client"),
  ),
];

test(`${STREAMS} streams: ours is the reference parser, without exception`, () => {
  const ends = new Map<string, number>();
  for (const session of sessions) {
    const { code: _, ...own } = ours(session);
    assert.deepEqual(own, reference(session), describe(session, own, "reference", reference(session)));
    ends.set(own.end, (ends.get(own.end) ?? 0) + 1);
  }
  // The streams are worth their time only when they end in every way.
  for (const end of ["open", "close 1000", "close 1005", "fail 1002", "fail 1007", "fail 1009"]) {
    assert.ok((ends.get(end) ?? 0) >= STREAMS / 200, `only ${ends.get(end) ?? 0} streams end with "${end}"`);
  }
});

for (const [name, receive] of [
  ["ws", ws],
  ["websocket", npmWebsocket],
] as const) {
  test(`${STREAMS} streams: ${name} differs only where the list allows it, and does so for each row of it`, async () => {
    const used = new Set<Allowed>();
    const problems: string[] = [];
    for (const session of sessions) {
      const own = ours(session);
      const theirs = await receive(session);
      const result = compare(name, own, theirs);
      if (result.same) continue;
      if (result.row === undefined) problems.push(describe(session, own, name, theirs));
      else used.add(result.row);
    }
    assert.equal(
      problems.length,
      0,
      `${problems.length} differences, the first ones:\n${problems.slice(0, 5).join("\n")}`,
    );
    const unused = ALLOWED.filter((row) => row.peer === name && !used.has(row));
    assert.deepEqual(unused, []);
  });
}
