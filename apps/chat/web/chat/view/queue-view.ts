import { byId, fill, isolated, make } from "../../dom.js";
import type { OutboxItem } from "../outbox.js";
import type { Session } from "../session.js";
import { linked } from "./row-view.js";
import type { Words } from "./words.js";

/** What was typed but is not stored yet, at the end of the log: waiting, on its way, or refused with a choice. */
export class QueueView {
  readonly #session: Session;
  readonly #words: Words;
  readonly #edit: (text: string) => void;
  readonly #list = byId("queue", HTMLElement);
  #drawn = "";

  constructor(session: Session, words: Words, edit: (text: string) => void) {
    this.#session = session;
    this.#words = words;
    this.#edit = edit;
    this.#list.addEventListener("click", (event) => this.#clicked(event));
  }

  render(): void {
    const items = this.#session.outbox.items(this.#session.room).filter((item) => !item.shown);
    const version = items.map((item) => `${item.id} ${item.state} ${item.code ?? ""}`).join();
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#list.hidden = items.length === 0;
    this.#list.replaceChildren(...items.map((item) => this.#item(item)));
  }

  #item(item: OutboxItem): HTMLElement {
    const { text } = this.#words;
    const body = make("p", "text", ...linked(item.text));
    body.dir = "auto";
    const bubble = make("div", "bubble");
    if (item.to !== undefined) {
      bubble.append(make("p", "private-label", fill(text.privateTo, new Map([["name", isolated(item.to)]]))));
    }
    bubble.append(body, this.#status(item));
    const element = make("li", `message own queued ${item.state}${item.to === undefined ? "" : " private"}`, bubble);
    element.dataset["testid"] = "queue-item";
    element.dataset["state"] = item.state;
    return element;
  }

  #status(item: OutboxItem): HTMLElement {
    const { text } = this.#words;
    const status = make("p", "queue-status");
    if (item.state !== "failed") {
      status.append(item.state === "sending" ? text.sending : text.waiting);
      return status;
    }
    status.append(make("span", "reason", text.failed[item.code ?? "storage"] ?? item.code ?? ""));
    for (const action of ["retry", "dismiss"] as const) {
      const button = make("button", "plain small", text[action]);
      button.type = "button";
      button.dataset["action"] = action;
      button.dataset["item"] = String(item.id);
      status.append(button);
    }
    return status;
  }

  #clicked(event: MouseEvent): void {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-item]") : null;
    if (button === null) return;
    const id = Number(button.dataset["item"]);
    if (button.dataset["action"] === "retry") this.#session.retry(id);
    else {
      const text = this.#session.dismiss(id);
      if (text !== undefined) this.#edit(text);
    }
  }
}
