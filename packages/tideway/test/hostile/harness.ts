/**
 * What all hostile tests share: a server in a process of its own, raw attackers, and the invariants of the catalogue,
 * asserted after every case.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { after, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type ConnectOptions, masked, PING, PONG, RawPeer, type RequestOptions } from "../node/raw-peer.js";

export type Kind = "http" | "bare" | "own" | "tls";

/** What the attacked process is to be. */
export interface Config {
  readonly kind: Kind;
  /** Options of the server; the string "Infinity" stands for the number. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** What its upgrade handler does: wait until released, refuse with 403, or let in. Default: there is none. */
  readonly upgrade?: "wait" | "refuse" | "accept";
  /** Send back what comes. Default true. */
  readonly echo?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Header lines without which the well-behaved connection would not be let in. */
  readonly control?: RequestOptions["lines"];
  /** Most open files that the process may have. */
  readonly files?: number;
}

/** How a connection ended, as its `close` handler was told. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  readonly sent: number | undefined;
  readonly failure: string | undefined;
}

/** What the attacked process knows of itself. Bytes; CPU in milliseconds. */
export interface Stats {
  readonly rss: number;
  readonly peakRss: number;
  /** Peak of the heap and the buffers together, behind collections; only where the case has a bound for it. */
  readonly peakLive: number;
  readonly heapUsed: number;
  /** Memory of buffers, outside the heap. */
  readonly arrayBuffers: number;
  readonly cpu: number;
  readonly fds: number;
  readonly timers: number;
  readonly connections: number;
  /** Bytes queued for all connections together. */
  readonly buffered: number;
  readonly opens: number;
  readonly closes: number;
  readonly messages: number;
  readonly bytes: number;
  /** Plain requests that reached the application. */
  readonly requests: number;
  readonly upgrades: number;
  /** Upgrade signals that have fired. */
  readonly aborted: number;
  /** Messages that `send` dropped. */
  readonly dropped: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly endings: readonly Ending[];
  readonly faults: readonly string[];
}

/** What a case may cost. */
export interface Bounds {
  /** growth of the resident memory during the case. Default 16 MiB. */
  readonly rss?: number;
  /**
   * growth of what is in use, heap and buffers together, at any time during the case: garbage is collected before each look, which
   * costs time. For cases that make much garbage; the resident memory has the same garbage in it, or not, as V8 sees fit.
   */
  readonly live?: number;
  /** growth of the heap over the case, after a collection. Default: not looked at. */
  readonly heap?: number;
}

export const MiB: number = 1024 * 1024;
/** how soon everything must be as before. Two seconds, and as long again for those who are let go softly. */
const RECOVERY_MS = 5000;

/** As long as a timer can wait. */
const NEVER = 2 ** 31 - 1;

/**
 * X-3 for whoever makes the server read much: every read takes 64 KiB, and V8 lets 32 MiB of such garbage gather before it collects.
 * It does not grow with the attack.
 */
export const READ_GARBAGE: number = 48 * MiB;

export class Target {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #calls = 0;
  #peers: RawPeer[] = [];
  #control: RawPeer | undefined;
  #exit: string | undefined;
  #stopped = false;
  /** Told when the well-behaved connection is answered, or closed. */
  #onPong: (answered: boolean) => void = () => {};

  readonly #config: Config;

