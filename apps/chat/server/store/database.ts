/** The database file: applies one group of requests in one transaction. Synchronous; it lives in the worker thread. */
import Libsql from "libsql";
import { HISTORY_PAGE, MAX_CATCH_UP } from "../../shared/limit.js";
import type { ChatMessage } from "../../shared/message.js";
import type { Appended, Entry, History, HistoryQuery } from "./log.js";
import type { Answer, Request } from "./request.js";
import { type Bounds, SCHEMA, SCHEMA_VERSION, STATEMENT, type StatementName } from "./schema.js";

/**
 * Most bytes of JSON in one page and in one catch-up. They stay below the 1 MiB that the server lets a connection queue,
 * together with what the room may send in the same turn: nobody is closed as a slow reader for having asked.
 */
const PAGE_BYTES = 256 * 1024;
const CATCH_UP_BYTES = 512 * 1024;
/** How many messages pass between two trimmings of the remembered (client, id). */
const TRIM_SAID_EVERY = 1000;

interface RoomRow {
  readonly id: number;
  last: number;
  trimmed: number;
}

interface MessageRow {
  readonly seq: number;
  readonly author: string;
  readonly sender: string;
  readonly text: string;
  readonly at: number;
  readonly receiver: string | null;
}

type Statement = Libsql.Statement<unknown[]>;

/** One open file. Opening it takes it for this process alone: two servers on one file would give out the same `seq` twice. */
export class ChatDatabase {
  readonly #db: Libsql.Database;
  readonly #bounds: Bounds;
  readonly #sql: Readonly<Record<StatementName, Statement>>;
  #total: number;
  #sinceTrim = 0;

  /** Throws with a message for the operator when the file cannot be used. */
  constructor(path: string, bounds: Bounds) {
    this.#bounds = bounds;
    this.#db = new Libsql(path);
    try {
      // FULL: the write-ahead log is synced at every commit, so an answered message survives a power cut as well.
      this.#db.exec("PRAGMA locking_mode = EXCLUSIVE");
      this.#db.pragma("journal_mode = WAL");
      this.#db.exec("PRAGMA synchronous = FULL");
      this.#migrate();
    } catch (error) {
      this.#db.close();
      throw error;
    }
    const prepared = Object.entries(STATEMENT).map(([name, text]) => [name, this.#db.prepare(text)]);
    this.#sql = Object.fromEntries(prepared) as Record<StatementName, Statement>;
    this.#total = one<{ n: number }>(this.#sql.countMessages)?.n ?? 0;
  }

  /**
   * Applies the requests in order, in one transaction, and returns their answers in the same order. Throws after a rollback
   * when anything went wrong: then nothing of the group has happened.
   */
  apply(requests: readonly Request[]): Answer[] {
    if (!requests.some((request) => request.kind === "append")) {
      return requests.map((request) => this.#answer(request, new Map()));
    }
    const total = this.#total;
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const touched = new Map<string, RoomRow>();
      const answers = requests.map((request) => this.#answer(request, touched));
      this.#trimTotal();
      this.#db.exec("COMMIT");
      return answers;
    } catch (error) {
      this.#total = total;
      // A full disk may have rolled back by itself; the first error is the one to tell.
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Folds the write-ahead log into the file and lets go of it. */
  close(): void {
    this.#db.pragma("wal_checkpoint(TRUNCATE)");
    this.#db.close();
  }

  #migrate(): void {
    const [row] = this.#db.pragma("user_version") as { user_version: number }[];
    const version = row?.user_version ?? 0;
    if (version === SCHEMA_VERSION) return;
    if (version !== 0) throw new Error(`the file has layout ${version}, this server writes layout ${SCHEMA_VERSION}`);
    this.#db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
  }

  #answer(request: Request, touched: Map<string, RoomRow>): Answer {
    switch (request.kind) {
      case "append":
        return this.#append(request.entry, touched);
      case "find":
        return this.#find(request.client, request.id);
      case "read":
        return this.#read(request.query);
    }
  }

  #find(client: string, id: number): Appended | undefined {
    const row = one<{ seq: number; at: number }>(this.#sql.said, client, id);
    return row && { seq: row.seq, at: row.at, duplicate: true };
  }

  #append(entry: Entry, touched: Map<string, RoomRow>): Appended {
    const first = this.#find(entry.client, entry.id);
    if (first) return first;
    const room = touched.get(entry.room) ?? this.#room(entry.room) ?? one<RoomRow>(this.#sql.addRoom, entry.room);
    if (!room) throw new Error("the room could not be written");
    touched.set(entry.room, room);
    room.last += 1;
    const { author, from, text, at, toAuthor = null, to = null } = entry;
    this.#sql.addMessage.run(room.id, room.last, author, from, text, at, toAuthor, to);
    this.#sql.addSaid.run(entry.client, entry.id, room.last, at);
    this.#total += 1;
    this.#trimRoom(room);
    this.#sql.setRoom.run(room.last, room.trimmed, at, room.id);
    this.#trimSaid(at);
    return { seq: room.last, at, duplicate: false };
  }

  #room(name: string): RoomRow | undefined {
    return one<RoomRow>(this.#sql.room, name);
  }

  /** In batches: a room may grow past its bound by one batch, and then loses a batch at once. */
  #trimRoom(room: RoomRow): void {
    const { perRoom, trimBatch } = this.#bounds;
    if (room.last - room.trimmed >= perRoom + trimBatch) this.#trim(room, room.last - perRoom);
  }

  #trimTotal(): void {
    while (this.#total > this.#bounds.total) {
      const room = one<RoomRow>(this.#sql.silentRoom);
      if (!room) return;
      this.#trim(room, Math.min(room.last, room.trimmed + this.#bounds.trimBatch));
      this.#sql.setTrimmed.run(room.trimmed, room.id);
    }
  }

  #trim(room: RoomRow, upTo: number): void {
    const { changes } = this.#sql.trimMessages.run(room.id, upTo);
    this.#total -= changes;
    room.trimmed = upTo;
  }

