import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Extension } from "../../dist/protocol/extension.js";
import { FrameEncoder } from "../../dist/protocol/frame-encoder.js";
import { portableKernel } from "../../dist/protocol/kernel.js";
import { encodeMessage, MessageWriter } from "../../dist/protocol/message-writer.js";
import { OutgoingBuffer } from "../../dist/protocol/outgoing.js";
import { rawFrame, toHex } from "../../dist/testing/recorder.js";

function make(extension?: Extension, key?: number): { writer: MessageWriter; taken: () => string } {
  const out = new OutgoingBuffer();
  const encoder = new FrameEncoder(out, portableKernel, key === undefined ? undefined : () => key);
  return { writer: new MessageWriter(encoder, extension), taken: () => toHex(out.take()) };
}

type Frame = readonly [first: number, payload?: string | Uint8Array];

function hex(...frames: readonly Frame[]): string {
  return frames.map(([first, payload]) => toHex(rawFrame(first, payload))).join("");
}

test("a whole message is one final frame", () => {
  const { writer, taken } = make();
  writer.text("Grüße");
  writer.binary(Uint8Array.of(1, 2));
  writer.text("");
  writer.binary(new Uint8Array(0));
  assert.equal(taken(), hex([0x81, "Grüße"], [0x82, Uint8Array.of(1, 2)], [0x81], [0x82]));
});

const bytes = Uint8Array.of(1, 2);
const pieces: readonly (readonly [name: string, pieces: readonly (string | Uint8Array)[], frames: readonly Frame[]])[] =
  [
    ["one text piece", ["a"], [[0x81, "a"]]],
    [
      "two text pieces",
      ["a", "b"],
      [
        [0x01, "a"],
        [0x80, "b"],
      ],
    ],
    [
      "three text pieces",
      ["and a", "happy new", "year!"],
      [
        [0x01, "and a"],
        [0x00, "happy new"],
        [0x80, "year!"],
      ],
    ],
    [
      "bytes",
      [bytes, bytes, bytes],
      [
        [0x02, bytes],
        [0x00, bytes],
        [0x80, bytes],
      ],
    ],
    ["empty pieces", ["", "", ""], [[0x01], [0x00], [0x80]]],
    [
      "a surrogate pair over two pieces",
      ["a\ud83d", "\ude00b"],
      [
        [0x01, "a"],
        [0x80, "😀b"],
      ],
    ],
    ["a surrogate pair with an empty piece between", ["\ud83d", "", "\ude00"], [[0x01], [0x00], [0x80, "😀"]]],
    [
      "F-42: half a pair at the end",
      ["a", "\ud83d"],
      [
        [0x01, "a"],
        [0x80, "a\ufffd".slice(1)],
      ],
    ],
    ["F-42: a half that stays alone", ["\ud83d", "b"], [[0x01], [0x80, "\ufffdb"]]],
    ["F-42: two high halves", ["\ud83d", "\ud83d", "\ude00"], [[0x01], [0x00, "\ufffd"], [0x80, "😀"]]],
    [
      "F-42: a low half first",
      ["\ude00", "b"],
      [
        [0x01, "\ufffd"],
        [0x80, "b"],
      ],
    ],
  ];
for (const [name, list, frames] of pieces) {
  test(`in pieces: ${name}`, () => {
    const { writer, taken } = make();
    for (const [index, piece] of list.entries()) writer.piece(piece, index === list.length - 1);
    assert.equal(taken(), hex(...frames));
    // The next message starts anew.
    writer.text("x");
    writer.piece("\u{1f600}", true);
    assert.equal(taken(), hex([0x81, "x"], [0x81, "😀"]));
  });
}

test("within a message in pieces no other may be sent (§5.4), and nothing is written of one that is refused", () => {
  const { writer, taken } = make();
  writer.piece("a", false);
  taken();
  const refused = { name: "LocalError", code: "ERR_MESSAGE_UNFINISHED" };
  assert.throws(() => writer.text("x"), refused);
  assert.throws(() => writer.binary(bytes), refused);
  assert.throws(() => writer.needIdle(), refused);
  assert.throws(() => writer.piece(bytes, true), { name: "LocalError", code: "ERR_PIECE_TYPE" });
  assert.equal(taken(), "");
  writer.piece("b", true);
  writer.needIdle();
  writer.piece(bytes, false);
  assert.throws(() => writer.piece("x", true), { code: "ERR_PIECE_TYPE" });
  writer.piece(bytes, true);
  assert.equal(taken(), hex([0x80, "b"], [0x02, bytes], [0x80, bytes]));
});

