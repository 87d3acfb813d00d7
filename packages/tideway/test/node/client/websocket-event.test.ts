import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { CloseEvent, SocketErrorEvent } from "../../../dist/node/client/event.js";
import { WebSocket } from "../../../dist/node/client/websocket.js";
import { next } from "./event-log.js";
import { BINARY, CLOSE, closeFrame, frame, type RawPeer, rawServer, TEXT } from "./raw-server.js";
import { echo, wsServer } from "./ws-server.js";

test("open, message, close in order, with their interfaces", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept("", frame(TEXT, "in the same packet"), closeFrame(4001, "that is all"));
    await peer.frame();
    peer.socket.end();
  });
  const socket = new WebSocket(server.url);
  const log: string[] = [];
  const events: Event[] = [];
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, (event) => {
      log.push(`${type} ${socket.readyState}`);
      events.push(event);
    });
  }
  await next(socket, "close");
  assert.deepEqual(log, ["open 1", "message 1", "close 3"]);
  const [open, message, close] = events as [Event, MessageEvent, CloseEvent];
  assert.equal(open.constructor, Event);
  assert.ok(message instanceof MessageEvent);
  assert.equal(message.data, "in the same packet");
  assert.equal(message.origin, new URL(server.url).origin);
  assert.ok(close instanceof CloseEvent);
  assert.deepEqual([close.code, close.reason, close.wasClean], [4001, "that is all", true]);
  assert.equal(close.target, socket);
});

test("K-08: frames behind the 101 wait for open, whose listener may still be added", async (t) => {
  const server = await rawServer(t, (peer: RawPeer) => peer.accept("", frame(TEXT, "1"), frame(TEXT, "2")));
  const socket = new WebSocket(server.url);
  await next(socket, "open");
  // All microtasks run between two events, so nothing is missed by one who awaits.
  assert.equal((await next<MessageEvent>(socket, "message")).data, "1");
  await null;
  await null;
  assert.equal((await next<MessageEvent>(socket, "message")).data, "2");
  socket.close();
});

test("binary as Blob and as ArrayBuffer of exact size; other types are ignored", async (t) => {
  const { url } = await wsServer(t, echo);
  const socket = new WebSocket(url);
  await next(socket, "open");
  socket.send(Uint8Array.of(1, 2, 3));
  const { data: blob } = await next<MessageEvent>(socket, "message");
  assert.ok(blob instanceof Blob);
  assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), Uint8Array.of(1, 2, 3));
  socket.binaryType = "arraybuffer";
  (socket as { binaryType: string }).binaryType = "nodebuffer";
  assert.equal(socket.binaryType, "arraybuffer");
  socket.send(Uint8Array.of(4, 5));
  const { data } = await next<MessageEvent>(socket, "message");
  assert.ok(data instanceof ArrayBuffer);
  assert.deepEqual(new Uint8Array(data), Uint8Array.of(4, 5));
  socket.close();
});

test("a large binary message in parts is an ArrayBuffer of exact size, too", async (t) => {
  const { url } = await wsServer(t, echo);
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  await next(socket, "open");
  const bytes = new Uint8Array(300_001).map((_, i) => i * 7);
  socket.send(bytes);
  const { data } = await next<MessageEvent>(socket, "message");
  assert.deepEqual(new Uint8Array(data), bytes);
  socket.close();
});

interface SendRow {
  readonly name: string;
  readonly data: unknown;
  readonly first: number;
  readonly payload: Buffer;
}

