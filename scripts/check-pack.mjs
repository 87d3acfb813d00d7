// What npm would publish, judged as a stranger meets it: packs the library, looks at the list of files, installs the
// tarball in an empty folder, imports every entry there and compiles against its types.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What may be in the tarball. Maps point to sources that are not in it, and build information is nobody's business. */
const EXPECTED = /^(?:package\.json|README\.md|LICENSE|dist\/(?:[\w.-]+\/)*[\w-][\w.-]*\.(?:js|d\.ts|wasm))$/;

/** Every problem found with the package in `folder` (absolute) of the repository `root`, as readable lines. */
export function checkPack(root, folder) {
  if (!existsSync(join(folder, "dist"))) return [`${folder}: no dist, run \`npm run build\` first`];
  const temporary = mkdtempSync(join(tmpdir(), "tideway-pack-"));
  try {
    const stage = join(temporary, "stage");
    mkdirSync(stage);
    // README and LICENSE are the repository's: npm takes them along from the package's own folder only.
    for (const [from, name] of [
      [folder, "package.json"],
      [folder, "dist"],
      [root, "README.md"],
      [root, "LICENSE"],
    ]) {
      if (existsSync(join(from, name))) cpSync(join(from, name), join(stage, name), { recursive: true });
    }
    const manifest = JSON.parse(readFileSync(join(stage, "package.json"), "utf8"));
    const packed = npm(stage, "pack", "--json", "--ignore-scripts");
    if (packed.status !== 0) return [`npm pack failed: ${packed.output}`];
    const [{ filename, files }] = Object.values(JSON.parse(packed.stdout));
    const paths = files.map((file) => file.path);
    return [...checkFiles(manifest, paths), ...checkInstalled(root, manifest, join(stage, filename), temporary)];
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The list of files: nothing that does not belong there, and everything that package.json promises. */
export function checkFiles(manifest, paths) {
  const problems = paths.filter((path) => !EXPECTED.test(path)).map((path) => `the tarball holds ${path}`);
  const promised = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  for (const path of ["README.md", "LICENSE", ...promised.map((entry) => entry.replace(/^\.\//, ""))])
    if (!paths.includes(path)) problems.push(`the tarball lacks ${path}`);
  const dependencies = Object.keys(manifest.dependencies ?? {});
  if (dependencies.length > 0) problems.push(`the library has dependencies: ${dependencies.join(", ")}`);
  return [...new Set(problems)];
}

/** Installs the tarball in an empty folder and uses it there: `import` and types of each entry. */
function checkInstalled(root, manifest, tarball, temporary) {
  const home = join(temporary, "home");
  mkdirSync(home);
  write(home, "package.json", JSON.stringify({ name: "stranger", private: true, type: "module" }));
  const installed = npm(home, "install", "--offline", "--no-audit", "--no-fund", tarball);
  if (installed.status !== 0) return [`npm install failed: ${installed.output}`];
  const entries = Object.keys(manifest.exports)
    .filter((key) => !key.endsWith(".json"))
    .map((key) => manifest.name + key.slice(1));
  return entries.flatMap((entry) => [...checkImport(home, entry), ...checkTypes(root, home, entry)]);
}

function checkImport(home, entry) {
  const script = `const all = Object.keys(await import("${entry}")); if (all.length === 0) throw new Error("no exports");`;
  const { status, output } = run(home, process.execPath, "--input-type=module", "--eval", script);
  return status === 0 ? [] : [`import "${entry}" failed: ${output}`];
}

/** Both resolutions that the field uses. Library checks stay on: the declarations themselves are what is judged. */
function checkTypes(root, home, entry) {
  write(home, "main.ts", `import * as all from "${entry}";\nexport const names: string[] = Object.keys(all);\n`);
  // The entry for every runtime must do without Node's types.
  const environment = entry.endsWith("/protocol")
    ? { types: [], lib: ["ES2023", "DOM"] }
    : { types: ["node"], lib: ["ES2023"], typeRoots: [join(root, "node_modules/@types")] };
  return [
    { module: "nodenext", moduleResolution: "nodenext" },
    { module: "esnext", moduleResolution: "bundler" },
  ].flatMap((resolution) => {
    const options = {
      ...resolution,
      ...environment,
      target: "ES2023",
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    write(home, "tsconfig.json", JSON.stringify({ compilerOptions: options, files: ["main.ts"] }));
    const { status, output } = run(home, process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", ".");
    return status === 0 ? [] : [`types of "${entry}" (${resolution.module}): ${output}`];
  });
}

function npm(folder, ...words) {
  const script = process.env["npm_execpath"];
  return script?.endsWith(".js") ? run(folder, process.execPath, script, ...words) : run(folder, "npm", ...words);
}

function run(folder, command, ...words) {
  // Without the variables of the npm that may have started us: they would name this repository as the place to install to.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(?:cache|registry))/i.test(name)),
  );
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd: folder, env, encoding: "utf8" });
  return { status, stdout, output: `${error ?? ""}${stdout}${stderr}`.trim() };
}

function write(folder, name, text) {
  writeFileSync(join(folder, name), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
  const problems = checkPack(root, join(root, "packages/tideway"));
  for (const problem of problems) console.error(problem);
  console.log(`pack: ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
