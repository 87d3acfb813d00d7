import type { DataOpcode } from "./opcode.js";
import type { Failure } from "./sink.js";

/** The reserved bits as they stand in the first octet of a frame (RFC 6455 §5.2). */
export const Rsv = { Rsv1: 0x40, Rsv2: 0x20, Rsv3: 0x10, All: 0x70 } as const;

/**
 * An extension that was negotiated in the opening handshake (RFC 6455 §9): it owns reserved bits and transforms whole messages.
 *
 * A bit that no extension owns fails the connection (§5.2: "MUST be 0 unless an extension is negotiated that defines meanings
 * for non-zero values"). An owned bit may stand only on the first frame of a message, as RFC 7692 §6 has it.
 */
export interface Extension {
  /** The bits it owns: a sum of `Rsv` values. */
  readonly rsv: number;
  /**
   * Most bytes that a message within the limit may have transformed: what does not compress becomes longer. Default: the limit itself.
   * @param limit most bytes the message may have
   */
  wireLimit?(limit: number): number;
  /**
   * Undoes the transformation of a whole message whose first frame carried at least one owned bit. It may answer pending, with a promise
   * that never rejects: the connection then parks, and is not asked again before the answer.
   * @param limit most bytes the result may have; stop at one more and return the LimitError
   */
  decode(opcode: DataOpcode, rsv: number, payload: Uint8Array, limit: number): Decoded | Promise<Decoded>;
  /**
   * Transforms a message that is about to be sent. It may answer pending, with a promise that never rejects: later messages wait for it.
   * @returns the payload and the bits to set, or undefined to send it as it is
   */
  encode(opcode: DataOpcode, payload: Uint8Array): Encoded | Promise<Encoded>;
  /** The connection has ended or failed: nothing will be asked any more, and no answer that is pending is wanted. May be called again. */
  close?(): void;
}

/** What an extension makes of a message that came: the message, or why the connection fails. */
export type Decoded = Uint8Array | Failure;

/** What an extension makes of a message that goes: payload and reserved bits, or undefined: as it is. */
export type Encoded = { readonly payload: Uint8Array; readonly rsv: number } | undefined;
