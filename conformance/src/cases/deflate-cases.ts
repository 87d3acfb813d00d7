/** RFC 7692: permessage-deflate in use. How it is agreed on is in request-cases.ts and response-cases.ts. */
import { deflateRawSync } from "node:zlib";
import type { DeflateParameters, EchoSpec, FrameCase, Step, Variant } from "../case.js";
import { binary, continuation, type FrameSpec, Op, ping, text, toHex } from "../frame.js";
import { echoBinary, echoText, type FrameCaseParts, fails, frameCase, type Group, opens } from "./build.js";

const USE: Group = {
  section: "RFC 7692 §7.2",
  quote:
    "An endpoint uses the following algorithm to compress a message. […] An endpoint uses the following algorithm to decompress a message.",
};
const DECOMPRESSION: Group = {
  section: "RFC 7692 §7.2.2",
  quote:
    "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message. […] Decompress the resulting data using DEFLATE.",
};
const ONE_BLOCK: Group = {
  section: "RFC 7692 §7.2.3.1",
  quote:
    'If the endpoint uses one compressed DEFLATE block (compressed with fixed Huffman code and the "BFINAL" bit not set) to compress the message, the endpoint obtains the compressed data to use for the message payload as follows.',
};
const FRAGMENTED: Group = {
  section: "RFC 7692 §7.2.3.1",
  quote:
    "Suppose that the endpoint sends the compressed message with fragmentation. The endpoint splits the compressed data into fragments and builds frames for each fragment.",
};
const SHARED: Group = {
  section: "RFC 7692 §7.2.3.2",
  quote:
    'If the "agreed parameters" did not contain the "client_no_context_takeover" extension parameter, the client can compress the payload of the next message into fewer bytes by referencing the history in the LZ77 sliding window.',
};
const FINAL_BLOCK: Group = {
  section: "RFC 7692 §7.2.3.4",
  quote:
    'On platforms on which the flush method using an empty DEFLATE block with no compression is not available, implementors can choose to flush data using DEFLATE blocks with "BFINAL" set to 1.',
};
const TWO_BLOCKS: Group = {
  section: "RFC 7692 §7.2.3.5",
  quote: "Two or more DEFLATE blocks may be used in one message.",
};
const BIT: Group = {
  section: "RFC 7692 §6.1",
  quote:
    'An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments of a data message. An endpoint receiving such a frame MUST _Fail the WebSocket Connection_.',
};
const CONTEXT: Group = {
  section: "RFC 7692 §7.2.2",
  quote:
    "Otherwise, the client MUST decompress each new message using the LZ77 sliding window used to process the last compressed message. […] Otherwise, the server MUST decompress each new message using the LZ77 sliding window used to process the last compressed message.",
};

const needs = "permessage-deflate" as const;

function deflateCase(group: Group, id: string, parts: FrameCaseParts, variants: readonly Variant[]): FrameCase {
  return frameCase(group, id, { needs, deflate: {}, ...parts }, variants);
}

