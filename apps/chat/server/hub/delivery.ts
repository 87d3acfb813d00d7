/**
 * The order and the pace in which a room speaks. What was committed in one group would otherwise be written in one turn,
 * which can be more than the bound of a connection: then also the reader that keeps up is closed. So a turn has a budget, and
 * when readers have much waiting, the next turn waits for them a little. A reader is slow when it does not use that time.
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
const PATIENCE_MS = 20;

interface Item {
  readonly cost: number;
  readonly run: () => void;
}

/** One room's queue of what is to be sent. */
export class Delivery {
  readonly #clock: Clock;
  readonly #congested: () => boolean;
  readonly #queue: Item[] = [];
  #head = 0;
  #backlog = 0;
  #spent = 0;
  #unseen = 0;
  #heldSince: number | undefined;
  #turn: Cancel | undefined;

  /** `congested` says whether a reader has much waiting. */
  constructor(clock: Clock, congested: () => boolean) {
    this.#clock = clock;
    this.#congested = congested;
  }

  /** Bytes that wait for their turn. */
  get backlog(): number {
    return this.#backlog;
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
    const now = this.#clock.now();
    if (this.#unseen >= LOOK_EVERY && this.#congested() && now - (this.#heldSince ?? now) < PATIENCE_MS) {
      this.#heldSince ??= now;
      this.#plan(LOOK_AGAIN_MS);
      return;
    }
    if (this.#unseen >= LOOK_EVERY) this.#unseen = 0;
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
  }

  /** The array is used as a queue: cut off its used part when that is large or all of it. */
  #compact(): void {
    if (this.#head !== this.#queue.length && this.#head < 1024) return;
    this.#queue.splice(0, this.#head);
    this.#head = 0;
  }
}
