// Small trees of files in a temporary folder, for the tests of the checks.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Writes `files` (path to text) into a new folder, which goes away with the test `context`. Gives the folder. */
export function tree(context, files) {
  const root = mkdtempSync(join(tmpdir(), "tideway-test-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
