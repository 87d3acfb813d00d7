/**
 * The figures of docs/decisions/0008-permessage-deflate.md:
 *
 *     npm run build && node --expose-gc packages/tideway/dist-test/measure/deflate.js [section …]
 *
 * Sections: messages, levels, boundary, contexts, connections, bomb; without one all of them.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from "node:zlib";
import { DocumentedEngine, type Engine, openEngine } from "../../dist/node/deflate/engine.js";
import { DeflatePool } from "../../dist/node/deflate/pool.js";
import type { Boundary } from "../../dist/node/deflate/pooled-codec.js";
import { WebSocketServer } from "../../dist/node/server.js";
import { type DeflateOptions, resolveDeflateOptions } from "../../dist/protocol/deflate/option.js";
import { both, sampleJson } from "../node/deflate/path.js";
import { masked, RawPeer, TEXT } from "../node/raw-peer.js";

const KiB = 1024;
const MiB = KiB * KiB;
const ALWAYS: Boundary = { compress: Infinity, received: Infinity, decompressed: 256 * MiB };
const NEVER: Boundary = { compress: 0, received: 0, decompressed: 0 };

function pool(options: DeflateOptions, engine: Engine | undefined, boundary: Boundary): DeflatePool {
  return new DeflatePool(resolveDeflateOptions("server", options), { engine, boundary });
}

/** Microseconds of CPU, all threads, of one call: the median of five rounds behind a warm-up. */
async function cpu(count: number, call: (index: number) => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < 6; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < count; index++) await call(index);
    const { user, system } = process.cpuUsage(before);
    if (round > 0) rounds.push((user + system) / count);
  }
  return rounds.sort((a, b) => a - b)[2]!;
}

/** Microseconds of the loop's own thread, of one call. From Linux, which alone tells it of one thread. */
async function loopTime(count: number, call: () => unknown): Promise<number> {
  const nanoseconds = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]);
  for (let index = 0; index < count / 10; index++) await call();
  const before = nanoseconds();
  for (let index = 0; index < count; index++) await call();
  return (nanoseconds() - before) / 1000 / count;
}

const samples = (size: number) => Array.from({ length: 50 }, (_, index) => sampleJson(size, index + 1));

/** A row of a table. */
function row(...cells: readonly (string | number)[]): void {
  const text = cells.map((cell) => (typeof cell === "number" ? cell.toFixed(cell < 10 ? 1 : 0) : cell));
  process.stdout.write(`| ${text.join(" | ")} |\n`);
}

async function messages(): Promise<void> {
  row("bytes", "way", "takeover", "µs out", "µs in");
  for (const size of [256, KiB, 4 * KiB, 16 * KiB]) {
    for (const [way, engine] of [
      ["kept", openEngine()],
      ["documented", new DocumentedEngine()],
    ] as const) {
      for (const takeover of [false, true]) {
        const codec = pool({}, engine, ALWAYS).open(both(takeover));
        const peer = pool({}, openEngine(), ALWAYS).open(both(takeover));
        const data = samples(size);
        const count = Math.ceil((4000 * KiB) / (size + KiB));
        const out = await cpu(count, (index) => codec.compress(data[index % 50]!));
        const compressed = await Promise.all(
          data.map((one) => pool({}, openEngine(), ALWAYS).open(both(false)).compress(one)),
        );
        const back = await cpu(count, (index) => peer.decompress(compressed[index % 50]!, MiB));
        row(
          String(size),
          way,
          takeover ? "yes" : "no",
          out,
          way === "kept" ? back : await documentedIn(compressed, takeover, count),
        );
      }
    }
  }
  await streams();
}

async function documentedIn(compressed: readonly (Uint8Array | undefined)[], takeover: boolean, count: number) {
  const codec = pool({}, new DocumentedEngine(), ALWAYS).open(both(takeover));
  return await cpu(count, (index) => codec.decompress(compressed[index % 50]!, MiB));
}

/** A stream for each direction and a flush for each message: what Node's documentation suggests. */
async function streams(): Promise<void> {
  const data = samples(KiB);
  const deflate = createDeflateRaw({ level: 1 });
  const inflate = createInflateRaw();
  deflate.resume();
  inflate.resume();
  const through = (stream: typeof deflate | typeof inflate, bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      stream.write(bytes);
      stream.flush(constants.Z_SYNC_FLUSH, resolve);
    });
  const compressed = data.map((one) => deflateRawSync(one, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }));
  const out = await cpu(2000, (index) => through(deflate, data[index % 50]!));
  const back = await cpu(2000, (index) => through(inflate, compressed[index % 50]!));
  row("1024", "streams", "yes", out, back);
}

async function levels(): Promise<void> {
  row("bytes", "level", "µs", "ratio");
  for (const size of [KiB, 4 * KiB, 16 * KiB]) {
    for (const level of [1, 3, 6]) {
      const codec = pool({ level }, openEngine(), ALWAYS).open(both(false));
      const data = samples(size);
      const time = await cpu(Math.ceil((2000 * KiB) / (size + KiB)), (index) => codec.compress(data[index % 50]!));
      const made = data.reduce((sum, one) => sum + (codec.compress(one) as Uint8Array).length, 0);
      row(String(size), String(level), time, (made / (50 * size)).toFixed(3));
    }
  }
}

