import type { Digest, Payload } from "./payload.js";
import { Queue } from "./queue.js";

/** What an end of a connection has seen, in its order. */
export type EndEvent =
  | Digest
  | { readonly type: "ping" | "pong"; readonly hex: string }
  | {
      readonly type: "close";
      readonly code: number;
      readonly reason: string;
      /** `wasClean`, where there is such a thing. */
      readonly clean?: boolean;
    };

/** One end of a connection, whoever wrote it. What it does may happen elsewhere, so everything may be awaited. */
export interface End {
  readonly facts: Facts;
  readonly inbox: Inbox;
  /** The subprotocol, or "". */
  readonly protocol: string;
  /** Extensions in use, as far as this end tells. */
  readonly extensions?: string;
  send(payload: Payload): Promise<void> | void;
  /** Sends `inSequence(0)` to `inSequence(count - 1)`. */
  sendSequence(count: number): Promise<void> | void;
  /** Sends one message in several frames, and if `ping` is given a ping with that payload behind each but the last. */
  sendFragments(pieces: readonly Payload[], ping?: Uint8Array): Promise<void> | void;
  ping(payload: Uint8Array): Promise<void> | void;
  /** Begins the closing handshake; without a code the close frame is empty. */
  close(code?: number, reason?: string): Promise<void> | void;
  /** Ends the TCP connection without a word. Harmless on one that has ended. */
  drop(): Promise<void> | void;
}

/** What an end may be unable to do or to tell. */
export type Ability = "ping" | "see pings" | "see pongs" | "fragment" | "ping between fragments" | "drop";

/** How an implementation differs from the others, as data: everything that is not said here is tested. */
export interface Facts {
  readonly name: string;
  /** What it cannot do, and why. */
  readonly cannot: { readonly [ability in Ability]?: string };
  /** Why it does not let its application send this close code (undefined: none), or undefined if it does. */
  readonly cannotClose: (code: number | undefined) => string | undefined;
  /** What it reports of a close frame with this code (1005: an empty frame) and reason. Default: the same. */
  readonly reports?: (code: number, reason: string) => readonly [code: number, reason: string];
  /** The code in its answer to a close frame with `code`. Default: the same. */
  readonly answers?: (code: number) => number;
  /** Its answer repeats the reason, too. Default: no. */
  readonly answersReason?: boolean;
  /** After its own close it reports what it said itself, not what was answered. Default: no. */
  readonly reportsOwnClose?: boolean;
  /** Text in its events begins behind a byte order mark. Default: no. */
  readonly losesByteOrderMark?: boolean;
}

/** The rule of the WHATWG API for `close(code)`. */
export function browserCloseRule(code: number | undefined): string | undefined {
  if (code === undefined || code === 1000 || (code >= 3000 && code <= 4999)) return undefined;
  return "the WHATWG API lets an application close with 1000 and 3000-4999 only";
}

/** For an implementation that sends every code there is. */
export function anyCode(): undefined {
  return undefined;
}

/** The events of one end in order, to be waited for. */
export class Inbox {
  readonly #events = new Queue<EndEvent>();

  /** Adds an event. */
  put(event: EndEvent): void {
    this.#events.put(event);
  }

  /**
   * The next event that is of one of these types. Pings and pongs that are not asked for are passed over.
   * @throws Error (rejects) when something else comes first
   */
  async next<Type extends EndEvent["type"]>(...types: readonly Type[]): Promise<EndEvent & { type: Type }> {
    for (;;) {
      const event = await this.#events.take();
      if ((types as readonly string[]).includes(event.type)) return event as EndEvent & { type: Type };
      if (event.type !== "ping" && event.type !== "pong") {
        throw new Error(`waiting for ${types.join(" or ")}, got ${JSON.stringify(event)}`);
      }
    }
  }

  /** The next message. */
  async message(): Promise<Digest> {
    return (await this.next("text", "binary")) as Digest;
  }

  /** What came and was not asked for, pings and pongs left out. */
  rest(): EndEvent[] {
    return this.#events.items.filter(({ type }) => type !== "ping" && type !== "pong");
  }
}
