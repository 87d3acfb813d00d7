/** The frames of the load, made once and sent many times (RFC 6455 §5.2). Written for this purpose: the library is under test. */

const FIN = 0x80;
const MASKED = 0x80;
/** A key that is not zero: the server has to do the work of unmasking. */
const KEY = [0x37, 0xfa, 0x21, 0x3d];

/** A payload of letters: valid as text, the same every time. */
export function payloadOf(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(bytes);
  for (let at = 0; at < bytes; at++) payload[at] = 97 + ((at * 7) % 26);
  return payload;
}

/** The frame a server sends for one message. */
export function serverFrame(payload: Uint8Array, text: boolean, reserved = 0): Buffer {
  return Buffer.concat([header(payload.length, (text ? 1 : 2) | reserved, 0), payload]);
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
