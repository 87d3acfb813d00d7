import type { Role } from "./frame.js";
import type { Observation } from "./observation.js";

/** How bytes are cut into writes. */
export type Cut = (bytes: Uint8Array) => Iterable<Uint8Array>;

/** A way to a target on which the opening handshake is done. */
export interface Line {
  /** The role of the target. */
  readonly role: Role;
  /** What the target has done. */
  readonly seen: Observation;
  /** Gives bytes to the target, in the pieces of the run's chunking. */
  write(bytes: Uint8Array, cut: Cut): Promise<void>;
  /** Ends the TCP connection in the direction of the target. */
  end(): void;
  /** Resets the TCP connection. */
  reset(): void;
  /** Resolves once `done` holds, or after the milliseconds. */
  wait(done: () => boolean, milliseconds: number): Promise<boolean>;
  /** Whatever was left is given up. */
  destroy(): void;
}

/** How long a run waits, in milliseconds. */
export interface Patience {
  /** For something that should come at once. After it the target is late. */
  readonly soon: number;
  /** For something without which the case cannot go on. */
  readonly last: number;
}

/** Default: long enough for a loaded machine, short enough for hundreds of late answers. */
export const PATIENCE: Patience = { soon: 2000, last: 8000 };

/** Not cut at all. */
export const whole: Cut = (bytes) => [bytes];

/** Pieces of a size. */
export function pieces(size: number): Cut {
  return function* (bytes) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
}

/** Two pieces. */
export function cutAt(at: number): Cut {
  return (bytes) => (at <= 0 || at >= bytes.length ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)]);
}

/** Pieces of random lengths up to `longest`; the same seed gives the same pieces. */
export function randomPieces(seed: number, longest: number): Cut {
  return function* (bytes) {
    let state = seed;
    for (let at = 0; at < bytes.length; ) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const length = 1 + ((state >>> 16) % longest);
      yield bytes.subarray(at, at + length);
      at += length;
    }
  };
}

/** Resolves once `done` holds at a change of what was seen, or after the milliseconds. */
export function waitFor(seen: Observation, done: () => boolean, milliseconds: number): Promise<boolean> {
  if (done()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      seen.onChange = () => {};
      resolve(done());
    };
    const timer = setTimeout(finish, milliseconds);
    seen.onChange = () => {
      if (done()) finish();
    };
  });
}
