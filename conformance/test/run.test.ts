import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { test } from "node:test";
import { WebSocket, WebSocketServer } from "tideway";
import { allCases } from "../dist/cases/all.js";
import { type DrivenSocket, drive } from "../dist/client-driver.js";
import { ClientJudge } from "../dist/client-judge.js";
import { readOptions } from "../dist/option.js";
import { judgeServer } from "../dist/server-run.js";
import { isGood, together } from "../dist/summary.js";

/** A case or two of every group: the whole table runs in `npm run conformance`. */
const sample = allCases().filter(({ id }) =>
  /^(?:4\.\d\/(?:good|key-1|request-k|accept-m|status-4)|5\.1\/mask-bit-text|5\.2\/(?:length-16-bit|rsv1-p|opcode-3$)|5\.4\/(?:cut-text|wrong-end)|5\.5\.2\/ping-text|7\.4\/code-100|8\.1\/at-the-octet-n|10\.4\/text-)/.test(
    id,
  ),
);
const patience = { soon: 4000, last: 10_000 };

async function withEcho<Result>(maxPayload: number, run: (url: string) => Promise<Result>): Promise<Result> {
  const server = new WebSocketServer({ maxPayload, message: (socket, data) => void socket.send(data) });
  const { port } = await server.listen();
  try {
    return await run(`ws://127.0.0.1:${port}/`);
  } finally {
    await server.close();
  }
}

test("a right server passes over TCP", async () => {
  const results = await withEcho(65_536, (url) => judgeServer({ url, limitUrl: url }, { cases: sample, patience }));
  assert.ok(results.length > 30, String(results.length));
  assert.deepEqual(
    results.filter(({ outcome, skipped }) => outcome !== "pass" && !skipped).map(({ id, reason }) => [id, reason]),
    [],
  );
});

test("a server that is none fails every case", async () => {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.resume().end("220 mail.example\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const results = await judgeServer({ url: `ws://127.0.0.1:${port}/` }, { cases: sample.slice(0, 12), patience });
  assert.deepEqual(
    results.filter(({ outcome }) => outcome === "pass").map(({ id }) => id),
    [],
  );
  await new Promise((resolve) => server.close(resolve));
});

test("a right client passes over TCP, and its report says so", async () => {
  const reports: unknown[] = [];
  const judge = new ClientJudge({ cases: sample, patience, onReport: (report) => reports.push(report) });
  const port = await judge.listen();
  const open = (url: string, protocols: readonly string[]): DrivenSocket => {
    const maxPayload = url.includes("limit=") ? 65_536 : 2 ** 24;
    return new WebSocket(url, { protocols, maxPayload }) as unknown as DrivenSocket;
  };
  const summary = await drive({ url: `ws://127.0.0.1:${port}`, agent: "a client", open, limited: true });
  const report = judge.report("a client");
  await judge.close();
  assert.equal(reports.length, 1);
  assert.equal((JSON.parse(summary) as { failed: number }).failed, 0);
  assert.deepEqual(
    report.results
      .filter(({ outcome, skipped }) => outcome !== "pass" && !skipped)
      .map(({ id, reason }) => [id, reason]),
    [],
  );
  assert.ok(isGood(report, true));
  assert.equal(together("a client", [report]).passed, report.passed);
});

test("a client that does nothing fails every case", async () => {
  const judge = new ClientJudge({ cases: sample });
  const report = judge.report("nobody");
  assert.equal(report.failed, report.cases);
  assert.ok(!isGood(report, false));
});

test("the command line is read, and wrong words are refused", () => {
  const { server, concurrency, limit, strict } = readOptions([
    "--server",
    "ws://localhost:1/",
    "--concurrency",
    "4",
    "--strict",
  ]);
  assert.deepEqual(
    { server, concurrency, limit, strict },
    { server: "ws://localhost:1/", concurrency: 4, limit: 65_536, strict: true },
  );
  for (const words of [
    ["--prot", "1"],
    ["--port", "x"],
    ["--port", "70000"],
    ["--server", "ws://a/", "--client"],
    ["--limit", "0"],
  ]) {
    assert.throws(() => readOptions(words), TypeError, words.join(" "));
  }
});
