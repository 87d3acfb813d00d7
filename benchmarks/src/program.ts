/** Child processes that answer one line of JSON to each line. Servers and the generator are such programs. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** A running program. */
export class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  readonly #name: string;
  #errors = "";
  #ended: Error | undefined;

  /** Starts it; what it says first is the answer to the first `answer()`. `name` is for errors. */
  constructor(name: string, command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#name = name;
    const [file = "", ...words] = command;
    const child = spawn(file, words, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...environment } });
    this.#child = child;
    child.stdin.on("error", () => {});
    child.stderr.on("data", (chunk) => {
      this.#errors = (this.#errors + String(chunk)).slice(-4000);
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.#waiting.shift()?.resolve(JSON.parse(line)));
    child.on("error", (error) => this.#end(error));
    child.on("close", (code, signal) => this.#end(this.#failure(`ended with ${signal ?? code}`)));
  }

  /** The next line it says. @throws (rejects) when it ends instead, or is silent for `seconds` */
  answer<Answer>(seconds = 60): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const timer = setTimeout(() => reject(this.#failure(`no answer in ${seconds} s`)), seconds * 1000);
      this.#waiting.push({
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer as Answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  /** Says a line and gives the answer. */
  ask<Answer>(line: string, seconds?: number): Promise<Answer> {
    const answer = this.answer<Answer>(seconds);
    this.#child.stdin.write(`${line}\n`);
    return answer;
  }

  /** Ends it by the end of its stdin, by force if it does not hear that. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2000);
    this.#child.stdin.end();
    await ended;
    clearTimeout(timer);
  }

  /** The reason, and what the program itself said of it. */
  #failure(reason: string): Error {
    const thrown = /^\w*(?:Error|Exception|panic)\b.*$/m.exec(this.#errors)?.[0];
    return new Error(`${this.#name} ${reason}: ${thrown ?? this.#errors.trim()}`, { cause: this.#errors });
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
