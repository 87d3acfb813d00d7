import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A program that runs beside this one. */
export interface Program {
  /** Its first line, without the line end. */
  readonly line: string;
  /** Resolves when it has ended by itself or otherwise. */
  readonly ended: Promise<void>;
  /** Ends it: first by its standard input, then by a signal. */
  stop(): Promise<void>;
}

/** Starts a program and waits for its first line. `env`: variables besides ours. @throws Error with what it said when it ends before */
export function startProgram(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const child = spawn(command, words, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill(), 2000);
    await ended;
    clearTimeout(timer);
  };
  return new Promise((resolve, reject) => {
    let [said, complained] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const end = said.indexOf("\n");
      if (end >= 0) resolve({ line: said.slice(0, end), ended, stop });
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complained = (complained + text).slice(-4000);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${command} ${words.join(" ")} ended: ${complained || said}`)));
  });
}

/** Starts one of the programs of this folder under the Node that runs this. */
export function startOwn(name: string, words: readonly string[]): Promise<Program> {
  return startProgram(process.execPath, [fileURLToPath(new URL(`./${name}.js`, import.meta.url)), ...words]);
}
