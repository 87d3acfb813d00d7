import assert from "node:assert/strict";
import { createServer as createHttp } from "node:http";
import {
  connect as connectHttp2,
  createSecureServer as createHttp2,
  createServer as createPlainHttp2,
} from "node:http2";
import { createServer as createNet } from "node:net";
import { test } from "node:test";
import { WebSocketServer } from "../../dist/node/server.js";
import type { UpgradeInfo } from "../../dist/node/server-options.js";
import type { ServerSocket } from "../../dist/node/server-socket.js";
import { type Identity, makeIdentity, skipTls } from "./certificate.js";
import {
  ACCEPT,
  BINARY,
  CLOSE,
  closeFrame,
  eventually,
  masked,
  PING,
  PONG,
  RawPeer,
  TEXT,
  upgradeRequest,
} from "./raw-peer.js";
import { echo, type Kind, listen, serve } from "./serve.js";

let made: Identity | undefined;
/** One certificate for all tests over TLS. */
function identity(): Identity {
  made ??= makeIdentity("localhost");
  return made;
}

const kinds: readonly (readonly [kind: Kind, skip: string | false])[] = [
  ["own", false],
  ["http", false],
  ["https", skipTls],
  ["net", false],
  ["tls", skipTls],
];

for (const [kind, skip] of kinds) {
  const secure = kind === "https" || kind === "tls";

  test(`${kind}: handshake, echo, ping, close`, { skip }, async (t) => {
    const closes: unknown[] = [];
    const infos: UpgradeInfo[] = [];
    const { server, connect } = await serve(
      t,
      {
        message: echo,
        upgrade: (_, info) => void infos.push(info),
        close: (socket, code, reason) => closes.push([code, reason, socket.state]),
      },
      kind,
      secure ? identity() : {},
    );
    const peer = await connect();
    peer.send(upgradeRequest({ target: "/chat?room=1" }));
    const { status, headers } = await peer.head();
    assert.equal(status, 101);
    assert.deepEqual(Object.fromEntries(headers), {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-accept": ACCEPT,
    });
    assert.equal(server.connections, 1);
    const [socket] = server.sockets();
    assert.deepEqual([socket!.path, socket!.remoteAddress, socket!.protocol], ["/chat?room=1", "127.0.0.1", ""]);
    peer.text("grüße");
    assert.equal(await peer.message(), "grüße");
    peer.send(masked(BINARY, Uint8Array.of(0, 255)));
    assert.deepEqual(await peer.frame(), { first: BINARY, payload: Buffer.of(0, 255) });
    const long = "x".repeat(200_000);
    peer.text(long);
    assert.equal(await peer.message(), long);
    peer.send(masked(PING, "hello"));
    assert.deepEqual(await peer.frame(), { first: PONG, payload: Buffer.from("hello") });
    peer.send(closeFrame(4321, "bye"));
    assert.deepEqual(await peer.frame(), { first: CLOSE, payload: Buffer.of(0x10, 0xe1) });
    await peer.orderlyEnd();
    await eventually(() => closes.length > 0, "close");
    assert.deepEqual(closes, [[4321, "bye", "closed"]]);
    assert.equal(server.connections, 0);
    assert.equal(infos[0]!.secure, secure);
    assert.equal(infos[0]!.peerCertificate, undefined);
  });

  test(`${kind}: a refusal arrives whole and ends the connection`, { skip }, async (t) => {
    const options = { upgrade: () => new Response("no", { status: 401, headers: { "WWW-Authenticate": "Bearer" } }) };
    const { connect } = await serve(t, options, kind, secure ? identity() : {});
    const peer = await connect();
    peer.send(upgradeRequest());
    const { status, headers, body } = await peer.refusal();
    assert.deepEqual([status, body, headers.get("www-authenticate")], [401, "no", "Bearer"]);
    assert.equal(headers.get("connection"), "close");
    assert.equal(headers.get("content-length"), "2");
  });

  test(`${kind}: frames in the same segment as the request are handled once, after open`, { skip }, async (t) => {
    const seen: string[] = [];
    const { connect } = await serve(
      t,
      {
        upgrade: async () => {},
        open: () => void seen.push("open"),
        message: (socket, data) => {
          seen.push(String(data));
          socket.send(data);
        },
      },
      kind,
      secure ? identity() : {},
    );
    const peer = await connect();
    peer.send(Buffer.concat([Buffer.from(upgradeRequest()), masked(TEXT, "first"), masked(TEXT, "second")]));
    assert.equal((await peer.head()).status, 101);
    assert.deepEqual([await peer.message(), await peer.message()], ["first", "second"]);
    assert.deepEqual(seen, ["open", "first", "second"]);
  });
}

