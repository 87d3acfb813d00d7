import type { Clock } from "../chat/clock.js";
import { closePayload, computedFrame, type Frame, Opcode, reportedFrame } from "./frame.js";
import { FrameLog } from "./frame-log.js";
import { parseWatchMessage } from "./watch-message.js";

/** What a socket of the echo page tells. */
export interface EchoSocketEvents {
  open(): void;
  message(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
}

/** What can be done with it. */
export interface EchoSocket {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** Opens a socket to a path of this site. */
export type OpenEchoSocket = (path: string, events: EchoSocketEvents) => EchoSocket;

/** Where the echo connection stands. */
export type EchoState = "connecting" | "open" | "closing" | "closed";

/** What a session needs from outside. */
export interface EchoOptions {
  readonly open: OpenEchoSocket;
  readonly clock: Clock;
  /** A new id that ties the two sockets together. */
  readonly freshId: () => string;
  /** Something that is shown may have changed. */
  readonly changed: () => void;
}

/** How long the server may take to promise its reports. */
const WATCH_MS = 3000;

/**
 * One exchange over two sockets: over the first the server reports every frame of the second. If it does not, the frames are
 * computed from the messages, and the page says so.
 */
export class EchoSession {
  readonly log: FrameLog = new FrameLog();
  readonly #options: EchoOptions;
  #echo: EchoSocket | undefined;
  #watch: EchoSocket | undefined;
  #state: EchoState = "closed";
  #live = false;
  #closed: { readonly code: number; readonly reason: string } | undefined;
  #weClosed = false;
  #sentAt: number[] = [];
  #echoed = 0;
  #cancel: () => void = () => {};

  constructor(options: EchoOptions) {
    this.#options = options;
  }

  get state(): EchoState {
    return this.#state;
  }

  /** The frames come from the server's own reports. */
  get live(): boolean {
    return this.#live;
  }

  /** How the last connection ended. */
  get closed(): { readonly code: number; readonly reason: string } | undefined {
    return this.#closed;
  }

  /** Opens the watching socket, waits for its promise, then opens the echo. */
  connect(): void {
    if (this.#state !== "closed") return;
    this.#watch?.close();
    this.#state = "connecting";
    this.#live = false;
    this.#closed = undefined;
    this.#weClosed = false;
    this.#sentAt = [];
    this.#echoed = 0;
    this.log.restart();
    const id = this.#options.freshId();
    let settled = false;
    const settle = (live: boolean): void => {
      if (settled) return;
      settled = true;
      this.#cancel();
      this.#live = live;
      if (!live) this.#watch?.close();
      this.#openEcho(live ? `/echo?id=${id}` : "/echo");
    };
    this.#watch = this.#openWatch(id, settle);
    this.#cancel = this.#options.clock.later(WATCH_MS, () => settle(false));
    this.#options.changed();
  }

  /** Sends a message; its echo is timed. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#state !== "open") return;
    const text = typeof data === "string";
    if (!this.#live) {
      this.#computed("up", text ? Opcode.Text : Opcode.Binary, text ? new TextEncoder().encode(data) : data);
    }
    this.#sentAt.push(this.#options.clock.now());
    this.#echo?.send(data);
    this.#options.changed();
  }

  /** Begins the closing handshake. */
  close(code: number, reason: string): void {
    if (this.#state !== "open") return;
    this.#weClosed = true;
    this.#state = "closing";
    if (!this.#live) this.#computed("up", Opcode.Close, closePayload(code, reason));
    this.#echo?.close(code, reason);
    this.#options.changed();
  }

  #openWatch(id: string, settle: (live: boolean) => void): EchoSocket {
    const self = this.#options.open(`/echo?watch=${id}`, {
      open: () => {},
      message: (data) => {
        if (this.#watch !== self || typeof data !== "string") return;
        const message = parseWatchMessage(data);
        if (message === undefined) return;
        if ("frame" in message) this.#add(reportedFrame(message.frame));
        else if (message.watching === id) settle(true);
      },
      close: () => {
        if (this.#watch !== self) return;
        settle(false);
        // Reports that end in the middle: from here on the page computes, and says so. After the end they are done.
        if (this.#state !== "closed") this.#live = false;
        this.#options.changed();
      },
    });
    return self;
  }

  #openEcho(path: string): void {
    this.#echo = this.#options.open(path, {
      open: () => {
        this.#state = "open";
        this.#options.changed();
      },
      message: (data) => this.#received(data),
      close: (code, reason) => this.#ended(code, reason),
    });
  }

  #received(data: string | Uint8Array): void {
    const text = typeof data === "string";
    if (!this.#live) {
      this.#computed("down", text ? Opcode.Text : Opcode.Binary, text ? new TextEncoder().encode(data) : data);
    }
    const number = this.#echoed++;
    const sentAt = this.#sentAt[number];
    if (sentAt !== undefined) this.log.time(number, this.#options.clock.now() - sentAt);
    this.#options.changed();
  }

  #ended(code: number, reason: string): void {
    this.#state = "closed";
    this.#closed = { code, reason };
    // 1006 means that there was no close frame at all.
    if (!this.#live && code !== 1006) {
      this.#computed("down", Opcode.Close, closePayload(code, reason));
      if (!this.#weClosed) this.#computed("up", Opcode.Close, closePayload(code, ""));
    }
    this.#options.changed();
  }

  #computed(direction: "up" | "down", opcode: number, payload: Uint8Array): void {
    this.#add(computedFrame(direction, opcode, payload, this.#options.clock.now()));
  }

  #add(frame: Frame): void {
    this.log.add(frame);
    this.#options.changed();
  }
}
