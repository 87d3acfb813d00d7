import { MAX_NAME_LENGTH } from "../../../shared/limit.js";
import { byId, fill, setText } from "../../dom.js";
import { codePoints } from "../command.js";
import type { Session } from "../session.js";
import { roomLabel } from "./log-view.js";
import type { Words } from "./words.js";

/** Asks for the name: at first, after a refusal, or when the visitor wants another. */
export class JoinView {
  readonly #session: Session;
  readonly #words: Words;
  readonly #join = byId("join", HTMLElement);
  readonly #field = byId("name-field", HTMLInputElement);
  readonly #error = byId("name-error", HTMLElement);
  readonly #cancel = byId("join-cancel", HTMLButtonElement);
  readonly #lobby = byId("join-lobby", HTMLElement);
  readonly #me = byId("me", HTMLButtonElement);
  readonly #meName = byId("me-name", HTMLElement);
  #shown = "";

  constructor(session: Session, words: Words, entered: (name: string) => void, suggestion: string) {
    this.#session = session;
    this.#words = words;
    this.#field.value = suggestion;
    byId("join-room", HTMLElement).append(fill(words.text.joinRoom, new Map([["room", roomLabel(session.room)]])));
    this.#me.title = words.text.changeName;
    this.#me.addEventListener("click", () => session.rename());
    this.#cancel.addEventListener("click", () => session.keepName());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && session.naming) session.keepName();
    });
    this.#field.addEventListener("input", () => {
      this.#showError("");
    });
    byId("join-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#field.value.trim().normalize("NFC");
      if (name === "" || codePoints(name) > MAX_NAME_LENGTH) {
        this.#showError(name === "" ? words.text.nameEmpty : words.text.nameLong);
        this.#field.focus();
      } else entered(name);
    });
  }

  render(): void {
    const { naming, refusal, refusals, name, welcomed } = this.#session;
    this.#join.hidden = !naming;
    this.#me.hidden = naming || name === "";
    setText(this.#meName, name);
    const version = naming ? `asked ${refusals}` : "";
    if (naming && version !== this.#shown) {
      if (name !== "") this.#field.value = name;
      this.#showError(refusal === undefined ? "" : this.#words.text.refused[refusal]);
      this.#field.focus();
      this.#field.select();
    }
    this.#shown = version;
    this.#cancel.hidden = refusal !== undefined || name === "" || !welcomed;
    this.#lobby.hidden = refusal !== "room-invalid";
  }

  #showError(text: string): void {
    setText(this.#error, text);
    if (text === "") this.#field.removeAttribute("aria-invalid");
    else this.#field.setAttribute("aria-invalid", "true");
  }
}
