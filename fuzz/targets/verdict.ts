import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TidewayError } from "tideway/protocol";

/** Something happened that must not happen for any input. */
export class Violation extends Error {
  override readonly name: string = "Violation";
}

/** @throws Violation when `holds` is false */
export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Violation(sentence);
}

/** @throws Violation when both are not the same data */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [seen, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  expect(seen === wanted, `${what}:\n seen   ${seen}\n wanted ${wanted}`);
}

let documented: ReadonlySet<string> | undefined;

/** @throws Violation when docs/reference/errors.md does not explain the code */
export function expectDocumented(code: string): void {
  documented ??= new Set(readFileSync(errorsPage(), "utf8").match(/\bERR_[A-Z0-9_]+\b/g));
  expect(documented.has(code), `the code ${code} is not documented`);
}

/**
 * Calls something that may refuse its arguments.
 * @returns what it gives, or undefined when it threw a documented error of ours
 * @throws anything else that it threw
 */
export function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof TidewayError)) throw error;
    expectDocumented(error.code);
    return undefined;
  }
}

/** The page lies above the folder this file was compiled to, however deep that is. */
function errorsPage(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const page = join(folder, "docs/reference/errors.md");
    if (existsSync(page)) return page;
  }
  throw new Error("docs/reference/errors.md is not above this file");
}
