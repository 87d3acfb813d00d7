/** §5.5.1, §7: the closing handshake, codes and reasons, behaviour after close. */
import type { Allowed, Expected, FrameCase, Variant } from "../case.js";
import { binary, close, continuation, type FrameSpec, Op, ping, pong, text } from "../frame.js";
import { echoText, fails, frameCase, type Group, stayedOpen } from "./build.js";
import { INVALID_UTF8, TRUNCATED_UTF8, VALID_UTF8 } from "./utf8-list.js";

const ANSWER: Group = {
  section: "RFC 6455 §5.5.1",
  quote:
    "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a Close frame in response.",
};
const BODY: Group = {
  section: "RFC 6455 §5.5.1",
  quote:
    "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in network byte order) representing a status code",
};
const NEVER: Group = {
  section: "RFC 6455 §7.4.1",
  quote: "is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint.",
};
const UNUSED: Group = { section: "RFC 6455 §7.4.2", quote: "Status codes in the range 0-999 are not used." };
const RESERVED: Group = {
  section: "RFC 6455 §7.4.2",
  quote:
    "Status codes in the range 1000-2999 are reserved for definition by this protocol, its future revisions, and extensions specified in a permanent and readily available public specification.",
  level: "SHOULD",
};
const UNDEFINED: Group = {
  section: "RFC 6455 §11.7",
  quote: "The status code is an integer number between 1000 and 4999 (inclusive).",
  level: "MAY",
};
const DEFINED: Group = {
  section: "RFC 6455 §7.4.1",
  quote: "Endpoints MAY use the following pre-defined status codes when sending a Close frame.",
};
const RANGES: Group = {
  section: "RFC 6455 §7.4.2",
  quote:
    "Status codes in the range 3000-3999 are reserved for use by libraries, frameworks, and applications. […] 4000-4999 are reserved for private use",
};
const UTF8: Group = {
  section: "RFC 6455 §5.5.1",
  quote: "Following the 2-byte integer, the body MAY contain UTF-8-encoded data with value /reason/",
};
const AFTER: Group = {
  section: "RFC 6455 §5.5.1",
  quote: "The application MUST NOT send any more data frames after sending a Close frame.",
};
const TCP: Group = {
  section: "RFC 6455 §5.5.1",
  quote:
    "After both sending and receiving a Close message, an endpoint considers the WebSocket connection closed and MUST close the underlying TCP connection.",
};

const answered = (...codes: (number | "none")[]): Expected => ({ end: { is: "close", codes, answer: true } });

function one(steps: Variant["steps"], expect: Expected, allow?: readonly Allowed[]): Variant[] {
  return [{ name: "", steps, expect, ...(allow === undefined ? {} : { allow }) }];
}

const good: readonly (readonly [code: number, group: Group])[] = [
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011].map((code) => [code, DEFINED] as const),
  ...[1012, 1013, 1014].map(
    (code) =>
      [
        code,
        // They are registered with IANA, where the standard provides for it.
        RESERVED,
      ] as const,
  ),
  ...[3000, 3001, 3500, 3999, 4000, 4001, 4500, 4999].map((code) => [code, RANGES] as const),
];

const registeredLater: Allowed = {
  expect: { end: { is: "close", codes: [1002] } },
  outcome: "non-strict",
  reason: "refused: a code registered after the RFC",
};

const goodCodes: FrameCase[] = good.flatMap(([code, group]) => {
  const allow = code >= 1012 && code <= 1014 ? [registeredLater] : undefined;
  return [
    frameCase(
      group,
      `7.4/code-${code}`,
      { title: `A close frame with ${code} is answered` },
      one([{ send: [close(code)] }], answered(code), allow),
    ),
    frameCase(
      group,
      `7.4/code-${code}-reason`,
      { title: `A close frame with ${code} and a reason is answered` },
      one([{ send: [close(code, "the tide is out")] }], answered(code), allow),
    ),
  ];
});

/** The code comes back: it was taken for one of those an application may use. */
function echoed(code: number, outcome: Allowed["outcome"], reason: string): Allowed {
  return { expect: answered(code, 1000, "none"), outcome, reason };
}

const badCodes: FrameCase[] = (
  [
    ...[0, 1, 999].map((code) => [code, UNUSED, undefined] as const),
    ...[2, 100, 500].map((code) => [code, UNUSED, undefined] as const),
    ...[1005, 1006, 1015].map((code) => [code, NEVER, undefined] as const),
    ...[1004, 1016, 1017, 1099, 1100, 1500, 1999, 2000, 2500, 2999].map(
      (code) => [code, RESERVED, echoed(code, "non-strict", "a reserved code was taken")] as const,
    ),
    ...[5000, 5001, 9999, 32_768, 65_535].map(
      (code) => [code, UNDEFINED, echoed(code, "informational", "a code beyond all ranges was taken")] as const,
    ),
  ] as const
).flatMap(([code, group, allowed]) => {
  const allow = allowed === undefined ? undefined : [allowed];
  return [
    frameCase(
      group,
      `7.4/code-${code}`,
      { title: `A close frame with ${code} fails the connection` },
      one([{ send: [close(code)] }], { end: { is: "close", codes: [1002] } }, allow),
    ),
    frameCase(
      group,
      `7.4/code-${code}-reason`,
      { title: `A close frame with ${code} and a reason fails the connection` },
      one([{ send: [close(code, "the tide is out")] }], { end: { is: "close", codes: [1002] } }, allow),
    ),
  ];
});

