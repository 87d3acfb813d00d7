// 200 chatting connections for a minute: every message reaches everyone of its room, in order, once. Counted.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ChatProcess, type Usage } from "./chat-process.js";
import type { LoadReport } from "./load-clients.js";

const CLIENTS = fileURLToPath(new URL("./load-clients.js", import.meta.url));
const ROOMS = 10;
const PER_ROOM = 20;
const SECONDS = 60;

test("200 connections in 10 rooms chat for a minute: nothing lost, nothing doubled, nothing out of order", async (t) => {
  const server = await ChatProcess.start();
  t.after(() => server.dispose());
  const words = [server.port, ROOMS, PER_ROOM, SECONDS].map(String);
  const child = spawn(process.execPath, [CLIENTS, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  let errors = "";
  let joined: Usage | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
    if (errors.startsWith("joined")) joined ??= server.usage();
  });
  let most = 0;
  const sampler = setInterval(() => {
    most = Math.max(most, server.usage().rssMiB);
  }, 1000);
  const began = performance.now();
  const [code] = await once(child, "close").finally(() => clearInterval(sampler));
  const took = performance.now() - began;
  const last = server.usage();
  assert.equal(code, 0, errors);
  const report = JSON.parse(output) as LoadReport;
  const cpu = ((last.cpuMs - (joined?.cpuMs ?? 0)) / took) * 100;
  t.diagnostic(
    `${report.clients} connections, ${SECONDS} s: ${report.sent} messages sent, ${report.acknowledged} acknowledged, ` +
      `${report.delivered} of ${report.expected} deliveries`,
  );
  t.diagnostic(`delivery p50 ${report.p50} ms, p99 ${report.p99} ms, longest ${report.max} ms`);
  t.diagnostic(`server: ${cpu.toFixed(1)} % of one core, RSS ${joined?.rssMiB} MiB after joining, at most ${most} MiB`);
  assert.deepEqual(report.faults, []);
  assert.equal(report.clients, ROOMS * PER_ROOM);
  assert.ok(report.sent >= ROOMS * PER_ROOM * SECONDS * 0.8, `only ${report.sent} messages were sent`);
  assert.deepEqual([report.acknowledged, report.delivered], [report.sent, report.expected]);
  assert.deepEqual([(await server.end()).code, server.errors], [0, ""]);
});
