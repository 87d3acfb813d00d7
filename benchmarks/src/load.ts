/** Loads: what the generator does with its connections. A load starts and ends with nothing under way, so that its count is exact. */
import { clientFrame, payloadOf, repeated, serverFrame } from "./frame.js";
import { type LoadConnection, openAll, type Target } from "./load-connection.js";
import type { Workload } from "./workload.js";

/** A load on open connections. */
export interface Load {
  /** Runs for a time and until nothing is under way. @returns how many messages the server has handled */
  run(milliseconds: number): Promise<number>;
}

/** Opens the connections of a workload and checks the first reply on each. */
export async function openLoad(target: Target, workload: Workload): Promise<Load> {
  const connections = await openAll(target, workload.connections);
  const payload = payloadOf(workload.bytes);
  const request = clientFrame(payload, workload.text);
  if (workload.serve === "broadcast") {
    const reply = serverFrame(payload, workload.text);
    await checkFirst(connections, connections.slice(0, 1), request, reply);
    const burst = repeated(request, workload.inFlight);
    return new BroadcastLoad(connections, burst, reply.length, workload.inFlight);
  }
  const reply = target.raw ? request : serverFrame(payload, workload.text);
  await checkFirst(connections, connections, request, reply);
  return new EchoLoad(connections, request, reply.length, workload.inFlight);
}

/** One message from each of `senders`; each of `receivers` must get exactly `reply`. */
async function checkFirst(
  receivers: readonly LoadConnection[],
  senders: readonly LoadConnection[],
  request: Buffer,
  reply: Buffer,
): Promise<void> {
  const checked = receivers.map((connection) => expectOnce(connection, reply));
  for (const { socket } of senders) socket.write(request);
  await Promise.all(checked);
}

function expectOnce(connection: LoadConnection, reply: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let at = 0;
    connection.onLost = reject;
    connection.onBytes = (length, bytes) => {
      const end = at + length;
      if (end > reply.length || reply.compare(bytes, 0, length, at, end) !== 0)
        return reject(new Error(`the first reply is wrong within octets ${at} to ${end}`));
      at = end;
      if (at === reply.length) resolve();
    };
  });
}

/** Each connection has some messages under way and sends as many as come back. */
class EchoLoad implements Load {
  /** `bursts[n]` is n requests in one buffer. */
  readonly #bursts: readonly Buffer[];
  readonly #connections: readonly LoadConnection[];
  readonly #inFlight: number;
  #messages = 0;
  #underWay = 0;
  #ending = true;
  #ended: { resolve(messages: number): void; reject(error: Error): void } | undefined;

  constructor(connections: readonly LoadConnection[], request: Buffer, reply: number, inFlight: number) {
    this.#connections = connections;
    this.#inFlight = inFlight;
    const all = repeated(request, inFlight);
    this.#bursts = Array.from({ length: inFlight + 1 }, (_, count) => all.subarray(0, count * request.length));
    for (const connection of connections) {
      let partial = 0;
      connection.onLost = (error) => this.#ended?.reject(error);
      connection.onBytes = (length) => {
        partial += length;
        if (partial < reply) return;
        const replies = Math.trunc(partial / reply);
        partial -= replies * reply;
        this.#onReplies(connection, replies);
      };
    }
  }

  run(milliseconds: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#ended = { resolve, reject };
      this.#messages = 0;
      this.#ending = false;
      this.#underWay = this.#connections.length * this.#inFlight;
      for (const { socket } of this.#connections) socket.write(this.#bursts[this.#inFlight]!);
      setTimeout(() => {
        this.#ending = true;
      }, milliseconds);
    });
  }

  #onReplies(connection: LoadConnection, replies: number): void {
    const burst = this.#bursts[replies];
    this.#messages += replies;
    if (burst === undefined) this.#ended?.reject(new Error("more replies than requests"));
    else if (!this.#ending) connection.socket.write(burst);
    else {
      this.#underWay -= replies;
      if (this.#underWay === 0) this.#ended?.resolve(this.#messages);
    }
  }
}

/** The first connection sends; all get it; then it sends again. */
class BroadcastLoad implements Load {
  readonly #sender: LoadConnection;
  readonly #burst: Buffer;
  readonly #deliveries: number;
  #messages = 0;
  #ending = true;
  #ended: { resolve(messages: number): void; reject(error: Error): void } | undefined;

  constructor(connections: readonly LoadConnection[], burst: Buffer, reply: number, inFlight: number) {
    this.#sender = connections[0]!;
    this.#burst = burst;
    this.#deliveries = connections.length * inFlight;
    const expected = reply * this.#deliveries;
    let received = 0;
    for (const connection of connections) {
      connection.onLost = (error) => this.#ended?.reject(error);
      connection.onBytes = (length) => {
        received += length;
        if (received < expected) return;
        if (received > expected) return this.#ended?.reject(new Error("more was delivered than sent"));
        received = 0;
        this.#onAll();
      };
    }
  }

  run(milliseconds: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#ended = { resolve, reject };
      this.#messages = 0;
      this.#ending = false;
      setTimeout(() => {
        this.#ending = true;
      }, milliseconds);
      this.#sender.socket.write(this.#burst);
    });
  }

  #onAll(): void {
    this.#messages += this.#deliveries;
    if (this.#ending) this.#ended?.resolve(this.#messages);
    else this.#sender.socket.write(this.#burst);
  }
}
