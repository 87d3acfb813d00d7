import { fuzzFrames } from "./frame-stream.js";

/** Frames that a server receives. */
export function fuzz(data: Uint8Array): void {
  fuzzFrames("server", data);
}
