/** The results as they are kept in `results/`: what came of each case, without logs and times, which differ from run to run. */
import type { Outcome } from "./case.js";
import type { CaseResult, Report } from "./result.js";

/** "not applicable": the case does not apply to this implementation (part of `informational` in a report). */
export type KeptOutcome = Outcome | "not applicable";

/** A file of `results/`: one implementation in one role. */
export interface KeptResults {
  readonly implementation: string;
  readonly version: string;
  readonly role: Report["role"];
  /** "tcp": over sockets. "core": without I/O, in every chunking. */
  readonly over: Report["over"];
  readonly runtime: string;
  readonly date: string;
  /** What regenerates the file. */
  readonly command: string;
  readonly cases: number;
  readonly passed: number;
  readonly nonStrict: number;
  readonly informational: number;
  readonly notApplicable: number;
  readonly failed: number;
  /** By id. A pass is its word; whatever is no pass comes with its reason. */
  readonly results: Readonly<Record<string, "pass" | readonly [Exclude<KeptOutcome, "pass">, string]>>;
}

/** Who was judged. */
export interface Judged {
  readonly implementation: string;
  readonly version: string;
  readonly runtime: string;
}

/** Longest reason kept: some name the bytes they are about. */
const LONGEST_REASON = 240;

/** Name of the file of a report, without its ending: "ws-server", "tideway-client-core". */
export function keptName(implementation: string, { role, over }: Pick<Report, "role" | "over">): string {
  return `${implementation}-${role}${over === "core" ? "-core" : ""}`;
}

/** What is kept of a report. */
export function keep({ implementation, version, runtime }: Judged, report: Report): KeptResults {
  const { role, over, date, cases, passed, nonStrict, informational, failed, skipped, results } = report;
  return {
    implementation,
    version,
    role,
    over,
    runtime,
    date,
    command: `npm run conformance -- --peers conformance/results --target ${implementation}-${role}`,
    cases,
    passed,
    nonStrict,
    informational: informational - skipped,
    notApplicable: skipped,
    failed,
    results: Object.fromEntries(results.map((result) => [result.id, keptResult(result)])),
  };
}

function keptResult({ outcome, skipped, reason }: CaseResult): KeptResults["results"][string] {
  if (outcome === "pass") return "pass";
  return [skipped ? "not applicable" : outcome, withoutPorts(reason).slice(0, LONGEST_REASON)];
}

/** Ports differ from run to run. */
function withoutPorts(reason: string): string {
  return reason.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1");
}

/** The text of a file: one line for each case, so that two runs can be compared line by line. */
export function keptText({ results, ...head }: KeptResults): string {
  const lines = Object.entries(results).map(([id, result]) => `${JSON.stringify(id)}:${JSON.stringify(result)}`);
  return `${JSON.stringify(head).slice(0, -1)},"results":{\n${lines.join(",\n")}\n}}\n`;
}

/** The totals as the table of docs/reference/conformance-results.md, Tideway first. */
export function totalsTable(all: readonly KeptResults[]): string {
  const place = ({ implementation, role, over }: KeptResults): string =>
    `${role === "server" ? 0 : 1}${implementation === "tideway" ? 0 : 1}${over === "tcp" ? 0 : 1}${implementation}`;
  const rows = [...all].sort((a, b) => (place(a) < place(b) ? -1 : 1)).map(totalsRow);
  return [
    "| implementation | role | runtime | date | pass | non-strict | informational | n. a. | fail |",
    "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function totalsRow(kept: KeptResults): string {
  const { implementation, version, role, over, runtime, date } = kept;
  const { passed, nonStrict, informational, notApplicable, failed } = kept;
  const how = over === "core" ? `${role}, without I/O` : role;
  const counts = [passed, nonStrict, informational, notApplicable, failed].join(" | ");
  return `| ${implementation} ${version} | ${how} | ${runtime} | ${date} | ${counts} |`;
}
