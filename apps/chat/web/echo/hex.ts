/** Bytes of a hex string. A stray half byte is left out. */
export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor(hex.length / 2));
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** One byte as two hex digits; `??` for one that the page cannot know. */
export function hexOfByte(byte: number | undefined): string {
  return byte === undefined ? "??" : byte.toString(16).padStart(2, "0");
}

/** Masks or unmasks: RFC 6455 section 5.3, byte i with byte i mod 4 of the key. */
export function mask(payload: Uint8Array, key: Uint8Array): Uint8Array {
  return payload.map((byte, i) => byte ^ key[i % 4]!);
}

/** One line of a dump. */
export interface DumpLine {
  readonly offset: string;
  readonly hex: string;
  readonly ascii: string;
}

/** A hex dump, `width` bytes to a line, as everyone knows it. */
export function dump(bytes: Uint8Array, width: number): DumpLine[] {
  const lines: DumpLine[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const line = [...bytes.subarray(at, at + width)];
    lines.push({
      offset: at.toString(16).padStart(4, "0"),
      hex: line
        .map(hexOfByte)
        .join(" ")
        .padEnd(width * 3 - 1),
      ascii: line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join(""),
    });
  }
  return lines;
}