const parameters: readonly (readonly [name: string, parameters: DeflateParameters])[] = [
  ["defaults", {}],
  ["server-no-context", { serverNoContextTakeover: true }],
  ["client-no-context", { clientNoContextTakeover: true }],
  ["no-context", { serverNoContextTakeover: true, clientNoContextTakeover: true }],
  ["server-window-9", { serverMaxWindowBits: 9 }],
  ["server-window-12", { serverMaxWindowBits: 12 }],
  ["client-window-9", { clientMaxWindowBits: 9 }],
  ["client-window-12", { clientMaxWindowBits: 12 }],
  [
    "all-smallest",
    { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
  ],
];

const SIZES = [16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072] as const;

function exchange(kind: "text" | "binary", size: number, fragment?: number): Variant {
  const count = size <= 1024 ? 400 : size <= 16_384 ? 100 : 25;
  const step: Step = { exchange: { kind, size, count, window: 16, ...(fragment === undefined ? {} : { fragment }) } };
  return {
    ...opens([step]),
    name: `${count} messages of ${size} octets${fragment === undefined ? "" : ` in fragments of ${fragment}`}`,
  };
}

const exchanges: FrameCase[] = parameters.flatMap(([name, deflate]) =>
  (["text", "binary"] as const).flatMap((kind) => [
    deflateCase(
      CONTEXT,
      `7692-7.2/exchange-${kind}-${name}`,
      { deflate, title: `Compressed ${kind} messages of all sizes come back (${name})` },
      SIZES.map((size) => exchange(kind, size)),
    ),
    deflateCase(
      USE,
      `7692-7.2/exchange-${kind}-${name}-fragments`,
      { deflate, title: `Compressed ${kind} messages in fragments come back (${name})` },
      [exchange(kind, 1024, 7), exchange(kind, 16_384, 256), exchange(kind, 131_072, 4096)],
    ),
  ]),
);

function compressed(hex: string, more: Partial<FrameSpec> = {}): FrameSpec {
  return text({ hex }, { rsv: 4, ...more });
}

const HELLO = "f248cdc9c90700";

const examples: FrameCase[] = (
  [
    ["one-block", ONE_BLOCK, [compressed(HELLO)], [echoText("Hello")]],
    [
      "fragmented",
      FRAGMENTED,
      [compressed("f248cd", { fin: false }), continuation({ hex: "c9c90700" })],
      [echoText("Hello")],
    ],
    ["stored-block", DECOMPRESSION, [compressed("000500faff48656c6c6f00")], [echoText("Hello")]],
    ["final-block", FINAL_BLOCK, [compressed("f348cdc9c9070000")], [echoText("Hello")]],
    ["two-blocks", TWO_BLOCKS, [compressed("f248050000 00ffffcac9c90700")], [echoText("Hello")]],
    ["empty", DECOMPRESSION, [compressed("00")], [echoText("")]],
    ["window-shared", SHARED, [compressed(HELLO), compressed("f200110000")], [echoText("Hello"), echoText("Hello")]],
    ["window-not-used", SHARED, [compressed(HELLO), compressed(HELLO)], [echoText("Hello"), echoText("Hello")]],
  ] as const
).map(([name, group, frames, echo]) =>
  deflateCase(
    group,
    `7692-7.2.3/${name}`,
    { title: `The example "${name}"`, ...(name === "window-shared" ? { refers: true } : {}) },
    [opens([{ send: frames }], echo)],
  ),
);

/** A raw DEFLATE stream that ends in a final block, as a message. */
function finalBlock(size: number): Variant {
  const payload = Buffer.alloc(size, "the tide comes in ");
  const hex = toHex(deflateRawSync(payload));
  const message = { hex: toHex(payload) };
  return opens(
    [{ send: [binary({ hex: `${hex}00` }, { rsv: 4 }), binary({ hex: `${hex}00` }, { rsv: 4 })] }],
    [echoBinary(message), echoBinary(message)],
    [],
    `${size} octets`,
  );
}

const blocks: FrameCase[] = [
  deflateCase(
    FINAL_BLOCK,
    "7692-7.2.3/final-block-sizes",
    { title: "Messages whose last block is final come back, and the next one, too" },
    [10, 4096, 4097, 70_000].map(finalBlock),
  ),
  deflateCase(
    {
      section: "RFC 7692 §7.2.1",
      quote:
        'An endpoint MAY use both DEFLATE blocks with the "BFINAL" bit set to 0 and DEFLATE blocks with the "BFINAL" bit set to 1.',
    },
    "7692-7.2.1/final-block-inside",
    { title: "What follows a final block belongs to the same message" },
    [
      opens([{ send: [compressed(`f348cdc9c90700${HELLO}`)] }], [echoText("HelloHello")], [], "in one frame"),
      opens(
        [{ send: [compressed("f348cdc9c90700", { fin: false }), continuation({ hex: HELLO })] }],
        [echoText("HelloHello")],
        [],
        "in two frames",
      ),
    ],
  ),
  deflateCase(
    USE,
    "7692-7.2/empty-fragments",
    { title: "Empty fragments inside a compressed message change nothing" },
    [
      opens(
        [{ send: [compressed("", { fin: false }), continuation({ hex: HELLO }, { fin: false }), continuation("")] }],
        [echoText("Hello")],
      ),
    ],
  ),
  deflateCase(USE, "7692-7.2/cut-everywhere", { title: "A compressed message may be cut into fragments anywhere" }, [
    ...Array.from({ length: 6 }, (_, i) =>
      opens(
        [
          {
            send: [
              compressed(HELLO.slice(0, 2 * i + 2), { fin: false }),
              continuation({ hex: HELLO.slice(2 * i + 2) }),
            ],
          },
        ],
        [echoText("Hello")],
        [],
        `cut at ${i + 1}`,
      ),
    ),
  ]),
  deflateCase(
    USE,
    "7692-7.2/ping-inside",
    { title: "A ping inside a compressed message is answered and not decompressed" },
    [
      opens(
        [{ send: [compressed("f248cd", { fin: false }), ping("plain"), continuation({ hex: "c9c90700" })] }],
        [echoText("Hello")],
        ["plain"],
      ),
    ],
  ),
  deflateCase(
    USE,
    "7692-7.2/plain-between",
    { title: "Messages that are not compressed may stand between those that are", refers: true },
    [
      opens(
        [{ send: [compressed(HELLO), text("plain"), binary("plain, too"), compressed("f200110000")] }],
        [echoText("Hello"), echoText("plain"), echoBinary("plain, too"), echoText("Hello")],
      ),
    ],
  ),
  deflateCase(USE, "7692-7.2/plain-only", { title: "With the extension in use messages need not be compressed" }, [
    opens(
      [{ send: [text("plain"), text("plain", { fin: false }), continuation("plain")] }],
      [echoText("plain"), echoText("plainplain")],
    ),
  ]),
  deflateCase(
    USE,
    "7692-7.2/compressed-fragmented-then-plain",
    { title: "The bit belongs to one message: the next one is plain" },
    [
      opens(
        [{ send: [compressed("f248cd", { fin: false }), continuation({ hex: "c9c90700" }), text("plain")] }],
        [echoText("Hello"), echoText("plain")],
      ),
    ],
  ),
];

const bits: FrameCase[] = (
  [
    ["continuation", [compressed("f248cd", { fin: false })], continuation({ hex: "c9c90700" }, { rsv: 4 }), []],
    ["continuation-of-plain", [text("a", { fin: false })], continuation("b", { rsv: 4 }), []],
    ["ping", [], ping("x", { rsv: 4 }), []],
    ["pong", [], { opcode: Op.Pong, payload: "x", rsv: 4 }, []],
    ["close", [], { opcode: Op.Close, payload: { hex: "03e8" }, rsv: 4 }, []],
    ["rsv2-too", [], compressed(HELLO, { rsv: 6 }), []],
    ["rsv3-too", [], compressed(HELLO, { rsv: 5 }), []],
    ["rsv2-alone", [compressed(HELLO)], text("x", { rsv: 2 }), [echoText("Hello")]],
    ["stray-after-compressed", [compressed(HELLO)], continuation("x"), [echoText("Hello")]],
    ["stray-compressed", [], continuation({ hex: HELLO }, { rsv: 4 }), []],
  ] as readonly (readonly [string, readonly FrameSpec[], FrameSpec, readonly EchoSpec[]])[]
).map(([name, before, bad, echo]) =>
  deflateCase(
    BIT,
    `7692-6/bit-${name}`,
    { title: `The bit RSV1 where it must not be (${name}) fails the connection` },
    fails({ before, bad, echo, knownAt: 2 }),
  ),
);

const broken: FrameCase[] = (
  [
    ["reserved-block-type", "07"],
    ["stored-length-mismatch", "0005000000"],
    ["bad-distance", "f200ffffffff"],
    ["bad-code-lengths", "edffffffffffffffffff"],
    ["not-deflate", "ffffffffffffffffffffffff"],
    ["text-itself", toHex(new TextEncoder().encode("this was never compressed"))],
  ] as const
).map(([name, hex]) =>
  deflateCase(
    DECOMPRESSION,
    `7692-7.2.2/broken-${name}`,
    { title: `A message that is not DEFLATE (${name}) fails the connection` },
    [
      ...fails({ bad: compressed(hex), codes: [1002, 1007] }),
      ...fails({
        before: [compressed(HELLO)],
        echo: [echoText("Hello")],
        bad: compressed(hex),
        codes: [1002, 1007],
      }).map((variant) => ({
        ...variant,
        name: `behind a good one, ${variant.name}`,
      })),
    ],
  ),
);

const notUtf8: FrameCase[] = (
  [
    ["lone-continuation", "80"],
    ["overlong", "c0af"],
    ["surrogate", "eda080"],
    ["beyond", "f4908080"],
    ["truncated", "e282"],
  ] as const
).map(([name, hex]) =>
  deflateCase(
    {
      section: "RFC 6455 §8.1",
      quote:
        "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_.",
    },
    `8.1/compressed-${name}`,
    { title: `Compressed text that is not UTF-8 (${name}) fails the connection` },
    fails({ bad: compressed(`${toHex(deflateRawSync(Buffer.from(hex, "hex")))}00`), codes: [1007] }),
  ),
);

/** All of them. */
export const deflateCases: readonly FrameCase[] = [
  ...exchanges,
  ...examples,
  ...blocks,
  ...bits,
  ...broken,
  ...notUtf8,
];
