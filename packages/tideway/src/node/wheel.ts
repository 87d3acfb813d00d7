/** Something that wants to be called about once per turn of the wheel. */
export interface Ticking {
  /** @param now monotonic milliseconds (`performance.now()`) */
  tick(now: number): void;
}

const SLOTS = 8;

/**
 * One timer for many connections. Members are spread over the slots, so that ten thousand connections are looked at in eighths and
 * never all in one turn of the event loop. It holds no reference to the process: a program whose only work is this timer ends.
 */
export class Wheel {
  readonly #interval: number;
  readonly #slots: Set<Ticking>[] = Array.from({ length: SLOTS }, () => new Set());
  readonly #slotOf = new Map<Ticking, Set<Ticking>>();
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #now: number = performance.now();

  /** @param turn milliseconds between two ticks of one member */
  constructor(turn: number) {
    this.#interval = Math.max(1, Math.round(turn / SLOTS));
  }

  /** Monotonic milliseconds as of the last step: good to an eighth of a turn, and free. */
  get now(): number {
    return this.#timer === undefined ? performance.now() : this.#now;
  }

  /** Begins to call `member.tick`. */
  add(member: Ticking): void {
    const slot = this.#slots[this.#slotOf.size % SLOTS]!;
    slot.add(member);
    this.#slotOf.set(member, slot);
    if (this.#timer === undefined) {
      this.#now = performance.now();
      this.#timer = setInterval(() => this.#step(), this.#interval);
      this.#timer.unref();
    }
  }

  /** Ceases to call it. Does nothing for one that is not a member. */
  remove(member: Ticking): void {
    this.#slotOf.get(member)?.delete(member);
    this.#slotOf.delete(member);
    if (this.#slotOf.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #step(): void {
    this.#now = performance.now();
    const slot = this.#slots[this.#next]!;
    this.#next = (this.#next + 1) % SLOTS;
    for (const member of slot) member.tick(this.#now);
  }
}

/** The turn that serves the shortest of some deadlines: a fifth of it, between 40 ms and 1 s. */
export function turnFor(...deadlines: readonly number[]): number {
  return Math.min(1000, Math.max(40, Math.min(...deadlines) / 5));
}
