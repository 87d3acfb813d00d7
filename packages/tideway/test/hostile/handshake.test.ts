/** Group H of the catalogue: the opening handshake, against node:http and against our own reader of heads. */
import assert from "node:assert/strict";
import { makeIdentity, skipTls } from "../node/certificate.js";
import { ACCEPT, KEY, masked, RawPeer, type RequestOptions, TEXT, upgradeRequest } from "../node/raw-peer.js";
import { attackTest, inBatches, MiB, numbers, type Stats, Target } from "./harness.js";

const kinds = ["http", "bare"] as const;
const targets = { http: Target.start({ kind: "http" }), bare: Target.start({ kind: "bare" }) };

/** Statuses that are right; a pair where node:http answers first. */
type Expected = number | { readonly http: number | "closed"; readonly bare: number | "closed" };

const line = (name: string, value: string): RequestOptions => ({ lines: { [name]: value } });
const many = (count: number, make: (index: number) => string) => numbers(count).map(make).join("");
const raw = (middle: string, first = "GET / HTTP/1.1\r\n") =>
  `${first}Host: server.test\r\n${middle}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
const spaces = " ".repeat(7000);

const requests: readonly (readonly [name: string, request: RequestOptions | string, expected: Expected])[] = [
  ["H-01 a valid request", {}, 101],
  ["H-02 POST", { method: "POST" }, 405],
  ["H-02 HEAD", { method: "HEAD" }, 405],
  ["H-02 PUT", { method: "PUT" }, 405],
  ["H-02 DELETE", { method: "DELETE" }, 405],
  ["H-03 HTTP/1.0", { version: "HTTP/1.0" }, 426],
  ["H-04 HTTP/2.0", { version: "HTTP/2.0" }, 400],
  ["H-04 HTTP/0.9", { version: "HTTP/0.9" }, 400],
  ["H-05 HTTP/1.2", { version: "HTTP/1.2" }, 400],
  ["H-05 a lower-case method", { method: "get" }, 400],
  ["H-05 a lower-case version", { version: "http/1.1" }, 400],
  ["H-05 a bare LF", raw("").replaceAll("\r\n", "\n"), 400],
  ["H-05 one bare LF", raw("X: a\n"), 400],
  ["H-05 a bare CR", raw("X: a\rY: b\r\n"), 400],
  ["H-05 obs-fold", raw("X: a\r\n b\r\n"), 400],
  ["H-05 a blank before the colon", raw("X-A : b\r\n"), 400],
  ["H-05 NUL in a value", raw("X: a\0b\r\n"), 400],
  ["H-05 0x01 in a value", raw("X: a\x01b\r\n"), 400],
  ["H-05 an empty name", raw(": b\r\n"), 400],
  ["H-05 no colon", raw("X\r\n"), 400],
  ["H-05 a blank before the first line", raw(" X: y\r\n"), 400],
  ["H-06 no Host", { lines: { Host: undefined } }, 400],
  ["H-06 an empty Host", line("Host", ""), 400],
  ["H-06 two Hosts", { lines: { Host: ["server.test", "server.test"] } }, 400],
  ["H-06 a Host with a path", line("Host", "server.test/x"), 400],
  ["H-06 a Host with a user", line("Host", "a@server.test"), 400],
  ["H-06 a Host list", line("Host", "server.test, evil.example"), 400],
  ["H-07 an absolute target", { target: "http://evil.example/" }, 400],
  ["H-07 an asterisk", { target: "*" }, 400],
  ["H-07 a fragment", { target: "/a#b" }, 400],
  ["H-07 a target beyond ASCII", { target: "/\xe9" }, 400],
  ["H-08 CONNECT", { method: "CONNECT", target: "a:80" }, { http: "closed", bare: 405 }],
  ["H-09 no key", { lines: { "Sec-WebSocket-Key": undefined } }, 400],
  ["H-09 an empty key", line("Sec-WebSocket-Key", ""), 400],
  ["H-09 a key of 15 bytes", line("Sec-WebSocket-Key", Buffer.alloc(15).toString("base64")), 400],
  ["H-09 a key of 17 bytes", line("Sec-WebSocket-Key", Buffer.alloc(17).toString("base64")), 400],
  ["H-09 the url-safe alphabet", line("Sec-WebSocket-Key", "-_-_-_-_-_-_-_-_-_-_-w=="), 400],
  ["H-09 without padding", line("Sec-WebSocket-Key", KEY.slice(0, 22)), 400],
  ["H-10 not canonical", line("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZR=="), 400],
  ["H-11 the key twice", { lines: { "Sec-WebSocket-Key": [KEY, KEY] } }, 400],
  ["H-11 two keys in one line", line("Sec-WebSocket-Key", `${KEY}, ${KEY}`), 400],
  ["H-12 version 12", line("Sec-WebSocket-Version", "12"), 426],
  ["H-12 version 0", line("Sec-WebSocket-Version", "0"), 426],
  ["H-12 version 8", line("Sec-WebSocket-Version", "8"), 426],
  ["H-12 no version", { lines: { "Sec-WebSocket-Version": undefined } }, 426],
  ["H-13 version 013", line("Sec-WebSocket-Version", "013"), 426],
  ["H-13 version 0xd", line("Sec-WebSocket-Version", "0xd"), 426],
  ["H-13 version 13.0", line("Sec-WebSocket-Version", "13.0"), 426],
  ["H-13 version 1.3e1", line("Sec-WebSocket-Version", "1.3e1"), 426],
  ["H-13 version +13", line("Sec-WebSocket-Version", "+13"), 426],
  ["H-14 version 13, 8", line("Sec-WebSocket-Version", "13, 8"), 400],
  ["H-14 two versions", { lines: { "Sec-WebSocket-Version": ["13", "8"] } }, 400],
  ["H-14 the version twice", { lines: { "Sec-WebSocket-Version": ["13", "13"] } }, 400],
  ["H-15 h2c, websocket", line("Upgrade", "h2c, websocket"), 101],
  ["H-15 WebSocket", line("Upgrade", "WebSocket"), 101],
  ["H-15 websockets", line("Upgrade", "websockets"), 426],
  ["H-15 websocket/13", line("Upgrade", "websocket/13"), 426],
  ["H-16 keep-alive, Upgrade", line("Connection", "keep-alive, Upgrade"), 101],
  ["H-16 upgrade, close", line("Connection", "upgrade, close"), 101],
  ["H-17 no Connection", { lines: { Connection: undefined } }, { http: 200, bare: 426 }],
  ["H-17 no Upgrade", { lines: { Upgrade: undefined } }, { http: 200, bare: 426 }],
  ["H-17 neither", { lines: { Upgrade: undefined, Connection: undefined } }, { http: 200, bare: 426 }],
  ["H-20 a header of 17 KB", line("X", "x".repeat(17_000)), 431],
  ["H-20 a target of 17 KB", { target: `/${"x".repeat(17_000)}` }, { http: 431, bare: 414 }],
  ["H-20 a target of 3 KB", { target: `/${"x".repeat(3000)}` }, 414],
  ["H-22 1 990 headers before the real ones", raw(many(1990, (i) => `${i}:\r\n`)), 431],
  ["H-22 65 header lines", raw(many(60, (i) => `X${i}: 1\r\n`)), 431],
  ["H-22 64 header lines", raw(many(59, (i) => `X${i}: 1\r\n`)), 101],
  ["H-24 one name 1 000 times", raw(many(1000, () => "X: 1\r\n")), 431],
  ["H-35 an empty protocol", line("Sec-WebSocket-Protocol", ""), 400],
  ["H-35 an empty element", line("Sec-WebSocket-Protocol", "a,,b"), 400],
  ["H-35 twice the same", line("Sec-WebSocket-Protocol", "a, a"), 400],
  ["H-35 a blank inside", line("Sec-WebSocket-Protocol", "a b"), 400],
  ["H-35 no token", line("Sec-WebSocket-Protocol", "a/b"), 400],
  ["H-35 the same in two lines", { lines: { "Sec-WebSocket-Protocol": ["a", "a"] } }, 400],
  ["H-35 two lines", { lines: { "Sec-WebSocket-Protocol": ["a", "b"] } }, 101],
  ["H-36 17 protocols", line("Sec-WebSocket-Protocol", numbers(17).join(", ")), 400],
  ["H-36 16 protocols", line("Sec-WebSocket-Protocol", numbers(16).join(", ")), 101],
  ["H-36 1 025 bytes", line("Sec-WebSocket-Protocol", "x".repeat(1025)), 400],
  ["H-37 a protocol beyond ASCII", line("Sec-WebSocket-Protocol", "\xff"), 400],
  ["H-37 an extension beyond ASCII", line("Sec-WebSocket-Extensions", "a\x80"), 400],
  ["H-38 blanks in Protocol", line("Sec-WebSocket-Protocol", `b${spaces}x`), 400],
  ["H-38 blanks in Extensions", line("Sec-WebSocket-Extensions", `b${spaces}x`), 400],
  ["H-38 blanks in Upgrade", line("Upgrade", `b${spaces}x`), 426],
  ["H-38 blanks in Connection", line("Connection", `Upgrade, b${spaces}x`), 101],
  ["H-38 blanks in Cookie", line("Cookie", `b${spaces}x`), 101],
  ["H-38 blanks in Origin", line("Origin", `b${spaces}x`), 403],
  ["H-38 commas in Extensions", line("Sec-WebSocket-Extensions", ",".repeat(7000)), 400],
  ["H-38 commas in Connection", line("Connection", `${",".repeat(7000)}Upgrade`), 101],
  ["H-38 tabs in Extensions", line("Sec-WebSocket-Extensions", `b${"\t".repeat(7000)}x`), 400],
  ["H-39 an unclosed quote", line("Sec-WebSocket-Extensions", `x; a="${"\\c".repeat(3500)}`), 400],
  ["H-40 400 extension offers", line("Sec-WebSocket-Extensions", numbers(400).join(",")), 101],
  ["H-41 names of Object", line("Sec-WebSocket-Extensions", "constructor; __proto__=1, hasOwnProperty; toString"), 101],
  [
    "H-42 __proto__ everywhere",
    { target: "/?__proto__[a]=1", lines: { Cookie: "__proto__=1", ["__proto__"]: "x" } },
    101,
  ],
  ["H-50 a body by Content-Length", `${raw("Content-Length: 5\r\n")}hello`, 400],
  ["H-50 a body in chunks", `${raw("Transfer-Encoding: chunked\r\n")}5\r\nhello\r\n0\r\n\r\n`, 400],
  ["H-50 both", `${raw("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")}hello`, 400],
  ["H-50 Content-Length: 0", raw("Content-Length: 0\r\n"), 101],
  ["H-50 Content-Length: +0", raw("Content-Length: +0\r\n"), 400],
  ["H-50 Content-Length: 5 without body", raw("Content-Length: 5\r\n"), 400],
  ["H-51 an empty line first", `\r\n${raw("")}`, 101],
  ["H-51 NUL first", `\0${raw("")}`, 400],
  ["H-51 SOH first", `\x01${raw("")}`, 400],
  [
    "H-54 a refusal with a request behind it",
    `${raw("Origin: http://evil.example\r\n")}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n`,
    403,
  ],
  [
    "H-55 version 999 with a request behind it",
    `${raw("").replace(": 13", ": 999")}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n`,
    426,
  ],
  ["H-63 Expect: 100-continue", line("Expect", "100-continue"), 101],
  ["H-63 another expectation", line("Expect", "magic"), 417],
  ["H-64 a TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
  ["H-64 an SSH banner", "SSH-2.0-OpenSSH_9.2p1\r\n", 400],
  ["H-64 a greeting of another protocol", "HELO there\r\n", 400],
];

