import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.js";

const MAIN = fileURLToPath(new URL("../../dist/server/main.js", import.meta.url));

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds from the signal to the end. */
  readonly took: number;
}

/** CPU time and memory of a process, as the kernel counts them. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** The server as people run it, in a process of its own; the port and the data stay the same over restarts. */
export class ChatProcess {
  readonly port: number;
  readonly dataDir: string;
  readonly #script: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #exit: Promise<[number | null, NodeJS.Signals | null]> | undefined;
  output = "";
  errors = "";

  private constructor(port: number, dataDir: string, script: string, env: Readonly<Record<string, string>>) {
    this.port = port;
    this.dataDir = dataDir;
    this.#script = script;
    this.#env = env;
  }

  /** A process on a free port with an empty folder, not started yet. */
  static async prepare(script: string = MAIN, env: Readonly<Record<string, string>> = {}): Promise<ChatProcess> {
    return new ChatProcess(await freePort(), await mkdtemp(join(tmpdir(), "tideway-e2e-")), script, env);
  }

  static async start(): Promise<ChatProcess> {
    const server = await ChatProcess.prepare();
    await server.start();
    return server;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    assert.ok(pid !== undefined, "the server is not running");
    return pid;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    assert.equal(this.#child, undefined, "the server is running");
    const env = { PATH: process.env["PATH"] ?? "", PORT: String(this.port), DATA_DIR: this.dataDir, ...this.#env };
    const child = spawn(process.execPath, [this.#script], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.#exit = once(child, "close").then(([code, signal]) => [code, signal]);
    await eventually(async () => {
      assert.equal(child.exitCode ?? child.signalCode, null, `the server did not start: ${this.errors}`);
      assert.equal((await fetch(`${this.origin}/healthz`)).status, 200);
    }, 60_000);
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    assert.ok(this.#child && this.#exit, "the server is not running");
    const began = performance.now();
    this.#child.kill(signal);
    const [code, by] = await this.#exit;
    this.#child = undefined;
    return { code, signal: by, took: performance.now() - began };
  }

  /** For the end of a test: nothing is left, whatever happened before. */
  async dispose(): Promise<void> {
    if (this.#child) await this.end("SIGKILL");
    await rm(this.dataDir, { recursive: true, force: true });
  }

  usage(): Usage {
    // proc(5): fields 14 and 15 are the time in user and kernel mode, in ticks of 10 ms; the name before them may hold blanks.
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1];
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, rssMiB: Math.round(Number(rss) / 1024) };
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