async function boundary(): Promise<void> {
  row("bytes", "compress: at once", "off", "decompress: at once", "off");
  for (const size of [16, 32, 64, 128, 256].map((kilo) => kilo * KiB)) {
    const data = sampleJson(size);
    const compressed = pool({}, openEngine(), ALWAYS).open(both(false)).compress(data) as Uint8Array;
    const cells: number[] = [];
    for (const call of ["compress", "decompress"] as const) {
      for (const where of [ALWAYS, NEVER]) {
        const codec = pool({}, openEngine(), where).open(both(false));
        const run = () => (call === "compress" ? codec.compress(data) : codec.decompress(compressed, 256 * MiB));
        cells.push(await loopTime(1000, run));
      }
    }
    row(String(size), ...cells);
  }
}

async function contexts(): Promise<void> {
  row("compressor", "KiB each");
  const all: unknown[] = [];
  const data = Array.from({ length: 8 }, (_, index) => sampleJson(32 * KiB, index + 1));
  for (const [windowBits, memLevel] of [
    [15, 8],
    [13, 6],
    [12, 5],
  ] as const) {
    const engine = openEngine();
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    const kept = Array.from({ length: 300 }, () => engine.open({ level: 1, windowBits, memLevel }));
    for (const one of kept) for (const bytes of data) one.compress(bytes);
    row(`${windowBits} bits, memLevel ${memLevel}`, (process.memoryUsage.rss() - before) / 300 / KiB);
    // Not closed: the next ones must not get their memory.
    all.push(...kept);
  }
}

const COUNT = 10_000;

/** Memory of a server by connection: idle, and after a message each. The clients are in a process of their own. */
async function connections(): Promise<void> {
  row("connections", "bytes each, idle", "after a message");
  let none: readonly number[] = [0, 0];
  for (const compression of [false, true]) {
    const server = new WebSocketServer({
      compression,
      maxConnections: Infinity,
      message: (socket, data) => void socket.send(data),
    });
    const { port } = await server.listen();
    const held = async () => {
      for (let i = 0; i < 4; i++) {
        globalThis.gc?.();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const before = await held();
    const clients = fork(fileURLToPath(import.meta.url), ["clients", String(port), String(compression)]);
    await once(clients, "message");
    const idle = ((await held()) - before) / COUNT;
    clients.send("speak");
    await once(clients, "message");
    const spoken = ((await held()) - before) / COUNT;
    row(compression ? "with deflate" : "plain", idle.toFixed(0), spoken.toFixed(0));
    if (compression) row("difference", (idle - none[0]!).toFixed(0), (spoken - none[1]!).toFixed(0));
    none = [idle, spoken];
    clients.kill();
    await server.close();
  }
}

/** The other process of `connections`. */
async function clients(port: number, compression: boolean): Promise<void> {
  const request = compression ? { lines: { "Sec-WebSocket-Extensions": "permessage-deflate" } } : {};
  const peers: RawPeer[] = [];
  while (peers.length < COUNT) {
    peers.push(...(await Promise.all(Array.from({ length: 50 }, () => RawPeer.open({ port, request })))));
  }
  process.send?.("open");
  await once(process, "message");
  for (const peer of peers) {
    peer.send(masked(TEXT, sampleJson(1500)));
    await peer.frame();
  }
  process.send?.("spoken");
  await once(process, "disconnect");
}

async function bomb(): Promise<void> {
  row("bomb of 99 MiB, limit 1 MiB", "ms until 1009", "longest stop of the loop, ms", "RSS, MiB");
  const whole = deflateRawSync(Buffer.alloc(99 * MiB), { finishFlush: constants.Z_SYNC_FLUSH });
  const shared = new DeflatePool(resolveDeflateOptions("server", {}));
  for (let round = 1; round <= 4; round++) {
    globalThis.gc?.();
    let stop = 0;
    let last = performance.now();
    const look = setInterval(() => {
      stop = Math.max(stop, performance.now() - last - 1);
      last = performance.now();
    }, 1);
    const rss = process.memoryUsage.rss();
    const began = performance.now();
    const result = await shared.open(both(false)).decompress(whole.subarray(0, whole.length - 4), MiB);
    const took = performance.now() - began;
    clearInterval(look);
    row("code" in result ? String(result.code) : "none", took, stop, (process.memoryUsage.rss() - rss) / MiB);
  }
}

const sections: { readonly [name: string]: () => Promise<void> } = {
  messages,
  levels,
  boundary,
  contexts,
  connections,
  bomb,
};
const [first, ...more] = process.argv.slice(2);
if (first === "clients") await clients(Number(more[0]), more[1] === "true");
else {
  for (const name of first === undefined ? Object.keys(sections) : [first, ...more]) {
    process.stdout.write(`\n${name}\n`);
    await sections[name]!();
  }
}
