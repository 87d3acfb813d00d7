import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { realPart } from "../../scripts/real-part.mjs";
import { Installation, peerFolders, ROOT } from "../dist/install.js";
import { BASELINE, labelOf, PEERS } from "../dist/peer.js";
import type { RunPlan } from "../dist/plan.js";
import { costs } from "../dist/profile.js";
import { rowsOf } from "../dist/row.js";
import { runWorkload } from "../dist/run.js";
import { WORKLOADS, workloadOf } from "../dist/workload.js";

// What the harness gives is looked at here, never how fast anybody was.
describe("a short run", () => {
  const installation = new Installation();
  const openssl = realPart("openssl");
  let plan: RunPlan;
  before(() => {
    const node = { path: process.execPath, version: "", skip: false, environment: {} } as const;
    const absent = { ...node, skip: "not here" };
    plan = {
      rounds: 1,
      seconds: 0.05,
      warmUp: 0,
      modules: [installation.library(ROOT), ...peerFolders()],
      runtimes: { node, bun: absent, deno: absent, go: absent },
      certificate: installation.certificate(),
      pin: { measured: [], load: [] },
      say: () => {},
    };
  });
  after(() => installation.remove());
  const peers = PEERS.filter((peer) => [BASELINE, "raw", "tideway"].includes(labelOf(peer)));

  // Left out are those that differ from another in numbers alone.
  const others = ["b", "b1k", "c64k", "d1k", "d5k", "a-tls"];
  for (const workload of WORKLOADS.filter(({ id }) => !others.includes(id))) {
    test(`${workload.id}: ${workload.title}`, { skip: workload.tls && openssl.skip }, async () => {
      // The same load on fewer connections: what is tested is that every reply comes.
      const small = { ...workload, connections: Math.min(workload.connections, 20) };
      const rows = rowsOf(small, await runWorkload(small, peers, plan));
      const names = peers.filter(({ workloads }) => workloads.includes(workload.id)).map(({ name }) => name);
      assert.ok(names.includes(BASELINE) && names.includes("tideway"));
      const twice = workload.kind === "idle" ? [...names, ...names] : names;
      assert.deepEqual(
        rows.map(({ peer, gap }) => [peer, gap]),
        twice.map((name) => [name, undefined]),
      );
      for (const row of rows) {
        if (workload.kind === "idle") assert.ok(Number.isSafeInteger(row.bytes), JSON.stringify(row));
        else assert.ok((row.cpuMicros ?? 0) > 0 && (row.ratio ?? 0) > 0, JSON.stringify(row));
        if (workload.kind === "paced") assert.ok((row.latencyMillis?.p50 ?? 0) > 0, JSON.stringify(row));
      }
    });
  }

  const echo = { ...workloadOf("a"), connections: 2 };
  const named = (name: string) => ({ ...PEERS.find((peer) => labelOf(peer) === name)!, workloads: ["a"] });

  test("a package that is missing is a gap, and the others are measured", async () => {
    const missing = { ...named("ws"), packages: ["not-a-package-of-anyone"] };
    const rows = rowsOf(echo, await runWorkload(echo, [missing, named("raw")], plan));
    assert.match(rows[0]?.gap ?? "", /^not-a-package-of-anyone is missing/);
    assert.equal(rows[0]?.cpuMicros, null);
    assert.equal(rows[1]?.gap, undefined);
    assert.equal(rows[1]?.ratio, null, "there is no baseline to compare with");
  });

  test("so is a runtime that is missing", async () => {
    const [row] = rowsOf(echo, await runWorkload(echo, [named("bun")], plan));
    assert.equal(row?.gap, "not here");
  });

  test("a server that does not start is a gap that says why", async () => {
    const [row] = rowsOf(echo, await runWorkload(echo, [{ ...named("raw"), program: "none.mjs" }], plan));
    assert.match(row?.gap ?? "", /^raw ended with 1: Error.*Cannot find module/);
  });

  test("a server that answers with something else is a gap", async () => {
    // What echoes without a protocol, taken for a WebSocket server.
    const [row] = rowsOf(echo, await runWorkload(echo, [{ ...named("raw"), dialect: "websocket" }], plan));
    assert.match(row?.gap ?? "", /not the answer to the handshake that was asked for/);
  });

  test("a profile of the measured time alone", async () => {
    const profiles = installation.folder;
    // Long enough that the profiler, which looks every fifth of a millisecond, has seen what runs.
    const busy = { ...workloadOf("b"), connections: 20 };
    const [contest] = await runWorkload(busy, [{ ...named("tideway"), workloads: ["b"] }], {
      ...plan,
      seconds: 0.5,
      profiles,
    });
    const profile = JSON.parse(readFileSync(join(profiles, "b.cpuprofile"), "utf8"));
    const found = costs(profile, 1000, contest!.rounds[0]!.window!);
    assert.ok(found.some(({ place }) => place.startsWith("tideway/dist/")));
    assert.ok(!found.some(({ name }) => name === "compileForInternalLoader"), "the start is not in it");
  });
});
