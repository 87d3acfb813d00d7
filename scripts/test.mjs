// `npm test`: builds, lints, checks the layers, then runs every test. Stops at the first step that fails, with its exit code.
//
//   npm test                     everything
//   npm test -- frame chat       builds, then the test files whose path contains "frame" or "chat"
//   npm test -- --no-build …     without the build (and what is there has to be complete)
import { spawnSync } from "node:child_process";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { removeStale, testFiles } from "./output.mjs";
import { inCI } from "./real-part.mjs";
import { services } from "./services.mjs";

/** Longest run of one test file, in milliseconds: a hang ends the file, and the rest still runs. */
const FILE_TIMEOUT = 240_000;
/** Files at a time: tests over sockets and browsers measure time, and two cores are what is promised to them. */
const CONCURRENCY = 2;

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const started = performance.now();
const options = process.argv.slice(2).filter((word) => word.startsWith("--"));
const filters = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const env = { ...process.env };
// Set when this script itself is under test: node would take the run below for a part of the outer one.
delete env["NODE_TEST_CONTEXT"];

const unknown = options.find((word) => word !== "--no-build");
if (unknown) fail(`unknown option ${unknown}: there is --no-build, and words to filter the test files by`, 2);

announce("build");
for (const file of removeStale(root)) console.log(`deleted ${file}: its source is gone`);
if (!options.includes("--no-build")) npm("run", "--silent", "build");
if (filters.length === 0) {
  announce("lint");
  npm("run", "--silent", "lint");
  announce("layers");
  npm("run", "--silent", "check:layers");
}

announce("services");
const { variables, missing } = services({ env });
Object.assign(env, variables);
if (missing.length > 0 && inCI(env)) fail(`missing in CI: ${missing.join(", ")}`, 1);

const { files, problems } = testFiles(root);
for (const problem of problems) console.error(problem);
if (problems.length > 0) fail("the list of test files is not right", 1);
const chosen = files
  .map((file) => relative(root, file))
  .filter((file) => filters.length === 0 || filters.some((word) => file.includes(word)));
if (chosen.length === 0) fail(`no test file's path contains ${filters.join(" or ")}`, 1);
announce(`test: ${chosen.length} of ${files.length} files`);
run(process.execPath, [
  "--test",
  `--test-concurrency=${CONCURRENCY}`,
  `--test-timeout=${FILE_TIMEOUT}`,
  "--test-reporter=spec",
  ...chosen,
]);
end("passed");

function npm(...words) {
  const script = process.env["npm_execpath"];
  if (script?.endsWith(".js")) run(process.execPath, [script, ...words]);
  else run("npm", words);
}

/** Runs one step in the foreground and ends everything when it fails. */
function run(command, words) {
  const result = spawnSync(command, words, { cwd: root, env, stdio: "inherit" });
  if (result.error) fail(`${command}: ${result.error.message}`, 1);
  if (result.signal) fail(`ended by ${result.signal}`, 1);
  if (result.status !== 0) end("failed", result.status);
}

function announce(step) {
  console.log(`\n── ${step} ──`);
}

function fail(reason, code) {
  console.error(reason);
  end("failed", code);
}

function end(word, code = 0) {
  const seconds = (performance.now() - started) / 1000;
  console.log(`\n${word} after ${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`);
  process.exit(code);
}
