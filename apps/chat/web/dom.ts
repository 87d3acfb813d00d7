import { splitTemplate, type Text } from "./text.js";

/** What may become a child: nodes as they are, strings as text nodes and never as markup. */
export type Child = Node | string;

/** Makes an element with a class and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...children);
  return element;
}

/** A name or other text of a stranger, kept from turning the direction of what stands around it. */
export function isolated(text: string, className = ""): HTMLElement {
  return make("bdi", className, text);
}

/** Fills the slots of a template with nodes or text. */
export function fill(template: string, slots: ReadonlyMap<string, Child>): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const { text, slot } of splitTemplate(template)) {
    fragment.append(text);
    const child = slot === undefined ? undefined : slots.get(slot);
    if (child !== undefined) fragment.append(child);
  }
  return fragment;
}

/** Like `fill`, for places that take only a string: labels and titles. */
export function fillText(template: string, slots: ReadonlyMap<string, string>): string {
  return fill(template, slots).textContent ?? "";
}

/** An element of the page by its id. The ids are all ours and fixed in the HTML, so a missing one is a mistake of ours. */
export function byId<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`no #${id} of the expected kind`);
}

/** Puts the language's words where the HTML asks for them: data-text (content), data-label and data-hint (placeholder). */
export function applyText(text: Text): void {
  const words = new Map<string, unknown>(Object.entries(text));
  const word = (key: string | undefined): string | undefined => {
    const value = key === undefined ? undefined : words.get(key);
    return typeof value === "string" ? value : undefined;
  };
  for (const element of document.querySelectorAll<HTMLElement>("[data-text],[data-label],[data-hint]")) {
    const content = word(element.dataset["text"]);
    if (content !== undefined) element.textContent = content;
    const label = word(element.dataset["label"]);
    if (label !== undefined) {
      element.setAttribute("aria-label", label);
      if (element instanceof HTMLButtonElement || element instanceof HTMLAnchorElement) element.title = label;
    }
    const hint = word(element.dataset["hint"]);
    if (hint !== undefined) element.setAttribute("placeholder", hint);
  }
}

/** Sets text only if it differs: live regions are not to speak twice. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
