// Imports go down only (CONTRIBUTING.md, "The rooms"). Reads every TypeScript source of every layer named in layers.json
// and fails on an edge that is not listed, on a package that is not listed, on an import cycle between files, on a source
// that belongs to no layer, and when a layer has no files at all: a check that saw nothing must not pass.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { imports, lineOf } from "./token.mjs";

const SOURCE = /\.[cm]?tsx?$/;
const DECLARATION = /\.d\.[cm]?ts$/;
const ASSET = /\.(?:css|html|json|svg|png|wasm)$/;
const NOT_SOURCE = new Set(["node_modules", "dist", "dist-test", "data"]);

/** Every problem found under `root`, as readable lines. `config` has the shape of layers.json. */
export function checkLayers(root, config) {
  const layers = config.layers.map((layer) => ({ ...layer, path: resolve(root, layer.root) }));
  for (const layer of layers) layer.holds = layers.some((other) => other.path.startsWith(layer.path + sep));
  // The longest path that holds a file owns it: src/protocol/x.ts belongs to "protocol", src/index.ts to "entry". A layer
  // that holds other layers owns no folder besides: a new folder there has to be listed before it may import anything.
  const byDepth = [...layers].sort((a, b) => b.path.length - a.path.length);
  const layerOf = (file) => {
    const owner = byDepth.find((layer) => file.startsWith(layer.path + sep));
    return owner?.holds && dirname(file) !== owner.path ? undefined : owner;
  };
  const problems = checkEdges(layers);
  const graph = new Map();
  const counts = new Map(layers.map((layer) => [layer.name, 0]));

  for (const file of allSources(root, layers)) {
    const layer = layerOf(file);
    if (!layer) {
      problems.push(`${relative(root, file)}: belongs to no layer of layers.json`);
      continue;
    }
    if (!DECLARATION.test(file)) counts.set(layer.name, counts.get(layer.name) + 1);
    graph.set(file, inspect(file, layer));
  }
  for (const [name, count] of counts) if (count === 0) problems.push(`layer "${name}" has no source files`);
  return { problems: [...problems, ...cycles(graph, root)], files: graph.size };

  /** Judges each import of a file, and gives the files it leads to. */
  function inspect(file, layer) {
    const targets = [];
    const text = readFileSync(file, "utf8");
    for (const { name, at, how } of imports(text)) {
      const say = (problem) => problems.push(`${relative(root, file)}:${lineOf(text, at)}: ${problem}`);
      if (how === "reference") say(`${name} hides an import from this check: use import`);
      else if (name === undefined) say("a computed name cannot be checked: import by a literal name");
      else if (/^\.{1,2}(?:\/|$)/.test(name)) {
        const target = sourceOf(resolve(dirname(file), name.replace(/[?#].*$/, "")));
        // A URL may name anything, a folder of pages too: it is an edge when it names a source.
        if (how === "url" && !(target && SOURCE.test(target))) continue;
        targets.push(target);
        judge(name, target, layer, say);
      } else if (how !== "url" && !layer.packages.some((entry) => covers(entry, name)))
        say(`package "${name}" is not listed for layer "${layer.name}"`);
    }
    return targets;
  }

  function judge(name, target, layer, say) {
    const owner = target && layerOf(target);
    if (!target) say(`"${name}" names no source file`);
    else if (!owner) say(`"${name}" leaves every layer`);
    else if (owner !== layer && !layer.imports.includes(owner.name))
      say(`"${layer.name}" may not import "${owner.name}" ("${name}")`);
  }
}

/** An entry "node:" covers every builtin, "tideway" covers itself and its subpaths. */
function covers(entry, name) {
  return entry.endsWith(":") ? name.startsWith(entry) : name === entry || name.startsWith(`${entry}/`);
}

/** The source behind an import of its output (./x.js is x.ts), an asset as it is; undefined when there is none. */
function sourceOf(path) {
  const candidates = ASSET.test(path)
    ? [path]
    : [".ts", ".tsx", ".d.ts"].map((end) => path.replace(/\.js$/, end)).concat(path.replace(/\.mjs$/, ".mts"));
  return candidates.find(
    (file) => (SOURCE.test(file) || ASSET.test(file)) && existsSync(file) && statSync(file).isFile(),
  );
}

/** The list itself: known names, and no way round in a circle. */
function checkEdges(layers) {
  const problems = [];
  const edges = new Map(layers.map((layer) => [layer.name, layer.imports]));
  if (edges.size < layers.length) problems.push("layers.json: two layers have one name");
  for (const [name, targets] of edges)
    for (const target of targets)
      if (!edges.has(target)) problems.push(`layers.json: "${name}" imports "${target}", which is no layer`);
  return [...problems, ...circles(edges).map((circle) => `layers.json: circle of layers: ${circle.join(" -> ")}`)];
}

/** The sources of all layers, and those of the workspaces that no layer holds (tests and tool settings are free). */
function allSources(root, layers) {
  const files = new Set(layers.flatMap((layer) => [...sources(layer.path)]));
  for (const folder of folders(join(root, "packages")))
    for (const file of sources(join(folder, "src"))) files.add(file);
  for (const app of [...folders(join(root, "apps")), join(root, "fuzz")]) {
    for (const file of sources(app)) {
      if (!file.startsWith(join(app, "test") + sep) && !/\.config\.ts$/.test(file)) files.add(file);
    }
  }
  return files;
}

function folders(path) {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
}

function* sources(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!NOT_SOURCE.has(entry.name)) yield* sources(path);
    } else if (SOURCE.test(entry.name)) yield path;
  }
}

function cycles(graph, root) {
  return circles(graph).map((files) => `import cycle: ${files.map((file) => relative(root, file)).join(" -> ")}`);
}

/** Depth-first search; a back edge closes a circle, also one of type-only imports: what needs each other is one room. */
function circles(graph) {
  const done = new Set();
  const path = [];
  const found = [];
  const visit = (node) => {
    if (done.has(node) || !graph.has(node)) return;
    const at = path.indexOf(node);
    if (at >= 0) {
      found.push([...path.slice(at), node]);
      return;
    }
    path.push(node);
    for (const target of graph.get(node)) visit(target);
    path.pop();
    done.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
  const config = JSON.parse(readFileSync(join(root, "scripts/layers.json"), "utf8"));
  const { problems, files } = checkLayers(root, config);
  for (const problem of problems) console.error(problem);
  console.log(`layers: ${files} files, ${config.layers.length} layers, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
