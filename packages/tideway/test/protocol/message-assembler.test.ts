import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LimitError, LocalError, PeerError } from "../../dist/protocol/error.js";
import type { Extension } from "../../dist/protocol/extension.js";
import { FrameDecoder } from "../../dist/protocol/frame-decoder.js";
import { type Kernel, portableKernel } from "../../dist/protocol/kernel.js";
import { type Limits, resolveLimits } from "../../dist/protocol/limits.js";
import { applyMask } from "../../dist/protocol/mask.js";
import { MessageAssembler, type MessageHandler } from "../../dist/protocol/message-assembler.js";
import { Opcode } from "../../dist/protocol/opcode.js";
import type { Failure } from "../../dist/protocol/sink.js";
import { type Chunking, chunkings, piecesOf, whole } from "../../dist/testing/chunking.js";
import { fromHex, rawFrame, toHex } from "../../dist/testing/recorder.js";

/** FIN and opcode of the frames that tests are made of. */
const TEXT = 0x81;
const TEXT_BEGIN = 0x01;
const BINARY = 0x82;
const BINARY_BEGIN = 0x02;
const MORE = 0x00;
const END = 0x80;
const PING = 0x89;

class Messages implements MessageHandler {
  onReady(): void {}

  readonly seen: string[] = [];
  reading = true;
  answer: Failure | undefined;
  owned: boolean[] = [];

  onText(text: string): void {
    this.seen.push(`text ${text}`);
  }

  onBinary(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.seen.push(`binary ${toHex(bytes.subarray(start, end))}`);
    this.owned.push(owned);
  }

  onControl(opcode: number, payload: Uint8Array): Failure | undefined {
    this.seen.push(`control ${opcode} ${toHex(payload)}`);
    return this.answer;
  }
}

interface Setup {
  readonly limits?: Partial<Limits>;
  readonly extension?: Extension;
  readonly kernel?: Kernel;
}

/** @param short whether whole messages come the decoder's short way */
function make(
  setup: Setup = {},
  short = true,
): { messages: Messages; assembler: MessageAssembler; decoder: FrameDecoder } {
  const messages = new Messages();
  const kernel = setup.kernel ?? portableKernel;
  const assembler = new MessageAssembler(kernel, resolveLimits("server", setup.limits), setup.extension);
  assembler.handler = messages;
  return { messages, assembler, decoder: new FrameDecoder(assembler, kernel, false, short ? assembler : undefined) };
}

interface Run {
  readonly seen: readonly string[];
  readonly failure: string | undefined;
  readonly taken: number;
}

/** Both ways through the decoder, which must come to the same. */
function run(chunking: Chunking, setup?: Setup): Run {
  const result = runWay(chunking, setup, true);
  assert.deepEqual(runWay(chunking, setup, false), result);
  return result;
}

function runWay(chunking: Chunking, setup: Setup | undefined, short: boolean): Run {
  const { messages, decoder } = make(setup, short);
  let taken = 0;
  for (const piece of chunking.pieces) {
    taken += decoder.decode(new Uint8Array(piece), 0, piece.length, Number.POSITIVE_INFINITY);
  }
  const { failure } = decoder;
  const told = failure instanceof PeerError || failure instanceof LimitError ? ` ${failure.closeCode}` : "";
  return { seen: messages.seen, failure: failure && `${failure.code}${told}`, taken };
}

function runAll(bytes: Uint8Array, setup?: Setup): Run {
  const expected = run(whole(bytes), setup);
  for (const chunking of chunkings(bytes)) assert.deepEqual(run(chunking, setup), expected, chunking.name);
  return expected;
}

type Frame = readonly [first: number, payload?: string | Uint8Array];

function stream(...frames: readonly Frame[]): Uint8Array {
  return Buffer.concat(frames.map(([first, payload]) => rawFrame(first, payload)));
}

