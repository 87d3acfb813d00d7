import {
  acceptKey,
  checkUpgradeRequest,
  encodeAccept,
  encodeRefusal,
  HeadParser,
  type HeadResult,
  OriginPolicy,
  type UpgradePolicy,
  type UpgradeResult,
} from "tideway/protocol";
import { piecesFor } from "./pieces.js";
import { sha1 } from "./sha1.js";
import { expect, expectDocumented, expectSame } from "./verdict.js";

const LIMITS = { maxHeadBytes: 2048, maxHeaderLines: 16, maxTargetBytes: 128 };
const POLICIES: readonly UpgradePolicy[] = [
  { origins: new OriginPolicy("any"), secure: false, limits: LIMITS },
  { origins: new OriginPolicy("same-origin", { requireOrigin: true }), secure: true, limits: LIMITS },
];

/** The head of a request: the first byte chooses the cuts and what the request is held against, the rest is what a peer sends. */
export function fuzz(data: Uint8Array): void {
  const choice = data[0] ?? 0;
  const bytes = data.subarray(1);
  const whole = parse([bytes]);
  const pieces = parse(piecesFor(choice, bytes));
  expectSame(plain(pieces), plain(whole), "head in pieces");
  if (whole === undefined) {
    expect(bytes.length < LIMITS.maxHeadBytes, "a head beyond its limit is still incomplete");
    return;
  }
  const { result, taken } = whole;
  expect(taken <= bytes.length, "the head ends behind the bytes");
  if (!result.ok) {
    expectRefusal(result.refusal);
    return;
  }
  expect(bytes[taken - 1] === 0x0a && bytes[taken - 3] === 0x0a, "the head does not end in an empty line");
  expect(result.head.headers.lines <= LIMITS.maxHeaderLines, "more header lines than allowed");
  judge(checkUpgradeRequest(result.head, POLICIES[choice & 1]!));
}

interface Parsed {
  readonly result: HeadResult<"request">;
  /** Bytes up to the end of the head, or up to what was refused in whole pieces. */
  readonly taken: number;
}

function parse(pieces: readonly Uint8Array[]): Parsed | undefined {
  const parser = new HeadParser({ kind: "request", ...LIMITS });
  let before = 0;
  for (const piece of pieces) {
    const result = parser.receive(piece, 0, piece.length);
    if (result !== undefined) return { result, taken: result.ok ? before + result.end : 0 };
    before += piece.length;
  }
  return undefined;
}

function plain(parsed: Parsed | undefined): unknown {
  if (parsed === undefined || !parsed.result.ok) return parsed;
  const { method, target, version, headers } = parsed.result.head;
  return { taken: parsed.taken, method, target, version, headers: [...headers] };
}

function judge(result: UpgradeResult): void {
  if (!result.ok) {
    expectRefusal(result.refusal);
    return;
  }
  expect(result.path.startsWith("/") && !result.path.includes("?"), "the path is no path");
  expect(result.target === result.path + (result.query === undefined ? "" : `?${result.query}`), "path and query");
  expect(Buffer.from(result.key, "base64").length === 16, "the key is not 16 bytes");
  encodeAccept({ accept: acceptKey(result.key, sha1), protocol: result.protocols[0], extensions: result.extensions });
}

function expectRefusal(refusal: { readonly code: string; readonly status: number; readonly message: string }): void {
  expectDocumented(refusal.code);
  expect(refusal.status >= 400 && refusal.status <= 599, `status ${refusal.status}`);
  const answer = Buffer.from(encodeRefusal(refusal)).toString("latin1");
  expect(answer.startsWith(`HTTP/1.1 ${refusal.status} `), "the refusal has another status");
  expect(/^[\x20-\x7e\r\n]*$/.test(answer), "the refusal repeats bytes of the peer");
}
