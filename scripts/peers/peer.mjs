// Where the other implementations are that conformance and benchmarks hold ours against. They are heavy, so nothing installs
// them but install.mjs, by name; the packages of npm come from the lock file beside this one, into `.cache/peers`.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findPart, PARTS } from "../real-part.mjs";

/** The folder of package.json and the lock. */
export const HERE = dirname(fileURLToPath(import.meta.url));
/** Where install.mjs puts the packages of npm. */
export const INSTALLED = resolve(HERE, "..", "..", ".cache", "peers");

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));

/** The versions package.json asks for, by the name there. */
export const WANTED = { ...dependencies, ...optionalDependencies };

const nodePackages = (major) => Object.keys(WANTED).filter((name) => name.startsWith(`node${major}-`));
// The bin of `node` and its kind fetches the program while it is installed; the packages that hold the programs themselves
// are in the lock with their checksums, so they are asked for by their own names and no install script runs.
const node = (major) => ({
  packages: nodePackages(major).filter((name) => name.endsWith(`-${process.platform}-${process.arch}`)),
  locate: () => program(nodePackages(major).map((name) => join(name, "bin", "node"))),
});

/**
 * Each peer: the packages of npm or of apt to install, and `locate`, which gives its path and version, or undefined.
 * The path of a program is what to run, that of a package its folder.
 */
export const PEERS = {
  ...Object.fromEntries(
    Object.keys(dependencies).map((name) => [name, { packages: [name], locate: () => folder(name) }]),
  ),
  bun: { packages: ["bun"], locate: () => program(inside("@oven", /^bun-/, "bin/bun")) },
  deno: { packages: ["deno"], locate: () => program(inside("@deno", /./, "deno")) },
  node20: node(20),
  node22: node(22),
  node24: node(24),
  node26: node(26),
  gorilla: { apt: ["golang-go", "golang-github-gorilla-websocket-dev"], locate: gorilla },
  python: { apt: PARTS.python.packages, locate: python },
};

/**
 * Where a peer is: `{ path, version, skip }`. `skip` is false, or the reason and what to run; path and version are then empty.
 * @throws TypeError for a name that is none
 */
export function peer(name) {
  if (!Object.hasOwn(PEERS, name)) throw new TypeError(`no peer is named ${name}: ${Object.keys(PEERS).join(", ")}`);
  const found = PEERS[name].locate();
  if (found) return { ...found, skip: false };
  return { path: "", version: "", skip: `${name} is missing (node scripts/peers/install.mjs ${name})` };
}

/** `require` as a file among the installed packages has it: `peerRequire("ws")`. */
export const peerRequire = createRequire(join(INSTALLED, "package.json"));

/** The environment in which Go finds the packages of apt. */
export const GO_ENVIRONMENT = { GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" };

function folder(name) {
  const path = join(INSTALLED, "node_modules", name);
  const file = join(path, "package.json");
  if (!existsSync(file)) return undefined;
  return { path, version: JSON.parse(readFileSync(file, "utf8")).version };
}

/** The first of these files that is there and runs here: a package for another libc may be installed beside the right one. */
function program(candidates) {
  for (const candidate of candidates) {
    const path = join(INSTALLED, "node_modules", candidate);
    const version = existsSync(path) ? output(path, ["--version"]) : undefined;
    if (version !== undefined) return { path, version: /\d[\w.-]*/.exec(version)?.[0] ?? version };
  }
  return undefined;
}

function inside(scope, pattern, file) {
  const path = join(INSTALLED, "node_modules", scope);
  const names = existsSync(path) ? readdirSync(path).filter((name) => pattern.test(name)) : [];
  return names.map((name) => join(scope, name, file));
}

function gorilla() {
  const path = ["/usr/bin/go", "/usr/lib/go/bin/go"].find((candidate) => existsSync(candidate));
  const version = output("dpkg-query", ["-W", "-f", "$" + "{Version}", "golang-github-gorilla-websocket-dev"]);
  return path && version ? { path, version: version.replace(/-[^-]*$/, "") } : undefined;
}

function python() {
  const path = findPart("python");
  const version = path && output(path, ["-c", "import websockets; print(websockets.version.version)"]);
  return version ? { path, version } : undefined;
}

function output(command, words) {
  const { status, stdout } = spawnSync(command, words, { encoding: "utf8", timeout: 20_000 });
  return status === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
}

/** For programs that cannot import this: `node scripts/peers/peer.mjs NAME` prints what `peer` gives, with `env` to run it in. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const name = process.argv[2] ?? "";
  console.log(JSON.stringify({ ...peer(name), env: name === "gorilla" ? GO_ENVIRONMENT : {} }));
}