const bodies: FrameCase[] = [
  frameCase(
    ANSWER,
    "5.5.1/empty",
    { title: "A close frame without a body is answered" },
    one([{ send: [{ opcode: Op.Close }] }], answered("none"), [
      { expect: answered(1000), outcome: "pass", reason: "answered with 1000" },
    ]),
  ),
  frameCase(
    BODY,
    "5.5.1/one-octet",
    { title: "A close frame with a body of one octet fails the connection" },
    fails({ bad: { opcode: Op.Close, payload: { hex: "03" } } }),
  ),
  frameCase(
    BODY,
    "5.5.1/one-octet-inside-message",
    { title: "A close frame with a body of one octet inside a fragmented message fails the connection" },
    fails({ before: [text("a", { fin: false })], bad: { opcode: Op.Close, payload: { hex: "00" } } }),
  ),
  frameCase(
    ANSWER,
    "5.5.1/longest-reason",
    { title: "A reason of 123 octets is taken" },
    one([{ send: [close(1000, "r".repeat(123))] }], answered(1000)),
  ),
  frameCase(ANSWER, "5.5.1/reason-lengths", { title: "Reasons of all lengths are taken" }, [
    ...[1, 2, 3, 50, 100, 121, 122].map((length) => ({
      name: `${length} octets`,
      steps: [{ send: [close(1000, "r".repeat(length))] }],
      expect: answered(1000),
    })),
  ]),
  frameCase(
    { ...BODY, section: "RFC 6455 §5.5", quote: "All control frames MUST have a payload length of 125 bytes or less" },
    "5.5.1/reason-of-124",
    { title: "A reason of 124 octets makes the frame too long" },
    fails({ bad: close(1000, "r".repeat(124)), knownAt: 2 }),
  ),
];

const reasons: FrameCase[] = [
  ...VALID_UTF8.filter(([, hex]) => hex.length <= 246).map(([name, hex]) =>
    frameCase(
      UTF8,
      `5.5.1/reason-${name}`,
      { title: `A reason of valid UTF-8 (${name}) is taken` },
      one([{ send: [close(1000, { hex })] }], answered(1000)),
    ),
  ),
  ...[...INVALID_UTF8, ...TRUNCATED_UTF8].map(([name, hex]) =>
    frameCase(
      {
        ...UTF8,
        section: "RFC 6455 §8.1",
        quote:
          "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_.",
      },
      `5.5.1/reason-not-utf-8-${name}`,
      { title: `A reason that is not UTF-8 (${name}) fails the connection` },
      one([{ send: [close(1000, { hex: hex.replaceAll(" ", "") })] }], { end: { is: "close", codes: [1007, 1002] } }, [
        echoed(1000, "fail", "the reason was not checked"),
      ]),
    ),
  ),
];

/** What may follow a close frame and must not be heard. */
const followers: readonly (readonly [name: string, frames: readonly FrameSpec[]])[] = [
  ["text", [text("not heard")]],
  ["binary", [binary("not heard")]],
  ["fragments", [text("not", { fin: false }), continuation("heard")]],
  ["ping", [ping("not answered")]],
  ["pong", [pong("nobody asked")]],
  ["second-close", [close(1000)]],
  ["second-close-other-code", [close(1001, "changed my mind")]],
  ["reserved-opcode", [{ opcode: 3 }]],
  ["reserved-bits", [text("x", { rsv: 7 })]],
  ["wrong-mask-bit", [text("x", { masking: "wrong" })]],
  ["continuation", [continuation("of nothing")]],
  ["not-utf-8", [text({ hex: "ff" })]],
  ["long-ping", [ping({ kind: "text", size: 126 })]],
  ["length-2-63", [{ opcode: Op.Binary, form: 64, declared: 0x8000_0000_0000_0000n }]],
  ["part-of-a-frame", [{ opcode: Op.Text, form: 16, declared: 1000n, payload: "part" }]],
  ["many-messages", Array.from({ length: 100 }, (_, i) => text(`not heard ${i}`))],
  ["large-message", [binary({ kind: "binary", size: 100_000 })]],
  ["octets-without-sense", [{ opcode: 15, fin: false, rsv: 7, payload: { hex: "ffffffffffffffffffff" } }]],
];

const latePong: Allowed = {
  expect: { pongs: ["not answered"], ...answered(1000) },
  outcome: "non-strict",
  reason: "a ping behind the close frame was answered, which §5.5.2 does not ask for",
};

const after: FrameCase[] = followers.map(([name, frames]) =>
  frameCase(
    AFTER,
    `7.1/after-close-${name}`,
    { title: `What follows a close frame (${name}) is neither heard nor answered` },
    one([{ send: [close(1000), ...frames] }], answered(1000), name === "ping" ? [latePong] : undefined),
  ),
);

