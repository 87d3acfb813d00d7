import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { imports, literal, tokens } from "../token.mjs";

const FOUND = [
  ["a default and names, one a string", 'import a, { b as "c-d" } from "x";', ["x"]],
  ["over several lines", 'import {\n  a,\n  b,\n} from\n  "x";', ["x"]],
  ["types only", 'import type { A } from "x";', ["x"]],
  ["a default import called type", 'import type from "x";', ["x"]],
  ["a namespace", "import * as a from 'x';", ["x"]],
  ["for its effect", 'import "x";', ["x"]],
  ["two on a line", 'import "x"; import "y"', ["x", "y"]],
  ["with attributes", 'import a from "./x.json" with { type: "json" };', ["./x.json"]],
  ["export of names", 'export { a, b as c } from "x";', ["x"]],
  ["export of all", 'export * from "x"; export * as b from "y";', ["x", "y"]],
  ["export of types", 'export type { A } from "x"; export type * from "y";', ["x", "y"]],
  ["dynamic", 'const a = await import("x");', ["x"]],
  ["dynamic, over lines and as a template", "void import(\n  `x`,\n);", ["x"]],
  ["dynamic, spread", 'const a = [...import("x")];', ["x"]],
  ["inside a template", `const a = \`\${await import('x')}\`;`, ["x"]],
  ["inside a template in a template", `const a = \`\${\`}\${await import('x')}\`}\`;`, ["x"]],
  ["a type", 'type A = import("x").B;', ["x"]],
  ["computed", "await import(name);", [undefined]],
  ["through the older doors", 'require("x"); process.getBuiltinModule("node:fs");', ["x", "node:fs"]],
  ["a worker", 'new Worker(new URL("./x.js", import.meta.url));', ["./x.js"]],
  ["a reference", '/// <reference types="node" />', ['/// <reference types="node" />']],
  ["after a comment with a quote", '// don\'t\nimport "x";', ["x"]],
  ["after a regular expression with quotes", "const a = /[\"'`/]/g;\nimport 'x';", ["x"]],
  ["after divisions", 'const a = b / c, d = (e) / 2, f = "/";\nimport "x";', ["x"]],
  ["in a line comment", '// import "x";', []],
  ["in a block comment", '/* import "x";\n export * from "y"; */', []],
  ["in a string", "const a = 'import \"x\"';", []],
  ["in a template", `const a = \`import "x" \${b} import("y")\`;`, []],
  ["in a regular expression", 'const a = /import "x"/;', []],
  ["a member called import", 'a.import("x");', []],
  ["import.meta", 'const a = import.meta.url; const from = "x";', []],
  ["an export of one's own", 'const from = 1; export { from }; const a = "x"; export const b = "y";', []],
  ["an export before an import without semicolon", 'export { a }\nimport "x"', ["x"]],
];

describe("imports", () => {
  for (const [name, text, expected] of FOUND)
    test(name, () => {
      assert.deepEqual(
        imports(text).map((found) => found.name),
        expected,
      );
    });
});

test("literal() takes strings and whole templates", () => {
  const values = [...tokens(`f('a', "b", \`c\`, \`d\${e}f\`, g /* 'h' */)`)].map(literal);
  assert.deepEqual(
    values.filter((value) => value !== undefined),
    ["a", "b", "c"],
  );
});

test("tokens lose no character but space", () => {
  const text = `const a = \`x\${{ b: \`}\` }}y\` / 2; // end\nconst r = /[\`/]/u;`;
  const joined = [...tokens(text)].map((token) => text.slice(token.at, token.at + token.value.length)).join("");
  assert.equal(joined.replace(/\s/g, ""), text.replace(/\s/g, ""));
});
