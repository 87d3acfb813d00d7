import type { Decoded, Encoded, Extension } from "../extension.js";
import { Rsv } from "../extension.js";
import type { DataOpcode } from "../opcode.js";
import type { DeflateCodec } from "./codec.js";

/** How the extension decides what to compress. */
export interface PermessageDeflateOptions {
  /** Messages with fewer bytes are sent as they are. */
  readonly threshold: number;
  /** This end's contexts are taken over: what was compressed has to be sent so. */
  readonly takeover: boolean;
}

/** permessage-deflate as the core sees it (RFC 7692 §6, §7): RSV1 on the first frame says that the message is compressed. */
export class PermessageDeflate implements Extension {
  /** §6: "reserves … RSV1". */
  readonly rsv: number = Rsv.Rsv1;

  readonly #codec: DeflateCodec;
  readonly #options: PermessageDeflateOptions;

  constructor(codec: DeflateCodec, options: PermessageDeflateOptions) {
    this.#codec = codec;
    this.#options = options;
  }

  /**
   * DEFLATE stores what does not compress, at 5 octets for a block. zlib with its smallest memory makes blocks of 127 bytes, so one
   * sixteenth covers every sender, and 1 KiB the flushes of short messages.
   */
  wireLimit(limit: number): number {
    return limit + Math.floor(limit / 16) + 1024;
  }

  decode(_opcode: DataOpcode, _rsv: number, payload: Uint8Array, limit: number): Decoded | Promise<Decoded> {
    return this.#codec.decompress(payload, limit);
  }

  encode(_opcode: DataOpcode, payload: Uint8Array): Encoded | Promise<Encoded> {
    if (payload.length < this.#options.threshold) return undefined;
    const compressed = this.#codec.compress(payload);
    if (!(compressed instanceof Promise)) return this.#choose(payload, compressed);
    return compressed.then((late) => this.#choose(payload, late));
  }

  close(): void {
    this.#codec.close();
  }

  /**
   * §6.1 lets an endpoint send any message as it is; so it does with what did not become smaller. With takeover a later message may
   * refer to this one, which the receiver then must have decompressed.
   */
  #choose(payload: Uint8Array, compressed: Uint8Array | undefined): Encoded {
    if (compressed === undefined) return undefined;
    if (!this.#options.takeover && compressed.length >= payload.length) return undefined;
    return { payload: compressed, rsv: Rsv.Rsv1 };
  }
}
