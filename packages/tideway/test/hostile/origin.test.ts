/** Group O of the catalogue: who may connect, by origin, host, address and number. */
import assert from "node:assert/strict";
import { RawPeer, type RequestOptions, upgradeRequest } from "../node/raw-peer.js";
import { attackTest, inBatches, MiB, numbers, Target } from "./harness.js";

type Row = readonly [name: string, request: RequestOptions, status: number];

const from = (origin: string, host = "server.test"): RequestOptions => ({ lines: { Host: host, Origin: origin } });

/** Each row against node:http and against our own reader of heads: one rule, wherever the request comes from (O-20). */
function table(
  title: string,
  options: Readonly<Record<string, unknown>>,
  rows: readonly Row[],
  control: RequestOptions["lines"] = {},
): void {
  for (const kind of ["http", "bare"] as const) {
    const target = Target.start({ kind, upgrade: "accept", options, control });
    for (const [name, request, status] of rows) {
      attackTest(`${title}: ${name}: ${status} (${kind})`, target, {}, async (on) => {
        const before = await on.stats();
        const peer = await on.connect();
        peer.send(upgradeRequest(request));
        if (status === 101) {
          assert.equal((await peer.head(1000)).status, 101);
          return;
        }
        assert.equal((await peer.refusal(1000)).status, status);
        const now = await on.stats();
        assert.deepEqual([now.upgrades, now.opens], [before.upgrades, before.opens], "the application is not asked");
      });
    }
  }
}

table("O-02 by default the same origin", {}, [
  ["O-01 cookies and a foreign origin", { lines: { Origin: "http://evil.example", Cookie: "session=1" } }, 403],
  ["O-02 the same origin", from("http://server.test"), 101],
  ["O-02 with the port written out", from("http://server.test:80"), 101],
  ["O-02 a port of its own", from("http://server.test:8080", "server.test:8080"), 101],
  ["O-03 no Origin", {}, 101],
  ["O-04 another scheme", from("https://server.test"), 403],
  ["O-04 another port", from("http://server.test:8080"), 403],
  ["O-05 null", from("null"), 403],
  ["O-06 no origin at all", from("http://["), 403],
  ["O-06 a blank inside", from("http://a b"), 403],
  ["O-06 8 KB", from(`http://${"a".repeat(7000)}`), 403],
  ["O-06 a script", from("javascript:x"), 403],
  ["O-06 beyond ASCII", from("http://\xe9.test"), 403],
  ["O-06 empty", from(""), 403],
  ["O-06 a path behind it", from("http://server.test/"), 403],
  ["O-07 two, the good first", { lines: { Origin: ["http://server.test", "http://evil.example"] } }, 400],
  ["O-07 two, the good last", { lines: { Origin: ["http://evil.example", "http://server.test"] } }, 400],
  ["O-07 two in one line", from("http://server.test, http://evil.example"), 403],
  ["O-09 as a prefix", from("http://server.test.evil.example"), 403],
  ["O-09 as a suffix", from("http://evilserver.test"), 403],
  ["O-09 as a user", from("http://server.test@evil.example"), 403],
  ["O-10 upper case", from("http://SERVER.test"), 101],
  ["O-13 the target is no authority", { target: "//evil.example/ws", lines: { Origin: "http://evil.example" } }, 403],
  [
    "O-14 a forwarded host of nobody we trust",
    { lines: { Origin: "http://evil.example", "X-Forwarded-Host": "evil.example" } },
    403,
  ],
  [
    "O-14 a forwarded scheme of nobody we trust",
    { lines: { Origin: "https://server.test", "X-Forwarded-Proto": "https" } },
    403,
  ],
]);

