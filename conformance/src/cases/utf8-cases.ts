/** §5.6, §8.1: text is UTF-8, over fragments and reads; what is not fails at the octet that makes it impossible. */
import type { FrameCase, Step, Variant } from "../case.js";
import { binary, continuation, Op, ping, text } from "../frame.js";
import { echoBinary, echoText, fails, frameCase, type Group, opens } from "./build.js";
import { INVALID_UTF8, TRUNCATED_UTF8, VALID_UTF8 } from "./utf8-list.js";

const VALID: Group = {
  section: "RFC 6455 §5.6",
  quote:
    "a particular text frame might include a partial UTF-8 sequence; however, the whole message MUST contain valid UTF-8",
};
const INVALID: Group = {
  section: "RFC 6455 §8.1",
  quote:
    "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_.",
};
const BINARY: Group = {
  section: "RFC 6455 §5.6",
  quote: 'The "Payload data" is arbitrary binary data whose interpretation is solely up to the application layer.',
};

const failed = { end: { is: "close", codes: [1007] } } as const;

/** Octets of a hex string, joined again as hex from index to index. */
function part(hex: string, from: number, to?: number): { readonly hex: string } {
  const plain = hex.replaceAll(" ", "");
  return { hex: plain.slice(from * 2, to === undefined ? undefined : to * 2) };
}

function octets(hex: string): number {
  return hex.replaceAll(" ", "").length / 2;
}

/** Every cut of a text into two fragments; long ones at a few places only. */
function cutsOf(hex: string): number[] {
  const length = octets(hex);
  const all = Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1);
  return length <= 16 ? all : all.filter((at) => at % 31 === 0);
}

const valid: FrameCase[] = VALID_UTF8.map(([name, hex]) =>
  frameCase(
    VALID,
    `5.6/text-${name}`,
    { title: `Valid text (${name}) comes back octet for octet, whole and cut into fragments at every octet` },
    [
      opens([{ send: [text({ hex })] }], [echoText({ hex })], [], "whole"),
      opens(
        [{ send: [text({ hex: `74696465${hex}74696465` })] }],
        [echoText({ hex: `74696465${hex}74696465` })],
        [],
        "inside other text",
      ),
      ...cutsOf(hex).map((at) =>
        opens(
          [{ send: [text(part(hex, 0, at), { fin: false }), continuation(part(hex, at))] }],
          [echoText({ hex })],
          [],
          `cut at ${at}`,
        ),
      ),
    ],
  ),
);

/** The message in one frame, in two fragments at every octet, and behind other text. */
function completeVariants(hex: string): Variant[] {
  const whole: Step[] = [{ send: [text({ hex })] }];
  return [
    { name: "whole", steps: whole, expect: failed },
    { name: "behind text", steps: [{ send: [text({ hex: `74696465${hex}` })] }], expect: failed },
    { name: "before text", steps: [{ send: [text({ hex: `${hex}74696465` })] }], expect: failed },
    ...cutsOf(hex).map((at) => ({
      name: `cut at ${at}`,
      steps: [{ send: [text(part(hex, 0, at), { fin: false }), continuation(part(hex, at))] }],
      expect: failed,
    })),
  ];
}

const invalid: FrameCase[] = INVALID_UTF8.map(([name, hex]) =>
  frameCase(
    INVALID,
    `8.1/invalid-${name}`,
    { title: `Text that is not UTF-8 (${name}) fails the connection` },
    completeVariants(hex),
  ),
);

/** The frame goes on behind the octet that makes it impossible: there is nothing to wait for. */
const inFrame: FrameCase[] = INVALID_UTF8.map(([name, hex, bad]) => {
  const content = `74696465${hex}${"2e".repeat(20)}`;
  return frameCase(
    { ...INVALID, level: "SHOULD" },
    `8.1/at-the-octet-${name}`,
    { title: `Text (${name}) fails at the octet that makes it impossible, inside a frame that goes on` },
    [
      {
        name: "",
        steps: [
          { send: [text({ hex: content })], to: headerless(content, 4 + bad + 1) },
          { fuse: "it read on behind the octet that makes the text impossible" },
          { send: [text({ hex: content })], from: headerless(content, 4 + bad + 1) },
        ],
        expect: failed,
      },
    ],
  );
});

/** A place in the payload as an offset from the end of the frame, since the header differs by role. */
function headerless(hex: string, at: number): number {
  return at - octets(hex);
}

const inFragment: FrameCase[] = INVALID_UTF8.filter((_, index) => index % 2 === 0).map(([name, hex]) =>
  frameCase(
    { ...INVALID, level: "SHOULD" },
    `8.1/in-fragment-${name}`,
    { title: `A fragment that is not UTF-8 (${name}) fails before the message ends` },
    [
      {
        name: "",
        steps: [
          { send: [text("tide", { fin: false }), continuation({ hex: `${hex}2e2e` }, { fin: false })] },
          { fuse: "it waited for the end of the message" },
          { send: [continuation("rest")] },
        ],
        expect: failed,
      },
    ],
  ),
);

