/** The events of `WebSocket` that Node does not have. `open` is a plain Event, `message` the global MessageEvent. */

/** What every event is made of (DOM, "EventInit"). */
export interface BasicEventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}

/** What a CloseEvent is made of. */
export interface CloseEventInit extends BasicEventInit {
  readonly wasClean?: boolean;
  readonly code?: number;
  readonly reason?: string;
}

/** The connection has ended (WHATWG WebSockets, "The CloseEvent interface"). */
export class CloseEvent extends Event {
  readonly #wasClean: boolean;
  readonly #code: number;
  readonly #reason: string;

  /**
   * @param type "close", or whatever a test likes
   * @param init defaults: false, 0, ""
   */
  constructor(type: string, init: CloseEventInit = {}) {
    super(type, init);
    this.#wasClean = Boolean(init.wasClean);
    this.#code = Number(init.code ?? 0) & 0xffff;
    this.#reason = Buffer.from(String(init.reason ?? ""), "utf8").toString("utf8");
  }

  /** Both close frames were exchanged. */
  get wasClean(): boolean {
    return this.#wasClean;
  }

  /** The code of the peer's close frame, 1005 if it had none, 1006 if there was no close frame. */
  get code(): number {
    return this.#code;
  }

  /** The reason in the peer's close frame. */
  get reason(): string {
    return this.#reason;
  }
}

/** What a SocketErrorEvent is made of. */
export interface SocketErrorEventInit extends BasicEventInit {
  readonly error?: Error;
}

/**
 * The connection failed. In the standard this is a plain Event, because a page must not learn what it could probe a network with; a
 * program may, so `error` says why. An extra.
 */
export class SocketErrorEvent extends Event {
  readonly #error: Error | undefined;

  /** @param init `error`: the reason */
  constructor(type: string, init: SocketErrorEventInit = {}) {
    super(type, init);
    this.#error = init.error;
  }

  /** Why: with a stable `code`, except an abort reason, which is the caller's own. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** The error's message. */
  get message(): string {
    return this.#error?.message ?? "";
  }
}
