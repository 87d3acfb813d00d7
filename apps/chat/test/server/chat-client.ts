import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import type { ClientMessage, ServerMessage } from "../../dist/shared/message.js";

type Of<T extends ServerMessage["t"]> = Extract<ServerMessage, { t: T }>;

/** A page's end of a connection, spoken by the `ws` package: not our own code on both ends. */
export class ChatClient {
  readonly socket: WebSocket;
  readonly received: ServerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #changed: () => void = () => {};

  constructor(port: number, headers: Readonly<Record<string, string>> = {}, autoPong = true) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers, autoPong, perMessageDeflate: false });
    this.socket.on("message", (data) => {
      this.received.push(JSON.parse(String(data)) as ServerMessage);
      this.#changed();
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => {
        this.#changed();
        resolve({ code, reason: String(reason) });
      });
    });
  }

  static async join(
    port: number,
    name: string,
    more: Partial<Extract<ClientMessage, { t: "join" }>> = {},
  ): Promise<ChatClient> {
    const client = new ChatClient(port);
    await once(client.socket, "open");
    client.tell({ t: "join", room: "lobby", name, client: secret(), ...more });
    await client.until(() => client.of("welcome").length > 0);
    return client;
  }

  get welcome(): Of<"welcome"> {
    const [first] = this.of("welcome");
    if (!first) throw new Error("not welcomed");
    return first;
  }

  tell(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  say(id: number, text: string): void {
    this.tell({ t: "say", id, text });
  }

  of<T extends ServerMessage["t"]>(t: T): Of<T>[] {
    return this.received.filter((message): message is Of<T> => message.t === t);
  }

  seqs(): number[] {
    return this.of("message").map((one) => one.message.seq);
  }

  /** Waits until something that came in makes it true; fails after 20 s or when the connection has ended. */
  async until(condition: () => boolean, what = String(condition)): Promise<void> {
    const limit = setTimeout(() => this.#changed(), 20_000);
    const end = Date.now() + 20_000;
    try {
      while (!condition()) {
        if (this.socket.readyState >= WebSocket.CLOSING) throw new Error(`closed while waiting for ${what}`);
        if (Date.now() >= end) throw new Error(`waited in vain for ${what}`);
        await new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
      }
    } finally {
      clearTimeout(limit);
    }
  }

  async end(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

/** As the page makes it. */
export function secret(): string {
  return randomBytes(18).toString("base64url");
}
