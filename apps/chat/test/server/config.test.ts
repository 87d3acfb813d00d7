import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { ConfigError, readConfig } from "../../dist/server/config.js";

test("what is not set has a default, and empty is not set", () => {
  const plain = { port: 8080, host: "127.0.0.1", dataDir: resolve("data") };
  assert.deepEqual(readConfig({}), plain);
  assert.deepEqual(readConfig({ PORT: "", HOST: "", DATA_DIR: "" }), plain);
});

test("what is set is used", () => {
  const config = readConfig({ PORT: "0", HOST: "::1", DATA_DIR: "/var/lib/chat" });
  assert.deepEqual(config, { port: 0, host: "::1", dataDir: resolve("/var/lib/chat") });
});

test("what cannot be used is named", () => {
  for (const PORT of ["x", "8080x", " 80", "1e3", "65536", "-1", "0x50", "80.5"]) {
    assert.throws(
      () => readConfig({ PORT }),
      (error) => error instanceof ConfigError && error.message.includes(PORT),
    );
  }
  for (const HOST of ["http://a", "a b", "[::1]", "a/b"]) assert.throws(() => readConfig({ HOST }), ConfigError, HOST);
});
