import type { FrameTap } from "../protocol/frame-tap.js";

/**
 * A tap that may throw. The protocol's own must not: it is called in the middle of its work, and from timers too, where a throw would end
 * the process.
 * @param tap the application's, or undefined for none
 * @param onThrown told what it threw, once; it is not called again
 */
export function guardTap(tap: FrameTap | undefined, onThrown: (thrown: unknown) => void): FrameTap | undefined {
  if (tap === undefined) return undefined;
  let broken = false;
  return (frame) => {
    if (broken) return;
    try {
      tap(frame);
    } catch (thrown) {
      broken = true;
      onThrown(thrown);
    }
  };
}