  #trimSaid(now: number): void {
    this.#sinceTrim += 1;
    if (this.#sinceTrim < Math.min(TRIM_SAID_EVERY, this.#bounds.trimBatch)) return;
    this.#sinceTrim = 0;
    // Twice what came in since the last time: the table shrinks even when it starts above its bound.
    const { trimBatch, dedupAge, dedupCount } = this.#bounds;
    this.#sql.trimSaid.run(2 * trimBatch, now - dedupAge, dedupCount);
  }

  #read(query: HistoryQuery): History {
    const room = this.#room(query.room);
    const last = room?.last ?? 0;
    const { after, before = Number.MAX_SAFE_INTEGER, author } = query;
    if (after === undefined) return { ...this.#page(room, before, author), gap: false };
    // Trimmed past what the reader saw, or the reader saw what this file never had (it was lost and begun anew).
    const gap = after < (room?.trimmed ?? 0) || after > last;
    const missed = gap ? undefined : this.#missed(room, after, author);
    if (!missed) return { ...this.#page(room, before, author), gap: true };
    const older = room ? many(this.#sql.before, room.id, after + 1, author, 1).length > 0 : false;
    return { messages: missed, more: older, gap: false };
  }

  /** The newest messages before `before`, as many as a page holds. */
  #page(room: RoomRow | undefined, before: number, author: string): { messages: ChatMessage[]; more: boolean } {
    if (!room) return { messages: [], more: false };
    const rows = many(this.#sql.before, room.id, before, author, HISTORY_PAGE + 1);
    const messages: ChatMessage[] = [];
    let bytes = 0;
    for (const row of rows) {
      const message = toMessage(row);
      bytes += sizeOf(message);
      if (messages.length === HISTORY_PAGE || (bytes > PAGE_BYTES && messages.length > 0)) break;
      messages.push(message);
    }
    return { messages: messages.reverse(), more: messages.length < rows.length };
  }

  /** All after `after`, or undefined when that is more than one answer may hold. */
  #missed(room: RoomRow | undefined, after: number, author: string): ChatMessage[] | undefined {
    if (!room) return [];
    const messages = many(this.#sql.after, room.id, after, author, MAX_CATCH_UP + 1).map(toMessage);
    if (messages.length > MAX_CATCH_UP) return undefined;
    const bytes = messages.reduce((sum, message) => sum + sizeOf(message), 0);
    return bytes > CATCH_UP_BYTES ? undefined : messages;
  }
}

function toMessage(row: MessageRow): ChatMessage {
  const { seq, sender: from, author, text, at, receiver } = row;
  return receiver === null ? { seq, from, author, text, at } : { seq, from, author, text, at, to: receiver };
}

function sizeOf(message: ChatMessage): number {
  return Buffer.byteLength(JSON.stringify(message));
}

/** `all` and not `get`: it runs the statement to its end, so that none is left open when the transaction commits. */
function one<Row>(statement: Statement, ...values: unknown[]): Row | undefined {
  return statement.all(...values)[0] as Row | undefined;
}

function many(statement: Statement, ...values: unknown[]): MessageRow[] {
  return statement.all(...values) as MessageRow[];
}
