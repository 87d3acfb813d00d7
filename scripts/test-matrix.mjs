// `npm run test:matrix`: the built tests on every version of Node that is promised, one version after another. What a test
// starts runs on the same version, by process.execPath or by the name `node`.
//
//   npm run test:matrix                     node20 (the oldest promised), node22, node24, node26: library, conformance, fuzz
//   npm run test:matrix -- node24           that version alone
//   npm run test:matrix -- node24 handshake the test files whose path contains the word
//
// A version that is missing is installed (scripts/peers); one that cannot be had is named, and the run fails.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { install } from "./peers/install.mjs";
import { PEERS, peer } from "./peers/peer.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const VERSION = /^node\d+$/;
const VERSIONS = Object.keys(PEERS).filter((name) => VERSION.test(name));
/** Tests of scripts and of the chat's pages say nothing about the library's Node. */
const ROOMS = ["tideway/dist-test/", "conformance/dist-test/", "fuzz/dist-test/"];
const COUNTS = ["tests", "pass", "fail", "cancelled", "skipped"];

/** What the runner of Node says at its end, `{ tests, pass, fail, cancelled, skipped }`; undefined when it did not get there. */
export function counts(text) {
  const plain = stripVTControlCharacters(text);
  const found = COUNTS.map((name) => [name, new RegExp(`^ℹ ${name} (\\d+)$`, "m").exec(plain)?.[1]]);
  if (found.some(([, count]) => count === undefined)) return undefined;
  return Object.fromEntries(found.map(([name, count]) => [name, Number(count)]));
}

/** One line for each version, `{ name, version, status, counts, reason }`. */
export function table(rows) {
  const cells = rows.map(({ name, version, status, counts: found, reason }) => [
    version || name,
    ...COUNTS.map((count) => String(found?.[count] ?? "–")),
    reason ?? (status === 0 ? "passed" : "failed"),
  ]);
  const lines = [["Node", ...COUNTS, ""], ...cells];
  return lines
    .map((line) =>
      line
        .map((cell) => cell.padEnd(11))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}

async function runOn({ path, version }, words) {
  console.log(`\n── Node ${version} ──`);
  const child = spawn(path, ["scripts/test.mjs", "--no-build", ...words], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env["PATH"] ?? ""}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  const [code] = await once(child, "close");
  const found = counts(text);
  // Nothing run, or the runner's end not understood, is no pass.
  return { status: code === 0 && found?.pass > 0 ? 0 : code || 1, counts: found };
}

async function main(words) {
  const asked = words.filter((word) => VERSION.test(word));
  const unknown = asked.filter((name) => !VERSIONS.includes(name));
  if (unknown.length > 0) {
    console.error(`no such version: ${unknown.join(", ")}. There are: ${VERSIONS.join(", ")}`);
    return 2;
  }
  const filters = words.filter((word) => word !== "--no-build" && !VERSION.test(word));
  if (!words.includes("--no-build")) {
    const { status } = spawnSync("npm", ["run", "--silent", "build"], { cwd: ROOT, stdio: "inherit" });
    if (status !== 0) return status ?? 1;
  }
  const names = asked.length > 0 ? asked : VERSIONS;
  const missing = names.filter((name) => peer(name).skip);
  if (missing.length > 0) for (const reason of install(missing)) console.error(`test-matrix: ${reason}`);
  const rows = [];
  for (const name of names) {
    const { skip, ...found } = peer(name);
    if (skip) rows.push({ name, status: 1, reason: skip });
    else rows.push({ name, ...found, ...(await runOn(found, filters.length > 0 ? filters : ROOMS)) });
  }
  console.log(`\n${table(rows)}`);
  return rows.some(({ status }) => status !== 0) ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