for (const kind of kinds) {
  for (const [name, request, expected] of requests) {
    const status = typeof expected === "number" ? expected : expected[kind];
    attackTest(`${name}: ${status} (${kind})`, targets[kind], {}, async (target) => {
      const { requests: routed } = await target.stats();
      const peer = await target.connect();
      peer.send(typeof request === "string" ? request : upgradeRequest(request));
      if (status === "closed") {
        await peer.gone(1000);
        return assert.equal(peer.total, 0);
      }
      const head = await peer.head(1000);
      assert.equal(head.status, status);
      if (status === 101) {
        assert.equal(head.headers.get("sec-websocket-accept"), ACCEPT);
        assert.equal(head.headers.get("sec-websocket-extensions"), undefined);
        peer.text("works");
        return assert.equal(await peer.message(), "works");
      }
      if (status === 405) assert.equal(head.headers.get("allow"), "GET");
      if (status === 426) assert.equal(head.headers.get("upgrade"), "websocket");
      if (/^H-1[23]/.test(name)) assert.equal(head.headers.get("sec-websocket-version"), "13");
      if (status === 200) return assert.equal((await target.stats()).requests, routed + 1);
      assert.match(head.headers.get("connection") ?? "", /close/);
      // the whole answer, then an orderly end; H-54, H-55: and nothing of what came behind.
      await peer.read(Number(head.headers.get("content-length") ?? 0), 1000);
      await peer.orderlyEnd(1000);
      assert.equal(peer.pending.length, 0);
      return assert.equal((await target.stats()).requests, routed, "no second request is routed");
    });
  }

  attackTest(
    `H-53 a request behind a valid upgrade is a frame, and a wrong one (${kind})`,
    targets[kind],
    {},
    async (target) => {
      const { requests: routed } = await target.stats();
      const peer = await target.connect();
      peer.send(`${upgradeRequest()}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n`);
      assert.equal((await peer.head()).status, 101);
      assert.equal((await peer.closing()).code, 1002);
      await peer.orderlyEnd();
      assert.equal((await target.stats()).requests, routed);
    },
  );

  attackTest(`H-21 64 KB of headers, dribbled (${kind})`, targets[kind], { rss: 4 * MiB }, async (target) => {
    const peer = await target.connect();
    peer.send("GET / HTTP/1.1\r\nHost: server.test\r\n");
    for (let i = 0; i < 640 && !peer.ended && !peer.closed; i++) {
      peer.send(`X${i}: ${"x".repeat(90)}\r\n`);
      await peer.flushed().catch(() => {});
    }
    // node:http destroys the socket right behind its answer, and what we had still sent resets it.
    if (kind === "http" && peer.error !== undefined) return;
    assert.equal((await peer.head()).status, 431);
  });

  attackTest(
    `H-26 a head of 7 KB in writes of one byte (${kind})`,
    targets[kind],
    { rss: 4 * MiB },
    async (target, context) => {
      const peer = await target.connect();
      const { cpu } = await target.stats();
      for (const char of upgradeRequest(line("X", "x".repeat(7000)))) peer.send(char);
      assert.equal((await peer.head()).status, 101);
      const cost = (await target.stats()).cpu - cpu;
      context.diagnostic(`${cost.toFixed(0)} ms of CPU`);
      assert.ok(cost < 1000, `${cost} ms`);
    },
  );

  const request = upgradeRequest();

  attackTest(
    `H-29 reset, end or half-close at every byte of the request (${kind})`,
    targets[kind],
    {},
    async (target) => {
      const cases = numbers(request.length + 1).flatMap((at) => ["reset", "end", "half"].map((how) => ({ at, how })));
      await inBatches(cases, 20, async ({ at, how }) => {
        const peer = await target.connect();
        peer.send(request.slice(0, at));
        await peer.flushed();
        if (how === "reset") peer.drop(true);
        else if (how === "end") peer.drop();
        else {
          peer.socket.allowHalfOpen = true;
          peer.socket.end();
          await peer.until(() => peer.ended || peer.closed, `the end at ${at}`);
          assert.equal(peer.error, undefined, `half-closed at ${at}`);
        }
      });
    },
  );

  attackTest(`H-30 the request in two parts, cut at every byte (${kind})`, targets[kind], {}, async (target) => {
    await inBatches(numbers(request.length - 1), 40, async (cut) => {
      const peer = await target.connect();
      peer.send(request.slice(0, cut + 1));
      // Time between the parts is the case itself: they shall arrive apart.
      await new Promise((resolve) => setTimeout(resolve, 20));
      peer.send(Buffer.concat([Buffer.from(request.slice(cut + 1)), masked(TEXT, "x")]));
      const { status, headers } = await peer.head();
      assert.deepEqual([status, headers.get("sec-websocket-accept")], [101, ACCEPT], `cut at ${cut + 1}`);
      assert.equal(await peer.message(), "x");
    });
  });

  attackTest(
    `H-60 1 000 malformed upgrades leave nothing behind (${kind})`,
    targets[kind],
    { rss: 16 * MiB, heap: 2 * MiB },
    async (target) => {
      const wrong = requests.filter(([name, one]) => /^H-(09|1[0-4])/.test(name) && typeof one !== "string");
      await inBatches(numbers(1000), 20, async (index) => {
        const peer = await RawPeer.connect({ port: target.port });
        peer.send(upgradeRequest(wrong[index % wrong.length]![1] as RequestOptions));
        assert.ok([400, 426].includes((await peer.refusal()).status));
        await peer.gone();
      });
    },
  );
}

