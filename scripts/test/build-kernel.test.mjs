import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildKernel } from "../build-kernel.mjs";
import { ROOT } from "./tree.mjs";

test("the committed WebAssembly is kernel.wat, assembled: else run `npm run build:kernel`", async () => {
  const { path, text } = await buildKernel(ROOT);
  assert.equal(readFileSync(path, "utf8"), text);
});

test("it stays small", async () => {
  const { text } = await buildKernel(ROOT);
  assert.ok(text.length < 2200, `${text.length} characters`);
});