table("O-08 a list", { origins: ["https://good.com", "https://*.good.com", "http://localhost:3000"] }, [
  ["the origin", from("https://good.com"), 101],
  ["GOOD.com", from("https://GOOD.com"), 101],
  ["with its port", from("https://good.com:443"), 101],
  ["a subdomain", from("https://a.good.com"), 101],
  ["a subdomain of one", from("https://a.b.good.com"), 101],
  ["localhost", from("http://localhost:3000"), 101],
  ["no Origin", {}, 101],
  ["evilgood.com", from("https://evilgood.com"), 403],
  ["good.com.evil.com", from("https://good.com.evil.com"), 403],
  ["good.com@evil.com", from("https://good.com@evil.com"), 403],
  ["a.good.com@evil.com", from("https://a.good.com@evil.com"), 403],
  ["good.com%2eevil.com", from("https://good.com%2eevil.com"), 403],
  ["a trailing dot", from("https://good.com."), 403],
  ["an empty label", from("https://.good.com"), 403],
  ["another scheme", from("http://good.com"), 403],
  ["another port", from("https://good.com:8443"), 403],
  ["another port of a subdomain", from("https://a.good.com:8443"), 403],
  ["localhost without its port", from("http://localhost"), 403],
  ["O-05 null, even with a list", from("null"), 403],
  ["the same origin is not on it", from("http://server.test"), 403],
]);

table(
  "O-03 an origin is required",
  { requireOrigin: true, origins: ["https://good.com"] },
  [
    ["with", from("https://good.com"), 101],
    ["without", { lines: { Host: "server.test" } }, 403],
  ],
  { Origin: "https://good.com" },
);

table(
  "O-12 names of our own",
  { hosts: ["localhost", "127.0.0.1", "[::1]", "app.test:8080"] },
  [
    ["localhost on any port", from("http://localhost:1234", "localhost:1234"), 101],
    ["an IPv6 literal", from("http://[::1]", "[::1]"), 101],
    ["DNS rebinding", from("http://evil.example", "evil.example"), 403],
    ["DNS rebinding without Origin", { lines: { Host: "evil.example" } }, 403],
    ["a name with its port", { lines: { Host: "app.test:8080" } }, 101],
    ["a name with another", { lines: { Host: "app.test" } }, 403],
    ["localhost. is another name", { lines: { Host: "localhost." } }, 403],
  ],
  { Host: "localhost" },
);

table("O-14 behind a trusted proxy", { trustProxy: ["127.0.0.1"] }, [
  ["the forwarded scheme counts", { lines: { Origin: "https://server.test", "X-Forwarded-Proto": "https" } }, 101],
  ["the own scheme does not", { lines: { Origin: "http://server.test", "X-Forwarded-Proto": "https" } }, 403],
  [
    "the forwarded host never does",
    { lines: { Origin: "http://evil.example", "X-Forwarded-Host": "evil.example" } },
    403,
  ],
]);

const limited = {
  http: Target.start({ kind: "http", options: { maxConnectionsPerAddress: 10, hosts: ["server.test"] } }),
  bare: Target.start({ kind: "bare", options: { maxConnectionsPerAddress: 10, hosts: ["server.test"] } }),
};

