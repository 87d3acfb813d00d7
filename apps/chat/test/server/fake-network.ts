import type { ChatSocket, Publisher, Sent } from "../../dist/server/hub/socket.js";
import type { ServerMessage } from "../../dist/shared/message.js";

/** Topics and sockets in memory. Counts how often a text was published, and keeps the very strings. */
export class FakeNetwork implements Publisher {
  readonly topics = new Map<string, Set<FakeSocket>>();
  readonly published: string[] = [];

  socket(): FakeSocket {
    return new FakeSocket(this);
  }

  publish(topic: string, text: string, except?: FakeSocket): void {
    this.published.push(text);
    for (const socket of this.topics.get(topic) ?? []) if (socket !== except) socket.send(text);
  }
}

export class FakeSocket implements ChatSocket {
  bufferedAmount = 0;
  /** When true, what is sent stays in the buffer. */
  stuck = false;
  readonly received: ServerMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly #network: FakeNetwork;

  constructor(network: FakeNetwork) {
    this.#network = network;
  }

  send(text: string): Sent {
    if (this.closed) return "dropped";
    if (this.stuck) this.bufferedAmount += text.length;
    this.received.push(JSON.parse(text) as ServerMessage);
    return this.stuck ? "queued" : "sent";
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  subscribe(topic: string): void {
    let sockets = this.#network.topics.get(topic);
    if (!sockets) {
      sockets = new Set();
      this.#network.topics.set(topic, sockets);
    }
    sockets.add(this);
  }

  unsubscribe(topic: string): void {
    this.#network.topics.get(topic)?.delete(this);
  }

  publish(topic: string, text: string): void {
    this.#network.publish(topic, text, this);
  }

  /** What was received of one kind. */
  of<T extends ServerMessage["t"]>(t: T): Extract<ServerMessage, { t: T }>[] {
    return this.received.filter((message): message is Extract<ServerMessage, { t: T }> => message.t === t);
  }
}
