import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { costs } from "../dist/profile.js";
import { writeResults } from "../dist/results.js";
import type { Row } from "../dist/row.js";
import { workloadOf } from "../dist/workload.js";

const row = (peer: string, cpuMicros: number | null, more: Partial<Row> = {}): Row => {
  const ratio = cpuMicros === null ? null : 10 / cpuMicros;
  return { workload: "b", peer, version: "1.2.3", options: {}, cpuMicros, ratio, spread: 0.05, ...more };
};

test("the page has the conditions, the best first, every option and every gap, and a picture beside it", () => {
  const folder = mkdtempSync(join(tmpdir(), "tideway-results-"));
  try {
    const file = join(folder, "RESULTS.md");
    writeResults(file, {
      workloads: [workloadOf("b"), workloadOf("e")],
      rows: [
        row("ws", 10, { options: { perMessageDeflate: false } }),
        row("bun", null, { gap: "bun | is missing" }),
        row("tideway", 0.5, { variant: "view", options: { binary: "view" } }),
        row("ws", null, { workload: "e", bytes: 5000, liveBytes: 2000, ratio: 1 }),
      ],
      rounds: 3,
      seconds: 0.7,
      node: "v20.1.2",
      pinned: true,
      words: ["--results", "RESULTS.md"],
      costs: new Map([["b", [{ name: "receive", place: "tideway/dist/x.js:1", part: 0.25 }]]]),
    });
    const page = readFileSync(file, "utf8");
    const lines = page.split("\n").filter((line) => line.startsWith("| "));
    assert.deepEqual(lines.slice(2, 5), [
      '| tideway (view) | 1.2.3 | binary: "view" | 0.5 | 20 | 5 % |',
      "| ws | 1.2.3 | perMessageDeflate: false | 10 | 1 | 5 % |",
      "| bun | 1.2.3 | bun / is missing | – | – | – |",
    ]);
    assert.ok(page.includes("| ws | 1.2.3 |  | 5000 | 2000 | 1 |"));
    assert.ok(page.includes("| b | `receive` | tideway/dist/x.js:1 | 25 % |"));
    assert.ok(page.includes("3 rounds of 0.7 s") && page.includes("Node v20.1.2") && page.includes("(RESULTS.svg)"));
    const picture = readFileSync(join(folder, "RESULTS.svg"), "utf8");
    assert.match(picture, /<title>b, tideway \(view\): 20\.0<\/title>/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a profile: time in the function itself, between two moments, without the time the program was idle", () => {
  const frame = (functionName: string, url = "") => ({ functionName, url, lineNumber: 4 });
  const nodes = [
    { id: 1, callFrame: frame("(idle)") },
    { id: 2, callFrame: frame("", "file:///x/node_modules/tideway/dist/a.js") },
    { id: 3, callFrame: frame("write") },
    { id: 4, callFrame: frame("write") },
  ];
  const profile = { nodes, startTime: 1000, samples: [3, 1, 2, 3, 4, 2], timeDeltas: [50, 90, 6, 3, 1, 50] };
  assert.deepEqual(costs(profile, 2, { from: 1100, to: 1180 }), [
    { name: "(anonymous)", place: "tideway/dist/a.js:5", part: 0.6 },
    { name: "write", place: "", part: 0.4 },
  ]);
});
