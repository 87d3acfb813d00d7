import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ClientConnection } from "../../../dist/node/client/client-connection.js";
import { connect } from "../../../dist/node/client/connect.js";
import { BINARY, CLOSE, closeFrame, frame, PING, PONG, RawPeer, RawServer, rawServer, TEXT } from "./raw-server.js";
import { streamPair } from "./stream-pair.js";
import { echo, wsServer } from "./ws-server.js";

/** Answers the close frame and ends. */
async function finish(peer: RawPeer): Promise<void> {
  for (;;) {
    const { first, payload } = await peer.frame();
    if (first !== CLOSE) continue;
    peer.socket.end(frame(CLOSE, payload));
    return;
  }
}

async function all(connection: ClientConnection): Promise<unknown[]> {
  const got: unknown[] = [];
  for await (const message of connection) got.push(message);
  return got;
}

test("a connection: what it says of itself, echo of text and bytes, close", async (t) => {
  const { url } = await wsServer(t, echo, { handleProtocols: () => "b" });
  const connection = await connect(url, { protocols: ["a", "b"] });
  assert.equal(connection.url, url);
  assert.equal(connection.protocol, "b");
  assert.equal(connection.headers.get("upgrade"), "websocket");
  assert.equal(connection.state, "open");
  assert.equal(connection.send("grüße"), "sent");
  assert.equal(connection.send(Uint8Array.of(1, 2)), "sent");
  assert.equal(connection.send(new DataView(Uint8Array.of(1, 2, 3).buffer, 2)), "sent");
  assert.throws(() => connection.send(1 as unknown as string), TypeError);
  const got: unknown[] = [];
  for await (const message of connection) {
    got.push(message);
    if (got.length === 3) break;
  }
  assert.deepEqual(got, ["grüße", Uint8Array.of(1, 2), Uint8Array.of(3)]);
  const info = await connection.close(4000, "bye");
  assert.deepEqual(info, { code: 4000, reason: "bye", wasClean: true, error: undefined });
  assert.equal(connection.state, "closed");
  assert.equal(connection.send("late"), "dropped");
  await assert.rejects(connection.write("late"), { code: "ERR_NOT_OPEN" });
  assert.equal(connection.sendPiece("late", true), "dropped");
  assert.deepEqual(await connection.close(), info);
  assert.deepEqual(await all(connection), []);
});

test("wrong arguments reject", async () => {
  await assert.rejects(connect("nowhere"), { name: "SyntaxError" });
  await assert.rejects(connect("ws://127.0.0.1:1/", { protocol: "x" } as object), /protocols/);
});

test("C-15: what had arrived is read before the end, also behind a pause of the reader", async (t) => {
  const count = 2000;
  const server = await rawServer(t, async (peer: RawPeer) => {
    const frames = Array.from({ length: count }, (_, i) => frame(TEXT, String(i)));
    // All of it, the close frame and the end of the stream at once.
    peer.socket.end(
      Buffer.concat([Buffer.from(RawPeer.answer(await peer.request())), ...frames, closeFrame(1001, "x")]),
    );
  });
  const connection = await connect(server.url);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const got = await all(connection);
  assert.equal(got.length, count);
  assert.equal(got.at(-1), String(count - 1));
  assert.deepEqual(await connection.closed, { code: 1001, reason: "x", wasClean: true, error: undefined });
});

test("the iteration throws when the connection is lost, after what had arrived, once", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept("", frame(TEXT, "1"), frame(TEXT, "2"));
    peer.socket.end();
  });
  const connection = await connect(server.url);
  const { error, code, wasClean } = await connection.closed;
  assert.deepEqual([(error as { code?: string }).code, code, wasClean], ["ERR_CONNECTION_LOST", 1006, false]);
  const iterator = connection[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).value, "1");
  assert.equal((await iterator.next()).value, "2");
  await assert.rejects(iterator.next(), { code: "ERR_CONNECTION_LOST" });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test("a reader that waits is told of the end, and of the error", async (t) => {
  let peer: RawPeer | undefined;
  const server = await rawServer(t, async (accepted: RawPeer) => {
    peer = accepted;
    await accepted.accept();
  });
  const connection = await connect(server.url);
  const iterator = connection[Symbol.asyncIterator]();
  const first = iterator.next();
  const second = iterator.next();
  const third = iterator.next();
  peer!.socket.write(Buffer.concat([frame(TEXT, "1"), Buffer.of(0x83, 0)]));
  assert.deepEqual(await first, { done: false, value: "1" });
  await assert.rejects(second, { closeCode: 1002 });
  assert.deepEqual(await third, { done: true, value: undefined });
});

