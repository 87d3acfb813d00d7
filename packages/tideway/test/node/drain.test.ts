import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer as createHttp } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { test } from "node:test";
import { promisify } from "node:util";
import { WebSocketServer } from "../../dist/node/server.js";
import { CLOSE, closeFrame, masked, RawPeer, TEXT, upgradeRequest } from "./raw-peer.js";
import { listen, serve } from "./serve.js";

/** Answers the server's close frame as a client does, and remembers when it came. */
function answersClose(peer: RawPeer): { at: number | undefined; code: number | undefined; reason: string | undefined } {
  const seen: { at: number | undefined; code: number | undefined; reason: string | undefined } = {
    at: undefined,
    code: undefined,
    reason: undefined,
  };
  void peer.closing(60_000).then(
    ({ code, reason }) => {
      Object.assign(seen, { at: performance.now(), code, reason });
      peer.send(closeFrame(code));
      peer.socket.end();
    },
    () => {},
  );
  return seen;
}

test("drain: closes are spread over the time, with 1012, and all of it is reported", async (t) => {
  const { server, open } = await serve(t);
  const peers = await Promise.all(Array.from({ length: 40 }, () => open()));
  const seen = peers.map(answersClose);
  const began = performance.now();
  const report = await server.drain({ over: 600, deadline: 5000 });
  assert.deepEqual({ ...report, elapsed: 0 }, { connections: 40, closed: 40, terminated: 0, elapsed: 0 });
  assert.ok(report.elapsed >= 500 && report.elapsed < 6000, `${report.elapsed}`);
  assert.ok(seen.every(({ code, reason }) => code === 1012 && reason === "the server restarts"));
  const times = seen.map(({ at }) => at! - began).sort((a, b) => a - b);
  assert.ok(times[0]! < 400, `the first at ${times[0]}`);
  assert.ok(times[39]! > 400, `the last at ${times[39]}`);
  const inFirstHalf = times.filter((time) => time < 330).length;
  assert.ok(inFirstHalf >= 8 && inFirstHalf <= 32, `${inFirstHalf} in the first half`);
  assert.equal(server.connections, 0);
});

test("while it drains, new upgrades get 503 and old connections go on until their turn", async (t) => {
  const { server, open, connect } = await serve(t, { message: (socket, data) => void socket.send(data) }, "http");
  const peers = [await open(), await open()];
  const draining = server.drain({ over: 800, deadline: 5000, code: 1001, reason: "for good" });
  const late = await connect();
  late.send(upgradeRequest());
  const refusal = await late.refusal();
  assert.deepEqual([refusal.status, refusal.headers.get("connection")], [503, "close"]);
  assert.equal(refusal.headers.get("retry-after"), "1");
  peers[1]!.text("still served");
  assert.equal(await peers[1]!.message(), "still served");
  const seen = peers.map(answersClose);
  const report = await draining;
  assert.equal(report.closed, 2);
  assert.deepEqual(
    seen.map(({ code, reason }) => [code, reason]),
    [
      [1001, "for good"],
      [1001, "for good"],
    ],
  );
});

test("C-18 who ignores the close is cut off: by the close deadline, or by that of the drain if it is earlier", async (t) => {
  for (const [closeTimeout, deadline] of [
    [5000, 300],
    [300, 5000],
  ] as const) {
    const { server, open } = await serve(t, { closeTimeout });
    const peers = await Promise.all(Array.from({ length: 100 }, () => open()));
    const report = await server.drain({ over: 0, deadline });
    assert.equal(report.connections, 100);
    assert.equal(report.terminated, deadline === 300 ? 100 : 0, "cut off by the drain");
    assert.ok(report.elapsed >= 290 && report.elapsed < 4000, `${report.elapsed}`);
    await Promise.all(peers.map((peer) => peer.gone()));
    assert.equal(server.connections, 0);
  }
});

test("an endless deadline waits, and does not overflow into none", async (t) => {
  const { server, open } = await serve(t, { closeTimeout: Number.POSITIVE_INFINITY });
  const peer = await open();
  let done = false;
  const closing = server.close().then(() => {
    done = true;
  });
  assert.equal((await peer.closing()).code, 1001);
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!done, "the peer has not answered yet");
  peer.send(closeFrame(1001));
  await closing;
  await peer.orderlyEnd();
});

const badOptions: readonly (readonly [name: string, options: object, error: RegExp])[] = [
  ["a code that may not be sent", { code: 1006 }, /1006|code/],
  ["a reason that is too long", { reason: "x".repeat(124) }, /reason/],
  ["a time that is no number", { over: Number.NaN }, /over/],
  ["a negative time", { over: -1 }, /over/],
  ["a time as text", { over: "10s" }, /over/],
  ["an endless spread", { over: Number.POSITIVE_INFINITY }, /over/],
  ["a deadline that is no number", { deadline: Number.NaN }, /deadline/],
  ["an option that does not exist", { deadlin: 5 }, /did you mean "deadline"/],
];

