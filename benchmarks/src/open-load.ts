import { BroadcastLoad } from "./broadcast-load.js";
import { EchoLoad } from "./echo-load.js";
import { type Exchange, exchangeOf } from "./exchange.js";
import { checkFirst } from "./first-reply.js";
import { frameCounter, repeated, sizeCounter } from "./frame.js";
import { HandshakeLoad } from "./handshake-load.js";
import type { Load, LoadReport } from "./load.js";
import { type LoadConnection, openAll, type Target } from "./load-connection.js";
import { PacedLoad } from "./paced-load.js";
import type { Workload } from "./workload.js";

/** Connections, open, with the load on them. */
export class OpenLoad {
  readonly #connections: readonly LoadConnection[];
  readonly #load: Load;
  readonly #check: () => Promise<void>;

  private constructor(connections: readonly LoadConnection[], load: Load, check: () => Promise<void>) {
    this.#connections = connections;
    this.#load = load;
    this.#check = check;
  }

  /** Opens the connections of a workload and checks the first reply on each; idle ones wait for `echo`. */
  static async open(target: Target, workload: Workload, count: number = workload.connections): Promise<OpenLoad> {
    const { kind, inFlight, compression } = workload;
    if (kind === "handshake") return new OpenLoad([], new HandshakeLoad(target, count), async () => {});
    const exchange = exchangeOf(target.dialect, workload);
    const connections = await openAll(target, count);
    const senders = kind === "broadcast" ? connections.slice(0, 1) : connections;
    const compressed = compression !== "none";
    const check = (): Promise<void> => checkFirst(connections, senders, exchange, compressed);
    if (kind !== "idle") await check();
    return new OpenLoad(connections, loadOf(connections, exchange, workload, inFlight), check);
  }

  /** One message on each connection, and its reply checked. */
  async echo(): Promise<void> {
    await this.#check();
  }

  /** See `Load`. */
  async run(milliseconds: number, rate: number): Promise<LoadReport> {
    return await this.#load.run(milliseconds, rate);
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}

function loadOf(
  connections: readonly LoadConnection[],
  { request, reply }: Exchange,
  { kind, compression }: Workload,
  inFlight: number,
): Load {
  if (kind === "broadcast") {
    return new BroadcastLoad(connections, repeated(request, inFlight), reply.length, inFlight);
  }
  if (kind === "paced") return new PacedLoad(connections, request, reply.length);
  const counter = compression === "none" ? () => sizeCounter(reply.length) : frameCounter;
  return new EchoLoad(connections, request, counter, inFlight);
}
