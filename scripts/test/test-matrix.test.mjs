// `npm run test:matrix`, on a small copy of the workspace in which the versions of Node are played by this one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { counts, table } from "../test-matrix.mjs";
import { ROOT, tree } from "./tree.mjs";

const PLATFORM = `${process.platform}-${process.arch}`;
/** Passes where what a test starts by the name `node` is that version, too. */
const SAME_NODE = `import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
test("the program", () => {
  assert.match(execFileSync("/bin/sh", ["-c", "command -v node"], { encoding: "utf8" }), /node24-/);
});
`;

function workspace(context, versions, text) {
  const root = tree(context, {
    "package.json": JSON.stringify({ private: true, type: "module", scripts: { build: "exit 9" } }),
    "packages/tideway/test/one.test.ts": "",
    "packages/tideway/dist-test/one.test.js": text,
    "apps/b/test/two.test.ts": "",
    "apps/b/dist-test/two.test.js": "throw new Error('not of the library');\n",
  });
  for (const name of ["output", "real-part", "services", "test", "test-matrix"])
    cpSync(join(ROOT, `scripts/${name}.mjs`), join(root, `scripts/${name}.mjs`));
  cpSync(join(ROOT, "scripts/peers"), join(root, "scripts/peers"), { recursive: true });
  for (const version of versions) {
    const path = join(root, `.cache/peers/node_modules/${version}-${PLATFORM}/bin/node`);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(process.execPath, path);
  }
  return root;
}

function matrix(root, ...words) {
  const parts = Object.fromEntries(["CHROMIUM", "PYTHON", "OPENSSL"].map((name) => [`TIDEWAY_${name}`, "/nowhere"]));
  const { CI: _, ...env } = { ...process.env, ...parts };
  const run = spawnSync(process.execPath, ["scripts/test-matrix.mjs", ...words], { cwd: root, env, encoding: "utf8" });
  return { status: run.status, text: run.stdout + run.stderr };
}

test("test:matrix runs the library's tests with the program of the version, and its children too", (context) => {
  const { status, text } = matrix(workspace(context, ["node24"], SAME_NODE), "--no-build", "node24");
  assert.equal(status, 0, text);
  assert.match(text, new RegExp(`^${process.versions.node} +1 +1 +0 +0 +0 +passed$`, "m"));
});

test("test:matrix runs every version though one fails, and fails", (context) => {
  const root = workspace(context, ["node22", "node24"], SAME_NODE);
  const { status, text } = matrix(root, "--no-build", "node22", "node24");
  assert.equal(status, 1, text);
  assert.deepEqual(text.match(/(?:passed|failed)$/gm), ["failed", "passed"]);
});

test("test:matrix stops when the build fails, and refuses a version it does not know", (context) => {
  const root = workspace(context, ["node24"], SAME_NODE);
  assert.equal(matrix(root, "node24").status, 9);
  const { status, text } = matrix(root, "node19");
  assert.equal(status, 2);
  assert.match(text, /no such version: node19/);
});

test("the counts of a run: colours or not, and nothing when it did not end", () => {
  const end = "ℹ tests 5\nℹ suites 1\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\nℹ skipped 2\n";
  const expected = { tests: 5, pass: 2, fail: 1, cancelled: 0, skipped: 2 };
  assert.deepEqual(counts(`✔ a\n${end}`), expected);
  assert.deepEqual(counts(end.replaceAll(/^(.*)$/gm, "\u001b[34m$1\u001b[39m")), expected);
  assert.equal(counts(end.slice(0, -12)), undefined);
});

test("the table names a version that is missing", () => {
  const found = { tests: 5, pass: 5, fail: 0, cancelled: 0, skipped: 0 };
  const text = table([
    { name: "node22", version: "22.1.0", status: 0, counts: found },
    { name: "node24", status: 1, reason: "node24 is missing" },
  ]);
  assert.match(text, /^22\.1\.0 +5 +5 +0 +0 +0 +passed$/m);
  assert.match(text, /^node24 +– .*node24 is missing$/m);
});