test("back-pressure: a reader that does not read slows the server down, and loses nothing", async (t) => {
  const piece = Buffer.alloc(64 * 1024, 7);
  const total = 512;
  let written = 0;
  const { url } = await wsServer(t, (socket) => {
    const push = (): void => {
      if (written === total) return;
      written++;
      socket.send(piece, () => push());
    };
    push();
  });
  const connection = await connect(url);
  // Written is what the server's socket took: it stands still when all buffers are full.
  let before = -1;
  while (before !== written) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  assert.ok(written < total, `${written} messages went out to a reader that did not read`);
  let bytes = 0;
  let messages = 0;
  for await (const message of connection) {
    bytes += message.length;
    if (++messages === total) break;
  }
  assert.equal(bytes, total * piece.length);
  assert.equal((await connection.close()).wasClean, true);
});

test("C-14: close() is finished although nobody reads; what waits can be read, what comes is dropped", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept("", ...Array.from({ length: 1000 }, (_, i) => frame(TEXT, String(i))));
    const { payload } = await peer.frame();
    peer.socket.end(Buffer.concat([frame(TEXT, "after"), frame(CLOSE, payload)]));
  });
  const connection = await connect(server.url);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const info = await connection.close(1000);
  assert.equal(info.wasClean, true);
  const got = await all(connection);
  assert.ok(got.length >= 256 && got.length < 1000, `${got.length} waited`);
  assert.deepEqual(
    got,
    Array.from({ length: got.length }, (_, i) => String(i)),
  );
});

test("C-01: a server that does not answer the close frame is left after closeTimeout", async (t) => {
  const server = await rawServer(t, (peer: RawPeer) => peer.accept());
  const connection = await connect(server.url, { closeTimeout: 120 });
  const began = performance.now();
  const { code, wasClean, error } = await connection.close();
  assert.deepEqual([code, wasClean, (error as { code?: string }).code], [1006, false, "ERR_CLOSE_TIMEOUT"]);
  assert.ok(performance.now() - began < 2000);
});

test("a close frame answered by a server that keeps the connection open is clean", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    const { payload } = await peer.frame();
    peer.socket.write(frame(CLOSE, payload));
  });
  const connection = await connect(server.url, { closeTimeout: 120 });
  assert.deepEqual(await connection.close(4002), { code: 4002, reason: "", wasClean: true, error: undefined });
});

test("close: wrong arguments reject and leave it open", async (t) => {
  const { url } = await wsServer(t, echo);
  const connection = await connect(url);
  await assert.rejects(connection.close(1005, "x"), { code: "ERR_CLOSE_ARGUMENT" });
  await assert.rejects(connection.close(1000, "x".repeat(124)), { code: "ERR_CLOSE_ARGUMENT" });
  connection.send("still here");
  assert.deepEqual(await connection[Symbol.asyncIterator]().next(), { done: false, value: "still here" });
  await connection.close();
});

test("K-31: a server that is silent after a ping is left after pingTimeout", async (t) => {
  let pinged = false;
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    pinged = (await peer.frame()).first === PING;
  });
  const connection = await connect(server.url, { pingInterval: 50, pingTimeout: 80 });
  const { code, error } = await connection.closed;
  assert.equal(pinged, true);
  assert.deepEqual([code, (error as { code?: string }).code], [1006, "ERR_PING_TIMEOUT"]);
});

