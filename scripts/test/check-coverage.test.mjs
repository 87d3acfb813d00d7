import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkCoverage, hasCode, missed } from "../check-coverage.mjs";
import { ROOT } from "./tree.mjs";

test("this repository: every line and branch of the protocol is executed by the file's own test", async () => {
  const { files, problems } = await checkCoverage(ROOT);
  assert.deepEqual(problems, []);
  assert.ok(files > 30, `only ${files} files seen`);
});

/** A function over the whole text that ran once, with ranges that did not run: each the first place of some text. */
function unexecuted(text, ...pieces) {
  const whole = { startOffset: 0, endOffset: text.length, count: 1 };
  const ranges = pieces.map((piece) => ({
    startOffset: text.indexOf(piece),
    endOffset: text.indexOf(piece) + piece.length,
    count: 0,
  }));
  return missed(text, [{ functionName: "", isBlockCoverage: true, ranges: [whole, ...ranges] }]);
}

describe("what is missed", () => {
  test("nothing, when all ran", () => assert.deepEqual(unexecuted("a();\nb();\n"), []));

  test("a statement, with its line", () =>
    assert.deepEqual(unexecuted("a();\nif (x)\n  b();\nc();\n", "\n  b();"), [{ line: 3, code: "b ( ) ;" }]));

  test("the right side of an operator", () =>
    assert.deepEqual(unexecuted("const y = x ?? 5;", " ?? 5"), [{ line: 1, code: "? ? 5" }]));

  test("not what is no code: comments, blanks, the bracket behind a return", () =>
    assert.deepEqual(unexecuted("function f() { return 1; // done\n}\n", " // done\n}"), []));

  test("two pieces one by one", () =>
    assert.deepEqual(
      unexecuted("a();\nb();\nc();", "a();", "c();").map(({ line }) => line),
      [1, 3],
    ));

  test("an inner function that ran inside an outer one that did not", () => {
    const text = "outer(); inner();";
    const functions = [
      { ranges: [{ startOffset: 0, endOffset: text.length, count: 0 }] },
      { ranges: [{ startOffset: 9, endOffset: text.length, count: 1 }] },
    ];
    assert.deepEqual(missed(text, functions), [{ line: 1, code: "outer ( ) ;" }]);
  });
});

test("a module of types alone has no code", () => {
  assert.ok(!hasCode("/** Why. */\nexport {};\n//# sourceMappingURL=x.js.map"));
  assert.ok(hasCode("export const a = 1;\n"));
});
