import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { realPart } from "../../../../../scripts/real-part.mjs";
import type { End, Facts } from "../end.js";
import { Queue } from "../queue.js";
import type { Accepted, ClientPeer, ConnectOptions, Listening, ListenOptions, ServerPeer } from "./peer.js";
import { type Line, Remote } from "./remote.js";

const python = realPart("python");

/** Compiled tests lie in dist-test, the script does not: it is found from the package. */
const script = fileURLToPath(new URL("../../../test/interop/peer/peer.py", import.meta.url));

const facts: Facts = {
  name: "Python websockets",
  cannot: {},
  cannotClose: (code) => (code === undefined ? "its `close` always sends a code" : undefined),
  answersReason: true,
};

/** One Python process with as many connections and servers as are asked for. */
class PythonProcess {
  readonly #child: ChildProcess;
  readonly #servers = new Map<number, Queue<Accepted>>();
  readonly #errors: string[] = [];
  readonly remote: Remote;

  constructor() {
    this.#child = spawn(python.path, ["-u", script], { stdio: "pipe" });
    const { stdin, stdout, stderr } = this.#child;
    this.remote = new Remote((command) => stdin?.write(`${JSON.stringify(command)}\n`));
    stderr?.on("data", (chunk: Buffer) => this.#errors.push(chunk.toString()));
    this.#child.on("exit", (code) =>
      this.remote.fail(new Error(`Python ended with ${code}: ${this.#errors.join("")}`)),
    );
    if (stdout) createInterface({ input: stdout }).on("line", (line) => this.#take(JSON.parse(line) as Line));
  }

  server(port: number): Queue<Accepted> {
    const queue = new Queue<Accepted>();
    this.#servers.set(port, queue);
    return queue;
  }

  /** Its input ends, and so does it. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await exit;
  }

  #take(line: Line): void {
    if (!("accepted" in line)) {
      this.remote.take(line);
      return;
    }
    this.#servers.get(line.server)?.put({
      end: this.remote.end(facts, line.accepted, line.protocol, line.extensions),
      headers: line.headers,
      ...(line.commonName !== undefined && { commonName: line.commonName }),
    });
  }
}

let running: PythonProcess | undefined;

function start(): Promise<void> {
  running = new PythonProcess();
  return Promise.resolve();
}

async function stop(): Promise<void> {
  await running?.stop();
  running = undefined;
}

/** The Python module `websockets` as a client. */
export const pythonClient: ClientPeer = {
  facts,
  skip: python.skip,
  offersCompression: true,
  insistsOnProtocol: false,
  tellsStatus: true,
  lacks: {},
  start,
  stop,
  async connect(url: string, options: ConnectOptions = {}): Promise<End> {
    const { remote } = running!;
    const reply = await remote.command({ op: "connect", url, ...options });
    return remote.end(facts, reply.conn!, reply.protocol, reply.extensions);
  },
};

/** The Python module `websockets` as a server, with the compression it has switched on by default. */
export const pythonServer: ServerPeer = {
  facts,
  skip: python.skip,
  start,
  stop,
  async listen(options: ListenOptions = {}): Promise<Listening> {
    const process = running!;
    const { port } = await process.remote.command({ op: "listen", ...options });
    const accepted = process.server(port!);
    return {
      port: port!,
      accept: () => accepted.take(),
      close: async () => {
        await process.remote.command({ op: "shut", port });
      },
    };
  },
};
