import { LocalError } from "../protocol/error.js";
import { isPlain, type SendOptions } from "./compression-option.js";
import { type MessageInput, toMessage } from "./message-data.js";
import type { SendResult } from "./send-result.js";
import type { Transport } from "./transport.js";

/** What the opening handshake found out. */
export interface Opening<Context> {
  readonly context: Context;
  readonly protocol: string;
  /** Sec-WebSocket-Extensions of the answer, or "". */
  readonly extensions: string;
  readonly path: string;
  readonly remoteAddress: string;
}

/** What stands behind a socket. */
export interface SocketCore<Context> {
  readonly opening: Opening<Context>;
  readonly transport: Transport;
  readonly failure: Error | undefined;
  readonly ended: boolean;
  send(data: string | Uint8Array, plain: boolean): SendResult;
  write(data: string | Uint8Array, plain: boolean): Promise<void>;
  sendPiece(piece: string | Uint8Array, final: boolean): SendResult;
  close(code?: number, reason?: string): void;
  subscribe(topic: string): boolean;
  unsubscribe(topic: string): boolean;
  publish(topic: string, data: string | Uint8Array, plain: boolean): number;
}

/** One connection, as handlers see it. `Context` is what `upgrade` answered. */
export class ServerSocket<Context = undefined> {
  readonly #link: SocketCore<Context>;

  /** Made by the server. */
  constructor(link: SocketCore<Context>) {
    this.#link = link;
  }

  /** What the `upgrade` handler answered for this connection. */
  get context(): Context {
    return this.#link.opening.context;
  }

  /** The subprotocol, or "" for none (RFC 6455 §1.9). */
  get protocol(): string {
    return this.#link.opening.protocol;
  }

  /** The extensions in use, as the answer to the handshake named them; "" for none. */
  get extensions(): string {
    return this.#link.opening.extensions;
  }

  /** The target of the request, with its query. */
  get path(): string {
    return this.#link.opening.path;
  }

  /** The client's address; behind a trusted proxy the one it vouches for. */
  get remoteAddress(): string {
    return this.#link.opening.remoteAddress;
  }

  /** "open"; "closing" once either side has sent a close frame or it failed; "closed" when the transport has ended. */
  get state(): "open" | "closing" | "closed" {
    if (this.#link.ended) return "closed";
    return this.#link.transport.connection.closing ? "closing" : "open";
  }

  /** Bytes of frames that were sent and not yet taken by the network, and of messages that are being compressed. */
  get bufferedAmount(): number {
    return this.#link.transport.bufferedBytes;
  }

  /** Why the connection failed, was given up or was closed by a limit; undefined otherwise. Its `code` is stable. */
  get failure(): Error | undefined {
    return this.#link.failure;
  }

  /** The code of the close frame sent to the peer, also after a failure; undefined if none was. */
  get closeSent(): number | undefined {
    return this.#link.transport.connection.closeSent;
  }

  /**
   * Sends a message: a string as text (lone surrogates become U+FFFD), bytes as binary. Never throws for the state of the connection.
   *
   * Bytes up to 16 KiB are copied. Larger ones are not: they must not change until `bufferedAmount` is 0 or a `write` resolved.
   * @returns "sent": on its way. "queued": the peer is behind, slow down. "dropped": closing, or over `sendLimit`
   * @throws TypeError for anything but text and bytes, and for wrong options; LocalError ERR_MESSAGE_UNFINISHED between pieces of another
   *   message
   */
  send(data: MessageInput, options?: SendOptions): SendResult {
    return this.#link.send(toMessage(data), isPlain(options));
  }

  /**
   * Sends a message and waits until it has been taken by the network: the form for producers that should go at the peer's pace.
   * Above `sendLimit` it waits before it queues.
   * @throws (rejects) TypeError; LocalError ERR_NOT_OPEN, ERR_CONNECTION_ENDED, ERR_MESSAGE_UNFINISHED
   */
  async write(data: MessageInput, options?: SendOptions): Promise<void> {
    await this.#link.write(toMessage(data), isPlain(options));
  }

  /**
   * Sends one message in pieces, each a frame (RFC 6455 §5.4): all strings or all bytes; `final` ends it. What is published to this
   * socket meanwhile waits for the end.
   * @returns as `send`: after "queued" go on at `drain`. "dropped": closing, or over `sendLimit`, which closes the connection whatever the
   *   policy, since a message cannot lack a piece
   * @throws TypeError; LocalError ERR_PIECE_TYPE
   */
  sendPiece(piece: MessageInput, final: boolean): SendResult {
    return this.#link.sendPiece(toMessage(piece), final);
  }

  /**
   * Sends a ping (RFC 6455 §5.5.2); heartbeats go out without it.
   * @param payload 0 to 125 bytes, copied
   * @returns false if the connection is closing and none was sent
   * @throws LocalError ERR_CONTROL_ARGUMENT
   */
  ping(payload?: Uint8Array): boolean {
    const { connection } = this.#link.transport;
    if (!connection.sendable) return false;
    connection.ping(payload);
    return true;
  }

  /**
   * Starts the closing handshake (RFC 6455 §7.1.2). From here on no message is handed to the handler; after `closeTimeout` the
   * transport is ended in any case. Does nothing on a connection that is closing.
   * @param code 1000 (default), 1001-1003, 1007-1014 or 3000-4999
   * @param reason at most 123 bytes of UTF-8
   * @throws LocalError ERR_CLOSE_ARGUMENT, with the connection as it was
   */
  close(code?: number, reason?: string): void {
    this.#link.close(code, reason);
  }

  /** Ends the transport at once, without a closing handshake: the peer sees 1006. */
  terminate(): void {
    this.#link.transport.terminate(new LocalError("ERR_TERMINATED", "the application ended the connection"));
  }

  /** Subscribes to a topic of this server. @returns false if it was already */
  subscribe(topic: string): boolean {
    return this.#link.subscribe(topic);
  }

  /** Ends a subscription. @returns false if there was none */
  unsubscribe(topic: string): boolean {
    return this.#link.unsubscribe(topic);
  }

  /**
   * Sends a message to all other subscribers of a topic, encoded once; compressed once for all that compress it alike.
   * @returns how many took it; the others are closing or over their limit
   * @throws TypeError as `send`
   */
  publish(topic: string, data: MessageInput, options?: SendOptions): number {
    return this.#link.publish(topic, toMessage(data), isPlain(options));
  }
}
