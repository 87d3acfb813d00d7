import { byId, fillText, make, setText } from "../../dom.js";
import type { EchoSession } from "../echo-session.js";
import { drawFrame, type FrameWords, showRtt } from "./frame-view.js";

/** Closer to the end than this, the list follows. */
const NEAR_END = 48;

/** Draws the state of the exchange and its frames; touches only lines that are new or got their round-trip time. */
export class EchoView {
  readonly #session: EchoSession;
  readonly #words: FrameWords;
  readonly #scroller = byId("scroller", HTMLElement);
  readonly #list = byId("frames", HTMLElement);
  readonly #none = byId("no-frames", HTMLElement);
  readonly #figures = byId("figures", HTMLElement);
  readonly #state = byId("state", HTMLElement);
  readonly #mode = byId("mode", HTMLElement);
  readonly #modeHint = byId("mode-hint", HTMLElement);
  readonly #connect = byId("connect", HTMLButtonElement);
  readonly #pause = byId("pause", HTMLInputElement);
  readonly #drawn = new Map<number, HTMLElement>();
  #since: number | undefined;

  constructor(session: EchoSession, words: FrameWords) {
    this.#session = session;
    this.#words = words;
    // What scrolls must be reachable by keyboard.
    this.#scroller.tabIndex = 0;
    byId("clear", HTMLButtonElement).addEventListener("click", () => {
      session.log.clear();
      for (const node of this.#drawn.values()) node.remove();
      this.#drawn.clear();
      this.#since = undefined;
      this.render();
    });
    this.#pause.addEventListener("change", () => this.render());
  }

  render(): void {
    this.#drawState();
    this.#drawFigures();
    const follow = !this.#pause.checked && this.#nearEnd();
    this.#drawFrames();
    if (follow) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #drawState(): void {
    const { state, live, closed } = this.#session;
    const { text } = this.#words;
    const words = { connecting: text.stateConnecting, open: text.stateOpen, closing: text.stateClosing };
    const ended =
      closed === undefined ? text.stateClosed : fillText(text.closedWith, new Map([["code", String(closed.code)]]));
    setText(this.#state, state === "closed" ? ended : words[state]);
    this.#state.dataset["state"] = state;
    const known = state !== "connecting";
    this.#mode.hidden = !known;
    this.#modeHint.hidden = !known;
    setText(this.#mode, live ? text.echoLive : text.echoComputed);
    this.#mode.dataset["live"] = String(live);
    setText(this.#modeHint, live ? text.echoLiveHint : text.echoComputedHint);
    this.#connect.hidden = state !== "closed";
    for (const form of document.querySelectorAll("form")) {
      for (const button of form.querySelectorAll("button")) button.disabled = state !== "open";
    }
  }

  #drawFigures(): void {
    const { totals, lastRtt, medianRtt } = this.#session.log;
    const { text, number, milliseconds } = this.#words;
    const figures: [string, string][] = [
      [text.frameCount, number(totals.frames)],
      [text.sentBytes, text.bytesUnit(number(totals.sent))],
      [text.receivedBytes, text.bytesUnit(number(totals.received))],
    ];
    const rtt = lastRtt === undefined ? "–" : milliseconds(lastRtt);
    const median = medianRtt === undefined ? "" : ` (${text.rttMedian} ${milliseconds(medianRtt)})`;
    figures.push([text.rtt, rtt + median]);
    if (this.#figures.childElementCount === 0) {
      this.#figures.append(...figures.map(([name]) => make("div", "", make("dt", "", name), make("dd"))));
    }
    for (const [i, cell] of this.#figures.querySelectorAll("dd").entries()) setText(cell, figures[i]![1]);
  }

  #drawFrames(): void {
    const { entries } = this.#session.log;
    this.#none.hidden = entries.length > 0;
    this.#since ??= entries[0]?.frame.at;
    const first = entries[0]?.number ?? 0;
    for (const [number, node] of this.#drawn) {
      if (number >= first) break;
      node.remove();
      this.#drawn.delete(number);
    }
    for (const entry of entries) {
      const node = this.#drawn.get(entry.number);
      if (node !== undefined) {
        showRtt(node, entry, this.#words);
        continue;
      }
      const drawn = drawFrame(entry, this.#since ?? entry.frame.at, this.#words);
      this.#drawn.set(entry.number, drawn);
      this.#list.append(drawn);
    }
  }

  #nearEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }
}
