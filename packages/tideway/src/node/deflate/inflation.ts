import { invalidData, tooBig, tooManyBlocks } from "../../protocol/deflate/failure.js";
import { endOf, TAIL } from "../../protocol/deflate/trailer.js";
import type { Failure } from "../../protocol/sink.js";
import { MAX_HISTORY } from "./history.js";

/**
 * Most final blocks in one message. A sender needs one to flush with (RFC 7692 §7.2.3.4), or one for each fragment. Every one
 * makes the decompressor start over, off the loop with a new state, and is two octets on the wire. Others: unbounded, or the rest is lost.
 */
export const MAX_FINAL_BLOCKS = 64;

/**
 * What one run of a decompressor gave: the output, and how many octets of its input it used. Or: "full", there was more output than
 * room; "invalid".
 */
export type Run = { readonly output: Uint8Array; readonly used: number } | "full" | "invalid";

/**
 * One message on its way through a decompressor (RFC 7692 §7.2.2), whichever decompressor it is: one run, and one more for each final
 * block inside. The driver gives `input`, `dictionary` and `room` to a run and its result to `take`, until there is a result.
 */
export class Inflation {
  /** Octets for the next run: the rest of the message, and TAIL. */
  input: Uint8Array;
  /** What references may reach back to: at most 32 KiB, the end of what went before. */
  dictionary: Uint8Array;

  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #length = 0;
  #runs = 0;

  /**
   * @param input the message with TAIL behind it
   * @param dictionary the end of earlier messages, empty where contexts are not taken over
   * @param limit most bytes the message may have
   */
  constructor(input: Uint8Array, dictionary: Uint8Array, limit: number) {
    this.input = input;
    this.dictionary = dictionary;
    this.#limit = limit;
  }

  /** Most bytes the next run may give: one more is "full". */
  get room(): number {
    return this.#limit - this.#length;
  }

  /** @returns the message, or why there is none, or undefined: another run is needed */
  take(run: Run): Uint8Array | Failure | undefined {
    if (run === "full") return tooBig(this.#limit);
    if (run === "invalid") return invalidData();
    const { output, used } = run;
    this.#length += output.length;
    if (this.#length > this.#limit) return tooBig(this.#limit);
    this.input = this.input.subarray(used);
    const end = endOf(this.input.length);
    if (end === "broken") return invalidData();
    if (end === "more") {
      if (++this.#runs >= MAX_FINAL_BLOCKS) return tooManyBlocks();
      this.dictionary = lastBytes([this.dictionary, output]);
    }
    if (output.length > 0) this.#parts.push(output);
    if (end === "more") return undefined;
    return this.#parts.length === 1 ? this.#parts[0]! : joined(this.#parts, this.#length);
  }
}

/**
 * The input of an inflation.
 * @param payload as it came
 * @param target where to put it, with room for TAIL behind it; default: new memory
 * @returns payload and TAIL
 */
export function withTail(
  payload: Uint8Array,
  target: Uint8Array = new Uint8Array(payload.length + TAIL.length),
): Uint8Array {
  target.set(payload);
  target.set(TAIL, payload.length);
  return target.subarray(0, payload.length + TAIL.length);
}

/**
 * Parts as one.
 * @param length the sum of their lengths
 * @returns memory of its own
 */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function lastBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = joined(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  return all.length > MAX_HISTORY ? all.slice(all.length - MAX_HISTORY) : all;
}
