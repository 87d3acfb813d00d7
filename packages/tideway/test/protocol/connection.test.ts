import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Connection, type ConnectionOptions } from "../../dist/protocol/connection.js";
import { LimitError, LocalError, PeerError } from "../../dist/protocol/error.js";
import type { Extension } from "../../dist/protocol/extension.js";
import type { FrameReport } from "../../dist/protocol/frame-tap.js";
import { encodeMessage } from "../../dist/protocol/message-writer.js";
import { OutgoingBuffer } from "../../dist/protocol/outgoing.js";
import { byteByByte, chunkings, piecesOf, randomPieces, twoParts, whole } from "../../dist/testing/chunking.js";
import {
  fromHex,
  type RecordedEvent,
  Recorder,
  rawFrame,
  receiveInEveryChunking,
  receivePieces,
  toHex,
} from "../../dist/testing/recorder.js";

type Role = "server" | "client";
const roles: readonly Role[] = ["server", "client"];
const KEY = 0x37_fa_21_3d;

type Frame = readonly [first: number, payload?: string | Uint8Array];

/** What the peer of `role` sends: masked to a server, not to a client. */
function fromPeer(role: Role, ...frames: readonly Frame[]): Uint8Array {
  return Buffer.concat(frames.map(([first, payload]) => rawFrame(first, payload, role === "server" ? KEY : undefined)));
}

/** What `role` sends, as hex; a client in these tests masks with 0. */
function sentBy(role: Role, ...frames: readonly Frame[]): string {
  return frames.map(([first, payload]) => toHex(rawFrame(first, payload, role === "client" ? 0 : undefined))).join("");
}

function closeOf(code: number, reason = ""): Uint8Array {
  return Buffer.concat([Uint8Array.of(code >>> 8, code & 0xff), Buffer.from(reason)]);
}

type Made = { connection: Connection; sink: Recorder; out: OutgoingBuffer; sent: () => string };

function make(role: Role, options: Partial<ConnectionOptions> = {}): Made {
  const sink = new Recorder();
  const out = new OutgoingBuffer();
  const connection = new Connection({ role, sink, outgoing: out, nextKey: () => 0, ...options });
  return { connection, sink, out, sent: () => toHex(out.take()) };
}

// Golden vectors.

test("a masked message of a browser, in every chunking", () => {
  const bytes = fromHex(
    "81 9c 11 2d f8 bd 6a 0f 96 dc 7c 48 da 87 33 40 8b da 33 01 da d9 70 59 99 9f 2b 76 c9 8f 3d 18 a5 c0",
  );
  const outcome = receiveInEveryChunking(bytes, { role: "server" });
  assert.deepEqual(outcome, { events: [["text", '{"name":"msg","data":[12,5]}']], sent: "", state: "open" });
});

for (const role of roles) {
  test(`${role}: three fragments with a ping between are one message, the ping answered, in every chunking`, () => {
    const bytes = fromPeer(role, [0x01, "and a"], [0x00, "happy new"], [0x89, "still there?"], [0x80, "year!"]);
    assert.deepEqual(receiveInEveryChunking(bytes, { role }), {
      events: [
        ["ping", toHex(Buffer.from("still there?"))],
        ["text", "and ahappy newyear!"],
      ],
      sent: sentBy(role, [0x8a, "still there?"]),
      state: "open",
    });
  });
}

const kib256 = Uint8Array.from({ length: 256 }, (_, i) => i);
const kib64 = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 5) & 0xff);
const hello = "48656c6c6f";

/** RFC 6455 §5.7, each where its receiver is said to be or can only be. */
const rfc: readonly (readonly [
  name: string,
  role: Role,
  hex: string,
  events: readonly RecordedEvent[],
  sent: string,
])[] = [
  ["a single-frame unmasked text message", "client", `8105${hello}`, [["text", "Hello"]], ""],
  ["a single-frame masked text message", "server", "818537fa213d7f9f4d5158", [["text", "Hello"]], ""],
  ["a fragmented unmasked text message", "client", "010348656c 80026c6f", [["text", "Hello"]], ""],
  ["an unmasked ping", "client", `8905${hello}`, [["ping", hello]], `8a8500000000${hello}`],
  ["a masked pong", "server", "8a8537fa213d7f9f4d5158", [["pong", hello]], ""],
  ["256 bytes of binary", "client", `827e0100${toHex(kib256)}`, [["binary", toHex(kib256)]], ""],
  ["64 KiB of binary", "client", `827f0000000000010000${toHex(kib64)}`, [["binary", toHex(kib64)]], ""],
];
for (const [name, role, hex, events, sent] of rfc) {
  test(`§5.7: ${name}, received`, () => {
    const bytes = fromHex(hex);
    const { events: seen, sent: answer } =
      bytes.length > 1000
        ? receivePieces(piecesOf(bytes, 999).pieces, { role })
        : receiveInEveryChunking(bytes, { role });
    assert.deepEqual([seen, answer], [events, sent]);
  });
}

test("§5.7: the same frames, sent", () => {
  const server = make("server");
  const client = make("client", { nextKey: () => KEY });
  server.connection.sendText("Hello");
  assert.equal(server.sent(), `8105${hello}`);
  client.connection.sendText("Hello");
  assert.equal(client.sent(), "818537fa213d7f9f4d5158");
  server.connection.sendPiece("Hel", false);
  server.connection.sendPiece("lo", true);
  assert.equal(server.sent(), "010348656c80026c6f");
  server.connection.ping(fromHex(hello));
  assert.equal(server.sent(), `8905${hello}`);
  client.connection.receive(fromHex(`8905${hello}`));
  assert.equal(client.sent(), "8a8537fa213d7f9f4d5158");
  server.connection.sendBinary(kib256);
  assert.equal(server.sent(), `827e0100${toHex(kib256)}`);
  server.connection.sendBinary(kib64);
  assert.equal(server.sent(), `827f0000000000010000${toHex(kib64)}`);
});

// The hostile table, through the whole connection.

