import assert from "node:assert/strict";
import type { Case } from "./matrix.js";
import { binary, digestOf, expected, inSequence, materialize, type Payload, text } from "./payload.js";

const KI = 1024;
const MI = 1024 * 1024;

/** Messages by name; each goes from either end to the other. */
const payloads: readonly (readonly [name: string, payload: Payload])[] = [
  ["an empty text", text("")],
  ["a text of one byte", text("a")],
  ["ASCII", text("The tide goes out, the tide comes in.\t\r\n")],
  ["text of two bytes a character", text("Grüße, Привет, Γειά σου")],
  ["text of three bytes a character", text("満ち潮と引き潮 € ਪਾਣੀ")],
  ["text beyond the basic plane", text("😀👩‍👩‍👧‍👦𝄞 𝒳 \u{10FFFF}")],
  ["text with NUL and other controls", text("\u0000\u0001\u001f\u007f\u0085\u2028\uFFFD\uFFFF")],
  ["text behind a byte order mark", text("\uFEFFtext\uFEFF")],
  ["a text of 125 bytes", text("a", 125)],
  ["a text of 126 bytes", text("b", 126)],
  ["a text of 127 bytes", text("c", 127)],
  ["a text of 65 535 bytes", text("d", 65_535)],
  ["a text of 65 536 bytes", text("e", 65_536)],
  ["a text of 65 537 bytes", text("f", 65_537)],
  ["a text of 65 538 bytes in characters of three", text("潮", 21_846)],
  ["a text of 1 MiB in characters of one to four", text("aä€😀-", 95_325)],
  ["a text of 4 MiB beyond the basic plane", text("😀", MI)],
  ["empty bytes", binary(0)],
  ["1 byte", binary(1)],
  ["125 bytes", binary(125)],
  ["126 bytes", binary(126)],
  ["127 bytes", binary(127)],
  ["65 535 bytes", binary(65_535)],
  ["65 536 bytes", binary(65_536)],
  ["65 537 bytes", binary(65_537)],
  ["1 MiB", binary(MI)],
  ["16 MiB", binary(16 * MI)],
];

/** Messages of every length form and every length of character. */
export const payloadCases: readonly Case[] = payloads.map(([name, payload]) => ({
  name,
  async run({ from, to }) {
    await from.send(payload);
    const wanted = expected(payload);
    const hidden = to.facts.losesByteOrderMark && payload.type === "text" && payload.unit.startsWith("\uFEFF");
    assert.deepEqual(await to.inbox.message(), hidden ? digestOf(payload.unit.slice(1)) : wanted);
  },
}));

/** What is no text cannot be sent as one: half a surrogate pair goes out as U+FFFD. */
export const surrogateCases: readonly Case[] = [
  {
    name: "half a surrogate pair becomes U+FFFD",
    once: true,
    async run({ from, to }) {
      for (const half of ["\uD83D", "\uDE00"]) {
        await from.send(text(`half ${half} pair`));
        assert.deepEqual(await to.inbox.message(), digestOf("half \uFFFD pair"));
      }
    },
  },
];

const COUNT = 1000;

/** Order, and traffic in both directions at once. */
export const orderCases: readonly Case[] = [
  {
    name: `${COUNT} messages in order`,
    async run({ from, to }) {
      await from.sendSequence(COUNT);
      for (let i = 0; i < COUNT; i++) assert.deepEqual(await to.inbox.message(), digestOf(inSequence(i)));
    },
  },
  {
    name: `${COUNT} messages each way at once`,
    once: true,
    async run({ from, to }) {
      await Promise.all([from.sendSequence(COUNT), to.sendSequence(COUNT)]);
      for (const { inbox } of [from, to]) {
        for (let i = 0; i < COUNT; i++) assert.deepEqual(await inbox.message(), digestOf(inSequence(i)));
      }
    },
  },
  {
    name: "4 MiB each way at once, four times",
    once: true,
    async run({ from, to }) {
      const payload = binary(4 * MI);
      const wanted = expected(payload);
      for (let round = 0; round < 4; round++) {
        await Promise.all([from.send(payload), to.send(payload)]);
        for (const { inbox } of [from, to]) assert.deepEqual(await inbox.message(), wanted);
      }
    },
  },
  {
    name: "messages of all kinds keep their order",
    async run({ from, to }) {
      const order = [binary(70_000), text("😀"), binary(0), text(""), text("x", 66_000), binary(126), text("end")];
      for (const payload of order) await from.send(payload);
      for (const payload of order) assert.deepEqual(await to.inbox.message(), expected(payload));
    },
  },
];

const PING = Buffer.from("between fragments");

/** RFC 6455 §5.4: the pieces of a message, with control frames between them: fewer than 60 pings, where `ws` gives up. */
export const fragmentCases: readonly Case[] = (
  [
    ["text in five fragments, one of them empty", "text", [text("Gr"), text("üße "), text(""), text("😀"), text("!")]],
    ["bytes in four fragments", "binary", [binary(1), binary(126), binary(0), binary(70_000)]],
    ["a message whose fragments are all empty", "text", [text(""), text(""), text("")]],
    ["text in 50 fragments", "text", Array.from({ length: 50 }, (_, index) => text(`${index} `))],
    ["four fragments of 64 KiB and one byte", "binary", [64, 64, 64, 64].map((size) => binary(size * KI + 1))],
  ] as const
).flatMap(([name, type, pieces]): Case[] => {
  const whole = joined(type, pieces);
  return [
    {
      name,
      needs: ["fragment"],
      async run({ from, to }) {
        await from.sendFragments(pieces);
        await from.send(text("next"));
        assert.deepEqual(await to.inbox.message(), whole);
        assert.deepEqual(await to.inbox.message(), expected(text("next")));
      },
    },
    {
      name: `${name}, pings between them`,
      needs: ["fragment", "ping between fragments"],
      async run({ from, to }) {
        await from.sendFragments(pieces, PING);
        const hex = PING.toString("hex");
        if (to.facts.cannot["see pings"] === undefined) {
          // Every one of them before the message is complete.
          for (let i = 1; i < pieces.length; i++) {
            assert.deepEqual(await to.inbox.next("ping", "text", "binary"), { type: "ping", hex });
          }
        }
        assert.deepEqual(await to.inbox.message(), whole);
        assert.deepEqual(await from.inbox.next("pong"), { type: "pong", hex });
      },
    },
  ];
});

/** RFC 6455 §5.5.2 and §5.5.3. */
export const pingCases: readonly Case[] = [0, 1, 125].map((size) => ({
  name: `a ping with ${size} bytes is answered with the same`,
  needs: ["ping"],
  async run({ from, to }) {
    const payload = Buffer.alloc(size, 0xf5);
    const hex = payload.toString("hex");
    await from.ping(payload);
    if (to.facts.cannot["see pings"] === undefined)
      assert.deepEqual(await to.inbox.next("ping"), { type: "ping", hex });
    if (from.facts.cannot["see pongs"] === undefined) {
      assert.deepEqual(await from.inbox.next("pong"), { type: "pong", hex });
    }
    await from.send(text("still there"));
    assert.deepEqual(await to.inbox.message(), expected(text("still there")));
  },
}));

function joined(type: "text" | "binary", pieces: readonly Payload[]) {
  const parts = pieces.map(materialize);
  return digestOf(type === "text" ? parts.join("") : Buffer.concat(parts as Buffer[]));
}