test("handleUpgrade: the application's own upgrade listener", async (t) => {
  const server = new WebSocketServer({ message: echo, closeTimeout: 100 });
  const http = createHttp();
  const results: unknown[] = [];
  http.on("upgrade", (request, stream, head) => {
    void server.handleUpgrade(request, stream, head).then((socket) => {
      results.push(socket);
      socket?.send("hello");
    });
  });
  const port = await listen(http);
  t.after(async () => {
    await server.close();
    http.close();
  });
  const peer = await RawPeer.open({ port });
  assert.equal(await peer.message(), "hello");
  const refused = await RawPeer.connect({ port });
  refused.send(upgradeRequest({ lines: { Origin: "http://evil.example" } }));
  assert.equal((await refused.refusal()).status, 403);
  assert.equal(results.length, 2);
  assert.equal(results[1], undefined);
});

test("handleUpgrade: who has gone before it was called is no connection", async (t) => {
  const server = new WebSocketServer({ open: () => assert.fail("nobody is there"), closeTimeout: 100 });
  const http = createHttp();
  const given = new Promise((resolve, reject) => {
    http.on("upgrade", (request, stream, head) => {
      stream.once("end", () => setImmediate(() => server.handleUpgrade(request, stream, head).then(resolve, reject)));
    });
  });
  const port = await listen(http);
  t.after(async () => {
    await server.close();
    http.close();
  });
  const peer = await RawPeer.connect({ port });
  peer.send(upgradeRequest());
  await peer.flushed();
  peer.drop();
  assert.equal(await given, undefined);
  assert.equal(server.connections, 0);
});

test("H-61 handleUpgrade twice on one stream rejects, and the first is not disturbed", async (t) => {
  const server = new WebSocketServer({ message: echo, closeTimeout: 100 });
  const http = createHttp();
  const second = new Promise((resolve) => {
    http.on("upgrade", (request, stream, head) => {
      void server.handleUpgrade(request, stream, head);
      server.handleUpgrade(request, stream, head).then(resolve, resolve);
    });
  });
  const port = await listen(http);
  t.after(async () => {
    await server.close();
    http.close();
  });
  const peer = await RawPeer.open({ port });
  assert.equal(((await second) as { code?: string }).code, "ERR_ALREADY_UPGRADED");
  peer.text("still here");
  assert.equal(await peer.message(), "still here");
});

test("attached and upgraded by hand: the mistake is reported and the process lives", async (t) => {
  const errors: (string | undefined)[] = [];
  const server = new WebSocketServer({
    message: echo,
    closeTimeout: 100,
    error: (error) => errors.push((error as { code?: string }).code),
  });
  const http = createHttp();
  http.on("upgrade", (request, stream, head) => void server.handleUpgrade(request, stream, head));
  server.attach(http);
  const port = await listen(http);
  t.after(async () => {
    await server.close();
    http.close();
  });
  const peer = await RawPeer.open({ port });
  peer.text("still here");
  assert.equal(await peer.message(), "still here");
  assert.deepEqual(errors, ["ERR_ALREADY_UPGRADED"]);
});

test("upgrade: a web-standard request in, the context on the socket", async (t) => {
  const requests: Request[] = [];
  const { server, open } = await serve(t, {
    upgrade: async (request, info) => {
      requests.push(request);
      info.responseHeaders.append("Set-Cookie", "a=1; HttpOnly");
      info.responseHeaders.append("Set-Cookie", "b=2");
      info.responseHeaders.set("X-Extra", "yes");
      return { user: new URL(request.url).searchParams.get("user"), protocols: info.protocols };
    },
    protocols: ["v2", "v1"],
  });
  const peer = await RawPeer.connect({ port: (await address(open)).port });
  peer.send(
    upgradeRequest({ target: "/x?user=ann", lines: { Cookie: "k=v", "Sec-WebSocket-Protocol": "v1, v2, v3" } }),
  );
  const { status, headers } = await peer.head();
  assert.equal(status, 101);
  assert.equal(headers.get("set-cookie"), "a=1; HttpOnly | b=2");
  assert.equal(headers.get("x-extra"), "yes");
  assert.equal(headers.get("sec-websocket-protocol"), "v2", "the server's order counts");
  const [request] = requests.slice(-1);
  assert.deepEqual(
    [request!.method, request!.url, request!.headers.get("cookie")],
    ["GET", "http://server.test/x?user=ann", "k=v"],
  );
  const socket = [...server.sockets()].at(-1)!;
  assert.deepEqual(socket.context, { user: "ann", protocols: ["v1", "v2", "v3"] });
  assert.equal(socket.protocol, "v2");
  peer.drop();
});

