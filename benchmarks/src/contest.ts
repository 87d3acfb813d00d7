/** One peer in one workload: its program, the load beside it, and what was measured. */
import { join } from "node:path";
import { exchangeOf } from "./exchange.js";
import { serverFrame } from "./frame.js";
import type { GeneratorJob, RunAnswer } from "./generator.js";
import { isInstalled, ROOT } from "./install.js";
import { labelOf, type Peer, type ProgramJob } from "./peer.js";
import type { RunPlan } from "./plan.js";
import { Program } from "./program.js";
import type { Workload } from "./workload.js";

/** What was measured in one round; what a workload does not look at is left out. Microseconds are per message, octets per connection. */
export interface Figures {
  readonly cpu?: number;
  readonly generator?: number;
  readonly messages?: number;
  /** Messages a second. */
  readonly rate?: number;
  readonly latency?: NonNullable<RunAnswer["latency"]>;
  /** Milliseconds that the event loop was late, of a hundred turns the worst but one. */
  readonly loopDelay?: number;
  /** When it was measured, in microseconds of the clock that a profile has. */
  readonly window?: { readonly from: number; readonly to: number };
  /** Memory of the process after connecting, and after one echo. */
  readonly connected?: Memory;
  readonly echoed?: Memory;
}

/** Octets: all that the process takes, and of that what is alive in its heap. */
export interface Memory {
  readonly rss: number;
  readonly live: number;
}

/** What a program says first. */
interface Ready {
  readonly port: number;
  readonly version: string;
  readonly options: Readonly<Record<string, unknown>>;
}

const WARM_UP_TURNS = 4;
/** A load before each measurement, as a part of its time. */
const SETTLING = 0.1;
const WARM_UP_CONNECTIONS = 200;

/** See the top. */
export class Contest {
  readonly peer: Peer;
  readonly rounds: Figures[] = [];
  /** Why there are no figures, when there are none. */
  gap: string | undefined;
  ready: Ready = { port: 0, version: "", options: {} };
  readonly #workload: Workload;
  readonly #plan: RunPlan;
  #measured: Program | undefined;
  #load: Program | undefined;

  constructor(peer: Peer, workload: Workload, plan: RunPlan) {
    this.peer = peer;
    this.#workload = workload;
    this.#plan = plan;
    this.gap = this.#missing();
  }

