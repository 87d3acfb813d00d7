/** A room: who is in it, what is said in it, and in which order everybody hears it. */
import { MAX_TEXT_BYTES, TYPING_HOLD_MS } from "../../shared/limit.js";
import {
  type ChatMessage,
  type ClientMessage,
  CloseCode,
  type NakCode,
  type ServerMessage,
} from "../../shared/message.js";
import { type Appended, type ChatLog, type Entry, type History, LogError } from "../store/log.js";
import type { Clock } from "./clock.js";
import { Delivery } from "./delivery.js";
import type { Identity } from "./identity.js";
import { Member } from "./member.js";
import { nameKeys, personName } from "./name.js";
import type { RateLimits } from "./rate.js";
import type { Publisher } from "./socket.js";
import type { Visitor } from "./visitor.js";

/** What a room needs from outside. */
export interface RoomServices {
  readonly log: ChatLog;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly rates: RateLimits;
  /** Called when nobody is in the room any more and nothing of it is under way. */
  readonly emptied: (room: Room) => void;
}

type Say = Extract<ClientMessage, { t: "say" }>;
type Refusal = Omit<Extract<ServerMessage, { t: "nak" }>, "t" | "id">;

/** How long a person without a connection is still in the room. */
const LEAVE_GRACE_MS = 2000;
/** A reader with more than this waiting is one that the room waits for a little. */
const BEHIND_BYTES = 256 * 1024;
/** When to try again what failed because of the disk. */
const RETRY_MS = 1000;

/** One room. */
export class Room {
  readonly name: string;
  readonly #services: RoomServices;
  readonly #topic: string;
  readonly #byClient = new Map<string, Member>();
  readonly #byKey = new Map<string, Member>();
  readonly #delivery: Delivery;
  /** Messages handed to the log and not yet answered. */
  #pending = 0;

  constructor(name: string, services: RoomServices) {
    this.name = name;
    this.#services = services;
    this.#topic = `room:${name}`;
    this.#delivery = new Delivery(services.clock, { behind: () => this.#behind(), giveUp: () => this.#giveUp() });
  }

  /**
   * Gives the name to the connection, or refuses it. Taken before the history is read, so that of two who come at once only
   * one gets it. A connection of the same client that is still open is ended.
   */
  admit(visitor: Visitor, identity: Identity, name: string): Member | undefined {
    const keys = nameKeys(name);
    const holders = keys.map((key) => this.#byKey.get(key));
    if (holders.some((holder) => holder && holder.client !== identity.client)) {
      visitor.send({ t: "refused", code: "name-taken", message: `${name} is taken in this room.` });
      return undefined;
    }
    let member = this.#byClient.get(identity.client);
    if (member) {
      this.#takeOver(member, visitor);
      if (member.name !== name) this.#rename(member, name, keys);
    } else {
      member = new Member(identity, name, keys, this.#services.rates);
      this.#byClient.set(member.client, member);
      for (const key of keys) this.#byKey.set(key, member);
    }
    member.visitor = visitor;
    visitor.state = "joining";
    return member;
  }

  /** Reads what the newcomer has missed and welcomes it. Resolves when that is done, or when the connection has ended. */
  async enter(visitor: Visitor, member: Member, after?: number): Promise<void> {
    let history: History;
    try {
      const query = { room: this.name, author: member.author };
      history = await this.#services.log.read(after === undefined ? query : { ...query, after });
    } catch (error) {
      if (visitor.state === "joining") visitor.end(CloseCode.TryAgainLater, textOf(error));
      this.leave(visitor, member);
      return;
    }
    // The welcome queues behind every message that the history contains and before every one that it does not.
    await new Promise<void>((resolve) => {
      const bytes = history.messages.reduce((sum, message) => sum + Buffer.byteLength(message.text), 0);
      this.#delivery.push(bytes, () => {
        this.#welcome(visitor, member, history);
        resolve();
      });
    });
  }

