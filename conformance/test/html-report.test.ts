import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateRawSync } from "node:zlib";
import { allCases } from "../dist/cases/all.js";
import { htmlReport } from "../dist/html-report.js";
import type { CaseResult } from "../dist/result.js";
import { reportOf } from "../dist/result.js";
import { together } from "../dist/summary.js";

const cases = allCases().slice(0, 4);

function result(at: number, parts: Partial<CaseResult>): CaseResult {
  const { id, section, level } = cases[at]!;
  const log = [{ at: 1.5, direction: "in", text: "close fin=1 rsv=0 length=2 03ea" }] as const;
  return { id, section, level, outcome: "pass", reason: "", runs: 1, milliseconds: 1, skipped: false, log, ...parts };
}

/** The data in a page, and what is packed in its first column. */
function dataOf(page: string): { outcomes: string; details: unknown[]; cases: { id: string; quote: string }[] } {
  const text = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
  const data = JSON.parse(text) as {
    cases: { id: string; quote: string }[];
    columns: { name: string; outcomes: string; details: string }[];
  };
  const [column] = data.columns;
  const details = JSON.parse(inflateRawSync(Buffer.from(column!.details, "base64")).toString()) as unknown[];
  return { outcomes: column!.outcomes, details, cases: data.cases };
}

test("the page has every case, its outcome and its log", () => {
  const results = [
    result(0, {}),
    result(1, { outcome: "fail", reason: "</script><b>not a tag</b>", run: "octet by octet" }),
    result(2, { outcome: "informational", reason: "not offered", skipped: true }),
  ];
  const page = htmlReport([together("x <1>", [reportOf("x <1>", "server", "tcp", results, 5)])], cases);
  const { outcomes, details, cases: rows } = dataOf(page);
  assert.equal(outcomes, "pfs");
  assert.deepEqual(
    rows.map(({ id }) => id),
    results.map(({ id }) => id),
  );
  assert.equal(rows[0]?.quote, cases[0]?.quote);
  assert.deepEqual(details[1], [
    "</script><b>not a tag</b>",
    "octet by octet",
    [[1.5, "in", "close fin=1 rsv=0 length=2 03ea"]],
  ]);
  assert.ok(page.includes("x &lt;1&gt;, server"), "names are escaped");
});

test("the page needs nothing else", () => {
  const page = htmlReport([together("x", [reportOf("x", "client", "core", [result(0, {})], 5)])], cases);
  assert.doesNotMatch(page, /\b(?:src|href)=|@import|url\(|https?:/);
  assert.match(page, /x, client, without I\/O/);
});