/** The port that `open` reaches: one connection to ask. */
async function address(open: () => Promise<RawPeer>): Promise<{ port: number }> {
  const peer = await open();
  return { port: peer.socket.remotePort! };
}

const selections: readonly (readonly [
  name: string,
  protocols: readonly string[] | ((offered: readonly string[]) => string | undefined),
  offer: string | undefined,
  answer: string | number | undefined,
])[] = [
  ["none is served", [], "a", undefined],
  ["none is offered", ["a"], undefined, undefined],
  ["none in common", ["a"], "b", undefined],
  ["one in common", ["a", "b"], "c, b", "b"],
  ["the server's order", ["a", "b"], "b, a", "a"],
  ["names are compared with regard to case", ["A"], "a", undefined],
  ["a function chooses", (offered) => offered.at(-1), "a, b", "b"],
  ["a function chooses none", () => undefined, "a", undefined],
  ["H-45 a function chooses what was not offered", () => "x", "a", 500],
  ["H-45 a function chooses a second header line", () => "a\r\nX: 1", "a", 500],
];

for (const [name, protocols, offer, answer] of selections) {
  test(`subprotocol: ${name}`, async (t) => {
    const { connect } = await serve(t, { protocols, error: () => {} });
    const peer = await connect();
    peer.send(upgradeRequest({ lines: { "Sec-WebSocket-Protocol": offer } }));
    const { status, headers } = await peer.head();
    if (answer === 500) assert.equal(status, 500);
    else assert.deepEqual([status, headers.get("sec-websocket-protocol")], [101, answer]);
  });
}

const refusals: readonly (readonly [
  name: string,
  upgrade: (request: Request, info: UpgradeInfo) => unknown,
  status: number,
])[] = [
  ["a Response", () => new Response("x", { status: 418 }), 418],
  ["a promise of one", async () => new Response(null, { status: 403 }), 403],
  ["a redirect", () => Response.redirect("http://elsewhere.test/", 302), 302],
  ["a Response without body", () => new Response(null, { status: 204 }), 204],
  ["a thrown error", () => assert.fail("no"), 500],
  ["a rejection", async () => assert.fail("no"), 500],
  ["a thrown nothing", () => Promise.reject(undefined), 500],
  ["a Response whose body was read", async () => read(new Response("x", { status: 401 })), 500],
  ["a Response that is no answer", () => Response.error(), 500],
  [
    "a Response with a header of the handshake",
    () => new Response("x", { status: 401, headers: { "Sec-WebSocket-Accept": "x" } }),
    500,
  ],
  ["a reserved header beside the 101", (_, info) => info.responseHeaders.set("Sec-WebSocket-Protocol", "x"), 500],
  ["a length beside the 101", (_, info) => info.responseHeaders.set("Content-Length", "5"), 500],
];

for (const [name, upgrade, status] of refusals) {
  test(`upgrade answers with ${name}: ${status}`, async (t) => {
    const errors: Error[] = [];
    let opened = 0;
    const { connect, server } = await serve<unknown>(t, {
      upgrade,
      open: () => void opened++,
      error: (error) => errors.push(error),
    });
    const peer = await connect();
    peer.send(upgradeRequest());
    const answer = await peer.refusal(3000);
    assert.equal(answer.status, status);
    assert.deepEqual([opened, server.connections], [0, 0]);
    assert.ok(errors.length >= 1);
  });
}

async function read(response: Response): Promise<Response> {
  await response.text();
  return response;
}

const hosts = ["1.2.3.4.5", "0xfffffffff", "256.256.256.256", "a.1"];
/** What is not Punycode behind "xn--": no host for the URL class of Node 20 and 22, one for that of 24 and 26. */
const unsettledHosts = ["xn--", "xn--a"];

