/** Judges a core without I/O: every case in every chunking, no sockets, no time. */

import * as tideway from "tideway/protocol";
import type { Case, FrameCase, RequestCase, ResponseCase } from "./case.js";
import { answerRequest, CoreClient } from "./core-handshake.js";
import { type CoreFactory, CoreLine, type Protocol, TidewayCore } from "./core-line.js";
import type { Role } from "./frame.js";
import { HeadCollector, valuesOf } from "./http-head.js";
import { judge, type Verdict } from "./judge.js";
import { type Cut, pieces, whole } from "./line.js";
import { play } from "./play.js";
import { type Address, writeRequest } from "./request.js";
import { REQUEST_RULES } from "./request-rule.js";
import { writeResponse } from "./response.js";
import { type CaseResult, type Run, resultOf } from "./result.js";
import { casesFor, coreCuts, runName } from "./run.js";
import { judgeAnswer, skipped } from "./server-run.js";

/** What a core run is made of. */
export interface CoreRunOptions {
  readonly cases: readonly Case[];
  readonly role: Role;
  /** Default: `tideway/protocol`. */
  readonly protocol?: Protocol;
  /** Default: a connection of `protocol` with an echo behind it. */
  readonly core?: CoreFactory;
  /** Largest message in cases about limits, in octets; without it they do not apply. */
  readonly limit?: number;
  /** Only the first chunking of each variant: for runs over many faulty cores. */
  readonly quick?: boolean;
  readonly onResult?: (result: CaseResult, done: number, total: number) => void;
}

const NEVER = { soon: 0, last: 0 };

/** Runs all cases of a role. */
export async function judgeCore(options: CoreRunOptions): Promise<CaseResult[]> {
  const cases = casesFor(options.cases, options.role);
  const results: CaseResult[] = [];
  for (const each of cases) {
    const began = performance.now();
    const runs = await runCase(each, options);
    const result = resultOf(each, runs, performance.now() - began);
    results.push(result);
    options.onResult?.(result, results.length, cases.length);
  }
  return results;
}

/** Runs one case. */
export async function runCase(each: Case, options: CoreRunOptions): Promise<Run[]> {
  const { protocol = tideway } = options;
  try {
    if (each.kind === "request") return requestRuns(each, protocol);
    if (each.kind === "response") return responseRuns(each, protocol);
  } catch (error) {
    return [{ name: "", outcome: "fail", reason: `it threw: ${(error as Error).message}`, log: [] }];
  }
  return await frameRuns(each, options);
}

async function frameRuns(each: FrameCase, options: CoreRunOptions): Promise<Run[]> {
  const { role, protocol = tideway, limit, quick = false } = options;
  if (each.needs === "permessage-deflate") return [skipped("the core is run without permessage-deflate")];
  if (each.needs === "limit" && limit === undefined) return [skipped("the largest message of the target is not known")];
  const limits = each.needs === "limit" ? { maxPayload: limit! } : ROOMY;
  const make: CoreFactory = options.core ?? ((of) => new TidewayCore(of, limits, protocol));
  const runs: Run[] = [];
  for (const variant of each.variants) {
    for (const cut of coreCuts(variant)) {
      const name = runName(variant, cut);
      let run: Run;
      try {
        const seen = await play(variant, new CoreLine(role, make(role)), { cut: cut.cut, patience: NEVER });
        run = { name, ...judge(variant, seen), log: seen.log };
      } catch (error) {
        run = { name, outcome: "fail", reason: `it threw: ${(error as Error).message}`, log: [] };
      }
      runs.push(run);
      if (run.outcome === "fail") return runs;
      if (quick) break;
    }
  }
  return runs;
}

/** Limits that the transfers of this suite stay below. */
export const ROOMY: { readonly maxPayload: number; readonly maxFragments: number } = {
  maxPayload: 17 * 1024 * 1024,
  maxFragments: 100_000,
};

const ADDRESS: Address = { secure: false, host: "core", port: 80, authority: "core.example", target: "/" };

function cutsOf(length: number): readonly (readonly [name: string, cut: Cut])[] {
  const cuts: (readonly [string, Cut])[] = [
    ["whole", whole],
    ["octet by octet", pieces(1)],
    ["pieces of 7", pieces(7)],
  ];
  for (let at = 1; at < Math.min(length, 2000); at += Math.ceil(length / 200)) {
    cuts.push([`cut at ${at}`, (bytes) => [bytes.subarray(0, at), bytes.subarray(at)]]);
  }
  return cuts;
}

function requestRuns(each: RequestCase, protocol: Protocol): Run[] {
  const written = writeRequest(ADDRESS, each.request);
  // A body is what follows the head here; that it is none of the frames' business is the handshake's to say.
  return cutsOf(written.bytes.length).map(([name, cut]) => {
    const answer = answerRequest(protocol, cut(written.bytes));
    const head = answer.bytes === undefined ? undefined : new HeadCollector().take(answer.bytes)?.head;
    return { name, ...judgeAnswer(each, head, written.key), log: [] };
  });
}

function responseRuns(each: ResponseCase, protocol: Protocol): Run[] {
  if (each.offers !== undefined) return [skipped(`the core offers no ${each.offers}`)];
  const client = new CoreClient(protocol, "core.example", "/?case=1");
  const head = new HeadCollector().take(client.request)!.head;
  const rule = each.expect.request;
  if (rule !== undefined) return [{ name: "request", ...judgeRequest(rule, head), log: [] }];
  const response = writeResponse(head, each.response);
  return cutsOf(response.length).map(([name, cut]) => ({
    name,
    ...judgeOpening(each, client.judge(cut(response)) !== undefined),
    log: [],
  }));
}

function judgeRequest(rule: string, head: NonNullable<ReturnType<HeadCollector["take"]>>["head"]): Verdict {
  const seen = { head, authority: "core.example", earlierKeys: new Set<string>(), early: 0 };
  const wrong = REQUEST_RULES[rule]?.(seen);
  if (valuesOf(head, "Sec-WebSocket-Key").length === 0) return { outcome: "fail", reason: "no key" };
  return wrong === undefined ? { outcome: "pass", reason: "" } : { outcome: "fail", reason: wrong };
}

/** Whether the connection opened as it should. */
export function judgeOpening({ expect, otherwise }: ResponseCase, opened: boolean): Verdict {
  if (opened === expect.opens) return { outcome: "pass", reason: "" };
  const reason = opened ? "the connection opened" : "the connection did not open";
  return otherwise === undefined ? { outcome: "fail", reason } : otherwise;
}
