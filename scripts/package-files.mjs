// What every package carries and the repository holds once: copied beside the package.json before a workspace is packed, and with --remove
// taken away again.
import { copyFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
for (const name of ["README.md", "LICENSE"]) {
  if (process.argv.includes("--remove")) rmSync(name);
  else copyFileSync(join(root, name), name);
}
