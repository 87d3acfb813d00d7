import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LocalError } from "../../../dist/protocol/error.js";
import { parseAuthority } from "../../../dist/protocol/handshake/authority.js";
import { type OriginOption, OriginPolicy, parseOrigin } from "../../../dist/protocol/handshake/origin.js";
import { countReads } from "./count-reads.js";

const site = (host: string, secure = true) => ({ secure, host: parseAuthority(host)! });

for (const [text, scheme, host, port] of [
  ["https://app.example", "https", "app.example", 443],
  ["http://app.example", "http", "app.example", 80],
  ["HTTP://App.Example:80", "http", "app.example", 80],
  ["https://app.example:8443", "https", "app.example", 8443],
  ["wss://a", "wss", "a", 443],
  ["ws://a", "ws", "a", 80],
  ["http://[::1]:3000", "http", "[::1]", 3000],
  ["chrome-extension://abcdefgh", "chrome-extension", "abcdefgh", undefined],
] as const) {
  test(`parseOrigin(${text})`, () => assert.deepEqual(parseOrigin(text), { scheme, host, port }));
}

const malformed = [
  "",
  "null",
  "https",
  "https:",
  "https:app.example",
  "https://",
  "https:///app.example",
  "https://app.example/",
  "https://app.example:",
  "https://app.example:443:443",
  "https://app.example?x",
  "https://app.example#x",
  "https://user@app.example",
  "https://app.example:x",
  "https://app.example https://evil.example",
  "http://good, http://evil",
  "http://[",
  "http://a b",
  "javascript:x",
  "://app.example",
  "1https://app.example",
  "ht\u00fctps://app.example",
  "https://b\u00fccher.example",
  "https://\u212a.example",
  "https://app.example\0",
  `https://${"a".repeat(8000)}`,
  `${"a".repeat(8000)}://b`,
  `https://${"a.".repeat(4000)}b`,
];
for (const text of malformed) {
  test(`O-06 ${JSON.stringify(text.slice(0, 50))} is no origin, under every policy that looks`, () => {
    assert.equal(parseOrigin(text), undefined);
    const expected = text === "null" ? "ERR_ORIGIN_NULL" : "ERR_ORIGIN_MALFORMED";
    assert.equal(new OriginPolicy().check(text, site("app.example")), expected);
    assert.equal(new OriginPolicy(["https://app.example"]).check(text, site("app.example")), expected);
  });
}

const same = new OriginPolicy();
for (const [name, origin, host, secure, expected] of [
  ["O-02 same", "https://app.example", "app.example", true, undefined],
  ["same over plain HTTP", "http://app.example", "app.example", false, undefined],
  ["default port in Host", "https://app.example", "app.example:443", true, undefined],
  ["default port in Origin", "http://app.example:80", "app.example", false, undefined],
  ["case", "https://APP.example", "App.Example", true, undefined],
  ["other port on both", "http://localhost:3000", "localhost:3000", false, undefined],
  ["IPv6", "http://[::1]:3000", "[::1]:3000", false, undefined],
  ["O-10 IDN in ASCII form", "https://xn--bcher-kva.example", "xn--bcher-kva.example", true, undefined],
  ["O-02 other host", "https://evil.example", "app.example", true, "ERR_ORIGIN"],
  ["O-04 other port", "https://app.example:8443", "app.example", true, "ERR_ORIGIN"],
  ["O-04 port missing", "http://app.example", "app.example:8080", false, "ERR_ORIGIN"],
  ["O-04 https page, plain server", "https://app.example", "app.example", false, "ERR_ORIGIN_SCHEME"],
  ["O-04 http page, TLS server", "http://app.example", "app.example", true, "ERR_ORIGIN_SCHEME"],
  ["O-04 other scheme with the same port", "http://app.example:443", "app.example", true, "ERR_ORIGIN"],
  ["other kind of scheme", "wss://app.example", "app.example", true, "ERR_ORIGIN"],
  ["subdomain", "https://a.app.example", "app.example", true, "ERR_ORIGIN"],
  ["trailing dot", "https://app.example.", "app.example", true, "ERR_ORIGIN"],
  ["O-05 null", "null", "app.example", true, "ERR_ORIGIN_NULL"],
  ["O-10 IDN in other form", "https://b\u00fccher.example", "xn--bcher-kva.example", true, "ERR_ORIGIN_MALFORMED"],
  ["O-13 target is not looked at", "http://evil.example", "app.example", false, "ERR_ORIGIN"],
  ["O-03 no Origin", undefined, "app.example", true, undefined],
] as const) {
  test(`same-origin: ${name}`, () => assert.equal(same.check(origin, site(host, secure)), expected));
}