  private constructor(child: ChildProcess, port: number, config: Config) {
    this.#child = child;
    this.#config = config;
    this.port = port;
    child.on("message", (message: { id?: number; result?: unknown; error?: string }) => {
      const answer = this.#answers.get(message.id ?? -1);
      this.#answers.delete(message.id ?? -1);
      if (message.error === undefined) answer?.resolve(message.result);
      else answer?.reject(new Error(message.error));
    });
    child.on("exit", (code, signal) => {
      this.#exit = `X-1: the process ended with ${signal ?? code}`;
      for (const { reject } of this.#answers.values()) reject(new Error(this.#exit));
    });
  }

  /** Starts a process; it is ended when the tests of the file are over. */
  static async start(config: Config): Promise<Target> {
    const script = fileURLToPath(new URL("target.js", import.meta.url));
    // A small young generation, so that garbage waiting for its collection is not taken for a leak.
    const words = ["--expose-gc", "--max-semi-space-size=2", script];
    const limit = config.files === undefined ? "" : `ulimit -n ${config.files}; `;
    const child = spawn("/bin/sh", ["-c", `${limit}exec "$0" "$@"`, process.execPath, ...words], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
      env: { ...process.env, TARGET: JSON.stringify(config) },
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once("message", (message: { port: number }) => resolve(message.port));
      child.once("exit", () => reject(new Error("the target did not start")));
    });
    const target = new Target(child, port, config);
    after(() => {
      for (const peer of [...target.#peers, target.#control]) peer?.drop();
      child.kill();
    });
    return target;
  }

  async command(command: string, ...argument: readonly unknown[]): Promise<unknown> {
    if (this.#exit !== undefined) throw new Error(this.#exit);
    const id = ++this.#calls;
    return await new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.#child.send({ id, command, argument });
    });
  }

  /** @param collect after a collection of garbage */
  async stats(collect = false): Promise<Stats> {
    return (await this.command("stats", collect)) as Stats;
  }

  /** Waits until the upgrade handler has been given the request for this path. */
  async asked(path: string, patience = 10_000): Promise<void> {
    const deadline = performance.now() + patience;
    while (!(await this.command("asked", path))) {
      if (performance.now() > deadline) throw new Error(`waited ${patience} ms for the request for ${path}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits until the process says what is wanted of it. */
  async until(condition: (stats: Stats) => boolean, what: string, patience = 10_000): Promise<Stats> {
    const deadline = performance.now() + patience;
    for (;;) {
      const stats = await this.stats();
      if (condition(stats)) return stats;
      if (performance.now() > deadline) {
        throw new Error(
          `waited ${patience} ms for ${what}; ${JSON.stringify({ ...stats, endings: stats.endings.slice(-3) })}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** A connection before the handshake. It is dropped when the case ends. */
  async connect(options: Partial<ConnectOptions> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect({ port: this.port, ...options });
    this.#peers.push(peer);
    return peer;
  }

  /** A connection after the handshake. It is dropped when the case ends. */
  async open(options: Partial<ConnectOptions> & { readonly request?: RequestOptions } = {}): Promise<RawPeer> {
    const peer = await RawPeer.open({ port: this.port, ...options });
    this.#peers.push(peer);
    return peer;
  }

  /** Drops the connections that a case has made so far. */
  dropAll(): void {
    for (const peer of this.#peers.splice(0)) peer.drop();
  }

  /** The server has closed, and rightly: nothing is asserted behind this case. */
  async stop(): Promise<void> {
    this.#stopped = true;
    assert.deepEqual((await this.stats()).faults, []);
  }

  async #openControl(): Promise<RawPeer> {
    const { kind, control } = this.#config;
    const secure = kind === "tls" ? { tls: {} } : {};
    const request = { target: "/control", ...(control && { lines: control }) };
    const peer = await RawPeer.open({ port: this.port, ...secure, request });
    void this.#behave(peer).catch(() => this.#onPong(false));
    return peer;
  }

  /** Reads and answers pings, as any client does. */
  async #behave(peer: RawPeer): Promise<void> {
    for (;;) {
      const { first, payload } = await peer.frame(NEVER);
      if (first === PING) peer.send(masked(PONG, payload));
      else if (first === PONG) this.#onPong(true);
    }
  }

  /** Runs an attack and asserts the invariants behind it. */
  async attack(context: TestContext, bounds: Bounds, attack: () => Promise<void>): Promise<void> {
    this.#control ??= await this.#openControl();
    await this.#checkControl();
    await this.command("mark", bounds.live !== undefined);
    const before = await this.stats(bounds.heap !== undefined);
    try {
      await attack();
    } finally {
      this.dropAll();
    }
    if (this.#stopped) return;
    const settled = (now: Stats) =>
      now.fds <= before.fds && now.connections === before.connections && now.timers <= before.timers;
    await this.until(settled, `X-4: ${before.fds} files, ${before.connections} connections`, RECOVERY_MS);
    const now = await this.stats(bounds.heap !== undefined);
    assert.deepEqual(now.faults, [], "X-1: nothing uncaught, unhandled or warned of, X-6: events in order");
    assert.equal(now.opens - now.closes, now.connections, "X-6: one close for each connection that was opened");
    const grown = now.peakRss - before.rss;
    const bound = bounds.rss ?? 16 * MiB;
    const live = now.peakLive - before.peakLive;
    if (bounds.live !== undefined) {
      context.diagnostic(`MiB: in use +${(live / MiB).toFixed(2)} of ${bounds.live / MiB}`);
      assert.ok(live <= bounds.live, `X-3: ${live} bytes more in use of ${bounds.live}`);
    }
    if (bounds.rss !== undefined || bounds.heap !== undefined) {
      const heap = bounds.heap === undefined ? "" : `, heap ${((now.heapUsed - before.heapUsed) / MiB).toFixed(2)}`;
      context.diagnostic(`MiB: rss +${(grown / MiB).toFixed(1)} of ${bound / MiB}${heap}`);
    }
    assert.ok(grown <= bound, `X-3: ${grown} bytes more of ${bound}`);
    if (bounds.heap !== undefined) {
      assert.ok(now.heapUsed - before.heapUsed <= bounds.heap, `X-5: ${now.heapUsed - before.heapUsed} of heap`);
    }
    await this.#checkControl();
  }

  /** X-2 in its plainest form: somebody else's connection still answers. */
  async #checkControl(): Promise<void> {
    const control = this.#control!;
    const answered = new Promise<boolean>((resolve) => {
      this.#onPong = resolve;
      setTimeout(() => resolve(false), 5000).unref();
    });
    control.send(masked(PING, "alive"));
    assert.ok(await answered, "X-2: the well-behaved connection is not answered");
  }

  /** runs an attack while a well-behaved connection in a thread of its own measures its round trips. */
  async whileControlled(context: TestContext, attack: () => Promise<void>): Promise<void> {
    const worker = new Worker(new URL("control.js", import.meta.url), { workerData: this.port });
    const answer = () =>
      new Promise<unknown>((resolve, reject) => worker.once("message", resolve).once("error", reject));
    await answer();
    await attack();
    const result = answer();
    worker.postMessage("stop");
    const { closed, count, p50, p99, max } = (await result) as Record<"count" | "p50" | "p99" | "max", number> & {
      closed: string | undefined;
    };
    context.diagnostic(`X-2: ${count} pings, p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} max ${max.toFixed(1)} ms`);
    assert.equal(closed, undefined, "the well-behaved connection was closed");
    assert.ok(p99 <= 250, `X-2: p99 ${p99} ms`);
    await worker.terminate();
  }
}

/** A test of one case against one target, with the invariants. */
export function attackTest(
  name: string,
  target: Promise<Target>,
  bounds: Bounds,
  attack: (target: Target, context: TestContext) => Promise<void>,
): void {
  test(name, async (context) => {
    const on = await target;
    await on.attack(context, bounds, () => attack(on, context));
  });
}

/** Runs something for each item, a bounded number at a time. */
export async function inBatches<Item>(
  items: Iterable<Item>,
  atOnce: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await run(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** 0 to count - 1. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
