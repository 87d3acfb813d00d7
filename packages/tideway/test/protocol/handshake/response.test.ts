import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { test } from "node:test";
import { LocalError } from "../../../dist/protocol/error.js";
import { refuse } from "../../../dist/protocol/handshake/refusal.js";
import { encodeAccept, encodeRefusal } from "../../../dist/protocol/handshake/response.js";
import { ACCEPT } from "./head-sample.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const throws = (work: () => unknown, code: string): void => {
  assert.throws(work, (error) => error instanceof LocalError && error.code === code);
};

test("H-01 the shortest 101, byte for byte", () => {
  assert.equal(
    text(encodeAccept({ accept: ACCEPT })),
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
  );
});

test("a 101 with everything, byte for byte", () => {
  assert.equal(
    text(
      encodeAccept({
        accept: ACCEPT,
        protocol: "chat",
        extensions: [{ name: "permessage-deflate", params: [["server_no_context_takeover", true]] }],
        headers: [
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=\u00e9"],
        ],
      }),
    ),
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
      "Sec-WebSocket-Protocol: chat\r\n" +
      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n" +
      "Set-Cookie: a=1\r\n" +
      "Set-Cookie: b=\u00e9\r\n\r\n",
  );
});

test("no agreed extension is no header line", () => {
  assert.deepEqual(
    encodeAccept({ accept: ACCEPT, protocol: undefined, extensions: [], headers: [] }),
    encodeAccept({ accept: ACCEPT }),
  );
});

for (const name of [
  "Upgrade",
  "connection",
  "Sec-WebSocket-Accept",
  "sec-websocket-protocol",
  "SEC-WEBSOCKET-EXTENSIONS",
  "Content-Length",
  "Transfer-Encoding",
]) {
  test(`an application cannot set ${name} in a 101`, () => {
    throws(() => encodeAccept({ accept: ACCEPT, headers: [[name, "0"]] }), "ERR_ARGUMENT_HEADER_RESERVED");
  });
}

for (const [name, options, code] of [
  ["H-46 value", { accept: ACCEPT, headers: [["X", "a\r\nb: c"]] }, "ERR_ARGUMENT_HEADER_VALUE"],
  ["H-46 name", { accept: ACCEPT, headers: [["X Y", "a"]] }, "ERR_ARGUMENT_HEADER_NAME"],
  ["H-45 protocol", { accept: ACCEPT, protocol: "a\r\nb: c" }, "ERR_ARGUMENT_SUBPROTOCOL"],
  ["extension", { accept: ACCEPT, extensions: [{ name: "a\r\nb", params: [] }] }, "ERR_ARGUMENT_EXTENSION"],
  ["accept", { accept: "a\r\nb" }, "ERR_ARGUMENT_HEADER_VALUE"],
] as const) {
  test(`a 101 is not written with a line end inside: ${name}`, () => throws(() => encodeAccept(options), code));
}

test("H-02 a refusal of the checks, byte for byte", () => {
  assert.equal(
    text(encodeRefusal(refuse("ERR_METHOD"))),
    "HTTP/1.1 405 Method Not Allowed\r\n" +
      "Allow: GET\r\n" +
      "Connection: close\r\n" +
      "Content-Length: 22\r\n" +
      "Content-Type: text/plain; charset=utf-8\r\n\r\n" +
      "the method must be GET",
  );
});

test("H-12 H-55 a 426 says version and Upgrade, and closes", () => {
  const response = text(encodeRefusal(refuse("ERR_VERSION")));
  assert.match(response, /^HTTP\/1\.1 426 Upgrade Required\r\n/);
  assert.match(response, /\r\nUpgrade: websocket\r\n/);
  assert.match(response, /\r\nSec-WebSocket-Version: 13\r\n/);
  assert.match(response, /\r\nConnection: close, Upgrade\r\n/);
});

