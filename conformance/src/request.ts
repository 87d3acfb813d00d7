import { randomBytes } from "node:crypto";
import type { AnswerRule, DeflateParameters, FieldRule, RequestSpec } from "./case.js";
import { encodeFrame } from "./frame.js";
import { writeHead } from "./head-text.js";
import { acceptOf, type Head, listOf, statusOf, valuesOf } from "./http-head.js";

/** Where a server is. */
export interface Address {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Host header. */
  readonly authority: string;
  /** Path and query. */
  readonly target: string;
}

/** Reads a ws: or wss: URL. @throws Error for anything else */
export function addressOf(url: string): Address {
  const parsed = new URL(url);
  if (parsed.protocol !== "ws:" && parsed.protocol !== "wss:") throw new Error(`"${url}" is no ws: or wss: URL`);
  const secure = parsed.protocol === "wss:";
  return {
    secure,
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: Number(parsed.port || (secure ? 443 : 80)),
    authority: parsed.host,
    target: parsed.pathname + parsed.search,
  };
}

/** A request as bytes, and the key that is in it. */
export interface WrittenRequest {
  readonly bytes: Uint8Array;
  readonly key: string;
}

/** Writes a request: a good one, with the changes of a case. */
export function writeRequest(address: Address, spec: RequestSpec = {}): WrittenRequest {
  const key = spec.set?.["Sec-WebSocket-Key"] ?? randomBytes(16).toString("base64");
  const fill = (line: string): string =>
    line.replaceAll("{host}", address.authority).replaceAll("{target}", address.target).replaceAll("{key}", key);
  const good = {
    Host: "{host}",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
  };
  const first = `${spec.method ?? "GET"} ${spec.target ?? "{target}"} ${spec.version ?? "HTTP/1.1"}`;
  const head = writeHead(first, good, spec, fill);
  const bytes = spec.frame === undefined ? head : Buffer.concat([head, encodeFrame(spec.frame, "client")]);
  return { bytes: spec.cutAt === undefined ? bytes : bytes.subarray(0, spec.cutAt), key };
}

/** The lines that offer permessage-deflate with parameters. */
export function offerOf(parameters: DeflateParameters): string {
  return `Sec-WebSocket-Extensions: ${extensionText(parameters)}`;
}

/** The extension with its parameters as it stands in a header. */
export function extensionText(parameters: DeflateParameters): string {
  const words = ["permessage-deflate"];
  if (parameters.serverNoContextTakeover) words.push("server_no_context_takeover");
  if (parameters.clientNoContextTakeover) words.push("client_no_context_takeover");
  if (parameters.serverMaxWindowBits !== undefined)
    words.push(`server_max_window_bits=${parameters.serverMaxWindowBits}`);
  if (parameters.clientMaxWindowBits !== undefined)
    words.push(`client_max_window_bits=${parameters.clientMaxWindowBits}`);
  return words.join("; ");
}

/** What is in use after a response or offer with this header; undefined without permessage-deflate. */
export function parametersOf(head: Head): DeflateParameters | undefined {
  const element = listOf(head, "Sec-WebSocket-Extensions").find((each) => /^permessage-deflate\s*(?:;|$)/i.test(each));
  if (element === undefined) return undefined;
  const has = (name: string): boolean => new RegExp(`;\\s*${name}\\s*(?:;|=|$)`).test(element);
  const bits = (name: string): number | undefined => {
    const value = new RegExp(`;\\s*${name}\\s*=\\s*"?(\\d+)`).exec(element)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const [server, client] = [bits("server_max_window_bits"), bits("client_max_window_bits")];
  return {
    serverNoContextTakeover: has("server_no_context_takeover"),
    clientNoContextTakeover: has("client_no_context_takeover"),
    ...(server === undefined ? {} : { serverMaxWindowBits: server }),
    ...(client === undefined ? {} : { clientMaxWindowBits: client }),
  };
}

/** Everything that is wrong with a 101, whatever was asked (§4.2.2, item 5); none for any other answer. */
export function acceptFaults(head: Head, key: string): string[] {
  if (statusOf(head) !== 101) return [];
  const faults: string[] = [];
  if (!/^HTTP\/1\.1 101(?: |$)/.test(head.line)) faults.push(`§4.2.2: the status line is "${head.line}"`);
  const upgrade = valuesOf(head, "Upgrade").map((value) => value.toLowerCase());
  if (upgrade.length !== 1 || upgrade[0] !== "websocket") faults.push("§4.2.2: no Upgrade: websocket in the answer");
  if (!listOf(head, "Connection").some((token) => token.toLowerCase() === "upgrade")) {
    faults.push("§4.2.2: no Connection: Upgrade in the answer");
  }
  const accept = valuesOf(head, "Sec-WebSocket-Accept");
  if (accept.length !== 1 || accept[0] !== acceptOf(key))
    faults.push("§4.2.2: Sec-WebSocket-Accept does not answer the key");
  for (const name of ["Content-Length", "Transfer-Encoding"]) {
    if (valuesOf(head, name).length > 0) faults.push(`RFC 9110 §8.6, RFC 9112 §6.1: ${name} in a 101`);
  }
  return faults;
}

/** Differences of an answer from a rule, in words. `head` is undefined when the connection ended without one. */
export function answerDifferences(rule: AnswerRule, head: Head | undefined): string[] {
  if (head === undefined) return rule.status.includes("closed") ? [] : ["the connection ended without an answer"];
  const status = statusOf(head);
  if (!rule.status.some((wanted) => fits(wanted, status)))
    return [`answered ${status || head.line}, not ${rule.status.join(" or ")}`];
  return (rule.fields ?? []).flatMap((field) => fieldDifferences(field, head));
}

function fits(wanted: AnswerRule["status"][number], status: number): boolean {
  if (wanted === "4xx") return status >= 400 && status < 500;
  if (wanted === "5xx") return status >= 500 && status < 600;
  if (wanted === "not-101") return status >= 200;
  return wanted === status;
}

function fieldDifferences({ name, values, pattern, optional = false }: FieldRule, head: Head): string[] {
  const found = valuesOf(head, name);
  const said = `${name}: ${found.join(", ")}`;
  if (values?.length === 0) return found.length === 0 ? [] : [`${said} was not asked for`];
  if (found.length === 0) return optional ? [] : [`no ${name} in the answer`];
  if (pattern !== undefined)
    return new RegExp(pattern).test(found.join(", ")) ? [] : [`${said} is not what may be answered`];
  const wanted = values?.map((value) => value.toLowerCase()) ?? [];
  const elements = listOf(head, name).map((value) => value.toLowerCase());
  const fit = elements.some((value) => wanted.includes(value)) && (!optional || elements.length === 1);
  return fit ? [] : [`${said}, not ${values?.join(" or ")}`];
}
