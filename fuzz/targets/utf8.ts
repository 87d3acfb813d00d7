import { type KernelPlace, kernelPlaces } from "tideway/testing";
import { piecesFor } from "./pieces.js";
import { expect, expectSame } from "./verdict.js";

const START = 0;
const INVALID = -1;
/** Looking after each byte makes a decoder of its own for each: only the beginning is looked at so closely. */
const CLOSELY = 256;

/** The check of UTF-8 by every kernel, in pieces, against TextDecoder. The first byte chooses the cuts. */
export function fuzz(data: Uint8Array): void {
  for (const at of kernelPlaces) fuzzKernel(at, data);
}

function fuzzKernel(at: KernelPlace, data: Uint8Array): void {
  const { kernel, place } = at;
  const bytes = data.subarray(1);
  let state = START;
  for (const piece of piecesFor(data[0] ?? 0, bytes)) {
    if (state !== INVALID) state = kernel.validateUtf8(state, place(piece), 0, piece.length);
  }
  const text = decode(bytes);
  expect(
    (state === START) === (text !== undefined),
    `${at.name}: state ${state}, but TextDecoder ${text === undefined ? "refuses" : "accepts"}`,
  );
  const key = (data[0] ?? 0) * 0x01_02_03_05;
  const masked = place(bytes);
  kernel.mask(masked, 0, masked.length, key, 0);
  expectSame(kernel.unmaskText(masked, 0, masked.length, key), text, `${at.name}: the text in one call`);
  if (text !== undefined) {
    expectSame(kernel.decodeUtf8(place(bytes), 0, bytes.length), text, `${at.name}: the text`);
    const target = place(new Uint8Array(3 * text.length));
    const length = kernel.encodeUtf8(text, target, 0);
    expectSame([...target.subarray(0, length)], [...bytes], `${at.name}: encoded again`);
  }
  expectFailFast(at, bytes.subarray(0, CLOSELY));
}

/** The byte at which we give up is the byte at which a streaming decoder does. */
function expectFailFast({ name, kernel, place }: KernelPlace, bytes: Uint8Array): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const placed = place(bytes);
  let state = START;
  for (let at = 0; at < bytes.length; at++) {
    state = kernel.validateUtf8(state, placed, at, at + 1);
    let refused = false;
    try {
      decoder.decode(bytes.subarray(at, at + 1), { stream: true });
    } catch {
      refused = true;
    }
    expect(
      (state === INVALID) === refused,
      `${name}: byte ${at}: state ${state}, TextDecoder ${refused ? "refuses" : "goes on"}`,
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
