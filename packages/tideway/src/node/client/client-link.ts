import { LocalError } from "../../protocol/error.js";
import type { Failure } from "../../protocol/sink.js";
import { toOwned } from "../message-data.js";
import type { Ending } from "../transport.js";
import { Channel, type ChannelOwner, type Opened } from "./channel.js";
import type { ClientPlan } from "./client-plan.js";
import { Inbox } from "./inbox.js";
import { PingQueue } from "./ping-queue.js";

/** How a connection ended. */
export interface CloseInfo {
  /** The code in the peer's close frame, 1005 if it had none, 1006 if there was no close frame. */
  readonly code: number;
  /** The reason in it. */
  readonly reason: string;
  /** Both close frames were exchanged. */
  readonly wasClean: boolean;
  /** Why it ended, if it was not by the closing handshake: with a stable `code`. */
  readonly error: Error | undefined;
}

/** One connection inside `connect`. The application holds the `ClientConnection` in front of it. */
export class ClientLink implements ChannelOwner {
  readonly channel: Channel;
  readonly inbox: Inbox;
  readonly pings: PingQueue = new PingQueue();
  /** Resolves when it has ended; never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Set when it is open. */
  opened: Opened | undefined;
  /** Set when it has ended. */
  ending: Ending | undefined;

  readonly #settle: (error: Error | undefined) => void;
  #onClosed!: (info: CloseInfo) => void;
  /** After our own `close` or `terminate` no message is taken. */
  #dropping = false;
  #terminated = false;

  /** @param settle told once: that it is open, or the error that prevented it */
  constructor(plan: ClientPlan, settle: (error: Error | undefined) => void) {
    this.#settle = settle;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.channel = new Channel(plan, this);
    this.inbox = new Inbox({
      pause: () => this.channel.transport?.pauseReading(),
      resume: () => {
        if (!this.#dropping) this.channel.transport?.resumeReading();
      },
    });
  }

  /** Sends a message and waits until it has been taken by the network. */
  async write(data: string | Uint8Array, sendLimit: number, plain = false): Promise<void> {
    const transport = this.channel.transport!;
    const { connection } = transport;
    if (transport.buffered >= sendLimit) await transport.written();
    if (typeof data === "string") connection.sendText(data, plain);
    else connection.sendBinary(data, plain);
    await transport.written();
  }

  /** Starts the closing handshake. @throws LocalError ERR_CLOSE_ARGUMENT */
  close(code: number | undefined, reason: string | undefined): void {
    const dropping = this.#dropping;
    // Before, because to close is to read on at once.
    this.#dropping = true;
    try {
      this.channel.close(code, reason);
    } catch (error) {
      this.#dropping = dropping;
      throw error;
    }
  }

  /** Ends it at once. */
  terminate(): void {
    if (this.ending !== undefined) return;
    this.#dropping = true;
    this.#terminated = true;
    this.inbox.clear();
    this.channel.abort(new LocalError("ERR_TERMINATED", "the application ended the connection"));
  }

  onOpen(opened: Opened): void {
    this.opened = opened;
    this.#settle(undefined);
  }

  onText(text: string): void {
    if (!this.#dropping) this.inbox.push(text);
  }

  onBinary(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (!this.#dropping) this.inbox.push(toOwned(bytes, start, end, owned));
  }

  onPing(): void {
    // It has been answered.
  }

  onPong(payload: Uint8Array): void {
    this.pings.answer(payload);
  }

  onClose(): void {
    // `onEnded` follows.
  }

  onFailure(error: Failure): void {
    // Nothing more will be read. `onEnded` follows when the transport has ended.
    this.inbox.end(error);
  }

  onDrained(): void {
    // `write` waits for its own bytes.
  }

  onEnded(ending: Ending): void {
    this.ending = ending;
    const { code, reason, wasClean, error } = ending;
    this.inbox.end(this.#terminated ? undefined : error);
    this.pings.fail(new LocalError("ERR_CONNECTION_ENDED", "the connection ended before a pong came"));
    this.#onClosed({ code, reason, wasClean, error });
    if (this.opened === undefined) this.#settle(error);
  }
}