const list = new OriginPolicy([
  "https://*.good.com",
  "https://exact.example",
  "HTTP://LocalHost:3000",
  "https://*.port.example:8443",
  "chrome-extension://abc",
]);
for (const [origin, expected] of [
  ["https://exact.example", undefined],
  ["https://exact.example:443", undefined],
  ["http://localhost:3000", undefined],
  ["chrome-extension://abc", undefined],
  ["https://a.good.com", undefined],
  ["https://a.b.good.com", undefined],
  ["https://A.GOOD.com", undefined],
  ["https://a.port.example:8443", undefined],
  ["https://good.com", "ERR_ORIGIN"],
  ["https://GOOD.com", "ERR_ORIGIN"],
  ["https://evilgood.com", "ERR_ORIGIN"],
  ["https://good.com.evil.com", "ERR_ORIGIN"],
  ["https://a.good.com.evil.com", "ERR_ORIGIN"],
  ["https://a.good.com.", "ERR_ORIGIN"],
  ["https://a.good.com:8443", "ERR_ORIGIN"],
  ["https://a.port.example", "ERR_ORIGIN"],
  ["http://a.good.com", "ERR_ORIGIN"],
  ["http://a.good.com:443", "ERR_ORIGIN"],
  ["http://exact.example", "ERR_ORIGIN"],
  ["https://exact.example.evil.com", "ERR_ORIGIN"],
  ["https://xexact.example", "ERR_ORIGIN"],
  ["https://exact.example:80", "ERR_ORIGIN"],
  ["http://localhost", "ERR_ORIGIN"],
  ["https://*.good.com", "ERR_ORIGIN_MALFORMED"],
  ["https://.good.com", "ERR_ORIGIN_MALFORMED"],
  ["https://good.com@evil.com", "ERR_ORIGIN_MALFORMED"],
  ["https://a.good.com@evil.com", "ERR_ORIGIN_MALFORMED"],
  ["https://good.com%2eevil.com", "ERR_ORIGIN_MALFORMED"],
  ["https://evil.com/.good.com", "ERR_ORIGIN_MALFORMED"],
  ["https://evil.com#.good.com", "ERR_ORIGIN_MALFORMED"],
  ["null", "ERR_ORIGIN_NULL"],
  [undefined, undefined],
] as const) {
  test(`O-08 O-09 list: ${origin} gives ${expected}`, () => {
    assert.equal(list.check(origin, site("evil.example")), expected);
  });
}

test("a list does not include the server's own origin", () => {
  assert.equal(list.check("https://app.example", site("app.example")), "ERR_ORIGIN");
  assert.equal(new OriginPolicy([]).check("https://app.example", site("app.example")), "ERR_ORIGIN");
});

test("any lets everything through", () => {
  const any = new OriginPolicy("any");
  for (const origin of ["https://evil.example", ...malformed, undefined]) {
    assert.equal(any.check(origin, site("app.example")), undefined);
  }
});

test("O-03 requireOrigin refuses a request without Origin, under every policy", () => {
  for (const origins of ["any", "same-origin", ["https://app.example"]] as const) {
    const policy = new OriginPolicy(origins, { requireOrigin: true });
    assert.equal(policy.check(undefined, site("app.example")), "ERR_ORIGIN_MISSING");
    assert.equal(policy.check("https://app.example", site("app.example")), undefined);
  }
  assert.equal(new OriginPolicy("any", { requireOrigin: undefined }).check(undefined, site("a")), undefined);
});

for (const [name, origins, hint] of [
  ["null", ["null"], /sandboxed/],
  ["star", ["*"], /origins: "any"/],
  ["same-origin in a list", ["same-origin"], /is not an origin/],
  ["host without scheme", ["app.example"], /is not an origin/],
  ["wildcard without scheme", ["*.app.example"], /is not an origin/],
  ["path", ["https://app.example/"], /without a path/],
  ["wildcard in the middle", ["https://a.*.example"], /is not an origin/],
  ["two wildcards", ["https://*.*.example"], /is not an origin/],
  ["wildcard alone", ["https://*"], /is not an origin/],
  ["wildcard without a domain", ["https://*."], /is not an origin/],
  ["O-10 IDN", ["https://b\u00fccher.example"], /xn--/],
  ["the last character of ASCII that is seen", ["https://a~b"], /is not an origin/],
  ["an entry that is wrong is named as it is", ["https://a/"], /: "https:\/\/a\/" is not/],
  ["empty", [""], /is not an origin/],
  ["no string", [/good/], /object is not a string/],
  ["a string that is no word of ours", "https://app.example", /a list of origins/],
  ["a number", 1, /number must be/],
  ["null option", null, /a list of origins/],
] as const) {
  test(`a wrong option is an error at construction: ${name}`, () => {
    assert.throws(
      () => new OriginPolicy(origins as unknown as OriginOption),
      (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_ORIGINS" && hint.test(error.message),
    );
  });
}

test("any text is decided about without throwing, and only listed hosts get in", () => {
  const text = fc.string({
    unit: fc.constantFrom("https://", "a.", "good.com", "evil", ":443", "@", "/", "[", "\u00e9"),
  });
  fc.assert(
    fc.property(text, (origin) => {
      const allowed = list.check(origin, site("app.example")) === undefined;
      if (allowed) assert.match(new URL(origin).host, /^([a-z]+\.)+good\.com$/);
    }),
    { numRuns: 3000 },
  );
});

test("H-38 an absurd Origin costs next to nothing", () => {
  for (const make of [
    (n: number) => `b${" ".repeat(n)}x`,
    (n: number) => ",".repeat(n),
    (n: number) => "a.".repeat(n),
  ]) {
    assert.ok(countReads(() => same.check(make(7900), site("app.example"))) <= 1000);
  }
});

test("the longest origin that is read has 320 characters", () => {
  const origin = (length: number): string => `${"s".repeat(length - 4)}://a`;
  assert.equal(parseOrigin(origin(320))?.host, "a");
  assert.equal(parseOrigin(origin(321)), undefined);
});
