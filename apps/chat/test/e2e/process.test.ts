// The program around the chat: where it listens, where it keeps its data, and how it ends.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ChatProcess } from "./chat-process.js";
import { eventually } from "./eventually.js";
import { AWAY, Stage, skip } from "./stage.js";
import { VisitorClient } from "./visitor-client.js";

const stage = new Stage();
const START = fileURLToPath(new URL("../../../../scripts/start.mjs", import.meta.url));

test("PORT, HOST and DATA_DIR are obeyed, the URL is printed, /healthz answers", async (t) => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === "IPv4" && !one.internal)?.address;
  for (const host of [undefined, "127.0.0.1", "0.0.0.0"]) {
    const server = await ChatProcess.prepare(undefined, host === undefined ? {} : { HOST: host });
    t.after(() => server.dispose());
    await server.start();
    const url = `http://localhost:${server.port}/`;
    assert.equal(server.output, `Tideway chat: ${url}\nEcho: ${url}echo\n`);
    const healthz = await fetch(`${server.origin}/healthz`);
    assert.deepEqual([healthz.status, await healthz.text()], [200, "ok\n"]);
    assert.ok(existsSync(join(server.dataDir, "chat.db")), readdirSync(server.dataDir).join());
    if (address !== undefined) {
      const outside = fetch(`http://${address}:${server.port}/healthz`).then(
        ({ status }) => status,
        () => 0,
      );
      assert.equal(await outside, host === "0.0.0.0" ? 200 : 0, `${host} from ${address}`);
    }
    const { code, took } = await server.end();
    assert.equal(code, 0);
    assert.ok(took < 3000, `with nobody there it took ${Math.round(took)} ms`);
    assert.equal(server.errors, "");
  }
});

test("SIGTERM with pages open: they are told 1012, spread over 3 s, and newcomers are refused meanwhile", {
  skip,
}, async (t) => {
  const server = await ChatProcess.start();
  t.after(() => server.dispose());
  const ada = await (await stage.visitor(t, "/r/drain", { errors: AWAY }, server)).enter("Ada");
  const bob = await (await stage.visitor(t, "/r/drain", { errors: AWAY }, server)).enter("Bob");
  const echo = await stage.visitor(t, "/echo", {}, server);
  await eventually(async () => assert.equal(await echo.get("echo-state").textContent(), "Connected"));
  await ada.say("before");
  await bob.shows(["before"]);
  const crowd = await Promise.all(
    Array.from({ length: 20 }, (_, i) => VisitorClient.join(server.port, "drain", `Crowd ${i}`)),
  );
  const began = performance.now();
  const end = server.end("SIGTERM");
  await eventually(() => assert.match(server.output, /SIGTERM/));
  const late = new VisitorClient(server.port);
  await late.end(2000);
  assert.equal(late.closed?.code, 1006, "nobody new is let in");
  const { code, signal, took } = await end;
  assert.deepEqual([code, signal, server.errors], [0, null, ""]);
  const closes = crowd.map((one) => one.closed);
  assert.deepEqual(new Set(closes.map((one) => one?.code)), new Set([1012]));
  const times = closes.map((one) => (one?.at ?? 0) - began).sort((a, b) => a - b);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  t.diagnostic(
    `first close after ${Math.round(first)} ms, last after ${Math.round(last)} ms, exit after ${Math.round(took)} ms`,
  );
  assert.ok(first < 1500 && last > 1500 && last < 4500, "spread over three seconds");
  assert.ok(took < 8000, `${Math.round(took)} ms although everybody answered`);
  for (const chat of [ada, bob]) await eventually(async () => assert.ok(await chat.banner.isVisible()));
  await eventually(async () => assert.equal(await echo.get("echo-state").textContent(), "Closed with code 1012"));

  await ada.say("while it was away");
  await server.start();
  for (const chat of [ada, bob]) {
    await eventually(async () => assert.ok(await chat.banner.isHidden()), 40_000);
    await chat.shows(["before", "while it was away"]);
  }
});

test("SIGTERM and clients that ignore the close: forced within 8 s, exit code 0 within 10 s, nothing lost", {
  skip,
}, async (t) => {
  const server = await ChatProcess.start();
  t.after(() => server.dispose());
  const ada = await (await stage.visitor(t, "/r/drain", { errors: AWAY }, server)).enter("Ada");
  await ada.say("kept");
  await ada.shows(["kept"]);
  // One reads and answers nothing, one does not even read, one has only begun a request.
  const [mute, deaf] = [await rawSocket(server.port), await rawSocket(server.port)];
  mute.resume();
  deaf.pause();
  const half = connect(server.port, "127.0.0.1");
  half.on("error", () => undefined);
  half.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
  t.after(() => {
    for (const socket of [mute, deaf, half]) socket.destroy();
  });
  let cut = 0;
  const began = performance.now();
  mute.on("close", () => {
    cut = performance.now() - began;
  });
  const { code, signal, took } = await server.end("SIGTERM");
  t.diagnostic(`the mute one was cut off after ${Math.round(cut)} ms, exit after ${Math.round(took)} ms`);
  assert.deepEqual([code, signal, server.errors], [0, null, ""]);
  assert.ok(took < 10_000, `${Math.round(took)} ms`);
  await eventually(() => assert.ok(cut > 1000 && cut < 9000, `${Math.round(cut)} ms`));
  await server.start();
  await eventually(async () => assert.ok(await ada.banner.isHidden()), 40_000);
  await ada.reload();
  await ada.shows(["kept"]);
});

test("npm start: scripts/start.mjs prints the URL, serves the page, and ends with 0 on SIGTERM", {
  skip,
}, async (t) => {
  const server = await ChatProcess.prepare(START);
  t.after(() => server.dispose());
  await server.start();
  assert.match(server.output, new RegExp(`^Tideway chat: http://localhost:${server.port}/$`, "m"));
  const ada = await (await stage.visitor(t, "/", { errors: AWAY }, server)).enter("Ada");
  await ada.say("hello");
  await ada.shows(["hello"]);
  const { code, signal } = await server.end("SIGTERM");
  assert.deepEqual([code, signal, server.errors], [0, null, ""]);
});

/** A WebSocket that speaks only its handshake: after it, it neither closes nor answers. */
async function rawSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  let answer = "";
  await new Promise<void>((resolve) => {
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      if (answer.includes("\r\n\r\n")) resolve();
    });
  });
  assert.match(answer, /^HTTP\/1\.1 101 /);
  return socket;
}
