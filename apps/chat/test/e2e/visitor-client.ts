import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import type { ClientMessage, ServerMessage } from "../../dist/shared/message.js";
import { eventually } from "./eventually.js";

type Of<T extends ServerMessage["t"]> = Extract<ServerMessage, { t: T }>;

/** A client without manners: what the page would never send, it sends. Spoken by the `ws` package. */
export class VisitorClient {
  readonly socket: WebSocket;
  readonly received: ServerMessage[] = [];
  closed: { readonly code: number; readonly reason: string; readonly at: number } | undefined;

  constructor(port: number) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { perMessageDeflate: false });
    this.socket.on("message", (data) => void this.received.push(JSON.parse(String(data)) as ServerMessage));
    this.socket.on("error", () => undefined);
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason), at: performance.now() };
    });
  }

  static async open(port: number): Promise<VisitorClient> {
    const client = new VisitorClient(port);
    await once(client.socket, "open");
    return client;
  }

  /** Joins and waits for the welcome. */
  static async join(port: number, room: string, name: string): Promise<VisitorClient> {
    const client = await VisitorClient.open(port);
    client.tell({ t: "join", room, name, client: secret() });
    await client.next("welcome");
    return client;
  }

  tell(message: ClientMessage): void {
    this.raw(JSON.stringify(message));
  }

  raw(text: string): void {
    this.socket.send(text);
  }

  of<T extends ServerMessage["t"]>(t: T): Of<T>[] {
    return this.received.filter((message): message is Of<T> => message.t === t);
  }

  /** Waits for the answer number `count` of a kind. */
  async next<T extends ServerMessage["t"]>(t: T, count = 1): Promise<Of<T>> {
    return await eventually(() => {
      const message = this.of(t)[count - 1];
      if (!message) throw new Error(`no ${t} number ${count}; closed: ${JSON.stringify(this.closed)}`);
      return message;
    });
  }

  /** Waits for the end of the connection. */
  async end(within?: number): Promise<{ readonly code: number; readonly reason: string; readonly at: number }> {
    return await eventually(() => {
      if (!this.closed) throw new Error("the connection is still open");
      return this.closed;
    }, within);
  }
}

/** As the page makes it. */
export function secret(): string {
  return randomBytes(18).toString("base64url");
}
