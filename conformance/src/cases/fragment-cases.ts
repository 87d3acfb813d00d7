/** §5.4: fragments in every order, right and wrong. */
import type { EchoSpec, FrameCase, Variant } from "../case.js";
import {
  binary,
  close,
  continuation,
  type FrameSpec,
  Op,
  type Payload,
  payloadBytes,
  ping,
  pong,
  text,
  toHex,
} from "../frame.js";
import { echoBinary, echoText, fails, frameCase, type Group, opens } from "./build.js";

const ORDER: Group = {
  section: "RFC 6455 §5.4",
  quote:
    "A fragmented message consists of a single frame with the FIN bit clear and an opcode other than 0, followed by zero or more frames with the FIN bit clear and the opcode set to 0, and terminated by a single frame with the FIN bit set and an opcode of 0.",
};
const INTERLEAVED: Group = {
  section: "RFC 6455 §5.4",
  quote: "The fragments of one message MUST NOT be interleaved between the fragments of another message",
};
const RECEIVE: Group = {
  section: "RFC 6455 §5.4",
  quote: "Clients and servers MUST support receiving both fragmented and unfragmented messages.",
};
const CONTROL: Group = {
  section: "RFC 6455 §5.4",
  quote: "An endpoint MUST be capable of handling control frames in the middle of a fragmented message.",
};

/** The frames an order is made of: the state they need and leave. */
const letters = {
  text: { opcode: Op.Text, fin: true, begins: true },
  binary: { opcode: Op.Binary, fin: true, begins: true },
  "text-open": { opcode: Op.Text, fin: false, begins: true },
  "binary-open": { opcode: Op.Binary, fin: false, begins: true },
  continue: { opcode: Op.Continuation, fin: false, begins: false },
  end: { opcode: Op.Continuation, fin: true, begins: false },
  ping: { opcode: Op.Ping, fin: true, begins: false },
} as const;
type Letter = keyof typeof letters;
const alphabet = Object.keys(letters) as Letter[];

/** An order of frames and what the standard makes of it: a model of §5.4 in a few lines. */
interface Order {
  readonly letters: readonly Letter[];
  readonly frames: readonly FrameSpec[];
  readonly echo: readonly EchoSpec[];
  readonly pongs: readonly Payload[];
  /** Inside a message. */
  readonly inside: { readonly kind: "text" | "binary"; readonly payload: string } | undefined;
  /** The last frame is wrong. */
  readonly wrong: boolean;
}

const NOTHING: Order = { letters: [], frames: [], echo: [], pongs: [], inside: undefined, wrong: false };

function follow(order: Order, letter: Letter): Order {
  const { opcode, fin, begins } = letters[letter];
  const payload = `${letter}${order.letters.length}`;
  const frames = [...order.frames, { opcode, fin, payload }];
  const next = { ...order, letters: [...order.letters, letter], frames };
  if (letter === "ping") return { ...next, pongs: [...order.pongs, payload] };
  if (begins === (order.inside !== undefined)) return { ...next, wrong: true };
  const kind = order.inside?.kind ?? (opcode === Op.Binary ? "binary" : "text");
  const message = { kind, payload: (order.inside?.payload ?? "") + payload };
  return fin ? { ...next, inside: undefined, echo: [...order.echo, message] } : { ...next, inside: message };
}

/** Every order of up to `most` frames in which all frames but the last are right. */
function* orders(most: number, from: Order = NOTHING): Generator<Order> {
  if (from.letters.length > 0) yield from;
  if (from.wrong || from.letters.length === most) return;
  for (const letter of alphabet) yield* orders(most, follow(from, letter));
}

const wrongOrders: FrameCase[] = [...orders(3)]
  .filter(({ wrong }) => wrong)
  .map(({ letters: names, frames, echo, pongs }) =>
    frameCase(
      names.at(-1) === "end" || names.at(-1) === "continue" ? ORDER : INTERLEAVED,
      `5.4/wrong-${names.join("+")}`,
      { title: `The order ${names.join(", ")} fails at its last frame` },
      fails({ before: frames.slice(0, -1), echo, pongs, bad: frames.at(-1)!, knownAt: 2 }),
    ),
  );

const rightOrders: FrameCase[] = [...orders(3)]
  .filter(
    ({ wrong, inside, letters: names }) => !wrong && inside === undefined && !names.every((name) => name === "ping"),
  )
  .filter(({ letters: names }) => names.some((name) => name.endsWith("open")) || names.length === 2)
  .map(({ letters: names, frames, echo, pongs }) =>
    frameCase(RECEIVE, `5.4/right-${names.join("+")}`, { title: `The order ${names.join(", ")} is right` }, [
      opens([{ send: frames }], echo, pongs),
    ]),
  );

