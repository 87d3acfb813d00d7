// Imports go down only (CONTRIBUTING.md, "The rooms"). Reads every TypeScript source of every layer named in layers.json
// and fails on an edge that is not listed, on a package that is not listed, on an import cycle between files, and when a
// layer has no files at all: a check that saw nothing must not pass.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const IMPORT = /(?:^|[\s;}])(?:import|export)\s*(?:type\s+)?(?:[\w$*{}\s,]+?\s*from\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
const COMMENT = /\/\*[\s\S]*?\*\/|(^|[^:"'`\\])\/\/[^\n]*/g;

/** Every problem found under `root`, as readable lines. `config` has the shape of layers.json. */
export function checkLayers(root, config) {
  const layers = config.layers.map((layer) => ({ ...layer, path: resolve(root, layer.root) }));
  // The longest path that holds a file owns it: src/protocol/x.ts belongs to "protocol", src/index.ts to "entry".
  const byDepth = [...layers].sort((a, b) => b.path.length - a.path.length);
  const layerOf = (file) => byDepth.find((layer) => file.startsWith(layer.path + sep));
  const problems = [];
  const graph = new Map();
  const counts = new Map(layers.map((layer) => [layer.name, 0]));

  for (const layer of layers) {
    for (const file of sources(layer.path)) {
      if (layerOf(file) !== layer) continue;
      counts.set(layer.name, counts.get(layer.name) + 1);
      graph.set(file, inspect(file, layer));
    }
  }
  for (const [name, count] of counts) if (count === 0) problems.push(`layer "${name}" has no source files`);
  return { problems: [...problems, ...cycles(graph, root)], files: graph.size };

  function inspect(file, layer) {
    const targets = [];
    const text = readFileSync(file, "utf8").replace(COMMENT, "$1");
    for (const match of text.matchAll(IMPORT)) {
      const name = match[1] ?? match[2];
      if (!name.startsWith(".")) {
        const allowed = layer.packages.some((entry) => name === entry || name.startsWith(entry.endsWith(":") ? entry : `${entry}/`));
        if (!allowed) problems.push(`${relative(root, file)}: package "${name}" is not listed for layer "${layer.name}"`);
        continue;
      }
      if (/\.(css|json|html|svg)$/.test(name)) continue;
      const target = resolve(dirname(file), name).replace(/\.js$/, ".ts");
      const owner = layerOf(target);
      if (!existsSync(target)) problems.push(`${relative(root, file)}: "${name}" names no source file`);
      else if (!owner) problems.push(`${relative(root, file)}: "${name}" leaves every layer`);
      else if (owner !== layer && !layer.imports.includes(owner.name))
        problems.push(`${relative(root, file)}: "${layer.name}" may not import "${owner.name}" ("${name}")`);
      targets.push(target);
    }
    return targets;
  }
}

function* sources(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== "dist") yield* sources(path);
    else if (/\.ts$/.test(entry.name) && !entry.name.endsWith(".d.ts")) yield path;
  }
}

/** Depth-first search; a back edge closes a cycle, also one of type-only imports: what needs each other is one room. */
function cycles(graph, root) {
  const done = new Set();
  const path = [];
  const found = [];
  const visit = (file) => {
    if (done.has(file) || !graph.has(file)) return;
    const at = path.indexOf(file);
    if (at >= 0) {
      found.push(`import cycle: ${[...path.slice(at), file].map((step) => relative(root, step)).join(" -> ")}`);
      return;
    }
    path.push(file);
    for (const target of graph.get(file)) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
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
