import type { NakCode } from "../../shared/message.js";
import type { KeyValueStore } from "./clock.js";

/** Why an item rests until the visitor decides: the server's refusal, or this tab had become someone else. */
export type FailureCode = NakCode | "identity";

/** One message that the server has not acknowledged yet. */
export interface OutboxItem {
  /** The client's counter: the server stores the pair (client, id) once. */
  id: number;
  readonly room: string;
  readonly text: string;
  readonly to?: string;
  state: "waiting" | "sending" | "failed";
  /** Has been handed to a socket at least once, so the server may have it: the id must stay. */
  sent: boolean;
  /** The log shows it already (the broadcast came before the ack): kept until the ack, but not shown twice. */
  shown: boolean;
  /** Set when failed. */
  code?: FailureCode;
  /** Not before this time of the clock: the server asked to wait. */
  notBefore?: number;
}

interface Stored {
  readonly client: string;
  readonly next: number;
  readonly items: readonly { id: number; room: string; text: string; to?: string; sent: boolean; code?: FailureCode }[];
}

/** Most items in the queue, and most bytes of text: beyond it the page refuses and the text stays in the box. */
export const MAX_QUEUE_ITEMS = 256;
const MAX_QUEUE_LENGTH = 1024 * 1024;
const KEY = "tideway.outbox";
const CLIENT: RegExp = /^[A-Za-z0-9_-]{22,128}$/;

/**
 * The queue of what was typed but is not stored yet. Every change is written to the storage of the tab *before* anything is
 * sent, with the id the message keeps for ever: a reload loses nothing, and a message sent again is known to the server.
 */
export class Outbox {
  readonly #store: KeyValueStore;
  #client: string;
  #next = 1;
  #items: OutboxItem[] = [];
  /** The storage held a client already: a reload, or a copy of another tab. */
  readonly restored: boolean;

