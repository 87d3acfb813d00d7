/**
 * Child of load.test.ts: many clients in many rooms, each saying something about once a second and checking what it hears.
 * Prints one line of JSON. Spoken by the `ws` package, in a process of its own, so that the server's figures are the server's.
 */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { ServerMessage } from "../../dist/shared/message.js";
import { eventually } from "./eventually.js";
import { secret } from "./visitor-client.js";

/** What is printed at the end. */
export interface LoadReport {
  readonly clients: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly expected: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** What went wrong; the first hundred. */
  readonly faults: readonly string[];
}

const [port = "0", rooms = "0", perRoom = "0", seconds = "0"] = process.argv.slice(2);
const faults: string[] = [];
const latencies: number[] = [];

function fault(text: string): void {
  if (faults.length < 100) faults.push(text);
}

class LoadClient {
  readonly name: string;
  readonly room: string;
  readonly socket: WebSocket;
  /** `seq` of what was acknowledged, by its id. */
  readonly acknowledged = new Map<number, number>();
  /** Text by `seq`, as heard. */
  readonly heard = new Map<number, string>();
  readonly #next = new Map<string, number>();
  sent = 0;
  welcomed = false;
  #last = 0;

  constructor(room: string, name: string) {
    this.room = room;
    this.name = name;
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { perMessageDeflate: false });
    this.socket.on("message", (data) => this.#receive(JSON.parse(String(data)) as ServerMessage));
    this.socket.on("error", (error) => fault(`${name}: ${error.message}`));
    this.socket.on("close", (code) => {
      if (code !== 1005 && code !== 1000) fault(`${name}: closed with ${code}`);
    });
  }

  async join(): Promise<void> {
    await once(this.socket, "open");
    this.socket.send(JSON.stringify({ t: "join", room: this.room, name: this.name, client: secret() }));
    await eventually(() => {
      if (!this.welcomed) throw new Error(`${this.name} was not welcomed`);
    }, 30_000);
  }

  say(): void {
    this.sent += 1;
    const text = `${this.name} ${this.sent} ${performance.now()}`;
    this.socket.send(JSON.stringify({ t: "say", id: this.sent, text }));
  }

  #receive(message: ServerMessage): void {
    if (message.t === "welcome") this.welcomed = true;
    else if (message.t === "nak") fault(`${this.name}: nak ${message.code}`);
    else if (message.t === "ack") {
      if (this.acknowledged.has(message.id)) fault(`${this.name}: ${message.id} was acknowledged twice`);
      this.acknowledged.set(message.id, message.seq);
    } else if (message.t === "message") this.#hear(message.message.seq, message.message.text);
  }

  #hear(seq: number, text: string): void {
    const [from = "", count, at] = text.split(" ");
    latencies.push(performance.now() - Number(at));
    if (seq <= this.#last) fault(`${this.name}: ${seq} came after ${this.#last}`);
    this.#last = Math.max(this.#last, seq);
    if (this.heard.has(seq)) fault(`${this.name}: ${seq} came twice`);
    this.heard.set(seq, text);
    const wanted = this.#next.get(from) ?? 1;
    if (Number(count) !== wanted) fault(`${this.name}: of ${from} came ${count} instead of ${wanted}`);
    this.#next.set(from, Number(count) + 1);
  }
}

const clients: LoadClient[] = [];
for (let room = 0; room < Number(rooms); room++) {
  for (let i = 0; i < Number(perRoom); i++) clients.push(new LoadClient(`load-${room}`, `c${room}-${i}`));
}
await Promise.all(clients.map((client) => client.join()));
process.stderr.write("joined\n");

const end = performance.now() + Number(seconds) * 1000;
await Promise.all(
  clients.map(async (client) => {
    // Spread over the second, and not in step.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1000));
    while (performance.now() < end) {
      client.say();
      await new Promise((resolve) => setTimeout(resolve, 900 + Math.random() * 200));
    }
  }),
);

const sent = clients.reduce((sum, client) => sum + client.sent, 0);
const expected = sent * Number(perRoom);
const delivered = (): number => clients.reduce((sum, client) => sum + client.heard.size, 0);
const acknowledged = (): number => clients.reduce((sum, client) => sum + client.acknowledged.size, 0);
await eventually(() => {
  if (delivered() < expected || acknowledged() < sent) throw new Error("not all has come");
}, 15_000).catch((error: Error) => fault(error.message));

for (const client of clients) {
  const others = clients.filter(({ room }) => room === client.room);
  const [first] = others;
  const log = JSON.stringify([...client.heard]);
  if (first && log !== JSON.stringify([...first.heard]))
    fault(`${client.name} and ${first.name} heard different things`);
  const inRoom = others.reduce((sum, other) => sum + other.sent, 0);
  if (client.heard.size !== inRoom) fault(`${client.name} heard ${client.heard.size} of ${inRoom}`);
  for (const [id, seq] of client.acknowledged) {
    if (!client.heard.get(seq)?.startsWith(`${client.name} ${id} `)) fault(`${client.name}: ${id} is not at ${seq}`);
  }
}
latencies.sort((a, b) => a - b);
const quantile = (q: number): number =>
  Math.round((latencies[Math.floor(q * (latencies.length - 1))] ?? 0) * 100) / 100;
const report: LoadReport = {
  clients: clients.length,
  sent,
  acknowledged: acknowledged(),
  delivered: delivered(),
  expected,
  p50: quantile(0.5),
  p99: quantile(0.99),
  max: quantile(1),
  faults,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
for (const client of clients) client.socket.close();
