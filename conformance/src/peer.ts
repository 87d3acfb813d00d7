/** Other implementations, judged by the same cases. Each is a program in `peers/` that prints its version first. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { clientJudgement, type JudgementOptions, serverJudgement } from "./judgement.js";
import { type Program, startProgram } from "./program.js";
import type { Report } from "./result.js";

/** A peer. */
export interface Peer {
  /** The implementation. With the role it is the name in reports and of the file of its results: "ws-server". */
  readonly name: string;
  readonly role: "server" | "client";
  /** What runs it: the Node that runs this, or a peer of `scripts/peers`. */
  readonly runner: "node" | "bun" | "deno" | "gorilla" | "python";
  /** The words behind the runner; ours are added. */
  readonly words: readonly string[];
}

/** A peer that is there, and what it said when it was asked who it is. */
export interface PeerReport {
  readonly report: Report;
  readonly version: string;
  readonly runtime: string;
}

/** What a program in `peers/` prints first; gorilla does not know its own version. */
interface Introduction {
  readonly version?: string;
  readonly runtime: string;
  readonly urls?: readonly string[];
}

/** What `scripts/peers/peer.mjs` prints. */
interface Found {
  readonly path: string;
  readonly version: string;
  readonly skip: string | false;
  readonly env: Readonly<Record<string, string>>;
}

/** A client that has not done all runs by then is ended, and fails those it has not done. */
const LONGEST_RUN = 600_000;

const beside = (name: string): string => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
const driver = beside("whatwg-drive.mjs");
// Without these, Deno reads the package.json above the program and asks before it opens a port.
const deno = ["run", "--no-config", "--allow-all"];

/** All peers. What is not there is named, with how to get it (`scripts/peers/install.mjs`). */
export const PEERS: readonly Peer[] = [
  { name: "ws", role: "server", runner: "node", words: [beside("ws-server.mjs")] },
  { name: "websocket", role: "server", runner: "node", words: [beside("websocket-server.mjs")] },
  { name: "bun", role: "server", runner: "bun", words: [beside("bun-server.mjs")] },
  { name: "deno", role: "server", runner: "deno", words: [...deno, beside("deno-server.mjs")] },
  { name: "python-websockets", role: "server", runner: "python", words: [beside("python_server.py")] },
  { name: "gorilla", role: "server", runner: "gorilla", words: ["run", beside("gorilla-server/main.go")] },
  { name: "ws", role: "client", runner: "node", words: [driver, "ws"] },
  { name: "undici", role: "client", runner: "node", words: [driver, "undici"] },
  { name: "websocket", role: "client", runner: "node", words: [driver, "websocket"] },
  { name: "bun", role: "client", runner: "bun", words: [driver, "bun"] },
  { name: "deno", role: "client", runner: "deno", words: [...deno, driver, "deno"] },
  { name: "python-websockets", role: "client", runner: "python", words: [beside("python_client.py")] },
  { name: "gorilla", role: "client", runner: "gorilla", words: ["run", beside("gorilla-client/main.go")] },
];

/** Judges a peer. @returns what came of it, or why the peer is not there. @throws Error when its program does not start */
export async function judgePeer(peer: Peer, options: JudgementOptions): Promise<PeerReport | string> {
  const found = find(peer.runner);
  if (found.skip !== false) return found.skip;
  const judge = peer.role === "server" ? judgePeerServer : judgePeerClient;
  const { report, version = found.version, runtime } = await judge(peer, found, options);
  return { report: { ...report, target: `${peer.name} ${version}` }, version, runtime };
}

function find(runner: Peer["runner"]): Found {
  if (runner === "node") return { path: process.execPath, version: "", skip: false, env: {} };
  const script = fileURLToPath(new URL("../../scripts/peers/peer.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, runner], { encoding: "utf8" });
  if (status !== 0) throw new Error(`scripts/peers/peer.mjs ${runner} ended: ${stderr}`);
  return JSON.parse(stdout) as Found;
}

interface Judged extends Omit<Introduction, "urls"> {
  readonly report: Report;
}

function start({ words }: Peer, { path, env }: Found, more: readonly string[]): Promise<Program> {
  return startProgram(path, [...words, ...more], env);
}

async function judgePeerServer(peer: Peer, found: Found, options: JudgementOptions): Promise<Judged> {
  const running = await start(peer, found, [String(options.limit)]);
  try {
    const { urls = [], ...who } = JSON.parse(running.line) as Introduction;
    const [url = "", limitUrl] = urls;
    const target = limitUrl === undefined ? { url } : { url, limitUrl };
    return { ...who, report: await serverJudgement(peer.name, target, options) };
  } finally {
    await running.stop();
  }
}

async function judgePeerClient(peer: Peer, found: Found, options: JudgementOptions): Promise<Judged> {
  const { limit, concurrency } = options;
  let who: Introduction | undefined;
  const report = await clientJudgement(peer.name, options, async (url) => {
    const running = await start(peer, found, [url, peer.name, String(limit), String(concurrency)]);
    who = JSON.parse(running.line) as Introduction;
    const timer = setTimeout(() => void running.stop(), LONGEST_RUN);
    await running.ended;
    clearTimeout(timer);
  });
  return { ...who!, report };
}
