import type { ReadableStream, WritableStream } from "node:stream/web";
import type { HeaderList } from "../../protocol/handshake/header-list.js";
import { isPlain, type SendOptions } from "../compression-option.js";
import { type MessageInput, toMessage } from "../message-data.js";
import type { SendResult } from "../send-result.js";
import type { ClientLink, CloseInfo } from "./client-link.js";
import { readableOf, writableOf } from "./connection-stream.js";
import type { Message } from "./inbox.js";

/**
 * An open connection, as promises and streams.
 *
 * Messages are read by `for await`, or by `readable`: one queue, so use one of them. They must be read: when 256 messages or 1 MiB
 * wait, nothing more is read from the network, pings and the peer's close included, until some have been taken.
 */
export class ClientConnection implements AsyncIterable<Message> {
  readonly #link: ClientLink;
  readonly #url: string;
  readonly #sendLimit: number;
  #readable: ReadableStream<Message> | undefined;
  #writable: WritableStream<MessageInput> | undefined;

  /** Made by `connect`. */
  constructor(link: ClientLink, url: string, sendLimit: number) {
    this.#link = link;
    this.#url = url;
    this.#sendLimit = sendLimit;
  }

  /** The URL, with the scheme ws or wss. */
  get url(): string {
    return this.#url;
  }

  /** The subprotocol, or "" for none (RFC 6455 §1.9). */
  get protocol(): string {
    return this.#link.opened!.protocol;
  }

  /** The extensions in use, as the server's answer named them; "" for none. */
  get extensions(): string {
    return this.#link.opened!.extensions;
  }

  /** The header lines of the server's answer, such as Set-Cookie. */
  get headers(): HeaderList {
    return this.#link.opened!.headers;
  }

  /** "open"; "closing" once either side has sent a close frame or it failed; "closed" when the transport has ended. */
  get state(): "open" | "closing" | "closed" {
    if (this.#link.ending !== undefined) return "closed";
    return this.#link.channel.sendable ? "open" : "closing";
  }

  /** Bytes of frames that were sent and not yet taken by the network, and of messages that are being compressed. */
  get bufferedAmount(): number {
    return this.#link.channel.transport!.bufferedBytes;
  }

  /** Resolves when the connection has ended, however it did; never rejects. */
  get closed(): Promise<CloseInfo> {
    return this.#link.closed;
  }

  /**
   * The messages in order: a string for text, a Uint8Array for binary. After the last one the iteration ends if the closing handshake
   * was done or `terminate` was called, and throws the error otherwise (see `CloseInfo.error`). What had arrived before the end is
   * delivered first. After our own `close` what waits can still be read; what arrives then is dropped. Leaving the loop early leaves
   * the connection open: a later loop goes on with the next message.
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    const { inbox } = this.#link;
    return {
      next: () => inbox.next(),
      return: () => Promise.resolve({ done: true, value: undefined }),
    };
  }

  /** The messages as a stream. Cancelling it closes the connection. */
  get readable(): ReadableStream<Message> {
    this.#readable ??= readableOf(this.#link);
    return this.#readable;
  }

  /** Messages to send as a stream, at the pace of the network. Closing it closes the connection, aborting it terminates. */
  get writable(): WritableStream<MessageInput> {
    this.#writable ??= writableOf(this.#link, this.#sendLimit);
    return this.#writable;
  }

  /**
   * Sends a message: a string as text (lone surrogates become U+FFFD), bytes as binary. Bytes are copied. Never throws for the state
   * of the connection.
   * @returns "sent": on its way. "queued": `sendHighWater` is reached, slow down. "dropped": closing, or `sendLimit` was reached
   * @throws TypeError for anything but text and bytes, and for wrong options; LocalError ERR_MESSAGE_UNFINISHED between pieces of another
   *   message
   */
  send(data: MessageInput, options?: SendOptions): SendResult {
    return this.#link.channel.send(toMessage(data), isPlain(options));
  }

  /**
   * Sends a message and waits until it has been taken by the network: the form for producers that should go at the server's pace.
   * Above `sendLimit` it waits before it queues.
   * @throws (rejects) TypeError; LocalError ERR_NOT_OPEN, ERR_CONNECTION_ENDED, ERR_MESSAGE_UNFINISHED
   */
  async write(data: MessageInput, options?: SendOptions): Promise<void> {
    await this.#link.write(toMessage(data), this.#sendLimit, isPlain(options));
  }

  /**
   * Sends one message in pieces, each a frame (RFC 6455 §5.4): all strings or all bytes; `final` ends it.
   * @returns as `send`. "dropped": closing, or `sendLimit` was reached, which ends the connection whatever the policy, since a message
   *   cannot lack a piece
   * @throws TypeError; LocalError ERR_PIECE_TYPE
   */
  sendPiece(piece: MessageInput, final: boolean): SendResult {
    return this.#link.channel.sendPiece(toMessage(piece), final);
  }

  /**
   * Sends a ping and waits for its pong (RFC 6455 §5.5.2, §5.5.3). Heartbeats go out without it.
   * @param payload 0 to 125 bytes, copied. Default: eight random ones
   * @returns the round trip in milliseconds
   * @throws (rejects) LocalError ERR_NOT_OPEN, ERR_CONTROL_ARGUMENT, ERR_CONNECTION_ENDED
   */
  async ping(payload: Uint8Array = this.#link.pings.makePayload()): Promise<number> {
    this.#link.channel.transport!.connection.ping(payload);
    return await this.#link.pings.wait(payload);
  }

  /**
   * Starts the closing handshake (RFC 6455 §7.1.2) behind everything sent; after `closeTimeout` the transport is ended in any case.
   * On a connection that is closing it only waits.
   * @param code 1000 (default), 1001-1003, 1007-1014 or 3000-4999
   * @param reason at most 123 bytes of UTF-8
   * @returns how it ended
   * @throws (rejects) LocalError ERR_CLOSE_ARGUMENT, with the connection as it was
   */
  async close(code?: number, reason?: string): Promise<CloseInfo> {
    this.#link.close(code, reason);
    return await this.#link.closed;
  }

  /** Ends the connection at once, without a closing handshake; what has not been read or sent is dropped. The iteration ends. */
  terminate(): void {
    this.#link.terminate();
  }

  /** For `await using`: as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
