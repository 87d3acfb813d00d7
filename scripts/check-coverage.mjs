// Every line and branch of the protocol, executed by the file's own test: packages/tideway/src/protocol/x.ts by
// packages/tideway/test/protocol/x.test.ts and by nothing else but the tests of a seam it is part of. Reads the engine's own block coverage of the built files: what the
// compiler writes is the source without its types, line for line the same statements, so nothing has to be mapped back.
//
//   npm run coverage              all files
//   npm run coverage -- utf8      the files whose path contains one of the words
//
// Counted as a branch is every stretch of code that the engine counts by itself: both arms of `if`, `?:` and `switch`, the right side
// of `&&`, `||` and `??`, the body of a loop, what stands behind a return. What is not code (comments, blanks, closing brackets) is not
// counted. A module of types alone has no code, and needs no test.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { filesUnder } from "./output.mjs";
import { lineOf, tokens } from "./token.mjs";

/** Tests beside a file's own that count for it: a seam that runs through several files has one test for all of them. */
const SEAM_TESTS = new Map(
  ["connection", "message-assembler", "message-writer", "frame-encoder"].map((name) => [name, ["pending-extension"]]),
);

/** The pieces of code in `text` that did not run, by the coverage of its functions, as `{ line, code }`. */
export function missed(text, functions) {
  const ran = new Uint8Array(text.length).fill(1);
  // Outer functions come before inner ones, outer ranges before inner ones: the last word is the innermost's.
  for (const { ranges } of functions)
    for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  const found = [];
  let previous;
  for (const token of tokens(text)) {
    if (token.kind === "comment" || ran[token.at] === 1) {
      if (token.kind !== "comment") previous = undefined;
      continue;
    }
    // The end of a block behind its last `return` is a stretch of its own, with nothing in it.
    if (/^[})\];,]$/.test(token.value) && previous === undefined) continue;
    if (previous === undefined) {
      previous = { line: lineOf(text, token.at), code: "" };
      found.push(previous);
    }
    previous.code += token.kind === "string" ? `"${token.value}" ` : `${token.value} `;
  }
  return found.map(({ line, code }) => ({ line, code: code.trim() }));
}

/** Whether a built module has code, or stands for types alone. */
export function hasCode(text) {
  const words = [...tokens(text)].filter(({ kind }) => kind !== "comment").map(({ value }) => value);
  return words.join(" ") !== "export { } ;";
}

/** Runs each file's own test under coverage. Gives the number of files with code, and the problems as readable lines. */
export async function checkCoverage(root, words = []) {
  const built = join(root, "packages/tideway/dist/protocol");
  const files = [...filesUnder(built)]
    .filter((file) => file.endsWith(".js") && hasCode(readFileSync(file, "utf8")))
    .filter((file) => words.length === 0 || words.some((word) => relative(built, file).includes(word)));
  const problems = files.length === 0 ? [`no built files below ${relative(root, built)}`] : [];
  const queue = [...files];
  const work = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const name = relative(built, file).replace(/\.js$/, "");
      const tests = [name, ...(SEAM_TESTS.get(name) ?? [])].map((test) =>
        join(root, "packages/tideway/dist-test/protocol", `${test}.test.js`),
      );
      if (!tests.every(existsSync)) problems.push(`${name}.ts has no test of its own`);
      else for (const line of await measure(file, tests)) problems.push(`${name}.ts: ${line}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  return { files: files.length, problems: problems.sort() };
}

async function measure(file, tests) {
  const folder = mkdtempSync(join(tmpdir(), "tideway-coverage-"));
  try {
    const { code, output } = await run(tests, folder);
    if (code !== 0) return [`its test fails: ${output.slice(-2000)}`];
    const scripts = readdirSync(folder).flatMap(
      (name) => JSON.parse(readFileSync(join(folder, name), "utf8")).result ?? [],
    );
    const script = scripts.find(({ url }) => url === pathToFileURL(file).href);
    if (script === undefined) return ["its test does not load it"];
    return missed(readFileSync(file, "utf8"), script.functions).map(
      ({ line, code: piece }) => `built line ${line} is not executed: ${piece.slice(0, 100)}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(tests, folder) {
  return new Promise((done) => {
    const env = { ...process.env, NODE_V8_COVERAGE: folder };
    // Set when this runs inside a test: node would take the file for a part of that.
    delete env["NODE_TEST_CONTEXT"];
    // In one process, so that there is one count.
    const program = tests.map((test) => `await import(${JSON.stringify(pathToFileURL(test).href)});`).join("\n");
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (piece) => {
        output += piece;
      });
    child.on("close", (code) => done({ code, output }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
  const { files, problems } = await checkCoverage(root, process.argv.slice(2));
  for (const problem of problems) console.error(problem);
  console.log(`coverage: ${files} files, ${problems.length} pieces of code not executed by the file's own test`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
