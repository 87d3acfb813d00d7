import {
  type Allowed,
  BOTH,
  type EchoSpec,
  type Expected,
  type FrameCase,
  type Level,
  type Step,
  type Variant,
} from "../case.js";
import type { FrameSpec, Payload, Role } from "../frame.js";

/** What most cases of a group have in common. */
export interface Group {
  readonly section: string;
  readonly quote: string;
  readonly level?: Level;
  readonly roles?: readonly Role[];
}

/** What a frame case says beyond its group. */
export interface FrameCaseParts extends Partial<Group> {
  readonly title: string;
  readonly needs?: FrameCase["needs"];
  readonly deflate?: FrameCase["deflate"];
  readonly refers?: boolean;
}

/** A frame case; variants as given. */
export function frameCase(group: Group, id: string, parts: FrameCaseParts, variants: readonly Variant[]): FrameCase {
  const { section, quote, level = "MUST", roles = BOTH } = { ...group, ...parts };
  const { title, needs, deflate, refers } = parts;
  return {
    kind: "frames",
    id,
    section,
    level,
    title,
    quote,
    roles,
    ...(needs === undefined ? {} : { needs }),
    ...(deflate === undefined ? {} : { deflate }),
    ...(refers === undefined ? {} : { refers }),
    variants,
  };
}

/** A variant of steps that leave the connection open. */
export function opens(
  steps: readonly Step[],
  echo: readonly EchoSpec[] = [],
  pongs: readonly Payload[] = [],
  name = "",
): Variant {
  return { name, steps, expect: { echo, pongs, end: { is: "open" } } };
}

/** A text message that comes back. */
export function echoText(payload: Payload): EchoSpec {
  return { kind: "text", payload };
}

/** A binary message that comes back. */
export function echoBinary(payload: Payload): EchoSpec {
  return { kind: "binary", payload };
}

/** What a failing case is made of. */
export interface FailParts {
  /** Frames before, which are right. */
  readonly before?: readonly FrameSpec[];
  /** What comes back of them. */
  readonly echo?: readonly EchoSpec[];
  readonly pongs?: readonly Payload[];
  /** The frame that is wrong. */
  readonly bad: FrameSpec;
  /** Octets of it after which that is known; "header": all of its header. Default: no fuse. */
  readonly knownAt?: number | "header";
  /** Frames after it, which must not be heard. */
  readonly after?: readonly FrameSpec[];
  /** Close codes that name the fault. Default 1002. */
  readonly codes?: readonly number[];
  readonly allow?: readonly Allowed[];
}

/** Variants of a case in which the target must fail the connection: the frame at once, and only as much as is needed to know. */
export function fails({
  before = [],
  echo = [],
  pongs = [],
  bad,
  knownAt,
  after = [],
  codes = [1002],
  allow,
}: FailParts): Variant[] {
  const expect: Expected = { echo, pongs, end: { is: "close", codes } };
  const more = allow === undefined ? {} : { allow };
  const early = echo.length + pongs.length > 0;
  const variants: Variant[] = [
    {
      name: "at once",
      steps: [{ send: [...before, bad, ...after] }],
      expect: { ...expect, ...(early ? { overtaken: true } : {}) },
      ...more,
    },
  ];
  if (knownAt !== undefined || early) {
    const first: Step[] = before.length > 0 ? [{ send: before }] : [];
    if (early) first.push({ await: { messages: echo.length, pongs: pongs.length }, why: "no echo" });
    const steps: Step[] =
      knownAt === undefined
        ? [{ send: [bad] }]
        : [
            { send: [bad], to: knownAt },
            { fuse: "it did not fail when the fault was known" },
            { send: [bad], from: knownAt },
          ];
    variants.push({
      name: knownAt === undefined ? "after the echo" : "as far as the fault",
      steps: [...first, ...steps],
      expect,
      ...more,
    });
  }
  return variants;
}

/** The connection stays open although the standard would let it fail. */
export function stayedOpen(
  echo: readonly EchoSpec[],
  outcome: Allowed["outcome"],
  reason: string,
  pongs: readonly Payload[] = [],
): Allowed {
  return { expect: { echo, pongs, end: { is: "open" } }, outcome, reason };
}
