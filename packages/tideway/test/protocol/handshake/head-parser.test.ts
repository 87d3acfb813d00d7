import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LocalError } from "../../../dist/protocol/error.js";
import { HeadParser } from "../../../dist/protocol/handshake/head-parser.js";
import { HANDSHAKE_CODES } from "../../../dist/protocol/handshake/refusal.js";
import { headText, latin1, type Outcome, parse, requestHeaders, responseHeaders } from "./head-sample.js";

const request = headText("GET /chat HTTP/1.1", requestHeaders());
const response = headText("HTTP/1.1 101 Switching Protocols", responseHeaders());
const get = (lines: string): string => `GET / HTTP/1.1\r\n${lines}\r\n`;

test("H-01 a request is read with all it says, and the rest is left", () => {
  const text = 'GET /a?b HTTP/1.1\r\nHost: \t x.y \t\r\nX-Empty:\r\nX-Raw:a "b\u00e9\u0080\r\n\r\n\x81\x05';
  assert.deepEqual(parse("request", latin1(text)), {
    head: {
      method: "GET",
      target: "/a?b",
      version: "1.1",
      headers: [
        ["Host", "x.y"],
        ["X-Empty", ""],
        ["X-Raw", 'a "b\u00e9\u0080'],
      ],
    },
    end: text.length - 2,
  });
});

test("a response is read with all it says, and the rest is left", () => {
  const text = "HTTP/1.1 101 Switching\tProtoc\u00f6ls\r\nUpgrade: websocket\r\n\r\n\x81";
  assert.deepEqual(parse("response", latin1(text)), {
    head: { version: "1.1", status: 101, reason: "Switching\tProtoc\u00f6ls", headers: [["Upgrade", "websocket"]] },
    end: text.length - 1,
  });
});

for (const [name, kind, text, expected] of [
  ["no header lines", "request", "GET / HTTP/1.1\r\n\r\n", { method: "GET", target: "/", version: "1.1" }],
  ["H-51 one empty line before", "request", "\r\nGET / HTTP/1.1\r\n\r\n", { method: "GET" }],
  ["H-07 other forms of target", "request", "CONNECT a:80 HTTP/1.1\r\n\r\n", { target: "a:80" }],
  ["H-07 asterisk", "request", "OPTIONS * HTTP/1.1\r\n\r\n", { target: "*" }],
  ["H-04 other version", "request", "GET / HTTP/2.0\r\n\r\n", { version: "2.0" }],
  ["method of 24 bytes", "request", `${"M".repeat(24)} / HTTP/1.1\r\n\r\n`, { method: "M".repeat(24) }],
  ["token method", "request", "M-SEARCH / HTTP/1.1\r\n\r\n", { method: "M-SEARCH" }],
  ["empty reason", "response", "HTTP/1.1 200 \r\n\r\n", { status: 200, reason: "" }],
  ["no reason and no space", "response", "HTTP/1.1 204\r\n\r\n", { status: 204, reason: "" }],
  ["old version", "response", "HTTP/1.0 999 x\r\n\r\n", { version: "1.0", status: 999 }],
] as const) {
  test(`accepted: ${name}`, () => {
    const result = parse(kind, latin1(text));
    assert.ok(result?.head, JSON.stringify(result));
    for (const [field, value] of Object.entries(expected)) assert.equal(result.head[field], value);
    assert.equal(result.end, text.length);
  });
}

const tls = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

