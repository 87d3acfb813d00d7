// Installs other implementations for conformance and benchmarks:
//
//   node scripts/peers/install.mjs               shows what there is and what is installed
//   node scripts/peers/install.mjs bun deno      installs these, besides what is there already
//   node scripts/peers/install.mjs --all         installs all, about 800 MB
//
// Exact versions: those of package.json and package-lock.json in this folder. To change one: edit package.json, run
// `npm install --package-lock-only` here, then `node scripts/complete-lock.mjs scripts/peers/package-lock.json`.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installer } from "../services.mjs";
import { HERE, INSTALLED, PEERS, peer, WANTED } from "./peer.mjs";

/** The package.json that asks for `names` of the packages in `wanted` only; npm takes the rest out of the tree. */
export function manifest(names, wanted = WANTED) {
  const chosen = Object.keys(wanted).filter((name) => names.includes(name));
  const dependencies = Object.fromEntries(chosen.map((name) => [name, wanted[name]]));
  return { name: "tideway-peers", version: "0.1.0", private: true, dependencies };
}

/** Every package of `tree`, a lock file as npm leaves it, whose version is not that of `lock`. */
export function strangers(tree, lock) {
  return Object.entries(tree.packages)
    .filter(([path, { version }]) => path !== "" && lock.packages[path]?.version !== version)
    .map(([path, { version }]) => `${path}@${version}`);
}

/** Installs peers by name. Gives a reason for each that could not be installed. */
export function install(names, say = console.log) {
  const reasons = [];
  const packages = names.flatMap((name) => PEERS[name].packages ?? []);
  const trouble = packages.length > 0 ? npmInstall(packages) : undefined;
  if (trouble) reasons.push(`npm: ${trouble}`);
  for (const name of names) {
    const { apt } = PEERS[name];
    if (apt && peer(name).skip) reasons.push(...aptInstall(name, apt, say));
  }
  for (const name of names) {
    const { skip, version, path } = peer(name);
    if (skip) reasons.push(`${name} is not there, or does not run on this machine`);
    else say(`peers: ${name} ${version}: ${path}`);
  }
  return reasons;
}

function npmInstall(packages) {
  mkdirSync(INSTALLED, { recursive: true });
  const present = Object.keys(WANTED).filter((name) => existsSync(join(INSTALLED, "node_modules", name)));
  writeFileSync(
    join(INSTALLED, "package.json"),
    `${JSON.stringify(manifest([...present, ...packages]), undefined, 2)}\n`,
  );
  const lock = join(HERE, "package-lock.json");
  copyFileSync(lock, join(INSTALLED, "package-lock.json"));
  copyFileSync(join(HERE, ".npmrc"), join(INSTALLED, ".npmrc"));
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  const { status, stderr } = spawnSync("npm", words, { cwd: INSTALLED, encoding: "utf8", timeout: 600_000 });
  if (status !== 0) return stderr.trim().split("\n").slice(-5).join("\n");
  const tree = JSON.parse(readFileSync(join(INSTALLED, "node_modules", ".package-lock.json"), "utf8"));
  const others = strangers(tree, JSON.parse(readFileSync(lock, "utf8")));
  return others.length > 0 ? `not what the lock file says: ${others.join(", ")}` : undefined;
}

function aptInstall(name, packages, say) {
  const run = installer();
  if (!run) return [`${name}: needs root on Debian, or install by hand: ${packages.join(" ")}`];
  say(`peers: ${name}: installing ${packages.join(" ")} with apt-get`);
  const trouble = run(packages);
  return trouble ? [`${name}: apt-get failed: ${trouble}`] : [];
}

function main(words) {
  const all = Object.keys(PEERS);
  const unknown = words.filter((word) => word !== "--all" && !all.includes(word));
  if (unknown.length > 0) {
    console.error(`no such peer: ${unknown.join(", ")}. There are: ${all.join(", ")}`);
    return 2;
  }
  if (words.length === 0) {
    for (const name of all) console.log(`${name.padEnd(17)} ${peer(name).version || "–"}`);
    return 0;
  }
  const reasons = install(words.includes("--all") ? all : words);
  for (const reason of reasons) console.error(`peers: ${reason}`);
  return reasons.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
