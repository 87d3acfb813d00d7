/** §5.1 to §5.3, §5.7: masking, the length field in all its forms, the examples. */
import type { FrameCase, Variant } from "../case.js";
import { binary, close, continuation, type FrameSpec, Op, type Payload, ping, pong, text } from "../frame.js";
import { echoBinary, echoText, fails, frameCase, type Group, opens } from "./build.js";

const MASK: Group = {
  section: "RFC 6455 §5.1",
  quote:
    "The server MUST close the connection upon receiving a frame that is not masked. […] A client MUST close a connection if it detects a masked frame.",
};
const KEY: Group = {
  section: "RFC 6455 §5.3",
  quote:
    'Octet i of the transformed data ("transformed-octet-i") is the XOR of octet i of the original data ("original-octet-i") with octet at index i modulo 4 of the masking key ("masking-key-octet-j")',
};
const LENGTH: Group = {
  section: "RFC 6455 §5.2",
  quote:
    "if 0-125, that is the payload length. If 126, the following 2 bytes interpreted as a 16-bit unsigned integer are the payload length. If 127, the following 8 bytes",
};
const MINIMAL: Group = {
  section: "RFC 6455 §5.2",
  quote: "in all cases, the minimal number of bytes MUST be used to encode the length",
};
const HIGHEST: Group = {
  section: "RFC 6455 §5.2",
  quote: "interpreted as a 64-bit unsigned integer (the most significant bit MUST be 0)",
};
const example = (quote: string): Group => ({ section: "RFC 6455 §5.7", quote });

const open: FrameSpec = text("begin ", { fin: false });

/** Every kind of frame with a payload, and what has to stand before it. */
const kinds: readonly (readonly [name: string, before: readonly FrameSpec[], frame: FrameSpec])[] = [
  ["text", [], text("masked?")],
  ["binary", [], binary({ hex: "00ff7f80" })],
  ["text-unfinished", [], text("masked?", { fin: false })],
  ["continuation", [open], continuation("masked?")],
  ["continuation-unfinished", [open], continuation("masked?", { fin: false })],
  ["close", [], close(1000)],
  ["ping", [], ping("masked?")],
  ["pong", [], pong("masked?")],
  ["ping-inside-message", [open], ping("masked?")],
];

const maskBit: FrameCase[] = kinds.flatMap(([name, before, frame]) => [
  frameCase(
    MASK,
    `5.1/mask-bit-${name}`,
    { title: `A ${name} frame with the mask bit of the other role fails the connection` },
    fails({ before, bad: { ...frame, masking: "wrong" }, knownAt: 2 }),
  ),
  frameCase(
    MASK,
    `5.1/mask-bit-${name}-empty`,
    { title: `An empty ${name} frame with the mask bit of the other role fails the connection` },
    fails({ before, bad: { ...frame, payload: "", masking: "wrong" }, knownAt: 2 }),
  ),
]);

const maskBitElsewhere: FrameCase[] = [
  frameCase(
    MASK,
    "5.1/mask-bit-second-frame",
    { title: "The mask bit is looked at in every frame, not only in the first" },
    fails({ before: [text("good")], echo: [echoText("good")], bad: text("bad", { masking: "wrong" }), knownAt: 2 }),
  ),
  frameCase(
    MASK,
    "5.1/mask-bit-16-bit-length",
    { title: "A frame with a 16-bit length and the mask bit of the other role fails before its length is read" },
    fails({ bad: binary({ kind: "binary", size: 300 }, { masking: "wrong" }), knownAt: 2 }),
  ),
  frameCase(
    MASK,
    "5.1/mask-bit-64-bit-length",
    { title: "A frame with a 64-bit length and the mask bit of the other role fails before its length is read" },
    fails({ bad: binary({ kind: "binary", size: 65_536 }, { masking: "wrong" }), knownAt: 2 }),
  ),
  frameCase(
    MASK,
    "5.1/nothing-after-mask-bit",
    { title: "What follows a frame with the wrong mask bit is not processed" },
    fails({ bad: text("bad", { masking: "wrong" }), after: [text("not heard"), ping("not answered")] }),
  ),
];

const keys: readonly (readonly [name: string, key: number])[] = [
  ["zero", 0],
  ["ones", 0xffff_ffff],
  ["first-octet", 0xff00_0000],
  ["second-octet", 0x00ff_0000],
  ["third-octet", 0x0000_ff00],
  ["fourth-octet", 0x0000_00ff],
  ["high-bits", 0x8080_8080],
  ["all-different", 0x0123_4567],
];

