import type { End, Expected, Outcome, Variant } from "./case.js";
import { payloadBytes, toHex } from "./frame.js";
import type { Observation } from "./observation.js";

/** An outcome and why; the reason of a pass is empty. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly reason: string;
}

const PASS: Verdict = { outcome: "pass", reason: "" };

/** Holds what was seen against what a case asks for. */
export function judge(variant: Variant, seen: Observation): Verdict {
  if (seen.faults.length > 0) return { outcome: "fail", reason: seen.faults.join("; ") };
  const strict = differences(variant.expect, seen);
  if (variant.check === "keys" && strict.length === 0) return judgeKeys(seen);
  if (strict.length === 0 && seen.late.length === 0) return PASS;
  if (strict.length === 0 && variant.late !== undefined) return { outcome: variant.late, reason: seen.late.join("; ") };
  for (const { expect, outcome, reason } of variant.allow ?? []) {
    if (differences(expect, seen).length === 0) return { outcome, reason };
  }
  const relaxed = relaxations(variant.expect, seen);
  if (relaxed !== undefined) return { outcome: "non-strict", reason: [...relaxed, ...seen.late].join("; ") };
  return { outcome: "fail", reason: [...strict, ...seen.late].join("; ") };
}

/** §5.3: "the client MUST pick a fresh masking key from the set of allowed 32-bit values". */
function judgeKeys({ keys }: Observation): Verdict {
  const different = new Set(keys);
  // Two equal ones among hundreds of random 32-bit values happen once in 100 000 runs; three equal ones never do.
  if (keys.length > 0 && different.size < keys.length - 1) {
    return { outcome: "fail", reason: `${keys.length} frames, ${different.size} masking keys` };
  }
  const bits = keys.reduce((sum, key) => sum + key.toString(2).replaceAll("0", "").length, 0);
  const share = bits / Math.max(1, keys.length * 32);
  if (keys.length >= 100 && (share < 0.4 || share > 0.6))
    return { outcome: "fail", reason: "the masking keys are not random" };
  return PASS;
}

/** All differences, in words; none means that it is as expected. */
function differences(expected: Expected, seen: Observation): string[] {
  return [
    ...messageDifferences(expected, seen),
    ...pongDifferences(expected, seen),
    ...endDifferences(expected.end, seen),
  ];
}

function messageDifferences({ echo = [], overtaken = false }: Expected, seen: Observation): string[] {
  const wrong = firstWrongMessage({ echo }, seen);
  if (wrong !== undefined) return [wrong];
  if (overtaken) return [];
  return seen.messages.length < echo.length ? [`${seen.messages.length} of ${echo.length} messages came back`] : [];
}

/** What is wrong with the messages that came, as far as they go. */
function firstWrongMessage({ echo = [] }: Pick<Expected, "echo">, seen: Observation): string | undefined {
  for (const [index, { kind, payload }] of seen.messages.entries()) {
    const wanted = echo[index];
    if (wanted === undefined) return `a ${kind} message that nobody sent: ${short(payload)}`;
    if (wanted.kind !== kind) return `message ${index + 1} came back as ${kind}`;
    if (!same(payloadBytes(wanted.payload), payload))
      return `message ${index + 1} came back changed: ${short(payload)}`;
  }
  return undefined;
}

/** The pongs that came are some of the expected ones in order, the last among them (§5.5.3 lets the others be left out). */
function pongDifferences({ pongs = [], overtaken }: Expected, seen: Observation, needLast = !overtaken): string[] {
  const wanted = pongs.map((payload) => toHex(payloadBytes(payload)));
  let at = 0;
  for (const pong of seen.pongs) {
    const found = wanted.indexOf(toHex(pong), at);
    if (found < 0) return [`a pong that answers nothing: ${short(pong)}`];
    at = found + 1;
  }
  return needLast && at < wanted.length ? ["the last ping was not answered"] : [];
}

function endDifferences(end: End, seen: Observation): string[] {
  const { close } = seen;
  switch (end.is) {
    case "open":
      if (!seen.alive) return [close === undefined ? notAlive(seen) : `it closed with ${close.code}`];
      if (close === undefined) return ["our close frame was not answered"];
      if (seen.closedFirst) return [`it closed with ${close.code}`];
      if (close.code !== 1000) return [`our close frame with 1000 was answered with ${close.code}`];
      return seen.ended === undefined ? ["it did not end the TCP connection"] : [];
    case "close":
      if (seen.alive) return ["the connection stayed open"];
      if (close === undefined) return [seen.ended === undefined ? "nothing happened" : "it sent no close frame"];
      if (!end.codes.includes(close.code)) return [`its close code is ${close.code}, not ${end.codes.join(" or ")}`];
      return seen.ended === undefined ? ["it did not end the TCP connection"] : [];
    case "ended":
      if (seen.alive) return ["the connection stayed open"];
      return seen.ended === undefined ? ["it did not end the TCP connection"] : [];
    default:
      if (close !== undefined) return [`it closed with ${close.code}`];
      return seen.ended === undefined ? [] : ["the TCP connection ended"];
  }
}

function notAlive(seen: Observation): string {
  return seen.ended === undefined ? "it did not answer a ping" : "the TCP connection ended";
}

/**
 * What the standard lets pass, whatever the case: the words of it, or undefined when it is not that.
 * Failing early loses messages; a close frame before failing is a SHOULD; which code it has is nowhere a MUST (§7.1.7).
 */
function relaxations(expected: Expected, seen: Observation): string[] | undefined {
  const { end, echo = [] } = expected;
  if (end.is === "open") return differences(expected, seen).length === 0 ? [] : codeOnly(expected, seen);
  if (end.is !== "close" || seen.ended === undefined || seen.alive) return undefined;
  if (firstWrongMessage({ echo }, seen) !== undefined || pongDifferences(expected, seen, false).length > 0)
    return undefined;
  const words: string[] = [];
  if (seen.messages.length < echo.length) words.push("messages from before were not echoed");
  if (pongDifferences(expected, seen).length > 0) words.push("a ping from before was not answered");
  if (seen.close === undefined) {
    if (end.answer) return undefined;
    words.push("no close frame (§7.1.7: SHOULD)");
  } else if (!end.codes.includes(seen.close.code)) {
    words.push(`close code ${seen.close.code}, not ${end.codes.join(" or ")}`);
  }
  return words;
}

/** Everything as expected but the code that answers ours, which is only "typically" echoed (§5.5.1). */
function codeOnly(expected: Expected, seen: Observation): string[] | undefined {
  if (!seen.alive || seen.closedFirst || seen.ended === undefined || seen.close === undefined) return undefined;
  if (messageDifferences(expected, seen).length > 0 || pongDifferences(expected, seen).length > 0) return undefined;
  return [`close code ${seen.close.code} in answer to 1000`];
}

/** The worst of several verdicts; all passes are a pass. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Outcome[] = ["fail", "non-strict", "informational", "pass"];
  for (const outcome of order) {
    const found = verdicts.find((verdict) => verdict.outcome === outcome);
    if (found !== undefined) return found;
  }
  return PASS;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function short(bytes: Uint8Array): string {
  const hex = toHex(bytes.subarray(0, 24));
  return `${hex}${bytes.length > 24 ? "…" : ""} (${bytes.length} bytes)`;
}
