import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "../../../dist/node/client/websocket.js";
import { next } from "./event-log.js";
import { type RawPeer, rawServer } from "./raw-server.js";

function isSyntaxError(error: unknown): boolean {
  return error instanceof DOMException && error.name === "SyntaxError";
}

const refusedUrls: readonly (readonly [name: string, url: string])[] = [
  ["no URL", "localhost"],
  ["relative", "/path"],
  ["fragment alone", "#test"],
  ["scheme ftp", "ftp://127.0.0.1/"],
  ["scheme mailto", "mailto:a@b.example"],
  ["about:blank", "about:blank"],
  ["fragment", "ws://127.0.0.1/#test"],
  ["empty fragment", "ws://127.0.0.1/#"],
  ["http with fragment", "http://127.0.0.1/#x"],
  ["space in the host", "ws://foo bar.com/"],
  ["port too large", "ws://127.0.0.1:65536/"],
  ["empty string", ""],
];

for (const [name, url] of refusedUrls) {
  test(`refuses a URL: ${name}`, () => {
    assert.throws(() => new WebSocket(url), isSyntaxError);
  });
}

const refusedProtocols: readonly (readonly [name: string, protocols: string | string[]])[] = [
  ["empty string", ""],
  ["separator", "a,b"],
  ["space", "a b"],
  ["not ASCII", "\u0080"],
  ["control", "a\u0000"],
  ["line end", "a\r\nX: 1"],
  ["repeated", ["a", "a"]],
  ["one of two", ["a", "b/c"]],
  ["too many", Array.from({ length: 17 }, (_, i) => `p${i}`)],
];

for (const [name, protocols] of refusedProtocols) {
  test(`refuses subprotocols: ${name}`, () => {
    assert.throws(() => new WebSocket("ws://127.0.0.1:1/", protocols), isSyntaxError);
  });
}

const urls: readonly (readonly [given: string, shown: string])[] = [
  ["ws://127.0.0.1:1", "ws://127.0.0.1:1/"],
  ["http://127.0.0.1:1/a", "ws://127.0.0.1:1/a"],
  ["https://127.0.0.1:1/a?b#".slice(0, -1), "wss://127.0.0.1:1/a?b"],
  ["WS://127.0.0.1:80/x", "ws://127.0.0.1/x"],
  ["wss://127.0.0.1:443/x", "wss://127.0.0.1/x"],
  ["https://127.0.0.1:443/", "wss://127.0.0.1/"],
  ["ws://127.0.0.1:1/ä b?ä", "ws://127.0.0.1:1/%C3%A4%20b?%C3%A4"],
  ["ws:127.0.0.1:1/x", "ws://127.0.0.1:1/x"],
];

for (const [given, shown] of urls) {
  test(`takes ${given} as ${shown}`, async () => {
    const socket = new WebSocket(given);
    assert.equal(socket.url, shown);
    socket.close();
    await next(socket, "close");
  });
}

test("takes a URL object and does not change it", async () => {
  const url = new URL("http://127.0.0.1:1/x");
  const socket = new WebSocket(url);
  assert.equal(socket.url, "ws://127.0.0.1:1/x");
  assert.equal(url.href, "http://127.0.0.1:1/x");
  socket.close();
  await next(socket, "close");
});

test("needs an argument", () => {
  const Bare = WebSocket as unknown as new () => WebSocket;
  assert.throws(() => new Bare(), TypeError);
});

test("has the constants, on class and prototype, and they cannot be changed", () => {
  const constants = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
  for (const [name, value] of Object.entries(constants)) {
    for (const owner of [WebSocket, WebSocket.prototype]) {
      const found = Object.getOwnPropertyDescriptor(owner, name);
      assert.deepEqual(found, { value, enumerable: true, writable: false, configurable: false }, name);
    }
  }
});

test("the state before it is open", async () => {
  const socket = new WebSocket("ws://127.0.0.1:1/");
  assert.equal(socket.readyState, 0);
  assert.equal(socket.bufferedAmount, 0);
  assert.equal(socket.protocol, "");
  assert.equal(socket.extensions, "");
  assert.equal(socket.binaryType, "blob");
  assert.equal(socket.onopen, null);
  assert.equal(Object.prototype.toString.call(socket), "[object WebSocket]");
  socket.close();
  await next(socket, "close");
});

const offers: readonly (readonly [name: string, make: (url: string) => WebSocket])[] = [
  ["a string", (url) => new WebSocket(url, "b")],
  ["an array", (url) => new WebSocket(url, ["a", "b"])],
  ["a Set", (url) => new WebSocket(url, new Set(["a", "b"]))],
  ["the option", (url) => new WebSocket(url, { protocols: ["a", "b"] })],
  ["the option beside undefined", (url) => new WebSocket(url, undefined, { protocols: "b" })],
  ["an array with options", (url) => new WebSocket(url, ["b"], { headers: { "X-Test": "1" } })],
];

