import { SharedSequence } from "./shared-sequence.js";

/** Something with output to send. */
export interface Flushable {
  flush(): void;
}

/** Beyond this a list is not kept. */
const LONG = 16_384;

let dirty: Flushable[] = [];
/** The list of the turn before, empty, to be used again. */
let spare: Flushable[] = [];

/**
 * Sends `target`'s output at the end of this turn of the event loop, with everybody else's: all that is sent to one connection in one
 * turn goes out as one write. The caller asks once per turn.
 */
export function flushSoon(target: Flushable): void {
  if (dirty.push(target) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const batch = dirty;
  dirty = spare;
  for (let i = 0; i < batch.length; i++) batch[i]!.flush();
  // A list that was long once shall not stay so for ever.
  spare = batch.length > LONG ? [] : batch;
  spare.length = 0;
  SharedSequence.forget();
}