  /** Starts both programs. */
  async start(): Promise<void> {
    await this.#guard(async () => {
      if (this.#workload.kind === "client") await this.#startClient();
      else await this.#startServer();
    });
  }

  /** One measurement, at `rate` messages a second where the workload has one; the first after a warm-up. */
  async round(rate: number): Promise<void> {
    await this.#guard(async () => {
      const first = this.rounds.length === 0;
      const client = this.#workload.kind === "client";
      if (this.#workload.kind === "idle") return void this.rounds.push(await this.#memory());
      await this.#ask("open");
      if (first) await this.#warmUp(rate);
      // What new connections leave behind, for the program and for the network, is not of the messages.
      else await this.#run(rate, this.#plan.seconds * SETTLING);
      const figures = await this.#measure(rate);
      await this.#ask("close");
      this.rounds.push(figures);
      const cpu = `${figures.cpu?.toPrecision(3)} us, ${figures.messages} messages`;
      const generator = client ? "" : `, generator ${figures.generator?.toPrecision(3)} us`;
      this.#plan.say(`${this.#workload.id} ${labelOf(this.peer)}: ${cpu}${generator}`);
    });
  }

  /** Messages a second when there is always one under way on each connection. */
  async saturate(echo: Workload): Promise<number> {
    const contest = new Contest(this.peer, echo, this.#plan);
    await contest.start();
    await contest.round(0);
    await contest.stop();
    return contest.rounds[0]?.rate ?? 0;
  }

  /** Ends both programs. */
  async stop(): Promise<void> {
    await this.#load?.stop();
    await this.#measured?.stop();
    this.#load = undefined;
    this.#measured = undefined;
  }

  /** What goes wrong with a peer is a gap in the table, and the others go on. */
  async #guard(step: () => Promise<void>): Promise<void> {
    if (this.gap !== undefined) return;
    try {
      await step();
    } catch (error) {
      this.gap = (error as Error).message;
      this.#plan.say(`${this.#workload.id} ${labelOf(this.peer)}: ${this.gap}`);
      await this.stop();
    }
  }

  #missing(): string | undefined {
    const { modules, runtimes, certificate } = this.#plan;
    const missing = this.peer.packages.filter((name) => !isInstalled(name, modules));
    if (missing.length > 0)
      return `${missing.join(", ")} is missing (node scripts/peers/install.mjs ${missing.join(" ")})`;
    if (this.#workload.tls && certificate === undefined) return "openssl is missing";
    return runtimes[this.peer.runtime].skip || undefined;
  }

  async #startServer(): Promise<void> {
    const workload = this.#workload;
    const { dialect } = this.peer;
    const { certificate, pin } = this.#plan;
    const { request, message } = exchangeOf(dialect, workload);
    const frame = serverFrame(message, workload.text).toString("base64");
    await this.#startMeasured({
      ...(workload.tls && certificate ? { tls: certificate } : {}),
      ...(workload.kind === "broadcast" ? { broadcast: { message: frame, request: request.length } } : {}),
    });
    const target = { port: this.ready.port, dialect, compression: workload.compression, tls: workload.tls };
    const job: GeneratorJob = { target, workload };
    this.#load = new Program(labelOf(this.peer), [...pin.load, ...own("generator.js", job)]);
    await this.#load.answer();
  }

  async #startClient(): Promise<void> {
    const { connections, inFlight, bytes } = this.#workload;
    this.#load = new Program("reflector", [...this.#plan.pin.load, ...own("reflector.js", this.#workload)]);
    const { port } = await this.#load.answer<{ port: number }>();
    const url = `ws://127.0.0.1:${port}/`;
    await this.#startMeasured({ client: { url, connections, inFlight, bytes } });
  }

  async #startMeasured(more: Partial<ProgramJob>): Promise<void> {
    const { modules, runtimes, pin, profiles } = this.#plan;
    const { variant, runtime, program, environment } = this.peer;
    const folders = this.peer.modules === undefined ? modules : [this.peer.modules];
    const job: ProgramJob = { variant, modules: folders, compression: this.#workload.compression, ...more };
    const { path, version, environment: needed } = runtimes[runtime];
    const file = join(ROOT, "benchmarks/peers", program);
    const name = `--cpu-prof-name=${this.#workload.id}.cpuprofile`;
    const profiler = ["--cpu-prof", "--cpu-prof-interval=200", `--cpu-prof-dir=${profiles}`, name];
    const words = {
      node: [path, "--expose-gc", ...(profiles === undefined ? [] : profiler), file, JSON.stringify(job)],
      bun: [path, file, JSON.stringify(job)],
      deno: [path, "run", "--allow-all", "--quiet", "--v8-flags=--expose-gc", file, JSON.stringify(job)],
      go: [path, JSON.stringify(job), version],
    }[runtime];
    this.#measured = new Program(labelOf(this.peer), [...pin.measured, ...words], { ...needed, ...environment });
    this.ready = await this.#measured.answer<Ready>();
  }

  /** Runs until the program has worked for a while: on a busy machine time alone says nothing. */
  async #warmUp(rate: number): Promise<void> {
    const start = await this.#cpuTime();
    for (let turn = 0; turn < WARM_UP_TURNS; turn++) {
      await this.#run(rate);
      if ((await this.#cpuTime()) - start > this.#plan.warmUp * 1e6) return;
    }
  }

  async #measure(rate: number): Promise<Figures> {
    const paced = this.#workload.kind === "paced";
    const { profiles } = this.#plan;
    if (paced) await this.#measured!.ask("delay");
    const from = profiles === undefined ? undefined : await this.#clock();
    const before = await this.#cpuTime();
    const began = performance.now();
    const { messages, cpu, latency } = await this.#run(rate);
    const elapsed = performance.now() - began;
    const used = (await this.#cpuTime()) - before;
    const window = from === undefined ? {} : { window: { from, to: await this.#clock() } };
    const { p99 } = paced ? await this.#measured!.ask<{ p99?: number }>("delay") : {};
    return {
      ...window,
      cpu: used / messages,
      generator: cpu / messages,
      messages,
      rate: (messages / elapsed) * 1000,
      ...(latency === undefined ? {} : { latency }),
      ...(p99 === undefined ? {} : { loopDelay: p99 }),
    };
  }

  async #memory(): Promise<Figures> {
    // What a first connection needs is there before it is looked at.
    await this.#ask(`open ${WARM_UP_CONNECTIONS}`);
    await this.#ask("echo");
    await this.#ask("close");
    const before = await this.#memoryNow();
    await this.#ask("open");
    const connected = perConnection(before, await this.#memoryNow(), this.#workload);
    await this.#ask("echo");
    const echoed = perConnection(before, await this.#memoryNow(), this.#workload);
    await this.#ask("close");
    this.#plan.say(`${this.#workload.id} ${labelOf(this.peer)}: ${connected.rss}, then ${echoed.rss} octets`);
    return { connected, echoed };
  }

  async #clock(): Promise<number> {
    const { now } = await this.#measured!.ask<{ now: number }>("clock");
    return now;
  }

  async #memoryNow(): Promise<Memory> {
    return await this.#measured!.ask<Memory>("memory");
  }

  async #cpuTime(): Promise<number> {
    const { cpu } = await this.#measured!.ask<{ cpu: number }>("cpu");
    return cpu;
  }

  /** The one that makes the load is a client: the generator, or the program under test. */
  async #ask<Answer>(line: string): Promise<Answer> {
    const client = this.#workload.kind === "client" ? this.#measured : this.#load;
    return await client!.ask<Answer>(line);
  }

  async #run(rate: number, seconds: number = this.#plan.seconds): Promise<RunAnswer> {
    return await this.#ask<RunAnswer>(`run ${Math.round(seconds * 1000)} ${rate}`);
  }
}

/** The words that start a program of the harness. */
function own(file: string, job: object): string[] {
  return [process.execPath, join(ROOT, "benchmarks/dist", file), JSON.stringify(job)];
}

function perConnection(before: Memory, after: Memory, { connections }: Workload): Memory {
  const each = (first: number, last: number): number => Math.round((last - first) / connections);
  return { rss: each(before.rss, after.rss), live: each(before.live, after.live) };
}
