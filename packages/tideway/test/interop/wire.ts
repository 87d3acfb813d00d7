import type { FrameTap } from "../../dist/index.js";

/** Counts the frames that begin a compressed message: those with RSV1 (RFC 7692 §6). */
export class Wire {
  in = 0;
  out = 0;

  readonly tap: FrameTap = ({ direction, first }) => {
    if ((first & 0x40) !== 0) this[direction]++;
  };
}
