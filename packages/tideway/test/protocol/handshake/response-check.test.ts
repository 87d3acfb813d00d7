import assert from "node:assert/strict";
import { test } from "node:test";
import { HeadParser } from "../../../dist/protocol/handshake/head-parser.js";
import { encodeAccept } from "../../../dist/protocol/handshake/response.js";
import {
  checkUpgradeResponse,
  isInterim,
  type ResponseExpectation,
} from "../../../dist/protocol/handshake/response-check.js";
import { ACCEPT, type Change, responseHeaders } from "./head-sample.js";

const check = (changes: Change, expectation: Partial<ResponseExpectation> = {}, status = 101, version = "1.1") =>
  checkUpgradeResponse(
    { version, status, reason: "", headers: responseHeaders(changes) },
    { accept: ACCEPT, ...expectation },
  );

const offered = { protocols: ["chat", "superchat"], extensions: ["permessage-deflate", "x-other"] };
const anyProtocol = { ...offered, requireProtocol: false };

for (const [name, changes, expectation, protocol, extensions] of [
  ["shortest", {}, {}, undefined, []],
  ["case of Upgrade and Connection", { Upgrade: ["WebSocket"], Connection: ["upgrade"] }, {}, undefined, []],
  ["Connection is a list", { Connection: ["keep-alive, Upgrade"] }, {}, undefined, []],
  ["Connection on two lines", { Connection: ["keep-alive", "Upgrade"] }, {}, undefined, []],
  ["chosen protocol", { "Sec-WebSocket-Protocol": ["superchat"] }, offered, "superchat", []],
  ["no protocol, where that is allowed", {}, anyProtocol, undefined, []],
  [
    "chosen extension",
    { "Sec-WebSocket-Extensions": ["permessage-deflate; server_max_window_bits=10"] },
    anyProtocol,
    undefined,
    [{ name: "permessage-deflate", params: [["server_max_window_bits", "10"]] }],
  ],
  ["other headers", { Server: ["x"], __proto__x: ["y"] }, {}, undefined, []],
] as const) {
  test(`checkUpgradeResponse: ${name}`, () => {
    assert.deepEqual(check(changes, expectation), { ok: true, protocol, extensions });
  });
}

