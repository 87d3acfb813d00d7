import { LocalError } from "../../protocol/error.js";
import { toOwned } from "../message-data.js";
import type { Ending } from "../transport.js";
import { Channel } from "./channel.js";
import { type ClientOptions, checkClientOptions } from "./client-options.js";
import { makePlan } from "./client-plan.js";
import { CloseEvent, SocketErrorEvent } from "./event.js";
import { type EventHandler, EventHandlerSlot } from "./event-handler.js";
import { Outbox } from "./outbox.js";
import { TaskQueue } from "./task-queue.js";
import { parseUrl } from "./url.js";
import { readArguments, readCloseArguments, readData, type WebSocketData } from "./websocket-argument.js";

/** The form of binary messages. */
export type BinaryType = "blob" | "arraybuffer";

/** The events of a WebSocket by name. */
export interface WebSocketEventMap {
  readonly open: Event;
  readonly message: MessageEvent;
  readonly error: SocketErrorEvent;
  readonly close: CloseEvent;
}

/** A listener as `addEventListener` takes it. */
export type WebSocketListener<E extends Event> =
  | ((this: WebSocket, event: E) => unknown)
  | { handleEvent(event: E): unknown };

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/**
 * A WebSocket as browsers have it (https://websockets.spec.whatwg.org), with an options object more.
 *
 * Events are tasks of their own: none is fired within a call, and all microtasks run between two. A listener that throws is reported as
 * listeners of every EventTarget of Node are, as an uncaught exception; the connection and the other listeners go on.
 *
 * Beyond the standard: the `error` event has a property `error` with the reason, and is fired also for a connection that is lost without
 * a closing handshake (RFC 6455 §7.2.1).
 */
