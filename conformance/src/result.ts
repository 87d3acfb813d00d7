import type { Case, Level, Outcome } from "./case.js";
import type { Role } from "./frame.js";
import { type Verdict, worst } from "./judge.js";
import type { LogLine } from "./observation.js";

/** One run of a case: a variant in a chunking. */
export interface Run extends Verdict {
  /** Variant and chunking, in words. */
  readonly name: string;
  readonly log: readonly LogLine[];
  /** The case does not apply to this target. */
  readonly skipped?: boolean;
}

/** A case with all its runs. */
export interface CaseResult extends Verdict {
  readonly id: string;
  readonly section: string;
  readonly level: Level;
  readonly runs: number;
  readonly milliseconds: number;
  readonly skipped: boolean;
  /** The run that decided, if it was no pass. */
  readonly run?: string;
  /** Its log. */
  readonly log: readonly LogLine[];
}

/** All results of one target. */
export interface Report {
  readonly target: string;
  readonly role: Role;
  /** "tcp": over sockets. "core": without I/O, in every chunking. */
  readonly over: "tcp" | "core";
  readonly date: string;
  readonly cases: number;
  readonly passed: number;
  readonly nonStrict: number;
  readonly informational: number;
  readonly failed: number;
  /** Part of `informational`: cases that do not apply. */
  readonly skipped: number;
  readonly milliseconds: number;
  readonly results: readonly CaseResult[];
}

/** Puts the runs of a case together: the worst of them is the result. */
export function resultOf(each: Case, runs: readonly Run[], milliseconds: number): CaseResult {
  const verdict = worst(runs);
  const decisive = runs.find((run) => run.outcome === verdict.outcome && run.reason === verdict.reason) ?? runs[0];
  return {
    id: each.id,
    section: each.section,
    level: each.level,
    outcome: verdict.outcome,
    reason: verdict.reason,
    runs: runs.length,
    milliseconds: Math.round(milliseconds),
    skipped: runs.length > 0 && runs.every((run) => run.skipped === true),
    ...(verdict.outcome === "pass" || decisive === undefined ? {} : { run: decisive.name }),
    log: decisive?.log ?? [],
  };
}

/** Counts the outcomes. */
export function reportOf(
  target: string,
  role: Role,
  over: Report["over"],
  results: readonly CaseResult[],
  milliseconds: number,
): Report {
  const count = (outcome: Outcome): number => results.filter((result) => result.outcome === outcome).length;
  return {
    target,
    role,
    over,
    date: new Date().toISOString().slice(0, 10),
    cases: results.length,
    passed: count("pass"),
    nonStrict: count("non-strict"),
    informational: count("informational"),
    failed: count("fail"),
    skipped: results.filter((result) => result.skipped).length,
    milliseconds: Math.round(milliseconds),
    results,
  };
}