const view = new Uint16Array([1, 2, 3, 4]).subarray(1, 3);
const sends: readonly SendRow[] = [
  { name: "text", data: "grüße", first: TEXT, payload: Buffer.from("grüße") },
  { name: "empty text", data: "", first: TEXT, payload: Buffer.alloc(0) },
  { name: "a lone surrogate", data: "a\ud800b", first: TEXT, payload: Buffer.from("a\ufffdb") },
  { name: "undefined", data: undefined, first: TEXT, payload: Buffer.from("undefined") },
  { name: "null", data: null, first: TEXT, payload: Buffer.from("null") },
  { name: "a number", data: 1.5, first: TEXT, payload: Buffer.from("1.5") },
  { name: "an array", data: [1, 2], first: TEXT, payload: Buffer.from("1,2") },
  { name: "a view", data: view, first: BINARY, payload: Buffer.from(view.buffer, view.byteOffset, view.byteLength) },
  { name: "a DataView", data: new DataView(Uint8Array.of(9, 8, 7).buffer, 1), first: BINARY, payload: Buffer.of(8, 7) },
  { name: "an ArrayBuffer", data: Uint8Array.of(5, 6).buffer, first: BINARY, payload: Buffer.of(5, 6) },
  { name: "a Blob", data: new Blob(["blob"]), first: BINARY, payload: Buffer.from("blob") },
  { name: "70 000 bytes", data: new Uint8Array(70_000).fill(3), first: BINARY, payload: Buffer.alloc(70_000, 3) },
];

for (const { name, data, first, payload } of sends) {
  test(`send: ${name}`, async (t) => {
    let seen: Promise<{ first: number; payload: Buffer }> | undefined;
    const server = await rawServer(t, async (peer: RawPeer) => {
      await peer.accept();
      seen = peer.frame();
      const got = await seen;
      peer.socket.write(frame(got.first, got.payload));
    });
    const socket = new WebSocket(server.url);
    await next(socket, "open");
    socket.send(data as string);
    assert.equal(socket.bufferedAmount, payload.length);
    await next(socket, "message");
    assert.deepEqual(await seen, { first, payload });
    assert.equal(socket.bufferedAmount, 0);
    socket.close();
  });
}

test("send: what is refused", async (t) => {
  const { url } = await wsServer(t, echo);
  const socket = new WebSocket(url);
  const isInvalidState = (error: unknown) => error instanceof DOMException && error.name === "InvalidStateError";
  assert.throws(() => socket.send("too early"), isInvalidState);
  await next(socket, "open");
  const shared = new SharedArrayBuffer(4);
  assert.throws(() => socket.send(new Uint8Array(shared)), TypeError);
  assert.throws(() => socket.send(shared as unknown as ArrayBuffer), TypeError);
  assert.throws(() => socket.send(Symbol("x") as unknown as string), TypeError);
  assert.throws(() => (socket.send as () => void)(), TypeError);
  assert.equal(socket.bufferedAmount, 0);
  assert.equal(socket.readyState, 1);
  socket.close();
});

test("bytes may change as soon as send returns, also behind a Blob", async (t) => {
  const got: Buffer[] = [];
  const { url } = await wsServer(t, (peer) => peer.on("message", (data) => got.push(data as Buffer)));
  const socket = new WebSocket(url);
  await next(socket, "open");
  const bytes = new Uint8Array(40_000).fill(1);
  socket.send(bytes);
  bytes.fill(2);
  socket.send(new Blob(["blob"]));
  socket.send(bytes);
  bytes.fill(3);
  socket.close();
  await next(socket, "close");
  assert.deepEqual(
    got.map((data) => data[0]),
    [1, "b".charCodeAt(0), 2],
  );
});

test("messages and the close frame keep their order around Blobs, and count at once", async (t) => {
  const got: string[] = [];
  let ended: Promise<unknown> | undefined;
  const { url } = await wsServer(t, (peer) => {
    peer.on("message", (data) => got.push(String(data)));
    peer.on("close", (code) => got.push(`close ${code}`));
    ended = once(peer, "close");
  });
  const socket = new WebSocket(url);
  await next(socket, "open");
  socket.send("1");
  socket.send(new Blob(["22"]));
  socket.send("333");
  socket.send(new Blob(["4444"]));
  socket.close(3000);
  assert.equal(socket.bufferedAmount, 10);
  assert.equal(socket.readyState, 2);
  socket.send("lost");
  assert.equal(socket.bufferedAmount, 14);
  await Promise.all([next(socket, "close"), ended]);
  assert.deepEqual(got, ["1", "22", "333", "4444", "close 3000"]);
  assert.equal(socket.bufferedAmount, 4);
  socket.send(new Blob(["lost too"]));
  assert.equal(socket.bufferedAmount, 12);
});

