import { byId, make, setText } from "../../dom.js";
import { type StopReason, stopReason } from "../connection.js";
import type { Session } from "../session.js";
import type { Words } from "./words.js";

/** The strip below the header: the connection is lost, and what happens next; or why the page does not come back by itself. */
export class BannerView {
  readonly #session: Session;
  readonly #words: Words;
  readonly #now: () => number;
  readonly #banner = byId("banner", HTMLElement);
  readonly #alert = byId("banner-alert", HTMLElement);
  readonly #more = byId("banner-more", HTMLElement);
  readonly #actions = byId("banner-actions", HTMLElement);
  #ticking: ReturnType<typeof setInterval> | undefined;
  #buttons = "";

  constructor(session: Session, words: Words, now: () => number) {
    this.#session = session;
    this.#words = words;
    this.#now = now;
  }

  render(): void {
    const { lost, connection, naming } = this.#session;
    const { state } = connection;
    const waiting = lost && state.kind === "waiting";
    if (waiting) this.#ticking ??= setInterval(() => this.render(), 500);
    else {
      clearInterval(this.#ticking);
      this.#ticking = undefined;
    }
    this.#banner.hidden = !lost;
    // Emptied when hidden, so that the alert speaks again the next time.
    if (!lost) setText(this.#alert, "");
    else if (state.kind === "stopped") this.#stopped(stopReason(state.code));
    else this.#searching(state.kind === "waiting" ? state.until : undefined);
    this.#banner.classList.toggle("terminal", state.kind === "stopped");
    document.body.classList.toggle("offline", lost && !naming);
  }

  #searching(until: number | undefined): void {
    const { text } = this.#words;
    setText(this.#alert, text.lost);
    const left = until === undefined ? 0 : Math.ceil((until - this.#now()) / 1000);
    const parts = [left > 0 ? text.retryIn(left) : text.trying];
    const { outbox, room } = this.#session;
    const waiting = outbox.items(room).filter((item) => item.state !== "failed").length;
    if (waiting > 0) parts.push(text.queued(waiting));
    setText(this.#more, parts.join(this.#words.language === "en" ? ". " : "。"));
    this.#setButtons([["tryNow", () => this.#session.connection.retryNow()]]);
  }

  #stopped(reason: StopReason): void {
    const { text } = this.#words;
    setText(this.#more, "");
    if (reason === "replaced") {
      setText(this.#alert, text.stopReplaced);
      this.#setButtons([
        ["useHere", () => this.#session.takeBack()],
        ["startAnew", () => this.#session.startAnew()],
      ]);
    } else if (reason === "rate") {
      setText(this.#alert, text.stopRate);
      this.#setButtons([["connectAgain", () => this.#session.connection.start()]]);
    } else {
      setText(this.#alert, text.stopBad);
      this.#setButtons([
        ["reload", () => location.reload()],
        ["connectAgain", () => this.#session.connection.start()],
      ]);
    }
  }

  /** Made anew only when they are others: a button must not vanish under the finger once a second. */
  #setButtons(buttons: readonly (readonly [key: ButtonKey, press: () => void])[]): void {
    const version = buttons.map(([key]) => key).join();
    if (version === this.#buttons) return;
    this.#buttons = version;
    this.#actions.replaceChildren(
      ...buttons.map(([key, press]) => {
        const button = make("button", "", this.#words.text[key]);
        button.type = "button";
        button.addEventListener("click", press);
        return button;
      }),
    );
  }
}

type ButtonKey = "tryNow" | "useHere" | "startAnew" | "connectAgain" | "reload";
