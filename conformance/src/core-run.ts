/** Judges a core without I/O: every case in every chunking, no sockets, no time. */

import * as tideway from "tideway/protocol";
import * as tidewayTesting from "tideway/testing";
import type { Case, DeflateParameters, FrameCase, RequestCase, ResponseCase, Variant } from "./case.js";
import { answerRequest, CoreClient } from "./core-handshake.js";
import { type CoreDeflate, type CoreFactory, CoreLine, type Protocol, TidewayCore } from "./core-line.js";
import type { Role } from "./frame.js";
import { HeadCollector, valuesOf } from "./http-head.js";
import { judge, type Verdict } from "./judge.js";
import { type Cut, pieces, whole } from "./line.js";
import { play } from "./play.js";
import { type Address, extensionText, offerOf, parametersOf, writeRequest } from "./request.js";
import { REQUEST_RULES } from "./request-rule.js";
import { writeResponse } from "./response.js";
import { type CaseResult, type Run, resultOf } from "./result.js";
import { casesFor, coreCuts, type NamedCut, pendingCuts, runName } from "./run.js";
import { judgeAnswer, skipped } from "./server-run.js";

/** What a core run is made of. */
export interface CoreRunOptions {
  readonly cases: readonly Case[];
  readonly role: Role;
  /** Default: `tideway/protocol`. */
  readonly protocol?: Protocol;
  /** Where the codecs of permessage-deflate come from. Default: `tideway/testing`. */
  readonly testing?: Testing;
  /** Default: a connection of `protocol` with an echo behind it. */
  readonly core?: CoreFactory;
  /** Kernel of Tideway's own core, and the memory it is given bytes in. Default: the portable one, and where they are. */
  readonly at?: tidewayTesting.KernelPlace;
  /** Largest message in cases about limits, in octets; without it they do not apply. */
  readonly limit?: number;
  /** Only the first chunking of each variant: for runs over many faulty cores. */
  readonly quick?: boolean;
  readonly onResult?: (result: CaseResult, done: number, total: number) => void;
}

/** What `tideway/testing` exports, or a copy of it with a fault. */
export type Testing = Pick<typeof tidewayTesting, "codecPool">;

const NEVER = { soon: 0, last: 0 };

/** Contexts are taken over unless a case asks otherwise, and every message is compressed: as in Tideway's targets over TCP. */
const TAKEOVER = { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 };

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
  const { needs, deflate } = each;
  const { role, protocol = tideway, testing = tidewayTesting, limit, core } = options;
  if (needs === "limit" && limit === undefined) return [skipped("the largest message of the target is not known")];
  const limits = needs === "limit" ? { maxPayload: limit! } : ROOMY;
  if (core !== undefined) return await variantRuns(each, options, { make: core, deflate, cuts: coreCuts });
  const make = (extension?: CoreDeflate): CoreFactory => {
    return (of) => new TidewayCore(of, limits, protocol, extension, options.at);
  };
  if (deflate === undefined) return await variantRuns(each, options, { make: make(), deflate, cuts: coreCuts });
  const settings = protocol.resolveDeflateOptions(role, TAKEOVER);
  const opened = open(role, deflate, protocol, settings);
  if (opened === undefined) return [{ name: "", outcome: "fail", reason: "the extension was declined", log: [] }];
  const { agreed, parameters } = opened;
  const runs: Run[] = [];
  // The codec may answer at once or later; the core then waits, and nothing of what comes meanwhile may be lost.
  for (const [answer, cuts] of [["at once", coreCuts] as const, ["pending", pendingCuts] as const]) {
    const given = { deflate: TAKEOVER, answer };
    const codecs =
      testing.codecPool({ engine: "kept", ...given }) ?? testing.codecPool({ engine: "documented", ...given })!;
    runs.push(...(await variantRuns(each, options, { make: make({ agreed, codecs }), deflate: parameters, cuts })));
    codecs.close();
    if (options.quick || runs.at(-1)?.outcome === "fail") break;
  }
  return runs;
}

interface VariantRuns {
  readonly make: CoreFactory;
  /** permessage-deflate as the peer has read it. */
  readonly deflate: DeflateParameters | undefined;
  readonly cuts: (variant: Variant) => Iterable<NamedCut>;
}

/** All variants in their chunkings, up to the first that fails. */
async function variantRuns(each: FrameCase, options: CoreRunOptions, of: VariantRuns): Promise<Run[]> {
  const { role, quick = false } = options;
  const runs: Run[] = [];
  for (const variant of each.variants) {
    for (const cut of of.cuts(variant)) {
      const name = runName(variant, cut);
      let run: Run;
      try {
        const line = new CoreLine(role, of.make(role));
        const seen = await play(variant, line, { cut: cut.cut, patience: NEVER, deflate: of.deflate });
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

interface Opened {
  /** As the core has it. */
  readonly agreed: tideway.DeflateParameters;
  /** As the answer says it to the peer. */
  readonly parameters: DeflateParameters;
}

/** The opening handshake with permessage-deflate. @returns undefined if the connection opens without it, or not at all */
function open(
  role: Role,
  deflate: DeflateParameters,
  protocol: Protocol,
  settings: tideway.DeflateSettings,
): Opened | undefined {
  if (role === "server") {
    const { bytes } = writeRequest(ADDRESS, { add: [offerOf(deflate)] });
    const answer = answerRequest(protocol, [new Uint8Array(bytes)], settings);
    const head = answer.bytes === undefined ? undefined : new HeadCollector().take(answer.bytes)?.head;
    const parameters = head === undefined ? undefined : parametersOf(head);
    return parameters === undefined || answer.agreed === undefined ? undefined : { agreed: answer.agreed, parameters };
  }
  const client = new CoreClient(protocol, { ...PLACE, settings });
  const head = new HeadCollector().take(client.request)!.head;
  const add = [`Sec-WebSocket-Extensions: ${extensionText(deflate)}`];
  const agreed = client.judge([writeResponse(head, { add })])?.agreed;
  return agreed === undefined ? undefined : { agreed, parameters: deflate };
}

/** Limits that the transfers of this suite stay below. */
export const ROOMY: { readonly maxPayload: number; readonly maxFragments: number } = {
  maxPayload: 17 * 1024 * 1024,
  maxFragments: 100_000,
};

const PLACE = { host: "core.example", target: "/?case=1" };

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
  const settings = protocol.resolveDeflateOptions("server", TAKEOVER);
  const written = writeRequest(ADDRESS, each.request);
  // A body is what follows the head here; that it is none of the frames' business is the handshake's to say.
  return cutsOf(written.bytes.length).map(([name, cut]) => {
    const answer = answerRequest(protocol, cut(written.bytes), settings);
    const head = answer.bytes === undefined ? undefined : new HeadCollector().take(answer.bytes)?.head;
    return { name, ...judgeAnswer(each, head, written.key), log: [] };
  });
}

/** What a client offers where subprotocols matter. */
const PROTOCOLS = ["tide", "ebb"];

function responseRuns(each: ResponseCase, protocol: Protocol): Run[] {
  // An extension that was not offered is refused by its name already; offered, its parameters are looked at.
  const deflate = each.id.startsWith("7692-");
  const offers = deflate || each.expect.request !== undefined;
  const settings = offers ? protocol.resolveDeflateOptions("client", TAKEOVER) : undefined;
  const protocols = each.offers === "protocols" ? PROTOCOLS : [];
  const client = new CoreClient(protocol, { ...PLACE, settings, protocols });
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
