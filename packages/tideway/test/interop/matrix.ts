import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { closeCases, endCases } from "./close-cases.js";
import type { Ability, End, Facts } from "./end.js";
import { Gate } from "./gate.js";
import { fragmentCases, orderCases, payloadCases, pingCases, surrogateCases } from "./message-cases.js";

/** The longest a single case may take: a bound for what hangs, not a measure. */
export const CASE_TIMEOUT = 10_000;

/** Two ends of one connection, in the direction of a case. */
export interface Ends {
  readonly from: End;
  readonly to: End;
  /** Between them, if the case is `gated`. */
  readonly gate: Gate;
}

/** One row of the matrix: something one end does, and what both then see. */
export interface Case {
  readonly name: string;
  /** What `from` must be able to do. */
  readonly needs?: readonly Ability[];
  /** The codes that `from`, and `to` if there are two, close with. */
  readonly closesWith?: readonly (number | undefined)[];
  /** There is nothing to turn round: it runs once, with us as `from`. */
  readonly once?: boolean;
  /** Only they can do it. */
  readonly onlyFromThem?: boolean;
  /** It wants a gate between the ends. */
  readonly gated?: boolean;
  run(ends: Ends): Promise<void>;
}

/** One column of the matrix: one of ours, one of theirs, and a way to connect them. */
export interface Column {
  readonly ours: Facts;
  readonly theirs: Facts;
  /** The port to put a gate in front of. */
  port(): number;
  /** A new connection, by way of `port`. */
  open(port: number): Promise<{ readonly ours: End; readonly theirs: End }>;
}

/** All cases of the matrix. */
export const allCases: readonly Case[] = [
  ...payloadCases,
  ...surrogateCases,
  ...orderCases,
  ...fragmentCases,
  ...pingCases,
  ...closeCases,
  ...endCases,
];

/** Rows that TLS could make a difference to: sizes around its records, much data, pings, and every way to end. */
export const tlsCases: readonly Case[] = [
  "ASCII",
  "an empty text",
  "1 byte",
  "65 535 bytes",
  "65 536 bytes",
  "65 537 bytes",
  "1 MiB",
  "16 MiB",
  "1000 messages in order",
  "1000 messages each way at once",
  "4 MiB each way at once, four times",
  "bytes in four fragments",
  "bytes in four fragments, pings between them",
  "a ping with 125 bytes is answered with the same",
  "close 1000 with a reason",
  "close 1001 with a reason",
  "close 4999 with a reason",
  "a close without a code",
  "both ends close at once",
  "an end that drops the connection is seen as 1006",
  "a line that is cut is seen as 1006 by both",
].map(caseOfName);

/** Makes a test of every case of a column, in each direction that there is. */
export function matrix(column: Column, cases: readonly Case[] = allCases): void {
  for (const row of cases) {
    const directions = row.onlyFromThem
      ? [["theirs", "ours"] as const]
      : row.once
        ? [["ours", "theirs"] as const]
        : [["ours", "theirs"] as const, ["theirs", "ours"] as const];
    for (const [from, to] of directions) {
      const arrow = row.once ? "" : from === "ours" ? " (from us)" : " (from them)";
      const skip = unable(row, column[from], column[to]);
      test(`${row.name}${arrow}`, { skip, timeout: CASE_TIMEOUT }, (t) => runCase(t, column, row, from));
    }
  }
}

async function runCase(t: TestContext, column: Column, row: Case, from: "ours" | "theirs"): Promise<void> {
  const gate = row.gated ? await Gate.before(column.port()) : undefined;
  if (gate !== undefined) t.after(() => gate.close());
  const pair = await column.open(gate?.port ?? column.port());
  t.after(async () => {
    await pair.theirs.drop();
    await pair.ours.drop();
  });
  const ends = { from: pair[from], to: pair[from === "ours" ? "theirs" : "ours"] };
  await row.run({
    ...ends,
    get gate(): Gate {
      assert.ok(gate !== undefined, "the case is not gated");
      return gate;
    },
  });
  // Nothing came that was not asked for: no second copy, no second close.
  assert.deepEqual(ends.from.inbox.rest(), []);
  assert.deepEqual(ends.to.inbox.rest(), []);
}

/** Why a case cannot be run from this end to that, or false. */
function unable(row: Case, from: Facts, to: Facts): string | false {
  for (const ability of row.needs ?? []) {
    const reason = from.cannot[ability];
    if (reason !== undefined) return `${from.name} cannot ${ability}: ${reason}`;
  }
  const [first, second] = [from, to].map((facts, index) => {
    if (row.closesWith === undefined || row.closesWith.length <= index) return undefined;
    const reason = facts.cannotClose(row.closesWith[index]);
    return reason && `${facts.name} cannot close with ${row.closesWith[index] ?? "no code"}: ${reason}`;
  });
  return first ?? second ?? false;
}

function caseOfName(name: string): Case {
  const row = allCases.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`there is no case "${name}"`);
  return row;
}