const good: readonly (readonly [name: string, frames: readonly Frame[], seen: readonly string[]])[] = [
  ["a text in one frame", [[TEXT, "Grüße"]], ["text Grüße"]],
  ["an empty text", [[TEXT]], ["text "]],
  ["an empty binary message", [[BINARY]], ["binary "]],
  ["a binary message", [[BINARY, fromHex("00ff80")]], ["binary 00ff80"]],
  [
    "two messages",
    [
      [TEXT, "a"],
      [BINARY, "b"],
    ],
    ["text a", "binary 62"],
  ],
  [
    "three fragments",
    [
      [TEXT_BEGIN, "and a"],
      [MORE, "happy new"],
      [END, "year!"],
    ],
    ["text and ahappy newyear!"],
  ],
  ["F-18: empty first, empty last", [[TEXT_BEGIN], [END]], ["text "]],
  ["F-18: empty binary fragments", [[BINARY_BEGIN], [MORE], [MORE], [END]], ["binary "]],
  ["empty fragments around a full one", [[BINARY_BEGIN], [MORE, "x"], [END]], ["binary 78"]],
  ["only the last fragment is not empty", [[TEXT_BEGIN], [END, "x"]], ["text x"]],
  [
    "F-19: control frames between fragments",
    [[BINARY_BEGIN, "a"], [PING, "1"], [MORE, "b"], [0x8a], [PING], [END, "c"]],
    ["control 9 31", "control 10 ", "control 9 ", "binary 616263"],
  ],
  [
    "F-23: a character over two frames",
    [
      [TEXT_BEGIN, fromHex("e2 82")],
      [END, fromHex("ac")],
    ],
    ["text €"],
  ],
  [
    "F-23: a character over four frames, with empty ones and a ping",
    [
      [TEXT_BEGIN, fromHex("f0")],
      [MORE, fromHex("9f")],
      [MORE],
      [PING, "p"],
      [MORE, fromHex("98")],
      [END, fromHex("80")],
    ],
    ["control 9 70", "text 😀"],
  ],
  ["F-25: NUL, byte order mark, U+FFFE", [[TEXT, "\ufeff\0\ufffe😀"]], ["text \ufeff\0\ufffe😀"]],
  [
    "an invalid text in one message does not stain the next",
    [
      [BINARY, fromHex("ff")],
      [TEXT, "ok"],
    ],
    ["binary ff", "text ok"],
  ],
];
for (const [name, frames, seen] of good) {
  test(`${name}, in every chunking`, () => {
    const bytes = stream(...frames);
    assert.deepEqual(runAll(bytes), { seen, failure: undefined, taken: bytes.length });
  });
}

/** `at`: the byte at which it is known. */
const bad: readonly (readonly [name: string, hex: string, at: number, failure: string, seen?: readonly string[]])[] = [
  ["F-02: RSV2", "a1 01 61", 1, "ERR_RESERVED_BITS 1002"],
  ["F-02: RSV3", "91 01 61", 1, "ERR_RESERVED_BITS 1002"],
  ["F-03, F-06: RSV1 without an extension", "c1 01 61", 1, "ERR_RESERVED_BITS 1002"],
  ["F-04: RSV1 on a continuation", "01 00 c0 00", 3, "ERR_RESERVED_BITS 1002"],
  ["F-04: RSV1 on a ping", "c9 00", 1, "ERR_RESERVED_BITS 1002"],
  ["F-11: a fragmented ping", "09 00", 1, "ERR_CONTROL_FRAGMENTED 1002"],
  ["F-11: a fragmented pong", "0a 00", 1, "ERR_CONTROL_FRAGMENTED 1002"],
  ["F-11: a fragmented close", "08 00", 1, "ERR_CONTROL_FRAGMENTED 1002"],
  ["F-17: a continuation of nothing", "80 00", 1, "ERR_CONTINUATION 1002"],
  ["F-17: a continuation of nothing, not final", "00 01 61", 1, "ERR_CONTINUATION 1002"],
  ["F-17b: a continuation after a message", "81 01 61 80 00", 4, "ERR_CONTINUATION 1002", ["text a"]],
  ["F-17b: a continuation after an empty message", "82 00 80 00", 3, "ERR_CONTINUATION 1002", ["binary "]],
  ["F-17b: a continuation after fragments", "02 01 61 80 00 80 00", 6, "ERR_CONTINUATION 1002", ["binary 61"]],
  ["F-17b: a continuation after a ping", "89 00 00 00", 3, "ERR_CONTINUATION 1002", ["control 9 "]],
  ["F-17: a text within a message", "02 01 61 81 00", 4, "ERR_MESSAGE_INTERLEAVED 1002"],
  ["F-17: a binary within an empty beginning", "01 00 02 00", 3, "ERR_MESSAGE_INTERLEAVED 1002"],
  ["F-21: an invalid text", "81 03 61 ff 62", 4, "ERR_UTF8 1007"],
  ["F-22: the second byte of a surrogate, the frame unfinished", "81 7d 61 ed a0", 5, "ERR_UTF8 1007"],
  ["F-22: the first of many fragments", "01 02 61 ff 00 01 62", 4, "ERR_UTF8 1007"],
  ["F-22: a later fragment", "01 01 61 00 02 c3 28", 7, "ERR_UTF8 1007"],
  ["F-22: the bad continuation in the next fragment", "01 01 e2 00 05 28", 6, "ERR_UTF8 1007"],
  ["F-24: cut within a character at FIN", "81 02 e2 82", 4, "ERR_UTF8 1007"],
  ["F-24: cut within a character at FIN of a continuation", "01 01 61 80 01 c3", 6, "ERR_UTF8 1007"],
  ["F-26: cut within a character, then FIN with nothing", "01 02 e2 82 80 00", 6, "ERR_UTF8 1007"],
];
for (const [name, hex, at, failure, seen = []] of bad) {
  test(`${name}: known at byte ${at}, in every chunking`, () => {
    const bytes = fromHex(hex);
    // Whole frames are checked as a whole, so bytes behind the offence may have been taken with it: not byte by byte.
    const results = [...chunkings(bytes)].map((chunking) => run(chunking));
    for (const result of results) assert.deepEqual([result.failure, result.seen], [failure, seen]);
    assert.equal(run(piecesOf(bytes, 1)).taken, at);
    assert.equal(run(whole(bytes.subarray(0, at - 1))).failure, undefined);
    assert.equal(run(whole(bytes.subarray(0, at))).failure, failure);
  });
}

