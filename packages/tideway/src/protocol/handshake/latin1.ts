/**
 * One character per byte, in both directions: how HTTP/1.1 heads are read and written.
 * TextDecoder's "latin1" is windows-1252 and would change the bytes 0x80 to 0x9F, so it cannot be used.
 */

// Arguments are passed on the stack; this many are safe everywhere.
const PIECE = 2048;

/**
 * Reads bytes as characters U+0000 to U+00FF.
 * @param bytes the buffer; `start` (inclusive) and `end` (exclusive) are offsets in it
 */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i += PIECE) {
    // `apply` takes any array-like and is many times faster here than a spread, which goes through an iterator.
    const piece: ArrayLike<number> = bytes.subarray(i, Math.min(i + PIECE, end));
    text += String.fromCharCode.apply(null, piece as number[]);
  }
  return text;
}

/**
 * Writes characters as bytes.
 * @param text only U+0000 to U+00FF; the callers have checked that
 */
export function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
