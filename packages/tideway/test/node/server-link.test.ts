import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, inflateRawSync } from "node:zlib";
import type { ServerSocket } from "../../dist/node/server-socket.js";
import { BINARY, CLOSE, closeFrame, eventually, masked, PING, PONG, type RawPeer, TEXT } from "./raw-peer.js";
import { echo, serve } from "./serve.js";

/** A promise that is settled from outside. */
function gate(): { readonly promise: Promise<void>; open(): void; fail(error: Error): void } {
  let open = () => {};
  let fail = (_: Error) => {};
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open: () => open(), fail: (error) => fail(error) };
}

/** What a compressed message is sent without (RFC 7692 §7.2.1). */
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** More than the kernel holds for one connection: who does not read is behind with it. */
const FAR_BEHIND = 64 * 1024 * 1024;

/**
 * Sends until the network takes no more: the peer does not read, and what is sent from now on waits here. A busy machine may
 * take a while to carry over what it has room for, so it has to stay that way.
 */
async function fallBehind<Context>(socket: ServerSocket<Context>): Promise<void> {
  for (let total = 0; total < FAR_BEHIND; total += 65_536) {
    socket.send(new Uint8Array(65_536));
    for (let i = 0; i < 20 && socket.bufferedAmount > 0; i++) await turns(1);
    for (let i = 0; i < 20 && socket.bufferedAmount > 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    if (socket.bufferedAmount > 0) return;
  }
  throw new Error("the peer takes everything");
}

test("messages are handled in order: the next waits for the promise of the one before", async (t) => {
  const gates = [gate(), gate(), gate()];
  const seen: string[] = [];
  const { open } = await serve(t, {
    message: async (_, data) => {
      seen.push(`begin ${data}`);
      await gates[Number(data)]!.promise;
      seen.push(`end ${data}`);
    },
    ping: () => void seen.push("ping"),
  });
  const peer = await open();
  peer.send(Buffer.concat([masked(TEXT, "0"), masked(TEXT, "1"), masked(PING), masked(TEXT, "2")]));
  await eventually(() => seen.length === 1, "the first message");
  gates[2]!.open();
  gates[1]!.open();
  await turns(5);
  assert.deepEqual(seen, ["begin 0"]);
  gates[0]!.open();
  await eventually(() => seen.length === 7, "all of them");
  assert.deepEqual(seen, ["begin 0", "end 0", "begin 1", "end 1", "ping", "begin 2", "end 2"]);
});

test("synchronous handlers cost no turn: all messages of one read are handled at once", async (t) => {
  const turnsSeen = new Set<number>();
  let turn = 0;
  let count = 0;
  const { open } = await serve(t, {
    message: () => {
      count++;
      turnsSeen.add(turn);
      if (count % 100 === 1) setImmediate(() => turn++);
    },
  });
  const peer = await open();
  peer.send(Buffer.concat(Array.from({ length: 100 }, () => masked(TEXT, "x"))));
  await eventually(() => count === 100, "100 messages");
  // One, or a few where the machine is so busy that the time of a turn runs out.
  assert.ok(turnsSeen.size <= 5, `${turnsSeen.size} turns`);
});

test("while a handler is busy nothing more is read: the peer is slowed down", async (t) => {
  const wait = gate();
  let handled = 0;
  const { open } = await serve(t, {
    message: async () => {
      handled++;
      await wait.promise;
    },
  });
  const peer = await open();
  const message = masked(BINARY, new Uint8Array(64 * 1024));
  for (let i = 0; i < 256; i++) peer.send(message);
  // 16 MiB are more than the kernel takes: the peer's own queue stops shrinking while the handler is pending.
  let before = -1;
  let same = 0;
  await eventually(() => {
    same = peer.socket.writableLength === before ? same + 1 : 0;
    before = peer.socket.writableLength;
    return same >= 20;
  }, "the peer to be stopped");
  assert.equal(handled, 1);
  assert.ok(peer.socket.writableLength > 1024 * 1024, `${peer.socket.writableLength} bytes wait at the peer`);
  wait.open();
  await eventually(() => handled === 256, "all messages");
});

test("an asynchronous open comes before the first message", async (t) => {
  const wait = gate();
  const seen: string[] = [];
  const { open } = await serve(t, {
    open: async () => {
      await wait.promise;
      seen.push("open");
    },
    message: (_, data) => void seen.push(String(data)),
  });
  const peer = await open();
  peer.text("a");
  await peer.flushed();
  await turns(10);
  assert.deepEqual(seen, []);
  wait.open();
  await eventually(() => seen.length === 2, "the message");
  assert.deepEqual(seen, ["open", "a"]);
});

test("a handler of something else does not let the next message pass the one that is being handled", async (t) => {
  const wait = gate();
  const seen: string[] = [];
  let socket: ServerSocket<undefined> | undefined;
  const { open } = await serve(t, {
    open: (opened) => {
      socket = opened;
    },
    message: async (_, data) => {
      seen.push(`begin ${data}`);
      await wait.promise;
      seen.push(`end ${data}`);
    },
    // Asynchronous, though it need not be: it is done long before the message is.
    drain: async () => void seen.push("drain"),
  });
  const peer = await open();
  peer.send(Buffer.concat([masked(TEXT, "1"), masked(TEXT, "2")]));
  await eventually(() => seen.length === 1, "the first message");
  peer.socket.pause();
  // In one message: of many, some may be queued and drained before the last.
  assert.equal(socket!.send(new Uint8Array(FAR_BEHIND)), "queued");
  peer.socket.resume();
  await eventually(() => seen.includes("drain"), "drain");
  await turns(10);
  assert.deepEqual(seen, ["begin 1", "drain"]);
  wait.open();
  await eventually(() => seen.length === 5, "the second message");
  assert.deepEqual(seen.slice(2), ["end 1", "begin 2", "end 2"]);
});

const faults: readonly (readonly [name: string, handler: () => unknown])[] = [
  ["throws", () => assert.fail("no")],
  ["rejects", async () => assert.fail("no")],
  ["rejects later", () => turns(3).then(() => assert.fail("no"))],
  ["throws nothing", () => Promise.reject(undefined)],
  ["answers with a thenable whose then throws", () => thenable({ value: () => assert.fail("no") })],
  ["answers with a thenable that cannot be looked at", () => thenable({ get: () => assert.fail("no") })],
];

function thenable(descriptor: PropertyDescriptor): unknown {
  const name = "then";
  return Object.defineProperty({}, name, descriptor);
}

for (const [name, handler] of faults) {
  test(`R-33 a message handler that ${name} costs its own connection: 1011`, async (t) => {
    const errors: unknown[] = [];
    const closes: unknown[] = [];
    const { open } = await serve(t, {
      message: (socket, data) => (data === "bad" ? (handler() as Promise<void>) : echo(socket, data)),
      error: (_, socket) => errors.push(socket?.remoteAddress),
      close: (socket) => closes.push([socket.closeSent]),
    });
    const [victim, other] = [await open(), await open()];
    victim.send(Buffer.concat([masked(TEXT, "bad"), masked(TEXT, "never handled")]));
    assert.deepEqual(await victim.closing(), { code: 1011, reason: "internal error" });
    victim.send(closeFrame(1011));
    await victim.orderlyEnd();
    await eventually(() => closes.length === 1, "close");
    assert.deepEqual(closes, [[1011]]);
    assert.deepEqual(errors, ["127.0.0.1"], "reported once");
    other.text("still here");
    assert.equal(await other.message(), "still here");
  });
}

test("without an error handler a fault is warned of, and the process lives", async (t) => {
  const warned: string[] = [];
  const onWarning = (warning: Error) => warned.push(warning.message);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  const { open } = await serve(t, { message: () => assert.fail("by design") });
  const peer = await open();
  peer.text("x");
  assert.equal((await peer.closing()).code, 1011);
  await eventually(() => warned.length > 0, "the warning");
  assert.deepEqual(warned, ["by design"]);
});

test("send: sent, queued, dropped; drain comes after queued", async (t) => {
  let drains = 0;
  const { server, open } = await serve(t, { drain: () => void drains++, sendPolicy: "drop", sendLimit: 300_000 });
  const peer = await open({ paused: true });
  const [socket] = server.sockets();
  assert.equal(socket!.send("a"), "sent");
  await fallBehind(socket!);
  const before = drains;
  assert.equal(socket!.send("x".repeat(32_768)), "queued");
  assert.ok(socket!.bufferedAmount >= 65_536);
  let result = "";
  for (let i = 0; i < 12 && result !== "dropped"; i++) result = socket!.send("x".repeat(32_768));
  assert.equal(result, "dropped");
  assert.ok(socket!.bufferedAmount <= 300_000 + 32_768, `${socket!.bufferedAmount}`);
  assert.equal(socket!.state, "open", "the policy is to drop");
  assert.equal(drains, before);
  peer.socket.resume();
  await eventually(() => drains > before, "drain");
  assert.equal(drains, before + 1);
  assert.equal(socket!.bufferedAmount, 0);
  assert.equal(socket!.send("b"), "sent");
  peer.send(closeFrame(1000));
  await peer.orderlyEnd();
  await eventually(() => socket!.state === "closed", "the end");
  assert.equal(socket!.send("c"), "dropped");
});

test("a large message to a reader who reads is sent, not queued", async (t) => {
  let drains = 0;
  const { server, open } = await serve(t, { drain: () => void drains++ });
  const peer = await open();
  const [socket] = server.sockets();
  for (let i = 0; i < 20; i++) {
    assert.equal(socket!.send(new Uint8Array(200_000)), "sent");
    assert.equal((await peer.frame()).payload.length, 200_000);
  }
  assert.equal(drains, 0);
});

test("the limit is looked at before queueing: one message of any size may enter", async (t) => {
  const { server, open } = await serve(t, { sendLimit: 70_000, sendPolicy: "drop" });
  const peer = await open({ paused: true });
  const [socket] = server.sockets();
  assert.equal(socket!.send(new Uint8Array(FAR_BEHIND)), "queued");
  assert.equal(socket!.send("next"), "dropped");
  peer.socket.resume();
  await eventually(() => peer.total > FAR_BEHIND, "the message");
});

test("the policy close: 1013 with a reason that arrives when the reader goes on; what was queued is given up", async (t) => {
  const closes: unknown[] = [];
  const errors: unknown[] = [];
  const { server, open } = await serve(t, {
    sendLimit: 200_000,
    close: (socket, code) => closes.push([code, socket.closeSent]),
    error: (error) => errors.push((error as { code?: string }).code),
  });
  const peer = await open({ paused: true });
  const [socket] = server.sockets();
  await fallBehind(socket!);
  let result = "";
  for (let i = 0; i < 10 && result !== "dropped"; i++) result = socket!.send("x".repeat(32_768));
  assert.equal(socket!.state, "closing");
  assert.equal(socket!.send("more"), "dropped");
  assert.deepEqual(errors, ["ERR_SEND_LIMIT"]);
  peer.socket.resume();
  const { code, reason } = await peer.closing();
  assert.equal(code, 1013);
  assert.match(reason, /^too slow/);
  peer.send(closeFrame(1013));
  await peer.orderlyEnd();
  await eventually(() => closes.length === 1, "close");
  assert.deepEqual(closes, [[1013, 1013]]);
  assert.equal((socket!.failure as { code?: string }).code, "ERR_SEND_LIMIT");
});

test("write waits until the network has taken it, and keeps a producer at its reader's pace", async (t) => {
  const { server, open } = await serve(t);
  const peer = await open({ paused: true });
  const [socket] = server.sockets();
  let written = 0;
  const producing = (async () => {
    for (; written < 256; written++) await socket!.write(new Uint8Array(65_536));
  })();
  let before = -1;
  let same = 0;
  await eventually(() => {
    same = written === before ? same + 1 : 0;
    before = written;
    return same >= 20;
  }, "the producer to be stopped");
  assert.ok(written < 256);
  assert.ok(socket!.bufferedAmount <= 65_536 + 10, `${socket!.bufferedAmount}`);
  peer.socket.resume();
  await producing;
  await eventually(() => peer.total >= 256 * (65_536 + 10), "all bytes");
});

test("write rejects when the connection ends before, and when it has ended", async (t) => {
  const { server, open } = await serve(t);
  const peer = await open({ paused: true });
  const [socket] = server.sockets();
  const results = Promise.allSettled([
    socket!.write(new Uint8Array(FAR_BEHIND)),
    socket!.write("b"),
    socket!.write("c"),
  ]);
  await turns(3);
  peer.drop(true);
  assert.deepEqual(
    (await results).map((result) => result.status === "rejected" && (result.reason as { code?: string }).code),
    ["ERR_CONNECTION_ENDED", "ERR_CONNECTION_ENDED", "ERR_CONNECTION_ENDED"],
  );
  await assert.rejects(socket!.write("d"), { code: "ERR_NOT_OPEN" });
  await assert.rejects(socket!.write(5 as never), TypeError);
});

test("write rejects when what it queued is given up for a slow reader", async (t) => {
  const { server, open } = await serve(t, { sendLimit: 100_000 });
  const peer = await open({ paused: true });
  const [socket] = server.sockets();
  await fallBehind(socket!);
  let outcome = "";
  // So short that the close frame behind it is longer.
  socket!.write("!").then(
    () => {
      outcome = "resolved";
    },
    (error: { code?: string }) => {
      outcome = error.code ?? "?";
    },
  );
  for (let i = 0; i < 10 && socket!.state === "open"; i++) socket!.send("x".repeat(32_768));
  assert.equal(socket!.state, "closing");
  let text = "";
  peer.socket.resume();
  for (let frame = await peer.frame(); frame.first !== CLOSE; frame = await peer.frame()) {
    text += frame.payload.length < 10 ? frame.payload : "";
  }
  assert.equal(text, "", "it was not sent");
  await eventually(() => outcome !== "", "the promise");
  assert.equal(outcome, "ERR_CONNECTION_ENDED");
});

test("sendPiece: one message in frames, a surrogate pair cut between them", async (t) => {
  const { server, open } = await serve(t);
  const peer = await open();
  const [socket] = server.sockets();
  socket!.sendPiece("a\ud83d", false);
  assert.throws(() => socket!.send("between"), { code: "ERR_MESSAGE_UNFINISHED" });
  assert.throws(() => socket!.sendPiece(Uint8Array.of(1), false), { code: "ERR_PIECE_TYPE" });
  socket!.ping();
  socket!.sendPiece("\ude00b", true);
  const frames = [await peer.frame(), await peer.frame(), await peer.frame()];
  assert.deepEqual(
    frames.map(({ first, payload }) => [first, payload.toString()]),
    [
      [0x01, "a"],
      [PING, ""],
      [0x80, "😀b"],
    ],
  );
});

test("sendPiece keeps to the send limit: a message cannot lack a piece, so the connection is closed", async (t) => {
  const { server, open } = await serve(t, { sendPolicy: "drop", sendLimit: 300_000 });
  await open({ paused: true });
  const [socket] = server.sockets();
  await fallBehind(socket!);
  const results: string[] = [];
  for (let i = 0; i < 20; i++) results.push(socket!.sendPiece(new Uint8Array(32_768), false));
  assert.equal(results[0], "queued");
  assert.equal(results.at(-1), "dropped");
  assert.equal((socket!.failure as { code?: string } | undefined)?.code, "ERR_SEND_LIMIT");
  assert.equal(socket!.closeSent, 1013);
  assert.equal(socket!.ping(), false, "nor does a ping throw because of what the peer does");
});

test("an error handler may publish to the slow reader it is told of", async (t) => {
  const errors: string[] = [];
  const { server, open } = await serve(t, {
    sendLimit: 100_000,
    open: (socket) => void socket.subscribe("news"),
    error: (error) => {
      errors.push(error.message);
      server.publish("news", "somebody is slow");
    },
  });
  await open({ paused: true });
  const [socket] = server.sockets();
  await fallBehind(socket!);
  for (let i = 0; i < 20; i++) server.publish("news", new Uint8Array(32_768));
  assert.deepEqual(errors, ["too slow: too much is waiting to be read"]);
});

test("what is held during a message in pieces is charged for its number, too", async (t) => {
  const { server, open } = await serve(t, {
    sendPolicy: "drop",
    sendLimit: 10_000,
    open: (socket) => void socket.subscribe("news"),
  });
  await open();
  const [socket] = server.sockets();
  socket!.sendPiece("a", false);
  let held = 0;
  while (held < 1000 && server.publish("news", "x") === 1) held++;
  assert.ok(held > 10 && held < 400, `${held} held`);
});

test("publish reaches a subscriber that is in the middle of a message in pieces, after it, and nobody else notices", async (t) => {
  const { server, open } = await serve(t, { open: (socket) => void socket.subscribe("news") });
  const peers = [await open(), await open(), await open()];
  const sockets = [...server.sockets()];
  sockets[1]!.sendPiece("one ", false);
  assert.equal(server.publish("news", "a"), 3);
  assert.equal(server.publish("news", "b"), 3);
  sockets[1]!.sendPiece("two", true);
  assert.equal(server.publish("news", "c"), 3);
  for (const peer of [peers[0]!, peers[2]!]) {
    assert.deepEqual([await peer.message(), await peer.message(), await peer.message()], ["a", "b", "c"]);
  }
  const frames: string[] = [];
  while (frames.length < 5) frames.push((await peers[1]!.frame()).payload.toString());
  assert.deepEqual(frames, ["one ", "two", "a", "b", "c"]);
});

test("publish: all but the sender, in order, and who has left gets nothing", async (t) => {
  const { server, open } = await serve(t, {
    open: (socket) => void socket.subscribe("news"),
    message: (socket, data) => {
      if (data === "leave") socket.unsubscribe("news");
      else assert.equal(socket.publish("news", data), 2);
    },
  });
  const [a, b, c] = [await open(), await open(), await open()];
  a!.text("1");
  assert.deepEqual([await b!.message(), await c!.message()], ["1", "1"]);
  assert.equal(server.publish("news", Uint8Array.of(7)), 3);
  for (const peer of [a, b, c]) assert.deepEqual((await peer!.frame()).payload, Buffer.of(7));
  b!.text("leave");
  await eventually(() => server.publish("nobody", "x") === 0 && server.publish("news", "2") === 2, "b to leave");
  // `eventually` may have published to three before; what counts is that the last one did not reach b.
  c!.drop();
  await eventually(() => server.connections === 2, "c to leave");
  assert.equal(server.publish("news", "3"), 1);
  assert.throws(() => server.publish("news", 5 as never), TypeError);
});

test("a publish encodes once: every receiver gets the same memory", async (t) => {
  const { server, open } = await serve(t, { open: (socket) => void socket.subscribe("news") });
  const peers = await Promise.all(Array.from({ length: 50 }, () => open()));
  const text = "x".repeat(900_000);
  const before = process.memoryUsage().arrayBuffers;
  assert.equal(server.publish("news", text), 50);
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 5 * 900_000, `${grown} bytes for 50 receivers`);
  for (const peer of peers) assert.equal((await peer.message()).length, 900_000);
});