for (const [name, options, error] of badOptions) {
  test(`drain with ${name} rejects and nothing has happened`, async (t) => {
    const { server, open } = await serve(t, { message: (socket, data) => void socket.send(data) });
    const peer = await open();
    await assert.rejects(server.drain(options), error);
    peer.text("still here");
    assert.equal(await peer.message(), "still here");
    await open();
  });
}

test("C-19 close twice at once, again afterwards, before listening, and after the HTTP server", async (t) => {
  const { server, open } = await serve(t, { closeTimeout: 300 });
  const peer = await open();
  const began = performance.now();
  await Promise.all([server.close(), server.close(), server.drain({ over: 0, deadline: 200 })]);
  assert.ok(performance.now() - began < 8000);
  await server.close();
  await peer.gone();

  await new WebSocketServer().close();

  const http = createHttp();
  const attached = new WebSocketServer();
  attached.attach(http);
  await listen(http);
  await new Promise((resolve) => http.close(resolve));
  await attached.close();
});

test("C-17 close while handshakes are pending: they get 503 and it resolves", async (t) => {
  let go = () => {};
  const wait = new Promise<void>((resolve) => {
    go = resolve;
  });
  let opened = 0;
  const { server, connect } = await serve(t, { upgrade: () => wait, open: () => void opened++ });
  const peers = await Promise.all(Array.from({ length: 100 }, () => connect()));
  for (const peer of peers) peer.send(upgradeRequest());
  await Promise.all(peers.map((peer) => peer.flushed()));
  await server.close();
  go();
  for (const peer of peers) {
    await peer.until(() => peer.ended || peer.closed, "an answer");
    if (peer.pending.length > 0) assert.equal((await peer.head()).status, 503);
  }
  assert.equal(opened, 0);
});

test("connections that are closing already when it starts are waited for", async (t) => {
  const { server, open } = await serve(t);
  const peer = await open();
  const [socket] = server.sockets();
  socket!.close(4000, "mine");
  const seen = answersClose(peer);
  const report = await server.drain({ over: 0 });
  assert.deepEqual([report.connections, report.closed], [1, 1]);
  assert.equal(seen.code, 4000);
});

test("C-16 2 000 connections: closed over a time without holding up the process", async (t) => {
  const { server, port } = await serve(t, { closeTimeout: 5000 });
  const peers: RawPeer[] = [];
  t.after(() => {
    for (const peer of peers) peer.drop();
  });
  for (let i = 0; i < 40; i++) {
    peers.push(...(await Promise.all(Array.from({ length: 50 }, () => RawPeer.open({ port })))));
  }
  assert.equal(server.connections, 2000);
  const seen = peers.map(answersClose);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const report = await server.drain({ over: 1500, deadline: 10_000 });
  delay.disable();
  t.diagnostic(
    `loop delay: p99 ${delay.percentile(99) / 1e6} ms, max ${delay.max / 1e6} ms; ${report.elapsed} ms in all`,
  );
  assert.deepEqual([report.connections, report.closed, report.terminated], [2000, 2000, 0]);
  assert.ok(seen.every(({ code }) => code === 1012));
  // The 2 000 clients live in this process too, so this is the work of both sides.
  assert.ok(delay.max / 1e6 < 2000, `${delay.max / 1e6} ms`);
});

test("C-22 a process whose server is closed ends by itself", async () => {
  const program = `
    import { createConnection } from "node:net";
    import { WebSocketServer } from ${JSON.stringify(new URL("../../dist/node/server.js", import.meta.url).href)};
    const server = new WebSocketServer({ open: (socket) => { socket.subscribe("t"); socket.send("x"); } });
    const { port } = await server.listen();
    const peer = createConnection(port, "127.0.0.1");
    peer.on("error", () => {});
    peer.write(${JSON.stringify(upgradeRequest())});
    await new Promise((resolve) => peer.once("data", resolve));
    peer.end(Buffer.from(${JSON.stringify(Buffer.from(closeFrame(1000)).toString("base64"))}, "base64"));
    await server.close();
    console.log("closed");
    process.on("exit", () => console.log(Math.round(performance.now() - at)));
    const at = performance.now();
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    timeout: 20_000,
  });
  const [word, elapsed] = stdout.trim().split("\n");
  assert.equal(word, "closed");
  assert.ok(Number(elapsed) < 1000, `${elapsed} ms`);
});

test("messages after our close are not handed on", async (t) => {
  const seen: unknown[] = [];
  const { server, open } = await serve(t, { message: (_, data) => void seen.push(data) });
  const peer = await open();
  const [socket] = server.sockets();
  socket!.close(1000);
  const { first } = await peer.frame();
  assert.equal(first, CLOSE);
  peer.send(Buffer.concat([masked(TEXT, "late"), closeFrame(1000)]));
  await peer.orderlyEnd();
  assert.deepEqual(seen, []);
});