test("bufferedAmount counts payload, without framing, until the network has it", async (t) => {
  let read: (() => void) | undefined;
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    peer.discards = true;
    peer.socket.pause();
    read = () => peer.socket.resume();
  });
  const socket = new WebSocket(server.url);
  await next(socket, "open");
  const piece = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 32; i++) socket.send(piece);
  assert.equal(socket.bufferedAmount, 32 * piece.length);
  read!();
  while (socket.bufferedAmount > 0) await new Promise((resolve) => setImmediate(resolve));
  socket.close();
});

const isInvalidAccess = (error: unknown) => error instanceof DOMException && error.name === "InvalidAccessError";
const isSyntaxError = (error: unknown) => error instanceof DOMException && error.name === "SyntaxError";

const refusedCloses: readonly (readonly [name: string, args: readonly unknown[], check: (e: unknown) => boolean])[] = [
  ["0", [0], isInvalidAccess],
  ["999", [999], isInvalidAccess],
  ["1001", [1001], isInvalidAccess],
  ["1005", [1005], isInvalidAccess],
  ["2999", [2999], isInvalidAccess],
  ["5000", [5000], isInvalidAccess],
  ["65536 + 1000, clamped and not wrapped", [66536], isInvalidAccess],
  ["NaN", [Number.NaN], isInvalidAccess],
  ["null", [null], isInvalidAccess],
  ["a reason alone", ["reason"], isInvalidAccess],
  ["a reason of 124 bytes", [1000, "a".repeat(124)], isSyntaxError],
  ["a reason of 62 two-byte letters", [1000, "ä".repeat(62)], isSyntaxError],
];

const closes: readonly (readonly [name: string, args: readonly unknown[], payload: Buffer])[] = [
  ["nothing", [], Buffer.alloc(0)],
  ["undefined", [undefined, undefined], Buffer.alloc(0)],
  ["1000", [1000], Buffer.of(3, 232)],
  ["3000", [3000], Buffer.of(11, 184)],
  ["4999 and a reason", [4999, "bye"], Buffer.from([19, 135, 98, 121, 101])],
  ["a code as text", ["1000"], Buffer.of(3, 232)],
  ["1000.4", [1000.4], Buffer.of(3, 232)],
  ["a reason of 123 bytes", [1000, "a".repeat(123)], Buffer.concat([Buffer.of(3, 232), Buffer.alloc(123, "a")])],
  ["a lone surrogate", [1000, "\ud800"], Buffer.from([3, 232, 0xef, 0xbf, 0xbd])],
  ["a reason without code", [undefined, "x"], Buffer.from([3, 232, 120])],
];

test("close: refused arguments leave it open (C-21), in any state", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    peer.socket.write(frame(...frameOf(await peer.frame())));
    peer.socket.end();
  });
  const socket = new WebSocket(server.url);
  const close = (args: readonly unknown[]) => (socket.close as (...args: unknown[]) => void).apply(socket, [...args]);
  for (const [name, args, check] of refusedCloses) assert.throws(() => close(args), check, name);
  assert.equal(socket.readyState, 0);
  await next(socket, "open");
  for (const [name, args, check] of refusedCloses) assert.throws(() => close(args), check, name);
  assert.equal(socket.readyState, 1);
  socket.close();
  await next(socket, "close");
  for (const [name, args, check] of refusedCloses) assert.throws(() => close(args), check, name);
});

function frameOf({ first, payload }: { first: number; payload: Buffer }): [number, Buffer] {
  return [first, payload];
}

