import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { connect } from "../../../dist/node/client/connect.js";
import { HandshakeError } from "../../../dist/node/client/handshake-error.js";
import { CLOSE, frame, RawPeer, rawServer, TEXT } from "./raw-server.js";

interface Fault {
  readonly name: string;
  /** What is answered, given a correct 101. */
  readonly answer: (right: string) => string;
  readonly code: string;
  readonly says?: RegExp;
  readonly protocols?: readonly string[];
}

const withLine = (line: string) => (right: string) => right.replace("\r\n\r\n", `\r\n${line}\r\n\r\n`);
const without = (name: string) => (right: string) => right.replace(new RegExp(`${name}: [^\r]*\r\n`), "");
const http =
  (status: string, lines = "") =>
  () =>
    `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n${lines}\r\n`;

const faults: readonly Fault[] = [
  {
    name: "K-03 accept is wrong",
    answer: (right) => right.replace(/Accept: ./, "Accept: ?"),
    code: "ERR_RESPONSE_ACCEPT",
  },
  { name: "K-03 accept is missing", answer: without("Sec-WebSocket-Accept"), code: "ERR_RESPONSE_ACCEPT" },
  {
    name: "K-03 accept twice",
    answer: (right) => right.replace(/(Sec-WebSocket-Accept: .*\r\n)/, "$1$1"),
    code: "ERR_RESPONSE_ACCEPT",
  },
  { name: "K-03 no Upgrade", answer: without("Upgrade"), code: "ERR_RESPONSE_UPGRADE" },
  { name: "K-03 no Connection", answer: without("Connection"), code: "ERR_RESPONSE_CONNECTION" },
  {
    name: "K-03 interim answers without end",
    answer: (right) => "HTTP/1.1 100 Continue\r\n\r\n".repeat(17) + right,
    code: "ERR_RESPONSE_STATUS",
    says: /100/,
  },
  {
    name: "K-03 the end behind an interim answer",
    answer: () => "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 ",
    code: "ERR_HANDSHAKE_ENDED",
  },
  {
    name: "K-03 an interim answer and then a refusal",
    answer: () => "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    code: "ERR_RESPONSE_STATUS",
    says: /403/,
  },
  {
    name: "K-03 no HTTP behind an interim answer",
    answer: () => "HTTP/1.1 103 Early Hints\r\n\r\nSSH-2.0-OpenSSH_9.2\r\n",
    code: "ERR_STATUS_LINE",
  },
  {
    name: "K-03 an interim answer of HTTP/1.0",
    answer: (right) => `HTTP/1.0 103 Early Hints\r\n\r\n${right}`,
    code: "ERR_RESPONSE_VERSION",
  },
  { name: "K-03 HTTP/1.0", answer: (right) => right.replace("1.1", "1.0"), code: "ERR_RESPONSE_VERSION" },
  {
    name: "K-04 a subprotocol nobody asked for",
    answer: withLine("Sec-WebSocket-Protocol: a"),
    code: "ERR_RESPONSE_PROTOCOL",
  },
  {
    name: "K-04 two subprotocols",
    answer: withLine("Sec-WebSocket-Protocol: a, b"),
    protocols: ["a", "b"],
    code: "ERR_RESPONSE_PROTOCOL",
  },
  {
    name: "K-04 none of the subprotocols",
    answer: (right) => right,
    protocols: ["a"],
    code: "ERR_RESPONSE_PROTOCOL_MISSING",
  },
  {
    name: "K-04 an extension nobody asked for",
    answer: withLine("Sec-WebSocket-Extensions: permessage-deflate"),
    code: "ERR_RESPONSE_EXTENSION",
  },
  { name: "K-05 NUL in a header", answer: withLine("X-A: a\0b"), code: "ERR_HEADER_VALUE" },
  { name: "K-05 a folded line", answer: withLine("X-A: a\r\n b"), code: "ERR_OBS_FOLD" },
  { name: "K-05 a header of 200 KB", answer: withLine(`X-A: ${"a".repeat(200_000)}`), code: "ERR_HEAD_LENGTH" },
  { name: "K-05 5 000 headers", answer: withLine(Array(5000).fill("A: b").join("\r\n")), code: "ERR_HEADER_LINES" },
  { name: "not HTTP", answer: () => "SSH-2.0-OpenSSH_9.2\r\n", code: "ERR_STATUS_LINE", says: /HTTP/ },
  { name: "the end without an answer", answer: () => "", code: "ERR_HANDSHAKE_ENDED" },
  { name: "the end within the answer", answer: (right) => right.slice(0, 40), code: "ERR_HANDSHAKE_ENDED" },
  { name: "200", answer: http("200 OK"), code: "ERR_RESPONSE_STATUS", says: /200.*no WebSocket endpoint/ },
  { name: "204", answer: () => "HTTP/1.1 204 No Content\r\n\r\n", code: "ERR_RESPONSE_STATUS", says: /204/ },
  { name: "400", answer: http("400 Bad Request"), code: "ERR_RESPONSE_STATUS", says: /400/ },
  { name: "401", answer: http("401 Unauthorized"), code: "ERR_RESPONSE_STATUS", says: /401.*credentials/ },
  { name: "403", answer: http("403 Forbidden"), code: "ERR_RESPONSE_STATUS", says: /403.*Origin/ },
  { name: "404", answer: http("404 Not Found"), code: "ERR_RESPONSE_STATUS", says: /404.*path/ },
  { name: "426", answer: http("426 Upgrade Required"), code: "ERR_RESPONSE_STATUS", says: /426/ },
  { name: "503", answer: http("503 Service Unavailable"), code: "ERR_RESPONSE_STATUS", says: /503/ },
  { name: "599", answer: http("599 What"), code: "ERR_RESPONSE_STATUS", says: /599/ },
  {
    name: "K-10 a redirect is not followed",
    answer: http("302 Found", "Location: wss://elsewhere.example/x\r\n"),
    code: "ERR_RESPONSE_STATUS",
    says: /302.*"wss:\/\/elsewhere\.example\/x".*not followed/,
  },
];