  /** Takes a message, or says why not. A returned promise asks the sender to wait: the room has much to deliver. */
  say(visitor: Visitor, member: Member, { id, text, to }: Say): void | Promise<void> {
    const refused = this.#refusal(member, text);
    if (refused) {
      if (refused.code !== "rate" || !this.#floods(visitor, member)) visitor.send({ t: "nak", id, ...refused });
      return;
    }
    this.#typing(member, false);
    const { client, author, name: from } = member;
    const entry = { room: this.name, client, id, author, from, text, at: this.#services.clock.wall() };
    const receiver = to === undefined ? undefined : this.#byName(to);
    if (to === undefined) this.#append(visitor, entry, undefined);
    else if (!receiver) this.#answerAgain(visitor, member, id);
    else this.#append(visitor, { ...entry, toAuthor: receiver.author, to: receiver.name }, receiver.client);
    return this.#delivery.space();
  }

  /** Tells the others that this person types, or no longer does. */
  typing(visitor: Visitor, member: Member, on: boolean): void {
    if (member.typings.take(this.#services.clock.now()) > 0) {
      // A dropped "off" heals itself: the hold runs out.
      this.#floods(visitor, member);
      return;
    }
    this.#typing(member, on);
  }

  /** Sends a page of the past. */
  async history(visitor: Visitor, member: Member, before: number): Promise<void> {
    try {
      const { messages, more } = await this.#services.log.read({ room: this.name, author: member.author, before });
      if (visitor.state === "joined") visitor.send({ t: "history", messages, more });
    } catch (error) {
      if (visitor.state === "joined") visitor.end(CloseCode.TryAgainLater, textOf(error));
    }
  }

  /** The connection has ended. The person stays for the grace, unless the room never heard of them. */
  leave(visitor: Visitor, member: Member): void {
    if (member.visitor !== visitor) return;
    member.visitor = undefined;
    this.#typing(member, false);
    if (!member.present) {
      this.#remove(member);
      return;
    }
    member.cancelLeave = this.#services.clock.after(LEAVE_GRACE_MS, () => {
      this.#remove(member);
      this.#tellAll({ t: "left", name: member.name, at: this.#services.clock.wall() });
    });
  }

  /** Ends all timers; the room is not used any more. */
  stop(): void {
    this.#delivery.stop();
    for (const member of this.#byClient.values()) {
      member.cancelLeave?.();
      member.cancelTyping?.();
    }
  }

  #takeOver(member: Member, visitor: Visitor): void {
    member.cancelLeave?.();
    member.cancelLeave = undefined;
    const old = member.visitor;
    if (!old || old === visitor) return;
    this.#typing(member, false);
    old.socket.unsubscribe(this.#topic);
    old.end(CloseCode.Replaced, "replaced by a newer connection");
  }

  /** For the others the old name leaves now, and the new one comes with the welcome. */
  #rename(member: Member, name: string, keys: readonly string[]): void {
    for (const key of member.keys) this.#byKey.delete(key);
    for (const key of keys) this.#byKey.set(key, member);
    const old = member.name;
    member.name = name;
    member.keys = keys;
    if (!member.present) return;
    member.present = false;
    this.#tellAll({ t: "left", name: old, at: this.#services.clock.wall() });
  }

  #welcome(visitor: Visitor, member: Member, history: History): void {
    if (visitor.state !== "joining" || member.visitor !== visitor) return;
    if (!member.present) {
      member.present = true;
      this.#tellAll({ t: "joined", name: member.name, at: this.#services.clock.wall() });
    }
    visitor.state = "joined";
    const { messages, more, gap } = history;
    const members = [...this.#byClient.values()].filter((one) => one.present).map((one) => one.name);
    visitor.send({
      t: "welcome",
      room: this.name,
      name: member.name,
      author: member.author,
      members,
      messages,
      more,
      gap,
    });
    visitor.socket.subscribe(this.#topic);
  }

  /** Why this message is not taken now. */
  #refusal(member: Member, text: string): Refusal | undefined {
    const wait = member.says.take(this.#services.clock.now());
    if (wait > 0) return { code: "rate", message: "You are sending too fast.", retryAfterMs: wait };
    if (text.trim() === "") return { code: "empty", message: "The message is empty." };
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_TEXT_BYTES) {
      return { code: "too-long", message: `The message has ${bytes} bytes; ${MAX_TEXT_BYTES} are allowed.` };
    }
    return undefined;
  }

