import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/server/main.js", import.meta.url));

/** The program as it is started by people, in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  output = "";
  errors = "";

  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [main], { env: { PATH: process.env["PATH"] ?? "", ...environment } });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.ended = once(this.#child, "close").then(([code, signal]) => ({ code, signal }));
  }

  /** Starts one on a free port and waits for its URL; killed after the test if it still runs. */
  static async start(t: TestContext, dataDir: string): Promise<ServerProcess> {
    const server = new ServerProcess({ PORT: "0", DATA_DIR: dataDir });
    t.after(() => server.kill("SIGKILL"));
    while (!server.output.includes("\n")) {
      await Promise.race([once(server.#child.stdout!, "data"), server.ended]);
      if (server.#child.exitCode !== null) throw new Error(`did not start: ${server.errors}`);
    }
    return server;
  }

  get port(): number {
    return Number(/^Tideway chat: http:\/\/localhost:(\d+)\/$/m.exec(this.output)?.[1]);
  }

  async kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }> {
    this.#child.kill(signal);
    return await this.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
