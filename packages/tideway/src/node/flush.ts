/** Something with output to send. */
export interface Flushable {
  flush(): void;
}

let dirty: Flushable[] = [];

/**
 * Sends `target`'s output at the end of this turn of the event loop, with everybody else's: all that is sent to one connection in one
 * turn goes out as one write. The caller asks once per turn.
 */
export function flushSoon(target: Flushable): void {
  if (dirty.push(target) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const batch = dirty;
  dirty = [];
  for (const target of batch) target.flush();
}
