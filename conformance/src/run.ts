/** Which runs a case has, whoever is under test: its variants, each in several chunkings. */
import type { Case, FrameCase, RequestSpec, Step, Variant } from "./case.js";
import { payloadLength } from "./frame.js";
import { type Cut, cutAt, pieces, randomPieces, whole } from "./line.js";

/** A cut and its name. */
export interface NamedCut {
  readonly name: string;
  readonly cut: Cut;
}

const WHOLE: NamedCut = { name: "whole", cut: whole };

/** Above this many octets no run sends them one by one over TCP. */
const OCTETS_UP_TO = 320;

/** Octets a variant sends, about. */
export function lengthOf({ steps }: Variant): number {
  return steps.reduce((sum, step) => sum + stepLength(step), 0);
}

function stepLength(step: Step): number {
  if ("send" in step) return step.send.reduce((sum, { payload }) => sum + 14 + payloadLength(payload), 0);
  return "exchange" in step ? Number.POSITIVE_INFINITY : 0;
}

/** Chunkings of a variant over TCP: as it is, octet by octet if it is short, in odd pieces if it is not. */
export function tcpCuts(variant: Variant): readonly NamedCut[] {
  const length = lengthOf(variant);
  if (length <= OCTETS_UP_TO) return [WHOLE, { name: "octet by octet", cut: pieces(1) }];
  if (length <= 2 ** 21)
    return [WHOLE, { name: "pieces of 1021", cut: pieces(Math.max(1021, Math.ceil(length / 400))) }];
  return [WHOLE];
}

/** Chunkings of a variant without I/O: every one that matters, and every cut into two. */
export function* coreCuts(variant: Variant): Generator<NamedCut> {
  const length = lengthOf(variant);
  yield WHOLE;
  if (!Number.isFinite(length)) {
    // Each of many messages is cut.
    const size = variant.steps.reduce(
      (most, step) => ("exchange" in step ? Math.max(most, step.exchange.size) : most),
      0,
    );
    const piece = size <= 1024 ? 3 : 1021;
    yield { name: `pieces of ${piece}`, cut: pieces(piece) };
    return;
  }
  if (length <= 2 ** 17) yield { name: "octet by octet", cut: pieces(1) };
  for (const size of [2, 3, 5, 7, 16, 125, 1021, 4096, 65_536]) {
    if (size < length && length / size < 2 ** 14) yield { name: `pieces of ${size}`, cut: pieces(size) };
  }
  if (length > 2 ** 17) return;
  for (let seed = 1; seed <= 3; seed++) yield { name: `random pieces, seed ${seed}`, cut: randomPieces(seed, 24) };
  // Every cut of what is short; of what is long every one near its beginning, where the headers are, and some behind.
  for (let at = 1; at < Math.min(length, length <= 512 ? 512 : 24); at++)
    yield { name: `cut at ${at}`, cut: cutAt(at) };
  if (length > 512)
    for (let at = 24; at < length; at += Math.ceil(length / 8)) yield { name: `cut at ${at}`, cut: cutAt(at) };
}

/** Chunkings of a variant without I/O where the answers of a codec come later: what matters is what comes before the answer. */
export function pendingCuts(variant: Variant): readonly NamedCut[] {
  const pending = { name: "whole, codec pending", cut: whole };
  if (lengthOf(variant) > OCTETS_UP_TO) return [pending];
  return [pending, { name: "octet by octet, codec pending", cut: pieces(1) }];
}

/** Name of a run. */
export function runName(variant: Variant, cut: NamedCut): string {
  return variant.name === "" ? cut.name : `${variant.name}, ${cut.name}`;
}

/** Whether a case sends the head of its request in pieces, too. */
export function requestCuts(request: RequestSpec, length: number): readonly NamedCut[] {
  if (request.cutAt !== undefined || length > 2000) return [WHOLE];
  return [WHOLE, { name: "pieces of 7", cut: pieces(7) }];
}

/** Cases for a role of the implementation under test. */
export function casesFor(
  cases: readonly Case[],
  role: "server" | "client",
  filter?: (each: Case) => boolean,
): readonly Case[] {
  return cases.filter((each) => each.roles.includes(role) && (filter?.(each) ?? true));
}

/** Whether a case has frames. */
export function isFrameCase(each: Case): each is FrameCase {
  return each.kind === "frames";
}
