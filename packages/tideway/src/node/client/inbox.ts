/** A message as it is received: text, or bytes of the receiver's own. */
export type Message = string | Uint8Array;

/** Messages and bytes (of text: UTF-16 units) that may wait before reading pauses. */
const MAX_MESSAGES = 256;
const MAX_UNITS = 1024 * 1024;

/** Stops and restarts the source. */
export interface Flow {
  pause(): void;
  resume(): void;
}

interface Reader {
  readonly resolve: (result: IteratorResult<Message, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** Messages that wait to be read, in order. When many wait, reading pauses, and the peer is slowed down. */
export class Inbox {
  readonly #flow: Flow;
  readonly #waiting: Message[] = [];
  /** Those in front of this index have been read. */
  #next = 0;
  #units = 0;
  #paused = false;
  readonly #readers: Reader[] = [];
  #ended = false;
  #error: Error | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** Takes a message that has arrived. */
  push(message: Message): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: message });
      return;
    }
    this.#waiting.push(message);
    this.#units += message.length;
    if (!this.#paused && (this.#count >= MAX_MESSAGES || this.#units >= MAX_UNITS)) {
      this.#paused = true;
      this.#flow.pause();
    }
  }

  /** Nothing more will arrive. What waits can still be read; then comes the end, or the error once and then the end. The first call counts. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) this.#settle(reader);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting.length = 0;
    this.#next = 0;
    this.#units = 0;
  }

  /** The next message, or the end. */
  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#count === 0) {
      return new Promise((resolve, reject) => {
        if (this.#ended) this.#settle({ resolve, reject });
        else this.#readers.push({ resolve, reject });
      });
    }
    const value = this.#waiting[this.#next++]!;
    this.#units -= value.length;
    this.#compact();
    if (this.#paused && this.#count <= MAX_MESSAGES / 2 && this.#units <= MAX_UNITS / 2) {
      this.#paused = false;
      this.#flow.resume();
    }
    return Promise.resolve({ done: false, value });
  }

  get #count(): number {
    return this.#waiting.length - this.#next;
  }

  #settle(reader: Reader): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }

  #compact(): void {
    if (this.#next < this.#waiting.length && this.#next < MAX_MESSAGES) return;
    this.#waiting.splice(0, this.#next);
    this.#next = 0;
  }
}
