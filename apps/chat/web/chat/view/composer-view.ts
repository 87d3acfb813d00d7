import { MAX_TEXT_BYTES, TYPING_HOLD_MS } from "../../../shared/limit.js";
import { byId, fill, isolated, setText } from "../../dom.js";
import { byteLength, parseCommand } from "../command.js";
import type { Session } from "../session.js";
import type { Words } from "./words.js";

/** From this size on the counter shows. */
const COUNT_FROM = Math.floor(MAX_TEXT_BYTES * 0.8);

/** Where the visitor writes: grows with the text, sends on Enter, whispers, counts bytes near the limit. */
export class ComposerView {
  readonly #session: Session;
  readonly #words: Words;
  readonly #sent: () => void;
  readonly #box = byId("message-box", HTMLTextAreaElement);
  readonly #send = byId("send", HTMLButtonElement);
  readonly #note = byId("composer-note", HTMLElement);
  readonly #whisper = byId("whisper", HTMLElement);
  readonly #whisperLabel = byId("whisper-label", HTMLElement);
  #to: string | undefined;
  #toldTyping = Number.NEGATIVE_INFINITY;
  #composing = false;

  constructor(session: Session, words: Words, sent: () => void) {
    this.#session = session;
    this.#words = words;
    this.#sent = sent;
    byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("blur", () => this.#tellTyping(false));
    this.#box.addEventListener("compositionstart", () => {
      this.#composing = true;
    });
    this.#box.addEventListener("compositionend", () => {
      this.#composing = false;
    });
    byId("whisper-stop", HTMLButtonElement).addEventListener("click", () => this.whisperTo(undefined));
    this.#measure();
  }

  /** Puts the cursor where one writes. */
  focus(): void {
    this.#box.focus();
  }

  /** The next messages go to this person only; undefined is everyone again. */
  whisperTo(name: string | undefined): void {
    this.#to = name;
    this.#whisper.hidden = name === undefined;
    if (name !== undefined) {
      this.#whisperLabel.replaceChildren(fill(this.#words.text.privateLabel, new Map([["name", isolated(name)]])));
    }
    this.#box.focus();
  }

  /** Gives a discarded text back for editing, unless something else was begun. */
  restore(text: string): void {
    if (this.#box.value.trim() === "") this.#box.value = text;
    this.#measure();
    this.#box.focus();
  }

  #key(event: KeyboardEvent): void {
    // During input by an input method, Enter chooses a word. Safari ends the composition before the key event: 229 tells.
    if (event.isComposing || this.#composing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#to !== undefined) this.whisperTo(undefined);
  }

  #submit(): void {
    const { presence } = this.#session;
    const { text } = this.#words;
    const command = parseCommand(this.#box.value, presence.names(this.#session.name, this.#words.compare));
    if (command.kind === "incomplete") this.#say(text.whisperHint);
    else if (byteLength(command.text) > MAX_TEXT_BYTES) this.#say(text.tooLong);
    else if (command.text === "") return;
    else if (this.#session.say(command.text, command.to ?? this.#to)) this.#taken();
    else this.#say(text.queueFull);
  }

  #taken(): void {
    this.#box.value = "";
    this.#toldTyping = Number.NEGATIVE_INFINITY;
    this.#measure();
    this.#sent();
    if (document.activeElement !== this.#box && matchMedia("(pointer: fine)").matches) this.#box.focus();
  }

  #typed(): void {
    this.#measure();
    // A private message is nobody else's business, its typing neither.
    const open = this.#to === undefined && !this.#box.value.trimStart().startsWith("/w");
    this.#tellTyping(open && this.#box.value.trim() !== "");
  }

  #tellTyping(on: boolean): void {
    const now = performance.now();
    if (on) {
      if (now - this.#toldTyping < TYPING_HOLD_MS / 2) return;
      this.#toldTyping = now;
      this.#session.typing(true);
    } else if (now - this.#toldTyping < TYPING_HOLD_MS) {
      this.#toldTyping = Number.NEGATIVE_INFINITY;
      this.#session.typing(false);
    }
  }

  #measure(): void {
    const box = this.#box;
    // The frame keeps its height while the box collapses to be measured: else the log above would jump with every key.
    const frame = box.parentElement!;
    frame.style.height = `${frame.offsetHeight}px`;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
    frame.style.height = "";
    const used = byteLength(box.value.trim());
    const over = used > MAX_TEXT_BYTES;
    this.#send.disabled = used === 0 || over;
    if (over) box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
    this.#note.classList.toggle("error", over);
    if (used < COUNT_FROM) {
      this.#say("");
      return;
    }
    const slots = new Map([
      ["used", this.#words.number(used)],
      ["limit", this.#words.number(MAX_TEXT_BYTES)],
    ]);
    this.#note.replaceChildren(fill(this.#words.text.bytes, slots));
  }

  #say(note: string): void {
    setText(this.#note, note);
  }
}
