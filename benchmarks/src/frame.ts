/** The frames of the load, made once and sent many times (RFC 6455 §5.2). Written for this purpose: the library is under test. */

const FIN = 0x80;
const MASKED = 0x80;
/** A key that is not zero: the server has to do the work of unmasking. */
const KEY = [0x37, 0xfa, 0x21, 0x3d];

/** RSV1: the message is compressed (RFC 7692 §6). */
export const COMPRESSED = 0x40;

/** The frame a server sends for one message. */
export function serverFrame(payload: Uint8Array, text: boolean): Buffer {
  return Buffer.concat([header(payload.length, text ? 1 : 2, 0), payload]);
}

/** The frame a client sends for one message: §5.3, masked. */
export function clientFrame(payload: Uint8Array, text: boolean, reserved = 0): Buffer {
  const masked = payload.map((byte, at) => byte ^ (KEY[at & 3] ?? 0));
  return Buffer.concat([header(payload.length, (text ? 1 : 2) | reserved, MASKED), Buffer.from(KEY), masked]);
}

/** `count` copies of a frame in a row. */
export function repeated(frame: Buffer, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => frame));
}

function header(length: number, opcode: number, masked: number): Buffer {
  if (length < 126) return Buffer.from([FIN | opcode, masked | length]);
  if (length < 65_536) return Buffer.from([FIN | opcode, masked | 126, length >> 8, length & 255]);
  const long = Buffer.alloc(10);
  long[0] = FIN | opcode;
  long[1] = masked | 127;
  long.writeUInt32BE(length, 6);
  return long;
}

/** Takes the first `length` octets of what came and gives how many replies they complete. */
export type ReplyCounter = (length: number, bytes: Uint8Array) => number;

/** Counts replies that all have one size. */
export function sizeCounter(size: number): ReplyCounter {
  let partial = 0;
  return (length) => {
    partial += length;
    if (partial < size) return 0;
    const replies = Math.trunc(partial / size);
    partial -= replies * size;
    return replies;
  };
}

/** Counts frames of a server, whatever their size: what a server compresses gets shorter as it learns. */
export function frameCounter(): ReplyCounter {
  const head = new Uint8Array(10);
  let known = 0;
  let payload = 0;
  return (length, bytes) => {
    let frames = 0;
    let at = 0;
    while (at < length) {
      if (payload === 0) {
        head[known++] = bytes[at++]!;
        if (known < headerSize(head, known)) continue;
        payload = payloadLength(head);
        known = 0;
      }
      const step = Math.min(payload, length - at);
      at += step;
      payload -= step;
      if (payload === 0) frames++;
    }
    return frames;
  };
}

/** Octets of a server's header of which `known` are there (§5.2: 2, or 2 or 8 more for the length). */
export function headerSize(head: Uint8Array, known: number): number {
  const length = head[1]!;
  if (known < 2 || length < 126) return 2;
  return length === 126 ? 4 : 10;
}

/** The length that a whole header states. */
export function payloadLength(head: Uint8Array): number {
  const length = head[1]!;
  if (length < 126) return length;
  if (length === 126) return head[2]! * 256 + head[3]!;
  return new DataView(head.buffer, head.byteOffset).getUint32(6);
}