const masking: FrameCase[] = keys.map(([name, key]) =>
  frameCase(
    KEY,
    `5.3/key-${name}`,
    { title: `A message masked with the key ${key.toString(16).padStart(8, "0")} is unmasked`, roles: ["server"] },
    [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 127, 1000].map((size) => {
      const payload: Payload = { kind: "binary", size };
      return opens([{ send: [binary(payload, { key })] }], [echoBinary(payload)], [], `${size} octets`);
    }),
  ),
);

const clientKeys: FrameCase[] = [
  frameCase(
    {
      section: "RFC 6455 §5.3",
      quote: "the client MUST pick a fresh masking key from the set of allowed 32-bit values",
    },
    "5.3/keys-fresh",
    { title: "Every frame of a client has a masking key of its own", roles: ["client"] },
    [
      {
        ...opens([{ exchange: { kind: "binary", size: 16, count: 300, window: 20, compress: false } }]),
        check: "keys",
      },
    ],
  ),
  frameCase(
    { section: "RFC 6455 §5.3", quote: "the masking key MUST be derived from a strong source of entropy" },
    "5.3/keys-fresh-control",
    { title: "Pongs have fresh masking keys, too", roles: ["client"] },
    [
      {
        ...opens(
          Array.from({ length: 120 }, (_, i) => [
            { send: [ping(`p${i}`)] },
            { await: { pongs: i + 1 }, why: "a ping was not answered at once" },
          ]).flat(),
          [],
          Array.from({ length: 120 }, (_, i) => `p${i}`),
        ),
        check: "keys",
      },
    ],
  ),
];

const sizes7 = [0, 1, 2, 3, 64, 123, 124, 125];
const sizes16 = [126, 127, 128, 129, 254, 255, 256, 257, 1000, 4095, 4096, 4097, 32_767, 32_768, 65_534, 65_535];
const sizes64 = [65_536, 65_537, 65_541, 131_071, 131_072, 200_000];

function sized(kind: "text" | "binary", sizes: readonly number[], fragmented: boolean): Variant[] {
  const opcode = kind === "text" ? Op.Text : Op.Binary;
  return sizes.map((size) => {
    const payload: Payload = { kind, size };
    const frames: FrameSpec[] = fragmented
      ? [{ opcode, fin: false }, continuation(payload, { fin: false }), continuation("")]
      : [{ opcode, payload }];
    return opens([{ send: frames }], [{ kind, payload }], [], `${size} octets`);
  });
}

const lengths: FrameCase[] = (["text", "binary"] as const).flatMap((kind) =>
  (
    [
      ["7-bit", sizes7],
      ["16-bit", sizes16],
      ["64-bit", sizes64],
    ] as const
  ).flatMap(([form, sizes]) => [
    frameCase(
      LENGTH,
      `5.2/length-${form}-${kind}`,
      { title: `A ${kind} message with a ${form} length comes back` },
      sized(kind, sizes, false),
    ),
    frameCase(
      LENGTH,
      `5.2/length-${form}-${kind}-continuation`,
      { title: `A ${kind} message whose continuation has a ${form} length comes back` },
      sized(kind, sizes, true),
    ),
  ]),
);

const lengthMixes: FrameCase[] = [
  frameCase(LENGTH, "5.2/length-forms-in-turn", { title: "Messages with all forms of the length follow each other" }, [
    opens(
      [
        {
          send: [binary({ kind: "binary", size: 65_536 }), text("a"), binary({ kind: "binary", size: 126 }), text("")],
        },
      ],
      [
        echoBinary({ kind: "binary", size: 65_536 }),
        echoText("a"),
        echoBinary({ kind: "binary", size: 126 }),
        echoText(""),
      ],
    ),
  ]),
  frameCase(LENGTH, "5.2/many-messages-one-write", { title: "A thousand messages in one write come back in order" }, [
    opens(
      [{ send: Array.from({ length: 1000 }, (_, i) => text(`message ${i}`)) }],
      Array.from({ length: 1000 }, (_, i) => echoText(`message ${i}`)),
    ),
  ]),
  frameCase(LENGTH, "5.2/empty-messages", { title: "Empty messages come back as empty messages of their type" }, [
    opens(
      [{ send: [text(""), binary(""), text(""), binary("")] }],
      [echoText(""), echoBinary(""), echoText(""), echoBinary("")],
    ),
  ]),
  frameCase(LENGTH, "5.2/type-kept", { title: "Text comes back as text and binary as binary, with the same octets" }, [
    opens(
      [{ send: [text("same octets"), binary("same octets")] }],
      [echoText("same octets"), echoBinary("same octets")],
    ),
  ]),
  frameCase(LENGTH, "5.2/all-octet-values", { title: "Binary data with every octet value comes back as it was" }, [
    opens([{ send: [binary({ kind: "binary", size: 512 })] }], [echoBinary({ kind: "binary", size: 512 })]),
  ]),
];

