// What the compiler has left in the output folders: which test files there are, and which outputs lost their source.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

/** Every file under `folder`, in a stable order. */
export function* filesUnder(folder) {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) yield path;
    else if (entry.name !== "node_modules") yield* filesUnder(path);
  }
}

/** The folders of the workspaces. */
export function workspaces(root) {
  const folders = ["packages", "apps"].flatMap((kind) =>
    existsSync(join(root, kind))
      ? readdirSync(join(root, kind), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => join(root, kind, entry.name))
      : [],
  );
  const alone = ["benchmarks", "conformance", "fuzz"].map((name) => join(root, name));
  return [...folders, ...alone.filter((folder) => existsSync(join(folder, "package.json")))];
}

/**
 * Deletes compiled files whose source is gone: the compiler leaves them, and a deleted test would go on running, a deleted
 * module would be packed. Only what has a declaration beside it is taken for an output of the compiler. Gives what it deleted.
 */
export function removeStale(root) {
  const deleted = [];
  for (const [output, source] of workspaces(root).flatMap(compiled)) {
    for (const file of [...filesUnder(output)]) {
      if (!file.endsWith(".js")) continue;
      const base = join(source, relative(output, file)).slice(0, -".js".length);
      const declaration = file.replace(/\.js$/, ".d.ts");
      if (existsSync(`${base}.ts`) || !(existsSync(declaration) || isTest(file))) continue;
      for (const path of [file, declaration, `${file}.map`, `${declaration}.map`]) rmSync(path, { force: true });
      deleted.push(relative(root, file));
    }
  }
  return deleted;
}

/**
 * The list that `node --test` gets. An explicit one: globs and folders mean different things to Node 20 and 24. `problems`
 * is not empty when a test has no output or an output no test, or when there is nothing to run at all.
 */
export function testFiles(root) {
  const files = [...filesUnder(join(root, "scripts/test"))].filter(isTest);
  const problems = [];
  for (const workspace of workspaces(root)) {
    const source = join(workspace, "test");
    const output = join(workspace, "dist-test");
    const outputs = [...filesUnder(output)].filter(isTest);
    const expected = [...filesUnder(source)]
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => join(output, relative(source, file)).replace(/\.ts$/, ".js"));
    for (const file of outputs)
      if (!expected.includes(file)) problems.push(`${relative(root, file)}: its source is gone`);
    for (const file of expected) if (!outputs.includes(file)) problems.push(`${relative(root, file)}: not built`);
    files.push(...outputs);
  }
  if (files.length === 0) problems.push("no test files found");
  return { files, problems };
}

function isTest(file) {
  return file.endsWith(".test.js") || file.endsWith(".test.mjs");
}

/** The pairs of output and source folders of a workspace. */
function compiled(workspace) {
  return [
    ["dist-test", "test"],
    ["dist", "src"],
    ["dist/server", "server"],
    ["dist/shared", "shared"],
    ["dist/web-js", "web"],
    ...["runner", "session", "targets", "differential", "sweep", "command"].map((room) => [`dist/${room}`, room]),
  ]
    .map(([output, source]) => [join(workspace, output), join(workspace, source)])
    .filter(([, source]) => existsSync(source));
}