test("5 000 messages published: who reads gets all of them, who does not is closed with 1013", async (t) => {
  const payload = "x".repeat(3000);
  const closes: number[] = [];
  const { server, open } = await serve(t, {
    open: (socket) => void socket.subscribe("news"),
    close: (socket) => void closes.push(socket.closeSent ?? 0),
  });
  const paused = await open({ paused: true });
  const fast = [await open(), await open()];
  let taken = 0;
  for (let i = 0; i < 5000; i++) {
    taken += server.publish("news", `${i} ${payload}`);
    // 300 KiB in a turn: more than the high-water mark, less than the limit. Between the turns those who want to can read.
    if (i % 100 === 99) await turns(2);
  }
  for (const peer of fast) {
    for (let i = 0; i < 5000; i++) assert.ok((await peer.message()).startsWith(`${i} `), `message ${i}`);
  }
  assert.ok(taken >= 10_000 && taken < 15_000, `${taken} taken`);
  paused.socket.resume();
  const { code, reason } = await paused.closing();
  assert.deepEqual([code, reason.slice(0, 8)], [1013, "too slow"]);
  paused.send(closeFrame(1013));
  await eventually(() => closes.length === 1, "close");
  assert.deepEqual(closes, [1013]);
  assert.equal(server.connections, 2);
});

