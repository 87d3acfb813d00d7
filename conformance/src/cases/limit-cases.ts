/** §10.4: limits, and messages in the shapes that large transfers have. */
import { deflateRawSync } from "node:zlib";
import type { Allowed, FrameCase, Step, Variant } from "../case.js";
import { binary, continuation, type FrameSpec, Op, type Payload, ping, text, toHex } from "../frame.js";
import { echoText, frameCase, type Group, opens } from "./build.js";

const LIMIT: Group = {
  section: "RFC 6455 §10.4",
  quote:
    "Implementations that have implementation- and/or platform-specific limitations regarding the frame size or total message size after reassembly from multiple frames MUST protect themselves against exceeding those limits.",
};
const ANNOUNCED: Group = {
  section: "RFC 6455 §10.4",
  quote:
    "a malicious endpoint can try to exhaust its peer's memory […] by sending either a single big frame (e.g., of size 2**60)",
  level: "SHOULD",
};
const ANY_SIZE: Group = {
  section: "RFC 6455 §5.4",
  quote: "A sender MAY create fragments of any size for non-control messages.",
};

const tooBig = { end: { is: "close", codes: [1009] } } as const;

/** Frames of a message with fragments of a size. */
function inFragments(kind: "text" | "binary", size: number, fragment: number): FrameSpec[] {
  const frames: FrameSpec[] = [];
  const letter = kind === "text" ? "61" : "80";
  for (let at = 0; at < size; at += fragment) {
    frames.push({
      opcode: at > 0 ? Op.Continuation : kind === "text" ? Op.Text : Op.Binary,
      fin: at + fragment >= size,
      payload: { hex: letter.repeat(Math.min(fragment, size - at)) },
    });
  }
  return frames;
}

function uniform(kind: "text" | "binary", size: number): Payload {
  return { hex: (kind === "text" ? "61" : "80").repeat(size) };
}

/** Cases around the largest message of a target that says what it is. */
function knownLimit(limit: number): FrameCase[] {
  const kinds = ["text", "binary"] as const;
  const needs = "limit" as const;
  return kinds.flatMap((kind) => {
    const opcode = kind === "text" ? Op.Text : Op.Binary;
    const at = (size: number, name: string): Variant =>
      opens([{ send: [{ opcode, payload: uniform(kind, size) }] }], [{ kind, payload: uniform(kind, size) }], [], name);
    const fragment = Math.ceil(limit / 7);
    const closes = (steps: readonly Step[], name = ""): Variant => ({ name, steps, expect: tooBig });
    return [
      frameCase(
        LIMIT,
        `10.4/${kind}-at-limit`,
        { needs, title: `A ${kind} message as large as the limit comes back` },
        [at(limit - 1, "one octet less"), at(limit, "exactly")],
      ),
      frameCase(
        LIMIT,
        `10.4/${kind}-over-limit`,
        { needs, title: `A ${kind} message one octet larger than the limit is refused` },
        [closes([{ send: [{ opcode, payload: uniform(kind, limit + 1) }] }])],
      ),
      frameCase(
        LIMIT,
        `10.4/${kind}-announced-over-limit`,
        { needs, title: `A ${kind} frame that announces too much is refused before it comes`, level: "SHOULD" },
        [
          closes([
            { send: [{ opcode, payload: uniform(kind, limit + 1) }], to: "header" },
            { fuse: "it waited for the payload" },
            { send: [{ opcode, payload: uniform(kind, limit + 1) }], from: "header" },
          ]),
        ],
      ),
      frameCase(
        LIMIT,
        `10.4/${kind}-fragments-at-limit`,
        { needs, title: `Fragments of a ${kind} message up to the limit come back` },
        [opens([{ send: inFragments(kind, limit, fragment) }], [{ kind, payload: uniform(kind, limit) }])],
      ),
      frameCase(
        LIMIT,
        `10.4/${kind}-fragments-over-limit`,
        { needs, title: `Fragments of a ${kind} message whose sum is over the limit are refused` },
        [closes([{ send: inFragments(kind, limit + 1, fragment) }])],
      ),
      frameCase(
        LIMIT,
        `10.4/${kind}-unfinished-over-limit`,
        { needs, title: `Fragments over the limit are refused before the message ends`, level: "SHOULD" },
        [
          closes([
            { send: inFragments(kind, limit + 1, fragment).map((frame) => ({ ...frame, fin: false })) },
            { fuse: "it waited for the end of the message" },
            { send: [continuation("")] },
          ]),
        ],
      ),
      frameCase(
        LIMIT,
        `10.4/${kind}-limit-per-message`,
        { needs, title: `The limit is for each ${kind} message, not for all of them` },
        [
          opens(
            [{ send: [1, 2, 3].map(() => ({ opcode, payload: uniform(kind, limit) })) }],
            [1, 2, 3].map(() => ({ kind, payload: uniform(kind, limit) })),
          ),
        ],
      ),
      frameCase(
        LIMIT,
        `10.4/${kind}-pings-do-not-count`,
        { needs, title: `Pings inside a ${kind} message do not count towards its size` },
        [
          opens(
            [
              {
                send: [
                  { opcode, fin: false, payload: uniform(kind, limit - 1) },
                  ping({ kind: "binary", size: 125 }),
                  continuation(uniform(kind, 1)),
                ],
              },
            ],
            [{ kind, payload: uniform(kind, limit) }],
            [{ kind: "binary", size: 125 }],
          ),
        ],
      ),
    ];
  });
}

