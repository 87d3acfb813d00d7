import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checkFiles, checkPack } from "../check-pack.mjs";
import { ROOT, tree } from "./tree.mjs";

test("the library as it would be published", () => {
  assert.deepEqual(checkPack(ROOT, join(ROOT, "packages/tideway")), []);
});

const MANIFEST = {
  name: "tideway",
  version: "0.0.1",
  type: "module",
  files: ["dist/**/*.js", "dist/**/*.d.ts"],
  exports: {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./protocol": { types: "./dist/protocol.d.ts", default: "./dist/protocol.js" },
    "./package.json": "./package.json",
  },
};
const GOOD = {
  "README.md": "# Stub",
  LICENSE: "MIT",
  "package/package.json": JSON.stringify(MANIFEST),
  "package/dist/index.js": 'export * from "./protocol.js";\nexport const port = 0;\n',
  "package/dist/index.d.ts":
    'import type { Socket } from "node:net";\nexport * from "./protocol.js";\nexport declare const port: number;\nexport declare function take(socket: Socket): void;\n',
  "package/dist/protocol.js": "export const mask = 1;\n",
  "package/dist/protocol.d.ts": "export declare const mask: number;\n",
  "package/dist/.tsbuildinfo": "{}",
  "package/src/index.ts": "",
};

function check(context, files = {}) {
  const root = tree(context, { ...GOOD, ...files });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"), "dir");
  return checkPack(root, join(root, "package"));
}

describe("check-pack", () => {
  test("passes a good package", (context) => {
    assert.deepEqual(check(context), []);
  });

  test("refuses what does not belong into the tarball, and what is missing there", (context) => {
    const manifest = { ...MANIFEST, files: ["dist", "src"], dependencies: { ws: "8" } };
    const problems = checkFiles(manifest, [
      "package.json",
      "README.md",
      "dist/index.js",
      "dist/index.d.ts",
      "src/index.ts",
    ]);
    assert.deepEqual(problems, [
      "the tarball holds src/index.ts",
      "the tarball lacks LICENSE",
      "the tarball lacks dist/protocol.d.ts",
      "the tarball lacks dist/protocol.js",
      "the library has dependencies: ws",
    ]);
    const packed = check(context, { "package/package.json": JSON.stringify({ ...MANIFEST, files: ["dist", "src"] }) });
    assert.deepEqual(packed, ["the tarball holds dist/.tsbuildinfo"], "src is not even staged");
  });

  test("refuses an entry that cannot be imported", (context) => {
    const [problem, ...rest] = check(context, { "package/dist/protocol.js": 'import "ws";\nexport const mask = 1;\n' });
    assert.match(problem, /^import "tideway" failed[\s\S]*Cannot find package 'ws'/);
    assert.match(rest.join("\n"), /^import "tideway\/protocol" failed/);
  });

  test("refuses declarations that do not compile, or need Node where they must not", (context) => {
    const broken = check(context, { "package/dist/index.d.ts": "export declare const port: Nothing;\n" });
    assert.equal(broken.length, 2);
    assert.match(broken[0], /^types of "tideway" \(nodenext\)[\s\S]*Nothing/);
    const bound = check(context, { "package/dist/protocol.d.ts": "export declare const mask: Buffer;\n" });
    assert.match(bound[0], /^types of "tideway\/protocol"[\s\S]*Buffer/);
  });

  test("refuses a package that was not built", (context) => {
    const root = tree(context, { "package.json": "{}" });
    assert.match(checkPack(root, root)[0], /no dist, run `npm run build` first/);
  });
});
