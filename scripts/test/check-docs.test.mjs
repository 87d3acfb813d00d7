import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CHECKS } from "../check-docs.mjs";
import { anchors, blocks, links } from "../markdown.mjs";
import { ROOT, tree } from "./tree.mjs";

describe("this repository's documents", () => {
  for (const [name, check] of Object.entries(CHECKS))
    test(name, () => {
      const problems = check(ROOT);
      assert.equal(problems.length, 0, problems.join("\n"));
    });
});

describe("links", () => {
  const check = (context, files) => CHECKS.links(tree(context, files));

  test("passes what leads somewhere", (context) => {
    const page = [
      "# One and `two`",
      "[a](docs/b.md) [b](docs/b.md#the-end-1) [c](#one-and-two) [d](docs) [e](https://x.example/#no) [f](mailto:a@b)",
      '![g](docs/i.png "title") <a href="docs/b.md">h</a> [i](</docs/b.md>) [j][ref] [k](docs/c.ts#L3) [l](#mark)',
      '<a id="mark"></a>',
      "[ref]: docs/b.md#the-end",
      "`[no](gone.md)` ``[no](gone.md) ` ``",
      "```md",
      "[no](gone.md)",
      "```",
      "<!-- [no](gone.md) -->",
    ];
    const files = { "docs/b.md": "## The end\n\n## The end\n[up](../README.md)", "docs/i.png": "", "docs/c.ts": "" };
    assert.deepEqual(
      check(context, { "README.md": page.join("\n"), ...files, "node_modules/x/a.md": "[no](gone)" }),
      [],
    );
  });

  for (const [name, text, expected] of [
    ["a missing file", "\n[a](gone.md)", 'README.md:2: "gone.md" leads nowhere'],
    ["a missing heading", "[a](#gone)", 'README.md:1: "#gone": no such heading'],
    ["a missing heading elsewhere", "[a](b.md#gone)", 'README.md:1: "b.md#gone": no such heading'],
    ["a heading inside a block", "[a](#x)\n```\n# x\n```", 'README.md:1: "#x": no such heading'],
    ["a missing image", "[![a](gone.png)](b.md)", 'README.md:1: "gone.png" leads nowhere'],
    ["a missing reference", "[a][b]\n\n[b]: gone.md", 'README.md:3: "gone.md" leads nowhere'],
    ["an HTML link", '<img alt="" src="gone.png">', 'README.md:1: "gone.png" leads nowhere'],
    ["an empty link", "[a]()", 'README.md:1: "" leads nowhere'],
    ["a path out of the repository", "[a](../..)", 'README.md:1: "../.." leaves the repository'],
  ])
    test(`refuses ${name}`, (context) => {
      assert.deepEqual(check(context, { "README.md": text, "b.md": "# b" }), [expected]);
    });

  test("refuses to pass without pages", (context) => {
    assert.deepEqual(check(context, {}), ["no Markdown pages found"]);
  });
});

describe("code", () => {
  const LIBRARY = {
    "packages/tideway/package.json": JSON.stringify({
      name: "tideway",
      type: "module",
      exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    }),
    "packages/tideway/dist/index.d.ts": "export declare function listen(port: number): Promise<void>;\n",
  };
  const block = (...lines) => ["```ts", 'import { listen } from "tideway";', ...lines, "```", ""].join("\n");
  const check = (context, files) => {
    const root = tree(context, { ...LIBRARY, ...files, "node_modules/.keep": "" });
    symlinkSync(join(ROOT, "node_modules/typescript"), join(root, "node_modules/typescript"), "dir");
    symlinkSync(join(ROOT, "node_modules/@types"), join(root, "node_modules/@types"), "dir");
    symlinkSync(join(root, "packages/tideway"), join(root, "node_modules/tideway"), "dir");
    return CHECKS.code(root);
  };

  test("passes what compiles, and what opts out", (context) => {
    const ignored = block("listen(").replace("```ts", "```ts ignore");
    const page = `${block("await listen(1);", "const a = 1;")}${block("const a = 2;", "await listen(a);")}`;
    const rest = "```ts\nno library here: not looked at\n```\n```js\nimport 'tideway' (\n```\n";
    assert.deepEqual(check(context, { "README.md": page + ignored + rest, "CHANGELOG.md": block("listen(") }), []);
  });

  test("refuses what does not compile, with the line of the page", (context) => {
    const problems = check(context, {
      "README.md": `# Title\n\n${block("await listen(1);")}${block("await listen('1');")}`,
      "docs/howto/a.md": `Indented:\n\n  ${block("gone();").replaceAll("\n", "\n  ")}`,
    });
    assert.equal(problems.length, 2, problems.join("\n"));
    assert.match(problems[0], /^README\.md:9:14: error TS2345/);
    assert.match(problems[1], /^docs\/howto\/a\.md:5:1: error TS2304/);
  });

  test("refuses to pass without a block", (context) => {
    assert.match(check(context, { "README.md": "" })[0], /no ts block imports the library/);
  });
});

