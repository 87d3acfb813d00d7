/** The judgements that the command offers, each with its progress bar. */
import type { Case } from "./case.js";
import { allCases } from "./cases/all.js";
import { ClientJudge } from "./client-judge.js";
import { judgeCore } from "./core-run.js";
import type { Role } from "./frame.js";
import type { Patience } from "./line.js";
import { startOwn } from "./program.js";
import { Progress } from "./progress.js";
import { type CaseResult, type Report, reportOf } from "./result.js";
import { judgeServer, type ServerTarget } from "./server-run.js";

/** Which cases, and how many at a time. */
export interface JudgementOptions {
  readonly limit: number;
  readonly concurrency: number;
  readonly filter: RegExp | undefined;
  readonly patience: Patience;
}

/** Largest message of a core in cases about limits: small, for every chunking of it is tried. */
const CORE_LIMIT = 4096;

/** The cases that were asked for. */
export function chosenCases(limit: number, filter: RegExp | undefined): readonly Case[] {
  const cases = allCases(limit);
  return filter === undefined ? cases : cases.filter(({ id }) => filter.test(id));
}

/** Judges a server. */
export async function serverJudgement(name: string, target: ServerTarget, options: JudgementOptions): Promise<Report> {
  const { limit, concurrency, filter, patience } = options;
  return await timed(name, "server", "tcp", (onResult) =>
    judgeServer(target, { cases: chosenCases(limit, filter), concurrency, patience, onResult }),
  );
}

/** Judges Tideway: in each role over TCP, and the core in every chunking. */
export async function ownJudgement(
  options: JudgementOptions,
  roles: readonly Role[] = ["server", "client"],
): Promise<Report[]> {
  const reports: Report[] = [];
  for (const role of roles) {
    reports.push(await (role === "server" ? ownServerJudgement(options) : ownClientJudgement(options)));
    reports.push(await ownCoreJudgement(role, options));
  }
  return reports;
}

async function ownCoreJudgement(role: Role, { filter }: JudgementOptions): Promise<Report> {
  const cases = chosenCases(CORE_LIMIT, filter);
  return await timed("tideway", role, "core", (onResult) => judgeCore({ cases, role, limit: CORE_LIMIT, onResult }));
}

async function ownServerJudgement(options: JudgementOptions): Promise<Report> {
  const echo = await startOwn("tideway-echo", [String(options.limit)]);
  try {
    const [url = "", limitUrl = ""] = echo.line.split(" ");
    return await serverJudgement("tideway", { url, limitUrl }, options);
  } finally {
    await echo.stop();
  }
}

/** Judges Tideway's client over TCP. */
export async function ownClientJudgement(options: JudgementOptions): Promise<Report> {
  return await clientJudgement("tideway", options, async (url) => {
    const client = await startOwn("tideway-client", [url, String(options.limit), String(options.concurrency)]);
    await client.ended;
  });
}

/** Judges a client over TCP. `run` lets it do all runs of the judge at a URL; the client calls itself by the name. */
export async function clientJudgement(
  name: string,
  { limit, filter, patience }: JudgementOptions,
  run: (url: string) => Promise<void>,
): Promise<Report> {
  const progress = new Progress(`${name}, client`);
  let failed = 0;
  const judge = new ClientJudge({
    cases: chosenCases(limit, filter),
    patience,
    onRun: (_agent, { outcome }, _id, done, total) => {
      if (outcome === "fail") failed++;
      progress.show(done, total, failed);
    },
  });
  const port = await judge.listen();
  try {
    await run(`ws://127.0.0.1:${port}`);
    return judge.report(name);
  } finally {
    await judge.close();
    progress.end();
  }
}

async function timed(
  name: string,
  role: Role,
  over: Report["over"],
  run: (onResult: (result: CaseResult, done: number, total: number) => void) => Promise<CaseResult[]>,
): Promise<Report> {
  const began = performance.now();
  const progress = new Progress(`${name}, ${role}${over === "core" ? " core" : ""}`);
  let failed = 0;
  const results = await run((result, done, total) => {
    if (result.outcome === "fail") failed++;
    progress.show(done, total, failed);
  });
  progress.end();
  return reportOf(name, role, over, results, performance.now() - began);
}
