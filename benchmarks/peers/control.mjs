// What every program under test shares: its job, the packages it is to load, and the questions it is asked on stdin.
// Runs on Node, Bun and Deno.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

/** What to do: see `ProgramJob` in src/peer.ts. */
export const job = JSON.parse(process.argv[2]);

/** Loads a package from the first of the job's folders that has it. */
export async function load(name) {
  return await import(pathToFileURL(find(name)).href);
}

/** The version of a package. */
export function versionOf(name) {
  let folder = dirname(find(name));
  for (;;) {
    const manifest = read(join(folder, "package.json"));
    if (manifest?.name === name) return manifest.version;
    folder = dirname(folder);
  }
}

function find(name) {
  for (const folder of job.modules) {
    try {
      return createRequire(join(folder, "from-here.js")).resolve(name);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error(`${name} is not installed`);
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** A server of node:http, or of node:https when the job is over TLS. */
export function httpServer() {
  return job.tls ? createTlsServer(job.tls) : createServer();
}

/** Listens on a free port, then `ready`. */
export function listen(server, about) {
  server.listen(0, "127.0.0.1", () => ready({ port: server.address().port, ...about }));
}

/** Says where the server listens and which options it set, and answers questions from now on; ends with stdin. */
export function ready(about, more = {}) {
  const answers = { cpu, memory, delay, clock, ...more };
  say(about);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const [word, ...words] = line.split(" ");
    say(await answers[word](...words));
  });
  lines.on("close", () => process.exit(0));
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Microseconds of processor time, user and system, all threads. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system };
}

/** Bytes of memory once garbage has been collected: of the process, and of what is alive in it. */
async function memory() {
  for (let turn = 0; turn < 4; turn++) {
    if (globalThis.Bun) globalThis.Bun.gc(true);
    else globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, live: heapUsed + external };
}

let histogram;
/** Milliseconds that the event loop was late, since it was asked last; it is watched from the first question on. */
function delay() {
  const resolution = 1;
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolution);
  const answer = histogram ? { p99: late(histogram.percentile(99)), max: late(histogram.max) } : {};
  if (histogram) histogram.reset();
  else {
    histogram = monitorEventLoopDelay({ resolution });
    histogram.enable();
  }
  return answer;
}

/** Microseconds on the clock that V8's profiler has, too. */
function clock() {
  return { now: Number(process.hrtime.bigint() / 1000n) };
}

/**
 * The side of a client under test. `connect(url, onMessage)` gives a promise of `{ send(bytes), close() }` and calls `onMessage` for each
 * message; every connection has some messages under way and sends one for each that comes back.
 */
export function drive(connect, about) {
  const { url, connections, inFlight, bytes } = job.client;
  const message = new Uint8Array(bytes).map((_, at) => 97 + ((at * 7) % 26));
  let [clients, messages, underWay, ending, ended] = [[], 0, 0, true, () => {}];
  const onMessage = (client) => {
    messages++;
    if (!ending) client.send(message);
    else if (--underWay === 0) ended({ messages, cpu: 0 });
  };
  const open = async () => {
    clients = await Promise.all(
      Array.from({ length: connections }, async () => {
        const client = await connect(url, () => onMessage(client));
        return client;
      }),
    );
    return {};
  };
  const run = (milliseconds) => {
    [messages, underWay, ending] = [0, connections * inFlight, false];
    for (const client of clients) for (let count = 0; count < inFlight; count++) client.send(message);
    setTimeout(() => {
      ending = true;
    }, Number(milliseconds));
    return new Promise((resolve) => {
      ended = resolve;
    });
  };
  const close = () => {
    for (const client of clients) client.close();
    return {};
  };
  ready({ port: 0, ...about }, { open, run, close });
}

/** Runs a client that has the browser's surface. */
export function driveWebSocket(WebSocket, about) {
  const connect = (url, onMessage) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      socket.onmessage = onMessage;
      socket.onopen = () => resolve(socket);
      socket.onerror = ({ message }) => reject(new Error(message));
    });
  drive(connect, about);
}