for (const kind of ["http", "bare"] as const) {
  attackTest(
    `O-30 the 11th connection of an address: 429, and every way out gives the place back (${kind})`,
    limited[kind],
    {},
    async (target) => {
      const fill = async () => {
        // The control connection has one of the ten.
        for (let i = 0; i < 9; i++) await target.open();
        const peer = await target.connect();
        peer.send(upgradeRequest());
        const { status, headers } = await peer.refusal();
        assert.deepEqual([status, headers.get("retry-after")], [429, "5"]);
        await target.open({ localAddress: "127.0.0.2" });
      };
      await fill();
      target.dropAll();
      await target.until(({ connections }) => connections === 1, "all to have gone");
      const request = upgradeRequest();
      await inBatches(numbers(request.length), 8, async (at) => {
        const peer = await RawPeer.connect({ port: target.port });
        peer.send(request.slice(0, at + 1));
        await peer.flushed();
        peer.drop(at % 2 === 0);
        await peer.gone();
      });
      await target.until(
        ({ connections, opens, closes }) => connections === 1 && opens - closes === 1,
        "all to have gone",
      );
      await fill();
    },
  );

  attackTest(`O-33 many users behind one trusted proxy are not one (${kind})`, behind(kind), {}, async (target) => {
    const as = (user: number): RequestOptions => ({ lines: { "X-Forwarded-For": `1.1.1.1, 203.0.113.${user}` } });
    for (const user of numbers(50)) await target.open({ request: as(user) });
    await target.open({ request: as(7) });
    const third = await target.connect();
    third.send(upgradeRequest(as(7)));
    assert.equal((await third.refusal()).status, 429);
  });

  attackTest(`O-32 full: 503, and who is in stays (${kind})`, crowded(kind), {}, async (target) => {
    const peers = await Promise.all(numbers(4).map(() => target.open()));
    for (let i = 0; i < 50; i++) {
      const peer = await RawPeer.connect({ port: target.port });
      peer.send(upgradeRequest());
      const { status, headers } = await peer.refusal();
      assert.deepEqual([status, headers.get("retry-after")], [503, "5"]);
      peer.drop();
    }
    for (const peer of peers) {
      peer.text("still in");
      assert.equal(await peer.message(), "still in");
    }
    peers[0]!.drop();
    await target.until(({ connections }) => connections === 4, "one to have gone");
    await target.open();
  });
}

for (const kind of ["http", "bare"] as const) {
  const options = { maxConnectionsPerAddress: 5 };
  attackTest(
    `O-30 who is refused by the application gives the place back (${kind})`,
    Target.start({ kind, upgrade: "refuse", options }),
    {},
    async (target) => {
      for (let i = 0; i < 30; i++) {
        const peer = await target.connect();
        peer.send(upgradeRequest());
        assert.equal((await peer.refusal()).status, 403);
      }
    },
  );
}

function behind(kind: "http" | "bare"): Promise<Target> {
  return Target.start({
    kind,
    options: { trustProxy: ["127.0.0.1"], maxConnectionsPerAddress: 2, maxConnectionRate: 50 },
  });
}

function crowded(kind: "http" | "bare"): Promise<Target> {
  return Target.start({ kind, options: { maxConnections: 5 } });
}

attackTest(
  "O-31 1 000 connections in a row from one address: 429 beyond the rate, and others are served",
  Target.start({ kind: "bare", options: { maxConnectionRate: 20 } }),
  { rss: 16 * MiB },
  async (target, context) => {
    const statuses = new Map<number, number>();
    await target.whileControlled(context, async () => {
      await inBatches(numbers(1000), 20, async () => {
        const peer = await RawPeer.connect({ port: target.port, localAddress: "127.0.0.3" });
        peer.send(upgradeRequest());
        const { status } = await peer.head();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        peer.drop();
        await peer.gone();
      });
    });
    context.diagnostic(`${JSON.stringify([...statuses])}`);
    const admitted = statuses.get(101) ?? 0;
    assert.ok(admitted >= 50 && admitted < 250, `${admitted} let in`);
    assert.equal(admitted + (statuses.get(429) ?? 0), 1000);
  },
);

attackTest(
  "O-32 no file descriptors left: nothing is thrown, and it goes on afterwards",
  Target.start({ kind: "http", files: 80 }),
  {},
  async (target) => {
    const tries = await Promise.all(numbers(150).map(() => RawPeer.open({ port: target.port }).catch(() => undefined)));
    const inside = tries.filter((peer) => peer !== undefined);
    assert.ok(inside.length > 20 && inside.length < 80, `${inside.length} got in`);
    inside[0]!.text("works");
    assert.equal(await inside[0]!.message(), "works");
    for (const peer of inside) peer.drop();
    await target.until(({ connections }) => connections === 1, "all to have gone");
    const late = await target.open();
    late.text("works");
    assert.equal(await late.message(), "works");
  },
);
