import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { Agent, ping, WebSocket } from "undici";
import { pem } from "../certificate.js";
import { browserCloseRule, type End, type Facts, Inbox } from "../end.js";
import { digestOf, inSequence, materialize, type Payload } from "../payload.js";
import type { ClientPeer, ConnectOptions } from "./peer.js";

const facts: Facts = {
  name: "undici",
  cannot: {
    fragment: "a WHATWG WebSocket sends a message as one frame",
    "ping between fragments": "it has no fragments",
    drop: "a WHATWG WebSocket has no way to",
  },
  cannotClose: browserCloseRule,
  losesByteOrderMark: true,
};

/** undici's `WebSocket`, as a client. */
export const undiciClient: ClientPeer = {
  facts,
  skip: false,
  offersCompression: true,
  insistsOnProtocol: true,
  abandons: true,
  tellsStatus: false,
  lacks: {},
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  async connect(url: string, options: ConnectOptions = {}): Promise<End> {
    const agent = new Agent({
      connect: {
        ...(options.ca !== undefined && { ca: readFileSync(options.ca, "utf8") }),
        ...(options.identity !== undefined && pem(options.identity)),
      },
    });
    const socket = new WebSocket(url, {
      protocols: [...(options.protocols ?? [])],
      dispatcher: agent,
      ...(options.origin !== undefined && { headers: { Origin: options.origin } }),
    });
    const end = new UndiciEnd(socket, agent);
    await end.opened;
    return end;
  },
};

/** What undici's diagnostics channels tell of pings and pongs. */
interface Control {
  readonly websocket: WebSocket;
  readonly payload: Uint8Array;
}

class UndiciEnd implements End {
  readonly facts = facts;
  readonly inbox = new Inbox();
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, agent: Agent) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    const { inbox } = this;
    const onPing = this.#control("ping");
    const onPong = this.#control("pong");
    subscribe("undici:websocket:ping", onPing);
    subscribe("undici:websocket:pong", onPong);
    socket.addEventListener("message", ({ data }: { data: string | ArrayBuffer }) => {
      inbox.put(digestOf(typeof data === "string" ? data : new Uint8Array(data)));
    });
    socket.addEventListener("close", ({ code, reason, wasClean }) => {
      unsubscribe("undici:websocket:ping", onPing);
      unsubscribe("undici:websocket:pong", onPong);
      inbox.put({ type: "close", code, reason, clean: wasClean });
      agent.destroy().catch(() => {});
    });
    this.opened = new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", ({ message, error }) => reject(new Error(message, { cause: error })));
    });
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get extensions(): string {
    return this.#socket.extensions;
  }

  send(payload: Payload): void {
    this.#socket.send(materialize(payload));
  }

  sendSequence(count: number): void {
    for (let i = 0; i < count; i++) this.#socket.send(inSequence(i));
  }

  sendFragments(): void {
    throw new Error("undici sends no fragments");
  }

  ping(payload: Uint8Array): void {
    ping(this.#socket, Buffer.from(payload));
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** As near as it comes: the test is over. */
  drop(): void {
    this.#socket.close();
  }

  #control(type: "ping" | "pong"): (message: unknown) => void {
    return (message) => {
      const { websocket, payload } = message as Control;
      if (websocket === this.#socket) this.inbox.put({ type, hex: Buffer.from(payload).toString("hex") });
    };
  }
}
