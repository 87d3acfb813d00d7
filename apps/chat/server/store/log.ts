/** The log of the rooms as the hub sees it: what can be kept and what can be asked for. Knows nothing of SQL or threads. */
import type { ChatMessage } from "../../shared/message.js";

/** A message to be kept. */
export interface Entry {
  readonly room: string;
  /** Hash of the client's secret; with `id` it is the key under which a message is kept once. */
  readonly client: string;
  readonly id: number;
  readonly author: string;
  readonly from: string;
  readonly text: string;
  readonly at: number;
  /** Both are set for a private message, neither for a public one. */
  readonly toAuthor?: string;
  readonly to?: string;
}

/** Where a message stands in its room. For a repeated (client, id) these are the values of the first time. */
export interface Appended {
  readonly seq: number;
  readonly at: number;
  readonly duplicate: boolean;
}

/** A question about the past of a room, asked by `author`: others' private messages are not in the answer. */
export interface HistoryQuery {
  readonly room: string;
  readonly author: string;
  /** The page that ends before this `seq`; without it the newest. */
  readonly before?: number;
  /** Everything after this `seq`; a gap is answered with the newest page. */
  readonly after?: number;
}

/** The answer, oldest message first. */
export interface History {
  readonly messages: readonly ChatMessage[];
  readonly more: boolean;
  readonly gap: boolean;
}

/** Why the log did not do what it was asked: "busy" may be tried again at once, the others mean that the disk is in trouble. */
export class LogError extends Error {
  override readonly name = "LogError";
  readonly code: "busy" | "failed" | "closed";

  constructor(code: "busy" | "failed" | "closed", message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The log. Answers settle in the order of the questions: a `read` asked after an `append` sees it, and the reactions that
 * hang directly on the promises run in that order too. The hub's race-free joining rests on it.
 */
export interface ChatLog {
  /** Settles after the commit: what it answered survives the death of the process. */
  append(entry: Entry): Promise<Appended>;
  /** What an earlier `append` of this (client, id) answered, if there was one. */
  find(client: string, id: number): Promise<Appended | undefined>;
  read(query: HistoryQuery): Promise<History>;
}
