import { LimitError, LocalError } from "./error.js";
import { type Limits, MESSAGE_RATE_GRACE } from "./limits.js";
import type { Failure } from "./sink.js";

/**
 * The longest step of time that one tick counts. A process that was stopped or blocked for half a minute has heard nobody in
 * that time through its own fault; counting it would end every connection at once.
 */
export const MAX_STEP = 5_000;

/** A ping that is out. */
interface Heartbeat {
  readonly at: number;
  /** How long it has waited for its answer. */
  waited: number;
  readonly payload: Uint8Array;
}

/** What the watch asks of its connection at a tick. */
export interface Watched {
  /** Payload bytes of the unfinished message, or undefined when there is none or reading is paused by our own side. */
  readonly unfinished: number | undefined;
  /** Reading is paused by our own side: what the peer has sent may lie unread. */
  readonly paused: boolean;
  /** A closing handshake is under way, or the last bytes are going out. */
  readonly closing: boolean;
  /** Sends the heartbeat's ping. */
  sendHeartbeat(payload: Uint8Array): void;
}

/**
 * The deadlines of one connection: heartbeat, slow messages, close. It owns no clock and no timer; the driver calls `tick` about
 * once a second with a monotonic time. Between ticks only flags are set, so that nothing here costs anything per frame.
 */
export class Watch {
  readonly #limits: Limits;
  /** Time that counts, in milliseconds since the first tick. */
  #now = 0;
  #last: number | undefined;

  #heard = false;
  #heardAt = 0;
  /** Payload bytes of the unfinished message at the last tick. */
  #arrived = 0;
  #heartbeat: Heartbeat | undefined;
  #pings = 0;
  #alsoExpected: Uint8Array | undefined;

  #messageFrom: number | undefined;
  /** A message was completed since the last tick. */
  #messageDone = false;
  #closingFrom: number | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** A whole message or control frame other than a pong arrived: the peer lives. */
  heard(): void {
    this.#heard = true;
  }

  /** A message was completed, so the next unfinished one is another. */
  messageDone(): void {
    this.#messageDone = true;
  }

  /** The application sent a ping of its own: its pong may be the only one that comes (RFC 6455 §5.5.3: the most recent may be answered alone). */
  pinged(payload: Uint8Array): void {
    this.#alsoExpected = new Uint8Array(payload);
  }

  /** A pong arrived. While a ping of ours is out, only the pong that answers it is a sign of life. */
  ponged(payload: Uint8Array): void {
    if (this.#heartbeat === undefined || same(payload, this.#heartbeat.payload)) this.#heard = true;
    else if (this.#alsoExpected !== undefined && same(payload, this.#alsoExpected)) this.#heard = true;
  }

  /**
   * Looks at every deadline.
   * @param now monotonic milliseconds
   * @returns `elapsed`, the milliseconds that count, and what ran out: a LimitError to fail the connection with, or a LocalError
   *   (the peer is gone or does not finish closing) to end the transport with
   */
  tick(now: number, watched: Watched): { readonly elapsed: number; readonly failure: Failure | undefined } {
    const elapsed = this.#last === undefined ? 0 : Math.min(Math.max(0, now - this.#last), MAX_STEP);
    this.#last = now;
    this.#now += elapsed;
    const failure = watched.closing
      ? this.#checkClose()
      : (this.#checkHeartbeat(watched, elapsed) ?? this.#checkMessage(watched.unfinished, elapsed));
    return { elapsed, failure };
  }

  #checkClose(): Failure | undefined {
    this.#closingFrom ??= this.#now;
    if (this.#now - this.#closingFrom < this.#limits.closeTimeout) return undefined;
    return new LocalError("ERR_CLOSE_TIMEOUT", "the closing handshake was not finished in time");
  }

  #checkHeartbeat(watched: Watched, elapsed: number): Failure | undefined {
    this.#noticeLife(watched.paused ? this.#arrived : (watched.unfinished ?? 0));
    const heartbeat = this.#heartbeat;
    if (heartbeat !== undefined) {
      // What we do not read we cannot hear: the answer's time stands still. Further pings keep proxies from cutting an idle line.
      if (!watched.paused) heartbeat.waited += elapsed;
      if (heartbeat.waited >= this.#limits.pingTimeout) {
        return new LocalError("ERR_PING_TIMEOUT", "the peer did not answer a ping in time");
      }
      if (!watched.paused) return undefined;
    }
    if (this.#now - Math.max(this.#heardAt, heartbeat?.at ?? 0) >= this.#limits.pingInterval) {
      const payload = pingPayload(++this.#pings);
      this.#heartbeat = { at: this.#now, waited: 0, payload };
      watched.sendHeartbeat(payload);
    }
    return undefined;
  }

  /** @param arrived payload bytes of an unfinished message: more of them are life too, since no pong fits into a large frame */
  #noticeLife(arrived: number): void {
    const grew = arrived > this.#arrived;
    this.#arrived = arrived;
    if (!this.#heard && !grew) return;
    this.#heard = false;
    this.#heardAt = this.#now;
    this.#heartbeat = undefined;
    this.#alsoExpected = undefined;
  }

  #checkMessage(unfinished: number | undefined, elapsed: number): Failure | undefined {
    if (unfinished === undefined || this.#messageDone) {
      this.#messageDone = false;
      this.#messageFrom = unfinished === undefined ? undefined : this.#now - elapsed;
      return undefined;
    }
    this.#messageFrom ??= this.#now - elapsed;
    const age = this.#now - this.#messageFrom;
    if (age >= this.#limits.messageTimeout) {
      return new LimitError("ERR_MESSAGE_TIMEOUT", 1008, "a message was not completed in time");
    }
    if (age >= MESSAGE_RATE_GRACE && unfinished * 1000 < this.#limits.minMessageRate * age) {
      return new LimitError("ERR_MESSAGE_RATE", 1008, "a message arrives too slowly");
    }
    return undefined;
  }
}

/** Four octets, so that every heartbeat is told from the one before. */
function pingPayload(count: number): Uint8Array {
  return Uint8Array.of(count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}
