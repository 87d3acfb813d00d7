import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/command/main.js", import.meta.url));

function fuzz(...words: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

for (const words of [[], ["nonsense"], ["utf8", "--seconds", "0"], ["utf8", "--seed", "x"]]) {
  test(`usage, and exit code 2: ${words.join(" ")}`, () => {
    const { status, output } = fuzz(...words);
    assert.equal(status, 2);
    assert.match(output, /targets: all, frame-decoder-server, .*origin/);
  });
}

test("a run says what it did and how to repeat it", () => {
  const { status, output } = fuzz("utf8", "--seconds", "0.3", "--seed", "7");
  assert.equal(status, 0, output);
  assert.match(output, /^utf8: \d+ executions in \d+ s \(\d+\/s\), \d+ features, corpus \d+ \+ \d+, seed 7$/m);
});
