import { readFileSync } from "node:fs";
import type { FrameTap } from "../../dist/index.js";
import type { ClientConnection } from "../../dist/node/client/client-connection.js";
import type { ClientOptions } from "../../dist/node/client/client-options.js";
import { connect } from "../../dist/node/client/connect.js";
import { WebSocket } from "../../dist/node/client/websocket.js";
import { pem } from "./certificate.js";
import { anyCode, browserCloseRule, type End, type Facts, Inbox } from "./end.js";
import { digestOf, inSequence, materialize, type Payload } from "./payload.js";
import type { ConnectOptions } from "./peer/peer.js";
import { Wire } from "./wire.js";

/** Above the largest message of the matrix. */
const MAX_PAYLOAD = 20 * 1024 * 1024;
/** From here on `connect`'s connection sends with `write`, which waits for the network. */
const LARGE = 64 * 1024;

/** What our clients can be told beyond what every peer can. */
export interface OurConnectOptions extends ConnectOptions {
  /** Milliseconds of silence until a ping goes out. */
  readonly pingInterval?: number;
}

/** One of our two clients. */
export interface OurClient {
  readonly facts: Facts;
  connect(url: string, options?: OurConnectOptions): Promise<End & { readonly wire: Wire }>;
}

const classFacts: Facts = {
  name: "our WebSocket",
  cannot: {
    ping: "the WHATWG API has no pings",
    fragment: "the WHATWG API has no fragments",
    drop: "the WHATWG API has no way to",
  },
  cannotClose: browserCloseRule,
};

const connectionFacts: Facts = { name: "our connect()", cannot: {}, cannotClose: anyCode };

/** The WHATWG class. */
export const ourWebSocket: OurClient = {
  facts: classFacts,
  async connect(url, options = {}) {
    const inbox = new Inbox();
    const wire = new Wire();
    const socket = new WebSocket(url, [...(options.protocols ?? [])], clientOptions(options, inbox, wire));
    const end = new WebSocketEnd(socket, inbox, wire);
    await end.opened;
    return end;
  },
};

/** The form with promises. */
export const ourConnect: OurClient = {
  facts: connectionFacts,
  async connect(url, options = {}) {
    const inbox = new Inbox();
    const wire = new Wire();
    const { protocols } = options;
    const connection = await connect(url, { ...clientOptions(options, inbox, wire), ...(protocols && { protocols }) });
    return new ConnectionEnd(connection, inbox, wire);
  },
};

function clientOptions(options: OurConnectOptions, inbox: Inbox, wire: Wire): ClientOptions {
  const { origin, ca, identity, pingInterval, compression } = options;
  // Neither client tells of the pings it answers; the tap sees them.
  const tap: FrameTap = (frame) => {
    wire.tap(frame);
    if (frame.direction === "in" && (frame.first & 0x0f) === 9) {
      inbox.put({ type: "ping", hex: Buffer.from(frame.payload).toString("hex") });
    }
  };
  return {
    maxPayload: MAX_PAYLOAD,
    tap,
    ...(origin !== undefined && { origin }),
    ...(compression !== undefined && { compression }),
    ...(pingInterval !== undefined && { pingInterval, pingTimeout: 5000 }),
    ...(ca !== undefined && {
      tls: { ca: readFileSync(ca), ...(identity !== undefined && pem(identity)) },
    }),
  };
}

class WebSocketEnd implements End {
  readonly facts = classFacts;
  readonly inbox: Inbox;
  readonly opened: Promise<void>;
  readonly wire: Wire;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, inbox: Inbox, wire: Wire) {
    this.#socket = socket;
    this.wire = wire;
    this.inbox = inbox;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      inbox.put(digestOf(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer)));
    };
    socket.addEventListener("close", ({ code, reason, wasClean }) => {
      inbox.put({ type: "close", code, reason, clean: wasClean });
    });
    this.opened = new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", ({ error }) => reject(error));
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
    throw new Error("the WHATWG API has no fragments");
  }

  ping(): void {
    throw new Error("the WHATWG API has no pings");
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** As near as it comes: the test is over. */
  drop(): void {
    this.#socket.close();
  }
}

class ConnectionEnd implements End {
  readonly facts = connectionFacts;
  readonly inbox: Inbox;
  readonly wire: Wire;
  readonly #connection: ClientConnection;

  constructor(connection: ClientConnection, inbox: Inbox, wire: Wire) {
    this.#connection = connection;
    this.wire = wire;
    this.inbox = inbox;
    this.#read().catch(() => {});
  }

  get protocol(): string {
    return this.#connection.protocol;
  }

  get extensions(): string {
    return this.#connection.extensions;
  }

  async send(payload: Payload): Promise<void> {
    const message = materialize(payload);
    if (message.length >= LARGE) await this.#connection.write(message);
    else this.#send(message);
  }

  sendSequence(count: number): void {
    for (let i = 0; i < count; i++) this.#send(inSequence(i));
  }

  sendFragments(pieces: readonly Payload[], ping?: Uint8Array): void {
    pieces.forEach((piece, index) => {
      const final = index === pieces.length - 1;
      this.#connection.sendPiece(materialize(piece), final);
      if (ping !== undefined && !final) this.ping(ping);
    });
  }

  ping(payload: Uint8Array): void {
    const hex = Buffer.from(payload).toString("hex");
    this.#connection.ping(payload).then(
      () => this.inbox.put({ type: "pong", hex }),
      () => {},
    );
  }

  close(code = 1005, reason?: string): void {
    this.#connection.close(code, reason).catch(() => {});
  }

  drop(): void {
    this.#connection.terminate();
  }

  async #read(): Promise<void> {
    try {
      for await (const message of this.#connection) this.inbox.put(digestOf(message));
    } finally {
      const { code, reason, wasClean } = await this.#connection.closed;
      this.inbox.put({ type: "close", code, reason, clean: wasClean });
    }
  }

  #send(message: string | Uint8Array): void {
    if (this.#connection.send(message) === "dropped") throw new Error("our client dropped a message");
  }
}
