import { byId, fill, isolated, make, setText } from "../../dom.js";
import type { Session } from "../session.js";
import type { Row } from "../timeline.js";
import { drawRow, rowVersion } from "./row-view.js";
import type { Words } from "./words.js";

/** Most row nodes in the document, whatever the room holds. */
export const MAX_ROWS = 500;
/** Rows by which the window moves when the reader comes near its edge. */
const STEP = 100;
/** Closer to the end than this counts as being there. */
const NEAR_END = 48;
/** Closer to the top than this loads what is older. */
const NEAR_TOP = 160;

interface Drawn {
  readonly version: string;
  readonly node: HTMLElement;
}

/**
 * The log: a window of at most MAX_ROWS rows over what the timeline holds. Sticks to the end while the reader is there, keeps
 * what they look at in place when they are not, and touches only the nodes that changed.
 */
export class LogView {
  readonly #session: Session;
  readonly #words: Words;
  readonly #redraw: () => void;
  readonly #scroller = byId("scroller", HTMLElement);
  readonly #log = byId("log", HTMLElement);
  readonly #older = byId("older-button", HTMLButtonElement);
  readonly #beginning = byId("beginning", HTMLElement);
  readonly #empty = byId("empty", HTMLElement);
  readonly #pill = byId("pill", HTMLButtonElement);
  readonly #drawn = new Map<string, Drawn>();
  #rows: readonly Row[] = [];
  #start = 0;
  #firstKey: string | undefined;
  #atEnd = true;
  #wantEnd = false;
  #height = 0;

