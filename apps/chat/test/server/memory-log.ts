import type { Appended, ChatLog, Entry, History, HistoryQuery, LogError } from "../../dist/server/store/log.js";
import type { ChatMessage } from "../../dist/shared/message.js";

interface Kept extends Entry {
  readonly seq: number;
}

/** A log in memory that answers at once, or, when `held`, in order at `release()`. */
export class MemoryLog implements ChatLog {
  readonly kept: Kept[] = [];
  held = false;
  /** When set, everything fails with it. */
  broken: LogError | undefined;
  readonly #waiting: (() => void)[] = [];

  append(entry: Entry): Promise<Appended> {
    return this.#answer(() => {
      const first = this.kept.find((one) => one.client === entry.client && one.id === entry.id);
      if (first) return { seq: first.seq, at: first.at, duplicate: true };
      const seq = this.kept.filter((one) => one.room === entry.room).length + 1;
      this.kept.push({ ...entry, seq });
      return { seq, at: entry.at, duplicate: false };
    });
  }

  find(client: string, id: number): Promise<Appended | undefined> {
    return this.#answer(() => {
      const first = this.kept.find((one) => one.client === client && one.id === id);
      return first && { seq: first.seq, at: first.at, duplicate: true };
    });
  }

  read({ room, author, after = 0, before = Number.MAX_SAFE_INTEGER }: HistoryQuery): Promise<History> {
    return this.#answer(() => {
      const messages = this.kept
        .filter((one) => one.room === room && one.seq > after && one.seq < before)
        .filter((one) => one.toAuthor === undefined || one.toAuthor === author || one.author === author)
        .map(({ seq, from, author: by, text, at, to }): ChatMessage => {
          return { seq, from, author: by, text, at, ...(to !== undefined && { to }) };
        });
      return { messages, more: false, gap: false };
    });
  }

  /** Answers what waits, in the order of the questions. */
  release(count: number = this.#waiting.length): void {
    for (const answer of this.#waiting.splice(0, count)) answer();
  }

  #answer<T>(act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        if (this.broken) reject(this.broken);
        else resolve(act());
      };
      if (this.held) this.#waiting.push(answer);
      else answer();
    });
  }
}