/** A message cut into fragments at the given places. */
function fragmentsOf(kind: "text" | "binary", payload: Uint8Array, cuts: readonly number[]): FrameSpec[] {
  const places = [0, ...cuts, payload.length];
  return places.slice(1).map((end, index) => ({
    opcode: index > 0 ? Op.Continuation : kind === "text" ? Op.Text : Op.Binary,
    fin: index === places.length - 2,
    payload: { hex: toHex(payload.subarray(places[index], end)) },
  }));
}

function cutVariants(kind: "text" | "binary", payload: Payload): Variant[] {
  const bytes = payloadBytes(payload);
  const echo = [{ kind, payload }];
  const variants: Variant[] = [];
  for (let at = 0; at <= bytes.length; at++) {
    variants.push(opens([{ send: fragmentsOf(kind, bytes, [at]) }], echo, [], `two fragments, cut at ${at}`));
  }
  const every = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1);
  variants.push(opens([{ send: fragmentsOf(kind, bytes, every) }], echo, [], "a fragment per octet"));
  variants.push(opens([{ send: fragmentsOf(kind, bytes, [0, 0, 4, 4, 4]) }], echo, [], "empty fragments between"));
  return variants;
}

const cuts: FrameCase[] = [
  frameCase(
    RECEIVE,
    "5.4/cut-text",
    { title: "A text message is the same however it is cut into fragments" },
    cutVariants("text", "fragments"),
  ),
  frameCase(
    RECEIVE,
    "5.4/cut-text-multibyte",
    { title: "Fragments may be cut inside a character" },
    cutVariants("text", "aé€𝄞z"),
  ),
  frameCase(
    RECEIVE,
    "5.4/cut-binary",
    { title: "A binary message is the same however it is cut into fragments" },
    cutVariants("binary", { hex: "00ff80817f01fe" }),
  ),
];

/** Many fragments of a size. */
function many(kind: "text" | "binary", count: number, size: number): Variant {
  const payload = { kind, size: count * size } as const;
  const bytes = payloadBytes(payload);
  const places = Array.from({ length: count - 1 }, (_, i) => (i + 1) * size);
  return opens([{ send: fragmentsOf(kind, bytes, places) }], [{ kind, payload }], [], `${count} fragments of ${size}`);
}

const shapes: FrameCase[] = [
  frameCase(RECEIVE, "5.4/many-text", { title: "A text message of many fragments comes back" }, [
    many("text", 2, 1000),
    many("text", 100, 10),
    many("text", 900, 1),
    many("text", 64, 4096),
  ]),
  frameCase(RECEIVE, "5.4/many-binary", { title: "A binary message of many fragments comes back" }, [
    many("binary", 2, 1000),
    many("binary", 100, 10),
    many("binary", 900, 1),
    many("binary", 64, 4096),
  ]),
  frameCase(RECEIVE, "5.4/empty-two", { title: "An empty first and an empty last fragment are an empty message" }, [
    opens([{ send: [text("", { fin: false }), continuation("")] }], [echoText("")]),
  ]),
  frameCase(RECEIVE, "5.4/empty-many", { title: "A hundred empty fragments are an empty message" }, [
    opens(
      [
        {
          send: [
            binary("", { fin: false }),
            ...Array.from({ length: 98 }, () => continuation("", { fin: false })),
            continuation(""),
          ],
        },
      ],
      [echoBinary("")],
    ),
  ]),
  frameCase(RECEIVE, "5.4/empty-first", { title: "The first fragment may be empty" }, [
    opens([{ send: [text("", { fin: false }), continuation("late")] }], [echoText("late")]),
  ]),
  frameCase(RECEIVE, "5.4/empty-last", { title: "The last fragment may be empty" }, [
    opens([{ send: [text("early", { fin: false }), continuation("")] }], [echoText("early")]),
  ]),
  frameCase(RECEIVE, "5.4/empty-middle", { title: "A fragment in the middle may be empty" }, [
    opens(
      [{ send: [text("a", { fin: false }), continuation("", { fin: false }), continuation("b")] }],
      [echoText("ab")],
    ),
  ]),
  frameCase(
    RECEIVE,
    "5.4/thousand-fragmented-messages",
    { title: "A thousand fragmented messages on one connection come back" },
    [
      opens(
        [{ send: Array.from({ length: 1000 }, (_, i) => [text(`${i}:`, { fin: false }), continuation("end")]).flat() }],
        Array.from({ length: 1000 }, (_, i) => echoText(`${i}:end`)),
      ),
    ],
  ),
  frameCase(
    RECEIVE,
    "5.4/types-in-turn",
    { title: "Fragmented text, fragmented binary and whole messages follow each other" },
    [
      opens(
        [
          {
            send: [
              text("a", { fin: false }),
              continuation("b"),
              binary("c", { fin: false }),
              continuation("d"),
              text("e"),
              binary("f"),
            ],
          },
        ],
        [echoText("ab"), echoBinary("cd"), echoText("e"), echoBinary("f")],
      ),
    ],
  ),
];

