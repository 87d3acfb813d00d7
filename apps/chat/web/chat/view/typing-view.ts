import { byId, fill, isolated } from "../../dom.js";
import type { Session } from "../session.js";
import type { Words } from "./words.js";

/** The line that tells who is typing. Not read aloud: it changes too often to be worth hearing. */
export class TypingView {
  readonly #session: Session;
  readonly #words: Words;
  readonly #now: () => number;
  readonly #line = byId("typing", HTMLElement);
  #drawn = "";
  #expiry: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, words: Words, now: () => number) {
    this.#session = session;
    this.#words = words;
    this.#now = now;
  }

  render(): void {
    const names = this.#session.presence.typists(this.#now());
    clearTimeout(this.#expiry);
    if (names.length > 0) this.#expiry = setTimeout(() => this.render(), 1000);
    const version = JSON.stringify(names.slice(0, 3));
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#line.replaceChildren(this.#phrase(names));
  }

  #phrase([a, b, c]: readonly string[]): DocumentFragment | string {
    const { text } = this.#words;
    if (a === undefined) return "";
    if (c !== undefined) return text.typingMany;
    const slots = new Map([["a", isolated(a)]]);
    if (b !== undefined) slots.set("b", isolated(b));
    return fill(b === undefined ? text.typingOne : text.typingTwo, slots);
  }
}
