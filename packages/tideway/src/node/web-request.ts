import type { RequestHead } from "../protocol/handshake/head.js";
import type { UpgradeRequest } from "../protocol/handshake/request-check.js";

/**
 * The web-standard form of an opening handshake, for the application's `upgrade` handler.
 * The authority is the checked Host header, never the target: "//evil.example/x" stays a path.
 * @returns undefined for a Host that RFC 9112 allows and no URL can have, such as "1.2.3.4.5"
 */
export function webRequest(
  head: RequestHead,
  request: UpgradeRequest,
  secure: boolean,
  signal: AbortSignal,
): Request | undefined {
  const url = `${secure ? "https" : "http"}://${request.host}${request.target}`;
  if (!URL.canParse(url)) return undefined;
  const headers = new Headers();
  for (const [name, value] of head.headers) headers.append(name, value);
  return new Request(url, { headers, signal });
}

/**
 * Whether an answer is a `Response`. Also one of another realm or of a package such as undici: to take a refusal for a context would let
 * everybody in.
 */
export function isResponse(answer: unknown): answer is Response {
  return Object.prototype.toString.call(answer) === "[object Response]";
}

/** What an application's `Response` refuses with, in the terms of `encodeRefusal`. */
export async function refusalFrom(response: Response): Promise<{
  status: number;
  headers: (readonly [name: string, value: string])[];
  body: Uint8Array;
}> {
  const body = new Uint8Array(await response.arrayBuffer());
  // Framing is ours: the length is that of the bytes sent, and the connection ends.
  const headers = [...response.headers].filter(([name]) => !FRAMING.has(name));
  return { status: response.status, headers, body };
}

const FRAMING = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"]);
