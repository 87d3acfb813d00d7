/** The judgements that the command offers, each with its progress bar. */
import type { Case } from "./case.js";
import { allCases } from "./cases/all.js";
import { ClientJudge } from "./client-judge.js";
import { judgeCore } from "./core-run.js";
import type { Role } from "./frame.js";
import { startOwn } from "./program.js";
import { Progress } from "./progress.js";
import { type CaseResult, type Report, reportOf } from "./result.js";
import { judgeServer, type ServerTarget } from "./server-run.js";

/** Which cases, and how many at a time. */
export interface JudgementOptions {
  readonly limit: number;
  readonly concurrency: number;
  readonly filter: RegExp | undefined;
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
  const { limit, concurrency, filter } = options;
  return await timed(name, "server", "tcp", (onResult) =>
    judgeServer(target, { cases: chosenCases(limit, filter), concurrency, onResult }),
  );
}

/** Judges Tideway: both roles over TCP, and the core in both roles in every chunking. */
export async function ownJudgement(options: JudgementOptions): Promise<Report[]> {
  const { limit, filter } = options;
  const cores: Report[] = [];
  for (const role of ["server", "client"] as const) {
    cores.push(
      await timed("tideway", role, "core", (onResult) =>
        judgeCore({
          cases: chosenCases(CORE_LIMIT, filter),
          role,
          limit: CORE_LIMIT,
          onResult,
        }),
      ),
    );
  }
  const echo = await startOwn("tideway-echo", [String(limit)]);
  const [url = "", limitUrl = ""] = echo.line.split(" ");
  const server = await serverJudgement("tideway", { url, limitUrl }, options);
  await echo.stop();
  return [server, await ownClientJudgement(options), ...cores];
}

/** Judges Tideway's client over TCP. */
export async function ownClientJudgement({ limit, concurrency, filter }: JudgementOptions): Promise<Report> {
  const progress = new Progress("tideway, client");
  let failed = 0;
  const judge = new ClientJudge({
    cases: chosenCases(limit, filter),
    onRun: (_agent, run, _id, done, total) => {
      if (run.outcome === "fail") failed++;
      progress.show(done, total, failed);
    },
  });
  const port = await judge.listen();
  const url = `ws://127.0.0.1:${port}`;
  const client = await startOwn("tideway-client", [url, String(limit), String(concurrency)]);
  await client.ended;
  const report = judge.report("tideway");
  await judge.close();
  progress.end();
  return report;
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