test("5 000 small messages in one turn are a burst, not a slow reader", async (t) => {
  const { server, open } = await serve(t, { open: (socket) => void socket.subscribe("news") });
  const peers = [await open(), await open({ paused: true })];
  for (let i = 0; i < 5000; i++) assert.equal(server.publish("news", `message ${i}`), 2);
  peers[1]!.socket.resume();
  for (const peer of peers) for (let i = 0; i < 5000; i++) assert.equal(await peer.message(), `message ${i}`);
});

test("binary: copies are the handler's to keep and to write in", async (t) => {
  const kept: Uint8Array[] = [];
  const { open } = await serve(t, { message: (_, data) => void kept.push(data as Uint8Array) });
  const peer = await open();
  const sizes = [0, 1, 63, 64, 65, 100, 1000, 1024, 1025, 5000];
  const count = sizes.length * 20;
  for (let i = 0; i < count; i++) peer.send(masked(BINARY, new Uint8Array(sizes[i % sizes.length]!).fill(i)));
  await eventually(() => kept.length === count, "all messages");
  const right = (bytes: Uint8Array, index: number) =>
    bytes.length === sizes[index % sizes.length] && bytes.every((octet) => octet === index);
  assert.ok(kept.every(right));
  // Small ones share a block, as Node's buffers do; the others hold no more than their bytes.
  for (const { length, buffer } of kept) assert.ok(buffer.byteLength === length || (length > 64 && length <= 1024));
  for (const bytes of kept) if (bytes.length <= 1024) assert.ok(bytes.buffer.byteLength <= 16_384);
  for (const [index, bytes] of kept.entries()) bytes.fill(255 - index);
  assert.ok(kept.every((bytes, index) => bytes.every((octet) => octet === 255 - index)));
});

