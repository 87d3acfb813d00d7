import assert from "node:assert/strict";
import { test } from "node:test";
import { AllowedHosts } from "../../../dist/protocol/handshake/allowed-host.js";
import { HeaderList } from "../../../dist/protocol/handshake/header-list.js";
import { headLimits, SERVER_HEAD_LIMITS } from "../../../dist/protocol/handshake/limit.js";
import { OriginPolicy } from "../../../dist/protocol/handshake/origin.js";
import { checkUpgradeRequest, type UpgradePolicy } from "../../../dist/protocol/handshake/request-check.js";
import { countReads } from "./count-reads.js";
import { type Change, KEY, requestHeaders } from "./head-sample.js";

const policy: UpgradePolicy = { origins: new OriginPolicy(), secure: false };

interface Line {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
}

const check = (changes: Change = {}, line: Line = {}, more: Partial<UpgradePolicy> = {}) =>
  checkUpgradeRequest(
    { method: "GET", target: "/chat", version: "1.1", ...line, headers: requestHeaders(changes) },
    { ...policy, ...more },
  );

test("H-01 the shortest request is accepted with all it says", () => {
  assert.deepEqual(check(), {
    ok: true,
    key: KEY,
    protocols: [],
    extensions: [],
    origin: undefined,
    host: "server.example.com",
    authority: { host: "server.example.com", port: undefined },
    target: "/chat",
    path: "/chat",
    query: undefined,
  });
});

test("a request with everything is accepted with all it says", () => {
  assert.deepEqual(
    check(
      {
        Host: ["App.example:8080"],
        Origin: ["http://app.example:8080"],
        "Sec-WebSocket-Protocol": ["a", "b"],
        "Sec-WebSocket-Extensions": ["x; y=1"],
      },
      { target: "//evil.example/chat?a=1?b" },
    ),
    {
      ok: true,
      key: KEY,
      protocols: ["a", "b"],
      extensions: [{ name: "x", params: [["y", "1"]] }],
      origin: "http://app.example:8080",
      host: "App.example:8080",
      authority: { host: "app.example", port: 8080 },
      target: "//evil.example/chat?a=1?b",
      path: "//evil.example/chat",
      query: "a=1?b",
    },
  );
});

for (const [name, changes, line] of [
  ["H-15 Upgrade is a list", { Upgrade: ["h2c, websocket"] }, {}],
  ["H-15 Upgrade in other case", { Upgrade: ["WebSocket"] }, {}],
  ["H-15 Upgrade on two lines", { Upgrade: ["h2c", "websocket"] }, {}],
  ["H-16 Connection is a list", { Connection: ["keep-alive, Upgrade"] }, {}],
  ["Connection on two lines", { Connection: ["keep-alive", "upgrade"] }, {}],
  ["H-50 Content-Length of a plain 0", { "Content-Length": ["0"] }, {}],
  ["H-63 Expect: 100-continue is passed over", { Expect: ["100-Continue"] }, {}],
  ["query only", {}, { target: "/?" }],
  ["target with all printable characters but #", {}, { target: "/!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~" }],
  ["H-42 names of the prototype", { constructor: ["x"], Cookie: ["__proto__=1"] }, { target: "/?__proto__[a]=1" }],
  ["H-41 extension named like the prototype", { "Sec-WebSocket-Extensions": ["constructor; __proto__=1"] }, {}],
  ["H-40 many offers", { "Sec-WebSocket-Extensions": ["a,".repeat(399).concat("a")] }, {}],
  ["O-03 no Origin", {}, {}],
  ["IPv6 Host", { Host: ["[::1]:80"] }, {}],
  ["64 lines", { "X-A": Array.from({ length: 59 }, () => "b") }, {}],
  ["2048 bytes of target", {}, { target: `/${"a".repeat(2047)}` }],
] as const) {
  test(`accepted: ${name}`, () => {
    const result = check(changes, line);
    assert.ok(result.ok, JSON.stringify(result));
  });
}

