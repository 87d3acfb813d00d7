// Assembles the WebAssembly kernel: packages/tideway/src/node/kernel/kernel.wat into wasm-bytes.ts beside it, which is committed so that neither
// the build nor a user needs the assembler. A test assembles it again and compares.
//
//   npm run build:kernel
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import wabt from "wabt";

const FOLDER = "packages/tideway/src/node/kernel";

/** The generated module for the kernel's source under `root`: its path and its text. */
export async function buildKernel(root) {
  const source = join(root, FOLDER, "kernel.wat");
  const assembler = await wabt();
  const parsed = assembler.parseWat(source, readFileSync(source, "utf8"), { simd: true });
  try {
    parsed.validate();
    return { path: join(root, FOLDER, "wasm-bytes.ts"), text: moduleText(parsed.toBinary({}).buffer) };
  } finally {
    parsed.destroy();
  }
}

function moduleText(bytes) {
  return `/** kernel.wat, assembled: ${bytes.length} octets. Made by \`npm run build:kernel\`; do not edit. */
export const WASM_BASE64: string =
  "${Buffer.from(bytes).toString("base64")}";
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { path, text } = await buildKernel(resolve(dirname(fileURLToPath(import.meta.url)), ".."));
  writeFileSync(path, text);
  console.log(`${path}: ${text.length} characters`);
}
