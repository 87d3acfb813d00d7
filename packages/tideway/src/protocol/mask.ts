/**
 * Masking (RFC 6455 §5.3): "octet i of the transformed data is the XOR of octet i of the original data with octet at index
 * i modulo 4 of the masking key". The same step masks and unmasks.
 *
 * Keys are unsigned 32-bit numbers in network order: the first octet of the key is the most significant byte.
 */

/** Below this the set-up of the word loop costs more than it saves (measured: docs/decisions/0010-wasm-kernel.md). */
const WORDWISE_FROM = 48;
/** Shifts count in signed 32 bits. What lies behind 2 GiB in one buffer is masked byte by byte: rare enough to be slow. */
const SHIFTABLE = 0x7fff_ffff;
const keyWord = new Int32Array(1);
const keyOctets = new DataView(keyWord.buffer);

let viewed: Uint8Array | undefined;
let words: Int32Array = new Int32Array(0);

/** Octet `index` of the key, any index: taken modulo 4. */
export function maskOctet(key: number, index: number): number {
  return (key >>> (24 - ((index & 3) << 3))) & 0xff;
}

/**
 * XORs bytes[start, end) in place.
 *
 * @param key masking key, 0 to 2^32 - 1, network order
 * @param phase index in the payload of the octet at `start`; only its value modulo 4 matters. A payload that arrives in
 *   pieces goes on where it stopped.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number, phase: number): void {
  let at = start;
  // Turned so that the octet for `at` is the uppermost.
  let turned = turn(key, (phase & 3) << 3);
  const base = bytes.byteOffset;
  if (end - start >= WORDWISE_FROM && base + end <= SHIFTABLE) {
    for (; ((base + at) & 3) !== 0; turned = turn(turned, 8)) bytes[at] = bytes[at++]! ^ (turned >>> 24);
    const stop = (base + end) >>> 2;
    maskWords(wordsOf(bytes, stop), (base + at) >>> 2, stop, turned);
    // Whole words were done, so the key is turned as it was.
    at = (stop << 2) - base;
  }
  const first = turned >>> 24;
  const second = (turned >>> 16) & 0xff;
  const third = (turned >>> 8) & 0xff;
  const fourth = turned & 0xff;
  for (; at + 4 <= end; at += 4) {
    bytes[at] = bytes[at]! ^ first;
    bytes[at + 1] = bytes[at + 1]! ^ second;
    bytes[at + 2] = bytes[at + 2]! ^ third;
    bytes[at + 3] = bytes[at + 3]! ^ fourth;
  }
  for (; at < end; turned = turn(turned, 8)) bytes[at] = bytes[at++]! ^ (turned >>> 24);
}

/** @param turned the key for the first word, its first octet uppermost */
function maskWords(view: Int32Array, from: number, stop: number, turned: number): void {
  // Written in network order and read as the machine holds words in memory: right on either endianness.
  keyOctets.setInt32(0, turned);
  const mask = keyWord[0]!;
  let at = from;
  for (; at + 4 <= stop; at += 4) {
    view[at] = view[at]! ^ mask;
    view[at + 1] = view[at + 1]! ^ mask;
    view[at + 2] = view[at + 2]! ^ mask;
    view[at + 3] = view[at + 3]! ^ mask;
  }
  for (; at < stop; at++) view[at] = view[at]! ^ mask;
}

/** The 32 bits of `word`, turned to the left. */
function turn(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The words of the bytes' buffer, at least `count`. Kept for the last bytes: a reader works through the same for many frames. */
function wordsOf(bytes: Uint8Array, count: number): Int32Array {
  // The second half: a resizable buffer may have grown since.
  if (bytes !== viewed || words.length < count) {
    viewed = bytes;
    words = new Int32Array(bytes.buffer, 0, Math.floor(bytes.buffer.byteLength / 4));
  }
  return words;
}
