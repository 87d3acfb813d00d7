import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { allCases } from "../dist/cases/all.js";
import { type KeptResults, keep, keptName, keptText, totalsTable } from "../dist/kept-results.js";
import { PEERS } from "../dist/peer.js";
import { reportOf } from "../dist/result.js";

const folder = new URL("../results/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const kept = new Map<string, KeptResults>(
  files.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(new URL(name, folder), "utf8")) as KeptResults]),
);
const cases = allCases();
const AGAIN = "the kept results are stale: npm run conformance -- --peers conformance/results";

function idsOf(role: KeptResults["role"]): string[] {
  return cases.flatMap(({ id, roles }) => (roles.includes(role) ? [id] : [])).sort();
}

test("there is a file for Tideway in both roles, over TCP and without I/O, and for every peer", () => {
  const own = ["tideway-client", "tideway-client-core", "tideway-server", "tideway-server-core"];
  assert.deepEqual([...kept.keys()].sort(), [...own, ...PEERS.map(({ name, role }) => `${name}-${role}`)].sort());
});

for (const [name, { role, over, results, implementation, ...head }] of kept) {
  test(`${name}: cases of today, in counts that are right`, () => {
    assert.equal(name, keptName(implementation, { role, over }));
    const [had, today] = [Object.keys(results).sort(), idsOf(role)];
    // A new case costs a run of Tideway's; the peers, which not everyone has, may lack a few until the next run of all.
    if (implementation === "tideway") assert.deepEqual(had, today, AGAIN);
    assert.deepEqual(
      had.filter((id) => !today.includes(id)),
      [],
      AGAIN,
    );
    assert.ok(had.length > 0.95 * today.length, AGAIN);
    const count = (outcome: string): number =>
      Object.values(results).filter((result) => (result === "pass" ? "pass" : result[0]) === outcome).length;
    const { cases: all, passed, nonStrict, informational, notApplicable, failed } = head;
    assert.deepEqual(
      [passed, nonStrict, informational, notApplicable, failed],
      ["pass", "non-strict", "informational", "not applicable", "fail"].map(count),
    );
    assert.equal(all, Object.keys(results).length);
  });

  test(`${name}: who, when and how, and no place of this machine`, () => {
    assert.match(head.version, /^\d+\.\d/);
    assert.match(head.runtime, /^[A-Z]\w+ \d/);
    assert.match(head.date, /^20\d\d-\d\d-\d\d$/);
    assert.match(head.command, / --peers conformance\/results --target /);
    assert.doesNotMatch(JSON.stringify(results), /\/(?:home|root|tmp|work|usr)\/|127\.0\.0\.1:\d/);
    for (const result of Object.values(results)) assert.ok(result === "pass" || result[1].length > 5);
  });
}

test("Tideway passes every case over TCP, strictly", () => {
  for (const role of ["server", "client"] as const) {
    const results = kept.get(`tideway-${role}`)?.results ?? {};
    assert.deepEqual(
      Object.entries(results).filter(([, result]) => result !== "pass"),
      [],
    );
  }
});

test("without I/O Tideway passes every case that applies", () => {
  for (const role of ["server", "client"] as const) {
    const results = Object.entries(kept.get(`tideway-${role}-core`)?.results ?? {});
    assert.deepEqual(
      results.filter(([, result]) => result !== "pass" && result[0] !== "not applicable"),
      [],
    );
    assert.ok(results.length > 1000);
  }
});

test("all files together have no more than 3 MB", () => {
  const bytes = files.reduce((sum, name) => sum + statSync(new URL(name, folder)).size, 0);
  assert.ok(bytes < 3e6, String(bytes));
});

test("a case that three or more peers fail quotes its section", () => {
  const failures = new Map<string, number>();
  for (const { implementation, results } of kept.values()) {
    if (implementation === "tideway") continue;
    for (const [id, result] of Object.entries(results))
      if (result[0] === "fail") failures.set(id, (failures.get(id) ?? 0) + 1);
  }
  const common = [...failures].filter(([, count]) => count >= 3).map(([id]) => id);
  assert.ok(common.length > 0, "peers fail nothing?");
  for (const id of common) {
    const each = cases.find((one) => one.id === id);
    assert.match(each?.section ?? "", /^RFC \d+ §\d/, id);
    assert.ok((each?.quote.split(" ").length ?? 0) >= 5, `${id}: "${each?.quote}"`);
  }
});

test("the page of the results has their totals", () => {
  const page = readFileSync(new URL("../../docs/reference/conformance-results.md", import.meta.url), "utf8");
  const wanted = totalsTable([...kept.values()]);
  assert.ok(page.includes(wanted), `the page has to have this table:\n${wanted}`);
});

test("what is kept is the outcome of each case, and the reason where it is no pass", () => {
  const result = { section: "", level: "MUST", runs: 1, milliseconds: 3, log: [] } as const;
  const report = reportOf(
    "x 1",
    "server",
    "tcp",
    [
      { ...result, id: "1/a", outcome: "pass", reason: "", skipped: false },
      { ...result, id: "1/b", outcome: "fail", reason: "no connection to 127.0.0.1:4711", skipped: false },
      { ...result, id: "1/c", outcome: "informational", reason: "not offered", skipped: true },
    ],
    10,
  );
  const one = keep({ implementation: "x", version: "1.0", runtime: "Node 20.19.0" }, report);
  assert.deepEqual(one.results, {
    "1/a": "pass",
    "1/b": ["fail", "no connection to 127.0.0.1"],
    "1/c": ["not applicable", "not offered"],
  });
  assert.deepEqual([one.passed, one.failed, one.informational, one.notApplicable], [1, 1, 0, 1]);
  assert.deepEqual(JSON.parse(keptText(one)), one);
  assert.equal(keptText(one).split("\n").length, 6);
});