for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  test(`F-07, F-08: opcode ${opcode} is refused with its first byte`, () => {
    for (const fin of [0, 0x80]) {
      assert.deepEqual(runAll(Uint8Array.of(fin | opcode, 0)), { seen: [], failure: "ERR_OPCODE 1002", taken: 1 });
    }
  });
}

test("F-09: a reserved opcode with 2 GiB announced takes no memory and no second byte", () => {
  const { assembler, decoder } = make();
  assert.equal(decoder.decode(fromHex("83 7f 000000007fffffff"), 0, 10, 9), 1);
  assert.equal(assembler.received, 0);
});

const sizes: readonly (readonly [name: string, frames: readonly Frame[], failure: string | undefined])[] = [
  ["F-15: maxPayload - 1", [[BINARY, new Uint8Array(99)]], undefined],
  ["F-15: maxPayload", [[BINARY, new Uint8Array(100)]], undefined],
  ["R-01: maxPayload + 1", [[BINARY, new Uint8Array(101)]], "ERR_MESSAGE_TOO_BIG 1009"],
  [
    "R-02: fragments that add up to maxPayload",
    [
      [BINARY_BEGIN, new Uint8Array(60)],
      [END, new Uint8Array(40)],
    ],
    undefined,
  ],
  [
    "R-02: fragments that add up to one more",
    [
      [BINARY_BEGIN, new Uint8Array(60)],
      [END, new Uint8Array(41)],
    ],
    "ERR_MESSAGE_TOO_BIG 1009",
  ],
  [
    "R-02: a text of fragments",
    [
      [TEXT_BEGIN, "a".repeat(60)],
      [MORE, "a".repeat(40)],
      [END, "a"],
    ],
    "ERR_MESSAGE_TOO_BIG 1009",
  ],
  [
    "messages are counted each for itself",
    [
      [BINARY, new Uint8Array(100)],
      [TEXT, "a".repeat(100)],
      [BINARY, new Uint8Array(1)],
    ],
    undefined,
  ],
  ["control frames do not count", [[BINARY_BEGIN, new Uint8Array(100)], [PING, "x".repeat(100)], [END]], undefined],
];
for (const [name, frames, failure] of sizes) {
  test(`${name}, in every chunking`, () => {
    const result = runAll(stream(...frames), { limits: { maxPayload: 100 } });
    assert.equal(result.failure, failure);
  });
}

