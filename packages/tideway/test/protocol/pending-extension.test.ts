import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, type ConnectionOptions } from "../../dist/protocol/connection.js";
import { PeerError } from "../../dist/protocol/error.js";
import type { Decoded, Encoded, Extension } from "../../dist/protocol/extension.js";
import { OutgoingBuffer } from "../../dist/protocol/outgoing.js";
import { Recorder, rawFrame, toHex } from "../../dist/testing/recorder.js";

/** An extension that answers when the test says so. */
class Slow implements Extension {
  readonly rsv = 0x40;
  readonly asked: { payload: Uint8Array; decode: (answer: Decoded) => void; encode: (answer: Encoded) => void }[] = [];
  closed = 0;

  decode(_opcode: number, _rsv: number, payload: Uint8Array): Promise<Decoded> {
    return new Promise((decode) => this.asked.push({ payload, decode, encode: () => {} }));
  }

  encode(_opcode: number, payload: Uint8Array): Encoded | Promise<Encoded> {
    if (payload.length < 3) return { payload, rsv: 0x40 };
    return new Promise((encode) => this.asked.push({ payload, decode: () => {}, encode }));
  }

  close(): void {
    this.closed++;
  }
}

function make(options: Partial<ConnectionOptions> = {}) {
  const extension = new Slow();
  const sink = new Recorder();
  const outgoing = new OutgoingBuffer();
  let ready = 0;
  const connection = new Connection({
    role: "client",
    nextKey: () => 0,
    sink,
    outgoing,
    extension,
    onReady: () => ready++,
    ...options,
  });
  return { connection, extension, sink, sent: () => toHex(outgoing.take()), ready: () => ready };
}

