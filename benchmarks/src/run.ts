/** A run: every peer of a workload beside the others, round by round. */
import { join } from "node:path";
import { clientFrame, payloadOf, serverFrame } from "./frame.js";
import type { GeneratorJob, RunAnswer } from "./generator.js";
import { isInstalled, ROOT } from "./install.js";
import { labelOf, type Peer, type ServerJob } from "./peer.js";
import { Program } from "./program.js";
import type { Workload } from "./workload.js";

/** How a run is done. */
export interface RunPlan {
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Folders to load packages from. */
  readonly modules: readonly string[];
  /** The Node that runs the servers. */
  readonly node: string;
  /** Words that put a program on the core of the servers, or of the generator; none where that cannot be done. */
  readonly pin: { readonly server: readonly string[]; readonly generator: readonly string[] };
  /** Hears of what is going on. */
  readonly say: (text: string) => void;
}

/** What a peer did in a workload; `cpu` and `generator` in microseconds per message, one value for each round. */
export interface Outcome {
  readonly peer: Peer;
  /** Why there are no figures, when there are none. */
  readonly gap: string | undefined;
  readonly version: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly cpu: readonly number[];
  readonly generator: readonly number[];
  readonly messages: number;
}

interface Ready {
  readonly port: number;
  readonly version: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Beyond so many connections a server and its generator are started for each round, since all at once would not find room. */
const KEPT_CONNECTIONS = 1000;
const WARM_UP_TURNS = 3;

/** Measures the peers in one workload. */
export async function runWorkload(workload: Workload, peers: readonly Peer[], plan: RunPlan): Promise<Outcome[]> {
  const contests = peers.map((peer) => new Contest(peer, workload, plan));
  const keep = workload.connections <= KEPT_CONNECTIONS;
  try {
    for (let round = 0; round < plan.rounds; round++) {
      for (const contest of contests) {
        await contest.round();
        if (!keep) await contest.stop();
      }
    }
  } finally {
    for (const contest of contests) await contest.stop();
  }
  return contests.map((contest) => contest.outcome);
}

/** One peer in one workload. */
class Contest {
  readonly #peer: Peer;
  readonly #workload: Workload;
  readonly #plan: RunPlan;
  readonly #cpu: number[] = [];
  readonly #generatorCpu: number[] = [];
  #server: Program | undefined;
  #generator: Program | undefined;
  #ready: Ready = { port: 0, version: "", options: {} };
  #gap: string | undefined;
  #messages = 0;

  constructor(peer: Peer, workload: Workload, plan: RunPlan) {
    this.#peer = peer;
    this.#workload = workload;
    this.#plan = plan;
    const missing = peer.packages.filter((name) => !isInstalled(name, plan.modules));
    if (missing.length > 0) this.#gap = `${missing.join(", ")} not installed`;
  }

  get outcome(): Outcome {
    const { version, options } = this.#ready;
    const [peer, gap, cpu, generator, messages] = [
      this.#peer,
      this.#gap,
      this.#cpu,
      this.#generatorCpu,
      this.#messages,
    ];
    return { peer, gap, version, options, cpu, generator, messages };
  }

  /** One measurement. What goes wrong with a peer is a gap in the table, and the others go on. */
  async round(): Promise<void> {
    if (this.#gap !== undefined) return;
    try {
      if (this.#server === undefined) await this.#start();
      await this.#measure();
    } catch (error) {
      this.#gap = (error as Error).message;
      this.#plan.say(`${this.#workload.id} ${labelOf(this.#peer)}: ${this.#gap}`);
      await this.stop();
    }
  }

  /** Ends both programs. */
  async stop(): Promise<void> {
    await this.#generator?.stop();
    await this.#server?.stop();
    this.#generator = undefined;
    this.#server = undefined;
  }

  async #start(): Promise<void> {
    const { node, pin, modules } = this.#plan;
    const workload = this.#workload;
    const { bytes, text, serve } = workload;
    const payload = payloadOf(bytes);
    const broadcast = {
      message: serve === "broadcast" ? serverFrame(payload, text).toString("base64") : "",
      frame: clientFrame(payload, text).length,
    };
    const { variant, program, environment, raw } = this.#peer;
    const job: ServerJob = { serve, variant, modules, broadcast };
    const path = join(ROOT, "benchmarks/peers", program);
    this.#server = new Program([...pin.server, node, "--expose-gc", path, JSON.stringify(job)], environment);
    this.#ready = await this.#server.answer<Ready>();
    const load: GeneratorJob = { target: { port: this.#ready.port, raw }, workload };
    const generator = join(ROOT, "benchmarks/dist/generator.js");
    this.#generator = new Program([...pin.generator, process.execPath, generator, JSON.stringify(load)]);
    await this.#generator.answer();
    await this.#warmUp();
  }

  /** Runs until the server has worked for as long as a measurement takes: on a busy machine time alone says nothing. */
  async #warmUp(): Promise<void> {
    const { seconds } = this.#plan;
    const start = await this.#cpuTime();
    for (let turn = 0; turn < WARM_UP_TURNS && (await this.#cpuTime()) - start < seconds * 700_000; turn++)
      await this.#run(seconds);
  }

  async #cpuTime(): Promise<number> {
    const { cpu } = await this.#server!.ask<{ cpu: number }>("cpu");
    return cpu;
  }

  async #measure(): Promise<void> {
    const before = await this.#cpuTime();
    const { messages, cpu } = await this.#run(this.#plan.seconds);
    this.#cpu.push(((await this.#cpuTime()) - before) / messages);
    this.#generatorCpu.push(cpu / messages);
    this.#messages += messages;
    this.#plan.say(
      `${this.#workload.id} ${labelOf(this.#peer)}: ${this.#cpu.at(-1)?.toPrecision(3)} us, ` +
        `${messages} messages, generator ${this.#generatorCpu.at(-1)?.toPrecision(3)} us`,
    );
  }

  #run(seconds: number): Promise<RunAnswer> {
    return this.#generator!.ask<RunAnswer>(String(Math.round(seconds * 1000)), seconds + 30);
  }
}
