import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Protocol } from "../../dist/core-line.js";
import type { Testing } from "../../dist/core-run.js";
import type { Fault } from "./fault.js";

/** A protocol core with a fault in it, and the way to take it away. */
export interface Planted {
  readonly protocol: Protocol;
  /** Where its codecs come from. */
  readonly testing: Testing;
  remove(): void;
}

/** Everything but types and maps: what the codecs of `tideway/testing` are made of is not all in one folder. */
function isCode(path: string): boolean {
  return !/\.(?:map|d\.ts)$/.test(path);
}

/** Where the built library is. */
function distFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve("tideway/protocol")));
}

/** Copies the built library and plants a fault in the copy. @throws Error when the text to change is not there exactly once */
export async function plant(fault: Fault): Promise<Planted> {
  const dist = distFolder();
  const folder = mkdtempSync(join(tmpdir(), "tideway-fault-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    cpSync(dist, folder, { recursive: true, filter: isCode });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const file = join(folder, fault.room ?? "protocol", fault.file);
    const parts = readFileSync(file, "utf8").split(fault.find);
    if (parts.length !== 2) {
      throw new Error(`"${fault.name}": its text is ${parts.length - 1} times in ${fault.file}, and not once`);
    }
    writeFileSync(file, parts.join(fault.replace));
    const protocol = (await import(pathToFileURL(join(folder, "protocol.js")).href)) as Protocol;
    const testing = (await import(pathToFileURL(join(folder, "testing.js")).href)) as Testing;
    return { protocol, testing, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
