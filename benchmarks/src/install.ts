/** Tideway as a user has it: packed, and installed in a folder of its own. And where the packages of the others are. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const ROOT: string = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** A folder in which packed packages are installed, until it is removed. */
export class Installation {
  readonly #folder = mkdtempSync(join(tmpdir(), "tideway-benchmarks-"));

  /** Packs the library of a checkout and installs it. @returns a folder to load it from @throws Error with what npm said */
  library(checkout: string): string {
    const home = mkdtempSync(join(this.#folder, "home-"));
    const out = join(home, "packed");
    mkdirSync(out);
    const packed = npm(join(checkout, "packages/tideway"), "pack", "--json", "--pack-destination", out);
    const [entry] = Object.values(JSON.parse(packed.slice(packed.indexOf("["))) as { filename: string }[]);
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "home", private: true, type: "module" }));
    npm(home, "install", "--offline", "--no-audit", "--no-fund", join(out, entry?.filename ?? ""));
    return home;
  }

  /** Deletes what was installed. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Folders that hold the packages of other implementations: those installed on demand, then the repository's own. */
export function peerFolders(): string[] {
  return [join(ROOT, "scripts/peers"), ROOT].filter((folder) => existsSync(join(folder, "node_modules")));
}

/** Whether a package can be loaded from one of the folders. */
export function isInstalled(name: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    try {
      createRequire(join(folder, "from-here.js")).resolve(name);
      return true;
    } catch {
      return false;
    }
  });
}

function npm(folder: string, ...words: readonly string[]): string {
  // Without the variables of the npm that may have started us: they would name this repository as the place to install to.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(?:cache|registry))/i.test(name)),
  );
  const script = process.env["npm_execpath"];
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  const { status, stdout, stderr } = spawnSync(command, [...first, ...words], { cwd: folder, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm ${words[0]}: ${stdout}${stderr}`);
  return stdout;
}