test("write resolves when the network has it, and rejects when the connection ends before", async (t) => {
  let peer: RawPeer | undefined;
  const server = await rawServer(t, async (accepted: RawPeer) => {
    peer = accepted;
    await accepted.accept();
    accepted.socket.pause();
  });
  const connection = await connect(server.url);
  await connection.write("small");
  assert.equal(connection.bufferedAmount, 0);
  let resolved = 0;
  const pieces = Array.from({ length: 40 }, () => connection.write(new Uint8Array(1024 * 1024)).then(() => resolved++));
  assert.ok(connection.bufferedAmount > 0);
  const results = Promise.allSettled(pieces);
  while (resolved === 0) await new Promise((resolve) => setImmediate(resolve));
  peer!.socket.resetAndDestroy();
  const rejected = (await results).filter((result) => result.status === "rejected");
  assert.ok(rejected.length > 0);
  for (const { reason } of rejected as PromiseRejectedResult[]) assert.equal(reason.code, "ERR_CONNECTION_ENDED");
});

test("send says that it is queued, then dropped: the connection ends, or drops with sendPolicy", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    peer.socket.pause();
  });
  const limits = { sendHighWater: 64 * 1024, sendLimit: 1024 * 1024 };
  for (const sendPolicy of ["close", "drop"] as const) {
    const connection = await connect(server.url, { ...limits, sendPolicy });
    const results = Array.from({ length: 64 }, () => connection.send(new Uint8Array(1024 * 1024)));
    assert.ok(results.includes("queued"));
    assert.equal(results.at(-1), "dropped");
    if (sendPolicy === "drop") {
      assert.equal(connection.state, "open");
      connection.terminate();
    }
    const { error } = await connection.closed;
    assert.equal((error as { code?: string }).code, sendPolicy === "drop" ? "ERR_TERMINATED" : "ERR_SEND_LIMIT");
  }
});

test("K-31: a server that does not read is left after writeTimeout", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    peer.socket.pause();
  });
  const connection = await connect(server.url, { writeTimeout: 200 });
  connection.send(new Uint8Array(16 * 1024 * 1024));
  const { error } = await connection.closed;
  assert.equal((error as { code?: string }).code, "ERR_WRITE_TIMEOUT");
});

test("a message in pieces, with a surrogate pair cut in two", async (t) => {
  const frames: { first: number; payload: Buffer }[] = [];
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    for (let i = 0; i < 3; i++) frames.push(await peer.frame());
    await finish(peer);
  });
  const connection = await connect(server.url);
  const face = "😀";
  connection.sendPiece(`a${face.charAt(0)}`, false);
  assert.throws(() => connection.send("b"), { code: "ERR_MESSAGE_UNFINISHED" });
  connection.sendPiece(`${face.charAt(1)}c`, false);
  connection.sendPiece("", true);
  await connection.close();
  assert.deepEqual(
    frames.map(({ first }) => first),
    [0x01, 0x00, 0x80],
  );
  assert.equal(Buffer.concat(frames.map(({ payload }) => payload)).toString(), "a😀c");
});

test("ping: the round trip, with own payload; one pong answers those before; the end rejects", async (t) => {
  let peer: RawPeer | undefined;
  const server = await rawServer(t, async (accepted: RawPeer) => {
    peer = accepted;
    await accepted.accept();
  });
  const connection = await connect(server.url);
  const began = performance.now();
  const trips = [connection.ping(), connection.ping(Buffer.from("me"))];
  const sent = [await peer!.frame(), await peer!.frame()];
  assert.deepEqual(
    sent.map(({ first, payload }) => [first, payload.length]),
    [
      [PING, 8],
      [PING, 2],
    ],
  );
  const later = connection.ping(Buffer.from("later"));
  let answered = false;
  later.then(() => {
    answered = true;
  }, assert.fail);
  peer!.socket.write(Buffer.concat([frame(PONG, "other"), frame(PONG, "me")]));
  for (const trip of await Promise.all(trips)) assert.ok(trip > 0 && trip <= performance.now() - began);
  await assert.rejects(connection.ping(new Uint8Array(126)), { code: "ERR_CONTROL_ARGUMENT" });
  assert.equal(answered, false);
  peer!.socket.write(frame(PONG, "later"));
  await later;
  const last = connection.ping();
  await peer!.frame();
  await peer!.frame();
  peer!.socket.end();
  await assert.rejects(last, { code: "ERR_CONNECTION_ENDED" });
  await assert.rejects(connection.ping(), { code: "ERR_NOT_OPEN" });
});

