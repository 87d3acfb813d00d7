import { CloseCode } from "../../shared/message.js";
import { Backoff, RECONNECT } from "./backoff.js";
import type { Clock } from "./clock.js";

/** What a socket tells; at most one `close`, and nothing after it. */
export interface SocketEvents {
  open(): void;
  text(data: string): void;
  close(code: number): void;
}

/** What can be done with a socket. */
export interface SocketHandle {
  send(data: string): void;
  close(code?: number): void;
}

/** Opens a socket. Injected, so that the reconnecting can be tested without a network. */
export type OpenSocket = (events: SocketEvents) => SocketHandle;

/** Where the connection stands. */
export type ConnectionState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  /** The socket is open, the join is not answered yet. */
  | { readonly kind: "open" }
  | { readonly kind: "joined" }
  /** Lost; the next attempt is at `until` of the clock. */
  | { readonly kind: "waiting"; readonly until: number }
  /** The server said not to come back by ourselves. */
  | { readonly kind: "stopped"; readonly code: number };

/** What the connection tells its owner. */
export interface ConnectionEvents {
  state(state: ConnectionState): void;
  open(): void;
  text(data: string): void;
}

/** An attempt that takes longer is given up: a browser may wait for minutes. */
const ATTEMPT_MS = 10_000;
/** A connection counts as stable after this; before it the backoff goes on growing. */
const STABLE_MS = 10_000;

/** Must the page not reconnect by itself after this close code? */
export function isTerminal(code: number): boolean {
  // 4408 only says that we were too slow: coming back is right. Every other private code is a judgement about us.
  return code === 1008 || (code >= 4000 && code <= 4999 && code !== 4408);
}

/** A socket that comes back: full jitter backoff, a deadline for every attempt, no reconnect after a terminal close code. */
export class Connection {
  readonly #open: OpenSocket;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #socket: SocketHandle | undefined;
  #state: ConnectionState = { kind: "idle" };
  #cancel: () => void = () => {};
  #lastAttempt = Number.NEGATIVE_INFINITY;
  #parked = false;

  constructor(open: OpenSocket, events: ConnectionEvents, clock: Clock, random: () => number) {
    this.#open = open;
    this.#events = events;
    this.#clock = clock;
    this.#backoff = new Backoff(RECONNECT, random);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connects now, whatever was before; an open socket is closed first. Never sooner than the floor after the last attempt. */
  start(): void {
    this.#parked = false;
    this.#drop(1000);
    const wait = this.#lastAttempt + RECONNECT.floor - this.#clock.now();
    if (wait > 0) this.#wait(wait);
    else this.#connect();
  }

  /** Skips the rest of a wait. Does nothing in any other state. */
  retryNow(): void {
    if (this.#state.kind === "waiting") this.start();
  }

  /** The join was accepted. */
  joined(): void {
    this.#cancel();
    this.#cancel = this.#clock.later(STABLE_MS, () => this.#backoff.reset());
    this.#set({ kind: "joined" });
  }

  /** The join waits for a human: no deadline, and if the server hangs up meanwhile, that is no loss. */
  park(): void {
    this.#cancel();
    this.#parked = true;
  }

  /** A human has answered. True if the open socket can be used; otherwise `start()` is needed. */
  unpark(): boolean {
    this.#parked = false;
    if (this.#socket === undefined || this.#state.kind !== "open") return false;
    this.#cancel();
    this.#cancel = this.#clock.later(ATTEMPT_MS, () => this.abandon());
    return true;
  }

  /** The socket looks alive but nobody answers: drop it and try another. */
  abandon(): void {
    if (this.#socket === undefined) return;
    this.#drop();
    this.#lost();
  }

  /** Ends for good, without a word to anyone: the page is going away. */
  stop(): void {
    this.#drop(1000);
    this.#set({ kind: "idle" });
  }

  /** Sends, if there is a socket. False means: not sent. */
  send(data: string): boolean {
    if (this.#socket === undefined || (this.#state.kind !== "open" && this.#state.kind !== "joined")) return false;
    this.#socket.send(data);
    return true;
  }

  #connect(): void {
    this.#lastAttempt = this.#clock.now();
    this.#set({ kind: "connecting" });
    // Events of a socket that was given up must not touch its successor: each compares itself with the current one.
    let self: SocketHandle | undefined;
    const current = (): boolean => self !== undefined && self === this.#socket;
    try {
      self = this.#open({
        open: () => {
          if (!current()) return;
          this.#set({ kind: "open" });
          this.#events.open();
        },
        text: (data) => {
          if (current()) this.#events.text(data);
        },
        close: (code) => {
          if (current()) this.#closed(code);
        },
      });
    } catch {
      this.#lost();
      return;
    }
    this.#socket = self;
    this.#cancel = this.#clock.later(ATTEMPT_MS, () => this.abandon());
  }

  #closed(code: number): void {
    this.#socket = undefined;
    this.#cancel();
    if (isTerminal(code)) this.#set({ kind: "stopped", code });
    else if (this.#parked) this.#set({ kind: "idle" });
    else this.#lost();
  }

  #lost(): void {
    this.#wait(this.#backoff.next());
  }

  #wait(ms: number): void {
    this.#cancel();
    this.#cancel = this.#clock.later(ms, () => this.#connect());
    this.#set({ kind: "waiting", until: this.#clock.now() + ms });
  }

  #drop(code?: number): void {
    this.#cancel();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(code);
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.#events.state(state);
  }
}

/** Close codes after which the visitor gets a text of their own. */
export type StopReason = "replaced" | "rate" | "bad";

/** Which text explains a terminal close code. */
export function stopReason(code: number): StopReason {
  if (code === CloseCode.Replaced) return "replaced";
  if (code === CloseCode.Rate) return "rate";
  return "bad";
}