for (const host of hosts) {
  test(`a Host that no URL can have, ${host}, is the client's fault`, async (t) => {
    const errors: (string | undefined)[] = [];
    const { connect } = await serve(t, {
      upgrade: () => {},
      error: (error) => errors.push((error as { code?: string }).code),
    });
    const peer = await connect();
    peer.send(upgradeRequest({ lines: { Host: host } }));
    assert.equal((await peer.refusal()).status, 400);
    assert.deepEqual(errors, ["ERR_HOST"]);
  });
}

for (const host of unsettledHosts) {
  test(`a Host that not every URL can have, ${host}, is answered as this one's URL has it`, async (t) => {
    const seen: (string | undefined)[] = [];
    const { connect } = await serve(t, {
      upgrade: ({ url }) => void seen.push(new URL(url).hostname),
      error: (error) => seen.push((error as { code?: string }).code),
    });
    const peer = await connect();
    peer.send(upgradeRequest({ lines: { Host: host } }));
    const taken = URL.canParse(`http://${host}/`);
    assert.equal((await peer.head()).status, taken ? 101 : 400);
    assert.deepEqual(seen, [taken ? host : "ERR_HOST"]);
  });
}

test("H-46 header lines cannot be split: the Headers class refuses them, and the peer gets 500", async (t) => {
  const thrown: unknown[] = [];
  const { connect } = await serve(t, {
    upgrade: (_, info) => info.responseHeaders.set("X-A", "a\r\nX-B: b"),
    error: (error) => thrown.push(error.name),
  });
  const peer = await connect();
  peer.send(upgradeRequest());
  const { status, headers } = await peer.refusal();
  assert.equal(status, 500);
  assert.ok(!headers.has("x-b"));
  assert.equal(thrown[0], "TypeError");
});

test("mutual TLS: the client's certificate reaches the upgrade handler", { skip: skipTls }, async (t) => {
  const client = makeIdentity("ann");
  const stranger = makeIdentity("mallory");
  for (const kind of ["https", "tls"] as const) {
    const seen: unknown[] = [];
    const { open } = await serve(
      t,
      {
        upgrade: (_, { peerCertificate }) =>
          void seen.push(peerCertificate && [peerCertificate.certificate.subject.CN, peerCertificate.authorized]),
      },
      kind,
      { ...identity(), requestCert: true, rejectUnauthorized: false, ca: [client.cert] },
    );
    await open({ tls: client });
    await open({ tls: stranger });
    await open();
    assert.deepEqual(seen, [["ann", true], ["mallory", false], undefined], kind);
  }
});

test("several servers by path on one HTTP server, 404 for the rest, plain requests left alone", async (t) => {
  const http = createHttp((_, response) => response.end("plain"));
  const name = (text: string) => ({ open: (socket: ServerSocket<undefined>) => void socket.send(text) });
  const [a, b] = [new WebSocketServer(name("a")), new WebSocketServer({ ...name("b"), path: "/b" })];
  a.attach(http, { path: "/a" });
  b.attach(http);
  const port = await listen(http);
  t.after(async () => {
    await a.close();
    await b.close();
    http.close();
  });
  for (const [target, text] of [
    ["/a", "a"],
    ["/a?x=1", "a"],
    ["/b", "b"],
  ] as const) {
    const peer = await RawPeer.open({ port, request: { target } });
    assert.equal(await peer.message(), text);
    peer.drop();
  }
  for (const target of ["/", "/c", "/a/", "/A", "/a/../b", "/%61", "//a"]) {
    const peer = await RawPeer.connect({ port });
    peer.send(upgradeRequest({ target }));
    assert.equal((await peer.refusal(1000)).status, 404, target);
  }
  const plain = await RawPeer.connect({ port });
  plain.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assert.equal((await plain.head()).status, 200);
  assert.throws(() => new WebSocketServer().attach(http, { path: "/a" }), /attached for \/a already/);
  const rest = new WebSocketServer({ ...name("rest"), closeTimeout: 100 });
  rest.attach(http);
  assert.throws(() => new WebSocketServer().attach(http), /all paths/);
  const peer = await RawPeer.open({ port, request: { target: "/c" } });
  assert.equal(await peer.message(), "rest");
  await rest.close();
});