describe("errors", () => {
  const SOURCE = { "packages/tideway/src/a.ts": '// "ERR_NOT"\nf("ERR_ONE"); const a = { ERR_TWO: `ERR_` };' };
  const check = (context, page) => CHECKS.errors(tree(context, { ...SOURCE, "docs/reference/errors.md": page }));

  test("passes equal lists", (context) => {
    assert.deepEqual(check(context, "| `ERR_ONE` | x |\n| `ERR_TWO` | y |"), []);
  });
  test("refuses a code that is not listed, and one that is not used", (context) => {
    assert.deepEqual(check(context, "`ERR_ONE` `ERR_NOT`"), [
      "errors.md lacks ERR_TWO (packages/tideway/src/a.ts)",
      "errors.md lists ERR_NOT, which no source uses",
    ]);
  });
  test("refuses a missing page and missing sources", (context) => {
    assert.deepEqual(CHECKS.errors(tree(context, SOURCE)), ["docs/reference/errors.md is missing"]);
    assert.match(CHECKS.errors(tree(context, { "docs/reference/errors.md": "" }))[0], /no error codes found/);
  });
});

describe("rfc-map", () => {
  const check = (context, page) =>
    CHECKS["rfc-map"](
      tree(context, {
        "packages/tideway/src/protocol/a.ts": "",
        "packages/tideway/test/a.test.ts": "",
        "docs/rfc-map.md": page,
      }),
    );

  test("finds paths from each place", (context) => {
    const page =
      "| §5 | `protocol/a.ts`, src/protocol/a.ts:3 | `a.test.ts` | packages/tideway/src/protocol/a.ts, `protocol/` |";
    assert.deepEqual(check(context, page), []);
  });
  test("refuses paths that do not exist", (context) => {
    assert.deepEqual(check(context, "`protocol/a.ts` and protocol/b.ts, `gone/`"), [
      "rfc-map.md: protocol/b.ts does not exist",
      "rfc-map.md: gone/ does not exist",
    ]);
  });
  test("refuses a page without paths, and a missing page", (context) => {
    assert.deepEqual(check(context, "nothing"), ["rfc-map.md mentions no file"]);
    assert.deepEqual(CHECKS["rfc-map"](tree(context, {})), ["docs/rfc-map.md is missing"]);
  });
});

test("layers: CONTRIBUTING names each", (context) => {
  const layers = JSON.stringify({ layers: [{ root: "a/b" }, { root: "a/c" }] });
  const root = tree(context, { "CONTRIBUTING.md": "`a/b/`", "scripts/layers.json": layers });
  assert.deepEqual(CHECKS.layers(root), ["CONTRIBUTING.md does not name `a/c/`"]);
});

test("dependencies: a row for each, and no other", (context) => {
  const root = tree(context, {
    "package.json": JSON.stringify({ name: "root", devDependencies: { one: "1" } }),
    "packages/a/package.json": JSON.stringify({ name: "a", dependencies: {} }),
    "apps/b/package.json": JSON.stringify({ name: "b", dependencies: { a: "1", two: "2" } }),
    "docs/reference/dependencies.md": "| `one` | for this |\n| `three` | for that |\n",
  });
  assert.deepEqual(CHECKS.dependencies(root), [
    "dependencies.md lacks two",
    "dependencies.md lists three, which nothing depends on",
  ]);
});

describe("markdown", () => {
  test("blocks keep their lines", () => {
    const page = "a\n~~~ts x\n```\n~~~\n- b\n  ````js\n  ```\n    c\n  ````\n```open";
    assert.deepEqual(blocks(page), [
      { info: "ts x", text: "```", line: 3 },
      { info: "js", text: "```\n  c", line: 7 },
    ]);
  });
  test("links with brackets in the address", () => {
    assert.deepEqual(links("[a](b(c).md) [d](<e f.md>)"), [
      { target: "b(c).md", line: 1 },
      { target: "e f.md", line: 1 },
    ]);
  });
  test("anchors are made as on the hub", () => {
    const page = "# A, b & c!\n## `code` and [link](x)\n### What's new? ###\n#### 1. Über_x";
    assert.deepEqual([...anchors(page)], ["a-b--c", "code-and-link", "whats-new", "1-über_x"]);
  });
});
