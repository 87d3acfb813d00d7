import { type Frame, isData } from "./frame.js";

/** Most frames kept and shown. */
export const MAX_FRAMES = 500;
/** Round-trip times remembered for the median. */
const MAX_TIMES = 200;

/** One line of the log: a frame with its number and, on the last frame of an echo, how long the echo took. */
export interface FrameEntry {
  readonly number: number;
  readonly frame: Frame;
  rtt?: number;
}

/** Figures of everything seen, also of what is not shown any more. */
export interface FrameTotals {
  readonly frames: number;
  readonly sent: number;
  readonly received: number;
}

/**
 * The frames of an exchange, bounded, and the round-trip times. The page measures a time from its own send() to the message
 * event; the frame of that echo may be reported before or after, so the two meet here by the number of the message.
 */
export class FrameLog {
  #entries: FrameEntry[] = [];
  #next = 1;
  #totals = { frames: 0, sent: 0, received: 0 };
  #times: number[] = [];
  #messages = 0;
  readonly #byMessage = new Map<number, FrameEntry | number>();

  get entries(): readonly FrameEntry[] {
    return this.#entries;
  }

  get totals(): FrameTotals {
    return this.#totals;
  }

  /** The newest round-trip time. */
  get lastRtt(): number | undefined {
    return this.#times.at(-1);
  }

  /** The middle one of the newest round-trip times. */
  get medianRtt(): number | undefined {
    return [...this.#times].sort((a, b) => a - b)[Math.floor(this.#times.length / 2)];
  }

  /** A new connection: messages are counted from the start again. */
  restart(): void {
    this.#messages = 0;
    this.#byMessage.clear();
  }

  /** Adds a frame. */
  add(frame: Frame): FrameEntry {
    const entry: FrameEntry = { number: this.#next++, frame };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_FRAMES) this.#entries.splice(0, this.#entries.length - MAX_FRAMES);
    this.#totals.frames += 1;
    this.#totals[frame.direction === "up" ? "sent" : "received"] += frame.header.length + frame.length;
    if (frame.direction === "down" && isData(frame) && frame.fin) {
      const message = this.#messages++;
      const rtt = this.#byMessage.get(message);
      if (typeof rtt === "number") {
        entry.rtt = rtt;
        this.#byMessage.delete(message);
      } else this.#byMessage.set(message, entry);
    }
    return entry;
  }

  /** The echo of message `message` (counted from 0) took `rtt` milliseconds. Returns its line, if it is there already. */
  time(message: number, rtt: number): FrameEntry | undefined {
    this.#times.push(rtt);
    if (this.#times.length > MAX_TIMES) this.#times.shift();
    const entry = this.#byMessage.get(message);
    if (typeof entry !== "object") {
      this.#byMessage.set(message, rtt);
      return undefined;
    }
    entry.rtt = rtt;
    this.#byMessage.delete(message);
    return entry;
  }

  /** Forgets the frames and figures; the counting of messages goes on. */
  clear(): void {
    this.#entries = [];
    this.#totals = { frames: 0, sent: 0, received: 0 };
    this.#times = [];
    this.#next = 1;
  }
}
