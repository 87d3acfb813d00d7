/**
 * The server that judges any client. The client asks how many runs there are, runs each, and asks for the report; what it has to do is
 * in docs/reference/conformance-protocol.md.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Case, DeflateParameters, ResponseCase, Variant } from "./case.js";
import { judgeOpening } from "./core-run.js";
import { close as closeFrame, encodeFrame, type FrameSpec, text } from "./frame.js";
import { type Head, HeadCollector, listOf, parseHead, valuesOf } from "./http-head.js";
import { judge, type Verdict } from "./judge.js";
import { PATIENCE, type Patience, pieces, whole } from "./line.js";
import { play } from "./play.js";
import { extensionText, parametersOf } from "./request.js";
import { REQUEST_RULES } from "./request-rule.js";
import { writeResponse } from "./response.js";
import { type CaseResult, type Report, type Run, reportOf, resultOf } from "./result.js";
import { casesFor, type NamedCut, runName, tcpCuts } from "./run.js";
import { skipped } from "./server-run.js";
import { TcpLine } from "./tcp-line.js";

/** One run: what `case=N` names. */
interface Planned {
  readonly each: Case;
  readonly variant: Variant | undefined;
  readonly cut: NamedCut;
}

/** How to judge. */
export interface ClientJudgeOptions {
  readonly cases: readonly Case[];
  readonly patience?: Patience;
  /** Called when a client asks for its report. */
  readonly onReport?: (report: Report) => void;
  /** Called after each run. */
  readonly onRun?: (agent: string, run: Run, id: string, done: number, total: number) => void;
}

/** What is known of a client. */
interface Agent {
  readonly runs: Map<number, Run>;
  readonly keys: Set<string>;
  readonly began: number;
}

/** A server on the loopback address that judges clients. */
export class ClientJudge {
  readonly #options: ClientJudgeOptions;
  readonly #plan: readonly Planned[];
  readonly #agents = new Map<string, Agent>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(options: ClientJudgeOptions) {
    this.#options = options;
    this.#plan = planOf(options.cases);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** How many runs a client has to do. */
  get runs(): number {
    return this.#plan.length;
  }

  /** @returns the port it listens on */
  listen(port = 0, host = "127.0.0.1"): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  /** Ends everything. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Everything known of a client. Runs it did not do are failures. */
  report(name: string): Report {
    const agent = this.#agent(name);
    const byCase = new Map<Case, Run[]>();
    for (const [index, { each }] of this.#plan.entries()) {
      const run = agent.runs.get(index) ?? {
        name: "",
        outcome: "fail",
        reason: "the client did not do this run",
        log: [],
      };
      byCase.set(each, [...(byCase.get(each) ?? []), run]);
    }
    const results: CaseResult[] = [...byCase].map(([each, runs]) => resultOf(each, runs, 0));
    return reportOf(name, "client", "tcp", results, performance.now() - agent.began);
  }