for (const [name, changes, line, status, code] of [
  ["H-02 POST", {}, { method: "POST" }, 405, "ERR_METHOD"],
  ["H-02 HEAD", {}, { method: "HEAD" }, 405, "ERR_METHOD"],
  ["H-02 PUT", {}, { method: "PUT" }, 405, "ERR_METHOD"],
  ["H-02 method in other case", {}, { method: "get" }, 405, "ERR_METHOD"],
  ["H-08 CONNECT", {}, { method: "CONNECT", target: "a:80" }, 405, "ERR_METHOD"],
  ["H-03 HTTP/1.0", {}, { version: "1.0" }, 426, "ERR_HTTP_VERSION_OLD"],
  ["H-04 HTTP/2.0", {}, { version: "2.0" }, 400, "ERR_HTTP_VERSION"],
  ["H-05 HTTP/1.2", {}, { version: "1.2" }, 400, "ERR_HTTP_VERSION"],
  ["HTTP/0.9", {}, { version: "0.9" }, 400, "ERR_HTTP_VERSION"],
  ["H-05 a blank before the colon", { "X-A ": ["b"] }, {}, 400, "ERR_HEADER_NAME"],
  ["H-05 a name with a blank", { "X A": ["b"] }, {}, 400, "ERR_HEADER_NAME"],
  ["H-05 an empty name", { "": ["b"] }, {}, 400, "ERR_HEADER_NAME"],
  ["H-06 no Host", { Host: [] }, {}, 400, "ERR_HOST"],
  ["H-06 empty Host", { Host: [""] }, {}, 400, "ERR_HOST"],
  ["H-06 two Hosts", { Host: ["a", "b"] }, {}, 400, "ERR_HOST"],
  ["H-06 the same Host twice", { Host: ["a", "a"] }, {}, 400, "ERR_HOST"],
  ["H-06 malformed Host", { Host: ["a, b"] }, {}, 400, "ERR_HOST"],
  ["Host beyond ASCII", { Host: ["b\u00fccher"] }, {}, 400, "ERR_HOST"],
  ["H-07 absolute-form", {}, { target: "http://evil/" }, 400, "ERR_TARGET"],
  ["H-07 asterisk", {}, { target: "*" }, 400, "ERR_TARGET"],
  ["empty target", {}, { target: "" }, 400, "ERR_TARGET"],
  ["target with a fragment", {}, { target: "/a#b" }, 400, "ERR_TARGET"],
  ["target with a space", {}, { target: "/a b" }, 400, "ERR_TARGET"],
  ["target beyond ASCII", {}, { target: "/\u00e9" }, 400, "ERR_TARGET"],
  ["target with a line end", {}, { target: "/\n" }, 400, "ERR_TARGET"],
  ["H-50 Content-Length: 5", { "Content-Length": ["5"] }, {}, 400, "ERR_BODY"],
  ["H-50 Content-Length: +0", { "Content-Length": ["+0"] }, {}, 400, "ERR_BODY"],
  ["H-50 Content-Length empty", { "Content-Length": [""] }, {}, 400, "ERR_BODY"],
  ["H-50 Content-Length: 00", { "Content-Length": ["00"] }, {}, 400, "ERR_BODY"],
  ["H-50 Content-Length twice", { "Content-Length": ["0", "0"] }, {}, 400, "ERR_BODY"],
  ["H-50 Content-Length joined", { "Content-Length": ["0, 5"] }, {}, 400, "ERR_BODY"],
  ["H-50 Transfer-Encoding", { "Transfer-Encoding": ["chunked"] }, {}, 400, "ERR_BODY"],
  ["H-50 Transfer-Encoding: identity", { "Transfer-Encoding": ["identity"] }, {}, 400, "ERR_BODY"],
  ["H-50 both", { "Transfer-Encoding": ["chunked"], "Content-Length": ["0"] }, {}, 400, "ERR_BODY"],
  ["H-63 another expectation", { Expect: ["200-ok"] }, {}, 417, "ERR_EXPECT"],
  ["H-63 two expectations", { Expect: ["100-continue, x"] }, {}, 417, "ERR_EXPECT"],
  ["H-17 no Upgrade", { Upgrade: [] }, {}, 426, "ERR_UPGRADE"],
  ["H-17 other Upgrade", { Upgrade: ["h2c"] }, {}, 426, "ERR_UPGRADE"],
  ["H-17 Upgrade with a version", { Upgrade: ["websocket/13"] }, {}, 426, "ERR_UPGRADE"],
  ["H-17 no Connection", { Connection: [] }, {}, 426, "ERR_CONNECTION"],
  ["H-17 other Connection", { Connection: ["keep-alive"] }, {}, 426, "ERR_CONNECTION"],
  ["H-12 version 12", { "Sec-WebSocket-Version": ["12"] }, {}, 426, "ERR_VERSION"],
  ["H-12 version 0", { "Sec-WebSocket-Version": ["0"] }, {}, 426, "ERR_VERSION"],
  ["H-12 version missing", { "Sec-WebSocket-Version": [] }, {}, 426, "ERR_VERSION"],
  ["H-12 version empty", { "Sec-WebSocket-Version": [""] }, {}, 426, "ERR_VERSION"],
  ["H-13 version 013", { "Sec-WebSocket-Version": ["013"] }, {}, 426, "ERR_VERSION"],
  ["H-13 version 0xd", { "Sec-WebSocket-Version": ["0xd"] }, {}, 426, "ERR_VERSION"],
  ["H-13 version 13.0", { "Sec-WebSocket-Version": ["13.0"] }, {}, 426, "ERR_VERSION"],
  ["H-13 version 1.3e1", { "Sec-WebSocket-Version": ["1.3e1"] }, {}, 426, "ERR_VERSION"],
  ["H-14 version joined", { "Sec-WebSocket-Version": ["13, 8"] }, {}, 400, "ERR_VERSION_DUPLICATE"],
  ["H-14 two versions", { "Sec-WebSocket-Version": ["13", "13"] }, {}, 400, "ERR_VERSION_DUPLICATE"],
  ["H-09 key missing", { "Sec-WebSocket-Key": [] }, {}, 400, "ERR_KEY"],
  ["H-09 key of 15 bytes", { "Sec-WebSocket-Key": [Buffer.alloc(15).toString("base64")] }, {}, 400, "ERR_KEY"],
  ["H-10 key not canonical", { "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZR=="] }, {}, 400, "ERR_KEY"],
  ["H-11 key joined", { "Sec-WebSocket-Key": [`${KEY}, ${KEY}`] }, {}, 400, "ERR_KEY"],
  ["H-11 the same key twice", { "Sec-WebSocket-Key": [KEY, KEY] }, {}, 400, "ERR_KEY_DUPLICATE"],
  ["H-11 two keys", { "Sec-WebSocket-Key": [KEY, "x"] }, {}, 400, "ERR_KEY_DUPLICATE"],
  ["H-35 protocols malformed", { "Sec-WebSocket-Protocol": ["a,,b"] }, {}, 400, "ERR_SUBPROTOCOL"],
  ["H-36 protocols too long", { "Sec-WebSocket-Protocol": ["a".repeat(1025)] }, {}, 400, "ERR_SUBPROTOCOL_LIMIT"],
  ["H-37 protocols beyond ASCII", { "Sec-WebSocket-Protocol": ["\u00e9"] }, {}, 400, "ERR_SUBPROTOCOL"],
  ["H-37 extensions beyond ASCII", { "Sec-WebSocket-Extensions": ["\u00e9"] }, {}, 400, "ERR_EXTENSIONS"],
  ["H-39 quote that is not closed", { "Sec-WebSocket-Extensions": ['a; b="c'] }, {}, 400, "ERR_EXTENSIONS"],
  ["O-01 O-02 foreign Origin", { Origin: ["http://evil.example"] }, {}, 403, "ERR_ORIGIN"],
  ["O-04 other scheme", { Origin: ["https://server.example.com"] }, {}, 403, "ERR_ORIGIN_SCHEME"],
  ["O-05 null", { Origin: ["null"] }, {}, 403, "ERR_ORIGIN_NULL"],
  ["O-06 malformed Origin", { Origin: ["http://["] }, {}, 403, "ERR_ORIGIN_MALFORMED"],
  ["O-06 empty Origin", { Origin: [""] }, {}, 403, "ERR_ORIGIN_MALFORMED"],
  ["O-07 Origins joined", { Origin: ["http://server.example.com, http://evil"] }, {}, 403, "ERR_ORIGIN_MALFORMED"],
  ["O-07 two Origins", { Origin: ["http://server.example.com", "http://evil"] }, {}, 400, "ERR_ORIGIN_DUPLICATE"],
  ["O-13 target as authority", { Origin: ["http://evil.example"] }, { target: "//evil.example/ws" }, 403, "ERR_ORIGIN"],
  ["O-14 forwarded headers", { "X-Forwarded-Host": ["evil"], Origin: ["http://evil"] }, {}, 403, "ERR_ORIGIN"],
  ["H-22 65 lines", { "X-A": Array.from({ length: 60 }, () => "b") }, {}, 431, "ERR_HEADER_LINES"],
  ["H-24 one name 1000 times", { A: Array.from({ length: 1000 }, () => "b") }, {}, 431, "ERR_HEADER_LINES"],
  ["H-20 long target", {}, { target: `/${"a".repeat(2048)}` }, 414, "ERR_TARGET_LENGTH"],
] as const) {
  test(`refused: ${name} gives ${status} ${code}`, () => {
    const result = check(changes, line);
    assert.ok(!result.ok);
    assert.equal(result.refusal.code, code);
    assert.equal(result.refusal.status, status);
    assert.deepEqual(Object.keys(result), ["ok", "refusal"], "nothing of the request comes with a refusal");
  });
}

