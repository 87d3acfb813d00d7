/** The hub: takes what connections send to the rooms they are in. Knows no network, no disk and no clock of its own. */
import type { ClientMessage, RefusedCode } from "../../shared/message.js";
import type { ChatLog } from "../store/log.js";
import { type Clock, systemClock } from "./clock.js";
import { identityOf } from "./identity.js";
import { parseIncoming } from "./incoming.js";
import type { Member } from "./member.js";
import { personName, roomName } from "./name.js";
import { type Bucket, DEFAULT_RATES, type RateLimits } from "./rate.js";
import { Room } from "./room.js";
import type { ChatSocket, Publisher } from "./socket.js";
import { Visitor } from "./visitor.js";

/** What a hub is made of. */
export interface HubOptions {
  readonly log: ChatLog;
  readonly publisher: Publisher;
  readonly clock?: Clock;
  readonly rates?: Partial<RateLimits>;
}

interface Seat {
  readonly room: Room;
  readonly member: Member;
}

/** All rooms of one server. */
export class Hub {
  readonly #options: HubOptions;
  readonly #clock: Clock;
  readonly #rates: RateLimits;
  readonly #rooms = new Map<string, Room>();
  readonly #seats = new WeakMap<Visitor, Seat>();

  constructor(options: HubOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#rates = { ...DEFAULT_RATES, ...options.rates };
  }

  /** Rooms with somebody in them, or with something under way. */
  get rooms(): number {
    return this.#rooms.size;
  }

  /** A connection has been opened. The returned object stands for it in the other calls. */
  open(socket: ChatSocket): Visitor {
    return new Visitor(socket, this.#rates);
  }

  /**
   * A message has come in. When a promise is returned, the next message of this connection must wait for it: that is how
   * somebody who joins or pages too fast is slowed down.
   */
  receive(visitor: Visitor, data: string | Uint8Array): void | Promise<void> {
    if (visitor.state === "gone") return;
    const incoming = parseIncoming(data);
    if (!incoming.ok) return visitor.refuse(incoming.reason);
    const { message } = incoming;
    if (message.t === "join") {
      if (visitor.state !== "new") return visitor.refuse("join: this connection is in a room already");
      return this.#join(visitor, message);
    }
    const seat = this.#seats.get(visitor);
    if (!seat || visitor.state !== "joined") return visitor.refuse(`${message.t}: join a room first`);
    const { room, member } = seat;
    switch (message.t) {
      case "say":
        return room.say(visitor, member, message);
      case "typing":
        return room.typing(visitor, member, message.on);
      case "history":
        return this.#history(visitor, seat, message.before);
    }
  }

  /** The connection has ended, whoever ended it. */
  close(visitor: Visitor): void {
    visitor.state = "gone";
    const seat = this.#seats.get(visitor);
    if (seat) seat.room.leave(visitor, seat.member);
  }

  /** Ends all timers. Nobody is told: the connections are ended by the server, with a code that says why. */
  stop(): void {
    for (const room of this.#rooms.values()) room.stop();
    this.#rooms.clear();
  }

  async #join(visitor: Visitor, message: Extract<ClientMessage, { t: "join" }>): Promise<void> {
    await this.#turn(visitor.joins);
    if (visitor.state !== "new") return;
    const refused = (code: RefusedCode, why: string): void => visitor.send({ t: "refused", code, message: why });
    const roomKey = roomName(message.room);
    if (roomKey === undefined) {
      return refused("room-invalid", "The name of a room has 1 to 64 letters, digits, dots, hyphens and underscores.");
    }
    const name = personName(message.name);
    if (name === undefined) return refused("name-invalid", "A name has 1 to 32 visible characters.");
    const identity = identityOf(message.client);
    if (!identity) return refused("client-invalid", "The client's secret has 22 to 128 characters of base64url.");
    const room = this.#room(roomKey);
    const member = room.admit(visitor, identity, name);
    if (!member) return;
    // Seated before the welcome: a connection that ends while it joins gives the name back.
    this.#seats.set(visitor, { room, member });
    await room.enter(visitor, member, message.after);
  }

  async #history(visitor: Visitor, { room, member }: Seat, before: number): Promise<void> {
    await this.#turn(member.histories);
    if (visitor.state === "joined") await room.history(visitor, member, before);
  }

  /** Waits until the bucket has a token, and takes it. */
  async #turn(bucket: Bucket): Promise<void> {
    for (;;) {
      const wait = bucket.take(this.#clock.now());
      if (wait === 0) return;
      await new Promise<void>((resolve) => void this.#clock.after(wait, resolve));
    }
  }

  #room(name: string): Room {
    const known = this.#rooms.get(name);
    if (known) return known;
    const { log, publisher } = this.#options;
    const room = new Room(name, {
      log,
      publisher,
      clock: this.#clock,
      rates: this.#rates,
      emptied: (empty) => {
        empty.stop();
        if (this.#rooms.get(name) === empty) this.#rooms.delete(name);
      },
    });
    this.#rooms.set(name, room);
    return room;
  }
}