test("a listener of somebody else keeps the paths we do not know", async (t) => {
  const http = createHttp();
  const server = new WebSocketServer({ path: "/ours" });
  server.attach(http);
  http.on("upgrade", (request, stream) => {
    if (request.url === "/theirs") stream.end("HTTP/1.1 299 Theirs\r\n\r\n");
  });
  const port = await listen(http);
  t.after(async () => {
    await server.close();
    http.close();
    http.closeAllConnections();
  });
  const theirs = await RawPeer.connect({ port });
  theirs.send(upgradeRequest({ target: "/theirs" }));
  assert.equal((await theirs.head()).status, 299);
  const ours = await RawPeer.open({ port, request: { target: "/ours" } });
  assert.equal(http.listenerCount("upgrade"), 2);
  ours.drop();
  await server.close();
  assert.equal(http.listenerCount("upgrade"), 1, "after close the HTTP server is as it was");
});

test("the option path holds on every kind of server", async (t) => {
  for (const kind of ["own", "http", "net"] as const) {
    const { connect, open } = await serve(t, { path: "/ws" }, kind);
    await open({ request: { target: "/ws?a=b" } });
    const peer = await connect();
    peer.send(upgradeRequest({ target: "/other" }));
    assert.equal((await peer.refusal()).status, 404, kind);
  }
});

test("the own server answers plain requests with 426", async (t) => {
  const { connect } = await serve(t);
  const peer = await connect();
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const { status, headers } = await peer.head();
  assert.deepEqual([status, headers.get("upgrade"), headers.get("connection")], [426, "websocket", "close"]);
  await peer.orderlyEnd();
});

test("listen: a port that is taken rejects", async (t) => {
  const { port } = await serve(t);
  await assert.rejects(new WebSocketServer().listen(port), { code: "EADDRINUSE" });
});

test("durations need not be whole, and may be endless", async (t) => {
  for (const handshakeTimeout of [1500.5, Number.POSITIVE_INFINITY]) {
    const { open } = await serve(t, { handshakeTimeout, message: echo });
    const peer = await open();
    peer.text("a");
    assert.equal(await peer.message(), "a");
  }
});

test("one server on several listeners", async (t) => {
  const server = new WebSocketServer({ message: echo, closeTimeout: 100 });
  const [http, net] = [createHttp(), createNet()];
  server.attach(http);
  server.attach(net);
  const ports = [await listen(http), await listen(net), (await server.listen()).port];
  t.after(async () => {
    await server.close();
    http.close();
    net.close();
  });
  const peers = await Promise.all(ports.map((port) => RawPeer.open({ port })));
  assert.equal(server.connections, 3);
  for (const peer of peers) {
    peer.text("x");
    assert.equal(await peer.message(), "x");
    peer.drop();
  }
});

test("the upgrade signal fires when the client goes away, and when time runs out", async (t) => {
  for (const [kind, reset] of [
    ["http", true],
    ["net", true],
    ["http", false],
    ["net", false],
  ] as const) {
    const reasons: (string | undefined)[] = [];
    const { connect } = await serve(
      t,
      {
        handshakeTimeout: 1000,
        upgrade: (_, { signal }) =>
          new Promise<undefined>((resolve) => {
            signal.addEventListener("abort", () => {
              reasons.push(signal.reason.code);
              resolve(undefined);
            });
          }),
      },
      kind,
    );
    const gone = await connect();
    gone.send(upgradeRequest());
    await gone.flushed();
    gone.drop(reset);
    await eventually(() => reasons.length === 1, `the signal (${kind})`, 500);
    assert.deepEqual(reasons, ["ERR_CONNECTION_ENDED"], kind);
    const patient = await connect();
    patient.send(upgradeRequest());
    const { status } = await patient.refusal();
    assert.deepEqual([status, reasons[1]], [503, "ERR_HANDSHAKE_TIMEOUT"]);
  }
});

test("node:http2 with allowHTTP1: WebSockets come by HTTP/1.1, its own sessions are left alone", {
  skip: skipTls,
}, async (t) => {
  const http2 = createHttp2({ ...identity(), allowHTTP1: true }, (_, response) => void response.end("plain"));
  const server = new WebSocketServer({ message: echo, handshakeTimeout: 100, closeTimeout: 100 });
  server.attach(http2);
  const port = await listen(http2);
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  t.after(async () => {
    session.destroy();
    await server.close();
    http2.close();
  });
  const peer = await RawPeer.open({ port, tls: {} });
  peer.text("a");
  assert.equal(await peer.message(), "a");
  const statuses: unknown[] = [];
  const ask = () =>
    session
      .request({ ":path": "/" })
      .on("response", (headers) => statuses.push(headers[":status"]))
      .resume();
  ask();
  await eventually(() => statuses.length === 1, "an answer");
  // Beyond the deadline of a handshake, which the session is not.
  const late = await RawPeer.connect({ port, tls: {} });
  await new Promise((resolve) => setTimeout(resolve, 300));
  ask();
  await eventually(() => statuses.length === 2, "another");
  assert.deepEqual(statuses, [200, 200]);
  late.drop();
});

