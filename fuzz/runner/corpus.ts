import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An input with the name of its file. */
export interface Input {
  readonly name: string;
  readonly data: Uint8Array;
}

/** The inputs in a folder, in the order of their names; none when there is no such folder. */
export function readInputs(folder: string): Input[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({ name, data: new Uint8Array(readFileSync(join(folder, name))) }));
}

/** Writes an input under a name made of its content. Gives the path. */
export function writeInput(folder: string, data: Uint8Array, name: string = nameOf(data)): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, data);
  return path;
}

function nameOf(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 16);
}
