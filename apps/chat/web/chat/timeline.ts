import type { ChatMessage } from "../../shared/message.js";

interface NoticeEntry {
  readonly kind: "notice";
  readonly id: number;
  readonly at: number;
  joined: string[];
  left: string[];
}
type Entry = { readonly kind: "message"; readonly message: ChatMessage } | NoticeEntry;

/** One row of the log. `key` is stable over changes; a notice's `version` tells when its content changed. */
export type Row =
  | { readonly kind: "gap"; readonly key: string }
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "unread"; readonly key: string }
  | { readonly kind: "message"; readonly key: string; readonly message: ChatMessage; readonly continued: boolean }
  | {
      readonly kind: "notice";
      readonly key: string;
      readonly version: string;
      readonly at: number;
      readonly joined: readonly string[];
      readonly left: readonly string[];
    };

/** Entries kept while the reader is at the end: with marks and dividers it stays within the 500 nodes of the view. */
export const KEPT_AT_END = 450;
/** Entries kept while the reader looks at older ones. */
export const KEPT_AT_MOST = 5000;
/** Messages of one person closer than this share one name line. */
const SAME_BREATH_MS = 5 * 60_000;
/** Joins and leaves closer than this share one notice. */
const NOTICE_MERGE_MS = 10 * 60_000;

/**
 * What the log of a room holds, without any idea of how it is drawn: messages in the order of `seq`, each once whatever way it
 * came; notices merged; the position up to which we know everything; what was not read yet.
 */
export class Timeline {
  #entries: Entry[] = [];
  #seqs = new Set<number>();
  #notice = 0;
  #cursor = 0;
  #more = false;
  #gap = false;
  #detached = false;
  #reading = true;
  #unread = 0;
  #divider: number | undefined;

  /** Highest `seq` that was delivered in order: what `after` says on a reconnect. An ack does not move it. */
  get cursor(): number {
    return this.#cursor;
  }

  /** There is older history on the server. */
  get more(): boolean {
    return this.#more;
  }

  /** Newer messages were left out because the reader is far back: the end must be fetched anew. */
  get detached(): boolean {
    return this.#detached;
  }

  /** Messages of others since the reader looked away from the end. */
  get unread(): number {
    return this.#unread;
  }

  /** Nothing to show yet. */
  get empty(): boolean {
    return this.#entries.length === 0;
  }

