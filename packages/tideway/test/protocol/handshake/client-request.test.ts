import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LocalError } from "../../../dist/protocol/error.js";
import { encodeRequest, type RequestOptions } from "../../../dist/protocol/handshake/client-request.js";
import { HeadParser } from "../../../dist/protocol/handshake/head-parser.js";
import { OriginPolicy } from "../../../dist/protocol/handshake/origin.js";
import { checkUpgradeRequest } from "../../../dist/protocol/handshake/request-check.js";
import { KEY } from "./head-sample.js";

const basic = { host: "server.example.com", target: "/chat", key: KEY };

test("the shortest request, byte for byte", () => {
  assert.equal(
    Buffer.from(encodeRequest(basic)).toString("latin1"),
    "GET /chat HTTP/1.1\r\n" +
      "Host: server.example.com\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Version: 13\r\n\r\n",
  );
});

test("the request of RFC 6455 §1.2 with everything, byte for byte", () => {
  assert.equal(
    Buffer.from(
      encodeRequest({
        ...basic,
        protocols: ["chat", "superchat"],
        extensions: [{ name: "permessage-deflate", params: [["client_max_window_bits", true]] }],
        origin: "http://example.com",
        headers: [["Authorization", "Bearer x"]],
      }),
    ).toString("latin1"),
    "GET /chat HTTP/1.1\r\n" +
      "Host: server.example.com\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Version: 13\r\n" +
      "Origin: http://example.com\r\n" +
      "Sec-WebSocket-Protocol: chat, superchat\r\n" +
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" +
      "Authorization: Bearer x\r\n\r\n",
  );
});

test("K-20 host with port, IPv6 literal, query; Origin among the headers", () => {
  for (const host of ["localhost:8080", "[::1]:8080", "127.0.0.1"]) encodeRequest({ ...basic, host });
  encodeRequest({ ...basic, target: '/?a="b"&c=%20|{}' });
  encodeRequest({ ...basic, headers: [["Origin", "null"]] });
});

const injected = "x\r\nEvil: 1";
for (const [name, change, code] of [
  ["K-06 host", { host: injected }, "ERR_ARGUMENT_HOST"],
  ["host empty", { host: "" }, "ERR_ARGUMENT_HOST"],
  ["host with userinfo", { host: "user@a" }, "ERR_ARGUMENT_HOST"],
  ["host no string", { host: undefined }, "ERR_ARGUMENT_HOST"],
  ["K-06 target", { target: `/${injected}` }, "ERR_ARGUMENT_TARGET"],
  ["K-06 target with LF at its end", { target: "/\n" }, "ERR_ARGUMENT_TARGET"],
  ["target with a space", { target: "/a b" }, "ERR_ARGUMENT_TARGET"],
  ["target beyond ASCII", { target: "/\u00e9" }, "ERR_ARGUMENT_TARGET"],
  ["K-20 target with a fragment", { target: "/a#b" }, "ERR_ARGUMENT_TARGET"],
  ["target empty", { target: "" }, "ERR_ARGUMENT_TARGET"],
  ["target absolute", { target: "http://a/" }, "ERR_ARGUMENT_TARGET"],
  ["target no string", { target: 1 }, "ERR_ARGUMENT_TARGET"],
  ["key", { key: "abc" }, "ERR_ARGUMENT_KEY"],
  ["key no string", { key: 1 }, "ERR_ARGUMENT_KEY"],
  ["K-06 protocol", { protocols: [injected] }, "ERR_ARGUMENT_SUBPROTOCOL"],
  ["protocol twice", { protocols: ["a", "a"] }, "ERR_ARGUMENT_SUBPROTOCOL"],
  ["K-06 extension", { extensions: [{ name: injected, params: [] }] }, "ERR_ARGUMENT_EXTENSION"],
  ["K-06 origin", { origin: injected }, "ERR_ARGUMENT_HEADER_VALUE"],
  ["K-06 header value", { headers: [["X", injected]] }, "ERR_ARGUMENT_HEADER_VALUE"],
  ["K-06 header name", { headers: [[injected, "x"]] }, "ERR_ARGUMENT_HEADER_NAME"],
  ["Host header", { headers: [["host", "a"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["Upgrade header", { headers: [["Upgrade", "h2c"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["Connection header", { headers: [["CONNECTION", "close"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["Content-Length header", { headers: [["Content-Length", "1"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["Transfer-Encoding header", { headers: [["transfer-encoding", "chunked"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["Sec-WebSocket-Key header", { headers: [["Sec-WebSocket-Key", KEY]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["Sec-WebSocket-Protocol header", { headers: [["sec-websocket-protocol", "a"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["two Origins", { origin: "http://a", headers: [["origin", "http://b"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
] as const) {
  test(`nothing is written for: ${name}`, () => {
    assert.throws(
      () => encodeRequest({ ...basic, ...change } as unknown as RequestOptions),
      (error) => error instanceof LocalError && error.code === code,
    );
  });
}

test("whatever is written is one request that our server accepts, or nothing is written", () => {
  const piece = fc.string({ unit: fc.constantFrom(..."ab/?:%#\r\n \t\0\u00e9"), maxLength: 6 });
  const policy = { origins: new OriginPolicy("any"), secure: false };
  fc.assert(
    fc.property(piece, piece, piece, piece, (tail, origin, name, value) => {
      let bytes: Uint8Array;
      try {
        bytes = encodeRequest({ ...basic, target: `/${tail}`, origin, headers: [[`x${name}`, value]] });
      } catch (error) {
        assert.ok(error instanceof LocalError);
        return;
      }
      const result = new HeadParser({ kind: "request" }).receive(bytes, 0, bytes.length);
      assert.ok(result?.ok && result.end === bytes.length && result.head.headers.lines === 7);
      assert.ok(checkUpgradeRequest(result.head, policy).ok);
    }),
    { numRuns: 2000 },
  );
});
