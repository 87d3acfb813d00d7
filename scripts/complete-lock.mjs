// Completes package-lock.json with the optional packages of other platforms. npm leaves them out when it writes the file
// where they cannot be fetched, and then `npm ci` refuses the file everywhere. Run after `npm install` changed the lock:
//
//   node scripts/complete-lock.mjs [FILE]
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const CPUS = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64", "wasm32"];

/** Adds what is missing to `lock`, the content of a package-lock.json, and gives the names added. */
export function completeLock(lock) {
  const added = [];
  for (const [path, parent] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (find(lock, path, name)) continue;
      if (!/^\d[\w.+-]*$/.test(version)) throw new Error(`${name}@${version}: not an exact version, add it by hand`);
      const dev = parent.dev ? { dev: true } : {};
      lock.packages[`node_modules/${name}`] = { version, ...dev, ...platform(name), optional: true };
      added.push(`${name}@${version}`);
    }
  }
  const entries = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(entries);
  return added;
}

/** As Node looks a package up: in the folder of the parent, then further and further out. */
function find(lock, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const place = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (lock.packages[place]) return true;
    if (folder === "") return false;
  }
}

/** The platform as the name says it; npm then does not even try to fetch it elsewhere. */
function platform(name) {
  const words = name.split("/").at(-1).split(/[-_]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => CPUS.includes(word));
  if (!os || !cpu) throw new Error(`${name}: no platform in its name, add it by hand`);
  const libc = words.find((word) => word.startsWith("musl")) && "musl";
  return { ...(cpu && { cpu: [cpu] }), ...(libc && { libc: [libc] }), ...(os && { os: [os] }) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "package-lock.json"));
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const added = completeLock(lock);
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
  console.log(`${basename(file)}: ${added.length} packages of other platforms added`);
  for (const name of added) console.log(`  ${name}`);
}