  /** `seq` of the oldest message held, the starting point of the next page of history. */
  get oldest(): number | undefined {
    for (const entry of this.#entries) if (entry.kind === "message") return entry.message.seq;
    return undefined;
  }

  /** Drops everything and starts from the newest page. With `gap`, a mark says that something is missing. */
  reset(messages: readonly ChatMessage[], more: boolean, gap: boolean): void {
    this.#entries = [];
    this.#seqs = new Set();
    this.#more = more;
    this.#gap = gap;
    this.#detached = false;
    this.#divider = undefined;
    if (this.#reading) this.#unread = 0;
    for (const message of messages) this.#insert(message);
    this.#cursor = messages.reduce((highest, message) => Math.max(highest, message.seq), 0);
  }

  /** A message as the server delivers it, live or caught up. `own` ones are never unread. Returns whether it is new. */
  deliver(message: ChatMessage, own: boolean): boolean {
    this.#cursor = Math.max(this.#cursor, message.seq);
    if (!this.#insert(message)) return false;
    if (own) this.#divider = undefined;
    else if (!this.#reading) {
      this.#unread += 1;
      this.#divider ??= message.seq;
    }
    return true;
  }

  /** A message of our own that was acknowledged. Its broadcast may have come before, or may come later. */
  acked(message: ChatMessage): void {
    const oldest = this.oldest;
    // Sent again after a long absence, it may lie in history that is not loaded: it will come with its page.
    if (this.#more && (oldest === undefined || message.seq < oldest)) return;
    this.#insert(message);
    this.#divider = undefined;
  }

  /** A page of older history. */
  prepend(messages: readonly ChatMessage[], more: boolean): void {
    const fresh = messages.filter((message) => !this.#seqs.has(message.seq)).sort((a, b) => a.seq - b.seq);
    for (const message of fresh) this.#seqs.add(message.seq);
    this.#entries.unshift(...fresh.map((message): Entry => ({ kind: "message", message })));
    this.#more = more;
    // Joined to what came before it, the newest page has no hole any more.
    if (fresh.length > 0) this.#gap = false;
  }

  /** Someone came or went. Neighbouring notices become one, the last word about a name wins. */
  notice(kind: "joined" | "left", name: string, at: number): void {
    let entry = this.#entries.at(-1);
    if (entry?.kind !== "notice" || at - entry.at > NOTICE_MERGE_MS) {
      if (this.#detached) return;
      entry = { kind: "notice", id: ++this.#notice, at, joined: [], left: [] };
      this.#entries.push(entry);
    }
    entry.joined = entry.joined.filter((other) => other !== name);
    entry.left = entry.left.filter((other) => other !== name);
    entry[kind].push(name);
  }

  /** Is the reader looking at the end right now? Coming back to it clears the count; the divider stays as a bookmark. */
  setReading(reading: boolean): void {
    if (reading && !this.#reading) this.#unread = 0;
    if (!reading && this.#reading) this.#divider = undefined;
    this.#reading = reading;
  }

  /** The reader has seen that something is missing. */
  dismissGap(): void {
    this.#gap = false;
  }

  /** Bounds what is held: at the end the oldest go (history brings them back), far back the newest do. */
  trim(atEnd: boolean): void {
    const limit = atEnd ? KEPT_AT_END : KEPT_AT_MOST;
    const excess = this.#entries.length - limit;
    if (excess <= 0) return;
    const gone = atEnd ? this.#entries.splice(0, excess) : this.#entries.splice(limit, excess);
    const messages = gone.filter((entry) => entry.kind === "message");
    for (const entry of messages) this.#seqs.delete(entry.message.seq);
    if (!atEnd) this.#detached = true;
    else if (messages.length > 0) {
      this.#more = true;
      this.#gap = false;
    }
  }

  /** The rows to draw. `dayOf` names the local day of a time; `continued` rows need no name of their own. */
  rows(dayOf: (at: number) => string): Row[] {
    const rows: Row[] = this.#gap ? [{ kind: "gap", key: "gap" }] : [];
    let day: string | undefined;
    let previous: ChatMessage | undefined;
    for (const entry of this.#entries) {
      const at = entry.kind === "message" ? entry.message.at : entry.at;
      const key = entry.kind === "message" ? `m${entry.message.seq}` : `n${entry.id}`;
      const today = dayOf(at);
      if (today !== day) {
        rows.push({ kind: "day", key: `d-${key}`, at });
        day = today;
        previous = undefined;
      }
      if (entry.kind === "notice") {
        const { joined, left } = entry;
        const version = JSON.stringify([joined, left]);
        rows.push({ kind: "notice", key, version, at, joined: [...joined], left: [...left] });
        previous = undefined;
        continue;
      }
      const { message } = entry;
      if (message.seq === this.#divider) {
        rows.push({ kind: "unread", key: "unread" });
        previous = undefined;
      }
      rows.push({ kind: "message", key, message, continued: isContinued(previous, message) });
      previous = message;
    }
    return rows;
  }

  /** Puts a message where its `seq` belongs. False if it is there already, or belongs to a part that is not held. */
  #insert(message: ChatMessage): boolean {
    if (this.#seqs.has(message.seq)) return false;
    if (this.#detached) return true;
    let index = this.#entries.length;
    for (let i = this.#entries.length - 1; i >= 0; i -= 1) {
      const entry = this.#entries[i]!;
      if (entry.kind !== "message") continue;
      if (entry.message.seq < message.seq) break;
      index = i;
    }
    this.#seqs.add(message.seq);
    this.#entries.splice(index, 0, { kind: "message", message });
    return true;
  }
}

function isContinued(previous: ChatMessage | undefined, message: ChatMessage): boolean {
  return (
    previous !== undefined &&
    previous.author === message.author &&
    previous.from === message.from &&
    previous.to === message.to &&
    message.at - previous.at < SAME_BREATH_MS
  );
}
