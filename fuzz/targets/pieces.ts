import { randomPieces, whole } from "tideway/testing";

/** The chunking that the first byte of an input asks for: whole, single bytes, or random pieces. */
export function piecesFor(choice: number, bytes: Uint8Array): readonly Uint8Array[] {
  if (choice === 0) return whole(bytes).pieces;
  return randomPieces(bytes, choice, 1 + (choice & 15)).pieces;
}

/** An input is text in these targets: one character per byte, as HTTP has it. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