test("binary: no copy can be transferred together with those that share its block", async (t) => {
  const kept: Uint8Array[] = [];
  const { open } = await serve(t, { message: (_, data) => void kept.push(data as Uint8Array) });
  const peer = await open();
  peer.send(Buffer.concat([masked(BINARY, new Uint8Array(100).fill(1)), masked(BINARY, new Uint8Array(100).fill(2))]));
  await eventually(() => kept.length === 2, "two messages");
  try {
    structuredClone(kept[0], { transfer: [kept[0]!.buffer as ArrayBuffer] });
  } catch (error) {
    // Since Node 21; before, the transfer is left out.
    assert.equal((error as Error).name, "DataCloneError");
  }
  assert.deepEqual([kept[0]!.length, kept[1]!.length, kept[1]![0]], [100, 100, 2]);
});

test("binary: views are valid while the handler runs", async (t) => {
  const wrong: number[] = [];
  const buffers = new Set<ArrayBufferLike>();
  let count = 0;
  const { open } = await serve(t, {
    binary: "view",
    message: async (_, data) => {
      const view = data as Uint8Array;
      const value = count++;
      buffers.add(view.buffer);
      if (view.length !== 100 || !view.every((octet) => octet === value)) wrong.push(value);
      // Behind this the bytes may be others already: reading goes on into the same memory.
      await turns(2);
    },
  });
  const peer = await open();
  peer.send(Buffer.concat(Array.from({ length: 50 }, (_, i) => masked(BINARY, new Uint8Array(100).fill(i)))));
  await eventually(() => count === 50, "50 messages");
  assert.deepEqual(wrong, []);
  assert.ok(buffers.size < 10, `${buffers.size} buffers: it is a view, not a copy`);
});