/** How many times the limit a bomb is; on the wire it is smaller than the limit. */
const BOMB = 64;

/** Cases around the largest message, of messages that are far smaller on the wire. */
function compressedLimit(limit: number): FrameCase[] {
  // A final block, and the octet behind it with which RFC 7692 §7.2.3.4 ends such a message.
  const wire = (size: number): string => `${toHex(deflateRawSync(Buffer.alloc(size, 0x61)))}00`;
  const compressed = (hex: string, fin = true): FrameSpec => ({ opcode: Op.Text, fin, rsv: 4, payload: { hex } });
  const message = (size: number): FrameSpec => compressed(wire(size));
  const comes = (size: number, name: string): Variant =>
    opens([{ send: [message(size)] }], [echoText(uniform("text", size))], [], name);
  const closes = (name: string, ...send: readonly FrameSpec[]): Variant => ({
    name,
    steps: [{ send }],
    expect: tooBig,
  });
  const of = (id: string, title: string, variants: readonly Variant[]): FrameCase =>
    frameCase(LIMIT, `10.4/compressed-${id}`, { needs: "limit", deflate: {}, title }, variants);
  const over = wire(limit + 1);
  return [
    of("at-limit", "A compressed message that is as large as the limit without compression comes back", [
      comes(limit - 1, "one octet less"),
      comes(limit, "exactly"),
    ]),
    of("over-limit", "A compressed message that is one octet larger than the limit without compression is refused", [
      closes("in one frame", compressed(over)),
      closes("in two", compressed(over.slice(0, 4), false), continuation({ hex: over.slice(4) })),
    ]),
    of("bomb", "A message that is small on the wire and huge without compression is refused", [
      closes("", message(limit * BOMB)),
    ]),
    of("limit-per-message", "The limit is for each compressed message, not for all of them", [
      opens(
        [{ send: [1, 2, 3].map(() => message(limit)) }],
        [1, 2, 3].map(() => echoText(uniform("text", limit))),
      ),
    ]),
  ];
}

const waits: Allowed = {
  expect: { end: { is: "silent" } },
  outcome: "informational",
  reason: "it waits for a message that cannot come",
};

const announced: FrameCase[] = (["text", "binary", "continuation"] as const).flatMap((kind) =>
  (
    [
      ["2-40", 2n ** 40n],
      ["2-53", 2n ** 53n],
      ["2-60", 2n ** 60n],
      ["2-63-less-1", 2n ** 63n - 1n],
    ] as const
  ).map(([name, declared]) =>
    frameCase(
      ANNOUNCED,
      `10.4/announced-${name}-${kind}`,
      { title: `A ${kind} frame that announces ${declared} octets is refused, or at least not prepared for` },
      [
        {
          name: "",
          steps: [
            ...(kind === "continuation" ? [{ send: [text("a", { fin: false })] }] : []),
            {
              send: [
                {
                  opcode: kind === "text" ? Op.Text : kind === "binary" ? Op.Binary : Op.Continuation,
                  form: 64 as const,
                  declared,
                },
              ],
            },
          ],
          expect: tooBig,
          allow: [waits],
        },
      ],
    ),
  ),
);

