/** §5.5, §5.5.2, §5.5.3: control frames, pings and pongs. */
import type { FrameCase } from "../case.js";
import { binary, close, continuation, type FrameSpec, Op, type Payload, ping, pong, text } from "../frame.js";
import { echoBinary, echoText, fails, frameCase, type Group, opens } from "./build.js";

const SIZE: Group = {
  section: "RFC 6455 §5.5",
  quote: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented.",
};
const PING: Group = {
  section: "RFC 6455 §5.5.2",
  quote:
    "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a Close frame.",
};
const PONG: Group = {
  section: "RFC 6455 §5.5.3",
  quote:
    'A Pong frame sent in response to a Ping frame must have identical "Application data" as found in the message body of the Ping frame being replied to.',
};
const UNSOLICITED: Group = {
  section: "RFC 6455 §5.5.3",
  quote: "A Pong frame MAY be sent unsolicited. […] A response to an unsolicited Pong frame is not expected.",
};

const open: FrameSpec = text("begin ", { fin: false });
const controls = [
  ["close", Op.Close],
  ["ping", Op.Ping],
  ["pong", Op.Pong],
] as const;

const tooLong: FrameCase[] = controls.flatMap(([name, opcode]) =>
  (
    [
      ["126", 126],
      ["1000", 1000],
      ["65535", 65_535],
      ["65536", 65_536],
    ] as const
  ).map(([label, size]) =>
    frameCase(
      SIZE,
      `5.5/${name}-of-${label}`,
      { title: `A ${name} of ${size} octets fails the connection before its payload is read` },
      fails({
        before: [text("good")],
        echo: [echoText("good")],
        bad: { opcode, payload: controlPayload(opcode, size) },
        knownAt: 2,
      }),
    ),
  ),
);

/** A close frame needs a good code in front, or it fails for another reason. */
function controlPayload(opcode: number, size: number): Payload {
  if (opcode !== Op.Close) return { kind: "text", size };
  return { hex: `03e8${"61".repeat(Math.max(0, size - 2))}` };
}

const otherForms: FrameCase[] = controls.flatMap(([name, opcode]) =>
  ([16, 64] as const).flatMap((form) => [
    frameCase(
      SIZE,
      `5.5/${name}-${form}-bit-length`,
      { title: `A short ${name} with a ${form}-bit length fails the connection` },
      fails({ bad: { opcode, payload: controlPayload(opcode, 10), form }, knownAt: "header" }),
    ),
    frameCase(
      SIZE,
      `5.5/${name}-${form}-bit-length-inside-message`,
      { title: `A ${name} with a ${form}-bit length inside a fragmented message fails the connection` },
      fails({ before: [open], bad: { opcode, payload: controlPayload(opcode, 125), form }, knownAt: "header" }),
    ),
  ]),
);

const fragmented: FrameCase[] = controls.flatMap(([name, opcode]) => [
  frameCase(
    SIZE,
    `5.5/unfinished-${name}`,
    { title: `A ${name} without FIN fails the connection` },
    fails({
      bad: { opcode, fin: false, payload: controlPayload(opcode, 4) },
      knownAt: 2,
      after: [continuation("more")],
    }),
  ),
  frameCase(
    SIZE,
    `5.5/unfinished-${name}-empty`,
    { title: `An empty ${name} without FIN fails the connection` },
    fails({ bad: { opcode, fin: false }, knownAt: 2 }),
  ),
  frameCase(
    SIZE,
    `5.5/unfinished-${name}-inside-message`,
    { title: `A ${name} without FIN inside a fragmented message fails the connection` },
    fails({ before: [open], bad: { opcode, fin: false, payload: controlPayload(opcode, 4) }, knownAt: 2 }),
  ),
  frameCase(
    SIZE,
    `5.5/unfinished-${name}-after-message`,
    { title: `A ${name} without FIN behind a message that was echoed fails the connection` },
    fails({
      before: [text("good"), ping("good")],
      echo: [echoText("good")],
      pongs: ["good"],
      bad: { opcode, fin: false, payload: controlPayload(opcode, 4) },
      knownAt: 2,
    }),
  ),
]);

const payloads: readonly (readonly [name: string, payload: Payload])[] = [
  ["empty", ""],
  ["text", "Hello"],
  ["not-utf-8", { hex: "00fffe80c0af" }],
  ["nul", { hex: "00000000" }],
  ["looks-like-frames", { hex: "8105 48656c6c6f 8800" }],
  ["124-octets", { kind: "binary", size: 124 }],
  ["125-octets", { kind: "binary", size: 125 }],
];

const pings: FrameCase[] = payloads.flatMap(([name, payload]) => [
  frameCase(
    PONG,
    `5.5.2/ping-${name}`,
    { title: `A ping with the payload "${name}" is answered with the same payload` },
    [opens([{ send: [ping(payload)] }], [], [payload])],
  ),
  frameCase(
    PONG,
    `5.5.2/ping-${name}-inside-message`,
    { title: `A ping with the payload "${name}" inside a fragmented message is answered` },
    [opens([{ send: [text("a", { fin: false }), ping(payload), continuation("b")] }], [echoText("ab")], [payload])],
  ),
]);