test("binary: views that are sent back arrive as they were, whoever reads slowly and whoever comes in between", async (t) => {
  const { server, open } = await serve(t, {
    binary: "view",
    maxPayload: 4 * 1024 * 1024,
    message: (socket, data) => void socket.send(data),
  });
  const various = [100, 1030, 17_000, 30_000, 64_000, 65_000, 70_000, 200_000, 1_500_000];
  const [slow, quick] = [await open(), await open()];
  const behind = () => [...server.sockets()].some(({ bufferedAmount }) => bufferedAmount > 0);
  // More than the network holds, in messages that each lie whole in what was read.
  const many = Array.from({ length: 400 }, (_, index) => new Uint8Array(60_000).fill(index));
  slow.socket.pause();
  for (const bytes of many) slow.send(masked(BINARY, bytes));
  await eventually(behind, "a reader that is behind");
  for (const [index, size] of various.entries()) {
    quick.send(masked(BINARY, new Uint8Array(size).fill(100 + index)));
    const { payload } = await quick.frame();
    assert.ok(payload.length === size && payload.every((octet) => octet === 100 + index), `${size} bytes`);
  }
  assert.ok(behind(), "still behind");
  slow.socket.resume();
  for (const [index, bytes] of many.entries()) {
    assert.ok(Buffer.compare((await slow.frame()).payload, bytes) === 0, `message ${index}`);
  }
});

