/** Every case of the table against Tideway over TCP, in both roles. Only the long exchanges are shorter than in the command. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Case, Step } from "../dist/case.js";
import { allCases } from "../dist/cases/all.js";
import { ClientJudge } from "../dist/client-judge.js";
import { startOwn } from "../dist/program.js";
import type { CaseResult } from "../dist/result.js";
import { judgeServer } from "../dist/server-run.js";

const LIMIT = 65_536;
/** Messages of an exchange: enough for each to refer to one before it. */
const FEW = 4;
/** The machine may be busy: what comes late has to be later than that. */
const patience = { soon: 8000, last: 20_000 };

function shorter(step: Step): Step {
  if (!("exchange" in step)) return step;
  return { exchange: { ...step.exchange, count: Math.min(step.exchange.count, FEW) } };
}

const cases: readonly Case[] = allCases(LIMIT).map((each) => {
  if (each.kind !== "frames") return each;
  return { ...each, variants: each.variants.map((one) => ({ ...one, steps: one.steps.map(shorter) })) };
});

function assertAllPass(results: readonly CaseResult[], role: "server" | "client"): void {
  assert.equal(results.length, cases.filter(({ roles }) => roles.includes(role)).length);
  assert.deepEqual(
    results.filter(({ outcome }) => outcome !== "pass").map(({ id, run, reason }) => `${id} [${run}]: ${reason}`),
    [],
  );
}

test("Tideway's server passes every case over TCP, strictly", async () => {
  const echo = await startOwn("tideway-echo", [String(LIMIT)]);
  try {
    const [url = "", limitUrl = ""] = echo.line.split(" ");
    assertAllPass(await judgeServer({ url, limitUrl }, { cases, patience }), "server");
  } finally {
    await echo.stop();
  }
});

test("Tideway's client passes every case over TCP, strictly", async () => {
  const judge = new ClientJudge({ cases, patience });
  const port = await judge.listen();
  try {
    const client = await startOwn("tideway-client", [`ws://127.0.0.1:${port}`, String(LIMIT), "16"]);
    await client.ended;
    assertAllPass(judge.report("tideway").results, "client");
  } finally {
    await judge.close();
  }
});
