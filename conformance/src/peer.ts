/** Other implementations, judged by the same cases. Each is a program in `peers/` that prints its version first. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ClientJudge } from "./client-judge.js";
import { chosenCases, type JudgementOptions, serverJudgement } from "./judgement.js";
import { type Program, startProgram } from "./program.js";
import { Progress } from "./progress.js";
import type { Report } from "./result.js";

/** A peer. */
export interface Peer {
  /** Name in reports and of the file of its results. */
  readonly name: string;
  readonly role: "server" | "client";
  /** Command and words; the runner adds the rest. */
  readonly command: readonly string[];
}

const program = (name: string): string => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
/** A Python that has websockets; it need not be the first of the path. */
function python(): string {
  const candidates = [process.env["TIDEWAY_PYTHON"] ?? "", "python3", "/usr/bin/python3"].filter((path) => path !== "");
  return candidates.find((path) => spawnSync(path, ["-c", "import websockets"]).status === 0) ?? "python3";
}

/** All peers that need nothing but this repository and Python. */
export const PEERS: readonly Peer[] = [
  { name: "ws-server", role: "server", command: [process.execPath, program("ws-server.mjs")] },
  { name: "websocket-server", role: "server", command: [process.execPath, program("websocket-server.mjs")] },
  { name: "python-websockets-server", role: "server", command: ["python", program("python_server.py")] },
  { name: "ws-client", role: "client", command: [process.execPath, program("whatwg-drive.mjs"), "ws"] },
  { name: "undici-client", role: "client", command: [process.execPath, program("whatwg-drive.mjs"), "undici"] },
  { name: "websocket-client", role: "client", command: [process.execPath, program("whatwg-drive.mjs"), "websocket"] },
  { name: "python-websockets-client", role: "client", command: ["python", program("python_client.py")] },
];

/** Judges a peer. @throws Error when its program does not start */
export async function judgePeer(peer: Peer, options: JudgementOptions): Promise<Report> {
  return peer.role === "server" ? await judgePeerServer(peer, options) : await judgePeerClient(peer, options);
}

function start({ command }: Peer, words: readonly string[]): Promise<Program> {
  const [first = "", ...rest] = command;
  return startProgram(first === "python" ? python() : first, [...rest, ...words]);
}

async function judgePeerServer(peer: Peer, options: JudgementOptions): Promise<Report> {
  const running = await start(peer, [String(options.limit)]);
  try {
    const { version, urls } = JSON.parse(running.line) as { version: string; urls: readonly string[] };
    const [url = "", limitUrl] = urls;
    const target = limitUrl === undefined ? { url } : { url, limitUrl };
    return await serverJudgement(`${peer.name} ${version}`, target, options);
  } finally {
    await running.stop();
  }
}

async function judgePeerClient(peer: Peer, options: JudgementOptions): Promise<Report> {
  const { limit, concurrency, filter } = options;
  const progress = new Progress(peer.name);
  let failed = 0;
  const judge = new ClientJudge({
    cases: chosenCases(limit, filter),
    onRun: (_agent, run, _id, done, total) => {
      if (run.outcome === "fail") failed++;
      progress.show(done, total, failed);
    },
  });
  const port = await judge.listen();
  const running = await start(peer, [`ws://127.0.0.1:${port}`, peer.name, String(limit), String(concurrency)]);
  const { version } = JSON.parse(running.line) as { version: string };
  await running.ended;
  const report = judge.report(peer.name);
  await judge.close();
  progress.end();
  return { ...report, target: `${peer.name} ${version}` };
}
