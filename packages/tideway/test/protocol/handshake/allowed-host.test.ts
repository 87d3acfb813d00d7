import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalError } from "../../../dist/protocol/error.js";
import { AllowedHosts } from "../../../dist/protocol/handshake/allowed-host.js";
import { parseAuthority } from "../../../dist/protocol/handshake/authority.js";

const hosts = new AllowedHosts(["localhost", "127.0.0.1", "[::1]", "App.example:8443"]);

for (const [host, expected] of [
  ["localhost", true],
  ["LOCALHOST:3000", true],
  ["127.0.0.1:3000", true],
  ["[::1]:3000", true],
  ["app.example:8443", true],
  ["app.example", false],
  ["app.example:8444", false],
  ["evil.example", false],
  ["localhost.evil.example", false],
  ["xlocalhost", false],
  ["localhost.", false],
] as const) {
  test(`O-12 ${host} is ${expected ? "" : "not "}allowed`, () => {
    assert.equal(hosts.has(parseAuthority(host)!), expected);
  });
}

test("the default is any host; an empty list allows none", () => {
  const host = parseAuthority("evil.example")!;
  assert.equal(new AllowedHosts().has(host), true);
  assert.equal(new AllowedHosts("any").has(host), true);
  assert.equal(new AllowedHosts([]).has(host), false);
});

for (const [name, allowed] of [
  ["URL", ["http://localhost"]],
  ["wildcard", ["*.example"]],
  ["empty", [""]],
  ["number", [1]],
  ["no list", "localhost"],
  ["null", null],
] as const) {
  test(`a wrong option is an error at construction: ${name}`, () => {
    assert.throws(
      () => new AllowedHosts(allowed as unknown as string[]),
      (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_HOST",
    );
  });
}

test("the error names the entry, or the type of what is no text", () => {
  assert.throws(() => new AllowedHosts(["a", "http://b"]), /: "http:\/\/b"$/);
  assert.throws(() => new AllowedHosts([1 as unknown as string]), /: number$/);
});