export class WebSocket extends EventTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  readonly #url: string;
  readonly #origin: string;
  readonly #channel: Channel;
  readonly #outbox: Outbox;
  readonly #tasks: TaskQueue = new TaskQueue();
  readonly #onopen = new EventHandlerSlot<WebSocket, Event>(this, "open");
  readonly #onmessage = new EventHandlerSlot<WebSocket, MessageEvent>(this, "message");
  readonly #onerror = new EventHandlerSlot<WebSocket, SocketErrorEvent>(this, "error");
  readonly #onclose = new EventHandlerSlot<WebSocket, CloseEvent>(this, "close");
  #readyState: 0 | 1 | 2 | 3 = CONNECTING;
  #protocol = "";
  #extensions = "";
  #binaryType: BinaryType = "blob";

  /**
   * Begins to connect.
   * @param url absolute: ws, wss, http or https, without a fragment. Userinfo in it becomes an Authorization header
   * @param protocols a subprotocol or several in order of preference; the server must choose one. Or the options
   * @param options see `ClientOptions`
   * @throws DOMException SyntaxError for the URL and the subprotocols; TypeError, RangeError, LocalError for wrong options
   */
  constructor(url: string | URL, protocols?: string | Iterable<string> | ClientOptions, options?: ClientOptions);
  // Counted, because undefined as an argument is another thing than none (Web IDL).
  constructor(...given: readonly [url?: string | URL, protocols?: unknown, options?: unknown]) {
    if (given.length === 0) throw new TypeError("WebSocket: a URL is required");
    super();
    const [url, protocols, options] = given;
    const destination = parseUrl(String(url));
    const read = readArguments(protocols, options);
    const checked = checkClientOptions(read.options, "WebSocket");
    const plan = makePlan(destination, checked, read.protocols, Number.POSITIVE_INFINITY);
    this.#url = destination.url.href;
    this.#origin = destination.url.origin;
    this.#channel = new Channel(plan, {
      onOpen: ({ protocol, extensions }) => this.#tasks.queue(() => this.#open(protocol, extensions)),
      onText: (text) => this.#tasks.queue(() => this.#message(text)),
      onBinary: (bytes, start, end, owned) => {
        const data = toOwned(bytes, start, end, owned);
        this.#tasks.queue(() => this.#message(data));
      },
      onPing: ignore,
      onPong: ignore,
      onClose: () => this.#tasks.queue(() => this.#closing()),
      onFailure: () => this.#tasks.queue(() => this.#closing()),
      onDrained: ignore,
      onEnded: (ending) => this.#tasks.queue(() => this.#closed(ending)),
    });
    this.#outbox = new Outbox(this.#channel, plan.sendLimit);
  }

  /** The URL, with the scheme ws or wss. */
  get url(): string {
    return this.#url;
  }

  /** CONNECTING (0), OPEN (1), CLOSING (2) or CLOSED (3). */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  /**
   * Bytes of payload that were sent and not yet taken by the network, without framing. What was sent too late, after `close` or the end,
   * counts for ever.
   */
  get bufferedAmount(): number {
    return this.#outbox.bufferedAmount;
  }

  /** The extensions in use, as the server's answer named them; "" for none. */
  get extensions(): string {
    return this.#extensions;
  }

  /** The subprotocol in use, or "" for none. */
  get protocol(): string {
    return this.#protocol;
  }

  /** How binary messages are given: "blob" (default) or "arraybuffer". Any other value is ignored. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    if (type === "blob" || type === "arraybuffer") this.#binaryType = type;
  }

  /** Listener for `open`. */
  get onopen(): EventHandler<WebSocket, Event> {
    return this.#onopen.get();
  }

  set onopen(handler: EventHandler<WebSocket, Event>) {
    this.#onopen.set(handler);
  }

  /** Listener for `message`. */
  get onmessage(): EventHandler<WebSocket, MessageEvent> {
    return this.#onmessage.get();
  }

  set onmessage(handler: EventHandler<WebSocket, MessageEvent>) {
    this.#onmessage.set(handler);
  }

  /** Listener for `error`. */
  get onerror(): EventHandler<WebSocket, SocketErrorEvent> {
    return this.#onerror.get();
  }

  set onerror(handler: EventHandler<WebSocket, SocketErrorEvent>) {
    this.#onerror.set(handler);
  }

  /** Listener for `close`. */
  get onclose(): EventHandler<WebSocket, CloseEvent> {
    return this.#onclose.get();
  }

  set onclose(handler: EventHandler<WebSocket, CloseEvent>) {
    this.#onclose.set(handler);
  }

  get [Symbol.toStringTag](): string {
    return "WebSocket";
  }

  /**
   * Sends a message: a string as text (lone surrogates become U+FFFD), a Blob, an ArrayBuffer or a view as binary. What is written into
   * a buffer later is not sent. Messages keep their order, also behind a Blob that is still being read.
   * @throws DOMException InvalidStateError while connecting; TypeError for shared memory
   */
  send(data: WebSocketData): void;
  // Counted, because undefined as an argument is sent as "undefined" (Web IDL).
  send(...given: readonly [data?: WebSocketData]): void {
    if (given.length === 0) throw new TypeError("send: data is required");
    const message = readData(given[0]);
    if (this.#readyState === CONNECTING) {
      throw new DOMException("send was called before the connection was open", "InvalidStateError");
    }
    if (this.#readyState === OPEN) this.#outbox.send(message.data, message.size);
    else this.#outbox.lose(message.size);
  }

  /**
   * Starts the closing handshake, behind everything sent; messages that arrive from now on are not delivered. While connecting it gives
   * up: `error` and `close` (1006) follow.
   * @param code 1000, or from 3000 to 4999. Default: a close frame without a code
   * @param reason at most 123 bytes of UTF-8
   * @throws DOMException InvalidAccessError, SyntaxError, with the connection as it was
   */
  close(code?: number, reason?: string): void {
    const said = readCloseArguments(code, reason);
    if (this.#readyState >= CLOSING) return;
    const connecting = this.#readyState === CONNECTING;
    this.#readyState = CLOSING;
    if (connecting) {
      this.#channel.abort(new LocalError("ERR_CLOSED_BEFORE_OPEN", "close was called before the connection was open"));
    } else {
      this.#outbox.close(() => this.#channel.close(said.code ?? 1005, said.reason));
    }
  }

  /** As of EventTarget, with the types of the four events. */
  override addEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: WebSocketListener<WebSocketEventMap[K]> | null,
    options?: boolean | { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal },
  ): void;
  override addEventListener(
    type: string,
    listener: WebSocketListener<Event> | null,
    options?: boolean | { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal },
  ): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | object): void {
    super.addEventListener(type, listener as (event: Event) => void, options);
  }

  /** As of EventTarget. */
  override removeEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: WebSocketListener<WebSocketEventMap[K]> | null,
    options?: boolean | { capture?: boolean },
  ): void;
  override removeEventListener(
    type: string,
    listener: WebSocketListener<Event> | null,
    options?: boolean | { capture?: boolean },
  ): void;
  override removeEventListener(type: string, listener: unknown, options?: boolean | object): void {
    super.removeEventListener(type, listener as (event: Event) => void, options);
  }

  #open(protocol: string, extensions: string): void {
    if (this.#readyState !== CONNECTING) return;
    this.#readyState = OPEN;
    this.#extensions = extensions;
    this.#protocol = protocol;
    this.dispatchEvent(new Event("open"));
  }

  #message(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.#readyState !== OPEN) return;
    const data = typeof message === "string" ? message : this.#binary(message);
    this.dispatchEvent(new MessageEvent("message", { data, origin: this.#origin }));
  }

  #binary(bytes: Uint8Array<ArrayBuffer>): Blob | ArrayBuffer {
    if (this.#binaryType === "blob") return new Blob([bytes]);
    const whole = bytes.byteLength === bytes.buffer.byteLength;
    return whole ? bytes.buffer : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }

  #closing(): void {
    if (this.#readyState < CLOSING) this.#readyState = CLOSING;
  }

  #closed({ code, reason, wasClean, error }: Ending): void {
    this.#readyState = CLOSED;
    if (error !== undefined) this.dispatchEvent(new SocketErrorEvent("error", { error }));
    this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean }));
  }
}

for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
  const constant = { value, enumerable: true, writable: false, configurable: false };
  Object.defineProperty(WebSocket, name, constant);
  Object.defineProperty(WebSocket.prototype, name, constant);
}
for (const name of [
  "url",
  "readyState",
  "bufferedAmount",
  "extensions",
  "protocol",
  "binaryType",
  "onopen",
  "onmessage",
  "onerror",
  "onclose",
  "send",
  "close",
]) {
  Object.defineProperty(WebSocket.prototype, name, { enumerable: true });
}

// As in the standard: arguments that must be given. Rest parameters count as none.
for (const operation of [WebSocket, WebSocket.prototype.send]) {
  Object.defineProperty(operation, "length", { value: 1, configurable: true });
}

function ignore(): void {
  // The standard has no event for it.
}
