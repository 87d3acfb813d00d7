import { fuzzFrames } from "./frame-stream.js";

/** Frames that a client receives. */
export function fuzz(data: Uint8Array): void {
  fuzzFrames("client", data);
}
