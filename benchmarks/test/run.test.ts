import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Installation, peerFolders, ROOT } from "../dist/install.js";
import { labelOf, PEERS, peersOf } from "../dist/peer.js";
import { rowsOf } from "../dist/row.js";
import { type RunPlan, runWorkload } from "../dist/run.js";
import { WORKLOADS } from "../dist/workload.js";

// What the harness gives is looked at here, never how fast anybody was.
describe("a short run of each workload", () => {
  const installation = new Installation();
  let plan: RunPlan;
  before(() => {
    plan = {
      rounds: 1,
      seconds: 0.05,
      modules: [installation.library(ROOT), ...peerFolders()],
      node: process.execPath,
      pin: { server: [], generator: [] },
      say: () => {},
    };
  });
  after(() => installation.remove());
  const peers = PEERS.filter((peer) => ["ws", "raw", "tideway"].includes(labelOf(peer)));

  for (const workload of WORKLOADS) {
    test(`${workload.id}: ${workload.title}`, async () => {
      // The same load on fewer connections: what is tested is that every reply comes.
      const small = { ...workload, connections: Math.min(workload.connections, 20) };
      const rows = rowsOf(small, await runWorkload(small, peers, plan));
      assert.deepEqual(
        rows.map(({ peer, gap }) => [peer, gap]),
        peers.map(({ name }) => [name, undefined]),
      );
      for (const row of rows) {
        assert.ok((row.cpuMicros ?? 0) > 0 && (row.ratio ?? 0) > 0, JSON.stringify(row));
        assert.equal(row.workload, workload.id);
      }
    });
  }

  test("a package that is missing is a gap, and the others are measured", async () => {
    const [workload] = WORKLOADS;
    const [ws, ...rest] = peersOf(["ws", "raw"]).filter(({ variant }) => variant === "");
    const missing = { ...ws!, name: "missing", packages: ["not-a-package-of-anyone"] };
    const rows = rowsOf(workload!, await runWorkload(workload!, [missing, ...rest], plan));
    assert.equal(rows[0]?.gap, "not-a-package-of-anyone not installed");
    assert.equal(rows[0]?.cpuMicros, null);
    assert.equal(rows[1]?.gap, undefined);
    assert.equal(rows[1]?.ratio, null, "there is no baseline to compare with");
  });

  test("a server that does not start is a gap that says why", async () => {
    const [raw] = peersOf(["raw"]);
    const rows = rowsOf(WORKLOADS[0]!, await runWorkload(WORKLOADS[0]!, [{ ...raw!, program: "none.mjs" }], plan));
    assert.match(rows[0]?.gap ?? "", /Cannot find module/);
  });
});