for (const [name, hex] of [
  ["maxPayload + 1", "82 7f 0000000000100001"],
  ["2^31", "82 7f 0000000080000000"],
  ["2^32", "82 7f 0000000100000000"],
  ["2^53", "82 7f 0020000000000000"],
  ["2^63 - 1", "82 7f 7fffffffffffffff"],
] as const) {
  test(`F-14: ${name} is refused with the last octet of the length, nothing held`, () => {
    assert.deepEqual(runAll(fromHex(hex)), { seen: [], failure: "ERR_MESSAGE_TOO_BIG 1009", taken: 10 });
  });
}

test("R-02: an overflow is refused at the length that causes it, before its payload", () => {
  const bytes = Buffer.concat([rawFrame(BINARY_BEGIN, new Uint8Array(60)), fromHex("80 29")]);
  assert.equal(run(piecesOf(bytes, 1), { limits: { maxPayload: 100 } }).failure, "ERR_MESSAGE_TOO_BIG 1009");
});

for (const [id, payload] of [
  ["R-04: 1-byte", "a"],
  ["R-05: empty", ""],
] as const) {
  test(`${id} fragments without end: 1 024 are held, the next one is refused`, () => {
    const more = new Array<Frame>(1023).fill([MORE, payload]);
    const upTo = stream([TEXT_BEGIN, payload], ...more);
    assert.equal(run(whole(upTo)).failure, undefined);
    assert.equal(run(piecesOf(upTo, 1)).failure, undefined);
    const beyond = Buffer.concat([upTo, fromHex("00 00")]);
    for (const pieces of [whole(beyond), piecesOf(beyond, 1)]) {
      const result = run(pieces);
      assert.deepEqual([result.failure, result.taken], ["ERR_TOO_MANY_FRAGMENTS 1008", upTo.length + 1]);
    }
    const ended = run(whole(Buffer.concat([stream([TEXT_BEGIN, payload], ...more.slice(1)), rawFrame(END, payload)])));
    assert.deepEqual(ended.seen, [`text ${payload.repeat(1024)}`]);
  });
}

test("R-07: fragments are counted per message", () => {
  const { messages, decoder } = make({ limits: { maxFragments: 3 } });
  const message = stream([BINARY_BEGIN, "a"], [MORE, "b"], [END, "c"]);
  for (let i = 0; i < 1000; i++) decoder.decode(message.slice(), 0, message.length, 9);
  assert.equal(decoder.failure, undefined);
  assert.equal(messages.seen.length, 1000);
});

test("the budget of held memory counts room and fragments", () => {
  const limits = { maxRetained: 1000 };
  assert.equal(
    run(whole(stream([BINARY_BEGIN, new Uint8Array(256)], [MORE, new Uint8Array(100)])), { limits }).failure,
    undefined,
  );
  const tooMany = stream([BINARY_BEGIN, "a"], ...new Array<Frame>(5).fill([MORE, "a"]));
  assert.equal(run(whole(tooMany), { limits }).failure, "ERR_RETAINED 1008");
  assert.equal(run(whole(stream([BINARY_BEGIN, new Uint8Array(900)])), { limits }).failure, "ERR_RETAINED 1008");
});

test("P6: under the default budget no legal message is refused, however uneven its pieces", () => {
  const payload = new Uint8Array(1024 * 1024);
  const bytes = rawFrame(BINARY, payload);
  for (const cuts of [[700_000, 710_000], [65_537], [1, 3, 500_001, 999_999], [600_000, 600_001, 1_048_580]]) {
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      pieces.push(bytes.subarray(from, cut));
      from = cut;
    }
    const result = run({ name: "", pieces });
    assert.deepEqual([result.failure, result.seen.length], [undefined, 1], `cut at ${cuts}`);
  }
});

test("R-08: 20 000 fragments of 1 KiB take time in proportion to their bytes", () => {
  // Copying all that came before for every fragment would be 200 GB here: the test would not end in its time.
  const { messages, decoder } = make({ limits: { maxPayload: 64 * 1024 * 1024, maxFragments: 20_000 } });
  messages.onBinary = (bytes, start, end) => messages.seen.push(`${end - start} ${bytes[start]} ${bytes[end - 1]}`);
  const content = new Uint8Array(1024).fill(7);
  for (let i = 0; i < 20_000; i++) {
    const frame = rawFrame(i === 0 ? BINARY_BEGIN : i === 19_999 ? END : MORE, content);
    decoder.decode(frame, 0, frame.length, 9);
  }
  assert.deepEqual(messages.seen, [`${20_000 * 1024} 7 7`]);
});