test("readable and writable", async (t) => {
  const { url } = await wsServer(t, echo);
  const connection = await connect(url);
  assert.equal(connection.readable, connection.readable);
  const writer = connection.writable.getWriter();
  const reader = connection.readable.getReader();
  await writer.write("1");
  await writer.write(Uint8Array.of(2));
  assert.deepEqual(await reader.read(), { done: false, value: "1" });
  assert.deepEqual(await reader.read(), { done: false, value: Uint8Array.of(2) });
  await writer.close();
  assert.deepEqual(await reader.read(), { done: true, value: undefined });
  assert.equal((await connection.closed).code, 1000);

  const second = await connect(url);
  await second.readable.cancel();
  assert.equal((await second.closed).wasClean, true);

  const third = await connect(url);
  const pending = third.readable.getReader().read();
  await third.writable.abort();
  assert.equal((await third.closed).code, 1006);
  assert.equal((await pending).done, true);
});

test("the readable stream errs when the connection is lost", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept("", frame(TEXT, "1"));
    peer.socket.end();
  });
  const { readable } = await connect(server.url);
  const reader = readable.getReader();
  assert.equal((await reader.read()).value, "1");
  await assert.rejects(reader.read(), { code: "ERR_CONNECTION_LOST" });
});

test("terminate: the iteration ends, what waits is dropped; twice is once", async (t) => {
  const server = await rawServer(t, (peer: RawPeer) => peer.accept("", frame(TEXT, "1"), frame(TEXT, "2")));
  const connection = await connect(server.url);
  const iterator = connection[Symbol.asyncIterator]();
  await iterator.next();
  connection.terminate();
  connection.terminate();
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  const { code, error } = await connection.closed;
  assert.deepEqual([code, (error as { code?: string }).code], [1006, "ERR_TERMINATED"]);
  connection.terminate();
});

test("disposal closes", async (t) => {
  const { url } = await wsServer(t, echo);
  const connection = await connect(url);
  await connection[Symbol.asyncDispose]();
  assert.equal((await connection.closed).code, 1000);
});

const stages: readonly (readonly [stage: string, serve: (peer: RawPeer, abort: () => void) => unknown])[] = [
  ["waiting for an answer", (peer, abort) => peer.request().then(abort)],
  [
    "reading an answer",
    async (peer, abort) => {
      peer.socket.write(RawPeer.answer(await peer.request()).slice(0, 30));
      setImmediate(abort);
    },
  ],
  [
    "reading the body of a refusal",
    async (peer, abort) => {
      await peer.request();
      peer.socket.write("HTTP/1.1 401 No\r\n\r\nbody", () => setTimeout(abort, 20));
    },
  ],
];

for (const [stage, serve] of stages) {
  test(`signal: aborts while ${stage}`, async (t) => {
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const peers: RawPeer[] = [];
    const server = await rawServer(t, (peer: RawPeer) => {
      peers.push(peer);
      return serve(peer, () => controller.abort(reason));
    });
    await assert.rejects(connect(server.url, { signal: controller.signal }), (error) => error === reason);
    await peers[0]!.until(() => peers[0]!.ended || peers[0]!.closed, "the end");
  });
}

