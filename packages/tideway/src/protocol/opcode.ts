/** Opcodes of RFC 6455 §5.2. 0x3-0x7 are reserved for further data frames, 0xB-0xF for further control frames. */
export const Opcode = {
  Continuation: 0x0,
  Text: 0x1,
  Binary: 0x2,
  Close: 0x8,
  Ping: 0x9,
  Pong: 0xa,
} as const;

/** One of the six opcodes the standard defines. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** The two opcodes that begin a message. */
export type DataOpcode = typeof Opcode.Text | typeof Opcode.Binary;

/** "Control frames are identified by opcodes where the most significant bit of the opcode is a 1" (RFC 6455 §5.5). */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

/** Whether the standard defines the opcode; the others are reserved and fail the connection (RFC 6455 §5.2). */
export function isDefined(opcode: number): opcode is Opcode {
  return opcode <= Opcode.Binary || (opcode >= Opcode.Close && opcode <= Opcode.Pong);
}