for (const [name, make] of offers) {
  test(`offers subprotocols given as ${name}`, async (t) => {
    const server = await rawServer(t, (peer: RawPeer) => peer.accept("Sec-WebSocket-Protocol: b\r\n"));
    const socket = make(server.url);
    await next(socket, "open");
    assert.equal(socket.protocol, "b");
    socket.close();
  });
}

const wrongOptions: readonly (readonly [name: string, options: object, message: RegExp])[] = [
  ["unknown", { handshakeTimeOut: 5 }, /handshakeTimeout/],
  ["tls unknown", { tls: { rejectUnauthorised: false } }, /rejectUnauthorized/],
  ["NaN", { maxPayload: Number.NaN }, /maxPayload/],
  ["zero", { closeTimeout: 0 }, /closeTimeout/],
  ["negative", { pingInterval: -1 }, /pingInterval/],
  ["a string for a number", { maxPayload: "1" }, /maxPayload/],
  ["null", { handshakeTimeout: null }, /handshakeTimeout/],
  ["signal", { signal: {} }, /signal/],
  ["family", { family: 5 }, /family/],
  ["header with a line end", { headers: { "X-A": "1\r\nX-B: 2" } }, /header/],
  ["header name", { headers: { "X A": "1" } }, /header/],
  ["header of the handshake", { headers: { "Sec-WebSocket-Key": "1" } }, /header/],
  ["header of the connection", { headers: [["upgrade", "h2c"]] }, /header/],
  ["header no string", { headers: { "X-A": 1 } }, /header/],
  ["headers no pairs", { headers: ["X-A"] }, /pairs/],
  ["origin with a line end", { origin: "http://a\r\nX: 1" }, /header/],
];

for (const [name, options, message] of wrongOptions) {
  test(`refuses options at construction: ${name}`, () => {
    assert.throws(() => new WebSocket("ws://127.0.0.1:1/", options), message);
  });
}

test("K-06: a path with a line end cannot become a header", async (t) => {
  let head = "";
  const server = await rawServer(t, async (peer: RawPeer) => {
    head = await peer.accept();
  });
  const socket = new WebSocket(`${server.url}a\r\nX-Injected: 1`);
  await next(socket, "open");
  assert.match(head, /^GET \/aX-Injected:%201 HTTP\/1\.1\r\n/);
  socket.close();
});

const headers: readonly (readonly [name: string, path: string, options: object, wanted: RegExp, unwanted?: RegExp])[] =
  [
    ["a record", "/", { headers: { "X-A": "1", Cookie: ["a=1", "b=2"] } }, /X-A: 1\r\nCookie: a=1\r\nCookie: b=2\r\n/],
    ["pairs", "/", { headers: [["X-A", "1"]] }, /X-A: 1\r\n/],
    ["Headers", "/", { headers: new Headers({ "X-A": "1" }) }, /x-a: 1\r\n/],
    ["origin", "/", { origin: "https://app.example" }, /Origin: https:\/\/app\.example\r\n/],
    ["no origin by default", "/", {}, /Sec-WebSocket-Version: 13\r\n/, /Origin/],
    ["path and query", "/a%20b?c=d", {}, /^GET \/a%20b\?c=d HTTP\/1\.1\r\n/],
  ];

for (const [name, path, options, wanted, unwanted] of headers) {
  test(`sends ${name}`, async (t) => {
    let head = "";
    const server = await rawServer(t, async (peer: RawPeer) => {
      head = await peer.accept();
    });
    const socket = new WebSocket(new URL(path, server.url), options);
    await next(socket, "open");
    assert.match(head, wanted);
    assert.match(head, new RegExp(`Host: 127\\.0\\.0\\.1:${server.port}\r\n`));
    if (unwanted) assert.doesNotMatch(head, unwanted);
    socket.close();
  });
}

test("K-20: userinfo becomes Authorization, percent-decoded; a header given wins", async (t) => {
  const heads: string[] = [];
  const server = await rawServer(t, async (peer: RawPeer) => {
    heads.push(await peer.accept());
  });
  const url = server.url.replace("ws://", "ws://us%65r:p%40ss%C3%A4%zz@");
  for (const options of [{}, { headers: { authorization: "Bearer x" } }]) {
    const socket = new WebSocket(url, options);
    await next(socket, "open");
    socket.close();
  }
  const basic = Buffer.from("user:p@ssä%zz").toString("base64");
  assert.match(heads[0]!, new RegExp(`\r\nAuthorization: Basic ${basic}\r\n`));
  assert.match(heads[1]!, /\r\nauthorization: Bearer x\r\n/);
  assert.doesNotMatch(heads[1]!, /Basic/);
});

test("undefined as an argument is one, as Web IDL has it, and the operations count what must be given", () => {
  const Any = WebSocket as unknown as new (...given: readonly unknown[]) => WebSocket;
  assert.throws(() => new Any(), TypeError);
  assert.throws(() => new Any(undefined), { name: "SyntaxError" });
  assert.deepEqual([WebSocket.length, WebSocket.prototype.send.length], [1, 1]);
});
