import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseAuthority } from "../../../dist/protocol/handshake/authority.js";

for (const [text, host, port] of [
  ["example.com", "example.com", undefined],
  ["EXAMPLE.com:8080", "example.com", 8080],
  ["localhost:0", "localhost", 0],
  ["a:65535", "a", 65535],
  ["a:00080", "a", 80],
  ["a:", "a", undefined],
  ["my_service", "my_service", undefined],
  ["xn--bcher-kva.example", "xn--bcher-kva.example", undefined],
  ["example.com.", "example.com.", undefined],
  ["127.0.0.1:80", "127.0.0.1", 80],
  ["[::1]", "[::1]", undefined],
  ["[::1]:8080", "[::1]", 8080],
  ["[::1]:", "[::1]", undefined],
  ["[::]", "[::]", undefined],
  ["[2001:DB8::1]", "[2001:db8::1]", undefined],
  ["[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]", undefined],
  ["[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::]", undefined],
  ["[::ffff:10.0.0.255]", "[::ffff:10.0.0.255]", undefined],
  ["[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]", undefined],
  [`${"a".repeat(255)}:65535`, "a".repeat(255), 65535],
] as const) {
  test(`parseAuthority(${JSON.stringify(text.slice(0, 40))})`, () => {
    assert.deepEqual(parseAuthority(text), { host, port });
  });
}

for (const text of [
  "",
  " ",
  ".",
  "..",
  ":80",
  "a..b",
  ".a",
  "a..",
  ".a.",
  "a b",
  "a,b",
  "a:80a",
  "a:-1",
  "a:65536",
  "a:000080",
  "a:80:80",
  "user@a",
  "a/",
  "a%2eb",
  "a\\b",
  "a?",
  "a#",
  "b\u00fccher",
  "\u212a",
  "a\r\n",
  "a\n",
  "a:80\n",
  "::1",
  "[",
  "[]",
  "[::1",
  "[::1]x",
  "[::1]80",
  "::1]",
  "[:]",
  "[:::]",
  "[::1::2]",
  "[1:2:3::4:5:6::7:8]",
  "[:1:2:3:4:5:6:7]",
  "[1:2:3:4:5:6:7:]",
  "[1:2:3:4:5:6:7]",
  "[1:2:3:4:5:6:7:8:9]",
  "[1:2:3:4::5:6:7:8]",
  "[12345::]",
  "[g::]",
  "[g::1.2.3.4]",
  "[fe80::1%25eth0]",
  "[1.2.3.4]",
  "[1.2.3.4::]",
  "[::1.2.3]",
  "[::1.2.3.256]",
  "[::1.2.3.04]",
  "[::1.2.3.4:5]",
  "[1:2:3:4:5:6:7:1.2.3.4]",
  "[v1.a]",
  "a".repeat(262),
]) {
  test(`parseAuthority refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.equal(parseAuthority(text), undefined);
  });
}

test("an IPv6 address is accepted exactly if URL accepts it", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("1", "ab", ":", "::", ".2"), maxLength: 16 }), (text) => {
      assert.equal(parseAuthority(`[${text}]`) !== undefined, URL.canParse(`http://[${text}]/`), text);
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      assert.notEqual(parseAuthority(`[${text}]:1`), undefined, text);
    }),
  );
});

test("any text gives an authority or undefined; never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      parseAuthority(text);
    }),
  );
});