for (const [name, options, expected] of [
  [
    "reason as default body",
    { status: 404 },
    "Content-Length: 9\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNot Found",
  ],
  [
    "bytes, not characters",
    { status: 400, message: "h\u00e9" },
    "Content-Length: 3\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nh\u00c3\u00a9",
  ],
  [
    "body before message",
    { status: 400, message: "m", body: "b" },
    "Content-Length: 1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nb",
  ],
  [
    "body of bytes",
    { status: 400, body: Uint8Array.of(0xff) },
    "Content-Length: 1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\u00ff",
  ],
  [
    "H-47 line ends in the body stay in the body",
    { status: 403, body: "a\r\n\r\nb" },
    "Content-Length: 6\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na\r\n\r\nb",
  ],
  ["empty body", { status: 403, body: "" }, "Content-Length: 0\r\n\r\n"],
  ["unknown status", { status: 499 }, "Content-Length: 0\r\n\r\n"],
  ["204 has no length", { status: 204 }, "Connection: close\r\n\r\n"],
  ["304 has no length", { status: 304 }, "Connection: close\r\n\r\n"],
  ["205 has length 0", { status: 205 }, "Content-Length: 0\r\n\r\n"],
  ["HEAD", { status: 405, headOnly: true }, "Content-Length: 18\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"],
  [
    "own type",
    { status: 400, body: "{}", headers: [["content-type", "application/json"]] },
    "content-type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
  ],
] as const) {
  test(`encodeRefusal: ${name}`, () => {
    const response = text(encodeRefusal(options));
    assert.ok(response.endsWith(`\r\n${expected}`), response);
    assert.match(response, /\r\nConnection: close\r\n/);
  });
}

test("an unknown status has an empty reason phrase", () => {
  assert.ok(text(encodeRefusal({ status: 499 })).startsWith("HTTP/1.1 499 \r\n"));
});

for (const [name, options, code] of [
  ["101", { status: 101 }, "ERR_ARGUMENT_STATUS"],
  ["199", { status: 199 }, "ERR_ARGUMENT_STATUS"],
  ["600", { status: 600 }, "ERR_ARGUMENT_STATUS"],
  ["400.5", { status: 400.5 }, "ERR_ARGUMENT_STATUS"],
  ["text", { status: "400\r\n" as unknown as number }, "ERR_ARGUMENT_STATUS"],
  ["204 with body", { status: 204, body: "x" }, "ERR_ARGUMENT_BODY"],
  ["205 with body", { status: 205, message: "x" }, "ERR_ARGUMENT_BODY"],
  ["304 with body", { status: 304, body: Uint8Array.of(1) }, "ERR_ARGUMENT_BODY"],
  ["H-47 value", { status: 400, headers: [["X", "a\nb"]] }, "ERR_ARGUMENT_HEADER_VALUE"],
  ["H-47 name", { status: 400, headers: [["X:", "a"]] }, "ERR_ARGUMENT_HEADER_NAME"],
  ["Connection", { status: 400, headers: [["connection", "keep-alive"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["Content-Length", { status: 400, headers: [["Content-Length", "9"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["Transfer-Encoding", { status: 400, headers: [["Transfer-Encoding", "chunked"]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
  ["accept", { status: 400, headers: [["Sec-WebSocket-Accept", ACCEPT]] }, "ERR_ARGUMENT_HEADER_RESERVED"],
] as const) {
  test(`encodeRefusal refuses: ${name}`, () => throws(() => encodeRefusal(options), code));
}

/** Those that a WebSocket server has reason to answer. */
const NAMED = [
  200, 204, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414,
  415, 417, 421, 422, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 511,
];
/** Renamed by RFC 9110; Node keeps the older names. */
const RENAMED = new Map([
  [413, "Content Too Large"],
  [422, "Unprocessable Content"],
]);

test("reason phrases are those of the registry, for any status from 200 to 599, or empty", () => {
  for (let status = 200; status <= 599; status++) {
    const reason = NAMED.includes(status) ? (RENAMED.get(status) ?? STATUS_CODES[status]) : "";
    const [line] = text(encodeRefusal({ status })).split("\r\n");
    assert.equal(line, `HTTP/1.1 ${status} ${reason}`);
  }
});
