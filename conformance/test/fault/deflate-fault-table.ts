/** Faults of permessage-deflate: its negotiation, its bit, its codec. */
import type { Fault } from "./fault.js";

const parameter = "deflate/parameter.js";
const negotiation = "deflate/negotiation.js";
const extension = "deflate/permessage-deflate.js";
const assembler = "message-assembler.js";
const codec = "deflate/pooled-codec.js";
const inflation = "deflate/inflation.js";

const offers: Fault[] = [
  {
    name: "a parameter may be there twice",
    file: parameter,
    find: "if (seen.has(name))",
    replace: "if (false)",
    caughtBy: ["7692-7.1/offer-bad-server-bits-twice", "7692-7.1/offer-bad-client-no-context-twice"],
  },
  {
    name: "unknown parameters are passed over",
    file: parameter,
    find: 'return "ERR_DEFLATE_UNKNOWN";',
    replace: "return true;",
    caughtBy: ["7692-7.1/offer-bad-unknown-parameter"],
  },
  {
    name: "a window of 16 bits is taken",
    file: parameter,
    find: "1[0-5])$/",
    replace: "1[0-6])$/",
    caughtBy: ["7692-7.1/offer-bad-server-bits-of-16", "7692-7.1/offer-bad-client-bits-of-16"],
  },
  {
    name: "a window of 7 bits is taken",
    file: parameter,
    find: "(?:[89]|",
    replace: "(?:[789]|",
    caughtBy: ["7692-7.1/offer-bad-client-bits-of-7"],
  },
  {
    name: "window bits may have leading zeroes",
    file: parameter,
    find: "(?:[89]|",
    replace: "(?:0*[89]|",
    caughtBy: ["7692-7.1/offer-bad-server-bits-of-09", "7692-7.1/offer-bad-client-bits-of-08"],
  },
  {
    name: "window bits are looked for inside the value",
    file: parameter,
    find: "/^(?:[89]|1[0-5])$/",
    replace: "/(?:[89]|1[0-5])/",
    caughtBy: ["7692-7.1/offer-bad-server-bits-of-9.0", "7692-7.1/offer-bad-server-bits-of-1000"],
  },
  {
    name: "server_max_window_bits needs no value",
    file: parameter,
    find: 'case "server_max_window_bits":\n            return readBits(value);',
    replace: 'case "server_max_window_bits":\n            return value === true ? 15 : readBits(value);',
    caughtBy: ["7692-7.1/offer-bad-server-bits-no-value"],
  },
  {
    name: "parameters without value may have one",
    file: parameter,
    find: 'return value === true ? true : "ERR_DEFLATE_VALUE";',
    replace: "return true;",
    caughtBy: ["7692-7.1/offer-bad-server-no-context-value", "7692-7.1/offer-bad-client-no-context-value"],
  },
  {
    name: "the server bounds a client that did not offer it",
    file: negotiation,
    find: "clientMaxWindowBits: clientBits,",
    replace: "clientMaxWindowBits: clientBits ?? 15,",
    caughtBy: ["7692-7.1/offer-plain", "7692-7.1/offer-server-no-context"],
  },
  {
    name: "the server accepts server_no_context_takeover and does not say so",
    file: negotiation,
    find: "serverNoContextTakeover: asked.serverNoContextTakeover ??",
    replace: "serverNoContextTakeover:",
    caughtBy: ["7692-7.1/offer-server-no-context", "7692-7.1/offer-all"],
  },
  {
    name: "the server does not heed the window that it is asked for",
    file: negotiation,
    find: "serverMaxWindowBits: serverBits,",
    replace: "serverMaxWindowBits: undefined,",
    caughtBy: ["7692-7.1/offer-server-bits-10", "7692-7.1/offer-quoted-value"],
  },
];