test("binary: views that are handed to another connection arrive as they were", async (t) => {
  let reader: ServerSocket | undefined;
  const { open } = await serve(t, {
    binary: "view",
    maxPayload: 2 * 1024 * 1024,
    sendLimit: Number.POSITIVE_INFINITY,
    message: (socket, data) => {
      if (typeof data === "string") reader = socket;
      else reader!.send(data);
    },
  });
  const [slow, sender] = [await open(), await open()];
  slow.send(masked(TEXT, "to me"));
  await eventually(() => reader !== undefined, "a reader");
  slow.socket.pause();
  const count = 40;
  for (let i = 0; i < count; i++) {
    sender.send(masked(BINARY, new Uint8Array(i % 2 === 0 ? 1_000_000 : 50_000).fill(i)));
    await turns(1);
  }
  await eventually(() => reader!.bufferedAmount > 0, "a reader that is behind");
  slow.socket.resume();
  for (let i = 0; i < count; i++) {
    const { payload } = await slow.frame();
    assert.ok(
      payload.every((octet) => octet === i),
      `message ${i}`,
    );
  }
});

test("binary: a view that is written behind a full queue arrives as it was", async (t) => {
  let reader: ServerSocket | undefined;
  const writes: Promise<void>[] = [];
  const { open } = await serve(t, {
    binary: "view",
    sendHighWater: 1000,
    sendLimit: 2000,
    sendPolicy: "drop",
    message: (socket, data) => {
      if (typeof data === "string") reader = socket;
      else writes.push(reader!.write(data));
    },
  });
  const [slow, sender] = [await open(), await open()];
  slow.send(masked(TEXT, "to me"));
  await eventually(() => reader !== undefined, "a reader");
  slow.socket.pause();
  const ballast = 64 * 1024 * 1024;
  reader!.send(new Uint8Array(ballast));
  await eventually(() => reader!.bufferedAmount > 2000, "a full queue");
  const sizes = [100, 5000, 50_000, 300_000];
  for (const [index, size] of sizes.entries()) sender.send(masked(BINARY, new Uint8Array(size).fill(index + 1)));
  await eventually(() => writes.length === sizes.length, "all of them waiting");
  slow.socket.resume();
  assert.equal((await slow.frame()).payload.length, ballast);
  for (const [index, size] of sizes.entries()) {
    const { payload } = await slow.frame();
    assert.ok(payload.length === size && payload.every((octet) => octet === index + 1), `${size} bytes`);
  }
  await Promise.all(writes);
});

