// The documents against the repository: links and anchors lead somewhere, code that imports the library compiles, every
// error code is explained, the map of the RFCs is complete and names what exists, every layer and dependency has its line.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { anchors, blocks, inlineCode, links, prose } from "./markdown.mjs";
import { filesUnder, workspaces } from "./output.mjs";
import { checkDemands } from "./rfc-map.mjs";
import { literal, tokens } from "./token.mjs";

/** Codes of Node and OpenSSL, which the client reads and explains with codes of its own. */
const FOREIGN_CODE = /^ERR_(SSL_|TLS_CERT_ALTNAME_)/;
const SKIPPED = /(?:^|\/)(?:node_modules|dist|dist-test|data|\.git|\.cache)\//;
const IMPORTS_LIBRARY = /\b(?:from|import)\s*\(?\s*["']tideway(?:\/[\w/-]+)?["']/;

/** The checks by name; each takes the root of a repository and gives its problems as readable lines. */
export const CHECKS = {
  links: checkLinks,
  code: checkCode,
  errors: checkErrors,
  "rfc-map": checkRfcMap,
  demands: checkDemands,
  layers: checkLayerNames,
  dependencies: checkDependencies,
};

/** Every relative link of every page leads to a file, a folder or a heading that exists. */
export function checkLinks(root) {
  const found = pages(root);
  const problems = found.length === 0 ? ["no Markdown pages found"] : [];
  for (const page of found) {
    for (const { target, line } of links(readFileSync(page, "utf8"))) {
      if (/^(?:[a-z][a-z+.-]*:|\/\/)/i.test(target)) continue;
      const say = (problem) => problems.push(`${relative(root, page)}:${line}: ${problem}`);
      const [path, fragment] = target.split("#", 2);
      const name = decode(path.replace(/\?.*$/, ""));
      const file = name === "" ? page : name.startsWith("/") ? join(root, name) : resolve(dirname(page), name);
      if (file !== root && !file.startsWith(root + sep)) say(`"${target}" leaves the repository`);
      else if (target === "" || !existsSync(file)) say(`"${target}" leads nowhere`);
      else if (fragment && file.endsWith(".md") && !anchors(readFileSync(file, "utf8")).has(decode(fragment)))
        say(`"${target}": no such heading`);
    }
  }
  return problems;
}

/** Every ```ts block that imports the library compiles. One that cannot says so: ```ts ignore. */
export function checkCode(root) {
  const examples = pages(root)
    .filter((page) => page === join(root, "README.md") || page.startsWith(join(root, "docs") + sep))
    .flatMap((page) =>
      blocks(readFileSync(page, "utf8"))
        .filter(({ info, text }) => /^(?:ts|typescript)$/.test(info) && IMPORTS_LIBRARY.test(text))
        .map((block) => ({ page: relative(root, page), ...block })),
    );
  if (examples.length === 0) return ["no ts block imports the library: the README has to show it"];
  const temporary = mkdtempSync(join(tmpdir(), "tideway-docs-"));
  try {
    return compile(root, temporary, examples);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Each block is a module of its own, on the lines it has in its page: the compiler's places are then the page's. */
function compile(root, folder, examples) {
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
  const files = examples.map(({ page, text, line }) => {
    const name = join(dirname(page), `${line}.${page.split(/[\\/]/).at(-1)}.ts`);
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), "\n".repeat(line - 1) + text);
    return name;
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  const compilerOptions = {
    target: "ES2023",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    types: ["node"],
    module: "nodenext",
    moduleDetection: "force",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, "-p", ".", "--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status === 0) return [];
  const lines = `${stdout}${stderr}`.trim().split("\n");
  return lines.map((line) => line.replace(/(^|\/)\d+\.([^/]+\.md)\.ts\((\d+),(\d+)\)/, "$1$2:$3:$4"));
}

/** docs/reference/errors.md lists exactly the codes in the library's sources: as strings, and as names in a table of codes. */
export function checkErrors(root) {
  const page = join(root, "docs/reference/errors.md");
  if (!existsSync(page)) return ["docs/reference/errors.md is missing"];
  const listed = new Set(readFileSync(page, "utf8").match(/\bERR_[A-Z0-9_]+\b/g));
  const used = new Map();
  for (const file of filesUnder(join(root, "packages/tideway/src"))) {
    if (!file.endsWith(".ts")) continue;
    for (const token of tokens(readFileSync(file, "utf8"))) {
      const text = literal(token) ?? (token.kind === "word" ? token.value : "");
      if (/^ERR_[A-Z0-9_]+$/.test(text) && !FOREIGN_CODE.test(text)) used.set(text, relative(root, file));
    }
  }
  if (used.size === 0) return ["no error codes found in packages/tideway/src"];
  const problems = [...used]
    .filter(([code]) => !listed.has(code))
    .map(([code, file]) => `errors.md lacks ${code} (${file})`);
  for (const code of listed) if (!used.has(code)) problems.push(`errors.md lists ${code}, which no source uses`);
  return problems;
}

/** docs/rfc-map.md: every path it mentions exists. Paths may be written from the root or from packages/tideway (src, test). */
export function checkRfcMap(root) {
  const page = join(root, "docs/rfc-map.md");
  if (!existsSync(page)) return ["docs/rfc-map.md is missing"];
  const text = readFileSync(page, "utf8");
  const bases = ["", "docs", "packages/tideway", "packages/tideway/src", "packages/tideway/test"];
  // Links are looked after by checkLinks; their addresses would only be found again here.
  const written = prose(text).replace(/\]\([^)]*\)/g, "]");
  const mentioned = new Set(written.match(/(?<![\w/.:-])[\w@.-]+(?:\/[\w@.-]+)*\.(?:[cm]?ts|mjs|json)\b/g));
  for (const code of inlineCode(text)) if (/^[\w@.-]+(?:\/[\w@.-]+)*\/$/.test(code)) mentioned.add(code);
  if (mentioned.size === 0 && links(text).length === 0) return ["rfc-map.md mentions no file"];
  return [...mentioned]
    .filter((path) => !bases.some((base) => existsSync(join(root, base, path))))
    .map((path) => `rfc-map.md: ${path} does not exist`);
}

/** CONTRIBUTING.md names every layer of layers.json by its folder. */
export function checkLayerNames(root) {
  const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const { layers } = JSON.parse(readFileSync(join(root, "scripts/layers.json"), "utf8"));
  return layers
    .filter((layer) => !text.includes(`\`${layer.root}/\``))
    .map((layer) => `CONTRIBUTING.md does not name \`${layer.root}/\``);
}

/** docs/reference/dependencies.md has a row for each dependency of each package.json, and no other row. */
export function checkDependencies(root) {
  const text = readFileSync(join(root, "docs/reference/dependencies.md"), "utf8");
  const listed = new Set([...text.matchAll(/^\|\s*`([^`]+)`/gm)].map((match) => match[1]));
  const manifests = [root, ...workspaces(root)].map((folder) => join(folder, "package.json")).filter(existsSync);
  const own = new Set();
  const used = new Set();
  for (const file of manifests) {
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    own.add(manifest.name);
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"])
      for (const name of Object.keys(manifest[kind] ?? {})) used.add(name);
  }
  const problems = [...used].filter((name) => !own.has(name) && !listed.has(name)).map((name) => `lacks ${name}`);
  problems.push(
    ...[...listed].filter((name) => !used.has(name)).map((name) => `lists ${name}, which nothing depends on`),
  );
  return problems.map((problem) => `dependencies.md ${problem}`);
}

function pages(root) {
  return [...filesUnder(root)].filter(
    (file) => file.endsWith(".md") && !SKIPPED.test(relative(root, file)) && statSync(file).isFile(),
  );
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
  let count = 0;
  for (const [name, check] of Object.entries(CHECKS)) {
    for (const problem of check(root)) {
      console.error(`${name}: ${problem}`);
      count++;
    }
  }
  console.log(`docs: ${Object.keys(CHECKS).length} checks, ${count} problems`);
  process.exitCode = count === 0 ? 0 : 1;
}
