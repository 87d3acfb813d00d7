import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOptions, type ServerOptions } from "../../dist/node/server-options.js";

test("the defaults of the table in hostile.md §3.2", () => {
  const { origins, hosts, proxies, ...plain } = resolveOptions({});
  assert.equal(origins.check("null", { secure: false, host: { host: "a", port: undefined } }), "ERR_ORIGIN_NULL");
  assert.ok(hosts.has({ host: "whatever", port: 1 }));
  assert.ok(proxies);
  assert.deepEqual(plain, {
    path: undefined,
    compression: undefined,
    binary: "copy",
    sendHighWater: 65_536,
    sendLimit: 1_048_576,
    sendPolicy: "close",
    sendMaxAge: 30_000,
    writeTimeout: 10_000,
    handshakeTimeout: 10_000,
    maxConnections: 50_000,
    maxConnectionsPerAddress: undefined,
    maxConnectionRate: undefined,
    limits: {
      maxPayload: 1_048_576,
      maxFragments: 1024,
      maxRetained: 1_048_576 + 128 * 1024 + 65_536,
      messageTimeout: 60_000,
      minMessageRate: 1024,
      maxControlFrames: 1000,
      pingInterval: 25_000,
      pingTimeout: 20_000,
      closeTimeout: 5_000,
    },
  });
});

const names = [
  "sendHighWater",
  "sendLimit",
  "sendMaxAge",
  "writeTimeout",
  "handshakeTimeout",
  "maxConnections",
  "maxConnectionsPerAddress",
  "maxConnectionRate",
  "maxPayload",
  "maxFragments",
  "messageTimeout",
  "maxControlFrames",
  "pingInterval",
  "pingTimeout",
  "closeTimeout",
] as const;

for (const name of names) {
  test(`R-31 ${name}`, () => {
    for (const bad of [0, -1, Number.NaN, "1mb", null, {}, true]) {
      assert.throws(
        () => resolveOptions({ [name]: bad } as ServerOptions<undefined>),
        /Error: WebSocketServer: /,
        `${bad}`,
      );
    }
    const at = (given: number | undefined) => {
      // Without a limit of its own: the high-water mark is at most that.
      const settings = resolveOptions({
        sendLimit: Number.POSITIVE_INFINITY,
        [name]: given,
      } as ServerOptions<undefined>);
      return { ...settings, ...settings.limits }[name];
    };
    assert.equal(at(undefined), resolveOptionsDefault(name));
    for (const good of [1, 2 ** 31, 2 ** 32, Number.POSITIVE_INFINITY]) assert.equal(at(good), good, "not coerced");
  });
}

function resolveOptionsDefault(name: (typeof names)[number]): number | undefined {
  const settings = resolveOptions({});
  return { ...settings, ...settings.limits }[name];
}

test("minMessageRate may be 0, and nothing below", () => {
  assert.equal(resolveOptions({ minMessageRate: 0 }).limits.minMessageRate, 0);
  assert.throws(() => resolveOptions({ minMessageRate: -1 }), RangeError);
});

const wrong: readonly (readonly [name: string, options: object, message: RegExp])[] = [
  ["a path without slash", { path: "chat" }, /"path" must begin with "\/"/],
  ["a proxy that is no address", { trustProxy: ["proxy.example"] }, /"trustProxy" holds "proxy.example"/],
  ["a host with a scheme", { hosts: ["http://app.example"] }, /host/],
  ["origins with null", { origins: ["null"] }, /never be allowed/],
  ["origins with a star", { origins: ["*"] }, /origins: "any"/],
  ["origins as text", { origins: "https://app.example" }, /"same-origin", "any" or a list/],
  ["a handler that is no function", { message: "echo" }, /"message" must be a function/],
  ["an option that does not exist", { maxPayloadSize: 1 }, /did you mean "maxPayload"/],
  ["ws's name of a handler", { onMessage: () => {} }, /did you mean "message"/],
  ["an option of the core that is not for users", { maxRetained: 1 }, /there is no option "maxRetained"/],
  ["a policy that does not exist", { sendPolicy: "wait" }, /"close" or "drop"/],
];

for (const [name, options, message] of wrong) {
  test(name, () => assert.throws(() => resolveOptions(options as ServerOptions<undefined>), { message }));
}