test("a net server is served by one WebSocketServer, and by another when that was closed", async () => {
  const net = createNet();
  const [a, b] = [new WebSocketServer(), new WebSocketServer()];
  a.attach(net);
  assert.throws(() => b.attach(net), /attached to this server already/);
  await a.close();
  b.attach(net);
  await b.close();
});

test("attach: its path goes before the option, on a bare server too", async (t) => {
  const server = new WebSocketServer({ path: "/a", closeTimeout: 100 });
  const [http, net] = [createHttp(), createNet()];
  server.attach(http, { path: "/b" });
  server.attach(net, { path: "/b" });
  t.after(async () => {
    await server.close();
    http.close();
    net.close();
  });
  for (const port of [await listen(http), await listen(net)]) {
    const refused = await RawPeer.connect({ port });
    refused.send(upgradeRequest({ target: "/a" }));
    assert.equal((await refused.refusal()).status, 404);
    (await RawPeer.open({ port, request: { target: "/b" } })).drop();
  }
});

const unattachable: readonly (readonly [name: string, under: unknown, options: object, message: RegExp])[] = [
  ["an option that does not exist", createHttp(), { pth: "/a" }, /did you mean "path"/],
  ["a path without slash", createNet(), { path: "a" }, /"path" must begin with "\/"/],
  ["a function", () => {}, {}, /a server of node:http/],
  ["nothing", undefined, {}, /a server of node:http/],
  ["an HTTP/2 server without TLS, to which HTTP/1.1 never comes", createPlainHttp2(), {}, /allowHTTP1/],
];

for (const [name, under, options, message] of unattachable) {
  test(`attach refuses ${name}`, () => {
    assert.throws(() => new WebSocketServer().attach(under as never, options), { name: "TypeError", message });
  });
}

test("listening on two ports, both are closed; after that there is no way in any more", async () => {
  const server = new WebSocketServer();
  const ports = [(await server.listen()).port, (await server.listen()).port];
  await server.close();
  for (const port of ports) await assert.rejects(RawPeer.connect({ port }));
  await assert.rejects(server.listen(), { name: "LocalError", code: "ERR_DRAINING" });
  assert.throws(() => server.attach(createHttp()), { code: "ERR_DRAINING" });
});

test("an error handler that rejects is warned of with its stack, and the process lives", async (t) => {
  const warned: (Error & { detail?: string })[] = [];
  const onWarning = (warning: Error) => warned.push(warning);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  const { open } = await serve(t, {
    message: () => {
      throw Object.create(null);
    },
    error: async (error) => {
      throw error;
    },
  });
  const peer = await open();
  peer.text("x");
  assert.equal((await peer.closing()).code, 1011);
  await eventually(() => warned.length > 0, "the warning");
  assert.match(warned[0]!.message, /a handler threw \[Object: null prototype\]/);
  assert.match(warned[0]!.detail ?? "", /server-state/);
});

test("a refusal by a Response that is not Node's own is a refusal", async (t) => {
  const foreign = {
    [Symbol.toStringTag]: "Response",
    status: 401,
    headers: new Map([["www-authenticate", "Bearer"]]),
    arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)),
  };
  const { connect } = await serve(t, { upgrade: () => foreign });
  const peer = await connect();
  peer.send(upgradeRequest());
  const { status, headers } = await peer.refusal();
  assert.deepEqual([status, headers.get("www-authenticate")], [401, "Bearer"]);
});

test("an upgrade handler that rejects with the reason of its signal is no fault", async (t) => {
  const errors: unknown[] = [];
  let rejected = 0;
  const { connect } = await serve(t, {
    error: (error) => errors.push(error),
    upgrade: (_, { signal }) =>
      new Promise<undefined>((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reject(signal.reason);
          rejected++;
        });
      }),
  });
  const peer = await connect();
  peer.send(upgradeRequest());
  await peer.flushed();
  peer.drop(true);
  await eventually(() => rejected === 1, "the signal");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(errors, []);
});