test("R-03: what is held follows what has come, not what was announced", () => {
  const { assembler, decoder } = make();
  decoder.decode(fromHex("82 7f 0000000000100000 01 02 03"), 0, 13, 9);
  assert.equal(assembler.received, 3);
  assert.equal(assembler.inMessage, true);
  // The budget would catch more than 256 bytes of room here.
  const held = run(whole(fromHex("82 7f 0000000000100000 01 02 03")), { limits: { maxRetained: 256 + 128 } });
  assert.equal(held.failure, undefined);
});

test("R-30: a message in several pieces lies in a buffer of its own size, and is copied once", () => {
  for (const [length, cut] of [
    [40_000, 100],
    [1_048_576, 700_000],
  ] as const) {
    const { messages, decoder } = make({ limits: { maxPayload: 16_777_216 } });
    let room = 0;
    messages.onBinary = (given) => {
      room = given.buffer.byteLength;
    };
    const bytes = new Uint8Array(rawFrame(BINARY, new Uint8Array(length)));
    decoder.decode(bytes, 0, cut, 9);
    decoder.decode(bytes, cut, bytes.length, 9);
    assert.equal(room, length);
  }
});

test("a message in one frame and one piece is handed on where it lies; what was put together is the receiver's own", () => {
  const { messages, decoder } = make();
  const bytes = stream([BINARY, "abc"]);
  let lay: ArrayBufferLike | undefined;
  const note = messages.onBinary.bind(messages);
  messages.onBinary = (given, start, end, owned) => {
    lay = given.buffer;
    note(given, start, end, owned);
  };
  decoder.decode(bytes, 0, bytes.length, 9);
  assert.equal(lay, bytes.buffer);
  decoder.decode(bytes, 0, 4, 9);
  decoder.decode(bytes, 4, bytes.length, 9);
  assert.notEqual(lay, bytes.buffer);
  const fragments = stream([BINARY_BEGIN, "abc"], [END]);
  decoder.decode(fragments, 0, fragments.length, 9);
  assert.deepEqual(messages.owned, [false, true, true]);
});

test("F-22: text is checked piece by piece as it comes, each byte once", () => {
  let checked = 0;
  const kernel: Kernel = {
    ...portableKernel,
    validateUtf8: (state, bytes, start, end) => {
      checked += end - start;
      return portableKernel.validateUtf8(state, bytes, start, end);
    },
  };
  const bytes = stream([TEXT_BEGIN, "a".repeat(500)], [END, "é".repeat(100)]);
  assert.equal(runWay(piecesOf(bytes, 7), { kernel }, true).failure, undefined);
  assert.equal(checked, 700);
});

test("discard drops an unfinished message and what it held", () => {
  const { messages, assembler, decoder } = make();
  // Ends within a character: that is forgotten too.
  const begun = stream([TEXT_BEGIN, fromHex("61 e2 82")]);
  decoder.decode(begun, 0, begun.length, 9);
  assert.deepEqual([assembler.inMessage, assembler.received], [true, 3]);
  assembler.discard();
  assert.deepEqual([assembler.inMessage, assembler.received], [false, 0]);
  const next = stream([TEXT, "x"]);
  decoder.decode(next, 0, next.length, 9);
  assert.deepEqual(messages.seen, ["text x"]);
});

test("a failure from a control frame's handler is passed on; reading is the handler's word", () => {
  const { messages, assembler, decoder } = make();
  messages.answer = new PeerError("ERR_X", 1002, "no");
  const ping = rawFrame(PING, "x");
  decoder.decode(ping, 0, ping.length, 9);
  assert.equal(decoder.failure, messages.answer);
  assert.equal(assembler.reading, true);
  messages.reading = false;
  assert.equal(assembler.reading, false);
});

test("control payloads are the receiver's own", () => {
  const { messages, decoder } = make();
  let kept: Uint8Array | undefined;
  messages.onControl = (_opcode, payload) => {
    kept = payload;
    return undefined;
  };
  const ping = rawFrame(PING, "abc");
  decoder.decode(ping, 0, ping.length, 9);
  ping.fill(0);
  assert.equal(toHex(kept!), "616263");
});

// The seam for extensions.