for (const size of [20_000, 60_000, 300_000]) {
  test(`binary: views of ${size} bytes that are compressed arrive as they were`, async (t) => {
    const { open } = await serve(t, {
      binary: "view",
      compression: { threshold: 0 },
      message: (socket, data) => void socket.send(data),
    });
    const peer = await open({ request: { lines: { "Sec-WebSocket-Extensions": "permessage-deflate" } } });
    const others = await open();
    const seed = Array.from({ length: 20 }, (_, index) =>
      new Uint8Array(size).map((__, at) => (at * (index + 3)) & 0xff),
    );
    for (const bytes of seed) peer.send(masked(BINARY, bytes));
    for (let i = 0; i < 20; i++) others.send(masked(BINARY, new Uint8Array(60_000).fill(i)));
    for (const bytes of seed) {
      const { first, payload } = await peer.frame();
      const plain =
        first === (BINARY | 0x40)
          ? inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush: constants.Z_SYNC_FLUSH })
          : payload;
      assert.ok(Buffer.compare(plain, bytes) === 0);
    }
  });
}

test("ping and pong handlers, and what a ping is answered with", async (t) => {
  const seen: string[] = [];
  const { server, open } = await serve(t, {
    ping: (_, payload) => void seen.push(`ping ${Buffer.from(payload)}`),
    pong: (_, payload) => void seen.push(`pong ${Buffer.from(payload)}`),
  });
  const peer = await open();
  peer.send(masked(PING, "a"));
  assert.deepEqual(await peer.frame(), { first: PONG, payload: Buffer.from("a") });
  const [socket] = server.sockets();
  socket!.ping(Buffer.from("b"));
  assert.deepEqual(await peer.frame(), { first: PING, payload: Buffer.from("b") });
  peer.send(masked(PONG, "b"));
  await eventually(() => seen.length === 2, "both");
  assert.deepEqual(seen, ["ping a", "pong b"]);
  assert.throws(() => socket!.ping(new Uint8Array(126)), { code: "ERR_CONTROL_ARGUMENT" });
});

test("heartbeat: who answers stays, who does not is ended with 1006", async (t) => {
  const closes: unknown[] = [];
  const { open, server } = await serve(t, {
    pingInterval: 150,
    pingTimeout: 150,
    close: (socket, code) => closes.push([code, (socket.failure as { code?: string } | undefined)?.code]),
  });
  const alive = await open();
  const silent = await open({ paused: true });
  for (let i = 0; i < 5; i++) {
    const { first, payload } = await alive.frame();
    assert.equal(first, PING);
    alive.send(masked(PONG, payload));
  }
  await eventually(() => closes.length === 1, "the silent one to be ended");
  assert.deepEqual(closes, [[1006, "ERR_PING_TIMEOUT"]]);
  assert.equal(server.connections, 1);
  silent.socket.resume();
  await silent.gone();
});

test("an echo to a peer that does not read stops reading from it", async (t) => {
  let handled = 0;
  const { server, open } = await serve(t, {
    message: (socket, data) => {
      handled++;
      socket.send(data);
    },
  });
  const peer = await open({ paused: true });
  const message = masked(BINARY, new Uint8Array(64 * 1024));
  for (let i = 0; i < 512; i++) peer.send(message);
  let before = -1;
  let same = 0;
  await eventually(() => {
    same = handled === before ? same + 1 : 0;
    before = handled;
    return same >= 20 && handled > 0;
  }, "the server to stop");
  assert.ok(handled < 512);
  const [socket] = server.sockets();
  assert.ok(socket!.bufferedAmount <= 256 * 1024, `${socket!.bufferedAmount}`);
  assert.equal(socket!.state, "open");
  let received = 0;
  peer.socket.resume();
  while (received < 512) if ((await peer.frame()).first === BINARY) received++;
});

