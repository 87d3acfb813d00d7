import assert from "node:assert/strict";
import type { End, EndEvent } from "./end.js";
import type { Case } from "./matrix.js";
import { digestOf, inSequence } from "./payload.js";

/** Every code that may stand in a close frame (RFC 6455 §7.4, IANA), the ends of the ranges, and none. */
const CODES = [
  1000,
  1001,
  1002,
  1003,
  1007,
  1008,
  1009,
  1010,
  1011,
  1012,
  1013,
  1014,
  3000,
  3999,
  4000,
  4999,
  undefined,
] as const;

const REASON = "Schluß: 引き潮 😀";
/** 123 bytes: as long as a reason may be. */
const LONGEST = `${"€".repeat(40)}äx`;

/** Closing from one end, with each code. */
export const closeCases: readonly Case[] = CODES.flatMap((code): Case[] => {
  if (code === undefined) return [closeCase("a close without a code", undefined, "")];
  const rows = [closeCase(`close ${code} with a reason`, code, REASON)];
  if (code === 1000 || code === 4000) {
    rows.push(closeCase(`close ${code} without a reason`, code, ""));
    rows.push(closeCase(`close ${code} with a reason of 123 bytes`, code, LONGEST));
  }
  return rows;
});

function closeCase(name: string, code: number | undefined, reason: string): Case {
  return {
    name,
    closesWith: [code],
    async run({ from, to }) {
      await from.close(code, reason);
      const said = code ?? 1005;
      assertClosed(await to.inbox.next("close"), reported(to, said, reason), true);
      assertClosed(await from.inbox.next("close"), answered(from, to, said, reason), true);
    },
  };
}

/** How else a connection ends. */
export const endCases: readonly Case[] = [
  {
    name: "messages sent before a close arrive before it",
    closesWith: [1000],
    async run({ from, to }) {
      await from.sendSequence(100);
      await from.close(1000, "done");
      for (let i = 0; i < 100; i++) assert.deepEqual(await to.inbox.message(), digestOf(inSequence(i)));
      assertClosed(await to.inbox.next("close"), [1000, "done"], true);
      assertClosed(await from.inbox.next("close"), answered(from, to, 1000, "done"), true);
    },
  },
  {
    name: "both ends close at once",
    once: true,
    gated: true,
    closesWith: [3001, 3002],
    async run({ from, to, gate }) {
      // Neither sees the other's close frame before it has sent its own.
      gate.hold();
      await from.close(3001, "from");
      await to.close(3002, "to");
      await gate.held();
      gate.release();
      const [first, second] = await Promise.all([from.inbox.next("close"), to.inbox.next("close")]);
      assertClosed(first, crossed(from, [3001, "from"], [3002, "to"]), true);
      assertClosed(second, crossed(to, [3002, "to"], [3001, "from"]), true);
    },
  },
  {
    name: "an end that drops the connection is seen as 1006",
    needs: ["drop"],
    async run({ from, to }) {
      await from.drop();
      for (const { inbox } of [to, from]) assertClosed(await inbox.next("close"), [1006], false);
    },
  },
  {
    name: "a line that is cut is seen as 1006 by both",
    once: true,
    gated: true,
    async run({ from, to, gate }) {
      gate.cut();
      for (const { inbox } of [from, to]) assertClosed(await inbox.next("close"), [1006], false);
    },
  },
];

/** Code and reason as an end should tell them. Without a reason any will do: it is nobody's own words. */
type Told = readonly [code: number, reason?: string];

function reported(end: End, code: number, reason: string): Told {
  return end.facts.reports?.(code, reason) ?? [code, reason];
}

/** What the end that closed first tells of the other's answer. */
function answered(from: End, to: End, code: number, reason: string): Told {
  if (from.facts.reportsOwnClose) return [code, reason];
  return reported(from, to.facts.answers?.(code) ?? code, to.facts.answersReason ? reason : "");
}

/** What an end tells when the close frames have crossed. */
function crossed(end: End, own: Told, other: Told): Told {
  return end.facts.reportsOwnClose ? own : other;
}

function assertClosed(event: EndEvent & { type: "close" }, [code, reason]: Told, clean: boolean): void {
  assert.equal(event.code, code);
  if (reason !== undefined) assert.equal(event.reason, reason);
  if (event.clean !== undefined) assert.equal(event.clean, clean);
}
