import type { Connection } from "../protocol/connection.js";
import type { DeflateDirection } from "../protocol/deflate/parameter.js";
import { PermessageDeflate } from "../protocol/deflate/permessage-deflate.js";
import type { Encoded } from "../protocol/extension.js";
import { encodeMessage } from "../protocol/message-writer.js";
import { Opcode } from "../protocol/opcode.js";
import type { DeflatePool } from "./deflate/pool.js";

const encoder = new TextEncoder();

/**
 * One message on its way to many connections: encoded once as it is, and compressed once for all that compress it alike. Those are the
 * connections without takeover and with the same window; with takeover each message of a connection depends on those before it.
 */
export class Publication {
  /** The message as it is, as a frame. */
  readonly plain: Uint8Array;

  readonly #data: string | Uint8Array;
  readonly #pool: DeflatePool | undefined;
  readonly #isPlain: boolean;
  /** By window. */
  readonly #compressed = new Map<number, Uint8Array | Promise<Uint8Array>>();
  #payload: Uint8Array | undefined;

  /**
   * @param data bytes are copied
   * @param pool of the server; undefined: it has no compression
   * @param plain the message is compressed for nobody
   */
  constructor(data: string | Uint8Array, pool: DeflatePool | undefined, plain: boolean) {
    this.plain = encodeMessage(data);
    this.#data = data;
    this.#pool = pool;
    this.#isPlain = plain;
    if (pool !== undefined && typeof data !== "string") {
      this.#payload = this.plain.subarray(this.plain.length - data.length);
      this.#data = this.#payload;
    }
  }

  /** Sends it. @param compresses how the connection compresses; undefined: not at all */
  sendBy(connection: Connection, compresses: DeflateDirection | undefined): void {
    if (compresses === undefined || this.#isPlain) connection.sendEncoded(this.plain);
    else if (compresses.takeover) this.#sendAlone(connection);
    else {
      const frames = this.#compress(compresses);
      if (frames instanceof Promise) connection.sendEncoded(this.plain, frames);
      else connection.sendEncoded(frames);
    }
  }

  #sendAlone(connection: Connection): void {
    if (typeof this.#data === "string") connection.sendText(this.#data);
    else connection.sendBinary(this.#data);
  }

  #compress(direction: DeflateDirection): Uint8Array | Promise<Uint8Array> {
    let frames = this.#compressed.get(direction.windowBits);
    if (frames === undefined) {
      frames = this.#make(direction);
      this.#compressed.set(direction.windowBits, frames);
    }
    return frames;
  }

  #make(direction: DeflateDirection): Uint8Array | Promise<Uint8Array> {
    const pool = this.#pool!;
    // Of nobody: what compresses without takeover owns nothing, and nothing will be received by it.
    const codec = pool.open({ send: direction, receive: { takeover: false, windowBits: direction.windowBits } });
    const extension = new PermessageDeflate(codec, { threshold: pool.settings.threshold, takeover: false });
    const text = typeof this.#data === "string";
    this.#payload ??= encoder.encode(this.#data as string);
    const encoded = extension.encode(text ? Opcode.Text : Opcode.Binary, this.#payload);
    const frames = (made: Encoded) => (made === undefined ? this.plain : encodeMessage(this.#data, made));
    return encoded instanceof Promise ? encoded.then(frames) : frames(encoded);
  }
}
