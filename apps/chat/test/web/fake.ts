import type { Clock, KeyValueStore } from "../../dist/web-js/chat/clock.js";
import type { OpenSocket, SocketEvents } from "../../dist/web-js/chat/connection.js";

/** A clock turned by hand. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  later(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass, running what falls due in order. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}

/** One socket as the test's server sees it. */
export interface FakeSocket {
  readonly events: SocketEvents;
  readonly sent: string[];
  readonly openedAt: number;
  closed: boolean;
}

/** Opens sockets that the test drives. `refuse` closes each at once. */
export class FakeNetwork {
  readonly sockets: FakeSocket[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  readonly open: OpenSocket = (events) => {
    const socket: FakeSocket = { events, sent: [], openedAt: this.#clock.now(), closed: false };
    this.sockets.push(socket);
    return {
      send: (data) => void socket.sent.push(data),
      close: () => {
        socket.closed = true;
      },
    };
  };

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }
}

/** Storage of one tab; `copy` is what "duplicate tab" does. */
export class FakeStore implements KeyValueStore {
  readonly values = new Map<string, string>();

  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }

  removeItem(key: string): void {
    this.values.delete(key);
  }

  copy(): FakeStore {
    const store = new FakeStore();
    for (const [key, value] of this.values) store.values.set(key, value);
    return store;
  }
}

/** A seeded source of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Secrets in order: c1, c2 … padded to the length the server asks for. */
export function clients(): () => string {
  let next = 0;
  return () => `c${++next}`.padEnd(24, "x");
}
