import { checkUpgradeResponse, HeadParser, type HeadResult } from "tideway/protocol";
import { piecesFor } from "./pieces.js";
import { expect, expectDocumented, expectSame } from "./verdict.js";

const LIMITS = { maxHeadBytes: 2048, maxHeaderLines: 16 };
/** The answer to the key of RFC 6455 §1.3. */
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The head of a response: the first byte chooses the cuts and what was offered, the rest is what a server sends. */
export function fuzz(data: Uint8Array): void {
  const choice = data[0] ?? 0;
  const bytes = data.subarray(1);
  const whole = parse([bytes]);
  const cut = parse(piecesFor(choice, bytes));
  expectSame(plain(cut), plain(whole), "head in pieces");
  if (whole === undefined) {
    expect(bytes.length < LIMITS.maxHeadBytes, "a head beyond its limit is still incomplete");
    return;
  }
  if (!whole.ok) {
    expectDocumented(whole.refusal.code);
    return;
  }
  const { head } = whole;
  expect(head.status >= 100 && head.status <= 999, `status ${head.status}`);
  const protocols = (choice & 1) === 0 ? [] : ["chat", "superchat"];
  const extensions = (choice & 2) === 0 ? [] : ["permessage-deflate"];
  const result = checkUpgradeResponse(head, {
    accept: ACCEPT,
    protocols,
    extensions,
    requireProtocol: (choice & 4) !== 0,
  });
  if (!result.ok) {
    expectDocumented(result.failure.code);
    return;
  }
  expect(head.status === 101, "opened without 101");
  expect(head.headers.get("sec-websocket-accept") === ACCEPT, "opened without the answer to the key");
  expect(result.protocol === undefined || protocols.includes(result.protocol), "a subprotocol that was not offered");
  expect(
    result.extensions.every(({ name }) => extensions.includes(name)),
    "an extension that was not offered",
  );
}

function parse(pieces: readonly Uint8Array[]): HeadResult<"response"> | undefined {
  const parser = new HeadParser({ kind: "response", ...LIMITS });
  for (const piece of pieces) {
    const result = parser.receive(piece, 0, piece.length);
    if (result !== undefined) return result;
  }
  return undefined;
}

function plain(result: HeadResult<"response"> | undefined): unknown {
  if (result === undefined || !result.ok) return result;
  const { version, status, reason, headers } = result.head;
  return { version, status, reason, headers: [...headers] };
}
