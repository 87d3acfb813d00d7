/** §5.2, §5.8: reserved bits and reserved opcodes, at once and split. */
import type { FrameCase } from "../case.js";
import { binary, close, continuation, type FrameSpec, Op, ping, pong, text } from "../frame.js";
import { echoText, fails, frameCase, type Group } from "./build.js";

const RSV: Group = {
  section: "RFC 6455 §5.2",
  quote:
    "If a nonzero value is received and none of the negotiated extensions defines the meaning of such a nonzero value, the receiving endpoint MUST _Fail the WebSocket Connection_.",
};
const OPCODE: Group = {
  section: "RFC 6455 §5.2",
  quote: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_.",
};
const EARLY: Group = {
  section: "RFC 6455 §7.1.7",
  quote:
    "An endpoint MUST NOT continue to attempt to process data […] from the remote endpoint after being instructed to _Fail the WebSocket Connection_.",
};

const open: FrameSpec = text("begin ", { fin: false });

/** "rsv1", "rsv1-rsv3" … */
function bits(rsv: number): string {
  return [rsv & 4 ? "rsv1" : "", rsv & 2 ? "rsv2" : "", rsv & 1 ? "rsv3" : ""].filter((bit) => bit !== "").join("-");
}

const ALL = [1, 2, 3, 4, 5, 6, 7] as const;
const frames: readonly (readonly [name: string, before: readonly FrameSpec[], frame: FrameSpec])[] = [
  ["text", [], text("bits")],
  ["binary", [], binary("bits")],
  ["continuation", [open], continuation("bits")],
  ["close", [], close(1000)],
  ["ping", [], ping("bits")],
  ["pong", [], pong("bits")],
];

const rsvAlone: FrameCase[] = frames.flatMap(([name, before, frame]) =>
  ALL.map((rsv) =>
    frameCase(
      RSV,
      `5.2/${bits(rsv)}-${name}`,
      { title: `A ${name} frame with ${bits(rsv)} fails the connection` },
      fails({ before, bad: { ...frame, rsv }, knownAt: 2, after: [text("not heard")] }),
    ),
  ),
);

const places: readonly (readonly [name: string, before: readonly FrameSpec[], frame: FrameSpec])[] = [
  ["after-message", [text("good")], text("bits")],
  ["after-ping", [text("good"), ping("good")], binary("bits")],
  ["ping-inside-message", [text("good"), open], ping("bits")],
  ["unfinished", [text("good")], text("bits", { fin: false })],
  ["unfinished-continuation", [text("good"), open], continuation("bits", { fin: false })],
  ["empty", [text("good")], text("")],
  ["empty-continuation", [text("good"), open], continuation("")],
];

const rsvElsewhere: FrameCase[] = places.flatMap(([name, before, frame]) =>
  ([4, 2, 1] as const).map((rsv) =>
    frameCase(
      RSV,
      `5.2/${bits(rsv)}-${name}`,
      { title: `${bits(rsv)} on a frame in the place "${name}" fails the connection` },
      fails({
        before,
        echo: [echoText("good")],
        pongs: before.some((each) => each.opcode === Op.Ping) ? ["good"] : [],
        bad: { ...frame, rsv },
        knownAt: 2,
      }),
    ),
  ),
);

const RESERVED = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as const;

const opcodes: FrameCase[] = RESERVED.flatMap((opcode) => [
  frameCase(
    OPCODE,
    `5.2/opcode-${opcode}`,
    { title: `An empty frame with opcode ${opcode} fails the connection` },
    fails({ bad: { opcode }, knownAt: 2, after: [text("not heard")] }),
  ),
  frameCase(
    OPCODE,
    `5.2/opcode-${opcode}-payload`,
    { title: `A frame with opcode ${opcode} and a payload fails the connection` },
    fails({ bad: { opcode, payload: "reserved payload" }, knownAt: 2 }),
  ),
  frameCase(
    OPCODE,
    `5.2/opcode-${opcode}-after-message`,
    { title: `Opcode ${opcode} behind a message that was echoed fails the connection` },
    fails({
      before: [text("good"), ping("good")],
      echo: [echoText("good")],
      pongs: ["good"],
      bad: { opcode, payload: "x" },
      knownAt: 2,
    }),
  ),
  frameCase(
    OPCODE,
    `5.2/opcode-${opcode}-inside-message`,
    { title: `Opcode ${opcode} inside a fragmented message fails the connection` },
    fails({ before: [open], bad: { opcode, payload: "x" }, knownAt: 2, after: [continuation("not heard")] }),
  ),
  frameCase(
    OPCODE,
    `5.2/opcode-${opcode}-unfinished`,
    { title: `An unfinished frame with opcode ${opcode} fails the connection` },
    fails({ bad: { opcode, fin: false, payload: "x" }, knownAt: 2 }),
  ),
]);

const long: FrameCase[] = ([3, 7, 11, 15] as const).map((opcode) =>
  frameCase(
    OPCODE,
    `5.2/opcode-${opcode}-announces-2-gib`,
    { title: `Opcode ${opcode} that announces 2 GiB fails at once; nothing is waited for or set aside` },
    [
      {
        name: "header only",
        steps: [{ send: [{ opcode, form: 64, declared: 0x7fff_ffffn }] }],
        expect: { end: { is: "close", codes: [1002] } },
      },
    ],
  ),
);

/** What the first octet alone says. To wait for the second is no fault, so that being late is only noted. */
const firsts: readonly (readonly [name: string, before: readonly FrameSpec[], bad: FrameSpec])[] = [
  ...ALL.map((rsv) => [`${bits(rsv)}-text`, [], text("x", { rsv })] as const),
  ...RESERVED.map((opcode) => [`opcode-${opcode}`, [], { opcode, payload: "x" }] as const),
  ["unfinished-ping", [], ping("x", { fin: false })],
  ["unfinished-pong", [], pong("x", { fin: false })],
  ["unfinished-close", [], close(1000, "", { fin: false })],
  ["continuation-of-nothing", [], continuation("x")],
  ["text-inside-message", [open], text("x")],
  ["binary-inside-message", [open], binary("x")],
];

const firstOctet: FrameCase[] = firsts.map(([name, before, bad]) =>
  frameCase(
    EARLY,
    `7.1.7/first-octet-${name}`,
    { title: `The first octet of a frame is enough to fail: ${name}`, level: "MAY" },
    [{ ...fails({ before, bad, knownAt: 1 })[1]!, late: "informational" }],
  ),
);

/** All of them. */
export const reservedCases: readonly FrameCase[] = [...rsvAlone, ...rsvElsewhere, ...opcodes, ...long, ...firstOctet];
