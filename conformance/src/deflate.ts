import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from "node:zlib";
import type { DeflateParameters } from "./case.js";
import type { Role } from "./frame.js";

/** What every compressed message ends with, and what is left out of it (RFC 7692 §7.2.1). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** The peer's side of permessage-deflate: compresses what it sends, decompresses what the target sends, with or without context takeover. */
export class DeflateCodec {
  readonly #sender: DeflateRaw;
  readonly #receiver: InflateRaw;
  readonly #freshSender: boolean;
  readonly #freshReceiver: boolean;
  #failed: Error | undefined;
  #inflated: Buffer[] = [];
  #deflated: Buffer[] = [];

  /** @param role the role of the peer, whose parameters are named after it */
  constructor(role: Role, parameters: DeflateParameters) {
    const { serverNoContextTakeover = false, clientNoContextTakeover = false } = parameters;
    const { serverMaxWindowBits = 15, clientMaxWindowBits = 15 } = parameters;
    const [own, other] =
      role === "client" ? [clientMaxWindowBits, serverMaxWindowBits] : [serverMaxWindowBits, clientMaxWindowBits];
    const [fresh, otherFresh] =
      role === "client"
        ? [clientNoContextTakeover, serverNoContextTakeover]
        : [serverNoContextTakeover, clientNoContextTakeover];
    this.#freshSender = fresh;
    this.#freshReceiver = otherFresh;
    // zlib deflates raw with 9 bits at least; a window of 8 is then kept by never looking back: level 0.
    this.#sender = createDeflateRaw({ windowBits: Math.max(9, own), level: own === 8 ? 0 : 6 });
    this.#receiver = createInflateRaw({ windowBits: Math.max(9, other) });
    this.#sender.on("data", (bytes: Buffer) => this.#deflated.push(bytes));
    this.#receiver.on("data", (bytes: Buffer) => this.#inflated.push(bytes));
    for (const stream of [this.#sender, this.#receiver]) {
      stream.on("error", (error: Error) => {
        this.#failed ??= error;
      });
    }
  }

  /** Compresses a message. */
  async deflate(payload: Uint8Array): Promise<Uint8Array> {
    this.#deflated = [];
    if (this.#freshSender) this.#sender.reset();
    await this.#push(this.#sender, payload);
    const bytes = Buffer.concat(this.#deflated);
    return bytes.subarray(0, bytes.length - TAIL.length);
  }

  /** Decompresses a message. */
  readonly inflate = async (payload: Uint8Array): Promise<Uint8Array> => {
    this.#inflated = [];
    if (this.#freshReceiver) this.#receiver.reset();
    await this.#push(this.#receiver, Buffer.concat([payload, TAIL]));
    return Buffer.concat(this.#inflated);
  };

  /** Gives the memory of zlib back. */
  release(): void {
    this.#sender.close();
    this.#receiver.close();
  }

  async #push(stream: DeflateRaw | InflateRaw, bytes: Uint8Array): Promise<void> {
    if (this.#failed) throw this.#failed;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(error);
      stream.once("error", fail);
      if (bytes.length > 0) stream.write(bytes);
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.off("error", fail);
        if (this.#failed) reject(this.#failed);
        else resolve();
      });
    });
  }
}
