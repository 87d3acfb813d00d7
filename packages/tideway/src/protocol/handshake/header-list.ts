/**
 * The header lines of a head, as they came: order, spelling and repetitions are kept, because the handshake has to see
 * them. Names are never keys of an object, so `__proto__` is a name like any other.
 */
import { LocalError } from "../error.js";
import { HANDSHAKE_CODES } from "./refusal.js";
import { asciiLower, isToken } from "./token.js";

/** An immutable list of header lines, found by name without regard to ASCII case. */
export class HeaderList implements Iterable<readonly [name: string, value: string]> {
  readonly #raw: readonly string[];
  readonly #names: readonly string[];

  private constructor(raw: readonly string[]) {
    this.#raw = raw;
    const names: string[] = [];
    for (let i = 0; i < raw.length; i += 2) names.push(asciiLower(raw[i]!));
    this.#names = names;
  }

  /**
   * Takes the flat form that our parser and node:http's `rawHeaders` share.
   * @param raw name, value, name, value …; it is copied
   * @throws LocalError ERR_ARGUMENT_RAW_HEADERS if a name has no value
   */
  static fromRaw(raw: readonly string[]): HeaderList {
    if (raw.length % 2 !== 0) {
      throw new LocalError("ERR_ARGUMENT_RAW_HEADERS", HANDSHAKE_CODES.ERR_ARGUMENT_RAW_HEADERS.message);
    }
    return new HeaderList([...raw]);
  }

  /** How many lines there are; a repeated name counts each time. */
  get lines(): number {
    return this.#names.length;
  }

  /** Whether each name is a token, as RFC 9110 §5.1 has it. */
  get wellNamed(): boolean {
    return this.#names.every(isToken);
  }

  /** The value of the first line with this name, undefined if there is none. */
  get(name: string): string | undefined {
    const index = this.#names.indexOf(asciiLower(name));
    return index < 0 ? undefined : this.#raw[2 * index + 1];
  }

  /** The values of all lines with this name, in order; empty if there is none. */
  all(name: string): string[] {
    const wanted = asciiLower(name);
    const names = this.#names;
    const values: string[] = [];
    for (let i = 0; i < names.length; i++) if (names[i] === wanted) values.push(this.#raw[2 * i + 1]!);
    return values;
  }

  /** How many lines have this name. */
  count(name: string): number {
    return this.all(name).length;
  }

  /** The lines in order, names as they were spelled. */
  *[Symbol.iterator](): Generator<readonly [name: string, value: string], void, undefined> {
    for (let i = 0; i < this.#raw.length; i += 2) yield [this.#raw[i]!, this.#raw[i + 1]!];
  }
}
