/** Something that wants to be called about once per turn of the wheel. */
export interface Ticking {
  /** @param now `Wheel.now` */
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
  #members = 0;
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  /** Where the next member goes: by turns, since by their number all would end in one slot when one comes for each that leaves. */
  #nextSlot = 0;
  #now: number = clock();
  #steppedAt = 0;

  /** @param turn milliseconds between two ticks of one member */
  constructor(turn: number) {
    this.#interval = Math.max(1, Math.round(turn / SLOTS));
  }

  /**
   * Monotonic whole milliseconds as of the last step: good to an eighth of a turn, and free. A step counts as one turn at most: a process
   * that was blocked or stopped has not listened in that time, and must not hold it against its peers.
   */
  get now(): number {
    return this.#timer === undefined ? clock() : this.#now;
  }

  /** Begins to call `member.tick`. */
  add(member: Ticking): void {
    const slot = this.#slots[this.#nextSlot]!;
    this.#nextSlot = (this.#nextSlot + 1) % SLOTS;
    slot.add(member);
    this.#members++;
    if (this.#timer === undefined) {
      this.#now = clock();
      this.#steppedAt = this.#now;
      this.#timer = setInterval(() => this.#step(), this.#interval);
      this.#timer.unref();
    }
  }

  /** Ceases to call it. Does nothing for one that is not a member. */
  remove(member: Ticking): void {
    // Looked for in every slot: to remember it would cost each connection more than the look costs a connection's end.
    if (this.#slots.some((slot) => slot.delete(member))) this.#members--;
    if (this.#members === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #step(): void {
    const real = clock();
    this.#now += Math.min(real - this.#steppedAt, this.#interval * SLOTS);
    this.#steppedAt = real;
    const slot = this.#slots[this.#next]!;
    this.#next = (this.#next + 1) % SLOTS;
    for (const member of slot) member.tick(this.#now);
  }
}

/** Whole: a number with a fraction is an object of its own in the memory of whoever keeps it. */
function clock(): number {
  return Math.floor(performance.now());
}

/** The turn that serves the shortest of some deadlines: a fifth of it, between 40 ms and 1 s. */
export function turnFor(...deadlines: readonly number[]): number {
  return Math.min(1000, Math.max(40, Math.min(...deadlines) / 5));
}
