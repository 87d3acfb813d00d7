import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mutants, planted } from "../mutant.mjs";

/** Every text that a fault planted into `text` makes, without the blanks that are left behind. */
function made(text, kind) {
  return mutants(text)
    .filter((mutant) => kind === undefined || mutant.kind === kind)
    .map((mutant) => planted(text, mutant));
}

const TABLE = [
  ["a comparison, and its boundary", "operator", "f(a < b)", ["f(a <= b)", "f(a >= b)"]],
  ["the longest operator counts", "operator", "x = a >>> b", ["x = a >> b"]],
  ["a logical operator", "operator", "x = a && b || c", ["x = a || b || c", "x = a && b && c"]],
  ["a negation is left out", "operator", "f(!a)", ["f(a)"]],
  ["a truth", "operator", "f(true)", ["f(false)"]],
  ["a property is no operator", "operator", "a.constructor(toString)", []],
  ["a number", "number", "f(0x7f, 1_000)", ["f(128, 1_000)", "f(0x7f, 1001)"]],
  [
    "a code, but no sentence",
    "string",
    'f("ERR_X", "it went wrong", "")',
    ['f("", "it went wrong", "")', 'f("ERR_X", "it went wrong", "x")'],
  ],
  ["no name of a module, no key", "string", 'import { a } from "./b.js";\nconst c = { "d": 1 };', []],
  ["a condition", "condition", "if (a(b)) c;", ["if (true) c;", "if (false) c;"]],
  ["a loop is only left out, or it would never end", "condition", "while (a) b();", ["while (false) b();"]],
  ["what a comment says is no code", undefined, "// a < b && 1\n", []],
];
for (const [name, kind, text, expected] of TABLE) test(name, () => assert.deepEqual(made(text, kind), expected));

describe("a statement is left out", () => {
  for (const [name, text, expected] of [
    ["a call", "{ a(); b(1); }", ["{ ; b(1); }", "{ a(); ; }"]],
    ["the value of a return", "{ return a + 1; }", ["{ return; }"]],
    ["a return without one", "{ return; }", ["{ ; }"]],
    ["a return of nothing", "{ return undefined; }", ["{ ; }"]],
    ["a throw", "if (a) throw b;", ["if (a) ;"]],
    [
      "one of a case",
      "switch (a) { case B: c(); break; }",
      ["switch (a) { case B: ; break; }", "switch (a) { case B: c(); ; }"],
    ],
    ["one over several lines with a function in it", "a(() => {\n  b();\n});", [";", "a(() => {\n  ;\n});"]],
    ["no declaration", "const a = 1; let b;", []],
    ["no field of a class", "class A { #a = 1; static b = c; d = e; }", []],
    ["none in an object", "f({ a: b });", [";"]],
    ["none in the head of a loop", "for (let i = 0; i < n; i++) {}", []],
    ["none in an import", 'import { a } from "b";', []],
  ])
    test(name, () => assert.deepEqual(made(text, "statement"), expected));
});

test("each says its line and what it replaces", () => {
  const [first] = mutants("a();\nb(x === y);").filter(({ kind }) => kind === "operator");
  assert.deepEqual([first.line, first.from, first.to], [2, "===", "!=="]);
});