/** Frames whose length is written in more octets than it needs. */
const notMinimal: readonly (readonly [name: string, form: 16 | 64, size: number])[] = [
  ["16-bit-of-0", 16, 0],
  ["16-bit-of-1", 16, 1],
  ["16-bit-of-124", 16, 124],
  ["16-bit-of-125", 16, 125],
  ["64-bit-of-0", 64, 0],
  ["64-bit-of-125", 64, 125],
  ["64-bit-of-126", 64, 126],
  ["64-bit-of-65535", 64, 65_535],
];

const minimal: FrameCase[] = notMinimal.flatMap(([name, form, size]) =>
  (["text", "binary", "continuation"] as const).map((kind) => {
    const payload: Payload = { kind: kind === "binary" ? "binary" : "text", size };
    const before = kind === "continuation" ? [open] : [];
    const opcode = kind === "text" ? Op.Text : kind === "binary" ? Op.Binary : Op.Continuation;
    return frameCase(
      MINIMAL,
      `5.2/length-not-minimal-${name}-${kind}`,
      { title: `A ${kind} frame of ${size} octets with a ${form}-bit length fails the connection` },
      fails({ before, bad: { opcode, payload, form }, knownAt: "header" }),
    );
  }),
);

const announced = (kind: "text" | "binary" | "continuation", declared: bigint): FrameSpec => ({
  opcode: kind === "text" ? Op.Text : kind === "binary" ? Op.Binary : Op.Continuation,
  form: 64,
  declared,
});

const highest: FrameCase[] = (["text", "binary", "continuation"] as const).flatMap((kind) =>
  (
    [
      ["2-63", 0x8000_0000_0000_0000n],
      ["all-ones", 0xffff_ffff_ffff_ffffn],
      ["2-63-plus-5", 0x8000_0000_0000_0005n],
    ] as const
  ).map(([name, declared]) =>
    frameCase(
      HIGHEST,
      `5.2/length-${name}-${kind}`,
      { title: `A ${kind} frame that announces ${declared} octets fails the connection` },
      [
        {
          name: "header only",
          steps: [{ send: [...(kind === "continuation" ? [open] : [])] }, { send: [announced(kind, declared)] }].filter(
            ({ send }) => send.length > 0,
          ),
          expect: { end: { is: "close", codes: [1002] } },
        },
      ],
    ),
  ),
);

const examples: FrameCase[] = [
  frameCase(
    example("A single-frame masked text message"),
    "5.7/hello",
    { title: 'The text message "Hello" of the examples' },
    [opens([{ send: [text("Hello", { key: 0x37fa213d })] }], [echoText("Hello")])],
  ),
  frameCase(
    example("A fragmented unmasked text message"),
    "5.7/hello-fragmented",
    { title: 'The fragmented text message "Hel", "lo" of the examples' },
    [opens([{ send: [text("Hel", { fin: false }), continuation("lo")] }], [echoText("Hello")])],
  ),
  frameCase(
    example("Unmasked Ping request and masked Ping response"),
    "5.7/ping-hello",
    { title: 'The ping "Hello" of the examples' },
    [opens([{ send: [ping("Hello", { key: 0x37fa213d })] }], [], ["Hello"])],
  ),
  frameCase(
    example("256 bytes binary message in a single unmasked frame"),
    "5.7/256-octets",
    { title: "The binary message of 256 octets of the examples" },
    [opens([{ send: [binary({ kind: "binary", size: 256 })] }], [echoBinary({ kind: "binary", size: 256 })])],
  ),
  frameCase(
    example("64KiB binary message in a single unmasked frame"),
    "5.7/64-kib",
    { title: "The binary message of 64 KiB of the examples" },
    [opens([{ send: [binary({ kind: "binary", size: 65_536 })] }], [echoBinary({ kind: "binary", size: 65_536 })])],
  ),
];

/** All of them. */
export const framingCases: readonly FrameCase[] = [
  ...maskBit,
  ...maskBitElsewhere,
  ...masking,
  ...clientKeys,
  ...lengths,
  ...lengthMixes,
  ...minimal,
  ...highest,
  ...examples,
];
