// `npm test` and `npm start` as a whole, on a small copy of the workspace with builds that are played.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { testFiles } from "../output.mjs";
import { ROOT, tree } from "./tree.mjs";

const PASSING = 'import { test } from "node:test";\ntest("stub passes", () => {});\n';
const FAILING = 'import { test } from "node:test";\ntest("stub fails", () => { throw new Error("as it should"); });\n';

/** A workspace with the real scripts; `steps` are the commands behind the npm scripts. */
function workspace(context, files, steps = {}) {
  const say = (word) => `node -e "console.log('ran ${word}')"`;
  const scripts = { build: say("build"), lint: say("lint"), "check:layers": say("layers"), ...steps };
  const root = tree(context, { "package.json": JSON.stringify({ private: true, type: "module", scripts }), ...files });
  for (const name of ["output", "real-part", "services", "start", "test"])
    cpSync(join(ROOT, `scripts/${name}.mjs`), join(root, `scripts/${name}.mjs`));
  return root;
}

function environment(env = {}) {
  const { CI: _, ...rest } = process.env;
  const parts = {
    TIDEWAY_CHROMIUM: process.execPath,
    TIDEWAY_PYTHON: process.execPath,
    TIDEWAY_OPENSSL: process.execPath,
  };
  return { ...rest, ...parts, ...env };
}

function npmTest(root, words = [], env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/test.mjs", ...words], {
    cwd: root,
    env: environment(env),
    encoding: "utf8",
  });
  return { status, text: stdout + stderr };
}

const FILES = {
  "packages/a/test/one.test.ts": "",
  "packages/a/dist-test/one.test.js": PASSING,
  "apps/b/test/deep/two.test.ts": "",
  "apps/b/dist-test/deep/two.test.js": PASSING,
};

