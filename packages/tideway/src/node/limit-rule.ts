import { limit, minimum, type OptionRules, wholeDuration } from "./option-check.js";

/** What the limits of the core must be as options, on either end. `maxRetained` follows from others and is none. */
export const limitRules: OptionRules = {
  maxPayload: limit,
  maxFragments: limit,
  messageTimeout: wholeDuration,
  minMessageRate: minimum,
  maxControlFrames: limit,
  pingInterval: wholeDuration,
  pingTimeout: wholeDuration,
  closeTimeout: wholeDuration,
};
