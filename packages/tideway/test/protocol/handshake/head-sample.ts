/** Requests and responses to start from: valid ones, and the same with lines changed. */
import { HeadParser, type HeadResult } from "../../../dist/protocol/handshake/head-parser.js";
import { HeaderList } from "../../../dist/protocol/handshake/header-list.js";

export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const REQUEST: readonly (readonly [string, string])[] = [
  ["Host", "server.example.com"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Key", KEY],
  ["Sec-WebSocket-Version", "13"],
];

const RESPONSE: readonly (readonly [string, string])[] = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Accept", ACCEPT],
];

/** A change to header lines: a name without value is left out, one with values has exactly those, further ones follow. */
export type Change = Readonly<Record<string, readonly string[]>>;

function change(lines: readonly (readonly [string, string])[], changes: Change): string[] {
  const known = new Set(lines.map(([name]) => name));
  const raw: string[] = [];
  for (const [name, value] of lines) for (const text of changes[name] ?? [value]) raw.push(name, text);
  for (const [name, values] of Object.entries(changes)) {
    if (!known.has(name)) for (const text of values) raw.push(name, text);
  }
  return raw;
}

export function requestHeaders(changes: Change = {}): HeaderList {
  return HeaderList.fromRaw(change(REQUEST, changes));
}

export function responseHeaders(changes: Change = {}): HeaderList {
  return HeaderList.fromRaw(change(RESPONSE, changes));
}

/** The text of a head: first line, header lines, empty line. */
export function headText(firstLine: string, headers: HeaderList): string {
  return `${firstLine}\r\n${[...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** What a parser made of some bytes, in a form that assert.deepEqual can compare. */
export interface Outcome {
  readonly code?: string;
  readonly status?: number;
  /** Everything of the head; header lines as pairs. */
  readonly head?: Readonly<Record<string, unknown>>;
  /** Offset behind the head. */
  readonly end?: number;
}

function outcome(result: HeadResult<"request" | "response">): Outcome {
  if (!result.ok) return { code: result.refusal.code, status: result.refusal.status };
  return { head: { ...result.head, headers: [...result.head.headers] }, end: result.end };
}

/** Parses bytes cut at some offsets. Stops at the first result. */
export function parse(
  kind: "request" | "response",
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  limits: { maxHeadBytes?: number; maxHeaderLines?: number; maxTargetBytes?: number } = {},
): Outcome | undefined {
  const parser = new HeadParser<"request" | "response">({ kind, ...limits });
  const ends = [...cuts, bytes.length];
  let start = 0;
  for (const end of ends) {
    const result = parser.receive(bytes, start, end);
    if (result !== undefined) return outcome(result);
    start = end;
  }
  return undefined;
}
