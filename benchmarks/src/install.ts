/** Tideway as a user has it: packed, and installed in a folder of its own. And where the others are. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The repository. */
export const ROOT: string = resolve(fileURLToPath(new URL("../..", import.meta.url)));
/** Where `scripts/peers/install.mjs` puts packages. */
const PEER_FOLDER = join(ROOT, ".cache/peers");

/** A folder for what is needed during a run, until it is removed. */
export class Installation {
  /** It. */
  readonly folder: string = mkdtempSync(join(tmpdir(), "tideway-benchmarks-"));

  /** Packs the library of a checkout and installs it. @returns a folder to load it from @throws Error with what npm said */
  library(checkout: string): string {
    const home = mkdtempSync(join(this.folder, "home-"));
    const out = join(home, "packed");
    mkdirSync(out);
    const packed = npm(join(checkout, "packages/tideway"), "pack", "--json", "--pack-destination", out);
    const [entry] = Object.values(JSON.parse(packed.slice(packed.search(/^[[{]/m))) as { filename: string }[]);
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "home", private: true, type: "module" }));
    npm(home, "install", "--offline", "--no-audit", "--no-fund", join(out, entry?.filename ?? ""));
    return home;
  }

  /** A key and a certificate, or undefined without openssl. */
  certificate(): { key: string; cert: string } | undefined {
    const [key, cert] = [join(this.folder, "key.pem"), join(this.folder, "cert.pem")];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const words = ["req", "-x509", ...curve, "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1"];
    if (spawnSync(process.env["TIDEWAY_OPENSSL"] || "openssl", words).status !== 0) return undefined;
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  }

  /** Compiles the server of gorilla. @returns the program, or why there is none */
  gorilla(found: FoundPeer): FoundPeer {
    const path = join(this.folder, "gorilla");
    const words = ["build", "-o", path, join(ROOT, "benchmarks/peers/gorilla.go")];
    if (found.skip !== false) return found;
    const { status, stderr } = spawnSync(found.path, words, {
      encoding: "utf8",
      env: { ...process.env, ...found.environment },
    });
    return status === 0 ? { ...found, path } : { ...found, skip: `go build: ${stderr}` };
  }

  /** Deletes it all. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Folders that hold the packages of other implementations: those installed on demand, then the repository's own. */
export function peerFolders(): string[] {
  return [PEER_FOLDER, ROOT].filter((folder) => existsSync(join(folder, "node_modules")));
}

/** A program that `scripts/peers` knows; `skip` is false, or why it cannot be had. */
export interface FoundPeer {
  readonly path: string;
  readonly version: string;
  readonly skip: string | false;
  /** What it needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Asks `scripts/peers` where a program is. */
export function findPeer(name: string): FoundPeer {
  const script = `
    import { GO_ENVIRONMENT, peer } from ${JSON.stringify(pathToFileURL(join(ROOT, "scripts/peers/peer.mjs")).href)};
    const environment = process.argv[1] === "gorilla" ? GO_ENVIRONMENT : {};
    process.stdout.write(JSON.stringify({ ...peer(process.argv[1]), environment }));`;
  const words = ["--input-type=module", "--eval", script, "--", name];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout) as FoundPeer;
  return { path: "", version: "", skip: /TypeError: (.*)/.exec(stderr)?.[1] ?? stderr, environment: {} };
}

/** Whether a package can be loaded from one of the folders. */
export function isInstalled(name: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    // crossws has entries for its adapters only.
    if (existsSync(join(folder, "node_modules", name, "package.json"))) return true;
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