  #agent(name: string): Agent {
    let agent = this.#agents.get(name);
    if (agent === undefined) {
      agent = { runs: new Map(), keys: new Set(), began: performance.now() };
      this.#agents.set(name, agent);
    }
    return agent;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    const collector = new HeadCollector();
    const onData = (bytes: Buffer): void => {
      const found = collector.take(bytes);
      if (found === undefined) return;
      socket.off("data", onData);
      socket.pause();
      this.#route(socket, found.head, found.rest).catch(() => socket.destroy());
    };
    socket.on("data", onData);
    socket.on("end", () => {
      if (collector.bytes.length === 0) socket.end();
    });
  }

  async #route(socket: Socket, head: Head, rest: Uint8Array): Promise<void> {
    const url = new URL(head.line.split(" ")[1] ?? "/", "http://judge.invalid");
    const name = url.searchParams.get("agent") ?? "client";
    const number = Number(url.searchParams.get("case"));
    const planned = this.#plan[number - 1];
    if (url.pathname === "/getCaseCount") return this.#say(socket, head, String(this.#plan.length));
    if (url.pathname === "/getCaseInfo" && planned !== undefined) return this.#say(socket, head, infoOf(planned));
    if (url.pathname === "/updateReports") {
      const report = this.report(name);
      this.#options.onReport?.(report);
      const { cases, passed, nonStrict, informational, failed } = report;
      return this.#say(socket, head, JSON.stringify({ cases, passed, nonStrict, informational, failed }));
    }
    if (url.pathname === "/runCase" && planned !== undefined) {
      const agent = this.#agent(name);
      const run = await this.#run(planned, agent, socket, head, rest, url.searchParams.has("limit"));
      agent.runs.set(number - 1, run);
      this.#options.onRun?.(name, run, planned.each.id, agent.runs.size, this.#plan.length);
      return;
    }
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  }

  /** One text message, then the closing handshake. */
  #say(socket: Socket, head: Head, said: string): void {
    socket.write(writeResponse(head, {}, [text(said), closeFrame(1000)]));
    socket.resume();
    socket.once("data", () => socket.end());
    socket.once("end", () => socket.end());
  }

  async #run(
    { each, variant, cut }: Planned,
    agent: Agent,
    socket: Socket,
    head: Head,
    rest: Uint8Array,
    limited: boolean,
  ): Promise<Run> {
    const { patience = PATIENCE } = this.#options;
    const key = valuesOf(head, "Sec-WebSocket-Key")[0] ?? "";
    const earlierKeys = new Set(agent.keys);
    agent.keys.add(key);
    if (each.kind === "response") {
      const authority = valuesOf(head, "Host")[0];
      const early = rest.length;
      return await respond(each, cut, socket, head, { authority, earlierKeys, early }, patience);
    }
    if (each.kind !== "frames" || variant === undefined) return skipped("no case of a client");
    if (each.needs === "limit" && !limited) {
      this.#say(socket, head, "this run does not apply");
      return skipped("the client did not say what its largest message is");
    }
    if (each.deflate !== undefined && !offered(head, each.deflate.clientMaxWindowBits !== undefined)) {
      this.#say(socket, head, "this run does not apply");
      return skipped("the client does not offer this form of permessage-deflate");
    }
    const deflate = each.deflate === undefined ? undefined : inAccordance(each.deflate, parametersOf(head));
    if (each.refers && deflate?.serverNoContextTakeover) {
      this.#say(socket, head, "this run does not apply");
      return skipped("the client wants no reference to earlier messages");
    }
    const add = deflate === undefined ? [] : [`Sec-WebSocket-Extensions: ${extensionText(deflate)}`];
    socket.write(writeResponse(head, { add: [...add, ...chosen(head)] }));
    const seen = await play(variant, new TcpLine("client", socket, rest), { cut: cut.cut, patience, deflate });
    return { name: runName(variant, cut), ...judge(variant, seen), log: seen.log };
  }
}

/** Clients that offer subprotocols may want one chosen. */
function chosen(head: Head): string[] {
  const first = listOf(head, "Sec-WebSocket-Protocol")[0];
  return first === undefined ? [] : [`Sec-WebSocket-Protocol: ${first}`];
}

function offered(head: Head, clientBits: boolean): boolean {
  if (parametersOf(head) === undefined) return false;
  return (
    !clientBits || valuesOf(head, "Sec-WebSocket-Extensions").some((value) => value.includes("client_max_window_bits"))
  );
}

/** The parameters of a case, and those that the client asks for (RFC 7692 §7.1): an answer without them would be no fair one. */
function inAccordance(wanted: DeflateParameters, offer: DeflateParameters = {}): DeflateParameters {
  const bits = Math.min(wanted.serverMaxWindowBits ?? 15, offer.serverMaxWindowBits ?? 15);
  return {
    ...wanted,
    ...(wanted.serverNoContextTakeover || offer.serverNoContextTakeover ? { serverNoContextTakeover: true } : {}),
    ...(wanted.clientNoContextTakeover || offer.clientNoContextTakeover ? { clientNoContextTakeover: true } : {}),
    ...(bits < 15 ? { serverMaxWindowBits: bits } : {}),
  };
}

/** All runs of the client role, in order. */
function planOf(cases: readonly Case[]): Planned[] {
  const plan: Planned[] = [];
  for (const each of casesFor(cases, "client")) {
    if (each.kind === "frames") {
      for (const variant of each.variants) for (const cut of tcpCuts(variant)) plan.push({ each, variant, cut });
    } else if (each.kind === "response") {
      plan.push({ each, variant: undefined, cut: { name: "whole", cut: whole } });
      const both = each.expect.request === undefined && each.response.cutAt === undefined;
      if (both) plan.push({ each, variant: undefined, cut: { name: "pieces of 7", cut: pieces(7) } });
    }
  }
  return plan;
}

