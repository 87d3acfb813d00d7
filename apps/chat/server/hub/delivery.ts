/**
 * The order and the pace in which a room speaks. What was committed in one group would otherwise be written in one turn,
 * which can be more than the bound of a connection: then also the reader that keeps up is closed. So a turn has a budget, and
 * while readers have much waiting, the next turn waits for them a little. Who does not use that time is slow, and is not
 * waited for again before having caught up: the room waits once, not at every turn.
 */
import type { Cancel, Clock } from "./clock.js";

/** Bytes that a room sends to each reader in one turn of the event loop. */
const TURN_BYTES = 128 * 1024;
/** The least that an item costs, so that a turn also has an end in small messages. */
const LEAST_COST = 128;
/** Bytes sent between two looks at the readers. */
const LOOK_EVERY = 64 * 1024;
/** How often the readers are looked at while the room waits for them, and how long it waits at most, in milliseconds. */
const LOOK_AGAIN_MS = 1;
const PATIENCE_MS = 100;
/** With more than this waiting, those who speak should wait too; with half of it they go on. */
const FULL_BYTES = 2 * 1024 * 1024;

/** The readers of a room, as the pace depends on them. */
export interface Readers {
  /** A reader has much waiting, and has not been given up. */
  behind(): boolean;
  /** Gives up all who have much waiting, until they have caught up. */
  giveUp(): void;
}

interface Item {
  readonly cost: number;
  readonly run: () => void;
}

/** One room's queue of what is to be sent. */
export class Delivery {
  readonly #clock: Clock;
  readonly #readers: Readers;
  readonly #queue: Item[] = [];
  #head = 0;
  #backlog = 0;
  #spent = 0;
  #unseen = 0;
  #heldSince: number | undefined;
  #turn: Cancel | undefined;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock, readers: Readers) {
    this.#clock = clock;
    this.#readers = readers;
  }

  /** Bytes that wait for their turn. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Undefined while there is space, else a promise of it: who speaks should wait for that. */
  space(): Promise<void> | undefined {
    if (this.#backlog <= FULL_BYTES) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Runs `run` after all that was pushed before: at once when the room is quiet, later when it is not. */
  push(bytes: number, run: () => void): void {
    const item = { cost: Math.max(bytes, LEAST_COST), run };
    if (this.#backlog === 0 && this.#heldSince === undefined && this.#spent < TURN_BYTES) {
      this.#run(item);
      return;
    }
    this.#queue.push(item);
    this.#backlog += item.cost;
    this.#plan(0);
  }

  /** Forgets what waits. */
  stop(): void {
    this.#turn?.();
    this.#turn = undefined;
    this.#queue.length = 0;
    this.#head = 0;
    this.#backlog = 0;
    this.#release();
  }

  #run(item: Item): void {
    this.#spent += item.cost;
    this.#unseen += item.cost;
    this.#plan(0);
    item.run();
  }

  #plan(ms: number): void {
    this.#turn ??= this.#clock.after(ms, () => {
      this.#turn = undefined;
      this.#next();
    });
  }

  #next(): void {
    if (this.#unseen >= LOOK_EVERY) {
      const now = this.#clock.now();
      if (this.#readers.behind()) {
        this.#heldSince ??= now;
        if (now - this.#heldSince < PATIENCE_MS) {
          this.#plan(LOOK_AGAIN_MS);
          return;
        }
        this.#readers.giveUp();
      }
      this.#unseen = 0;
    }
    this.#heldSince = undefined;
    this.#spent = 0;
    while (this.#spent < TURN_BYTES) {
      const item = this.#queue[this.#head];
      if (item === undefined) break;
      this.#head += 1;
      this.#backlog -= item.cost;
      this.#run(item);
    }
    this.#compact();
    if (this.#backlog <= FULL_BYTES / 2) this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** The array is used as a queue: cut off its used part when that is large or all of it. */
  #compact(): void {
    if (this.#head !== this.#queue.length && this.#head < 1024) return;
    this.#queue.splice(0, this.#head);
    this.#head = 0;
  }
}
