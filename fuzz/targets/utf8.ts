import { portableKernel } from "tideway/protocol";
import { piecesFor } from "./pieces.js";
import { expect, expectSame } from "./verdict.js";

const START = 0;
const INVALID = -1;
/** Looking after each byte makes a decoder of its own for each: only the beginning is looked at so closely. */
const CLOSELY = 256;

/** The check of UTF-8, in pieces, against TextDecoder. The first byte chooses the cuts. */
export function fuzz(data: Uint8Array): void {
  const bytes = data.subarray(1);
  let state = START;
  for (const piece of piecesFor(data[0] ?? 0, bytes)) {
    if (state !== INVALID) state = portableKernel.validateUtf8(state, piece, 0, piece.length);
  }
  const text = decode(bytes);
  expect(
    (state === START) === (text !== undefined),
    `state ${state}, but TextDecoder ${text === undefined ? "refuses" : "accepts"}`,
  );
  if (text !== undefined) {
    expectSame(portableKernel.decodeUtf8(bytes, 0, bytes.length), text, "the text");
    const target = new Uint8Array(3 * text.length);
    const length = portableKernel.encodeUtf8(text, target, 0);
    expectSame([...target.subarray(0, length)], [...bytes], "encoded again");
  }
  expectFailFast(bytes.subarray(0, CLOSELY));
}

/** The byte at which we give up is the byte at which a streaming decoder does. */
function expectFailFast(bytes: Uint8Array): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let state = START;
  for (let at = 0; at < bytes.length; at++) {
    state = portableKernel.validateUtf8(state, bytes, at, at + 1);
    let refused = false;
    try {
      decoder.decode(bytes.subarray(at, at + 1), { stream: true });
    } catch {
      refused = true;
    }
    expect(
      (state === INVALID) === refused,
      `byte ${at}: state ${state}, TextDecoder ${refused ? "refuses" : "goes on"}`,
    );
    if (refused) return;
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