/** The text, the code, and the index of the byte at which it must be known. */
for (const [name, kind, text, code, at] of [
  ["H-64 TLS ClientHello", "request", tls, "ERR_REQUEST_LINE", 0],
  ["H-64 TLS ClientHello", "response", tls, "ERR_STATUS_LINE", 0],
  ["H-64 SSH banner", "request", "SSH-2.0-OpenSSH_9.2p1\r\n", "ERR_REQUEST_LINE", 9],
  ["H-64 SSH banner", "response", "SSH-2.0-OpenSSH_9.2p1\r\n", "ERR_STATUS_LINE", 0],
  ["SMTP banner", "response", "220 mail\r\n", "ERR_STATUS_LINE", 0],
  ["H-51 NUL first", "request", "\0GET / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 0],
  ["H-51 SOH first", "request", "\x01GET / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 0],
  ["H-51 two empty lines", "request", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 2],
  ["H-51 LF first", "request", "\nGET / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 0],
  ["H-51 CR without LF first", "request", "\rGET / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 1],
  ["space first", "request", " GET / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 0],
  ["H-51 empty line before a response", "response", "\r\nHTTP/1.1 101 x\r\n\r\n", "ERR_STATUS_LINE", 0],
  ["H-05 lower-case method", "request", "get / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 0],
  ["method with a separator", "request", "G@T / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 1],
  ["method of 25 bytes", "request", `${"M".repeat(25)} / HTTP/1.1\r\n\r\n`, "ERR_METHOD_LENGTH", 24],
  ["two spaces before the target", "request", "GET  / HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 4],
  ["two spaces after the target", "request", "GET /  HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 6],
  ["tab for a space", "request", "GET\t/ HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 3],
  ["HTTP/0.9", "request", "GET /\r\n", "ERR_REQUEST_LINE", 5],
  ["NUL in the target", "request", "GET /\0 HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 5],
  ["DEL in the target", "request", "GET /\x7f HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 5],
  ["target beyond ASCII", "request", "GET /\u00e9 HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 5],
  ["fragment in the target", "request", "GET /# HTTP/1.1\r\n\r\n", "ERR_REQUEST_LINE", 5],
  ["lower-case HTTP", "request", "GET / http/1.1\r\n\r\n", "ERR_REQUEST_LINE", 6],
  ["version of one digit", "request", "GET / HTTP/2\r\n\r\n", "ERR_REQUEST_LINE", 12],
  ["version of two digits", "request", "GET / HTTP/1.10\r\n\r\n", "ERR_REQUEST_LINE", 14],
  ["version of a letter", "request", "GET / HTTP/1.x\r\n\r\n", "ERR_REQUEST_LINE", 13],
  ["space after the version", "request", "GET / HTTP/1.1 \r\n\r\n", "ERR_REQUEST_LINE", 14],
  ["H-05 bare LF after the version", "request", "GET / HTTP/1.1\n\n", "ERR_LINE_END", 14],
  ["H-05 bare CR after the version", "request", "GET / HTTP/1.1\r\r\n", "ERR_LINE_END", 15],
  ["H-05 bare LF after a value", "request", get("A: b\n"), "ERR_LINE_END", 20],
  ["H-05 bare CR in a value", "request", get("A: b\rc\r\n"), "ERR_LINE_END", 21],
  ["H-05 bare LF as the empty line", "request", get("A: b\r\n\n"), "ERR_LINE_END", 22],
  ["bare CR as the empty line", "request", get("A: b\r\n\rx"), "ERR_LINE_END", 23],
  ["H-05 obs-fold", "request", get("A: b\r\n c\r\n"), "ERR_OBS_FOLD", 22],
  ["H-05 obs-fold with a tab", "request", get("A: b\r\n\tc\r\n"), "ERR_OBS_FOLD", 22],
  ["space before the first line", "request", get(" A: b\r\n"), "ERR_OBS_FOLD", 16],
  ["H-05 space before the colon", "request", get("A : b\r\n"), "ERR_HEADER_NAME", 17],
  ["H-05 tab before the colon", "request", get("A\t: b\r\n"), "ERR_HEADER_NAME", 17],
  ["H-05 empty name", "request", get(": b\r\n"), "ERR_HEADER_NAME", 16],
  ["no colon", "request", get("A\r\n"), "ERR_HEADER_NAME", 17],
  ["name with a separator", "request", get("A(: b\r\n"), "ERR_HEADER_NAME", 17],
  ["name beyond ASCII", "request", get("\u00c4: b\r\n"), "ERR_HEADER_NAME", 16],
  ["NUL in a name", "request", get("A\0: b\r\n"), "ERR_HEADER_NAME", 17],
  ["H-05 NUL in a value", "request", get("A: \0\r\n"), "ERR_HEADER_VALUE", 19],
  ["H-05 0x01 in a value", "request", get("A: \x01\r\n"), "ERR_HEADER_VALUE", 19],
  ["DEL in a value", "request", get("A: \x7f\r\n"), "ERR_HEADER_VALUE", 19],
  ["K-05 NUL in a value", "response", "HTTP/1.1 101 x\r\nA: \0\r\n\r\n", "ERR_HEADER_VALUE", 19],
  ["status of two digits", "response", "HTTP/1.1 10 x\r\n\r\n", "ERR_STATUS_LINE", 11],
  ["status of four digits", "response", "HTTP/1.1 1010 x\r\n\r\n", "ERR_STATUS_LINE", 12],
  ["status below 100", "response", "HTTP/1.1 099 x\r\n\r\n", "ERR_STATUS_LINE", 9],
  ["status of letters", "response", "HTTP/1.1 1a1 x\r\n\r\n", "ERR_STATUS_LINE", 10],
  ["status missing", "response", "HTTP/1.1\r\n\r\n", "ERR_STATUS_LINE", 8],
  ["bare LF after the status", "response", "HTTP/1.1 101\n", "ERR_LINE_END", 12],
  ["bare LF after the reason", "response", "HTTP/1.1 101 x\n", "ERR_LINE_END", 14],
  ["NUL in the reason", "response", "HTTP/1.1 101 \0\r\n", "ERR_STATUS_LINE", 13],
  ["version malformed", "response", "HTTP/1,1 101 x\r\n", "ERR_STATUS_LINE", 6],
] as const) {
  test(`refused at byte ${at}: ${kind}, ${name}`, () => {
    const bytes = latin1(text);
    assert.equal(parse(kind, bytes.subarray(0, at)), undefined);
    assert.deepEqual(parse(kind, bytes.subarray(0, at + 1)), { code, status: HANDSHAKE_CODES[code].status });
  });
}

test("H-20 the target has a limit, to the byte", () => {
  const make = (length: number): Uint8Array => latin1(`GET /${"a".repeat(length - 1)} HTTP/1.1\r\n\r\n`);
  assert.ok(parse("request", make(2048))?.head);
  assert.deepEqual(parse("request", make(2049)), { code: "ERR_TARGET_LENGTH", status: 414 });
  assert.equal(parse("request", make(10).subarray(0, 9), [], { maxTargetBytes: 5 }), undefined);
  assert.equal(parse("request", make(10).subarray(0, 10), [], { maxTargetBytes: 5 })?.code, "ERR_TARGET_LENGTH");
});

test("H-20 H-21 the head has a limit, to the byte, for each kind", () => {
  for (const [kind, limit] of [
    ["request", 8192],
    ["response", 16384],
  ] as const) {
    const start = kind === "request" ? "GET / HTTP/1.1\r\nA: " : "HTTP/1.1 101 x\r\nA: ";
    const make = (length: number): Uint8Array => latin1(`${start}${"b".repeat(length - start.length - 4)}\r\n\r\n`);
    assert.equal(parse(kind, make(limit))?.end, limit);
    assert.deepEqual(parse(kind, make(limit + 1)), { code: "ERR_HEAD_LENGTH", status: 431 });
    assert.deepEqual(parse(kind, make(65_536)), { code: "ERR_HEAD_LENGTH", status: 431 });
    assert.equal(parse(kind, make(65_536).subarray(0, limit)), undefined);
  }
  assert.equal(parse("request", latin1(request), [], { maxHeadBytes: request.length })?.end, request.length);
  assert.equal(parse("request", latin1(request), [], { maxHeadBytes: request.length - 1 })?.code, "ERR_HEAD_LENGTH");
  assert.ok(parse("request", latin1(get(`A: ${"b".repeat(99_999)}\r\n`)), [], { maxHeadBytes: Infinity })?.head);
});

test("H-22 H-24 lines are counted, to the line, distinct or not, for each kind", () => {
  for (const [kind, limit, first] of [
    ["request", 64, "GET / HTTP/1.1"],
    ["response", 128, "HTTP/1.1 101 x"],
  ] as const) {
    const same = (count: number): Uint8Array => latin1(`${first}\r\n${"A: b\r\n".repeat(count)}\r\n`);
    const other = Array.from({ length: limit + 1 }, (_, i) => `A${i}: b\r\n`).join("");
    assert.deepEqual(parse(kind, same(limit))?.head?.["headers"], Array(limit).fill(["A", "b"]));
    assert.deepEqual(parse(kind, same(limit + 1)), { code: "ERR_HEADER_LINES", status: 431 });
    assert.equal(parse(kind, latin1(`${first}\r\n${other}\r\n`))?.code, "ERR_HEADER_LINES");
  }
  assert.equal(parse("request", latin1(get("A: b\r\nC: d\r\n")), [], { maxHeaderLines: 1 })?.code, "ERR_HEADER_LINES");
  assert.ok(parse("request", latin1(get("A: b\r\n")), [], { maxHeaderLines: 1 })?.head);
});

test("a wrong limit is an error at construction", () => {
  assert.throws(
    () => new HeadParser({ kind: "request", maxHeadBytes: 0 }),
    (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_LIMIT",
  );
});

test("offsets are those of the given buffer", () => {
  const padded = latin1(`xxx${request}yyy`);
  const parser = new HeadParser({ kind: "request" });
  assert.equal(parser.receive(padded, 3, 20), undefined);
  assert.equal(parser.receive(padded, 20, 20), undefined);
  const result = parser.receive(padded, 20, padded.length);
  assert.ok(result?.ok);
  assert.equal(result.end, 3 + request.length);
});

test("nothing of the given buffer is kept", () => {
  const parser = new HeadParser({ kind: "request" });
  const shared = new Uint8Array(1);
  let last: ReturnType<typeof parser.receive>;
  for (const byte of latin1(request)) {
    shared[0] = byte;
    last = parser.receive(shared, 0, 1);
    shared[0] = 0;
  }
  assert.ok(last?.ok && last.head.target === "/chat");
});

test("a refusal is final; behind a head there are no more bytes for the parser", () => {
  const failed = new HeadParser({ kind: "request" });
  const first = failed.receive(latin1("\0"), 0, 1);
  assert.deepEqual(failed.receive(latin1(request), 0, request.length), first);
  assert.deepEqual(failed.receive(latin1(""), 0, 0), first);

  const done = new HeadParser({ kind: "request" });
  assert.ok(done.receive(latin1(request), 0, request.length)?.ok);
  assert.throws(
    () => done.receive(latin1("x"), 0, 1),
    (error) => error instanceof LocalError && error.code === "ERR_HEAD_COMPLETE",
  );
});

for (const [name, kind, text] of [
  ["valid request", "request", `${request}\x81\x80abcd`],
  ["valid request after an empty line", "request", `\r\n${request}`],
  ["valid response", "response", `${response}\x81\x00`],
  ["response without reason", "response", "HTTP/1.1 101\r\nA: b\r\n\r\n\x81"],
  ["incomplete request", "request", request.slice(0, -1)],
  ["bad method", "request", request.replace("GET", "GeT")],
  ["bad version", "request", request.replace("HTTP/1.1", "HTTP/1.z")],
  ["bare LF", "request", request.replaceAll("\r\n", "\n")],
  ["obs-fold", "request", request.replace("Connection", " Connection")],
  ["control byte", "request", request.replace("websocket", "web\0socket")],
  ["bad status", "response", response.replace("101", "1O1")],
  ["pipelined requests (H-53)", "request", request + request],
] as const) {
  test(`H-30 the same result however the bytes are cut: ${name}`, () => {
    const bytes = latin1(text);
    const whole = parse(kind, bytes);
    const every = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1);
    assert.deepEqual(parse(kind, bytes, every), whole);
    for (const cut of every) assert.deepEqual(parse(kind, bytes, [cut]), whole, `cut at ${cut}`);
  });
}

test("H-26 each byte is read once, whatever the size of the pieces", () => {
  const bytes = latin1(`GET / HTTP/1.1\r\nA: ${"b".repeat(8000)}\r\n\r\n`);
  for (const size of [1, 7, bytes.length]) {
    let reads = 0;
    const counted = new Proxy(bytes, {
      get(target, name) {
        if (typeof name === "string" && /^\d+$/.test(name)) reads++;
        return Reflect.get(target, name) as unknown;
      },
    });
    const parser = new HeadParser({ kind: "request" });
    let result: ReturnType<typeof parser.receive>;
    for (let i = 0; i < bytes.length; i += size) {
      result = parser.receive(counted, i, Math.min(i + size, bytes.length));
    }
    assert.ok(result?.ok);
    assert.equal(reads, bytes.length);
  }
});

const documented = new Set<string>(Object.keys(HANDSHAKE_CODES));
const isDocumented = (result: Outcome | undefined): boolean =>
  result === undefined || result.head !== undefined || documented.has(result.code!);

test("any bytes give a head, a documented refusal or the wish for more; never throw", () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc
      .array(fc.constantFrom("GET ", "/", " HTTP/1.1", "\r\n", "A", ":", " b", "\t", "\0", "\u00e9", "HTTP/1.1 101"))
      .map((parts) => latin1(parts.join(""))),
  );
  fc.assert(
    fc.property(fc.constantFrom("request" as const, "response" as const), any, (kind, bytes) => {
      assert.ok(isDocumented(parse(kind, bytes)));
    }),
    { numRuns: 3000 },
  );
});

test("a request with some bytes changed gives a head or a documented refusal, however it is cut", () => {
  const valid = latin1(request);
  const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(valid.length), { maxLength: 4 }),
      (changes, cuts) => {
        const bytes = Uint8Array.from(valid);
        for (const [index, value] of changes) bytes[index] = value;
        const whole = parse("request", bytes);
        assert.ok(isDocumented(whole));
        assert.deepEqual(
          parse(
            "request",
            bytes,
            cuts.sort((a, b) => a - b),
          ),
          whole,
        );
      },
    ),
    { numRuns: 3000 },
  );
});

test("a method may be one letter; no lower-case letter is in one, the marks around them are", () => {
  assert.equal(parse("request", latin1("A / HTTP/1.1\r\n\r\n"))?.head?.["method"], "A");
  for (const letter of "abcdefghijklmnopqrstuvwxyz") {
    assert.equal(parse("request", latin1(`G${letter} / HTTP/1.1\r\n\r\n`))?.code, "ERR_REQUEST_LINE", letter);
  }
  assert.equal(parse("request", latin1("G` / HTTP/1.1\r\n\r\n"))?.head?.["method"], "G`");
});

test("the character behind 9 is no digit", () => {
  assert.equal(parse("request", latin1("GET / HTTP/1.:\r\n\r\n"))?.code, "ERR_REQUEST_LINE");
  assert.equal(parse("response", latin1("HTTP/1.1 10: x\r\n\r\n"))?.code, "ERR_STATUS_LINE");
});

test("fields of any length come out byte by byte as they went in, however often they had to be given more room", () => {
  for (const length of [255, 256, 257, 511, 512, 513, 1025, 2000]) {
    const long = Array.from({ length }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
    const text = headText(`GET /${long.slice(1)} HTTP/1.1`, requestHeaders({ "X-Long": [long], "X-Short": ["s"] }));
    const head = parse("request", latin1(text))?.head ?? {};
    assert.equal(head["target"], `/${long.slice(1)}`);
    assert.deepEqual([...(head["headers"] as Iterable<unknown>)].slice(-2), [
      ["X-Long", long],
      ["X-Short", "s"],
    ]);
  }
});
