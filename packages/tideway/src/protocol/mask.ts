/**
 * Masking (RFC 6455 §5.3): "octet i of the transformed data is the XOR of octet i of the original data with octet at index
 * i modulo 4 of the masking key". The same step masks and unmasks.
 *
 * Keys are unsigned 32-bit numbers in network order: the first octet of the key is the most significant byte.
 */

/** Below this the set-up of the word loop costs more than it saves (measured: research of the peers puts the crossover at 8-16 bytes). */
const WORDWISE_FROM = 16;
/** Shifts count in signed 32 bits. What lies behind 2 GiB in one buffer is masked byte by byte: rare enough to be slow. */
const SHIFTABLE = 0x7fff_ffff;

let wordsBuffer: ArrayBufferLike | undefined;
let words: Int32Array = new Int32Array(0);
const keyBytes = new Uint8Array(4);
const keyWord = new Int32Array(keyBytes.buffer);

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
  let index = phase;
  const base = bytes.byteOffset;
  if (end - start >= WORDWISE_FROM && base + end <= SHIFTABLE) {
    while (((base + at) & 3) !== 0) bytes[at] = bytes[at++]! ^ maskOctet(key, index++);
    const view = wordView(bytes.buffer);
    // The key as the machine holds it in memory, turned so that its first octet meets the octet at `at`: right on either endianness.
    for (let i = 0; i < 4; i++) keyBytes[i] = maskOctet(key, index + i);
    const mask = keyWord[0]!;
    const stop = (base + end) >>> 2;
    for (let word = (base + at) >>> 2; word < stop; word++) view[word] = view[word]! ^ mask;
    // Whole words were done, so the phase modulo 4 is what it was.
    at = (stop << 2) - base;
  }
  while (at < end) bytes[at] = bytes[at++]! ^ maskOctet(key, index++);
}

/** One view per buffer, kept for the last one: a reader works through one buffer for many frames. A resizable one may have grown. */
function wordView(buffer: ArrayBufferLike): Int32Array {
  const length = Math.floor(buffer.byteLength / 4);
  if (buffer !== wordsBuffer || words.length !== length) {
    wordsBuffer = buffer;
    words = new Int32Array(buffer, 0, length);
  }
  return words;
}
