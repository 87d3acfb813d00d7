import { type Frame, opcodeName } from "./frame.js";
import { hexOfByte } from "./hex.js";

/** One field of a frame header: its bits or bytes, and which note explains it. */
export interface HeaderField {
  readonly name: string;
  /** Number of bits it takes in the first two bytes; 0 for the fields that follow in whole bytes. */
  readonly bits: number;
  readonly value: string;
  readonly note: HeaderNote;
  /** A figure to show with the note: the name of the opcode, the length. */
  readonly figure?: string;
}

/** Which explanation belongs to a field. */
export type HeaderNote =
  | "fieldFin"
  | "fieldNotFin"
  | "fieldRsv"
  | "fieldOpcode"
  | "fieldMask"
  | "fieldNotMask"
  | "fieldLength7"
  | "fieldLength16"
  | "fieldLength64"
  | "fieldExtended"
  | "fieldKey"
  | "fieldKeyHidden";

/** Takes a header apart as RFC 6455 section 5.2 draws it. Works on the bytes, so it shows what was really there. */
export function headerFields(frame: Frame): HeaderField[] {
  const first = frame.header[0] ?? 0;
  const second = frame.header[1] ?? 0;
  const bit = (byte: number, index: number): string => String((byte >> (7 - index)) & 1);
  const opcode = first & 0x0f;
  const length7 = second & 0x7f;
  const masked = (second & 0x80) !== 0;
  const fields: HeaderField[] = [
    { name: "FIN", bits: 1, value: bit(first, 0), note: frame.fin ? "fieldFin" : "fieldNotFin" },
    { name: "RSV1", bits: 1, value: bit(first, 1), note: "fieldRsv" },
    { name: "RSV2", bits: 1, value: bit(first, 2), note: "fieldRsv" },
    { name: "RSV3", bits: 1, value: bit(first, 3), note: "fieldRsv" },
    {
      name: "opcode",
      bits: 4,
      value: opcode.toString(2).padStart(4, "0"),
      note: "fieldOpcode",
      figure: `0x${opcode.toString(16)} ${opcodeName(opcode)}`,
    },
    { name: "MASK", bits: 1, value: bit(second, 0), note: masked ? "fieldMask" : "fieldNotMask" },
    {
      name: "length",
      bits: 7,
      value: length7.toString(2).padStart(7, "0"),
      note: length7 === 127 ? "fieldLength64" : length7 === 126 ? "fieldLength16" : "fieldLength7",
      ...(length7 < 126 ? { figure: String(length7) } : {}),
    },
  ];
  const extended = length7 === 127 ? 8 : length7 === 126 ? 2 : 0;
  const hex = (from: number, count: number): string =>
    frame.header
      .slice(from, from + count)
      .map(hexOfByte)
      .join(" ");
  if (extended > 0) {
    fields.push({
      name: "length",
      bits: 0,
      value: hex(2, extended),
      note: "fieldExtended",
      figure: String(frame.length),
    });
  }
  if (masked) {
    const hidden = frame.key === undefined;
    fields.push({ name: "key", bits: 0, value: hex(2 + extended, 4), note: hidden ? "fieldKeyHidden" : "fieldKey" });
  }
  return fields;
}