test("signal: aborted before, during the look-up, and with a reason that is no error", async (t) => {
  let accepted = 0;
  const server = await rawServer(t, () => accepted++);
  await assert.rejects(connect(server.url, { signal: AbortSignal.abort() }), { name: "AbortError" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(accepted, 0);
  const controller = new AbortController();
  const opening = connect("ws://slow.invalid/", { signal: controller.signal, lookup: () => controller.abort("text") });
  await assert.rejects(opening, (error: Error) => error.name === "AbortError" && error.cause === "text");
});

test("signal: ends an open connection, and is let go of at the end", async (t) => {
  const { url } = await wsServer(t, echo);
  const controller = new AbortController();
  const connection = await connect(url, { signal: controller.signal });
  const iterator = connection[Symbol.asyncIterator]();
  const pending = iterator.next();
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(pending, (error) => error === reason);
  const { code, error } = await connection.closed;
  assert.deepEqual([code, error], [1006, reason]);

  const quiet = new AbortController();
  let listeners = 0;
  const { signal } = quiet;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    assert.equal(args[0], "abort");
    listeners--;
    remove(...args);
  };
  const second = await connect(url, { signal });
  assert.equal(listeners, 1);
  await second.close();
  assert.equal(listeners, 0);
});

test("a Unix socket", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tideway-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "a:b.sock");
  let head = "";
  const server = await RawServer.listen(
    async (peer) => {
      head = await peer.accept();
      await finish(peer);
    },
    undefined,
    path,
  );
  t.after(() => server.close());
  const connection = await connect("ws://some.example/x", { socketPath: path });
  assert.match(head, /^GET \/x .*\r\nHost: some\.example\r\n/);
  await connection.close();
});

for (const later of [false, true]) {
  test(`an own transport in memory, ${later ? "as a promise" : "at once"}`, async () => {
    const [ours, theirs] = streamPair();
    const peer = new RawPeer(theirs as Socket);
    const createConnection = () => (later ? Promise.resolve(ours) : ours);
    const [connection] = await Promise.all([connect("ws://in.memory/", { createConnection }), peer.accept()]);
    connection.send("out");
    assert.equal((await peer.frame()).payload.toString(), "out");
    theirs.write(frame(TEXT, "in"));
    const iterator = connection[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value, "in");
    // The transport's memory is not the application's: it may be used again.
    const bytes = frame(BINARY, Uint8Array.of(1, 2, 3));
    const received = iterator.next();
    theirs.write(bytes);
    const { value } = await received;
    bytes.fill(0);
    assert.deepEqual(value, Uint8Array.of(1, 2, 3));
    const [info] = await Promise.all([connection.close(), finish(peer)]);
    assert.equal(info.wasClean, true);
  });
}

test("an own transport that comes after the deadline is destroyed", async () => {
  const [ours] = streamPair();
  let give: (() => void) | undefined;
  const createConnection = () => new Promise<typeof ours>((resolve) => (give = () => resolve(ours)));
  const opening = connect("ws://in.memory/", { createConnection, handshakeTimeout: 50 });
  await assert.rejects(opening, { code: "ERR_HANDSHAKE_TIMEOUT" });
  give!();
  await once(ours, "close");
  assert.equal(ours.destroyed, true);
});

test("a tap that throws ends the connection, and not the process", async (t) => {
  const { url } = await wsServer(t, echo);
  const connection = await connect(url, { tap: () => assert.fail("by design") });
  connection.send("x");
  const { code, error } = await connection.closed;
  assert.deepEqual([code, (error as { code?: string }).code], [1006, "ERR_TAP"]);
  assert.match(String(error?.cause), /by design/);
});

test("sendPiece keeps to the send limit", async (t) => {
  const { url } = await wsServer(t, (socket) => void socket.pause());
  const connection = await connect(url, { sendLimit: 100_000, sendPolicy: "drop" });
  let result = "";
  for (let i = 0; i < 1000 && result !== "dropped"; i++) {
    result = connection.sendPiece(new Uint8Array(65_536), false);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(result, "dropped");
  assert.equal(((await connection.closed).error as { code?: string }).code, "ERR_SEND_LIMIT");
});

test("tap sees the frames of both directions", async (t) => {
  const { url } = await wsServer(t, echo);
  const seen: string[] = [];
  const connection = await connect(url, {
    tap: ({ direction, first }) => seen.push(`${direction} ${first.toString(16)}`),
  });
  connection.send("x");
  await connection[Symbol.asyncIterator]().next();
  await connection.close();
  assert.deepEqual(seen, ["out 81", "in 81", "out 88", "in 88"]);
});