for (const [name, args, payload] of closes) {
  test(`close: ${name}`, async (t) => {
    let seen: { first: number; payload: Buffer } | undefined;
    const server = await rawServer(t, async (peer: RawPeer) => {
      await peer.accept();
      seen = await peer.frame();
      peer.socket.end(frame(seen.first, seen.payload));
    });
    const socket = new WebSocket(server.url);
    await next(socket, "open");
    (socket.close as (...args: unknown[]) => void)(...args);
    assert.equal(socket.readyState, 2);
    socket.close(3001, "a second time does nothing");
    const event = await next<CloseEvent>(socket, "close");
    assert.deepEqual(seen, { first: CLOSE, payload });
    assert.equal(event.wasClean, true);
    assert.equal(event.code, payload.length === 0 ? 1005 : payload.readUInt16BE());
  });
}

test("close while connecting: error, then close 1006, and never within the call", async (t) => {
  const server = await rawServer(t, () => {});
  const socket = new WebSocket(server.url);
  const log: string[] = [];
  socket.onopen = () => log.push("open");
  socket.onerror = (event) => log.push(`error ${(event.error as { code?: string }).code}`);
  socket.onclose = (event) => log.push(`close ${event.code} ${event.wasClean}`);
  socket.close();
  assert.equal(socket.readyState, 2);
  assert.deepEqual(log, []);
  await next(socket, "close");
  assert.deepEqual(log, ["error ERR_CLOSED_BEFORE_OPEN", "close 1006 false"]);
  assert.equal(socket.readyState, 3);
});

test("no message is delivered after close()", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept("", frame(TEXT, "1"), frame(TEXT, "2"));
    const { payload } = await peer.frame();
    peer.socket.end(Buffer.concat([frame(TEXT, "3"), frame(CLOSE, payload)]));
  });
  const socket = new WebSocket(server.url);
  const got: unknown[] = [];
  socket.onmessage = ({ data }) => {
    got.push(data);
    socket.close();
  };
  const { wasClean } = await next<CloseEvent>(socket, "close");
  assert.deepEqual(got, ["1"]);
  assert.equal(wasClean, true);
});

test("a refused connection: error with the reason, then close; even if listeners come late", async () => {
  const socket = new WebSocket("ws://127.0.0.1:1/");
  const log: string[] = [];
  await null;
  await null;
  socket.addEventListener("error", (event) => {
    assert.ok(event instanceof SocketErrorEvent);
    assert.match(event.message, /127\.0\.0\.1:1.*ECONNREFUSED/);
    log.push(`error ${(event.error as { code?: string }).code} ${socket.readyState}`);
  });
  const { code } = await next<CloseEvent>(socket, "close");
  assert.deepEqual(log, ["error ERR_CONNECT 3"]);
  assert.equal(code, 1006);
});

test("C-05: the end without a close frame is an error, and 1006", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    peer.socket.end();
  });
  const socket = new WebSocket(server.url);
  const error = next<SocketErrorEvent>(socket, "error");
  const { code, wasClean } = await next<CloseEvent>(socket, "close");
  assert.equal(((await error).error as { code?: string }).code, "ERR_CONNECTION_LOST");
  assert.deepEqual([code, wasClean], [1006, false]);
});

test("C-09: a fault of the server is told to it, and is 1006 here", async (t) => {
  let told: Promise<{ payload: Buffer }> | undefined;
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept("", Buffer.of(TEXT, 0x80, 0, 0, 0, 0));
    told = peer.frame();
    await told;
    peer.socket.end();
  });
  const socket = new WebSocket(server.url);
  const error = next<SocketErrorEvent>(socket, "error");
  const { code } = await next<CloseEvent>(socket, "close");
  assert.equal(code, 1006);
  assert.equal(((await error).error as { closeCode?: number }).closeCode, 1002);
  assert.equal((await told!).payload.readUInt16BE(), 1002);
});

