/**
 * Where other implementations mean to differ from ours, or do. A table of data: a difference that no row covers fails the comparison,
 * a row that covers nothing fails it too. Each row says which section of RFC 6455 we follow there, and the number of the case in the
 * catalogue of hostile cases.
 */

export type PeerName = "ws" | "websocket";

export interface Allowed {
  readonly id: string;
  readonly section: string;
  readonly peer: PeerName;
  /** How it ends with us: our error codes, or the end as `Outcome` has it. */
  readonly ours: readonly string[];
  /** How it may end with them; "any" where they go on as if nothing had been. */
  readonly theirs: readonly string[] | "any";
  readonly reason: string;
}

const FAIL_FAST = "we fail at the first octet that cannot be right, they read on to the end of";

export const ALLOWED: readonly Allowed[] = [
  // ws
  {
    id: "F-12",
    section: "§5.2: the minimal number of bytes MUST be used to encode the length",
    peer: "ws",
    ours: ["ERR_LENGTH_NOT_MINIMAL"],
    theirs: "any",
    reason: "takes a length in any form",
  },
  {
    id: "F-13",
    section: "§5.2: the most significant bit MUST be 0",
    peer: "ws",
    ours: ["ERR_LENGTH_2_63"],
    theirs: ["fail 1009", "open"],
    reason: "sees a length beyond 2^53 - 1, and only when all of it has come",
  },
  {
    id: "F-22",
    section: "§8.1: invalid UTF-8 MUST fail the connection",
    peer: "ws",
    ours: ["ERR_UTF8"],
    theirs: "any",
    reason: `${FAIL_FAST} the message, and meet whatever else is wrong first`,
  },
  {
    id: "F-08",
    section: "§5.2: a reserved bit MUST be 0, an unknown opcode MUST fail the connection",
    peer: "ws",
    ours: ["ERR_RESERVED_BITS", "ERR_OPCODE", "ERR_CONTROL_FRAGMENTED", "ERR_CONTINUATION", "ERR_MESSAGE_INTERLEAVED"],
    theirs: ["open"],
    reason: "looks at the first octet when the second has come",
  },
  {
    id: "F-01",
    section: "§5.1: a client MUST mask all frames",
    peer: "websocket",
    ours: ["ERR_MASK_REQUIRED"],
    theirs: "any",
    reason: "does not look at the mask bit",
  },
  {
    id: "F-01",
    section: "§5.1: a server MUST NOT mask any frames",
    peer: "websocket",
    ours: ["ERR_MASK_FORBIDDEN"],
    theirs: "any",
    reason: "does not look at the mask bit",
  },
  {
    id: "F-08",
    section: "§5.2: a reserved bit MUST be 0",
    peer: "websocket",
    ours: ["ERR_RESERVED_BITS", "ERR_CONTROL_FRAGMENTED", "ERR_CONTROL_LENGTH", "ERR_CLOSE_LENGTH"],
    theirs: "any",
    reason: `${FAIL_FAST} the frame`,
  },
  {
    id: "F-08",
    section: "§5.2: an unknown opcode MUST fail the connection, the most significant bit of the length MUST be 0",
    peer: "websocket",
    ours: ["ERR_OPCODE", "ERR_LENGTH_2_63"],
    theirs: "any",
    reason: `${FAIL_FAST} the frame, and hand on frames that were read behind it`,
  },
  {
    id: "F-12",
    section: "§5.2: the minimal number of bytes MUST be used to encode the length",
    peer: "websocket",
    ours: ["ERR_LENGTH_NOT_MINIMAL"],
    theirs: "any",
    reason: "takes a length in any form",
  },
  {
    id: "F-14",
    section: "§7.4.1: 1009 is for a message that is too big",
    peer: "websocket",
    ours: ["ERR_MESSAGE_TOO_BIG"],
    theirs: "any",
    reason: "calls a length of 2^32 and more a protocol error, and looks at the length when the key has come",
  },
  {
    id: "F-17",
    section: "§5.4: a continuation needs a message to continue",
    peer: "websocket",
    ours: ["ERR_CONTINUATION"],
    theirs: "any",
    reason: `${FAIL_FAST} the frame, and hand on frames that were read behind it`,
  },
  {
    id: "F-17",
    section: "§5.4: fragments of two messages MUST NOT be interleaved",
    peer: "websocket",
    ours: ["ERR_MESSAGE_INTERLEAVED"],
    theirs: "any",
    reason: `${FAIL_FAST} the frame, and hand on frames that were read behind it`,
  },
  {
    id: "F-22",
    section: "§8.1: invalid UTF-8 MUST fail the connection",
    peer: "websocket",
    ours: ["ERR_UTF8"],
    theirs: "any",
    reason: `${FAIL_FAST} the message, and meet whatever else is wrong first`,
  },
  {
    id: "F-30",
    section: "§7.4.1: 1015 MUST NOT be set in a close frame",
    peer: "websocket",
    ours: ["ERR_CLOSE_CODE"],
    theirs: "any",
    reason: "takes 1015, and looks at the reason before it looks at the code",
  },
  {
    id: "F-33",
    section: "§5.5.1: nothing may follow a close frame",
    peer: "websocket",
    ours: ["close 1005", "close 1000", "close 1001"],
    theirs: "any",
    reason: "frames that were read behind the close frame are still taken, a second close frame too",
  },
];
