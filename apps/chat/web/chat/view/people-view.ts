import { byId, fillText, isolated, make, setText } from "../../dom.js";
import { nameColor } from "../name-color.js";
import type { Session } from "../session.js";
import type { Words } from "./words.js";

/** Most people listed one by one; the number beside the heading counts all. */
const LISTED = 300;

/** Who is here: beside the log on a wide screen, in a drawer on a narrow one. A press on a name begins a private message. */
export class PeopleView {
  readonly #session: Session;
  readonly #words: Words;
  readonly #aside = byId("aside", HTMLElement);
  readonly #people = byId("people", HTMLElement);
  readonly #list = byId("people-list", HTMLElement);
  readonly #total = byId("people-total", HTMLElement);
  readonly #open = byId("people-button", HTMLButtonElement);
  readonly #count = byId("people-count", HTMLElement);
  readonly #drawer = byId("drawer", HTMLDialogElement);
  #drawn = "";

  constructor(session: Session, words: Words, whisper: (name: string) => void) {
    this.#session = session;
    this.#words = words;
    this.#open.addEventListener("click", () => {
      this.#drawer.append(this.#people);
      this.#drawer.showModal();
    });
    this.#drawer.addEventListener("close", () => this.#aside.append(this.#people));
    byId("drawer-close", HTMLButtonElement).addEventListener("click", () => this.#drawer.close());
    // A press on the backdrop is a press on the dialog itself, outside its content.
    this.#drawer.addEventListener("click", (event) => {
      if (event.target === this.#drawer) this.#drawer.close();
    });
    matchMedia("(min-width: 48rem)").addEventListener("change", () => this.#drawer.close());
    this.#list.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const name = button?.querySelector("bdi")?.textContent;
      if (name === null || name === undefined) return;
      this.#drawer.close();
      whisper(name);
    });
  }

  render(): void {
    const { presence, name, welcomed, naming } = this.#session;
    this.#aside.hidden = naming;
    this.#open.hidden = naming || !welcomed;
    const names = presence.names(name, this.#words.compare);
    const version = JSON.stringify([name, names]);
    if (version === this.#drawn) return;
    this.#drawn = version;
    const count = this.#words.number(names.length);
    setText(this.#total, count);
    setText(this.#count, count);
    this.#open.setAttribute("aria-label", `${this.#words.text.showPeople} (${count})`);
    this.#list.replaceChildren(...names.slice(0, LISTED).map((other) => this.#item(other, other === name)));
    if (names.length > LISTED) this.#list.append(make("li", "muted", `+ ${this.#words.number(names.length - LISTED)}`));
  }

  #item(name: string, self: boolean): HTMLElement {
    const { text } = this.#words;
    const dot = make("span", `avatar ${nameColor(name)}`, initial(name));
    dot.setAttribute("aria-hidden", "true");
    const item = make("li");
    item.dataset["testid"] = "presence-item";
    if (self) {
      item.append(make("div", "person", dot, isolated(name), make("span", "muted", text.you)));
      return item;
    }
    const button = make("button", "person", dot, isolated(name), icon("M2.5 3.5h11v7.5h-6l-3 2.5v-2.5h-2z"));
    button.type = "button";
    const label = fillText(text.whisperTo, new Map([["name", name]]));
    button.title = label;
    button.setAttribute("aria-label", label);
    item.append(button);
    return item;
  }
}

function icon(path: string): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** First letter of a name, whole even if it is an emoji of many code points. */
function initial(name: string): string {
  for (const { segment } of new Intl.Segmenter().segment(name)) return [...segment].slice(0, 8).join("").toUpperCase();
  return "";
}