test("a tap that throws costs its connection, also from a timer", async (t) => {
  const errors: string[] = [];
  const { open } = await serve(t, {
    pingInterval: 100,
    error: (error) => errors.push(error.message),
    tap: () => () => assert.fail("by design"),
  });
  const peer = await open();
  let frame = await peer.frame();
  if (frame.first === PING) frame = await peer.frame();
  assert.deepEqual([frame.first, frame.payload.readUInt16BE()], [CLOSE, 1011]);
  assert.deepEqual(errors, ["by design"]);
});

test("a tap sees the frames of the connections it was made for", async (t) => {
  const seen: string[] = [];
  const { open } = await serve(t, {
    message: echo,
    tap: (socket) => {
      const all = socket.path === "/tapped";
      return all ? ({ direction, first, length }) => seen.push(`${direction} ${first} ${length}`) : undefined;
    },
  });
  for (const target of ["/tapped", "/other"]) {
    const peer = await open({ request: { target } });
    peer.text("abc");
    assert.equal(await peer.message(), "abc");
  }
  assert.deepEqual(seen, ["in 129 3", "out 129 3"]);
});

test("who makes a tap may ask its socket anything", async (t) => {
  const seen: string[] = [];
  const { open } = await serve(t, {
    message: echo,
    tap: (socket) => {
      seen.push(`${socket.state} ${socket.bufferedAmount} ${socket.closeSent}`);
      return ({ direction, first }) => seen.push(`${direction} ${first}`);
    },
  });
  const peer = await open();
  peer.text("abc");
  assert.equal(await peer.message(), "abc");
  assert.deepEqual(seen, ["open 0 undefined", "in 129", "out 129"]);
});

test("what is sent while a tap is made arrives, behind the 101 and before it sees anything", async (t) => {
  const seen: string[] = [];
  const { open } = await serve(t, {
    open: (socket) => void socket.send("second"),
    tap: (socket) => {
      assert.equal(socket.send("first"), "sent");
      return ({ direction, length }) => seen.push(`${direction} ${length}`);
    },
  });
  const peer = await open();
  assert.deepEqual([await peer.message(), await peer.message()], ["first", "second"]);
  assert.deepEqual(seen, ["out 6"]);
});

for (const [name, end, code] of [
  ["throws", () => assert.fail("by design"), 1011],
  ["closes", (socket: ServerSocket) => socket.close(4000), 4000],
] as const) {
  test(`a maker of taps that ${name} costs its connection, not the handshake`, async (t) => {
    const { open } = await serve(t, {
      error: () => {},
      tap: (socket) => {
        end(socket);
        return () => {};
      },
    });
    assert.equal((await (await open()).closing()).code, code);
  });
}

test("a maker of taps that ends its connection is told so once", async (t) => {
  const codes: number[] = [];
  const { connect } = await serve(t, {
    tap: (socket) => {
      socket.terminate();
      return () => {};
    },
    close: (_, code) => codes.push(code),
  });
  const peer = await connect();
  peer.send(upgradeRequest());
  await peer.gone();
  await eventually(() => codes.length > 0, "close");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(codes, [1006]);
});

test("the way out behind a proxy that ends TLS is told to the operator, not to who asks", async (t) => {
  const errors: string[] = [];
  const { connect, port } = await serve(t, { error: (error) => errors.push(error.message) });
  const peer = await connect();
  peer.send(upgradeRequest({ lines: { Host: `127.0.0.1:${port}`, Origin: `https://127.0.0.1:${port}` } }));
  const { status, body } = await peer.refusal();
  assert.equal(status, 403);
  assert.doesNotMatch(body, /trustProxy|proxy/i);
  assert.match(body, /scheme/);
  assert.match(errors.join(), /trustProxy/);
});

test("R-24: connections that have sent no request count towards maxConnections on a bare listener", async (context) => {
  const { connect, open, server } = await serve(context, { maxConnections: 3 }, "net");
  const silent = [await connect(), await connect()];
  await open();
  const fourth = await connect();
  assert.equal((await fourth.head()).status, 503);
  // Room is given back by who leaves, whether they ever asked for anything or not.
  for (const peer of silent) peer.drop();
  let status = 0;
  while (status !== 101) {
    const next = await connect();
    next.send(upgradeRequest());
    ({ status } = await next.head());
    assert.ok(status === 101 || status === 503, `${status}`);
    next.drop();
  }
  assert.ok(server.connections >= 1);
});