describe("npm test", () => {
  test("runs every step in order, then all files", (context) => {
    const { status, text } = npmTest(workspace(context, FILES));
    assert.equal(status, 0, text);
    const steps = [
      "── build",
      "ran build",
      "── lint",
      "ran lint",
      "── layers",
      "ran layers",
      "── services",
      "2 of 2 files",
    ];
    assert.deepEqual(
      steps.map((step) => text.indexOf(step)).sort((a, b) => a - b),
      steps.map((step) => text.indexOf(step)),
    );
    assert.ok(!steps.some((step) => !text.includes(step)), text);
    assert.match(text, /pass 2\n/);
    assert.match(text, /passed after 0 min \d+ s\n$/);
  });

  test("stops at the first step that fails, with its exit code", (context) => {
    const { status, text } = npmTest(workspace(context, FILES, { lint: "exit 7" }));
    assert.equal(status, 7, text);
    assert.ok(!text.includes("── layers"));
    assert.match(text, /failed after/);
  });

  test("fails when a test fails", (context) => {
    const { status, text } = npmTest(workspace(context, { ...FILES, "packages/a/dist-test/one.test.js": FAILING }));
    assert.equal(status, 1, text);
    assert.match(text, /fail 1\n/);
  });

  test("with a filter: build and those files only", (context) => {
    const { status, text } = npmTest(workspace(context, FILES), ["deep"]);
    assert.equal(status, 0, text);
    assert.ok(text.includes("ran build") && !text.includes("ran lint") && !text.includes("ran layers"), text);
    assert.match(text, /1 of 2 files/);
  });

  test("fails when no file fits the filter", (context) => {
    const { status, text } = npmTest(workspace(context, FILES), ["nothing-like-it"]);
    assert.equal(status, 1);
    assert.match(text, /no test file's path contains/);
  });

  test("--no-build leaves the build out, other options are refused", (context) => {
    const root = workspace(context, FILES, { build: "exit 9" });
    assert.equal(npmTest(root, ["--no-build", "one"]).status, 0);
    assert.equal(npmTest(root, ["one"]).status, 9);
    assert.equal(npmTest(root, ["--nobuild"]).status, 2);
  });

  test("deletes compiled tests whose source is gone", (context) => {
    const stale = { "packages/a/dist-test/gone.test.js": FAILING, "packages/a/dist-test/gone.test.d.ts": "" };
    const root = workspace(context, { ...FILES, ...stale });
    const { status, text } = npmTest(root);
    assert.equal(status, 0, text);
    assert.match(text, /deleted packages\/a\/dist-test\/gone\.test\.js/);
    assert.ok(!existsSync(join(root, "packages/a/dist-test/gone.test.d.ts")));
  });

  test("fails when a test was not built, and when there are none", (context) => {
    const { status, text } = npmTest(workspace(context, { ...FILES, "packages/a/test/new.test.ts": "" }), [
      "--no-build",
    ]);
    assert.equal(status, 1);
    assert.match(text, /packages\/a\/dist-test\/new\.test\.js: not built/);
    assert.match(npmTest(workspace(context, {})).text, /no test files found/);
  });

  test("fails in CI before the tests when a part is missing, elsewhere says what is skipped", (context) => {
    const root = workspace(context, FILES);
    const inCI = npmTest(root, [], { TIDEWAY_CHROMIUM: "/nowhere", CI: "true" });
    assert.equal(inCI.status, 1);
    assert.ok(inCI.text.includes("missing in CI: chromium") && !inCI.text.includes("── test"), inCI.text);
    const elsewhere = npmTest(root, [], { TIDEWAY_CHROMIUM: "/nowhere" });
    assert.equal(elsewhere.status, 0, elsewhere.text);
    assert.match(elsewhere.text, /^skip: chromium is missing \(.+\)$/m);
  });
});

test("this repository's list of tests holds this file", () => {
  assert.ok(testFiles(ROOT).files.includes(join(ROOT, "scripts/test/test.test.mjs")));
});

const SERVER = `declare const process: any;
process.on("SIGTERM", () => { console.log("closing"); process.exit(3); });
console.log("serving", process.argv.slice(2).join(" "), process.pid);
declare function setInterval(f: () => void, ms: number): void;
setInterval(() => {}, 1000);
export {};
`;
const APP = {
  "apps/chat/package.json": JSON.stringify({
    type: "module",
    scripts: {
      build: "node -e \"fs.mkdirSync('dist/web',{recursive:true});fs.appendFileSync('dist/web/index.html','x')\"",
    },
  }),
  "apps/chat/tsconfig.json": JSON.stringify({ files: [], references: [{ path: "server" }] }),
  "apps/chat/server/tsconfig.json": JSON.stringify({
    compilerOptions: { composite: true, rootDir: ".", outDir: "../dist/server", types: [], module: "nodenext" },
  }),
  "apps/chat/server/main.ts": SERVER,
  "apps/chat/web/main.ts": "",
};

/** Starts it, waits for the line of the server, then ends it with SIGTERM. Gives that line and how it ended. */
async function start(root, words, command = [process.execPath, "scripts/start.mjs"]) {
  const child = spawn(command[0], [...command.slice(1), ...words], {
    cwd: root,
    env: environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    if (/^serving .*\n/m.test(text)) child.kill("SIGTERM");
  });
  const [code, signal] = await once(child, "close");
  return { text, code, signal, pid: child.pid };
}

describe("npm start", () => {
  test("builds, passes arguments on, and is the server: its signals, its exit code", async (context) => {
    const root = workspace(context, APP);
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"), "dir");
    const first = await start(root, ["--port", "1"]);
    assert.equal(first.text, `serving --port 1 ${first.pid}\nclosing\n`);
    assert.equal(first.code, 3);
    const page = join(root, "apps/chat/dist/web/index.html");
    assert.ok(existsSync(page));

    const { mtimeMs } = statSync(page);
    await start(root, []);
    assert.equal(statSync(page).mtimeMs, mtimeMs, "an up-to-date page is not built again");
    const later = mtimeMs / 1000 + 10;
    utimesSync(join(root, "apps/chat/web/main.ts"), later, later);
    await start(root, []);
    assert.notEqual(statSync(page).mtimeMs, mtimeMs, "a newer source builds the page");
  });

  test("ends when npm is ended", { timeout: 60_000 }, async (context) => {
    const root = workspace(context, APP, { start: "node scripts/start.mjs" });
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"), "dir");
    // Waits for the close of the output, which the server holds open as long as it lives.
    const { text } = await start(root, [], ["npm", "start"]);
    assert.match(text, /^closing$/m);
  });

  test("says why when the build fails", (context) => {
    const root = workspace(context, { ...APP, "apps/chat/server/main.ts": "const a: string = 1;" });
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"), "dir");
    const { status, stderr } = spawnSync(process.execPath, ["scripts/start.mjs"], { cwd: root, encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /main\.ts.*TS2322[\s\S]*start: building the server failed/);
  });
});