  constructor(session: Session, words: Words, redraw: () => void) {
    this.#session = session;
    this.#words = words;
    this.#redraw = redraw;
    // What scrolls must be reachable by keyboard.
    this.#scroller.tabIndex = 0;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#older.addEventListener("click", () => this.#session.loadOlder());
    this.#pill.addEventListener("click", () => {
      this.toEnd();
      this.#scroller.focus();
    });
    this.#log.addEventListener("click", (event) => {
      if (!(event.target instanceof Element) || event.target.closest("[data-action=dismiss-gap]") === null) return;
      session.timeline.dismissGap();
      redraw();
    });
    const resized = new ResizeObserver(() => {
      if (this.#atEnd) this.#scrollToEnd();
    });
    resized.observe(this.#scroller);
    resized.observe(this.#log.parentElement!);
    this.#beginning.append(fill(words.text.beginning, new Map([["room", roomLabel(session.room)]])));
  }

  /** The reader sees the newest message. */
  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** Goes to the newest message, fetching it if the reader was too far back to keep it. */
  toEnd(): void {
    this.#atEnd = true;
    if (this.#session.timeline.detached) {
      this.#wantEnd = true;
      this.#session.refresh();
    }
    this.#redraw();
  }

  /** Tells the timeline whether the reader sees what comes; to be called as soon as that changes. */
  looked(): void {
    this.#session.timeline.setReading(this.#atEnd && !document.hidden);
  }

  /** Brings the document in line with the timeline. */
  render(): void {
    const { timeline } = this.#session;
    if (this.#wantEnd && !timeline.detached) {
      this.#wantEnd = false;
      this.#atEnd = true;
    }
    this.looked();
    timeline.trim(this.#atEnd && !timeline.detached);
    this.#rows = timeline.rows(this.#words.dayOf);
    this.#place();
    const anchor = this.#atEnd ? undefined : this.#anchor();
    this.#sync(this.#rows.slice(this.#start, this.#start + MAX_ROWS));
    this.#surroundings();
    if (this.#atEnd) this.#scrollToEnd();
    else if (anchor !== undefined) {
      // By key: the node itself may have been drawn anew.
      const node = this.#drawn.get(anchor.key)?.node;
      if (node !== undefined) this.#scroller.scrollTop += node.getBoundingClientRect().top - anchor.top;
    }
  }

  /** Where the window begins: at the end it covers the newest rows, elsewhere it stays with its first row. */
  #place(): void {
    const last = Math.max(0, this.#rows.length - MAX_ROWS);
    if (this.#atEnd) this.#start = last;
    else {
      const index = this.#rows.findIndex((row) => row.key === this.#firstKey);
      // Rows before the first one are a page that was just loaded: show it, as far as the window reaches.
      this.#start = Math.min(last, Math.max(0, index < 0 ? this.#start : index));
      if (this.#start > 0 && this.#start <= STEP && this.#nearTop()) this.#start = 0;
    }
    this.#remember();
  }

  /** Day marks come and go with the pages above them; a message stays, so the window holds on to that. */
  #remember(): void {
    this.#firstKey = this.#rows.slice(this.#start).find((row) => row.kind === "message")?.key;
  }

  #sync(rows: readonly Row[]): void {
    // Older pages put before the rest, and a whole new page, are not news: they are not to be read aloud.
    const messages = rows.filter((row) => row.kind === "message");
    const first = messages[0];
    const news = this.#drawn.size === 0 ? messages.length <= 1 : first === undefined || this.#drawn.has(first.key);
    this.#log.setAttribute("aria-live", news ? "polite" : "off");
    const wanted = new Set(rows.map((row) => row.key));
    for (const [key, { node }] of this.#drawn) {
      if (wanted.has(key)) continue;
      node.remove();
      this.#drawn.delete(key);
    }
    // All nodes first: drawing one anew replaces it where it stands, which must not happen under the walk.
    const nodes = rows.map((row) => this.#node(row));
    let next: ChildNode | null = this.#log.firstChild;
    for (const node of nodes) {
      if (node === next) next = node.nextSibling;
      else this.#log.insertBefore(node, next);
    }
  }

  #node(row: Row): HTMLElement {
    const own = row.kind === "message" && this.#session.isOwn(row.message);
    const version = rowVersion(row, this.#words, own);
    const drawn = this.#drawn.get(row.key);
    if (drawn?.version === version) return drawn.node;
    const node = drawRow(row, this.#words, own);
    drawn?.node.replaceWith(node);
    this.#drawn.set(row.key, { version, node });
    return node;
  }

  #surroundings(): void {
    const { timeline, welcomed, loading, lost } = this.#session;
    const { text } = this.#words;
    const hasRows = this.#rows.length > 0;
    this.#older.hidden = !(hasRows && timeline.more && this.#start === 0);
    setText(this.#older, loading ? text.loading : text.loadOlder);
    this.#older.setAttribute("aria-busy", String(loading));
    this.#beginning.hidden = !(hasRows && welcomed && !timeline.more);
    this.#empty.hidden = hasRows;
    if (!hasRows) this.#drawEmpty(welcomed ? "empty" : lost ? "lost" : "connecting");
    const { unread, detached } = timeline;
    this.#pill.hidden = this.#atEnd;
    this.#pill.classList.toggle("news", unread > 0);
    setText(this.#pill, unread > 0 || detached ? text.newMessages(unread) : text.toBottom);
  }

  #drawEmpty(state: "empty" | "lost" | "connecting"): void {
    if (this.#empty.dataset["state"] === state) return;
    this.#empty.dataset["state"] = state;
    const { text } = this.#words;
    if (state === "empty")
      this.#empty.replaceChildren(make("p", "big", text.empty), make("p", "muted", text.emptyHint));
    else this.#empty.replaceChildren(state === "connecting" ? make("p", "muted", text.connecting) : "");
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    // The box grew below, or the keyboard came up: the browser moved the content, not the reader.
    if (this.#atEnd && clientHeight !== this.#height) {
      this.#scrollToEnd();
      return;
    }
    const covered = this.#start + MAX_ROWS >= this.#rows.length;
    const toEnd = scrollHeight - scrollTop - clientHeight;
    const was = this.#atEnd;
    this.#atEnd = toEnd < NEAR_END && covered && !this.#session.timeline.detached;
    if (toEnd < NEAR_TOP && !covered) this.#move(STEP);
    else if (this.#nearTop() && !this.#atEnd) {
      if (this.#start > 0) this.#move(-STEP);
      else this.#session.loadOlder();
    }
    if (was === this.#atEnd) return;
    this.looked();
    this.#redraw();
  }

  #nearTop(): boolean {
    return this.#scroller.scrollTop < NEAR_TOP;
  }

  #move(by: number): void {
    const last = Math.max(0, this.#rows.length - MAX_ROWS);
    this.#start = Math.min(last, Math.max(0, this.#start + by));
    this.#remember();
    this.render();
  }

  #scrollToEnd(): void {
    this.#height = this.#scroller.clientHeight;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** The first message in sight and where it is, to be put back there after the change. */
  #anchor(): { readonly key: string; readonly top: number } | undefined {
    const edge = this.#scroller.getBoundingClientRect().top;
    for (const row of this.#rows) {
      const node = row.kind === "message" ? this.#drawn.get(row.key)?.node : undefined;
      if (node === undefined) continue;
      const { top, bottom } = node.getBoundingClientRect();
      if (bottom > edge) return { key: row.key, top };
    }
    return undefined;
  }
}

/** `#room` with the stranger's part kept apart. */
export function roomLabel(room: string): HTMLElement {
  return make("span", "room-label", "#", isolated(room));
}