const tooMany = `permessage-deflate${", permessage-deflate".repeat(8)}`;
for (const [name, changes, expectation, code] of [
  ["K-03 wrong Accept", { "Sec-WebSocket-Accept": ["s3pPLMBiTxaQ9kYGzzhZRbK+xOp="] }, {}, "ERR_RESPONSE_ACCEPT"],
  ["K-03 Accept in other case", { "Sec-WebSocket-Accept": [ACCEPT.toLowerCase()] }, {}, "ERR_RESPONSE_ACCEPT"],
  ["K-03 Accept missing", { "Sec-WebSocket-Accept": [] }, {}, "ERR_RESPONSE_ACCEPT"],
  ["K-03 Accept empty", { "Sec-WebSocket-Accept": [""] }, {}, "ERR_RESPONSE_ACCEPT"],
  ["K-03 Accept twice", { "Sec-WebSocket-Accept": [ACCEPT, ACCEPT] }, {}, "ERR_RESPONSE_ACCEPT"],
  ["K-03 Accept joined", { "Sec-WebSocket-Accept": [`${ACCEPT}, ${ACCEPT}`] }, {}, "ERR_RESPONSE_ACCEPT"],
  ["K-03 Connection missing", { Connection: [] }, {}, "ERR_RESPONSE_CONNECTION"],
  ["K-03 Connection without Upgrade", { Connection: ["close"] }, {}, "ERR_RESPONSE_CONNECTION"],
  ["K-03 Upgrade missing", { Upgrade: [] }, {}, "ERR_RESPONSE_UPGRADE"],
  ["K-03 Upgrade to something else", { Upgrade: ["h2c"] }, {}, "ERR_RESPONSE_UPGRADE"],
  ["K-03 Upgrade is a list", { Upgrade: ["websocket, h2c"] }, {}, "ERR_RESPONSE_UPGRADE"],
  ["K-03 Upgrade twice", { Upgrade: ["websocket", "websocket"] }, {}, "ERR_RESPONSE_UPGRADE"],
  ["K-04 unasked protocol", { "Sec-WebSocket-Protocol": ["chat"] }, {}, "ERR_RESPONSE_PROTOCOL"],
  ["K-04 other protocol", { "Sec-WebSocket-Protocol": ["Chat"] }, offered, "ERR_RESPONSE_PROTOCOL"],
  ["K-04 two protocols", { "Sec-WebSocket-Protocol": ["chat, superchat"] }, offered, "ERR_RESPONSE_PROTOCOL"],
  ["K-04 two protocol lines", { "Sec-WebSocket-Protocol": ["chat", "chat"] }, offered, "ERR_RESPONSE_PROTOCOL"],
  ["K-04 empty protocol", { "Sec-WebSocket-Protocol": [""] }, offered, "ERR_RESPONSE_PROTOCOL"],
  ["K-05 protocol beyond ASCII", { "Sec-WebSocket-Protocol": ["ch\u00e4t"] }, offered, "ERR_RESPONSE_PROTOCOL"],
  ["no protocol of those offered", {}, offered, "ERR_RESPONSE_PROTOCOL_MISSING"],
  ["not the only protocol offered", {}, { protocols: ["chat"] }, "ERR_RESPONSE_PROTOCOL_MISSING"],
  ["K-04 unasked extension", { "Sec-WebSocket-Extensions": ["permessage-deflate"] }, {}, "ERR_RESPONSE_EXTENSION"],
  ["K-04 one unasked of two", { "Sec-WebSocket-Extensions": ["x-other, x-evil"] }, offered, "ERR_RESPONSE_EXTENSION"],
  ["K-04 name of the prototype", { "Sec-WebSocket-Extensions": ["constructor"] }, offered, "ERR_RESPONSE_EXTENSION"],
  [
    "K-04 two extension lines",
    { "Sec-WebSocket-Extensions": ["x-other", "x-other"] },
    offered,
    "ERR_RESPONSE_EXTENSIONS",
  ],
  ["K-05 extension beyond ASCII", { "Sec-WebSocket-Extensions": ["x-\u00e9"] }, offered, "ERR_RESPONSE_EXTENSIONS"],
  ["extension header empty", { "Sec-WebSocket-Extensions": [""] }, offered, "ERR_RESPONSE_EXTENSIONS"],
  ["more extensions than are read", { "Sec-WebSocket-Extensions": [tooMany] }, offered, "ERR_RESPONSE_EXTENSIONS"],
] as const) {
  test(`checkUpgradeResponse fails: ${name}`, () => {
    const result = check(changes, expectation);
    assert.ok(!result.ok);
    assert.equal(result.failure.code, code);
    assert.equal(result.failure.status, undefined);
    assert.match(result.failure.message, /^[\x20-\x7e]+$/);
  });
}

for (const status of [100, 103, 200, 204, 301, 401, 407, 426, 503]) {
  test(`K-03 status ${status} is no upgrade, and is told`, () => {
    assert.deepEqual(check({}, {}, status), {
      ok: false,
      failure: { code: "ERR_RESPONSE_STATUS", message: `the server did not answer 101 but ${status}`, status },
    });
  });
}

for (const version of ["1.0", "2.0", "1.2"]) {
  test(`a response of HTTP/${version} is no upgrade`, () => {
    const result = check({}, {}, 101, version);
    assert.ok(!result.ok && result.failure.code === "ERR_RESPONSE_VERSION" && result.failure.status === undefined);
  });
}

test("what our server writes, our client accepts", () => {
  const extensions = [{ name: "permessage-deflate", params: [["client_max_window_bits", "12"] as const] }];
  const bytes = encodeAccept({ accept: ACCEPT, protocol: "chat", extensions });
  const result = new HeadParser({ kind: "response" }).receive(bytes, 0, bytes.length);
  assert.ok(result?.ok && result.end === bytes.length);
  assert.deepEqual(checkUpgradeResponse(result.head, { accept: ACCEPT, ...offered }), {
    ok: true,
    protocol: "chat",
    extensions,
  });
});

test("RFC 9110 §15.2: an answer of 1xx is interim, but 101, and but what no server of HTTP/1.1 says", () => {
  const interim = (status: number, version = "1.1") =>
    isInterim({ version, status, reason: "", headers: responseHeaders({}) });
  assert.deepEqual(
    [100, 102, 103, 199].map((status) => interim(status)),
    [true, true, true, true],
  );
  assert.deepEqual(
    [99, 101, 200].map((status) => interim(status)),
    [false, false, false],
  );
  assert.deepEqual(
    ["1.0", "1.2", "2"].map((version) => interim(103, version)),
    [false, false, false],
  );
});