test("H-23 a list from which the parser dropped lines is refused, not trusted", () => {
  const result = checkUpgradeRequest(
    { method: "GET", target: "/", version: "1.1", headers: HeaderList.fromRaw([]) },
    policy,
  );
  assert.ok(!result.ok && result.refusal.status === 400);
});

test("O-12 only the names this server answers to", () => {
  const hosts = new AllowedHosts(["localhost"]);
  const rebound = check({ Host: ["evil.example:8080"], Origin: ["http://evil.example:8080"] }, {}, { hosts });
  assert.ok(!rebound.ok && rebound.refusal.code === "ERR_HOST_NOT_ALLOWED" && rebound.refusal.status === 403);
  assert.ok(check({ Host: ["localhost:8080"], Origin: ["http://localhost:8080"] }, {}, { hosts }).ok);
});

test("O-04 secure says who we are", () => {
  const origin = { Origin: ["https://server.example.com"] };
  assert.ok(check(origin, {}, { secure: true }).ok);
  assert.ok(!check(origin, {}, { secure: false }).ok);
});

test("limits can be set", () => {
  const limits = headLimits({ maxTargetBytes: 5, maxHeaderLines: 5 }, SERVER_HEAD_LIMITS);
  assert.ok(check({}, {}, { limits }).ok);
  for (const result of [check({ X: ["y"] }, {}, { limits }), check({}, { target: "/chat2" }, { limits })]) {
    assert.ok(!result.ok && [431, 414].includes(result.refusal.status));
  }
});

