import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { completeLock } from "../complete-lock.mjs";
import { ROOT } from "./tree.mjs";

test("this repository's package-lock.json is complete: npm ci works on every platform", () => {
  assert.deepEqual(completeLock(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"))), []);
});

describe("completeLock", () => {
  const lock = (optionalDependencies, more = {}) => ({
    packages: { "": {}, "node_modules/tool": { version: "1.2.3", dev: true, optionalDependencies }, ...more },
  });

  test("adds what is missing, with the platform in the name", () => {
    const given = lock({ "@tool/linux-x64-musl": "1.2.3", "tool-win32-arm64": "1.2.3" });
    assert.deepEqual(completeLock(given), ["@tool/linux-x64-musl@1.2.3", "tool-win32-arm64@1.2.3"]);
    assert.deepEqual(given.packages["node_modules/@tool/linux-x64-musl"], {
      version: "1.2.3",
      dev: true,
      cpu: ["x64"],
      libc: ["musl"],
      os: ["linux"],
      optional: true,
    });
    assert.deepEqual(Object.keys(given.packages), [
      "",
      "node_modules/@tool/linux-x64-musl",
      "node_modules/tool",
      "node_modules/tool-win32-arm64",
    ]);
    assert.deepEqual(completeLock(given), [], "once is enough");
  });

  test("finds what is there, beside the parent too", () => {
    const optional = { "a-linux-x64": "1.0.0", "b-linux-x64": "1.0.0" };
    const there = { "node_modules/a-linux-x64": {}, "node_modules/tool/node_modules/b-linux-x64": {} };
    assert.deepEqual(completeLock(lock(optional, there)), []);
  });

  test("does not guess", () => {
    assert.throws(() => completeLock(lock({ "tool-native": "1.0.0" })), /no platform in its name/);
    assert.throws(() => completeLock(lock({ "tool-linux-x64": "^1.0.0" })), /not an exact version/);
  });
});
