/**
 * The process that is attacked: a WebSocketServer that does what the harness asks for over IPC and keeps count of everything.
 * Run by harness.ts, never by hand.
 */
import { pbkdf2 } from "node:crypto";
import { readdirSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer as createNet, type Server } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createServer as createTls } from "node:tls";
import { WebSocketServer } from "../../dist/node/server.js";
import type { ServerOptions } from "../../dist/node/server-options.js";
import type { ServerSocket } from "../../dist/node/server-socket.js";
import type { Config, Ending, Stats } from "./harness.js";

const config = JSON.parse(process.env["TARGET"] ?? "{}") as Config;

/** Targets of the requests that the upgrade handler was given. */
const asked = new Set<string>();
const faults: string[] = [];
process.on("uncaughtException", (error) => faults.push(`uncaught: ${error.stack}`));
process.on("unhandledRejection", (reason) => faults.push(`unhandled: ${String(reason)}`));
process.on("warning", (warning) => faults.push(`warning: ${warning.name} ${warning.message}`));

let opens = 0;
let closes = 0;
let messages = 0;
let bytes = 0;
let requests = 0;
let upgrades = 0;
let aborted = 0;
let peakRss = 0;
let peakLive = 0;
let dropped = 0;
const endings: Ending[] = [];
const errors: Record<string, number> = {};
const open = new Set<ServerSocket<undefined>>();
const closed = new WeakSet<ServerSocket<undefined>>();
/** Those who asked to be sent a lot. */
const greedy = new Set<ServerSocket<undefined>>();
let release: () => void = () => {};
let released = new Promise<void>((resolve) => {
  release = resolve;
});

const handlers: ServerOptions<undefined> = {
  open(socket) {
    opens++;
    if (open.has(socket) || closed.has(socket)) faults.push("X-6: opened twice");
    open.add(socket);
  },
  message(socket, data) {
    messages++;
    bytes += data.length;
    if (closed.has(socket)) faults.push("X-6: a message after close");
    if (data === "greedy") greedy.add(socket);
    if (data === "subscribe") socket.subscribe("all");
    if (data === "throw") throw new Error("by design");
    if (data === "wait") return released;
    if (data === "close") socket.close(4000, "asked for");
    if (config.echo !== false) socket.send(data);
    return undefined;
  },
  close(socket, code, reason) {
    closes++;
    if (!open.delete(socket)) faults.push("X-6: closed without being open");
    if (closed.has(socket)) faults.push("X-6: closed twice");
    closed.add(socket);
    greedy.delete(socket);
    const failure = (socket.failure as { code?: string } | undefined)?.code;
    endings.push({ code, reason, sent: socket.closeSent, failure });
    if (endings.length > 200) endings.shift();
  },
  error(error) {
    const code = (error as { code?: string }).code ?? error.message;
    errors[code] = (errors[code] ?? 0) + 1;
  },
};

if (config.upgrade !== undefined) {
  Object.assign(handlers, {
    upgrade: async (request: Request, { signal }: { signal: AbortSignal }) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/control") return undefined;
      upgrades++;
      asked.add(pathname);
      signal.addEventListener("abort", () => aborted++);
      if (config.upgrade === "wait") await released;
      if (config.upgrade === "refuse") return new Response("no", { status: 403 });
      return undefined;
    },
  });
}

const revive = (_: string, value: unknown) => (value === "Infinity" ? Number.POSITIVE_INFINITY : value);
const options = JSON.parse(JSON.stringify(config.options ?? {}), revive) as ServerOptions<undefined>;
const server = new WebSocketServer<undefined>({ ...options, ...handlers });

async function start(): Promise<number> {
  if (config.kind === "own") return (await server.listen()).port;
  const under = make();
  server.attach(under);
  await new Promise<void>((resolve) => under.listen(0, "127.0.0.1", resolve));
  return (under.address() as AddressInfo).port;
}

function make(): Server {
  if (config.kind === "tls") return createTls(config.tls ?? {});
  if (config.kind === "bare") return createNet();
  return createHttp((_, response) => {
    requests++;
    response.end("plain");
  });
}

/** Memory that V8 knows of, its own and that of buffers. */
function live(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function stats(collect: boolean): Stats {
  if (collect) for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  peakRss = Math.max(peakRss, rss);
  if (collect) peakLive = Math.max(peakLive, live());
  return {
    rss,
    peakRss,
    peakLive,
    heapUsed,
    arrayBuffers,
    cpu: (user + system) / 1000,
    fds: readdirSync("/proc/self/fd").length,
    timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "Immediate").length,
    connections: server.connections,
    buffered: [...open].reduce((sum, socket) => sum + socket.bufferedAmount, 0),
    opens,
    closes,
    messages,
    bytes,
    requests,
    upgrades,
    aborted,
    dropped,
    errors,
    endings,
    faults,
  };
}

/** What is only waiting for its collection is collected before each look at what is in use: at every so many looks at the memory. */
let collecting = false;
const COLLECT_EVERY = 5;
let looks = 0;

setInterval(() => {
  try {
    if (collecting && ++looks % COLLECT_EVERY === 0) {
      globalThis.gc?.();
      peakLive = Math.max(peakLive, live());
    }
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
  } catch {
    // Asking takes a file descriptor, and one of the attacks takes all of them.
  }
}, 10).unref();

/**
 * Sends to the greedy without heeding what `send` says.
 * @param burst messages between two pauses of 2 ms; without it as fast as it can
 */
async function push(size: number, count: number, burst?: number): Promise<void> {
  const data = Buffer.alloc(size, "x");
  for (let i = 1; i <= count; i++) {
    for (const socket of greedy) if (socket.send(data) === "dropped") dropped++;
    if (burst !== undefined && i % burst === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    else if (i % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** How long something of the thread pool takes, which has nothing to do with us: milliseconds, one after another. */
async function poolTimes(count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await new Promise((resolve) => pbkdf2("password", "salt", 1, 32, "sha256", resolve));
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return times;
}

const loop = monitorEventLoopDelay({ resolution: 1 });

async function obey(command: string, argument: readonly unknown[]): Promise<unknown> {
  switch (command) {
    case "stats":
      return stats(argument[0] === true);
    case "mark":
      collecting = argument[0] === true;
      if (collecting) for (let i = 0; i < 3; i++) globalThis.gc?.();
      peakRss = process.memoryUsage.rss();
      peakLive = live();
      endings.length = 0;
      return undefined;
    case "push":
      return await push(argument[0] as number, argument[1] as number, argument[2] as number | undefined);
    case "asked":
      return asked.has(argument[0] as string);
    case "release":
      release();
      released = new Promise((resolve) => {
        release = resolve;
      });
      return undefined;
    case "publish":
      return server.publish("all", argument[0] as string);
    case "poolTimes":
      return await poolTimes(argument[0] as number);
    case "watchLoop":
      loop.enable();
      loop.reset();
      return undefined;
    case "loopMax":
      loop.disable();
      return loop.max / 1e6;
    case "closeGreedy":
      for (const socket of greedy) socket.close(argument[0] as number, argument[1] as string);
      return undefined;
    case "terminateGreedy":
      for (const socket of greedy) socket.terminate();
      return undefined;
    case "close":
      return await server.close();
    default:
      throw new Error(`no command ${command}`);
  }
}

process.on("message", (message: { id: number; command: string; argument: readonly unknown[] }) => {
  obey(message.command, message.argument).then(
    (result) => process.send?.({ id: message.id, result }),
    (error: unknown) => process.send?.({ id: message.id, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());

start().then(
  (port) => process.send?.({ port }),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