const truncated: FrameCase[] = TRUNCATED_UTF8.flatMap(([name, hex]) => [
  frameCase(
    INVALID,
    `8.1/truncated-${name}`,
    { title: `Text that ends inside a character (${name}) fails the connection` },
    [
      { name: "whole", steps: [{ send: [text({ hex })] }], expect: failed },
      {
        name: "an empty last fragment",
        steps: [{ send: [text({ hex }, { fin: false }), continuation("")] }],
        expect: failed,
      },
      {
        name: "an empty fragment and a ping between",
        steps: [{ send: [text({ hex }, { fin: false }), continuation("", { fin: false }), continuation("")] }],
        expect: failed,
      },
    ],
  ),
  frameCase(
    INVALID,
    `8.1/truncated-${name}-then-message`,
    { title: `Text that ends inside a character (${name}) is not completed by the next message` },
    [
      {
        name: "",
        steps: [{ send: [text({ hex }), text({ hex: "8a" })] }],
        expect: failed,
      },
    ],
  ),
]);

const waiting: FrameCase[] = TRUNCATED_UTF8.slice(0, 6).map(([name, hex]) => {
  const rest = {
    "2-of-1": "a9",
    "3-of-1": "82ac",
    "3-of-2": "ac",
    "4-of-1": "9f8c8a",
    "4-of-2": "8c8a",
    "4-of-3": "8a",
  }[name]!;
  return frameCase(VALID, `5.6/partial-${name}`, { title: `A fragment may end inside a character (${name})` }, [
    opens(
      [
        { send: [text({ hex }, { fin: false }), ping("alive")] },
        { await: { pongs: 1 }, why: "a ping behind a partial character was not answered at once" },
        { send: [continuation({ hex: rest })] },
      ],
      [echoText({ hex: hex + rest })],
      ["alive"],
    ),
  ]);
});

const elsewhere: FrameCase[] = [
  frameCase(BINARY, "5.6/binary-not-utf-8", { title: "Binary data need not be UTF-8" }, [
    opens(
      [{ send: INVALID_UTF8.map(([, hex]) => binary({ hex })) }],
      INVALID_UTF8.map(([, hex]) => echoBinary({ hex })),
    ),
  ]),
  frameCase(BINARY, "5.6/binary-fragments-not-utf-8", { title: "Fragments of a binary message need not be UTF-8" }, [
    opens(
      [{ send: [binary({ hex: "e282" }, { fin: false }), continuation({ hex: "61" })] }],
      [echoBinary({ hex: "e28261" })],
    ),
  ]),
  frameCase(BINARY, "5.6/ping-not-utf-8", { title: "A ping need not be UTF-8, not even inside a text message" }, [
    opens(
      [{ send: [text("a", { fin: false }), ping({ hex: "fffe80" }), continuation("b")] }],
      [echoText("ab")],
      [{ hex: "fffe80" }],
    ),
  ]),
  frameCase(VALID, "5.6/text-after-binary", { title: "The state of the check starts anew with each message" }, [
    opens(
      [
        {
          send: [
            binary({ hex: "e2" }),
            text("ok"),
            { opcode: Op.Binary, fin: false, payload: { hex: "f0" } },
            continuation(""),
            text("ok too"),
          ],
        },
      ],
      [echoBinary({ hex: "e2" }), echoText("ok"), echoBinary({ hex: "f0" }), echoText("ok too")],
    ),
  ]),
  frameCase(VALID, "5.6/text-long-multibyte", { title: "Long text of characters of every length comes back" }, [
    ...[100, 1000, 5000, 20_000].map((count) => {
      const hex = "61c3a9e282acf09d849e".repeat(count);
      return opens([{ send: [text({ hex })] }], [echoText({ hex })], [], `${count * 10} octets`);
    }),
  ]),
  frameCase(INVALID, "8.1/last-octet-of-long-text", { title: "The last octet of long text counts, too" }, [
    ...[100, 4096, 65_535, 65_536].map((size) => ({
      name: `${size} octets`,
      steps: [{ send: [text({ hex: `${"61".repeat(size - 1)}ff` })] }],
      expect: failed,
    })),
  ]),
  frameCase(INVALID, "8.1/first-octet-of-long-text", { title: "Long text fails at its first octet", level: "SHOULD" }, [
    {
      name: "",
      steps: [
        { send: [text({ hex: `ff${"61".repeat(99_999)}` })], to: 1 - 100_000 },
        { fuse: "it read on behind the octet that makes the text impossible" },
        { send: [text({ hex: `ff${"61".repeat(99_999)}` })], from: 1 - 100_000 },
      ],
      expect: failed,
    },
  ]),
  frameCase(
    INVALID,
    "8.1/second-message",
    { title: "A second message that is not UTF-8 fails; the first has been echoed" },
    fails({ before: [text("good")], echo: [echoText("good")], bad: text({ hex: "61ff61" }), codes: [1007] }),
  ),
  frameCase(INVALID, "8.1/nothing-after", { title: "What follows text that is not UTF-8 is not processed" }, [
    {
      name: "",
      steps: [{ send: [text({ hex: "ff" }), text("not heard"), ping("not answered")] }],
      expect: failed,
    },
  ]),
];

/** All of them. */
export const utf8Cases: readonly FrameCase[] = [
  ...valid,
  ...invalid,
  ...inFrame,
  ...inFragment,
  ...truncated,
  ...waiting,
  ...elsewhere,
];