const responses: Fault[] = [
  {
    name: "a parameter may be there twice in a response",
    file: parameter,
    find: "if (seen.has(name))",
    replace: "if (false)",
    caughtBy: ["7692-7.1/response-bad-server-no-context-twice", "7692-7.1/response-bad-server-bits-twice"],
    role: "client",
  },
  {
    name: "unknown parameters of a response are passed over",
    file: parameter,
    find: 'return "ERR_DEFLATE_UNKNOWN";',
    replace: "return true;",
    caughtBy: ["7692-7.1/response-bad-unknown-parameter"],
    role: "client",
  },
  {
    name: "a window of 16 bits is taken from a response",
    file: parameter,
    find: "1[0-5])$/",
    replace: "1[0-6])$/",
    caughtBy: ["7692-7.1/response-bad-server-bits-of-16"],
    role: "client",
  },
  {
    name: "client_max_window_bits needs no value in a response",
    file: parameter,
    find: 'value === true && place === "offer"',
    replace: "value === true",
    caughtBy: ["7692-7.1/response-bad-client-bits-no-value"],
    role: "client",
  },
  {
    name: "the parameters of a response are not looked at",
    file: negotiation,
    find: 'const answered = readParameters(response, "response");',
    replace: 'const answered = readParameters({ ...response, params: [] }, "response");',
    caughtBy: ["7692-7.1/response-bad-server-bits-of-7", "7692-7.1/response-bad-client-no-context-value"],
    role: "client",
  },
];

const bit: Fault[] = [
  {
    name: "a compressed message does not say so",
    file: extension,
    find: "rsv: Rsv.Rsv1 };",
    replace: "rsv: 0 };",
    caughtBy: ["7692-7.2/exchange-text-defaults", "7692-7.2.3/one-block"],
  },
  {
    name: "RSV1 may stand on a continuation",
    file: assembler,
    find: "const allowed = begins &&",
    replace: "const allowed = (begins || opcode === 0) &&",
    caughtBy: ["7692-6/bit-continuation", "7692-6/bit-continuation-of-plain"],
  },
  {
    name: "RSV1 may stand on control frames",
    file: assembler,
    find: "const allowed = begins &&",
    replace: "const allowed = (begins || isControl(opcode)) &&",
    caughtBy: ["7692-6/bit-ping", "7692-6/bit-pong", "7692-6/bit-close"],
  },
  {
    name: "the extension owns RSV2, too",
    file: extension,
    find: "rsv = Rsv.Rsv1;",
    replace: "rsv = Rsv.Rsv1 | Rsv.Rsv2;",
    caughtBy: ["7692-6/bit-rsv2-too", "7692-6/bit-rsv2-alone"],
  },
  {
    name: "the bit is forgotten behind the first frame",
    file: assembler,
    find: "if (++this.#fragments > this.#limits.maxFragments) {",
    replace: "this.#rsv = 0;\n        if (++this.#fragments > this.#limits.maxFragments) {",
    caughtBy: ["7692-7.2.3/fragmented", "7692-7.2/cut-everywhere"],
  },
  {
    name: "the bit holds for the messages behind, too",
    file: assembler,
    find: "this.#rsv = rsv;",
    replace: "this.#rsv |= rsv;",
    caughtBy: ["7692-7.2/plain-between", "7692-7.2/compressed-fragmented-then-plain"],
  },
  {
    name: "compressed text is not checked to be UTF-8",
    file: assembler,
    find: "this.#utf8 = this.#kernel.validateUtf8(UTF8_START, decoded, 0, decoded.length);",
    replace: "this.#utf8 = UTF8_START;",
    caughtBy: ["8.1/compressed-overlong", "8.1/compressed-truncated"],
  },
];