const waiting = {
  http: Target.start({ kind: "http", upgrade: "wait", options: { maxConnectionsPerAddress: 50 } }),
  bare: Target.start({ kind: "bare", upgrade: "wait", options: { maxConnectionsPerAddress: 50 } }),
};

for (const kind of kinds) {
  attackTest(
    `H-56 H-57 1 000 resets while the upgrade handler is pending (${kind})`,
    waiting[kind],
    { rss: 40 * MiB, live: 14 * MiB, heap: 2 * MiB },
    async (target) => {
      const before = await target.stats();
      // So few at once that those whose end has not been noticed yet leave a place for the next, however slow the server is.
      await inBatches(numbers(1000), 15, async (index) => {
        const peer = await RawPeer.connect({ port: target.port });
        peer.send(upgradeRequest({ target: `/${index}` }));
        await peer.flushed();
        // Right behind the request a reset looks like an end; while the handler is pending it is an error.
        if (index % 2 === 0) await target.asked(`/${index}`);
        peer.drop(true);
        await peer.gone();
      });
      // Who comes last is answered last: by then nobody is left who has gone and was not let in yet.
      const last = await target.connect();
      last.send(upgradeRequest({ target: "/last" }));
      await target.asked("/last");
      last.drop(true);
      const every = (stats: Stats) =>
        stats.aborted - before.aborted === stats.upgrades - before.upgrades && stats.fds <= before.fds;
      const now = await target.until(every, "every signal to fire");
      assert.ok(now.upgrades - before.upgrades > 500, `${now.upgrades - before.upgrades} reached the handler`);
      await target.command("release");
      assert.equal((await target.stats()).opens, before.opens, "X-6: nothing opens for who has gone");
      // O-30: every exit was counted, so all places but that of the control connection can be taken again.
      const peers = await Promise.all(numbers(49).map(() => target.connect()));
      for (const peer of peers) peer.send(upgradeRequest());
      await target.until((stats) => stats.upgrades - now.upgrades === 49, "all places to be taken again");
      await target.command("release");
      for (const peer of peers) assert.equal((await peer.head()).status, 101);
    },
  );

  attackTest(
    `H-59 1 MiB behind the request while the handler is pending (${kind})`,
    waiting[kind],
    { rss: 16 * MiB },
    async (target) => {
      const { upgrades, rss } = await target.stats();
      const peer = await target.connect();
      const text = "x".repeat(1024 * 1024);
      peer.send(Buffer.concat([Buffer.from(upgradeRequest()), masked(TEXT, text)]));
      await target.until((stats) => stats.upgrades > upgrades, "the handler");
      await new Promise((resolve) => setTimeout(resolve, 50));
      const grown = (await target.stats()).peakRss - rss;
      assert.ok(grown < 0.75 * MiB, `${grown} bytes are kept for who is not let in yet`);
      await target.command("release");
      assert.equal((await peer.head()).status, 101);
      assert.equal(await peer.message(), text);
    },
  );
}

