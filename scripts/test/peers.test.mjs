import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { completeLock } from "../complete-lock.mjs";
import { manifest, strangers } from "../peers/install.mjs";
import { HERE, PEERS, peer, WANTED } from "../peers/peer.mjs";

const text = readFileSync(join(HERE, "package-lock.json"), "utf8");
const lock = JSON.parse(text);

test("the lock file of the peers is complete, says what package.json asks for, and names no registry", () => {
  assert.deepEqual(completeLock(JSON.parse(text)), []);
  const { dependencies, optionalDependencies } = lock.packages[""];
  assert.deepEqual({ ...dependencies, ...optionalDependencies }, WANTED);
  assert.doesNotMatch(text, /"resolved"|registry/);
});

test("every peer of package.json has an exact version, and a way to be installed", () => {
  const names = new Set(Object.values(PEERS).flatMap(({ packages = [] }) => packages));
  for (const [name, version] of Object.entries(WANTED)) {
    assert.match(version, /^(?:npm:[\w-]+@)?\d+\.\d+\.\d+$/, name);
    // Those of other platforms are not installed here.
    assert.ok(names.has(name) || /-linux-/.test(name), name);
    assert.ok(lock.packages[`node_modules/${name}`], name);
  }
});

test("the types name the same peers", () => {
  const declared = readFileSync(join(HERE, "peer.d.mts"), "utf8").match(/PeerName =([^;]+);/)[1];
  assert.deepEqual([...declared.matchAll(/"([^"]+)"/g)].map(([, name]) => name).sort(), Object.keys(PEERS).sort());
});

describe("peer", () => {
  for (const name of Object.keys(PEERS))
    test(`${name} is there, or says how to get it`, () => {
      const { path, version, skip } = peer(name);
      if (skip) assert.match(skip, new RegExp(`node scripts/peers/install\\.mjs ${name}\\)$`));
      else {
        assert.ok(existsSync(path), path);
        assert.match(version, /^\d/);
      }
    });

  test("refuses a name that is none", () => {
    assert.throws(() => peer("nobody"), /no peer is named nobody: .*bun/);
    assert.throws(() => peer("constructor"), TypeError);
  });
});

test("manifest asks for what was named, and nothing else", () => {
  assert.deepEqual(manifest(["b", "c"], { a: "1.0.0", b: "2.0.0" }).dependencies, { b: "2.0.0" });
});

test("strangers are packages that the lock file has in another version, or not at all", () => {
  const packages = (entries) => ({ packages: { "": { version: "9" }, ...entries } });
  const tree = packages({ "node_modules/a": { version: "1" }, "node_modules/b": { version: "2" } });
  assert.deepEqual(strangers(tree, packages({ "node_modules/a": { version: "1" } })), ["node_modules/b@2"]);
  assert.deepEqual(strangers(tree, packages({ ...tree.packages, "node_modules/c": { version: "3" } })), []);
});