  constructor(store: KeyValueStore, freshClient: () => string) {
    this.#store = store;
    const stored = read(store);
    this.restored = stored !== undefined;
    this.#client = stored?.client ?? freshClient();
    if (stored !== undefined) {
      this.#next = stored.next;
      this.#items = stored.items.map((item) => ({
        ...item,
        state: item.code === undefined ? "waiting" : "failed",
        shown: false,
      }));
    }
    this.#save();
  }

  /** The secret of this tab. */
  get client(): string {
    return this.#client;
  }

  /** All items of a room in order, the failed ones included. */
  items(room: string): readonly OutboxItem[] {
    return this.#items.filter((item) => item.room === room);
  }

  /** Rooms other than `room` in which messages wait, with their number. */
  elsewhere(room: string): ReadonlyMap<string, number> {
    const rooms = new Map<string, number>();
    for (const item of this.#items) if (item.room !== room) rooms.set(item.room, (rooms.get(item.room) ?? 0) + 1);
    return rooms;
  }

  /** Takes a message in. Undefined if the queue is full. */
  add(room: string, text: string, to?: string): OutboxItem | undefined {
    const length = this.#items.reduce((sum, item) => sum + item.text.length, text.length);
    if (this.#items.length >= MAX_QUEUE_ITEMS || length > MAX_QUEUE_LENGTH) return undefined;
    const item: OutboxItem = {
      id: this.#next++,
      room,
      text,
      ...(to === undefined ? {} : { to }),
      state: "waiting",
      sent: false,
      shown: false,
    };
    this.#items.push(item);
    this.#save();
    return item;
  }

  /** The message to send next, unless one is on its way: one at a time keeps the order even when one must wait. */
  head(room: string): OutboxItem | undefined {
    for (const item of this.#items) {
      if (item.room !== room || item.state === "failed") continue;
      return item.state === "waiting" ? item : undefined;
    }
    return undefined;
  }

  /** About to be handed to the socket. */
  sending(id: number): void {
    this.#change(id, (item) => {
      item.state = "sending";
      item.sent = true;
      delete item.notBefore;
    });
  }

  /** Acknowledged: gone from the queue. Returns it, to be shown in the log. */
  acked(id: number): OutboxItem | undefined {
    const item = this.#find(id);
    if (item !== undefined) this.#remove(item);
    return item;
  }

  /** Refused for now: the same id again, not before `notBefore`. */
  postponed(id: number, notBefore: number): void {
    this.#change(id, (item) => {
      item.state = "waiting";
      item.notBefore = notBefore;
    });
  }

  /** Refused for good: rests until the visitor decides. */
  failed(id: number, code: FailureCode): void {
    this.#change(id, (item) => {
      item.state = "failed";
      item.code = code;
    });
  }

  /** The connection is gone: whatever was on its way goes again, with the same id. */
  lost(): void {
    for (const item of this.#items) {
      if (item.state !== "sending") continue;
      item.state = "waiting";
    }
  }

  /**
   * A message of our own came in the broadcast. If it is one that still waits for its ack, do not show it a second time; it
   * stays here until the ack, and if the guess is wrong nothing is lost: it is sent, acknowledged and shown then.
   */
  seen(room: string, text: string, to?: string): void {
    const item = this.#items.find(
      (candidate) =>
        candidate.sent && !candidate.shown && candidate.room === room && candidate.text === text && candidate.to === to,
    );
    if (item !== undefined) item.shown = true;
  }

  /** The visitor wants a refused message tried again. It was certainly not stored, so it gets a new id, at the end. */
  retry(id: number): void {
    const item = this.#find(id);
    if (item?.state !== "failed") return;
    this.#items = this.#items.filter((other) => other !== item);
    item.id = this.#next++;
    item.state = "waiting";
    item.sent = false;
    delete item.code;
    this.#items.push(item);
    this.#save();
  }

  /** The visitor gives a refused message up. */
  dismiss(id: number): OutboxItem | undefined {
    const item = this.#find(id);
    if (item?.state !== "failed") return undefined;
    this.#remove(item);
    return item;
  }

  /** This tab is a copy of a living one: the queue is that one's, and so is the secret. Start empty under a new one. */
  abandonToOriginal(client: string): void {
    this.#client = client;
    this.#next = 1;
    this.#items = [];
    this.#save();
  }

  /**
   * Become someone new although messages wait (the server gave our place to another holder of the secret). That one may be
   * sending copies, so nothing goes by itself any more: each message asks the visitor.
   */
  becomeNew(client: string): void {
    this.#client = client;
    this.#next = 1;
    for (const item of this.#items) {
      item.id = this.#next++;
      item.state = "failed";
      item.code = "identity";
      item.shown = false;
    }
    this.#save();
  }

  /**
   * Take the place back from another holder of the same secret. It may have used ids that we have not seen: those of ours that
   * never left move beyond its reach; those that left keep theirs, because the server may have them.
   */
  takeBack(random: () => number): void {
    this.#next += 1000 + Math.floor(random() * 2 ** 30);
    for (const item of this.#items) if (!item.sent) item.id = this.#next++;
    this.#save();
  }

  #find(id: number): OutboxItem | undefined {
    return this.#items.find((item) => item.id === id);
  }

  #change(id: number, change: (item: OutboxItem) => void): void {
    const item = this.#find(id);
    if (item === undefined) return;
    change(item);
    this.#save();
  }

  #remove(item: OutboxItem): void {
    this.#items = this.#items.filter((other) => other !== item);
    this.#save();
  }

  #save(): void {
    const stored: Stored = {
      client: this.#client,
      next: this.#next,
      items: this.#items.map(({ id, room, text, to, sent, code }) => ({
        id,
        room,
        text,
        ...(to === undefined ? {} : { to }),
        sent,
        ...(code === undefined ? {} : { code }),
      })),
    };
    try {
      this.#store.setItem(KEY, JSON.stringify(stored));
    } catch {
      // Storage full or forbidden: the queue lives on in memory, only a reload would lose it.
    }
  }
}

function read(store: KeyValueStore): Stored | undefined {
  try {
    const value = JSON.parse(store.getItem(KEY) ?? "null") as Stored | null;
    if (value === null || typeof value !== "object" || !Array.isArray(value.items)) return undefined;
    if (typeof value.client !== "string" || !CLIENT.test(value.client)) return undefined;
    if (!Number.isSafeInteger(value.next) || value.next < 1) return undefined;
    const sound = value.items.every(
      (item) => Number.isSafeInteger(item.id) && typeof item.room === "string" && typeof item.text === "string",
    );
    return sound ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A new secret: 18 bytes from the browser's CSPRNG, 24 characters of base64url. */
export function freshClient(fill: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  const bytes = new Uint8Array(18);
  fill(bytes);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
