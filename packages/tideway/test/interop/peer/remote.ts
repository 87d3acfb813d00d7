import { type End, type EndEvent, type Facts, Inbox } from "../end.js";
import type { Payload } from "../payload.js";

/** What a peer elsewhere answers to a command. */
export interface Reply {
  readonly reply: number;
  /** Why the command failed. */
  readonly error?: string;
  readonly conn?: number;
  readonly port?: number;
  readonly protocol?: string;
  readonly extensions?: string;
}

/** Something a peer elsewhere tells: the answer to a command, an event of a connection, or a connection that was accepted. */
export type Line =
  | Reply
  | EventLine
  | {
      readonly accepted: number;
      readonly server: number;
      readonly protocol: string;
      readonly extensions: string;
      readonly headers: { readonly [name: string]: string };
      readonly commonName?: string;
    };

interface EventLine {
  readonly conn: number;
  readonly event: EndEvent;
}

/** Sends a command to where the peer lives. */
export type Command = (command: { readonly op: string; readonly [argument: string]: unknown }) => Promise<Reply>;

/** An end whose implementation lives elsewhere, in another process or in a browser: it is driven by commands. */
export class RemoteEnd implements End {
  readonly facts: Facts;
  readonly inbox = new Inbox();
  readonly protocol: string;
  readonly extensions: string;
  readonly #command: Command;
  readonly #conn: number;

  constructor(facts: Facts, command: Command, conn: number, protocol: string, extensions: string) {
    this.facts = facts;
    this.#command = command;
    this.#conn = conn;
    this.protocol = protocol;
    this.extensions = extensions;
  }

  send(payload: Payload): Promise<void> {
    return this.#do("send", { payload });
  }

  sendSequence(count: number): Promise<void> {
    return this.#do("sendSequence", { count });
  }

  sendFragments(pieces: readonly Payload[], ping?: Uint8Array): Promise<void> {
    return this.#do("sendFragments", { pieces, ping: ping && Buffer.from(ping).toString("hex") });
  }

  ping(payload: Uint8Array): Promise<void> {
    return this.#do("ping", { hex: Buffer.from(payload).toString("hex") });
  }

  close(code?: number, reason?: string): Promise<void> {
    return this.#do("close", { code, reason });
  }

  drop(): Promise<void> {
    return this.#do("drop");
  }

  async #do(op: string, more: { readonly [argument: string]: unknown } = {}): Promise<void> {
    await this.#command({ op, conn: this.#conn, ...more });
  }
}

/** The commands under way to one place, and the ends that live there. */
export class Remote {
  readonly #write: (command: object) => void;
  readonly #waiting = new Map<number, { resolve(reply: Reply): void; reject(error: Error): void }>();
  readonly #inboxes = new Map<number, Inbox>();
  readonly #early: EventLine[] = [];
  #count = 0;
  #failure: Error | undefined;

  /** @param write takes a command to the other place */
  constructor(write: (command: object) => void) {
    this.#write = write;
  }

  readonly command: Command = (command) => {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#write({ id, ...command });
    });
  };

  /** An end for a connection over there. */
  end(facts: Facts, conn: number, protocol = "", extensions = ""): RemoteEnd {
    const end = new RemoteEnd(facts, this.command, conn, protocol, extensions);
    this.#inboxes.set(conn, end.inbox);
    for (const line of this.#early) if (line.conn === conn) end.inbox.put(line.event);
    return end;
  }

  /** Takes a reply or an event. */
  take(line: Exclude<Line, { accepted: number }>): void {
    if ("event" in line) {
      const inbox = this.#inboxes.get(line.conn);
      if (inbox === undefined) this.#early.push(line);
      else inbox.put(line.event);
      return;
    }
    const waiting = this.#waiting.get(line.reply);
    this.#waiting.delete(line.reply);
    if (line.error === undefined) waiting?.resolve(line);
    else waiting?.reject(new Error(line.error));
  }

  /** The other place is gone: whoever waits for it is told, or will be. */
  fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