  #append(visitor: Visitor, entry: Entry, receiver: string | undefined): void {
    this.#pending += 1;
    this.#services.log.append(entry).then(
      (appended) => {
        this.#acknowledge(visitor, entry.id, appended);
        if (!appended.duplicate) this.#deliver(entry, appended, receiver);
        this.#settled();
      },
      (error: unknown) => {
        visitor.send({ t: "nak", id: entry.id, code: "storage", message: textOf(error), retryAfterMs: RETRY_MS });
        this.#settled();
      },
    );
  }

  /** A repeated private message whose receiver has left meanwhile was sent all the same: the first answer holds. */
  #answerAgain(visitor: Visitor, member: Member, id: number): void {
    const otherwise = (code: NakCode, message: string): void => visitor.send({ t: "nak", id, code, message });
    this.#pending += 1;
    this.#services.log.find(member.client, id).then(
      (first) => {
        if (first) this.#acknowledge(visitor, id, first);
        else otherwise("no-such-member", "Nobody of that name is in the room.");
        this.#settled();
      },
      (error: unknown) => {
        otherwise("storage", textOf(error));
        this.#settled();
      },
    );
  }

  #acknowledge(visitor: Visitor, id: number, { seq, at }: Appended): void {
    visitor.send({ t: "ack", id, seq, at });
  }

  /** Encoded once, whoever hears it. `receiver` is the client of a private message's receiver. */
  #deliver(entry: Entry, { seq, at }: Appended, receiver: string | undefined): void {
    const { from, author, text: said, to } = entry;
    const message: ChatMessage = { seq, from, author, text: said, at, ...(to !== undefined && { to }) };
    const text = JSON.stringify({ t: "message", message } satisfies ServerMessage);
    this.#delivery.push(Buffer.byteLength(text), () => {
      if (receiver === undefined) {
        this.#services.publisher.publish(this.#topic, text);
        return;
      }
      for (const client of new Set([entry.client, receiver])) {
        const visitor = this.#byClient.get(client)?.visitor;
        if (visitor?.state === "joined") visitor.socket.send(text);
      }
    });
  }

  #typing(member: Member, on: boolean): void {
    const was = member.cancelTyping;
    if (!on && !was) return;
    was?.();
    member.cancelTyping = on
      ? this.#services.clock.after(TYPING_HOLD_MS, () => this.#typing(member, false))
      : undefined;
    const notice: ServerMessage = { t: "typing", name: member.name, on };
    const { visitor } = member;
    if (visitor?.state === "joined") visitor.socket.publish(this.#topic, JSON.stringify(notice));
    else this.#tellAll(notice);
  }

  /** Counts a refusal; true when the connection has been closed for them. */
  #floods(visitor: Visitor, member: Member): boolean {
    if (!member.refusals.add(this.#services.clock.now())) return false;
    visitor.end(CloseCode.Rate, "kept sending after being told to slow down");
    this.leave(visitor, member);
    return true;
  }

  #byName(name: string): Member | undefined {
    const shown = personName(name);
    const member = shown === undefined ? undefined : this.#byKey.get(nameKeys(shown)[0]);
    return member?.present ? member : undefined;
  }

  #tellAll(message: ServerMessage): void {
    this.#services.publisher.publish(this.#topic, JSON.stringify(message));
  }

  #behind(): boolean {
    let behind = false;
    for (const { visitor } of this.#byClient.values()) {
      if (!visitor) continue;
      const much = visitor.socket.bufferedAmount > BEHIND_BYTES;
      if (!much) visitor.givenUp = false;
      else if (!visitor.givenUp) behind = true;
    }
    return behind;
  }

  #giveUp(): void {
    for (const { visitor } of this.#byClient.values()) {
      if (visitor) visitor.givenUp = visitor.socket.bufferedAmount > BEHIND_BYTES;
    }
  }

  #remove(member: Member): void {
    this.#byClient.delete(member.client);
    for (const key of member.keys) this.#byKey.delete(key);
    this.#emptied();
  }

  #settled(): void {
    this.#pending -= 1;
    this.#emptied();
  }

  #emptied(): void {
    if (this.#byClient.size === 0 && this.#pending === 0) this.#services.emptied(this);
  }
}

function textOf(error: unknown): string {
  return error instanceof LogError && error.code === "busy" ? error.message : "the history is not available";
}