const hasty = {
  own: Target.start({ kind: "own", options: { handshakeTimeout: 800 } }),
  bare: Target.start({ kind: "bare", options: { handshakeTimeout: 800 } }),
};

for (const kind of ["own", "bare"] as const) {
  attackTest(`H-25 slowloris: a byte now and then (${kind})`, hasty[kind], {}, async (target) => {
    const peer = await target.connect();
    const began = performance.now();
    const dribble = setInterval(() => peer.closed || peer.send("x"), 50);
    peer.send("GET / HTTP/1.1\r\nX: ");
    try {
      assert.equal((await peer.head(8000)).status, 408);
    } finally {
      clearInterval(dribble);
    }
    const elapsed = performance.now() - began;
    assert.ok(elapsed >= 700 && elapsed < 6000, `${elapsed} ms`);
    await peer.gone();
  });

  for (const sent of ["", "G", "GET / HTTP/1.1\r\n"]) {
    attackTest(`H-27 connects and sends ${JSON.stringify(sent)} (${kind})`, hasty[kind], {}, async (target) => {
      const peer = await target.connect();
      peer.send(sent);
      const began = performance.now();
      await peer.gone(8000);
      const elapsed = performance.now() - began;
      assert.ok(elapsed >= 600 && elapsed < 6000, `${elapsed} ms`);
    });
  }
}