const allSizes: FrameCase = frameCase(
  PONG,
  "5.5.2/ping-every-size",
  { title: "Pings of 0 to 125 octets are answered, each with its payload" },
  [
    opens(
      Array.from({ length: 126 }, (_, size) => [
        { send: [ping({ kind: "binary", size })] },
        { await: { pongs: size + 1 }, why: "a ping was not answered at once" },
      ]).flat(),
      [],
      Array.from({ length: 126 }, (_, size) => ({ kind: "binary", size }) as const),
    ),
  ],
);

/** Pings whose last must be answered. */
function burst(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `ping ${i}`);
}

const bursts: FrameCase[] = [
  frameCase(PING, "5.5.2/burst", { title: "Of many pings in one write the last at least is answered" }, [
    opens([{ send: burst(2).map((each) => ping(each)) }], [], burst(2), "2 pings"),
    opens([{ send: burst(10).map((each) => ping(each)) }], [], burst(10), "10 pings"),
    opens([{ send: burst(500).map((each) => ping(each)) }], [], burst(500), "500 pings"),
  ]),
  frameCase(PING, "5.5.2/ping-after-ping", { title: "Pings one after another are each answered" }, [
    opens(
      burst(10).flatMap((each, index) => [
        { send: [ping(each)] },
        { await: { pongs: index + 1 }, why: "a ping was not answered at once" },
      ]),
      [],
      burst(10),
    ),
  ]),
  frameCase(PING, "5.5.2/ping-first", { title: "The first frame of a connection may be a ping" }, [
    opens([{ send: [ping("first"), text("second")] }], [echoText("second")], ["first"]),
  ]),
  frameCase(PING, "5.5.2/ping-and-messages", { title: "Pings between messages are answered and change none" }, [
    opens(
      [{ send: [text("a"), ping("1"), binary("b"), ping("2"), text("c")] }],
      [echoText("a"), echoBinary("b"), echoText("c")],
      ["1", "2"],
    ),
  ]),
  frameCase(PING, "5.5.2/ping-behind-large-message", { title: "A ping behind a large message is answered" }, [
    opens(
      [{ send: [binary({ kind: "binary", size: 200_000 }), ping("after")] }],
      [echoBinary({ kind: "binary", size: 200_000 })],
      ["after"],
    ),
  ]),
  frameCase(PING, "5.5.2/same-ping-twice", { title: "Equal pings are each answered" }, [
    opens(
      [
        { send: [ping("twin")] },
        { await: { pongs: 1 }, why: "a ping was not answered at once" },
        { send: [ping("twin")] },
        { await: { pongs: 2 }, why: "a ping was not answered at once" },
      ],
      [],
      ["twin", "twin"],
    ),
  ]),
  frameCase(PING, "5.5.2/no-pong-after-close", { title: "A ping behind a close frame is not answered" }, [
    {
      name: "",
      steps: [{ send: [close(1000), ping("late")] }],
      expect: { end: { is: "close", codes: [1000], answer: true } },
      allow: [
        {
          expect: { pongs: ["late"], end: { is: "close", codes: [1000], answer: true } },
          outcome: "non-strict",
          reason: "it was answered, which §5.5.2 does not ask for",
        },
      ],
    },
  ]),
];

const unsolicited: FrameCase[] = [
  ...payloads.map(([name, payload]) =>
    frameCase(
      UNSOLICITED,
      `5.5.3/pong-${name}`,
      { title: `A pong nobody asked for with the payload "${name}" is not answered` },
      [opens([{ send: [pong(payload)] }])],
    ),
  ),
  frameCase(UNSOLICITED, "5.5.3/pongs-many", { title: "Ten pongs nobody asked for change nothing" }, [
    opens(
      [{ send: [...Array.from({ length: 10 }, (_, i) => pong(`${i}`)), text("still here")] }],
      [echoText("still here")],
    ),
  ]),
  frameCase(
    UNSOLICITED,
    "5.5.3/pong-then-ping",
    { title: "A pong nobody asked for does not count as the answer to a ping" },
    [opens([{ send: [pong("x"), ping("x")] }], [], ["x"])],
  ),
  frameCase(UNSOLICITED, "5.5.3/pong-between-pings", { title: "Pings around a pong are answered" }, [
    opens([{ send: [ping("1"), pong("2"), ping("3")] }], [], ["1", "3"]),
  ]),
];

/** All of them. */
export const controlCases: readonly FrameCase[] = [
  ...tooLong,
  ...otherForms,
  ...fragmented,
  ...pings,
  allSizes,
  ...bursts,
  ...unsolicited,
];
