/** `npm run conformance`: see `--help`. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ClientJudge } from "./client-judge.js";
import { htmlReport } from "./html-report.js";
import { chosenCases, ownJudgement, serverJudgement } from "./judgement.js";
import { type Judged, keep, keptName, keptText } from "./kept-results.js";
import { type Options, readOptions, USAGE } from "./option.js";
import { judgePeer, PEERS } from "./peer.js";
import type { Report } from "./result.js";
import { reach } from "./server-run.js";
import { isGood, type Results, summaryOf, together } from "./summary.js";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function finish(target: string, reports: readonly Report[], options: Options, strict: boolean): void {
  for (const report of reports) say(summaryOf(report));
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(together(target, reports), undefined, 1)}\n`);
  if (options.html !== undefined)
    writeFileSync(options.html, htmlReport([together(target, reports)], chosenCases(options.limit, undefined)));
  process.exitCode = reports.every((report) => isGood(report, strict)) ? 0 : 1;
}

function list({ limit, filter }: Options): void {
  const cases = chosenCases(limit, filter);
  for (const { id, section, level, roles, title } of cases)
    say(`${id}\t${section}\t${level}\t${roles.join("+")}\t${title}`);
  for (const role of ["server", "client"] as const) {
    process.stderr.write(`${cases.filter(({ roles }) => roles.includes(role)).length} cases of the role ${role}\n`);
  }
}

/** Tideway and its peers. What is kept of their results has neither logs nor times, so that it can be compared in the repository. */
async function judgePeers(folder: string, options: Options): Promise<void> {
  const all: Results[] = [];
  const take = (who: Judged, report: Report): void => {
    say(summaryOf(report, 0));
    all.push(together(`${who.implementation} ${who.version}`, [report]));
    writeFileSync(join(folder, `${keptName(who.implementation, report)}.json`), keptText(keep(who, report)));
  };
  mkdirSync(folder, { recursive: true });
  const wanted = (name: string): boolean => options.target === undefined || name.includes(options.target);
  const own = { implementation: "tideway", version: ownVersion(), runtime: `Node ${process.versions.node}` };
  for (const role of ["server", "client"] as const) {
    if (!wanted(`tideway-${role}`)) continue;
    for (const report of await ownJudgement(options, [role])) take(own, report);
  }
  for (const peer of PEERS.filter(({ name, role }) => wanted(`${name}-${role}`))) {
    const judged = await judgePeer(peer, options);
    if (typeof judged !== "string") take({ ...judged, implementation: peer.name }, judged.report);
    else {
      process.stderr.write(`${peer.name}, ${peer.role}: ${judged}\n`);
      process.exitCode = 1;
    }
  }
  if (options.html !== undefined) writeFileSync(options.html, htmlReport(all, chosenCases(options.limit, undefined)));
}

function ownVersion(): string {
  return (createRequire(import.meta.url)("tideway/package.json") as { version: string }).version;
}

async function judgeClients(options: Options): Promise<void> {
  const judge = new ClientJudge({
    cases: chosenCases(options.limit, options.filter),
    patience: options.patience,
    onReport: (report) => finish(options.target ?? report.target, [report], options, options.strict),
  });
  const port = await judge.listen(options.port);
  say(`judging clients at ws://127.0.0.1:${port}/: ${judge.runs} runs; end with Ctrl+C`);
  process.once("SIGINT", () => void judge.close());
  process.once("SIGTERM", () => void judge.close());
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return say(USAGE);
  if (options.list) return list(options);
  if (options.peers !== undefined) return await judgePeers(options.peers, options);
  if (options.client) return await judgeClients(options);
  if (options.server === undefined) return finish("tideway", await ownJudgement(options), options, true);
  const target = options.target ?? options.server;
  const { server: url, limitServer, ca, insecure } = options;
  const trust = { insecure, ...(ca === undefined ? {} : { ca: readFileSync(ca, "utf8") }) };
  const server = { url, trust, ...(limitServer === undefined ? {} : { limitUrl: limitServer }) };
  await reach(server);
  const report = await serverJudgement(target, server, options);
  finish(target, [report], options, options.strict);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof TypeError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 2;
}