const undecided = {
  http: Target.start({ kind: "http", upgrade: "wait", options: { handshakeTimeout: 500 } }),
  bare: Target.start({ kind: "bare", upgrade: "wait", options: { handshakeTimeout: 500 } }),
};

for (const kind of kinds) {
  attackTest(`H-28 a handler that never decides (${kind})`, undecided[kind], {}, async (target) => {
    const { opens, aborted } = await target.stats();
    const peers = await Promise.all(numbers(20).map(() => target.connect()));
    const began = performance.now();
    for (const peer of peers) peer.send(upgradeRequest());
    for (const peer of peers) assert.equal((await peer.refusal()).status, 503);
    const elapsed = performance.now() - began;
    assert.ok(elapsed >= 400 && elapsed < 5000, `${elapsed} ms`);
    await target.command("release");
    const now = await target.until((stats) => stats.aborted - aborted === 20, "the signals");
    assert.equal(now.opens, opens, "X-6: no open after a refusal");
  });
}

attackTest("H-52 10 000 pipelined requests without reading", hasty.own, { rss: 32 * MiB }, async (target) => {
  const peer = await target.connect({ paused: true });
  peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10_000));
  await peer.flushed().catch(() => {});
  peer.socket.resume();
  await peer.gone(8000);
});

if (skipTls === false) {
  const secure = Target.start({ kind: "tls", tls: makeIdentity("localhost") });
  const wrong = [
    ["HTTP", upgradeRequest()],
    ["nonsense", "\0\0\0\0\0"],
  ] as const;
  for (const [name, bytes] of wrong) {
    attackTest(`H-64 ${name} to a TLS port`, secure, {}, async (target) => {
      const peer = await target.connect();
      peer.send(bytes);
      await peer.gone(2000);
      assert.ok(!peer.take().includes("101"));
    });
  }
}
