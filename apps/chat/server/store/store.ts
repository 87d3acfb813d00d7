/**
 * The door to the history on the main thread. All disk work is done in a worker thread; everything asked while one group is
 * being committed goes into the next one, so under load one sync of the disk serves many messages.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { type Appended, type ChatLog, type Entry, type History, type HistoryQuery, LogError } from "./log.js";
import type { Answer, FromWorker, Request, ToWorker, WorkerStart } from "./request.js";
import { type Bounds, DEFAULT_BOUNDS } from "./schema.js";

/** Questions that may wait for an answer; the next one is refused as "busy". */
const MAX_OUTSTANDING = 10_000;
/** Questions in one group: bounds how long the first of them waits for the last. */
const MAX_GROUP = 1000;

/** What `Store.open` may be told. */
export interface StoreOptions {
  readonly path: string;
  readonly bounds?: Partial<Bounds>;
  readonly maxOutstanding?: number;
  readonly maxGroup?: number;
  /** Another worker than the real one, for tests of its death. */
  readonly worker?: URL;
}

/** What the store has done so far. `groups` counts transactions that wrote: each is one sync of the disk. */
export interface StoreStats {
  readonly groups: number;
  readonly appended: number;
  readonly largestGroup: number;
}

interface Waiting {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: LogError) => void;
}

/** The history, kept in one database file. */
export class Store implements ChatLog {
  /** Resolves with the reason when the worker dies; never after `close()`. */
  readonly failed: Promise<LogError>;

  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #maxOutstanding: number;
  readonly #maxGroup: number;
  #fail: (error: LogError) => void = () => {};
  #dead: LogError | undefined;
  #queue: Waiting[] = [];
  #inFlight: Waiting[] = [];
  #postPlanned = false;
  #groups = 0;
  #appended = 0;
  #largestGroup = 0;
  /** Called once when nothing is outstanding any more; set by `close()`. */
  #idle: (() => void) | undefined;

  /** Opens the file, and makes it and its folder when missing. Rejects with a message that names the file. */
  static async open(options: StoreOptions): Promise<Store> {
    const { path } = options;
    const start: WorkerStart = { path, bounds: { ...DEFAULT_BOUNDS, ...options.bounds } };
    try {
      mkdirSync(dirname(path), { recursive: true });
      const worker = new Worker(options.worker ?? new URL("./store-worker.js", import.meta.url), {
        workerData: start,
      });
      await ready(worker);
      return new Store(worker, options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const hint = /locked/i.test(reason) ? " (another server has it open)" : "";
      throw new LogError("failed", `cannot open the database ${path}: ${reason}${hint}`);
    }
  }

  private constructor(worker: Worker, options: StoreOptions) {
    this.#worker = worker;
    this.#maxOutstanding = options.maxOutstanding ?? MAX_OUTSTANDING;
    this.#maxGroup = options.maxGroup ?? MAX_GROUP;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
    worker.on("message", (message: FromWorker) => this.#answered(message));
    worker.on("error", (error) => this.#die(new LogError("failed", `the database thread failed: ${error.message}`)));
    this.#ended = new Promise((resolve) => {
      worker.on("exit", (code) => {
        this.#die(new LogError("failed", `the database thread ended with code ${code}`));
        resolve();
      });
    });
  }

  get stats(): StoreStats {
    return { groups: this.#groups, appended: this.#appended, largestGroup: this.#largestGroup };
  }

  append(entry: Entry): Promise<Appended> {
    return this.#ask({ kind: "append", entry }) as Promise<Appended>;
  }

  find(client: string, id: number): Promise<Appended | undefined> {
    return this.#ask({ kind: "find", client, id }) as Promise<Appended | undefined>;
  }

  read(query: HistoryQuery): Promise<History> {
    return this.#ask({ kind: "read", query }) as Promise<History>;
  }

  /** Answers what has been asked, then closes the file and ends the worker. */
  async close(): Promise<void> {
    if (this.#dead) return;
    this.#dead = new LogError("closed", "the history has been closed");
    if (this.#queue.length + this.#inFlight.length > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#post({ kind: "close" });
    await this.#ended;
  }

  #ask(request: Request): Promise<Answer> {
    if (this.#dead) return Promise.reject(this.#dead);
    if (this.#queue.length + this.#inFlight.length >= this.#maxOutstanding) {
      return Promise.reject(new LogError("busy", "too many messages are waiting for the disk"));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      if (this.#postPlanned || this.#inFlight.length > 0) return;
      this.#postPlanned = true;
      // A microtask later, what one read of a socket brought in is together.
      queueMicrotask(() => {
        this.#postPlanned = false;
        this.#next();
      });
    });
  }

  #next(): void {
    if (this.#inFlight.length > 0) return;
    if (this.#queue.length === 0) {
      this.#idle?.();
      return;
    }
    this.#inFlight = this.#queue.splice(0, this.#maxGroup);
    this.#post({ kind: "group", requests: this.#inFlight.map((waiting) => waiting.request) });
  }

  #answered(message: FromWorker): void {
    const group = this.#inFlight;
    this.#inFlight = [];
    if (message.kind === "done") {
      const appended = group.filter((waiting) => waiting.request.kind === "append").length;
      if (appended > 0) this.#groups += 1;
      this.#appended += appended;
      this.#largestGroup = Math.max(this.#largestGroup, appended);
      for (const [index, waiting] of group.entries()) waiting.resolve(message.answers[index]);
    } else if (message.kind === "failed") {
      const error = new LogError("failed", `the database refused: ${message.message}`);
      for (const waiting of group) waiting.reject(error);
    }
    this.#next();
  }

  #die(error: LogError): void {
    const outstanding = [...this.#inFlight, ...this.#queue];
    this.#inFlight = [];
    this.#queue = [];
    for (const waiting of outstanding) waiting.reject(error);
    this.#idle?.();
    if (this.#dead) return;
    this.#dead = error;
    this.#fail(error);
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      // By name: the worker has listeners of its own, without which it hears nothing.
      worker.off("message", answered);
      worker.off("error", settle);
      worker.off("exit", ended);
      if (error) reject(error);
      else resolve();
    };
    const answered = (message: FromWorker): void => {
      settle(message.kind === "refused" ? new Error(message.message) : undefined);
    };
    const ended = (code: number): void => settle(new Error(`the database thread ended with code ${code}`));
    worker.on("message", answered);
    worker.on("error", settle);
    worker.on("exit", ended);
  });
}
