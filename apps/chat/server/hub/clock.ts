/** Time, as the hub sees it: injected, so that tests own it. */

/** Ends a timer that has not run yet. */
export type Cancel = () => void;

/** A source of time. */
export interface Clock {
  /** Milliseconds since 1970, for what people read. */
  wall(): number;
  /** Milliseconds that never go back, for measuring. */
  now(): number;
  /** Runs `task` once, after `ms`; 0 means: when this turn of the event loop is over. */
  after(ms: number, task: () => void): Cancel;
}

/** The clock of the process. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  now: () => performance.now(),
  after(ms, task) {
    if (ms <= 0) {
      const immediate = setImmediate(task);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(task, ms).unref();
    return () => clearTimeout(timer);
  },
};