test("R-34 close, terminate and send from within every handler, again and again", async (t) => {
  const actions: Record<string, (socket: ServerSocket<undefined>) => void> = {
    close: (socket) => {
      socket.close(1000);
      socket.close(1001);
    },
    terminate: (socket) => {
      socket.terminate();
      socket.terminate();
    },
    both: (socket) => {
      socket.send("x");
      socket.close(4000, "x");
      assert.equal(socket.send("y"), "dropped");
      socket.terminate();
    },
    subscribe: (socket) => {
      socket.subscribe("t");
      socket.publish("t", "x");
      socket.close();
      socket.unsubscribe("t");
    },
  };
  const events = ["open", "message", "ping", "pong", "drain", "close", "error"] as const;
  for (const where of events) {
    for (const [name, action] of Object.entries(actions)) {
      const log: string[] = [];
      const act = (event: string, socket: ServerSocket<undefined> | undefined) => {
        log.push(event);
        if (event === where && socket !== undefined) action(socket);
      };
      const { server, open } = await serve<undefined>(t, {
        open: (socket) => {
          act("open", socket);
          if (where !== "open") socket.send(new Uint8Array(200_000));
        },
        message: (socket) => {
          act("message", socket);
          if (where === "error") throw new Error("by design");
        },
        ping: (socket) => act("ping", socket),
        pong: (socket) => act("pong", socket),
        drain: (socket) => act("drain", socket),
        close: (socket) => act("close", socket),
        error: (_, socket) => act("error", socket),
      });
      const peer = await open();
      peer.send(Buffer.concat([masked(PING), masked(PONG), masked(TEXT, "m"), closeFrame(1000)]));
      await eventually(() => server.connections === 0, `${name} in ${where} to end`);
      await peer.until(() => peer.ended || peer.closed, `the end of ${name} in ${where}`);
      assert.equal(log.filter((event) => event === "close").length, 1, `${name} in ${where}: ${log}`);
      assert.equal(log.filter((event) => event === "open").length, 1, `${name} in ${where}: ${log}`);
      assert.equal(log.at(-1), "close", `${name} in ${where}: ${log}`);
      if (where === "open") assert.ok(!log.includes("message"), `${name}: no message after our own close`);
      peer.drop();
    }
  }
});

const arguments_: readonly (readonly [name: string, value: unknown, sent: string | undefined])[] = [
  ["a Buffer", Buffer.of(1, 2), "0102"],
  ["an ArrayBuffer", Uint8Array.of(1, 2).buffer, "0102"],
  ["a DataView on a part", new DataView(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2), "0102"],
  ["a Float32Array", Float32Array.of(1), "0000803f"],
  ["a view of shared memory", new Uint8Array(new SharedArrayBuffer(2)), "0000"],
  ["a view whose memory is gone", detached(), undefined],
  ["nothing", undefined, undefined],
  ["null", null, undefined],
  ["a number", 5, undefined],
  ["an array", [1, 2], undefined],
  ["an object", { length: 5 }, undefined],
  ["a String object", new String("a"), undefined],
  ["a symbol", Symbol("a"), undefined],
  ["shared memory itself", new SharedArrayBuffer(2), undefined],
  ["a proxy of bytes", new Proxy(Uint8Array.of(1), {}), undefined],
];

function detached(): Uint8Array {
  const bytes = Uint8Array.of(1, 2, 3);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

for (const [name, value, sent] of arguments_) {
  test(`R-32 send ${name}`, async (t) => {
    const { server, open } = await serve(t, { open: (socket) => void socket.subscribe("t") });
    const peer: RawPeer = await open();
    const [socket] = server.sockets();
    if (sent === undefined) {
      assert.throws(() => socket!.send(value as never), TypeError);
      assert.throws(() => server.publish("t", value as never), TypeError);
      await assert.rejects(socket!.write(value as never), TypeError);
      if (!(value instanceof Uint8Array)) assert.throws(() => socket!.sendPiece(value as never, true), TypeError);
    } else {
      assert.equal(socket!.send(value as never), "sent");
      assert.deepEqual(await peer.frame(), { first: BINARY, payload: Buffer.from(sent, "hex") });
    }
    assert.equal(socket!.state, "open");
    socket!.send("after");
    assert.equal(await peer.message(), "after");
  });
}

const closings: readonly (readonly [code: unknown, reason: unknown, right: boolean])[] = [
  [undefined, undefined, true],
  [1000, "", true],
  [4999, "x".repeat(123), true],
  [3000, "é".repeat(61), true],
  [1000, "x".repeat(124), false],
  [1000, "😀".repeat(31), false],
  [1005, "", true],
  [1005, "why", false],
  [1006, "", false],
  [1015, "", false],
  [1004, "", false],
  [999, "", false],
  [5000, "", false],
  [Number.NaN, "", false],
  ["1000", "", false],
  [1000, 5 as unknown as string, false],
];

for (const [code, reason, right] of closings) {
  test(`C-10 C-11 close(${String(code)}, ${String(reason).length} units)`, async (t) => {
    const { server, open } = await serve(t);
    const peer = await open();
    const [socket] = server.sockets();
    const call = () => socket!.close(code as number | undefined, reason as string | undefined);
    if (right) {
      call();
      call();
      assert.deepEqual(await peer.closing(), { code: code ?? 1000, reason: reason ?? "" });
      assert.equal(socket!.send("late"), "dropped");
    } else {
      assert.throws(call, { code: "ERR_CLOSE_ARGUMENT" });
      assert.equal(socket!.state, "open");
      assert.equal(socket!.send("still open"), "sent");
      assert.equal(await peer.message(), "still open");
    }
  });
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
