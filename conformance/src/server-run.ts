/** Judges a server over TCP: one connection for each run, several at a time. The server must echo text as text and binary as binary. */
import type { Case, FrameCase, RequestCase, RequestSpec, Variant } from "./case.js";
import { openSocket, readAnswer, type Trust } from "./dial.js";
import { text } from "./frame.js";
import { statusOf } from "./http-head.js";
import { judge, type Verdict } from "./judge.js";
import { type Cut, PATIENCE, type Patience } from "./line.js";
import { play } from "./play.js";
import {
  type Address,
  acceptFaults,
  addressOf,
  answerDifferences,
  offerOf,
  parametersOf,
  writeRequest,
} from "./request.js";
import { type CaseResult, type Run, resultOf } from "./result.js";
import { casesFor, requestCuts, runName, tcpCuts } from "./run.js";
import { TcpLine } from "./tcp-line.js";

/** A server to judge. */
export interface ServerTarget {
  /** ws: or wss: URL of an echo. */
  readonly url: string;
  /** URL of an echo whose largest message is `limit` octets; without it the cases that need one do not apply. */
  readonly limitUrl?: string;
  /** For wss: URLs. */
  readonly trust?: Trust;
}

/** Connects and hangs up. @throws Error with what is wrong with the server or its certificate */
export async function reach(
  { url, limitUrl, trust }: ServerTarget,
  milliseconds: number = PATIENCE.last,
): Promise<void> {
  for (const each of limitUrl === undefined ? [url] : [url, limitUrl]) {
    const socket = await openSocket(addressOf(each), milliseconds, trust).catch((error: Error) => {
      throw new Error(`no connection to ${each}: ${error.message}`);
    });
    socket.destroy();
  }
}

/** How to judge. */
export interface ServerRunOptions {
  readonly cases: readonly Case[];
  /** Connections at a time. Default 16. */
  readonly concurrency?: number;
  readonly patience?: Patience;
  /** Called after each case. */
  readonly onResult?: (result: CaseResult, done: number, total: number) => void;
}

