// Mutation testing of the protocol: plants small faults into the built files, one at a time, runs the file's own test against each in
// a private copy, and lists the faults that no test noticed (docs/reference/mutation.md explains those that are known).
//
//   npm run mutate                              what the project promises 85 % for: frames, messages, UTF-8, the handshake
//   npm run mutate -- utf8 handshake/token      the files whose path below src/protocol contains one of the words
//   npm run mutate -- --least 85 …              exit code 1 when a file stays below
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { mutants, planted } from "./mutant.mjs";
import { filesUnder } from "./output.mjs";

/** What is mutated when nothing is said. */
const PROMISED = /^(?:frame-decoder|message-assembler|utf8|handshake\/.*|deflate\/negotiation)\.js$/;
/** Copies that run side by side. */
const WORKERS = 2;
/** A mutant may loop for ever. Seconds of processor time, not of the clock: on a busy machine a sound test takes its time, too. */
const MOST_SECONDS = 10;

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const built = join(root, "packages/tideway/dist/protocol");
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const leastAt = process.argv.indexOf("--least");
const least = leastAt < 0 ? 0 : Number(process.argv[leastAt + 1]);
const filters = leastAt < 0 ? words : words.filter((word) => word !== process.argv[leastAt + 1]);

const files = [...filesUnder(built)]
  .map((file) => relative(built, file))
  .filter((file) => file.endsWith(".js") && hasCode(readFileSync(join(built, file), "utf8")))
  .filter((file) => (filters.length === 0 ? PROMISED.test(file) : filters.some((word) => file.includes(word))));
if (files.length === 0) throw new Error(`no built file below ${built} is meant: build first, and look at the words`);

const folders = Array.from({ length: WORKERS }, () => copy());
let below = 0;
const totals = { killed: 0, survived: 0 };
try {
  for (const file of files) {
    const result = await judge(file);
    totals.killed += result.killed;
    totals.survived += result.survivors.length;
    if (result.score < least) below++;
  }
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
const all = totals.killed + totals.survived;
console.log(`total: ${totals.killed} of ${all} killed (${percent(totals.killed, all)} %)`);
process.exitCode = below > 0 ? 1 : 0;

/** A type-only module has nothing that could be wrong. */
function hasCode(text) {
  return !/^export \{\};\s*(?:\/\/.*)?\s*$/.test(text);
}

/** The built library and its tests where nobody else looks. The tests read the sources and documents through links. */
function copy() {
  const folder = mkdtempSync(join(tmpdir(), "tideway-mutate-"));
  const library = join(folder, "packages/tideway");
  mkdirSync(library, { recursive: true });
  for (const name of ["dist", "dist-test", "package.json"])
    cpSync(join(root, "packages/tideway", name), join(library, name), { recursive: true });
  for (const name of ["docs", "scripts", "node_modules", "packages/tideway/src", "packages/tideway/test"])
    symlinkSync(join(root, name), join(folder, name), "dir");
  return folder;
}

async function judge(file) {
  const text = readFileSync(join(built, file), "utf8");
  const test = join("packages/tideway/dist-test/protocol", file.replace(/\.js$/, ".test.js"));
  if (!existsSync(join(root, test))) {
    console.log(`${file}: has no test of its own`);
    return { score: 0, killed: 0, survivors: mutants(text) };
  }
  const sound = await run(folders[0], test);
  if (sound !== "passed") throw new Error(`${test} fails without any mutant: ${sound}`);
  const queue = mutants(text);
  const survivors = [];
  const counts = { killed: 0, invalid: 0 };
  const work = async (folder) => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      writeFileSync(join(folder, "packages/tideway/dist/protocol", file), planted(text, mutant));
      const end = await run(folder, test);
      if (end === "passed") survivors.push(mutant);
      else counts[end === "invalid" ? "invalid" : "killed"]++;
    }
    writeFileSync(join(folder, "packages/tideway/dist/protocol", file), text);
  };
  await Promise.all(folders.map(work));
  survivors.sort((a, b) => a.at - b.at);
  const score = percent(counts.killed, counts.killed + survivors.length);
  console.log(`${file}: ${counts.killed} of ${counts.killed + survivors.length} killed (${score} %)`);
  for (const { line, kind, from, to } of survivors)
    console.log(`  ${line}: ${kind}: ${shown(from)} -> ${to === "" ? "nothing" : shown(to)}`);
  return { score, killed: counts.killed, survivors };
}

/** Runs one test file until its first failure. "passed", "failed", "endless", or "invalid" when the mutant is no JavaScript. */
function run(folder, test) {
  return new Promise((done) => {
    const env = { ...process.env };
    delete env["NODE_TEST_CONTEXT"];
    const child = spawn(process.execPath, ["--max-old-space-size=512", "--test-reporter=tap", test], {
      cwd: folder,
      env,
    });
    let result;
    let errors = "";
    const end = (how) => {
      result ??= how;
      child.kill("SIGKILL");
    };
    const started = performance.now();
    const timer = setInterval(() => {
      const spent = cpuSeconds(child.pid) ?? (performance.now() - started) / 1000 / 6;
      if (spent > MOST_SECONDS) end("endless");
    }, 250);
    child.stdout.on("data", (piece) => {
      if (/^\s*not ok /m.test(piece.toString())) end("failed");
    });
    child.stderr.on("data", (piece) => {
      errors += piece;
    });
    child.on("close", (code) => {
      clearInterval(timer);
      if (/^SyntaxError: /m.test(errors)) done("invalid");
      else done(result ?? (code === 0 ? "passed" : "failed"));
    });
  });
}

/** Processor time of a process so far, in the hundredths of a second that Linux counts; undefined on other systems. */
function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

function shown(text) {
  const line = text.replace(/\s+/g, " ");
  return line.length > 90 ? `${line.slice(0, 87)}...` : line;
}

function percent(part, whole) {
  return whole === 0 ? 100 : Math.floor((1000 * part) / whole) / 10;
}