for (const { name, answer, code, says, protocols } of faults) {
  test(`refused: ${name}`, async (t) => {
    const seen: RawPeer[] = [];
    const server = await rawServer(t, async (peer: RawPeer) => {
      seen.push(peer);
      const right = RawPeer.answer(await peer.request());
      // A frame behind it, which must not be looked at.
      peer.socket.end(
        Buffer.concat(
          [Buffer.from(answer(right), "latin1"), answer === undefined ? Buffer.alloc(0) : frame(TEXT, "x")].slice(
            0,
            answer(right).endsWith("\r\n\r\n") ? 2 : 1,
          ),
        ),
      );
    });
    const opening = connect(server.url, { ...(protocols && { protocols }), handshakeTimeout: 3000 });
    await assert.rejects(opening, (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      if (says) assert.match(error.message, says);
      return true;
    });
    await seen[0]!.until(() => seen[0]!.closed, "the end of the connection");
    assert.equal(server.accepted, 1);
  });
}

/** Answers of 1xx, which a client has to expect before the final one (RFC 9110 §15.2). */
const interims: readonly (readonly [name: string, before: string])[] = [
  ["100", "HTTP/1.1 100 Continue\r\n\r\n"],
  ["103", "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"],
  ["one that is not known", "HTTP/1.1 199 Ebb\r\n\r\n"],
  ["as many as are taken", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(16)],
];

for (const [name, before] of interims) {
  for (const inPieces of [false, true]) {
    test(`K-03 before the 101 an interim answer is passed over: ${name}, ${inPieces ? "in pieces" : "at once"}`, async (t) => {
      const server = await rawServer(t, async (peer: RawPeer) => {
        peer.socket.setNoDelay(true);
        const answer = before + RawPeer.answer(await peer.request());
        for (const piece of inPieces ? (answer.match(/[\s\S]{1,29}/g) ?? []) : [answer]) {
          peer.socket.write(piece, "latin1");
          await new Promise((resolve) => setImmediate(resolve));
        }
        peer.socket.write(frame(TEXT, "hi"));
        const { payload } = await peer.frame();
        peer.socket.end(frame(CLOSE, payload));
      });
      const connection = await connect(server.url, { handshakeTimeout: 3000 });
      const { value } = await connection[Symbol.asyncIterator]().next();
      assert.equal(value, "hi");
      assert.equal((await connection.close()).wasClean, true);
    });
  }
}

test("K-01: a silent server runs into the deadline", async (t) => {
  const server = await rawServer(t, () => {});
  const began = performance.now();
  await assert.rejects(connect(server.url, { handshakeTimeout: 120 }), {
    code: "ERR_HANDSHAKE_TIMEOUT",
    message: /0\.12 s/,
  });
  const took = performance.now() - began;
  assert.ok(took >= 110 && took < 1500, `${took} ms`);
});

test("K-02: a dribbling server runs into the same deadline", async (t) => {
  let written = 0;
  const server = await rawServer(t, async (peer: RawPeer) => {
    const right = RawPeer.answer(await peer.request());
    const timer = setInterval(() => peer.socket.write(right[written++]!, "latin1"), 10);
    peer.socket.once("close", () => clearInterval(timer));
  });
  await assert.rejects(connect(server.url, { handshakeTimeout: 200 }), { code: "ERR_HANDSHAKE_TIMEOUT" });
  assert.ok(written > 2, "it had begun to answer");
});