const many = Array.from({ length: 100 }, (_, i) => `message ${i}`);

const before: FrameCase[] = [
  ...(
    [
      ["message", [text("last words")], [echoText("last words")], []],
      ["messages", many.map((each) => text(each)), many.map((each) => echoText(each)), []],
      ["ping", [ping("last")], [], ["last"]],
    ] as const
  ).map(([name, frames, echo, pongs]) =>
    frameCase(
      ANSWER,
      `7.1/${name}-then-close`,
      { title: `A ${name} before the close frame changes nothing about its answer` },
      [
        {
          name: "at once",
          steps: [{ send: [...frames, close(1000)] }],
          expect: { echo, pongs, overtaken: true, ...answered(1000) },
        },
        {
          name: "after the echo",
          steps: [
            { send: frames },
            { await: { messages: echo.length, pongs: pongs.length }, why: "no echo" },
            { send: [close(1000)] },
          ],
          expect: { echo, pongs, ...answered(1000) },
        },
      ],
    ),
  ),
  frameCase(
    ANSWER,
    "7.1/close-first",
    { title: "The first frame of a connection may be a close frame" },
    one([{ send: [close(1000)] }], answered(1000)),
  ),
  frameCase(
    ANSWER,
    "7.1/close-inside-fragments",
    { title: "A close frame inside a message is answered" },
    one([{ send: [binary("a", { fin: false }), continuation("b", { fin: false }), close(1001)] }], answered(1001)),
  ),
];

const tcp: FrameCase[] = [
  frameCase(
    TCP,
    "7.1.1/ends-tcp",
    { title: "After both close frames the TCP connection ends" },
    one([{ send: [text("hello")] }, { await: { messages: 1 }, why: "no echo" }, { send: [close(1000)] }], {
      echo: [echoText("hello")],
      ...answered(1000),
    }),
  ),
  frameCase(
    {
      section: "RFC 6455 §7.1.4",
      quote: "When the underlying TCP connection is closed, it is said that _The WebSocket Connection is Closed_",
    },
    "7.1.4/tcp-ends-without-close",
    { title: "When the TCP connection ends without a close frame the target ends its side, too" },
    one([{ send: [text("hello")] }, { await: { messages: 1 }, why: "no echo" }, { tcp: "end" }], {
      echo: [echoText("hello")],
      end: { is: "ended" },
    }),
  ),
  frameCase(
    {
      section: "RFC 6455 §7.1.4",
      quote: "When the underlying TCP connection is closed, it is said that _The WebSocket Connection is Closed_",
    },
    "7.1.4/tcp-ends-inside-frame",
    { title: "When the TCP connection ends inside a frame the target ends its side, too" },
    one([{ send: [text("never complete")], to: 5 }, { tcp: "end" }], { end: { is: "ended" } }),
  ),
  frameCase(
    {
      section: "RFC 6455 §7.1.4",
      quote: "When the underlying TCP connection is closed, it is said that _The WebSocket Connection is Closed_",
    },
    "7.1.4/tcp-ends-inside-message",
    { title: "When the TCP connection ends inside a message the part is not handed on" },
    one([{ send: [text("never ", { fin: false })] }, { tcp: "end" }], { end: { is: "ended" } }),
  ),
  frameCase(
    TCP,
    "7.1.1/close-then-tcp-end",
    { title: "A close frame and the end of the TCP connection at once are answered by a close frame" },
    one([{ send: [close(1000)] }, { tcp: "end" }], answered(1000), [
      {
        expect: { end: { is: "ended" } },
        outcome: "non-strict",
        reason: "the TCP connection ended before the answer was sent",
      },
    ]),
  ),
];

const fail: FrameCase[] = [
  frameCase(
    {
      section: "RFC 6455 §7.1.7",
      quote:
        "An endpoint MUST NOT continue to attempt to process data (including a responding Close frame) from the remote endpoint after being instructed to _Fail the WebSocket Connection_.",
    },
    "7.1.7/nothing-after-failure",
    { title: "After a failure neither messages nor pings nor close frames are processed" },
    fails({ bad: { opcode: 5 }, after: [text("not heard"), ping("not answered"), close(1000)] }),
  ),
  frameCase(
    {
      section: "RFC 6455 §7.1.7",
      quote: "the client MUST _Close the WebSocket Connection_ […] the server MUST _Close the WebSocket Connection_",
    },
    "7.1.7/ends-tcp",
    { title: "A failed connection ends its TCP connection" },
    fails({ before: [text("good")], echo: [echoText("good")], bad: text("x", { rsv: 2 }) }).map((variant) => ({
      ...variant,
      allow: [stayedOpen([echoText("good")], "fail", "the failure was not noticed")],
    })),
  ),
];

/** All of them. */
export const closeCases: readonly FrameCase[] = [
  ...goodCodes,
  ...badCodes,
  ...bodies,
  ...reasons,
  ...after,
  ...before,
  ...tcp,
  ...fail,
];