test("K-25: a message over maxPayload is 1009 to the server", async (t) => {
  let told: Promise<{ payload: Buffer }> | undefined;
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept("", frame(BINARY, new Uint8Array(1001)));
    told = peer.frame();
    await told;
    peer.socket.end();
  });
  const socket = new WebSocket(server.url, { maxPayload: 1000 });
  await next<CloseEvent>(socket, "close");
  assert.equal((await told!).payload.readUInt16BE(), 1009);
});

test("what is sent while the peer's close frame is already here counts for ever", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept("", frame(TEXT, "1"), closeFrame(1000));
    await peer.frame();
    peer.socket.end();
  });
  const socket = new WebSocket(server.url);
  socket.onmessage = () => {
    assert.equal(socket.readyState, 1);
    socket.send("too late");
  };
  await next(socket, "close");
  assert.equal(socket.bufferedAmount, 8);
});

test("event handler attributes: place, replacement, removal", async (t) => {
  const { url } = await wsServer(t, echo);
  const socket = new WebSocket(url);
  await next(socket, "open");
  const log: string[] = [];
  socket.addEventListener("message", () => log.push("1"));
  socket.onmessage = () => log.push("first handler");
  socket.addEventListener("message", () => log.push("2"));
  const handler = function (this: WebSocket): void {
    assert.equal(this, socket);
    log.push("handler");
  };
  socket.onmessage = handler;
  assert.equal(socket.onmessage, handler);
  socket.send("a");
  await next(socket, "message");
  assert.deepEqual(log.splice(0), ["1", "handler", "2"]);
  socket.onmessage = null;
  socket.send("b");
  await next(socket, "message");
  assert.deepEqual(log.splice(0), ["1", "2"]);
  socket.onmessage = handler;
  socket.send("c");
  await next(socket, "message");
  assert.deepEqual(log.splice(0), ["1", "2", "handler"]);
  for (const none of [1, "x", {}, undefined]) {
    socket.onmessage = none as unknown as null;
    assert.equal(socket.onmessage, null);
  }
  socket.close();
});

test("a listener that throws is reported as an uncaught exception, and the connection goes on", async (t) => {
  const { url } = await wsServer(t, echo);
  const socket = new WebSocket(url);
  await next(socket, "open");
  const thrown: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => thrown.push(error.message));
  t.after(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  });
  socket.onmessage = () => {
    throw new Error("of the application");
  };
  socket.send("1");
  await next(socket, "message");
  socket.send("2");
  assert.equal((await next<MessageEvent>(socket, "message")).data, "2");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(thrown, ["of the application", "of the application"]);
  socket.close();
  assert.equal((await next<CloseEvent>(socket, "close")).wasClean, true);
});

test("sendLimit: the connection is ended when too much waits; Infinity is the default", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.accept();
    peer.socket.pause();
  });
  const socket = new WebSocket(server.url, { sendLimit: 1024 * 1024, sendHighWater: 64 * 1024 });
  await next(socket, "open");
  const error = next<SocketErrorEvent>(socket, "error");
  for (let i = 0; i < 64; i++) socket.send(new Uint8Array(1024 * 1024));
  assert.equal(((await error).error as { code?: string }).code, "ERR_SEND_LIMIT");
});

test("CloseEvent: defaults and conversion", () => {
  const event = new CloseEvent("close");
  assert.deepEqual([event.type, event.code, event.reason, event.wasClean], ["close", 0, "", false]);
  const other = new CloseEvent("x", { code: 65_537, reason: "\ud800", wasClean: true, cancelable: true });
  assert.deepEqual([other.code, other.reason, other.wasClean, other.cancelable], [1, "\ufffd", true, true]);
});

test("16 MiB there and back", async (t) => {
  const { url } = await wsServer(t, echo);
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  await next(socket, "open");
  const bytes = new Uint8Array(16 * 1024 * 1024);
  for (let i = 0; i < bytes.length; i += 4093) bytes[i] = i;
  socket.send(bytes);
  const { data } = await next<MessageEvent>(socket, "message");
  assert.equal(Buffer.compare(Buffer.from(data as ArrayBuffer), bytes), 0);
  socket.close();
});
