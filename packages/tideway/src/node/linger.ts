import type { Duplex } from "node:stream";
import type { Ticking, Wheel } from "./wheel.js";

/** How long a refused peer may take to read its answer and go. */
const LINGER_MS = 2_000;

/**
 * Sends the last bytes to a peer and ends the stream so that they arrive: only our side is ended, what the peer still sends is thrown
 * away (destroying a socket with unread input resets it, and the reset can overtake the answer), and who does not go is cut off.
 */
export function endSoftly(stream: Duplex, wheel: Wheel, last: Uint8Array): void {
  if (stream.destroyed) return;
  const since = wheel.now;
  const member: Ticking = {
    tick(now) {
      if (now - since >= LINGER_MS) stream.destroy();
    },
  };
  wheel.add(member);
  stream.once("close", () => wheel.remove(member));
  stream.removeAllListeners("data");
  stream.resume();
  // When both sides have ended the stream destroys itself; not before, since a peer may end its side and still wait for the answer.
  stream.end(last);
}
