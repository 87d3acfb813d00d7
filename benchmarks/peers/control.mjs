// What every server program under test shares: its job, the packages it is to load, and the lines it is asked on stdin.
// Runs on Node, Bun and Deno.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

/** What to serve: see `ServerJob` in src/peer.ts. */
export const job = JSON.parse(process.argv[2]);

/** Loads a package from the first of the job's folders that has it. */
export async function load(name) {
  const path = find(name);
  return await import(pathToFileURL(path).href);
}

/** The version of a package. */
export function versionOf(name) {
  let folder = dirname(find(name));
  for (;;) {
    const manifest = read(join(folder, "package.json"));
    if (manifest?.name === name) return manifest.version;
    folder = dirname(folder);
  }
}

function find(name) {
  for (const folder of job.modules) {
    try {
      return createRequire(join(folder, "from-here.js")).resolve(name);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error(`${name} is not installed`);
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Says where the server listens and which options it set, and answers questions from now on; ends with stdin. */
export function ready({ port, version, options }, more = {}) {
  const answers = { cpu, memory, ...more };
  say({ port, version, options });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const [word, ...words] = line.split(" ");
    say(await answers[word](...words));
  });
  lines.on("close", () => process.exit(0));
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Microseconds of processor time, user and system, all threads. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system };
}

/** Bytes of memory once garbage has been collected. */
async function memory() {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, live: heapUsed + external };
}