/** What a client may ask about a run before doing it. */
function infoOf({ each, cut }: Planned): string {
  const offers = each.kind === "response" ? each.offers : each.kind === "frames" ? each.needs : undefined;
  const protocols = offers === "protocols" ? ["tide", "ebb"] : [];
  return JSON.stringify({ id: each.id, title: each.title, section: each.section, run: cut.name, protocols });
}

/** Why a response case does not apply to a request, or undefined. */
function notOffered({ offers }: ResponseCase, head: Head): string | undefined {
  if (offers === "protocols" && listOf(head, "Sec-WebSocket-Protocol").length === 0)
    return "the client offered no subprotocol";
  if (offers === "permessage-deflate" && !offered(head, false)) return "the client offered no permessage-deflate";
  if (offers === "client_max_window_bits" && !offered(head, true))
    return "the client offered no client_max_window_bits";
  return undefined;
}

interface RequestContext {
  readonly authority: string | undefined;
  readonly earlierKeys: ReadonlySet<string>;
  readonly early: number;
}

async function respond(
  each: ResponseCase,
  cut: NamedCut,
  socket: Socket,
  head: Head,
  context: RequestContext,
  patience: Patience,
): Promise<Run> {
  const inapplicable = notOffered(each, head);
  const { opens, request } = each.expect;
  const response = inapplicable === undefined ? each.response : {};
  const needsProtocol = !each.id.includes("protocol");
  const spec = needsProtocol ? { ...response, add: [...(response.add ?? []), ...chosen(head)] } : response;
  const frames: readonly FrameSpec[] =
    each.response.frames ?? (opens || each.response.end ? [] : [text("not to be heard")]);
  const bytes = writeResponse(head, spec, frames);
  const line = new TcpLine("client", socket, new Uint8Array(0));
  line.seen.note("in", [head.line, ...head.fields.map((field) => field.join(": "))].join("\n"));
  line.seen.note("out", Buffer.from(bytes.subarray(0, 1000)).toString("latin1"));
  await line.write(bytes, cut.cut);
  if (each.response.cutAt !== undefined || each.response.end) line.end();
  const verdict = await watch(each, line, frames, patience, inapplicable === undefined ? agreed(each) : undefined);
  const wrong = request === undefined ? undefined : REQUEST_RULES[request]?.({ head, ...context });
  const log = line.seen.log;
  const name = cut.name;
  if (inapplicable !== undefined) return { ...skipped(inapplicable), name, log };
  if (wrong !== undefined) return { name, outcome: "fail", reason: wrong, log };
  return { name, ...verdict, log };
}

/** The parameters of permessage-deflate that a good response agrees on. */
function agreed({ response, offers }: ResponseCase): DeflateParameters | undefined {
  if (offers === undefined || offers === "protocols") return undefined;
  return parametersOf(parseHead(["", ...(response.add ?? [])].join("\r\n")));
}

/** Waits until the client shows whether the connection is open to it. */
async function watch(
  each: ResponseCase,
  line: TcpLine,
  frames: readonly FrameSpec[],
  patience: Patience,
  deflate: DeflateParameters | undefined,
): Promise<Verdict> {
  const { seen } = line;
  if (each.expect.opens) {
    const early = frames.map(({ payload = "" }) => ({ kind: "text" as const, payload }));
    const echo = [...early, { kind: "text" as const, payload: "after the handshake" }];
    const variant: Variant = {
      name: "",
      steps: [{ send: [text("after the handshake")] }],
      expect: { echo, end: { is: "open" } },
    };
    const verdict = judge(variant, await play(variant, line, { patience, deflate }));
    if (verdict.outcome !== "fail" || seen.alive || seen.messages.length > 0) return verdict;
    return judgeOpening(each, false).outcome === "fail" ? verdict : judgeOpening(each, false);
  }
  const heard = () => seen.messages.length > 0 || seen.alive || seen.close !== undefined;
  await line.wait(() => heard() || seen.ended !== undefined, patience.soon);
  if (!heard() && seen.ended === undefined) {
    await line.write(encodeFrame({ opcode: 9, payload: "are you there?" }, "server"), whole);
    await line.wait(() => heard() || seen.ended !== undefined, patience.soon);
  }
  const ended = seen.ended !== undefined;
  line.destroy();
  if (seen.messages.length > 0 || seen.alive) return judgeOpening(each, true);
  if (seen.close !== undefined)
    return { outcome: "non-strict", reason: `it opened, and closed at once with ${seen.close.code}` };
  if (!ended && !each.response.end) return { outcome: "fail", reason: "it did not end the TCP connection" };
  return judgeOpening(each, false);
}