/** Lets what has been answered arrive. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function join(...frames: Uint8Array[]): Uint8Array {
  return Buffer.concat(frames);
}

test("receiving parks behind a message that is at the extension, and goes on where it stopped", async () => {
  const { connection, extension, sink, ready } = make();
  const first = rawFrame(0xc1, "abc");
  const bytes = join(first, rawFrame(0x89, "ping"), rawFrame(0x81, "plain"));
  assert.equal(connection.receive(bytes), first.length);
  assert.ok(connection.parked);
  assert.equal(connection.receive(bytes, first.length), first.length, "nothing is taken while parked");
  assert.deepEqual(sink.events, []);
  extension.asked[0]!.decode(Buffer.from("ABC"));
  await turn();
  assert.equal(ready(), 1);
  assert.deepEqual(sink.events, [], "only receive hands on");
  assert.equal(connection.receive(bytes, first.length), bytes.length);
  assert.deepEqual(sink.events, [
    ["text", "ABC"],
    ["ping", toHex(Buffer.from("ping"))],
    ["text", "plain"],
  ]);
});

test("an empty receive is enough to hand on", async () => {
  const { connection, extension, sink } = make();
  connection.receive(join(rawFrame(0x42, "a"), rawFrame(0x80, "b")));
  extension.asked[0]!.decode(Uint8Array.of(7));
  await turn();
  assert.equal(connection.receive(new Uint8Array(0)), 0);
  assert.deepEqual(sink.events, [["binary", "07"]]);
  assert.ok(!connection.parked);
});

test("a paused connection does not hand on before it is resumed; one that pauses in the call takes nothing behind it", async () => {
  const { connection, extension, sink } = make();
  const bytes = join(rawFrame(0xc1, "abc"), rawFrame(0x81, "x"));
  const at = connection.receive(bytes);
  connection.pause();
  extension.asked[0]!.decode(Buffer.from("ABC"));
  await turn();
  assert.equal(connection.receive(bytes, at), at);
  assert.deepEqual(sink.events, []);
  connection.resume();
  sink.onText = (text) => {
    sink.events.push(["text", text]);
    connection.pause();
  };
  assert.equal(connection.receive(bytes, at), at);
  assert.deepEqual(sink.events, [["text", "ABC"]]);
  connection.resume();
  connection.receive(bytes, at);
  assert.equal(sink.events.length, 2);
});

for (const [name, answer, code] of [
  ["a failure", new PeerError("ERR_DEFLATE_DATA", 1007, "bad"), "ERR_DEFLATE_DATA"],
  ["text that is none", Uint8Array.of(0xff), "ERR_UTF8"],
] as const) {
  test(`a late answer fails the connection: ${name}`, async () => {
    const { connection, extension, sink } = make();
    const bytes = join(rawFrame(0xc1, "abc"), rawFrame(0x81, "x"));
    const at = connection.receive(bytes);
    extension.asked[0]!.decode(answer);
    await turn();
    assert.equal(connection.receive(bytes, at), bytes.length);
    assert.deepEqual(sink.events, [["failure", code, 1007]]);
    assert.ok(extension.closed > 0);
  });
}

test("D-16 an answer after the end is nobody's", async () => {
  for (const end of ["end", "fail"] as const) {
    const { connection, extension, sink, ready } = make();
    connection.receive(rawFrame(0xc1, "abc"));
    if (end === "end") connection.end();
    else connection.fail(new PeerError("ERR_OPCODE", 1002, "x"));
    assert.ok(extension.closed > 0);
    extension.asked[0]!.decode(Buffer.from("ABC"));
    await turn();
    assert.equal(ready(), 0);
    connection.receive(new Uint8Array(0));
    assert.deepEqual(
      sink.events.filter(([type]) => type === "text"),
      [],
    );
  }
});

test("an extension that breaks its promise costs this connection, and no process", async () => {
  const extension = new Slow();
  extension.decode = () => Promise.reject(new Error("broken"));
  extension.encode = () => Promise.reject(new Error("broken"));
  const { connection, sink, sent } = make({ extension });
  connection.sendBinary(Uint8Array.of(1, 2, 3));
  await turn();
  assert.equal(sent(), toHex(rawFrame(0x82, Uint8Array.of(1, 2, 3), 0)));
  connection.receive(rawFrame(0xc1, "abc"));
  await turn();
  connection.receive(new Uint8Array(0));
  assert.deepEqual(sink.events, [["failure", "ERR_INTERNAL", 1011]]);
});

test("no deadline runs against the peer while its message is at the extension", () => {
  const { connection } = make({ limits: { messageTimeout: 1000, pingInterval: 1000, pingTimeout: 1000 } });
  connection.receive(rawFrame(0xc1, "abc"));
  for (let now = 0; now < 60_000; now += 1000) assert.equal(connection.tick(now), undefined);
  assert.equal(connection.state, "open");
});

test("D-19 data goes out in the order it was sent, control frames in between", async () => {
  const { connection, extension, sent } = make();
  connection.sendText("slow");
  connection.sendText("ab");
  connection.sendText("plain", true);
  connection.sendPiece("p", false);
  connection.sendPiece("q", true);
  connection.sendBinary(Uint8Array.of(1, 2, 3, 4));
  connection.sendBinary(Uint8Array.of(9));
  connection.ping();
  assert.equal(sent(), toHex(rawFrame(0x89, "", 0)));
  assert.equal(connection.pendingBytes, 4 + 2 + 5 + 1 + 1 + 4 + 1);
  assert.equal(extension.asked.length, 1);
  extension.asked[0]!.encode({ payload: Buffer.from("S"), rsv: 0x40 });
  await turn();
  assert.equal(
    sent(),
    toHex(
      join(
        rawFrame(0xc1, "S", 0),
        rawFrame(0xc1, "ab", 0),
        rawFrame(0x81, "plain", 0),
        rawFrame(0x01, "p", 0),
        rawFrame(0x80, "q", 0),
      ),
    ),
  );
  assert.equal(connection.pendingBytes, 5);
  extension.asked[1]!.encode(undefined);
  await turn();
  assert.equal(sent(), toHex(join(rawFrame(0x82, Uint8Array.of(1, 2, 3, 4), 0), rawFrame(0xc2, Uint8Array.of(9), 0))));
  assert.equal(connection.pendingBytes, 0);
});

test("what waits is the sender's no more", async () => {
  const { connection, extension, sent } = make();
  const large = new Uint8Array(20_000).fill(1);
  const small = Uint8Array.of(1, 2);
  connection.sendBinary(large);
  connection.sendBinary(small);
  large.fill(2);
  small.fill(2);
  assert.equal(extension.asked[0]!.payload[0], 1);
  extension.asked[0]!.encode({ payload: Uint8Array.of(5), rsv: 0x40 });
  await turn();
  assert.equal(sent(), toHex(join(rawFrame(0xc2, Uint8Array.of(5), 0), rawFrame(0xc2, Uint8Array.of(1, 2), 0))));
});

test("frames encoded before keep their place", async () => {
  const { connection, extension, sent } = make({ role: "server" });
  connection.sendText("slow");
  connection.sendEncoded(rawFrame(0x81, "encoded"));
  assert.equal(sent(), "");
  extension.asked[0]!.encode(undefined);
  await turn();
  assert.equal(sent(), toHex(join(rawFrame(0x81, "slow"), rawFrame(0x81, "encoded"))));
});

test("closing does not wait: what is at the extension goes as it is, before the close frame, and its answer is dropped", async () => {
  const { connection, extension, sent } = make({ role: "server" });
  connection.sendText("slow");
  connection.sendText("ab");
  connection.close(1000);
  const all = toHex(join(rawFrame(0x81, "slow"), rawFrame(0x81, "ab"), rawFrame(0x88, Uint8Array.of(3, 232))));
  assert.equal(sent(), all);
  assert.equal(connection.pendingBytes, 0);
  extension.asked[0]!.encode({ payload: Buffer.from("S"), rsv: 0x40 });
  await turn();
  assert.equal(sent(), "");
});

test("the answer to the peer's close frame comes behind what waits, too", () => {
  const { connection, sent } = make({ role: "server" });
  connection.sendText("slow");
  connection.receive(rawFrame(0x88, Uint8Array.of(3, 232), 0));
  assert.equal(sent(), toHex(join(rawFrame(0x81, "slow"), rawFrame(0x88, Uint8Array.of(3, 232)))));
});

test("a failed connection writes its close frame and nothing that waited", async () => {
  const { connection, extension, sent } = make({ role: "server" });
  connection.sendText("slow");
  connection.fail(new PeerError("ERR_OPCODE", 1002, ""));
  assert.equal(sent(), toHex(rawFrame(0x88, Uint8Array.of(3, 234))));
  extension.asked[0]!.encode(undefined);
  await turn();
  assert.equal(sent(), "");
});

test("D-20 frames whose better form is pending: it goes instead, or they do at a close; what is behind waits", async () => {
  const { connection, sent } = make({ role: "server" });
  let ready = (_: Uint8Array) => {};
  const better = new Promise<Uint8Array>((resolve) => {
    ready = resolve;
  });
  connection.sendEncoded(rawFrame(0x81, "plain"), better);
  connection.sendText("ab");
  assert.equal(sent(), "");
  assert.equal(connection.pending, 2);
  ready(rawFrame(0xc1, "p"));
  await turn();
  assert.equal(sent(), toHex(join(rawFrame(0xc1, "p"), rawFrame(0xc1, "ab"))));
  connection.sendEncoded(rawFrame(0x81, "plain"), new Promise(() => {}));
  connection.close(1000);
  assert.equal(sent(), toHex(join(rawFrame(0x81, "plain"), rawFrame(0x88, Uint8Array.of(3, 232)))));
});

test("whenWritten: at once when nothing is pending, behind what is, never when that is dropped", async () => {
  const { connection, extension } = make();
  const called: string[] = [];
  connection.whenWritten(() => called.push("idle"));
  connection.sendText("slow");
  connection.whenWritten(() => called.push("behind slow"));
  connection.sendText("ab");
  connection.whenWritten(() => called.push("behind ab"));
  assert.deepEqual(called, ["idle"]);
  extension.asked[0]!.encode(undefined);
  await turn();
  assert.deepEqual(called, ["idle", "behind slow", "behind ab"]);
  connection.sendText("dropped");
  connection.whenWritten(() => called.push("never"));
  connection.discardPending();
  assert.equal(connection.pending + connection.pendingBytes, 0);
  extension.asked[1]!.encode(undefined);
  await turn();
  assert.equal(called.length, 3);
});

test("the wire limit is the extension's for its messages, and maxPayload for all others", () => {
  const extension = Object.assign(new Slow(), { wireLimit: (limit: number) => limit + 2 });
  for (const [first, length, code] of [
    [0xc2, 12, undefined],
    [0xc2, 13, 1009],
    [0x82, 10, undefined],
    [0x82, 11, 1009],
  ] as const) {
    const { connection, sink } = make({ extension, limits: { maxPayload: 10 } });
    connection.receive(rawFrame(first, new Uint8Array(length)));
    const failure = sink.events.find(([type]) => type === "failure");
    assert.equal(failure?.[2], code, `${first} ${length}`);
  }
});