/** Sums that a 32-bit or 53-bit count gets wrong. */
const sums: FrameCase[] = (
  [
    ["2-32", 2n ** 32n - 2n],
    ["2-53", 2n ** 53n - 2n],
    ["2-63", 2n ** 63n - 3n],
  ] as const
).map(([name, declared]) =>
  frameCase(
    ANNOUNCED,
    `10.4/sum-${name}`,
    { title: `A fragment of four octets and one of ${declared} announced are refused` },
    [
      {
        name: "",
        steps: [{ send: [binary("four", { fin: false }), { opcode: Op.Continuation, form: 64, declared }] }],
        expect: tooBig,
        allow: [waits],
      },
    ],
  ),
);

const endless: FrameCase[] = [
  frameCase(
    {
      ...LIMIT,
      level: "MAY",
      quote: "or by sending a long stream of small frames that are a part of a fragmented message",
    },
    "10.4/many-empty-fragments",
    { title: "Twenty thousand empty fragments are refused, or come back as an empty message" },
    [
      {
        name: "",
        steps: [
          {
            send: [
              text("", { fin: false }),
              ...Array.from({ length: 19_998 }, () => continuation("", { fin: false })),
              continuation(""),
            ],
          },
        ],
        expect: { echo: [echoText("")], end: { is: "open" } },
        allow: [{ expect: { end: { is: "close", codes: [1008, 1009] } }, outcome: "pass", reason: "" }],
      },
    ],
  ),
];

const MIB = 1024 * 1024;

/** Sizes for one kind and shape; 16 MiB only whole, so that a full run stays short. */
function transfer(
  kind: "text" | "binary",
  shape: string,
  variants: readonly (readonly [size: number, fragment?: number])[],
): FrameCase {
  return frameCase(
    ANY_SIZE,
    `5.4/transfer-${kind}-${shape}`,
    { title: `Large ${kind} messages (${shape}) come back` },
    variants.map(([size, fragment]) => ({
      ...opens([
        {
          exchange: {
            kind,
            size,
            count: size >= 4 * MIB ? 1 : 2,
            window: 1,
            compress: false,
            ...(fragment === undefined ? {} : { fragment }),
          },
        },
      ]),
      name: `${size} octets${fragment === undefined ? "" : ` in fragments of ${fragment}`}`,
    })),
  );
}

const transfers: FrameCase[] = (["text", "binary"] as const).flatMap((kind) => [
  transfer(kind, "whole", [[64], [256], [1024], [4096], [16_384], [65_536], [262_144], [MIB], [4 * MIB], [16 * MIB]]),
  transfer(kind, "in-small-fragments", [
    [65_536, 64],
    [262_144, 256],
    [MIB, 1024],
    [MIB, 4096],
  ]),
  transfer(kind, "in-large-fragments", [
    [MIB, 65_536],
    [4 * MIB, 65_536],
    [4 * MIB, 262_144],
    [4 * MIB, MIB],
  ]),
  ...[16, 64, 256, 1024].map((size) =>
    frameCase(
      ANY_SIZE,
      `5.4/rate-${kind}-${size}`,
      { title: `Thousand ${kind} messages of ${size} octets come back in order` },
      [
        {
          ...opens([{ exchange: { kind, size, count: 1000, window: 1, compress: false } }]),
          name: "one at a time",
        },
        {
          ...opens([{ exchange: { kind, size, count: 1000, window: 100, compress: false } }]),
          name: "a hundred on their way",
        },
      ],
    ),
  ),
]);

/** All of them. @param limit largest message of the target, in octets */
export function limitCases(limit: number): readonly FrameCase[] {
  return [...knownLimit(limit), ...compressedLimit(limit), ...announced, ...sums, ...endless, ...transfers];
}