test("an answer byte by byte is as good as one in one piece", async (t) => {
  const server = await rawServer(t, async (peer: RawPeer) => {
    peer.socket.setNoDelay(true);
    const right = RawPeer.answer(await peer.request()) + frame(TEXT, "hi").toString("latin1");
    for (const byte of right) {
      peer.socket.write(byte, "latin1");
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { payload } = await peer.frame();
    peer.socket.end(frame(CLOSE, payload));
  });
  const connection = await connect(server.url);
  for await (const message of connection) {
    assert.equal(message, "hi");
    break;
  }
  assert.equal((await connection.close()).wasClean, true);
});

test("K-07: a 401 with an endless body ends within a second, with the beginning of the body", async (t) => {
  let sent = 0;
  let closed: Promise<unknown> | undefined;
  const server = await rawServer(t, async (peer: RawPeer) => {
    await peer.request();
    closed = peer.until(() => peer.closed, "the end");
    peer.socket.write("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n");
    const piece = Buffer.alloc(16 * 1024, "nope ");
    const pump = (): void => {
      if (peer.closed) return;
      sent += piece.length;
      peer.socket.write(piece, () => setImmediate(pump));
    };
    pump();
  });
  const began = performance.now();
  await assert.rejects(connect(server.url), (error: HandshakeError) => {
    assert.ok(error instanceof HandshakeError);
    assert.equal(error.status, 401);
    assert.equal(error.headers.get("www-authenticate"), "Basic");
    assert.equal(error.body.length, 64 * 1024);
    assert.match(error.body, /^nope nope/);
    return true;
  });
  assert.ok(performance.now() - began < 1500);
  await closed;
  assert.ok(sent > 0);
});

const bodies: readonly (readonly [name: string, rest: string, body: string, waits?: boolean])[] = [
  ["Content-Length, on a connection that stays open", "Content-Length: 4\r\n\r\nnope and more", "nope"],
  [
    "chunks, on a connection that stays open",
    "Transfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n3;x=1\r\n it\r\n0\r\n\r\n",
    "nope it",
  ],
  ["no length, and silence", "\r\nnope", "nope", true],
  ["a length that never comes", "Content-Length: 10\r\n\r\nnope", "nope", true],
];

for (const [name, rest, body, waits = false] of bodies) {
  test(`K-07: the body of a refusal: ${name}`, async (t) => {
    const server = await rawServer(t, async (peer: RawPeer) => {
      await peer.request();
      peer.socket.write(`HTTP/1.1 403 Forbidden\r\n${rest}`);
    });
    const began = performance.now();
    await assert.rejects(connect(server.url), (error: HandshakeError) => {
      assert.equal(error.body, body);
      assert.equal(error.status, 403);
      assert.equal(performance.now() - began > 900, waits);
      return true;
    });
  });
}

const unreachable: readonly (readonly [name: string, url: string, options: object, says: RegExp])[] = [
  ["refused", "ws://127.0.0.1:1/", {}, /127\.0\.0\.1:1.*nothing listens.*ECONNREFUSED/],
  [
    "unknown host",
    "ws://nowhere.invalid/",
    {
      lookup: (_host: string, _options: object, done: (error: Error) => void) =>
        setImmediate(done, Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" })),
    },
    /nowhere\.invalid:80.*host name is not known.*ENOTFOUND/,
  ],
  ["no such Unix socket", "ws://localhost/", { socketPath: "/nowhere/socket" }, /\/nowhere\/socket.*ENOENT/],
  [
    "an own transport that fails",
    "ws://localhost/",
    {
      createConnection: () => {
        throw new Error("no tunnel");
      },
    },
    /no tunnel/,
  ],
  [
    "an own transport that fails later",
    "ws://localhost/",
    { createConnection: () => Promise.reject(new Error("no tunnel")) },
    /no tunnel/,
  ],
  ["an own transport that is none", "ws://localhost/", { createConnection: () => undefined as never }, /no stream/],
  [
    "an own transport that is none, later",
    "ws://localhost/",
    { createConnection: () => Promise.resolve({} as never) },
    /no stream/,
  ],
  [
    "an own transport that has ended",
    "ws://localhost/",
    { createConnection: () => new PassThrough().destroy() },
    /has ended/,
  ],
];

for (const [name, url, options, says] of unreachable) {
  test(`K-40 no connection: ${name}`, async () => {
    await assert.rejects(connect(url, options), (error: Error & { code?: string }) => {
      assert.equal(error.code, "ERR_CONNECT");
      assert.match(error.message, says);
      assert.ok(error.cause instanceof Error);
      return true;
    });
  });
}

test("K-40: a look-up that never answers runs into the deadline", async () => {
  const opening = connect("ws://slow.invalid/", { handshakeTimeout: 100, lookup: () => {} });
  await assert.rejects(opening, { code: "ERR_HANDSHAKE_TIMEOUT", message: /connecting/ });
});
