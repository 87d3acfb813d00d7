/** A frame as a peer may send it, right or wrong: every field is said, none follows from another. */
export interface RawFrame {
  readonly fin: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly rsv: number;
  readonly opcode: number;
  /** The four octets of the masking key; undefined: not masked. */
  readonly key: readonly [number, number, number, number] | undefined;
  /** Octets of the extended length: 0, 2 or 8. */
  readonly lengthOctets: 0 | 2 | 8;
  /** What the length field says. */
  readonly length: bigint;
  readonly payload: Uint8Array;
}

/** A frame as it should be. */
export function soundFrame(opcode: number, fin: boolean, payload: Uint8Array, key?: RawFrame["key"]): RawFrame {
  const lengthOctets = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  return { fin, rsv: 0, opcode, key, lengthOctets, length: BigInt(payload.length), payload };
}

/** The octets of a frame (RFC 6455 §5.2), written from its fields alone. */
export function writeFrame(frame: RawFrame): Uint8Array {
  const { key, lengthOctets, length, payload } = frame;
  const short = lengthOctets === 0 ? Number(length & 127n) : lengthOctets === 2 ? 126 : 127;
  const octets = [(frame.fin ? 128 : 0) | (frame.rsv << 4) | frame.opcode, (key === undefined ? 0 : 128) | short];
  for (let shift = lengthOctets - 1; shift >= 0; shift--) octets.push(Number((length >> BigInt(8 * shift)) & 255n));
  if (key !== undefined) octets.push(...key);
  const bytes = new Uint8Array(octets.length + payload.length);
  bytes.set(octets);
  payload.forEach((octet, i) => {
    bytes[octets.length + i] = key === undefined ? octet : octet ^ key[i & 3]!;
  });
  return bytes;
}