const compression: Fault[] = [
  {
    name: "the four octets stay on what is sent",
    file: "deflate/trailer.js",
    find: "TRAILER_LENGTH = 4;",
    replace: "TRAILER_LENGTH = 0;",
    caughtBy: ["7692-7.2/exchange-text-defaults", "7692-7.2/exchange-binary-server-window-12"],
  },
  {
    name: "the four octets are not put behind what came",
    file: "deflate/trailer.js",
    find: "Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x01,",
    replace: "Uint8Array.of(0x01,",
    caughtBy: ["7692-7.2.3/one-block", "7692-7.2/exchange-text-defaults"],
  },
  {
    name: "what follows a final block is lost",
    file: "deflate/trailer.js",
    find: 'return "more";',
    replace: 'return "whole";',
    caughtBy: ["7692-7.2.1/final-block-inside"],
  },
  {
    name: "the server and the client are mistaken for each other",
    file: parameter,
    find: 'return role === "server" ?',
    replace: 'return role !== "server" ?',
    caughtBy: ["7692-7.2/exchange-text-server-no-context", "7692-7.2/exchange-text-server-window-9"],
  },
  {
    name: "the context is kept though it was promised not to be",
    room: "node",
    file: codec,
    find: "if (!this.#takeover)\n            compressor.reset();",
    replace: "",
    caughtBy: ["7692-7.2/exchange-text-server-no-context", "7692-7.2/exchange-binary-no-context"],
  },
  {
    name: "the context is kept though it was promised not to be",
    room: "node",
    file: codec,
    find: "if (!this.#takeover)\n            compressor.reset();",
    replace: "",
    caughtBy: ["7692-7.2/exchange-text-client-no-context", "7692-7.2/exchange-binary-all-smallest"],
    role: "client",
  },
  {
    name: "the context of the peer is dropped though it takes it over",
    room: "node",
    file: codec,
    find: "this.#history = receive.takeover ?",
    replace: "this.#history = false ?",
    caughtBy: ["7692-7.2.3/window-shared", "7692-7.2/exchange-text-defaults", "7692-7.2/plain-between"],
  },
  {
    name: "half of the context of the peer is dropped",
    room: "node",
    file: "deflate/history.js",
    find: "2 ** windowBits;",
    replace: "2 ** (windowBits - 1);",
    caughtBy: ["7692-7.2/exchange-binary-defaults"],
  },
  {
    name: "the window that was agreed on is not heeded",
    room: "node",
    file: "deflate/pool.js",
    find: "windowBits: Math.min(direction.windowBits, OWN_WINDOW_BITS)",
    replace: "windowBits: OWN_WINDOW_BITS",
    caughtBy: ["7692-7.2/exchange-binary-server-window-9"],
  },
  {
    name: "there is no limit of what a message decompresses to",
    room: "node",
    file: inflation,
    find: "this.#limit = limit;",
    replace: "this.#limit = 2 ** 26;",
    caughtBy: ["10.4/compressed-over-limit", "10.4/compressed-bomb"],
  },
  {
    name: "the limit is that of what is on the wire",
    file: extension,
    find: "return this.#codec.decompress(payload, limit);",
    replace: "return this.#codec.decompress(payload, limit + payload.length);",
    caughtBy: ["10.4/compressed-over-limit"],
  },
  {
    name: "the limit of a compressed message is one octet too low",
    file: extension,
    find: "return this.#codec.decompress(payload, limit);",
    replace: "return this.#codec.decompress(payload, limit - 1);",
    caughtBy: ["10.4/compressed-at-limit", "10.4/compressed-limit-per-message"],
  },
  {
    name: "a message that is not DEFLATE counts as an empty one",
    room: "node",
    file: inflation,
    find: 'if (run === "invalid")\n            return invalidData();',
    replace: 'if (run === "invalid")\n            return new Uint8Array(0);',
    caughtBy: ["7692-7.2.2/broken-reserved-block-type", "7692-7.2.2/broken-stored-length-mismatch"],
  },
  {
    name: "a message that is not DEFLATE is told to be of a wrong type",
    file: "deflate/failure.js",
    find: 'fault: "peer", closeCode: 1007,',
    replace: 'fault: "peer", closeCode: 1003,',
    caughtBy: ["7692-7.2.2/broken-reserved-block-type", "7692-7.2.2/broken-bad-distance"],
  },
];

/** All faults of permessage-deflate. */
export const deflateFaults: readonly Fault[] = [...offers, ...responses, ...bit, ...compression];
