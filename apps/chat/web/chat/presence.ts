import { TYPING_HOLD_MS } from "../../shared/limit.js";

/** How long somebody who was here before a loss of the connection may take to come back. */
const RETURN_MS = 10_000;

/** Who is in the room and who is typing. Names are hostile text and may be `__proto__`: sets and maps only. */
export class Presence {
  #members = new Set<string>();
  #returning = new Set<string>();
  #returningUntil = Number.NEGATIVE_INFINITY;
  readonly #typing = new Map<string, number>();

  /** The list of the welcome replaces everything. Whoever is missing now may be on the way back, just as we were. */
  reset(members: readonly string[], now: number): void {
    const before = now < this.#returningUntil ? [...this.#members, ...this.#returning] : this.#members;
    this.#returning = new Set(before);
    for (const name of members) this.#returning.delete(name);
    this.#returningUntil = now + RETURN_MS;
    this.#members = new Set(members);
    this.#typing.clear();
  }

  /** Someone came. False if we knew. */
  joined(name: string): boolean {
    if (this.#members.has(name)) return false;
    this.#returning.delete(name);
    this.#members.add(name);
    return true;
  }

  /** Someone left. False if we knew. */
  left(name: string): boolean {
    this.#typing.delete(name);
    return this.#members.delete(name);
  }

  /** Was here before the connection was lost, and has not been back for as long as that may take. */
  mayReturn(name: string, now: number): boolean {
    return now < this.#returningUntil && this.#returning.has(name);
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** Everyone, yourself first, the others as the language sorts them. */
  names(self: string, compare: (a: string, b: string) => number): string[] {
    const others = [...this.#members].filter((name) => name !== self).sort(compare);
    return this.#members.has(self) ? [self, ...others] : others;
  }

  /** A notice that someone types, or stopped. It runs out by itself in case the end is never told. */
  typing(name: string, on: boolean, now: number): void {
    if (on) this.#typing.set(name, now + TYPING_HOLD_MS);
    else this.#typing.delete(name);
  }

  /** Who is typing now. */
  typists(now: number): string[] {
    for (const [name, until] of this.#typing) if (until <= now) this.#typing.delete(name);
    return [...this.#typing.keys()];
  }
}