/** Frames of the peer, events before the failure, error and close code. `raw` goes out as it is, for both roles alike. */
interface Hostile {
  readonly name: string;
  readonly frames?: readonly Frame[];
  readonly raw?: string;
  readonly before?: readonly RecordedEvent[];
  readonly error: string;
  readonly code: number;
}
const hostile: readonly Hostile[] = [
  { name: "F-02: RSV2", frames: [[0xa1, "a"]], error: "ERR_RESERVED_BITS", code: 1002 },
  { name: "F-02: RSV3", frames: [[0x91, "a"]], error: "ERR_RESERVED_BITS", code: 1002 },
  { name: "F-03, F-06: RSV1 not negotiated", frames: [[0xc1, "a"]], error: "ERR_RESERVED_BITS", code: 1002 },
  { name: "F-04: RSV1 on a ping", frames: [[0xc9]], error: "ERR_RESERVED_BITS", code: 1002 },
  { name: "F-07: opcode 3", frames: [[0x83]], error: "ERR_OPCODE", code: 1002 },
  { name: "F-07: opcode 7 with a length", frames: [[0x87, "abc"]], error: "ERR_OPCODE", code: 1002 },
  { name: "F-07: opcode B", frames: [[0x8b]], error: "ERR_OPCODE", code: 1002 },
  { name: "F-08: only the first byte", raw: "8f", error: "ERR_OPCODE", code: 1002 },
  { name: "F-09: a reserved opcode and 2 GiB", raw: "83 ff 00000000 7fffffff", error: "ERR_OPCODE", code: 1002 },
  { name: "F-10: a ping of 126 bytes", frames: [[0x89, "a".repeat(126)]], error: "ERR_CONTROL_LENGTH", code: 1002 },
  { name: "F-11: a fragmented pong", frames: [[0x0a]], error: "ERR_CONTROL_FRAGMENTED", code: 1002 },
  { name: "F-11: a fragmented close", frames: [[0x08]], error: "ERR_CONTROL_FRAGMENTED", code: 1002 },
  {
    name: "F-17: a continuation of nothing",
    frames: [
      [0x81, "a"],
      [0x80, "b"],
    ],
    before: [["text", "a"]],
    error: "ERR_CONTINUATION",
    code: 1002,
  },
  {
    name: "F-17: a message within a message",
    frames: [
      [0x01, "a"],
      [0x89, "p"],
      [0x82, "b"],
    ],
    before: [["ping", "70"]],
    error: "ERR_MESSAGE_INTERLEAVED",
    code: 1002,
  },
  { name: "F-21: an invalid text", frames: [[0x81, fromHex("ff")]], error: "ERR_UTF8", code: 1007 },
  { name: "F-24: an overlong form", frames: [[0x81, fromHex("c0af")]], error: "ERR_UTF8", code: 1007 },
  {
    name: "F-26: cut within a character, then FIN",
    frames: [[0x01, fromHex("e282")], [0x80]],
    error: "ERR_UTF8",
    code: 1007,
  },
  { name: "F-30: close code 0", frames: [[0x88, closeOf(0)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-30: close code 999", frames: [[0x88, closeOf(999)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-30: close code 1004", frames: [[0x88, closeOf(1004)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-30: close code 1005", frames: [[0x88, closeOf(1005)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-30: close code 1006", frames: [[0x88, closeOf(1006)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-30: close code 1015", frames: [[0x88, closeOf(1015)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-30: close code 2999", frames: [[0x88, closeOf(2999)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-30: close code 5000", frames: [[0x88, closeOf(5000)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-30: close code 65535", frames: [[0x88, closeOf(65_535)]], error: "ERR_CLOSE_CODE", code: 1002 },
  { name: "F-32: a close of 1 byte", frames: [[0x88, "a"]], error: "ERR_CLOSE_LENGTH", code: 1002 },
  {
    name: "F-32: a close reason that is not UTF-8",
    frames: [[0x88, fromHex("03e8ff")]],
    error: "ERR_UTF8",
    code: 1007,
  },
  {
    name: "F-32: a close reason of 124 bytes",
    frames: [[0x88, closeOf(1000, "a".repeat(124))]],
    error: "ERR_CONTROL_LENGTH",
    code: 1002,
  },
];
for (const role of roles) {
  for (const { name, frames = [], raw, before = [], error, code } of hostile) {
    test(`${role}: ${name} fails with ${code}, in every chunking, and nothing after it is heard`, () => {
      const bad = raw === undefined ? fromPeer(role, ...frames) : fromHex(raw);
      const outcome = receiveInEveryChunking(Buffer.concat([bad, fromPeer(role, [0x81, "after"], [0x89, "x"])]), {
        role,
      });
      assert.deepEqual(outcome.events, [...before, ["failure", error, code]]);
      assert.equal(outcome.state, "failed");
      // What was sent ends with one close frame of that code and a reason.
      const pongs = before.filter(([type]) => type === "ping").map((event): Frame => [0x8a, fromHex(String(event[1]))]);
      const peer = new Recorder();
      const mirror = new Connection({
        role: role === "server" ? "client" : "server",
        sink: peer,
        outgoing: new OutgoingBuffer(),
        nextKey: () => 0,
      });
      mirror.receive(fromHex(outcome.sent));
      assert.equal(peer.events.length, pongs.length + 1);
      assert.deepEqual(peer.events.at(-1)?.slice(0, 2), ["close", code]);
    });
  }
}

test("F-01: a client that does not mask, a server that does", () => {
  for (const role of roles) {
    const wrong = role === "server" ? rawFrame(0x81, "a") : rawFrame(0x81, "a", KEY);
    const outcome = receiveInEveryChunking(wrong, { role });
    const code = role === "server" ? "ERR_MASK_REQUIRED" : "ERR_MASK_FORBIDDEN";
    assert.deepEqual([outcome.events, outcome.state], [[["failure", code, 1002]], "failed"]);
  }
});

test("F-12, F-13: lengths not minimal, and 2^63", () => {
  for (const [hex, code] of [
    ["82 7e 0005", "ERR_LENGTH_NOT_MINIMAL"],
    ["82 7f 000000000000ffff", "ERR_LENGTH_NOT_MINIMAL"],
    ["82 7f 8000000000000000", "ERR_LENGTH_2_63"],
  ] as const) {
    assert.deepEqual(receiveInEveryChunking(fromHex(hex), { role: "client" }).events, [["failure", code, 1002]]);
  }
});

for (const role of roles) {
  const limits = { maxPayload: 10 };
  test(`${role}: R-01, F-14: too big is 1009, with the length`, () => {
    const header = fromPeer(role, [0x82, new Uint8Array(11)]).subarray(0, 2);
    const { connection, sink } = make(role, { limits });
    connection.receive(header.slice());
    assert.deepEqual(sink.events, [["failure", "ERR_MESSAGE_TOO_BIG", 1009]]);
    assert.equal(connection.closeSent, 1009);
  });
  test(`${role}: F-15: exactly maxPayload is accepted`, () => {
    assert.deepEqual(
      receiveInEveryChunking(fromPeer(role, [0x82, new Uint8Array(10)]), { role, limits }).state,
      "open",
    );
  });
  test(`${role}: R-02: fragments that add up to more`, () => {
    const outcome = receiveInEveryChunking(fromPeer(role, [0x02, "123456"], [0x89, ""], [0x80, "12345"]), {
      role,
      limits,
    });
    assert.deepEqual(outcome.events, [
      ["ping", ""],
      ["failure", "ERR_MESSAGE_TOO_BIG", 1009],
    ]);
  });
  test(`${role}: R-04, R-05: too many fragments are 1008`, () => {
    for (const payload of ["", "a"]) {
      const bytes = fromPeer(role, [0x01, payload], [0x00, payload], [0x00, payload]);
      const outcome = receiveInEveryChunking(bytes, { role, limits: { maxFragments: 2 } });
      assert.deepEqual(outcome.events, [["failure", "ERR_TOO_MANY_FRAGMENTS", 1008]]);
    }
  });
}

test("R-07: 1 000 000 messages on one connection", () => {
  const { connection, sink } = make("server");
  let count = 0;
  sink.onText = () => {
    count++;
  };
  const thousand = fromPeer("server", ...new Array<Frame>(1000).fill([0x81, "hi"]));
  for (let i = 0; i < 1000; i++) connection.receive(new Uint8Array(thousand));
  assert.deepEqual([count, connection.state], [1_000_000, "open"]);
});

test("R-07: 10 000 messages of as many fragments as may be", () => {
  const { connection, sink } = make("server", { limits: { maxFragments: 4 } });
  const message = fromPeer("server", [0x02, "a"], [0x00], [0x00, "b"], [0x80]);
  for (let i = 0; i < 10_000; i++) connection.receive(message.slice());
  assert.deepEqual([connection.state, sink.events.length], ["open", 10_000]);
});

test("R-06: 1 MiB in one-byte reads is accepted", () => {
  const { connection, sink } = make("server");
  let seen = 0;
  sink.onBinary = (_bytes: Uint8Array, start = 0, end = 0) => {
    seen += end - start;
  };
  const byte = new Uint8Array(1);
  for (const octet of fromPeer("server", [0x82, new Uint8Array(1024 * 1024)])) {
    byte[0] = octet;
    connection.receive(byte);
  }
  assert.deepEqual([seen, connection.state], [1024 * 1024, "open"]);
});

// Pings.

for (const role of roles) {
  test(`${role}: R-12: of pings to a transport that is blocked only the latest is answered, once`, () => {
    const { connection, sink, out, sent } = make(role);
    out.blocked = true;
    connection.receive(fromPeer(role, [0x89, "1"], [0x89, "2"], [0x89, ""], [0x89, "4"]));
    assert.equal(sink.events.length, 4);
    assert.equal(sent(), "");
    out.blocked = false;
    connection.drained();
    assert.equal(sent(), sentBy(role, [0x8a, "4"]));
    connection.drained();
    assert.equal(sent(), "");
  });

  test(`${role}: R-12: a pong that waits is not sent after a later one`, () => {
    const { connection, out, sent } = make(role);
    out.blocked = true;
    connection.receive(fromPeer(role, [0x89, "1"]));
    out.blocked = false;
    connection.receive(fromPeer(role, [0x89, "2"]));
    connection.drained();
    assert.equal(sent(), sentBy(role, [0x8a, "2"]));
  });

  test(`${role}: a pong that waits is dropped by a close or a failure`, () => {
    for (const end of [
      (c: Connection) => c.close(),
      (c: Connection) => c.fail(new LocalError("ERR_X", "gone")),
      (c: Connection) => c.end(),
    ]) {
      const { connection, out, sent } = make(role);
      out.blocked = true;
      connection.receive(fromPeer(role, [0x89, "1"]));
      end(connection);
      sent();
      connection.drained();
      assert.equal(sent(), "");
    }
  });

  test(`${role}: R-13: 8 192 pings in one read are all answered, and no fault`, () => {
    const { connection, sink, sent } = make(role);
    connection.receive(fromPeer(role, ...new Array<Frame>(8192).fill([0x89, "x"])));
    assert.deepEqual([connection.state, sink.events.length], ["open", 8192]);
    assert.equal(sent(), sentBy(role, ...new Array<Frame>(8192).fill([0x8a, "x"])));
  });

  test(`${role}: R-11: 1 000 pongs nobody asked for are ignored, the next is 1008`, () => {
    const { connection, sink } = make(role);
    connection.receive(fromPeer(role, ...new Array<Frame>(1000).fill([0x8a])));
    assert.equal(connection.state, "open");
    connection.receive(fromPeer(role, [0x8a]));
    assert.deepEqual(sink.events.at(-1), ["failure", "ERR_CONTROL_RATE", 1008]);
  });

  test(`${role}: R-10, R-11: time gives back what was used`, () => {
    const { connection } = make(role, { limits: { maxControlFrames: 10 } });
    connection.tick(0);
    for (let second = 1; second <= 100; second++) {
      connection.tick(second * 1000);
      connection.receive(fromPeer(role, [0x8a]));
    }
    assert.equal(connection.state, "open");
    for (let i = 0; i < 20; i++) connection.receive(fromPeer(role, [0x89]));
    assert.equal(connection.failure?.code, "ERR_CONTROL_RATE");
  });
}

// Closing.

const wireCodes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
for (const role of roles) {
  test(`${role}: F-31: each close code that may be sent is echoed without its reason, in every chunking`, () => {
    for (const code of wireCodes) {
      const outcome = receiveInEveryChunking(fromPeer(role, [0x88, closeOf(code, "bye")]), { role });
      assert.deepEqual(outcome, {
        events: [["close", code, "bye"]],
        sent: sentBy(role, [0x88, closeOf(code)]),
        state: "closedByPeer",
      });
    }
  });

  test(`${role}: a close without a code is answered by one, and is 1005`, () => {
    const outcome = receiveInEveryChunking(fromPeer(role, [0x88]), { role });
    assert.deepEqual(outcome, { events: [["close", 1005, ""]], sent: sentBy(role, [0x88]), state: "closedByPeer" });
  });

  test(`${role}: F-33: after a close frame nothing is parsed: data, pings, a second close, garbage`, () => {
    const bytes = Buffer.concat([
      fromPeer(role, [0x88, closeOf(1000)], [0x81, "a"], [0x89], [0x88]),
      fromHex("ff".repeat(40)),
    ]);
    const outcome = receiveInEveryChunking(bytes, { role });
    assert.deepEqual(outcome, {
      events: [["close", 1000, ""]],
      sent: sentBy(role, [0x88, closeOf(1000)]),
      state: "closedByPeer",
    });
    const { connection } = make(role);
    assert.equal(connection.receive(new Uint8Array(bytes)), bytes.length, "and all of it is taken");
    assert.equal(connection.receive(new Uint8Array(bytes)), bytes.length);
  });

  test(`${role}: F-20: a close between fragments drops the message`, () => {
    const outcome = receiveInEveryChunking(fromPeer(role, [0x01, "abc"], [0x88, closeOf(1001)], [0x80, "def"]), {
      role,
    });
    assert.deepEqual(outcome.events, [["close", 1001, ""]]);
    const { connection } = make(role);
    connection.receive(fromPeer(role, [0x01, "abc"]));
    assert.equal(connection.unfinished, 3);
    connection.receive(fromPeer(role, [0x88]));
    assert.equal(connection.unfinished, undefined, "and what was held of it");
  });

  test(`${role}: C-02: after our close the peer's messages arrive until its own; its pings are answered`, () => {
    const { connection, sink, sent } = make(role);
    connection.close(1001, "going");
    assert.equal(sent(), sentBy(role, [0x88, closeOf(1001, "going")]));
    assert.deepEqual(
      [connection.state, connection.sendable, connection.finished, connection.closing],
      ["closedByUs", false, false, true],
    );
    connection.receive(fromPeer(role, [0x81, "late"], [0x89, "p"], [0x88, closeOf(1001)], [0x81, "never"]));
    assert.deepEqual(sink.events, [
      ["text", "late"],
      ["ping", "70"],
      ["close", 1001, ""],
    ]);
    assert.equal(sent(), sentBy(role, [0x8a, "p"]), "a pong, but no second close frame");
    assert.deepEqual([connection.state, connection.finished], ["closeAnswered", true]);
    connection.end();
    assert.equal(connection.state, "endedClean");
  });

  test(`${role}: C-03: crossed closes are clean, each side says its own`, () => {
    const { connection, sink } = make(role);
    connection.close(4000, "mine");
    connection.receive(fromPeer(role, [0x88, closeOf(4001, "yours")]));
    assert.deepEqual(
      [sink.events, connection.closeSent, connection.closeReceived],
      [[["close", 4001, "yours"]], 4000, { code: 4001, reason: "yours" }],
    );
  });

  test(`${role}: a fault of the peer after our close fails without a second close frame`, () => {
    const { connection, sink, sent } = make(role);
    connection.close();
    sent();
    connection.receive(fromHex("83"));
    assert.deepEqual([sink.events, sent(), connection.closeSent], [[["failure", "ERR_OPCODE", 1002]], "", 1000]);
  });

  test(`${role}: C-05, C-07: the transport ends at any byte of a message: 1006, no event`, () => {
    const bytes = fromPeer(role, [0x01, "ab"], [0x80, "x".repeat(130)]);
    for (let cut = 0; cut < bytes.length; cut++) {
      const { connection, sink } = make(role);
      connection.receive(new Uint8Array(bytes.subarray(0, cut)));
      connection.end();
      assert.deepEqual([connection.state, sink.events], ["endedAbnormal", []]);
      assert.equal(connection.receive(new Uint8Array(bytes.subarray(cut))), bytes.length - cut);
      assert.deepEqual(sink.events, []);
    }
  });

  test(`${role}: C-06: the transport ends after the peer's close: clean`, () => {
    const { connection } = make(role);
    connection.receive(fromPeer(role, [0x88]));
    connection.end();
    assert.equal(connection.state, "endedClean");
    connection.end();
    assert.equal(connection.state, "endedClean");
  });

  test(`${role}: C-09: after a fault both what was told and why are known`, () => {
    const { connection } = make(role);
    connection.receive(fromHex("83"));
    assert.ok(connection.failure instanceof PeerError);
    assert.deepEqual([connection.closeSent, connection.closeReceived, connection.finished], [1002, undefined, true]);
    connection.end();
    assert.equal(connection.state, "endedAbnormal");
  });

  test(`${role}: C-10, C-21: close with a bad argument throws and changes nothing; a second close does nothing`, () => {
    const { connection, sent } = make(role);
    for (const [code, reason] of [
      [1005, "x"],
      [1006, ""],
      [999, ""],
      [Number.NaN, ""],
      [1000, "a".repeat(124)],
    ] as const) {
      assert.throws(() => connection.close(code, reason), { code: "ERR_CLOSE_ARGUMENT" });
    }
    assert.deepEqual([connection.state, sent()], ["open", ""]);
    connection.close();
    connection.close(4000, "again");
    assert.equal(sent(), sentBy(role, [0x88, closeOf(1000)]));
    assert.equal(connection.closeSent, 1000);
  });

  test(`${role}: C-11: a reason of 123 bytes; 1005 sends an empty close`, () => {
    const long = make(role);
    long.connection.close(1000, "a".repeat(123));
    assert.equal(long.sent(), sentBy(role, [0x88, closeOf(1000, "a".repeat(123))]));
    const empty = make(role);
    empty.connection.close(1005);
    assert.equal(empty.sent(), sentBy(role, [0x88]));
  });

  test(`${role}: C-12: nothing can be sent once closing, failing or ending has begun`, () => {
    const ends: readonly ((connection: Connection) => void)[] = [
      (connection) => connection.close(),
      (connection) => connection.fail(new PeerError("ERR_X", 1002, "no")),
      (connection) => connection.end(),
      (connection) => connection.receive(fromPeer(role, [0x88])),
    ];
    for (const end of ends) {
      const { connection, sent } = make(role);
      end(connection);
      sent();
      const calls = [
        () => connection.sendText("a"),
        () => connection.sendBinary(new Uint8Array(1)),
        () => connection.sendPiece("a", true),
        ...(role === "server" ? [() => connection.sendEncoded(encodeMessage("a"))] : []),
        () => connection.ping(),
        () => connection.pong(),
      ];
      for (const call of calls) assert.throws(call, { name: "LocalError", code: "ERR_NOT_OPEN" });
      connection.close();
      connection.fail(new PeerError("ERR_Y", 1002, "late"));
      connection.drained();
      assert.equal(sent(), "");
    }
  });
}

test("F-31: 1010 from a server is echoed too", () => {
  assert.equal(receivePieces([fromPeer("client", [0x88, closeOf(1010)])], { role: "client" }).state, "closedByPeer");
});

test("fail: the local side's own reasons are not told to the peer", () => {
  const { connection, sink, sent } = make("server");
  const error = new LocalError("ERR_GONE", "the disk is full");
  connection.fail(error);
  assert.deepEqual(
    [sent(), sink.events, connection.closeSent, connection.failure],
    ["", [["failure", "ERR_GONE", undefined]], undefined, error],
  );
});

test("fail: a long message is cut to what a close frame holds; a code that may not be sent changes nothing", () => {
  const { connection, sink, sent } = make("server");
  assert.throws(() => connection.fail(new PeerError("ERR_X", 1006, "no")), { code: "ERR_CLOSE_ARGUMENT" });
  assert.equal(connection.state, "open");
  connection.fail(new LimitError("ERR_X", 1008, "€".repeat(100)));
  assert.equal(sent(), sentBy("server", [0x88, closeOf(1008, "€".repeat(41))]));
  assert.deepEqual(sink.events, [["failure", "ERR_X", 1008]]);
});

test("the transport may fail or end while a close frame is being written: one close frame, one state", () => {
  for (const what of ["fail", "end"] as const) {
    for (const how of ["close", "receive", "fail"] as const) {
      const out = new OutgoingBuffer();
      let commits = 0;
      const commit = out.commit.bind(out);
      const sink = new Recorder();
      const connection: Connection = new Connection({ role: "server", sink, outgoing: out });
      out.commit = (length) => {
        commit(length);
        commits++;
        if (what === "fail") connection.fail(new LimitError("ERR_FULL", 1008, "too much queued"));
        else connection.end();
      };
      if (how === "close") connection.close();
      else if (how === "receive") connection.receive(fromPeer("server", [0x88, closeOf(1000)]));
      else connection.fail(new PeerError("ERR_X", 1002, "no"));
      assert.equal(commits, 1, `${what} in ${how}`);
    }
  }
});

// Flow.

for (const role of roles) {
  test(`${role}: pause stops behind the current frame, resume goes on where it was`, () => {
    const { connection, sink } = make(role);
    sink.onText = (text) => {
      sink.events.push(["text", text]);
      connection.pause();
    };
    const bytes = fromPeer(role, [0x81, "a"], [0x81, "b"], [0x88]);
    let at = connection.receive(bytes);
    assert.equal(at, fromPeer(role, [0x81, "a"]).length);
    assert.deepEqual([sink.events, connection.paused], [[["text", "a"]], true]);
    assert.equal(connection.receive(bytes, at), at, "paused: nothing is taken");
    connection.resume();
    at = connection.receive(bytes, at);
    connection.resume();
    assert.equal(connection.receive(bytes, at), bytes.length);
    assert.deepEqual(sink.events, [
      ["text", "a"],
      ["text", "b"],
      ["close", 1005, ""],
    ]);
  });

  test(`${role}: R-14: a bound on the frames of one call`, () => {
    const { connection, sink } = make(role);
    const bytes = fromPeer(role, ...new Array<Frame>(10).fill([0x81, "a"]));
    const one = bytes.length / 10;
    assert.equal(connection.receive(bytes, 0, bytes.length, 3), 3 * one);
    assert.equal(connection.receive(bytes, 3 * one, bytes.length, 256), bytes.length);
    assert.equal(sink.events.length, 10);
  });

  test(`${role}: C-14: a close while paused waits for resume`, () => {
    const { connection, sink } = make(role);
    connection.pause();
    const bytes = fromPeer(role, [0x88]);
    assert.equal(connection.receive(bytes), 0);
    connection.resume();
    connection.receive(bytes);
    assert.deepEqual(sink.events, [["close", 1005, ""]]);
  });
}

// Sending.

test("a message in pieces lets control frames between, other messages not", () => {
  const { connection, sent } = make("server");
  connection.sendPiece("a", false);
  connection.ping(Uint8Array.of(1));
  connection.pong();
  for (const call of [
    () => connection.sendText("x"),
    () => connection.sendBinary(new Uint8Array(1)),
    () => connection.sendEncoded(encodeMessage("x")),
  ]) {
    assert.throws(call, { code: "ERR_MESSAGE_UNFINISHED" });
  }
  assert.throws(() => connection.sendPiece(new Uint8Array(1), true), { code: "ERR_PIECE_TYPE" });
  connection.sendPiece("b", true);
  connection.sendEncoded(encodeMessage("c"));
  connection.sendBinary(Uint8Array.of(7));
  assert.equal(
    sent(),
    sentBy("server", [0x01, "a"], [0x89, Uint8Array.of(1)], [0x8a], [0x80, "b"], [0x81, "c"], [0x82, Uint8Array.of(7)]),
  );
});

const wrong: readonly unknown[] = [
  5,
  null,
  undefined,
  [],
  {},
  "x".repeat(3),
  new Float32Array(2),
  new DataView(new ArrayBuffer(2)),
  new ArrayBuffer(2),
  Symbol("s"),
];
test("R-32: anything but bytes or text is a TypeError, and writes nothing", () => {
  const { connection, sent } = make("server");
  for (const value of wrong) {
    const bytes = value as Uint8Array;
    if (typeof value !== "string") {
      assert.throws(() => connection.sendText(value as string), TypeError);
      assert.throws(() => connection.sendPiece(bytes, true), TypeError);
    }
    assert.throws(() => connection.sendBinary(bytes), TypeError);
    assert.throws(() => connection.sendEncoded(bytes), TypeError);
    if (value !== undefined) {
      assert.throws(() => connection.ping(bytes), { code: "ERR_CONTROL_ARGUMENT" });
      assert.throws(() => connection.pong(bytes), { code: "ERR_CONTROL_ARGUMENT" });
    }
  }
  assert.throws(() => connection.ping(new Uint8Array(126)), { code: "ERR_CONTROL_ARGUMENT" });
  assert.equal(sent(), "");
  connection.sendBinary(Buffer.from("ok"));
  connection.ping(new Uint8Array(125));
  assert.equal(sent(), sentBy("server", [0x82, "ok"], [0x89, new Uint8Array(125)]));
});

test("a client needs a source of keys, and takes one for each frame (F-40)", () => {
  const options = { role: "client", sink: new Recorder(), outgoing: new OutgoingBuffer() } as const;
  assert.throws(() => new Connection(options), { name: "LocalError", code: "ERR_NO_KEY_SOURCE" });
  let keys = 0;
  const { connection } = make("client", { nextKey: () => ++keys });
  connection.sendText("a");
  connection.ping();
  connection.close();
  assert.equal(keys, 3);
});

test("R-31: limits that are no limits are refused", () => {
  assert.throws(() => make("server", { limits: { maxPayload: Number.NaN } }), { code: "ERR_ARGUMENT_LIMIT" });
});

// Time.

function seconds(connection: Connection, from: number, to: number): LocalError | undefined {
  for (let second = from; second <= to; second++) {
    const error = connection.tick(second * 1000);
    if (error !== undefined) return error;
  }
  return undefined;
}

for (const role of roles) {
  test(`${role}: R-20: ping at 25 s, the transport to be ended at 45 s`, () => {
    const { connection, sent, sink } = make(role);
    assert.equal(seconds(connection, 0, 44), undefined);
    assert.equal(sent(), sentBy(role, [0x89, fromHex("00000001")]));
    assert.equal(connection.tick(45_000)?.code, "ERR_PING_TIMEOUT");
    assert.deepEqual([connection.state, sink.events], ["open", []], "the driver ends it");
  });

  test(`${role}: any message, ping or answer is life`, () => {
    for (const frame of [[0x81, "a"], [0x82, "a"], [0x89], [0x8a, fromHex("00000001")]] as const) {
      const { connection } = make(role);
      seconds(connection, 0, 26);
      connection.receive(fromPeer(role, frame));
      assert.equal(seconds(connection, 27, 51), undefined);
    }
  });

  test(`${role}: R-21: a wrong pong is not; the application's own ping may be what is answered`, () => {
    const { connection } = make(role);
    seconds(connection, 0, 26);
    connection.receive(fromPeer(role, [0x8a, "wrong"]));
    assert.equal(seconds(connection, 27, 60)?.code, "ERR_PING_TIMEOUT");
    const own = make(role);
    seconds(own.connection, 0, 26);
    own.connection.ping(fromHex("aa"));
    own.connection.receive(fromPeer(role, [0x8a, fromHex("aa")]));
    assert.equal(seconds(own.connection, 27, 50), undefined);
  });

  test(`${role}: a large message that takes longer than the heartbeat is life while it comes`, () => {
    const { connection, sink } = make(role);
    const bytes = fromPeer(role, [0x82, new Uint8Array(500_000)]);
    connection.tick(0);
    for (let second = 1; second <= 50; second++) {
      connection.receive(bytes.subarray((second - 1) * 10_001, second * 10_001));
      assert.equal(connection.tick(second * 1000), undefined);
    }
    assert.equal(sink.events.length, 1);
  });

  test(`${role}: while paused nobody is given up`, () => {
    const { connection } = make(role);
    connection.pause();
    assert.equal(seconds(connection, 0, 300), undefined);
    connection.resume();
    assert.equal(seconds(connection, 301, 400)?.code, "ERR_PING_TIMEOUT");
  });

  test(`${role}: C-01: 5 s to finish closing, by ticks`, () => {
    const { connection, sent } = make(role);
    seconds(connection, 0, 10);
    connection.close();
    sent();
    assert.equal(seconds(connection, 11, 15), undefined);
    assert.equal(connection.tick(16_000)?.code, "ERR_CLOSE_TIMEOUT");
    assert.equal(sent(), "", "no heartbeat after a close frame");
  });
}

test("R-03: a message that dribbles fails with 1008, an unfinished text or binary alike", () => {
  for (const first of [0x81, 0x82, 0x01]) {
    const { connection, sink, sent } = make("server");
    connection.tick(0);
    connection.receive(fromPeer("server", [first, "a".repeat(100)]).subarray(0, first === 0x01 ? 106 : 20));
    assert.equal(seconds(connection, 1, 12), undefined);
    assert.deepEqual(sink.events, [["failure", "ERR_MESSAGE_RATE", 1008]]);
    assert.ok(sent().startsWith("88"));
  }
});

test("R-03: a message paused by our own side is not slow", () => {
  const { connection } = make("server");
  connection.tick(0);
  connection.receive(fromPeer("server", [0x01, "abc"]));
  assert.equal(connection.unfinished, 3);
  connection.pause();
  assert.equal(connection.unfinished, undefined);
  seconds(connection, 1, 200);
  assert.equal(connection.state, "open");
});

// Tap and extension.

for (const role of roles) {
  test(`${role}: the tap sees every frame of both directions, in order`, () => {
    const reports: FrameReport[] = [];
    const { connection } = make(role, { tap: (report) => reports.push(report) });
    connection.receive(fromPeer(role, [0x81, "hi"], [0x89, "p"]));
    connection.sendText("yo");
    if (role === "server") connection.sendEncoded(encodeMessage("all"));
    else connection.sendText("all");
    connection.receive(fromPeer(role, [0x88]));
    assert.deepEqual(
      reports.map(({ direction, first, length }) => `${direction} ${first.toString(16)} ${length}`),
      ["in 81 2", "in 89 1", "out 8a 1", "out 81 2", "out 81 3", "in 88 0", "out 88 0"],
    );
  });

  test(`${role}: with a tap every chunking still gives the same`, () => {
    const bytes = fromPeer(role, [0x01, "a"], [0x89, "p"], [0x80, "b"], [0x83]);
    const tapped = receiveInEveryChunking(bytes, { role, tap: () => {} });
    assert.deepEqual(tapped, receiveInEveryChunking(bytes, { role }));
  });

  test(`${role}: an extension reverses what both ends send, whole messages only`, () => {
    const reverse: Extension = {
      rsv: 0x40,
      decode: (_opcode, _rsv, payload) => new Uint8Array(payload).reverse(),
      encode: (_opcode, payload) => ({ payload: new Uint8Array(payload).reverse(), rsv: 0x40 }),
    };
    const { connection, sent } = make(role, { extension: reverse });
    connection.sendText("abc");
    connection.sendBinary(Uint8Array.of(1, 2));
    connection.sendPiece("abc", true);
    connection.ping(Uint8Array.of(1, 2));
    assert.equal(
      sent(),
      sentBy(role, [0xc1, "cba"], [0xc2, Uint8Array.of(2, 1)], [0x81, "abc"], [0x89, Uint8Array.of(1, 2)]),
    );
    const outcome = receiveInEveryChunking(fromPeer(role, [0x41, "ol"], [0x80, "leh"], [0x81, "plain"]), {
      role,
      extension: reverse,
    });
    assert.deepEqual(outcome.events, [
      ["text", "hello"],
      ["text", "plain"],
    ]);
  });
}

test("an extension's failure fails the connection; its own fault is not told", () => {
  for (const [error, sent] of [
    [new LimitError("ERR_BOMB", 1009, "too big"), sentBy("server", [0x88, closeOf(1009, "too big")])],
    [new LocalError("ERR_CODEC", "broken"), ""],
  ] as const) {
    const extension: Extension = { rsv: 0x40, decode: () => error, encode: () => undefined };
    const outcome = receiveInEveryChunking(fromPeer("server", [0xc1, "x"], [0x81, "after"]), {
      role: "server",
      extension,
    });
    assert.equal(outcome.events.length, 1);
    assert.equal(outcome.events[0]?.[1], error.code);
    assert.equal(outcome.sent, sent);
  }
});

// Properties.

const text = fc.string({ unit: "binary", maxLength: 40 });
const message = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text }),
  fc.record({ kind: fc.constant("binary" as const), bytes: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({
    kind: fc.constant("pieces" as const),
    texts: fc.array(text, { minLength: 1, maxLength: 4 }),
    ping: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("parts" as const),
    parts: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
    ping: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("ping" as const), bytes: fc.uint8Array({ maxLength: 125 }) }),
  fc.record({ kind: fc.constant("pong" as const), bytes: fc.uint8Array({ maxLength: 125 }) }),
);
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

/** Sends a message, and says what the other end must hear. */
function sendOne(connection: Connection, one: Message): RecordedEvent[] {
  const between: RecordedEvent[] = [];
  const pieces = (list: readonly (string | Uint8Array)[], ping: boolean): void => {
    for (const [index, piece] of list.entries()) {
      if (ping && index > 0) {
        connection.ping(Uint8Array.of(index));
        between.push(["ping", toHex(Uint8Array.of(index))]);
      }
      connection.sendPiece(piece, index === list.length - 1);
    }
  };
  switch (one.kind) {
    case "text":
      connection.sendText(one.text);
      return [["text", one.text]];
    case "binary":
      connection.sendBinary(one.bytes);
      return [["binary", toHex(one.bytes)]];
    case "pieces":
      pieces(one.texts, one.ping);
      return [...between, ["text", one.texts.join("")]];
    case "parts":
      pieces(one.parts, one.ping);
      return [...between, ["binary", one.parts.map(toHex).join("")]];
    case "ping":
      connection.ping(one.bytes);
      return [["ping", toHex(one.bytes)]];
    case "pong":
      connection.pong(one.bytes);
      return [["pong", toHex(one.bytes)]];
  }
}

test("P1: what one end sends the other hears, any messages, both roles, any keys, fragments and control frames between", () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.constantFrom(...roles),
      fc.array(fc.integer({ min: 0, max: 0xff_ff_ff_ff }), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      (list, role, keys, seed) => {
        let next = 0;
        const { connection, out } = make(role, { nextKey: () => keys[next++ % keys.length]! });
        const expected = list.flatMap((one) => sendOne(connection, one));
        connection.close(4000, "end");
        expected.push(["close", 4000, "end"]);
        const bytes = out.take();
        const peer = role === "server" ? "client" : "server";
        for (const { name, pieces } of [whole(bytes), byteByByte(bytes), randomPieces(bytes, seed)]) {
          assert.deepEqual(receivePieces(pieces, { role: peer }).events, expected, name);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

/** Frames that are mostly right, so that the wrong ones are met in many states. */
const wildFrame = fc.tuple(
  fc.constantFrom(0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a, 0x88, 0x09, 0xc1, 0x83),
  fc.oneof(fc.constantFrom("", "é", "abc"), fc.uint8Array({ maxLength: 10 }), fc.constant(closeOf(1000, "x"))),
);

test("P2: any stream of frames and garbage gives the same in any chunking", () => {
  fc.assert(
    fc.property(
      fc.array(wildFrame, { maxLength: 8 }),
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom(...roles),
      (frames, garbage, role) => {
        const bytes = Buffer.concat([fromPeer(role, ...frames), garbage]);
        receiveInEveryChunking(bytes, { role, limits: { maxPayload: 30, maxFragments: 4 } });
      },
    ),
    { numRuns: 1000 },
  );
});

test("P2: T-17: a recorded session with any one byte changed or left out gives the same in any chunking, and a documented error", () => {
  const documented =
    /^(ERR_MASK_REQUIRED|ERR_OPCODE|ERR_RESERVED_BITS|ERR_CONTROL_FRAGMENTED|ERR_CONTROL_LENGTH|ERR_LENGTH_NOT_MINIMAL|ERR_LENGTH_2_63|ERR_CONTINUATION|ERR_MESSAGE_INTERLEAVED|ERR_MESSAGE_TOO_BIG|ERR_UTF8|ERR_CLOSE_CODE|ERR_CLOSE_LENGTH)$/;
  const session = fromPeer(
    "server",
    [0x81, "héllo"],
    [0x02, "ab"],
    [0x89, "p"],
    [0x80, "cd"],
    [0x8a],
    [0x88, closeOf(1000, "bye")],
  );
  for (let at = 0; at < session.length; at++) {
    for (const flip of [0x01, 0x08, 0x40, 0x80, 0xff]) {
      const changed = new Uint8Array(session);
      changed[at]! ^= flip;
      const outcomes = [whole(changed), byteByByte(changed), randomPieces(changed, at)].map(({ pieces }) =>
        receivePieces(pieces, { role: "server" }),
      );
      assert.deepEqual(outcomes[1], outcomes[0], `byte ${at} by ${flip}`);
      assert.deepEqual(outcomes[2], outcomes[0], `byte ${at} by ${flip}`);
      for (const event of outcomes[0]!.events) if (event[0] === "failure") assert.match(event[1], documented);
    }
    const shorter = Buffer.concat([session.subarray(0, at), session.subarray(at + 1)]);
    assert.deepEqual(
      receivePieces(byteByByte(shorter).pieces, { role: "server" }),
      receivePieces([shorter], { role: "server" }),
    );
  }
});

const actions: { readonly [name: string]: (connection: Connection) => void } = {
  close: (connection) => connection.close(4001, "in between"),
  fail: (connection) => connection.fail(new LimitError("ERR_APP", 1008, "enough")),
  end: (connection) => connection.end(),
  pause: (connection) => connection.pause(),
  resume: (connection) => connection.resume(),
  sendText: (connection) => connection.sendText("answer"),
  sendPiece: (connection) => connection.sendPiece("p", false),
  sendLastPiece: (connection) => connection.sendPiece("q", true),
  ping: (connection) => connection.ping(),
  drained: (connection) => connection.drained(),
  tick: (connection) => void connection.tick(1000),
};

/** Does it; the only errors allowed are those of the wrong moment. */
function act(connection: Connection, action: string): void {
  try {
    actions[action]!(connection);
  } catch (error) {
    assert.ok(error instanceof LocalError, String(error));
    assert.match(error.code, /^ERR_(NOT_OPEN|MESSAGE_UNFINISHED)$/);
  }
}

test("R-34: whatever the sink calls from within its calls, the rules hold and the peer finds no fault", () => {
  fc.assert(
    fc.property(
      fc.array(wildFrame, { maxLength: 10 }),
      fc.array(fc.array(fc.constantFrom(...Object.keys(actions)), { maxLength: 3 }), { maxLength: 10 }),
      fc.constantFrom(...roles),
      fc.boolean(),
      fc.nat(),
      (frames, script, role, blocked, seed) => {
        const { connection, sink, out } = make(role, { limits: { maxPayload: 30 } });
        out.blocked = blocked;
        const events = sink.events;
        let call = 0;
        const push = events.push.bind(events);
        events.push = (...items) => {
          assert.ok(
            !events.some(([type]) => type === "close" && items[0]?.[0] !== "failure"),
            "nothing after the peer's close",
          );
          assert.ok(!events.some(([type]) => type === "failure"), "nothing after a failure");
          const length = push(...items);
          for (const action of script[call++] ?? []) act(connection, action);
          return length;
        };
        const bytes = fromPeer(role, ...frames);
        const { pieces } = randomPieces(bytes, seed);
        for (const piece of pieces) {
          const copy = new Uint8Array(piece);
          let at = 0;
          for (let tries = 0; at < copy.length && tries < 30; tries++) {
            at = connection.receive(copy, at);
            connection.resume();
          }
          assert.equal(at, copy.length);
        }
        const peer = new Recorder();
        const mirror = new Connection({
          role: role === "server" ? "client" : "server",
          sink: peer,
          outgoing: new OutgoingBuffer(),
          nextKey: () => 0,
        });
        mirror.receive(out.take());
        assert.equal(mirror.failure, undefined, "what was sent is right");
        const closed = peer.events.findIndex(([type]) => type === "close");
        assert.equal(closed === -1 ? undefined : peer.events[closed]?.[1], connection.closeSent);
        assert.ok(closed === -1 || closed === peer.events.length - 1, "nothing behind a close frame");
      },
    ),
    { numRuns: 1000 },
  );
});

test("nothing but pongs follows a close frame on the wire, not even as bytes", () => {
  const { connection, sent } = make("server");
  connection.close();
  const close = sent();
  connection.receive(fromPeer("server", [0x89, "x"], [0x81, "y"]));
  seconds(connection, 0, 4);
  connection.drained();
  assert.deepEqual([close, sent()], [sentBy("server", [0x88, closeOf(1000)]), sentBy("server", [0x8a, "x"])]);
});

// The tools these tests stand on.

test("every chunking is made of the bytes, none of its pieces empty", () => {
  for (const length of [0, 1, 2, 10, 700]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i & 0xff);
    let count = 0;
    for (const { name, pieces } of chunkings(bytes)) {
      count++;
      assert.deepEqual(Buffer.concat(pieces), Buffer.from(bytes), name);
      assert.ok(
        pieces.every((piece) => piece.length > 0),
        name,
      );
    }
    assert.ok(count >= length / 2, `${count} of ${length}`);
  }
  assert.equal([...twoParts(new Uint8Array(10))].length, 9);
  assert.deepEqual(randomPieces(kib64, 5), randomPieces(kib64, 5));
});

test("bytes that are received are copied first, those of a Buffer too; a difference is told by its chunking", () => {
  const bytes = Buffer.from(fromPeer("server", [0x81, "abc"]));
  const before = toHex(bytes);
  assert.equal(receiveInEveryChunking(bytes, { role: "server" }).events.length, 1);
  assert.equal(toHex(bytes), before);
  assert.deepEqual(receiveInEveryChunking(new Uint8Array(0), { role: "server" }).events, []);
  const pings = fromPeer("server", [0x89], [0x89]);
  // Pings of one read count once: the one place where the cut matters, here with a limit that shows it.
  assert.throws(
    () => receiveInEveryChunking(pings, { role: "server", limits: { maxControlFrames: 1 } }),
    /chunking "byte by byte"/,
  );
});

test("a client cannot send prepared frames, which have no masking keys", () => {
  const { connection, sent } = make("client");
  assert.throws(() => connection.sendEncoded(encodeMessage("a")), { name: "LocalError", code: "ERR_MASK_REQUIRED" });
  assert.equal(sent(), "");
});

test("a ping is not answered any more when the transport was ended by whoever saw its frame", () => {
  const made: Made = make("server", { tap: () => made.connection.end() });
  made.connection.receive(fromPeer("server", [0x89, "x"]));
  assert.deepEqual([made.sent(), made.connection.state], ["", "endedAbnormal"]);
});
