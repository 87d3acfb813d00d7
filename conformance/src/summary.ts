import type { CaseResult, Report } from "./result.js";

/** Several reports as one object for `--json`. */
export interface Results extends Omit<Report, "role" | "over" | "results"> {
  readonly results: readonly (CaseResult & { readonly role: Report["role"]; readonly over: Report["over"] })[];
}

/** Puts reports of one target together. */
export function together(target: string, reports: readonly Report[]): Results {
  const sum = (value: (report: Report) => number): number =>
    reports.reduce((total, report) => total + value(report), 0);
  return {
    target,
    date: reports[0]?.date ?? new Date().toISOString().slice(0, 10),
    cases: sum((report) => report.cases),
    passed: sum((report) => report.passed),
    nonStrict: sum((report) => report.nonStrict),
    informational: sum((report) => report.informational),
    failed: sum((report) => report.failed),
    skipped: sum((report) => report.skipped),
    milliseconds: sum((report) => report.milliseconds),
    results: reports.flatMap(({ role, over, results }) => results.map((result) => ({ ...result, role, over }))),
  };
}

/** A report for people: one line, and one for every case that is no pass and applies. */
export function summaryOf(report: Report, most = 200): string {
  const { target, role, over, cases, passed, nonStrict, informational, failed, skipped, milliseconds } = report;
  const noted = report.results.filter((result) => result.outcome !== "pass" && !result.skipped);
  const lines = noted.slice(0, most).map(({ outcome, id, section, run, reason }) => {
    return `  ${outcome.padEnd(13)} ${id} (${section})${run ? ` [${run}]` : ""}: ${reason}`;
  });
  if (noted.length > most) lines.push(`  … and ${noted.length - most} more`);
  const counts = `${passed} passed, ${nonStrict} non-strict, ${informational - skipped} informational, ${failed} failed, ${skipped} not applicable`;
  const where = over === "core" ? "without I/O" : "over TCP";
  return [
    `${target}, ${role}, ${where}: ${cases} cases: ${counts} (${(milliseconds / 1000).toFixed(1)} s)`,
    ...lines,
  ].join("\n");
}

/** Whether a report is good enough for exit code 0. */
export function isGood(report: Report, strict: boolean): boolean {
  if (!strict) return report.failed === 0;
  return report.failed === 0 && report.nonStrict === 0 && report.informational === report.skipped;
}
