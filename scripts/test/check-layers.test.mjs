import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkLayers } from "../check-layers.mjs";
import { tree } from "./tree.mjs";

const CONFIG = {
  layers: [
    { name: "low", root: "packages/a/src/low", imports: [], packages: [] },
    { name: "high", root: "packages/a/src/high", imports: ["low"], packages: ["node:", "listed"] },
    { name: "entry", root: "packages/a/src", imports: ["low", "high"], packages: [] },
  ],
};

const GOOD = {
  "packages/a/src/index.ts": 'export { high } from "./high/high.js";\nexport type * from "./low/low.js";\n',
  "packages/a/src/high/high.ts":
    'import { readFileSync } from "node:fs";\nimport {\n  low,\n} from "../low/low.js";\nimport "listed/part";\nimport "./page.css";\nexport const high = [low, readFileSync, new URL("../../web/", import.meta.url)];\n',
  "packages/a/src/high/other.ts": "",
  "packages/a/src/high/page.css": "",
  "packages/a/src/low/low.ts": '// import "../high/high.js"\nexport const low = "import \'ws\'";\n',
  "packages/a/test/low/low.test.ts": 'import "anything";\n',
};

/** Name of the case, files that differ from GOOD, what the only problem has to say. */
const BAD = [
  ["a wrong direction", { "packages/a/src/low/low.ts": 'import "../high/other.js";' }, /"low" may not import "high"/],
  [
    "a wrong direction of types",
    { "packages/a/src/low/low.ts": 'import type { A } from "../high/other.js";' },
    /"low" may/,
  ],
  [
    "a wrong direction by export",
    { "packages/a/src/low/low.ts": 'export * from "../high/other.js";' },
    /"low" may not/,
  ],
  ["a wrong direction, dynamic", { "packages/a/src/low/low.ts": 'await import("../high/other.js");' }, /"low" may not/],
  [
    "a wrong direction by worker",
    { "packages/a/src/low/low.ts": 'new URL("../high/other.js", import.meta.url);' },
    /"low" may/,
  ],
  [
    "a wrong direction over lines",
    { "packages/a/src/low/low.ts": 'import {\n  a,\n} from\n"../high/other.js";' },
    /"low" may/,
  ],
  [
    "a wrong direction to an asset",
    { "packages/a/src/low/low.ts": 'import "../high/page.css?inline";' },
    /"low" may not/,
  ],
  ["an unlisted package", { "packages/a/src/low/low.ts": 'import { a } from "ws";' }, /package "ws" is not listed/],
  ["a builtin where none is listed", { "packages/a/src/low/low.ts": 'import "node:crypto";' }, /package "node:crypto"/],
  [
    "a builtin through the back door",
    { "packages/a/src/low/low.ts": 'process.getBuiltinModule("node:fs");' },
    /"node:fs"/,
  ],
  ["a package whose name begins alike", { "packages/a/src/high/x.ts": 'import "listed-not";' }, /"listed-not"/],
  ["an absolute path", { "packages/a/src/high/x.ts": 'import "/etc/x.js";' }, /is not listed/],
  ["a computed name", { "packages/a/src/low/low.ts": "await import(a);" }, /computed name/],
  ["a reference", { "packages/a/src/low/low.ts": '/// <reference types="node" />' }, /hides an import/],
  ["a missing file", { "packages/a/src/low/low.ts": 'import "./gone.js";' }, /"\.\/gone\.js" names no source file/],
  ["a missing asset", { "packages/a/src/low/low.ts": 'import "./gone.css";' }, /"\.\/gone\.css" names no source/],
  ["a folder", { "packages/a/src/high/x.ts": 'import "../low";' }, /"\.\.\/low" names no source file/],
  ["leaving the layers", { "packages/a/src/low/low.ts": 'import "../../test/low/low.test.js";' }, /leaves every layer/],
  ["a folder that no layer lists", { "packages/a/src/new/x.ts": "" }, /src.new.x\.ts: belongs to no layer/],
  ["a package that no layer lists", { "packages/b/src/x.ts": "" }, /b.src.x\.ts: belongs to no layer/],
  ["a part of an app that no layer lists", { "apps/c/server/x.ts": "" }, /c.server.x\.ts: belongs to no layer/],
  [
    "a cycle",
    { "packages/a/src/low/x.ts": 'import "./y.js";', "packages/a/src/low/y.ts": 'export * from "./x.js";' },
    /import cycle: \S+x\.ts -> \S+y\.ts -> \S+x\.ts/,
  ],
  [
    "a cycle of types",
    {
      "packages/a/src/low/x.ts": 'import type { Y } from "./y.js";',
      "packages/a/src/low/y.ts": 'type X = import("./x.js").X;',
    },
    /import cycle/,
  ],
  ["a file that imports itself", { "packages/a/src/low/low.ts": 'import "./low.js";' }, /import cycle/],
];

describe("check-layers", () => {
  test("passes a good tree", (context) => {
    assert.deepEqual(checkLayers(tree(context, GOOD), CONFIG), { problems: [], files: 4 });
  });

  for (const [name, files, expected] of BAD)
    test(`refuses ${name}`, (context) => {
      const { problems } = checkLayers(tree(context, { ...GOOD, ...files }), CONFIG);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0], expected);
    });

  test("names the line", (context) => {
    const root = tree(context, { ...GOOD, "packages/a/src/low/low.ts": '\n\nimport "ws";' });
    assert.match(checkLayers(root, CONFIG).problems[0], /low\.ts:3: /);
  });

  test("refuses an empty layer, one with declarations only too", (context) => {
    const { "packages/a/src/low/low.ts": _, ...rest } = GOOD;
    const files = { ...rest, "packages/a/src/high/high.ts": "", "packages/a/src/low/low.d.ts": "" };
    assert.deepEqual(checkLayers(tree(context, { ...files, "packages/a/src/index.ts": "" }), CONFIG).problems, [
      'layer "low" has no source files',
    ]);
  });

  test("refuses a tree without files", (context) => {
    assert.equal(checkLayers(tree(context, {}), CONFIG).problems.length, 3);
  });

  test("refuses a list that goes in a circle, and a name that is no layer", (context) => {
    const [low, high, entry] = CONFIG.layers;
    const list = (imports) => checkLayers(tree(context, GOOD), { layers: [{ ...low, imports }, high, entry] }).problems;
    assert.deepEqual(list(["high"]), ["layers.json: circle of layers: low -> high -> low"]);
    assert.deepEqual(list(["lower"]), ['layers.json: "low" imports "lower", which is no layer']);
  });
});