test("text in any pieces arrives as the text of its joined pieces", () => {
  const units = fc.array(fc.constantFrom(0x61, 0xe9, 0x20ac, 0xd83d, 0xde00, 0xd800, 0xdfff), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(units, { minLength: 1, maxLength: 6 }), (list) => {
      const texts = list.map((codes) => String.fromCharCode(...codes));
      const { writer, taken } = make();
      for (const [index, text] of texts.entries()) writer.piece(text, index === texts.length - 1);
      const sent = taken();
      let payload = "";
      for (let at = 0; at < sent.length; ) {
        const length = Number.parseInt(sent.slice(at + 2, at + 4), 16) * 2;
        payload += sent.slice(at + 4, at + 4 + length);
        at += 4 + length;
      }
      assert.equal(payload, toHex(new TextEncoder().encode(texts.join(""))));
    }),
  );
});

test("an extension transforms whole messages, or leaves them as they are; pieces it does not see", () => {
  const asked: number[] = [];
  const extension: Extension = {
    rsv: 0x40,
    decode: (_opcode, _rsv, payload) => payload,
    encode: (opcode, payload) => {
      asked.push(opcode);
      return payload.length < 3 ? undefined : { payload: new Uint8Array(payload).reverse(), rsv: 0x40 };
    },
  };
  const { writer, taken } = make(extension);
  writer.text("abc");
  writer.text("ab");
  writer.binary(Uint8Array.of(1, 2, 3));
  writer.binary(bytes);
  writer.piece("abcd", false);
  writer.piece("efgh", true);
  assert.equal(
    taken(),
    hex([0xc1, "cba"], [0x81, "ab"], [0xc2, Uint8Array.of(3, 2, 1)], [0x82, bytes], [0x01, "abcd"], [0x80, "efgh"]),
  );
  assert.deepEqual(asked, [1, 1, 2, 2]);
});

test("an extension's lone surrogates are replaced before it sees them", () => {
  let seen = "";
  const extension: Extension = {
    rsv: 0x40,
    decode: (_opcode, _rsv, payload) => payload,
    encode: (_opcode, payload) => {
      seen = toHex(payload);
      return undefined;
    },
  };
  make(extension).writer.text("\ud800");
  assert.equal(seen, "efbfbd");
});

test("encodeMessage gives the frame a server sends, bytes of its own", () => {
  assert.equal(toHex(encodeMessage("Hello")), hex([0x81, "Hello"]));
  const large = new Uint8Array(70_000).fill(3);
  const frame = encodeMessage(large);
  large.fill(0);
  assert.equal(toHex(frame), hex([0x82, new Uint8Array(70_000).fill(3)]));
});

test("a piece whose memory is gone throws, and nothing has begun", () => {
  const { writer, taken } = make();
  const gone = new Uint8Array(8);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  // A view of detached memory has no length; a getter that lies about it stands for the race of a transfer within the call.
  Object.defineProperty(gone, "length", { value: 8 });
  assert.throws(() => writer.piece(gone, false), TypeError);
  writer.text("after");
  assert.equal(taken(), hex([0x81, "after"]));
});

test("encodeMessage gives what an extension made of the message, with its bits", () => {
  const encoded = { payload: Uint8Array.of(9), rsv: 0x40 };
  assert.equal(toHex(encodeMessage("Hello", encoded)), hex([0xc1, Uint8Array.of(9)]));
  assert.equal(toHex(encodeMessage(bytes, encoded)), hex([0xc2, Uint8Array.of(9)]));
});

test("what waits for its transformation is flushed as it is, in order, and whoever waits behind it is told", () => {
  const never: Extension = {
    rsv: 0x40,
    decode: (_opcode, _rsv, payload) => payload,
    encode: () => new Promise(() => {}),
  };
  const { writer, taken } = make(never);
  const told: string[] = [];
  writer.text("a");
  writer.whenWritten(() => told.push("a"));
  writer.text("b");
  writer.whenWritten(() => told.push("b"));
  assert.deepEqual([taken(), told], ["", []]);
  writer.flush();
  assert.deepEqual([taken(), told], [hex([0x81, "a"], [0x81, "b"]), ["a", "b"]]);
});