/** Breaks every step at once, then mends one after the other: each refusal is the one of the next step. */
test("the order of the checks is the documented one", () => {
  const steps: readonly [code: string, broken: Change, line: Line][] = [
    ["ERR_HEADER_LINES", { X: Array.from({ length: 80 }, () => "y") }, {}],
    ["ERR_TARGET_LENGTH", {}, { target: "a".repeat(3000) }],
    ["ERR_HTTP_VERSION_OLD", {}, { version: "1.0" }],
    ["ERR_METHOD", {}, { method: "POST" }],
    ["ERR_HOST", { Host: [] }, {}],
    ["ERR_TARGET", {}, { target: "*" }],
    ["ERR_BODY", { "Content-Length": ["5"] }, {}],
    ["ERR_EXPECT", { Expect: ["x"] }, {}],
    ["ERR_UPGRADE", { Upgrade: [] }, {}],
    ["ERR_CONNECTION", { Connection: [] }, {}],
    ["ERR_VERSION", { "Sec-WebSocket-Version": ["8"] }, {}],
    ["ERR_KEY", { "Sec-WebSocket-Key": ["x"] }, {}],
    ["ERR_SUBPROTOCOL", { "Sec-WebSocket-Protocol": [","] }, {}],
    ["ERR_EXTENSIONS", { "Sec-WebSocket-Extensions": [","] }, {}],
    ["ERR_ORIGIN", { Origin: ["http://evil.example"] }, {}],
  ];
  for (const [i, [code]] of steps.entries()) {
    const broken = steps.slice(i).reverse();
    const changes = Object.assign({}, ...broken.map(([, change]) => change)) as Change;
    const line = Object.assign({}, ...broken.map(([, , part]) => part)) as Line;
    const result = check(changes, line);
    assert.equal(result.ok ? "ok" : result.refusal.code, code);
  }
});

for (const name of [
  "Connection",
  "Upgrade",
  "Cookie",
  "Origin",
  "Sec-WebSocket-Protocol",
  "Sec-WebSocket-Extensions",
]) {
  for (const [shape, value] of [
    ["spaces", `b${" ".repeat(7900)}x`],
    ["tabs", `b${"\t".repeat(7900)}x`],
    ["commas", ",".repeat(7900)],
  ] as const) {
    test(`H-38 ${shape} in ${name} are looked at a fixed number of times`, () => {
      const reads = countReads(() => check({ [name]: [value] }));
      assert.ok(reads <= 4 * value.length + 5000, `${reads} reads`);
    });
  }
}