const between: FrameCase[] = [
  frameCase(CONTROL, "5.4/ping-between", { title: "A ping between fragments is answered before the message ends" }, [
    opens(
      [
        { send: [text("a", { fin: false }), ping("now")] },
        { await: { pongs: 1 }, why: "the ping was answered only when the message had ended" },
        { send: [continuation("b")] },
      ],
      [echoText("ab")],
      ["now"],
    ),
  ]),
  frameCase(CONTROL, "5.4/pong-between", { title: "A pong between fragments changes nothing" }, [
    opens([{ send: [text("a", { fin: false }), pong("noise"), continuation("b")] }], [echoText("ab")]),
  ]),
  frameCase(CONTROL, "5.4/pings-between-all", { title: "A ping between every two of many fragments" }, [
    opens(
      [
        {
          send: [
            binary("", { fin: false }),
            ...Array.from({ length: 50 }, (_, i) => [ping(`${i}`), continuation("x", { fin: false })]).flat(),
            continuation(""),
          ],
        },
      ],
      [echoBinary("x".repeat(50))],
      Array.from({ length: 50 }, (_, i) => `${i}`),
    ),
  ]),
  frameCase(
    CONTROL,
    "5.4/ping-inside-character",
    { title: "A ping between two halves of a character does not disturb it" },
    [
      opens(
        [{ send: [text({ hex: "e282" }, { fin: false }), ping({ hex: "ff" }), continuation({ hex: "ac" })] }],
        [echoText("€")],
        [{ hex: "ff" }],
      ),
    ],
  ),
  frameCase(CONTROL, "5.4/long-ping-between", { title: "A ping of 125 octets between fragments" }, [
    opens(
      [{ send: [text("a", { fin: false }), ping({ kind: "binary", size: 125 }), continuation("b")] }],
      [echoText("ab")],
      [{ kind: "binary", size: 125 }],
    ),
  ]),
  frameCase(
    CONTROL,
    "5.4/close-between",
    { title: "A close frame between fragments is answered, and the message is dropped" },
    [
      {
        name: "",
        steps: [{ send: [text("never ends", { fin: false }), close(1000)] }],
        expect: { end: { is: "close", codes: [1000], answer: true } },
      },
    ],
  ),
  frameCase(CONTROL, "5.4/end-after-close", { title: "The end of a message behind a close frame is not heard" }, [
    {
      name: "",
      steps: [{ send: [text("never ", { fin: false }), close(1000), continuation("ends")] }],
      expect: { end: { is: "close", codes: [1000], answer: true } },
    },
  ]),
];

const strays: readonly (readonly [
  name: string,
  before: readonly FrameSpec[],
  echo: readonly EchoSpec[],
  pongs: readonly Payload[],
])[] = [
  ["empty-message", [text("")], [echoText("")], []],
  ["fragmented-message", [text("a", { fin: false }), continuation("b")], [echoText("ab")], []],
  ["pong", [pong("x")], [], []],
  ["large-message", [binary({ kind: "binary", size: 70_000 })], [echoBinary({ kind: "binary", size: 70_000 })], []],
  ["ping-and-message", [ping("p"), text("t")], [echoText("t")], ["p"]],
];

const stray: FrameCase[] = strays.flatMap(([name, before, echo, pongs]) =>
  ([true, false] as const).map((fin) =>
    frameCase(
      ORDER,
      `5.4/stray-${fin ? "end" : "continue"}-after-${name}`,
      { title: `A continuation (${fin ? "final" : "not final"}) after ${name} continues nothing` },
      fails({ before, echo, pongs, bad: continuation("stray", { fin }), knownAt: 2, after: [text("not heard")] }),
    ),
  ),
);

const emptyStray: FrameCase[] = ([true, false] as const).map((fin) =>
  frameCase(
    ORDER,
    `5.4/stray-empty-${fin ? "end" : "continue"}`,
    { title: `An empty continuation (${fin ? "final" : "not final"}) continues nothing` },
    fails({ bad: continuation("", { fin }), knownAt: 2 }),
  ),
);

/** All of them. */
export const fragmentCases: readonly FrameCase[] = [
  ...wrongOrders,
  ...rightOrders,
  ...cuts,
  ...shapes,
  ...between,
  ...stray,
  ...emptyStray,
];