/** Owns RSV1: a message with it has its payload reversed. */
class Reverse implements Extension {
  readonly rsv = 0x40;
  readonly asked: (readonly [opcode: number, rsv: number, limit: number])[] = [];
  answer: Failure | undefined;

  decode(opcode: number, rsv: number, payload: Uint8Array, limit: number): Uint8Array | Failure {
    this.asked.push([opcode, rsv, limit]);
    if (payload.length > limit) return new LimitError("ERR_MESSAGE_TOO_BIG", 1009, "too big");
    return this.answer ?? new Uint8Array(payload).reverse();
  }

  encode(): undefined {
    return undefined;
  }
}

const extended: readonly (readonly [
  name: string,
  frames: readonly Frame[],
  seen: readonly string[],
  failure?: string,
])[] = [
  ["a transformed text", [[TEXT | 0x40, "olleH"]], ["text Hello"]],
  [
    "F-05: transformed, plain, transformed",
    [
      [TEXT | 0x40, "ab"],
      [TEXT, "ab"],
      [BINARY | 0x40, "ab"],
    ],
    ["text ba", "text ab", "binary 6261"],
  ],
  [
    "RSV1 on the first frame counts for all",
    [
      [TEXT_BEGIN | 0x40, "ol"],
      [PING, "p"],
      [MORE, "le"],
      [END, "H"],
    ],
    ["control 9 70", "text Hello"],
  ],
  ["an empty transformed message", [[BINARY | 0x40]], ["binary "]],
  ["only the result has to be UTF-8", [[TEXT | 0x40, fromHex("ac 82 e2")]], ["text €"]],
  ["a result that is not UTF-8", [[TEXT | 0x40, fromHex("e2 82 ac")]], [], "ERR_UTF8 1007"],
  ["a result cut within a character", [[TEXT | 0x40, fromHex("82 e2")]], [], "ERR_UTF8 1007"],
  [
    "F-04: RSV1 on a continuation",
    [
      [TEXT_BEGIN | 0x40, "a"],
      [END | 0x40, "b"],
    ],
    [],
    "ERR_RESERVED_BITS 1002",
  ],
  ["F-04: RSV1 on a ping", [[PING | 0x40]], [], "ERR_RESERVED_BITS 1002"],
  ["F-04: RSV1 on a close", [[0xc8]], [], "ERR_RESERVED_BITS 1002"],
  ["F-02: a bit that it does not own", [[TEXT | 0x60, "a"]], [], "ERR_RESERVED_BITS 1002"],
  ["F-07: RSV1 on a reserved opcode", [[0xc3]], [], "ERR_RESERVED_BITS 1002"],
  [
    "F-17b: a continuation after a transformed message",
    [[TEXT | 0x40, "a"], [END]],
    ["text a"],
    "ERR_CONTINUATION 1002",
  ],
];
for (const [name, frames, seen, failure] of extended) {
  test(`extension: ${name}, in every chunking`, () => {
    const result = runAll(stream(...frames), { extension: new Reverse() });
    assert.deepEqual([result.seen, result.failure], [seen, failure]);
  });
}

test("extension: it is told the opcode, the bits and the limit", () => {
  const extension = new Reverse();
  const setup = { extension, limits: { maxPayload: 77 } };
  runWay(whole(stream([TEXT | 0x40, "ab"], [BINARY, "ab"], [BINARY | 0x40, "ab"])), setup, true);
  assert.deepEqual(extension.asked, [
    [1, 0x40, 77],
    [2, 0x40, 77],
  ]);
});

test("extension: its failure passes through, the caller's own fault too", () => {
  for (const answer of [
    new PeerError("ERR_P", 1007, ""),
    new LimitError("ERR_L", 1009, ""),
    new LocalError("ERR_O", ""),
  ]) {
    const extension = new Reverse();
    extension.answer = answer;
    const result = run(whole(stream([TEXT | 0x40, "ab"], [TEXT, "never"])), { extension });
    assert.equal(result.failure?.split(" ")[0], answer.code);
    assert.deepEqual(result.seen, []);
  }
});