/** Runs all cases of the server role. Never rejects for what the target does. */
export async function judgeServer(target: ServerTarget, options: ServerRunOptions): Promise<CaseResult[]> {
  const cases = casesFor(options.cases, "server");
  const { concurrency = 16, patience = PATIENCE } = options;
  const results: CaseResult[] = [];
  let [next, done] = [0, 0];
  const work = async (): Promise<void> => {
    for (let at = next++; at < cases.length; at = next++) {
      const each = cases[at]!;
      const began = performance.now();
      const runs = await runCase(each, target, patience);
      const result = resultOf(each, runs, performance.now() - began);
      results[at] = result;
      options.onResult?.(result, ++done, cases.length);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}

/** How connections to the target are opened and waited for. */
interface Manner {
  readonly patience: Patience;
  readonly trust: Trust | undefined;
}

async function runCase(each: Case, target: ServerTarget, patience: Patience): Promise<Run[]> {
  const manner = { patience, trust: target.trust };
  if (each.kind === "response") return [];
  const runs: Run[] = [];
  if (each.kind === "request") {
    const address = addressOf(target.url);
    const { length } = writeRequest(address, each.request).bytes;
    for (const { name, cut } of requestCuts(each.request, length))
      runs.push(await guarded(name, () => runRequest(each, address, cut, name, manner)));
    return runs;
  }
  if (each.needs === "limit" && target.limitUrl === undefined)
    return [skipped("the largest message of the target is not known")];
  const address = addressOf(each.needs === "limit" ? target.limitUrl! : target.url);
  for (const variant of each.variants) {
    for (const cut of tcpCuts(variant)) {
      const name = runName(variant, cut);
      const run = await guarded(name, () => runFrames(each, variant, address, cut.cut, name, manner));
      runs.push(run);
      // One failure decides the case; further runs would only take time.
      if (run.skipped || run.outcome === "fail") return runs;
    }
  }
  return runs;
}

/** A case that does not apply. */
export function skipped(reason: string): Run {
  return { name: "", outcome: "informational", reason, log: [], skipped: true };
}

async function guarded(name: string, run: () => Promise<Run>): Promise<Run> {
  try {
    return await run();
  } catch (error) {
    return { name, outcome: "fail", reason: `the run broke: ${(error as Error).message}`, log: [] };
  }
}

interface Opened {
  readonly line: TcpLine;
  readonly faults: readonly string[];
  readonly parameters: ReturnType<typeof parametersOf>;
}

/** Opens a connection with a good handshake, or says why not. */
async function openLine(address: Address, request: RequestSpec, { patience, trust }: Manner): Promise<Opened | string> {
  const socket = await openSocket(address, patience.last, trust);
  const { bytes, key } = writeRequest(address, request);
  socket.write(bytes);
  const { head, rest, garbage } = await readAnswer(socket, patience.last);
  if (head === undefined || statusOf(head) !== 101) {
    socket.destroy();
    return head === undefined
      ? `no answer to a good request ${garbage}`
      : `a good request was answered with ${head.line}`;
  }
  return { line: new TcpLine("server", socket, rest), faults: acceptFaults(head, key), parameters: parametersOf(head) };
}

async function runFrames(
  each: FrameCase,
  variant: Variant,
  address: Address,
  cut: Cut,
  name: string,
  manner: Manner,
): Promise<Run> {
  const { patience } = manner;
  const request = each.deflate === undefined ? {} : { add: [offerOf(each.deflate)] };
  const opened = await openLine(address, request, manner);
  if (typeof opened === "string") return { name, outcome: "fail", reason: opened, log: [] };
  const { line, faults, parameters } = opened;
  if (each.deflate !== undefined && parameters === undefined) {
    line.destroy();
    return { ...skipped("the target did not take this offer of permessage-deflate"), name };
  }
  if (each.refers && parameters?.clientNoContextTakeover) {
    line.destroy();
    return { ...skipped("the target wants no reference to earlier messages"), name };
  }
  if (faults.length > 0) {
    line.destroy();
    return { name, outcome: "fail", reason: faults.join("; "), log: [] };
  }
  const deflate = each.deflate === undefined ? undefined : parameters;
  const seen = await play(variant, line, { cut, patience, deflate });
  return { name, ...judge(variant, seen), log: seen.log };
}

/** After a 101 the connection must work: a message comes back, and what was sent with the request. */
function afterwards({ request }: RequestCase): Variant {
  const early = request.frame === undefined ? [] : [{ kind: "text", payload: "early" } as const];
  const echo = [...early, { kind: "text", payload: "after the handshake" } as const];
  return { name: "", steps: [{ send: [text("after the handshake")] }], expect: { echo, end: { is: "open" } } };
}

async function runRequest(
  each: RequestCase,
  address: Address,
  cut: Cut,
  name: string,
  { patience, trust }: Manner,
): Promise<Run> {
  const socket = await openSocket(address, patience.last, trust);
  const { bytes, key } = writeRequest(address, each.request);
  const log: Run["log"][number][] = [{ at: 0, direction: "out", text: printable(bytes) }];
  const reading = { done: false };
  const answer = readAnswer(socket, patience.last).finally(() => {
    reading.done = true;
  });
  for (const piece of cut(bytes)) {
    // Whoever has answered reads no more: further bytes would only reset the connection and lose the answer.
    if ((reading.done && each.request.frame === undefined) || !socket.writable) break;
    socket.write(piece);
    if (piece.length < bytes.length) await new Promise((resolve) => setImmediate(resolve));
  }
  if (each.request.cutAt !== undefined) socket.end();
  const { head, rest, ended, garbage } = await answer;
  log.push({
    at: 0,
    direction: "in",
    text:
      head === undefined
        ? ended
          ? "the connection ended"
          : `nothing ${garbage}`
        : [head.line, ...head.fields.map((field) => field.join(": "))].join("\n"),
  });
  if (head === undefined && !ended) {
    socket.destroy();
    return {
      name,
      outcome: "fail",
      reason: garbage === "" ? "no answer in time" : `answered what is no HTTP: ${garbage}`,
      log,
    };
  }
  const verdict = judgeAnswer(each, head, key);
  if (verdict.outcome === "fail" || head === undefined || statusOf(head) !== 101 || each.request.tail) {
    socket.destroy();
    return { name, ...verdict, log };
  }
  const variant = afterwards(each);
  const seen = await play(variant, new TcpLine("server", socket, rest), { patience, deflate: parametersOf(head) });
  const open = judge(variant, seen);
  return {
    name,
    ...(open.outcome === "pass" ? verdict : { ...open, reason: `after the 101: ${open.reason}` }),
    log: [...log, ...seen.log],
  };
}

/** Holds an answer against the rules of a case. `key`: what the 101 has to answer. */
export function judgeAnswer(each: RequestCase, head: Parameters<typeof answerDifferences>[1], key: string): Verdict {
  const faults = head === undefined ? [] : acceptFaults(head, key);
  if (faults.length > 0) return { outcome: "fail", reason: faults.join("; ") };
  const differences = answerDifferences(each.expect, head);
  if (differences.length === 0) return { outcome: "pass", reason: "" };
  const allowed = each.allow?.find(({ answer }) => answerDifferences(answer, head).length === 0);
  if (allowed !== undefined) return { outcome: allowed.outcome, reason: allowed.reason };
  return { outcome: "fail", reason: differences.join("; ") };
}

/** A head for a log: printable, not too long. */
function printable(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 1500)).toString("latin1");
  const text = [...shown]
    .map((char) => (isPrintable(char) ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`))
    .join("");
  return bytes.length > 1500 ? `${text}… (${bytes.length} octets)` : text;
}

function isPrintable(char: string): boolean {
  return (char >= " " && char <= "~") || char === "\r" || char === "\n";
}