test("extension: R-02, R-05: what comes in is limited before it is decoded", () => {
  const limits = { maxPayload: 10, maxFragments: 2 };
  const extension = new Reverse();
  assert.equal(
    run(whole(stream([BINARY | 0x40, new Uint8Array(11)])), { extension, limits }).failure,
    "ERR_MESSAGE_TOO_BIG 1009",
  );
  assert.equal(
    run(whole(stream([BINARY_BEGIN | 0x40], [MORE], [MORE])), { extension, limits }).failure,
    "ERR_TOO_MANY_FRAGMENTS 1008",
  );
  assert.deepEqual(extension.asked, []);
});

test("P6: streams beyond a limit always end in 1008 or 1009, and never hold more than the budget", () => {
  const frames = fc.array(fc.tuple(fc.boolean(), fc.nat(60)), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(frames, fc.nat(), (list, seed) => {
      const limits = { maxPayload: 100, maxFragments: 8 };
      const bytes = Buffer.concat(
        list.map(([more, size], i) =>
          rawFrame((more && i < list.length - 1 ? 0 : 0x80) | (begins(list, i) ? 2 : 0), new Uint8Array(size)),
        ),
      );
      let expected: string | undefined;
      let size = 0;
      let count = 0;
      for (let i = 0; i < list.length && expected === undefined; i++) {
        if (begins(list, i)) size = count = 0;
        size += list[i]![1];
        if (++count > 8) expected = "ERR_TOO_MANY_FRAGMENTS 1008";
        else if (size > 100) expected = "ERR_MESSAGE_TOO_BIG 1009";
      }
      for (const chunking of [whole(bytes), piecesOf(bytes, 1), piecesOf(bytes, 1 + (seed % 50))]) {
        assert.equal(run(chunking, { limits }).failure, expected);
        // The least budget: what the limits allow, without the spare 64 KiB.
        assert.equal(run(chunking, { limits: { ...limits, maxRetained: 100 + 8 * 128 } }).failure, expected);
      }
    }),
    { numRuns: 1000 },
  );
});

function begins(list: readonly (readonly [more: boolean, size: number])[], index: number): boolean {
  return index === 0 || !list[index - 1]![0];
}

test("a close frame of one byte fails with its header, before the byte has come; a ping of one byte does not", () => {
  const { assembler } = make();
  assert.equal(assembler.onFirst(0x88), undefined);
  const failure = assembler.onLength(1);
  assert.ok(failure instanceof PeerError);
  assert.deepEqual([failure.code, failure.closeCode], ["ERR_CLOSE_LENGTH", 1002]);
  for (const [first, length] of [
    [0x88, 0],
    [0x88, 2],
    [PING, 1],
  ] as const) {
    assert.equal(assembler.onFirst(first), undefined);
    assert.equal(assembler.onLength(length), undefined);
  }
});

test("control frames one after another each have their own payload, in every chunking", () => {
  const frames: readonly Frame[] = [[PING, "first"], [0x8a, "2nd"], [PING], [0x88, fromHex("03e8 62 79 65")]];
  assert.deepEqual(
    runAll(stream(...frames)).seen,
    frames.map(([first, payload = ""]) => `control ${first & 15} ${toHex(new Uint8Array(Buffer.from(payload)))}`),
  );
});

test("extension: what it has decoded is the receiver's to keep", () => {
  const { messages, decoder } = make({ extension: new Reverse() });
  const bytes = stream([BINARY | 0x40, "abc"]);
  decoder.decode(bytes, 0, bytes.length, Number.POSITIVE_INFINITY);
  assert.deepEqual([messages.seen, messages.owned], [["binary 636261"], [true]]);
});

test("a whole message is unmasked where it lies", () => {
  const { messages, assembler } = make();
  const key = 0xff_01_02_83 | 0;
  for (const opcode of [Opcode.Text, Opcode.Binary]) {
    const bytes = new TextEncoder().encode("..abcde..");
    applyMask(bytes, 2, 7, key >>> 0, 0);
    assert.equal(assembler.onWhole(opcode, bytes, 2, 7, key), undefined);
    assert.equal(new TextDecoder().decode(bytes), "..abcde..");
  }
  assert.equal(messages.seen.length, 2);
});

test("a whole message is taken only when none has begun, and within the limit", () => {
  const { assembler, decoder } = make({ limits: { maxPayload: 10 } });
  assert.deepEqual([assembler.takesWhole(10), assembler.takesWhole(11)], [true, false]);
  decoder.decode(fromHex("01 00"), 0, 2, 9);
  assert.equal(assembler.takesWhole(0), false);
});
