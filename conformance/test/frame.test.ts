import assert from "node:assert/strict";
import { test } from "node:test";
import {
  binary,
  close,
  continuation,
  encodeFrame,
  type FrameSpec,
  fromHex,
  keyOf,
  ping,
  pong,
  text,
  toHex,
} from "../dist/frame.js";
import { FrameReader, type ReadFrame } from "../dist/frame-reader.js";

const vectors: readonly (readonly [name: string, frame: FrameSpec, sender: "server" | "client", hex: string])[] = [
  ["§5.7 unmasked text", text("Hello"), "server", "810548656c6c6f"],
  ["§5.7 masked text", text("Hello", { key: 0x37fa213d }), "client", "818537fa213d7f9f4d5158"],
  ["§5.7 first fragment", text("Hel", { fin: false }), "server", "010348656c"],
  ["§5.7 last fragment", continuation("lo"), "server", "80026c6f"],
  ["§5.7 ping", ping("Hello"), "server", "890548656c6c6f"],
  ["§5.7 masked pong", pong("Hello", { key: 0x37fa213d }), "client", "8a8537fa213d7f9f4d5158"],
  ["close with code and reason", close(1000, "ok"), "server", "880403e86f6b"],
  ["all reserved bits", text("", { rsv: 7 }), "server", "f100"],
  ["a length that is not minimal", text("a", { form: 16 }), "server", "817e000161"],
  ["a 64-bit length that is not minimal", binary("", { form: 64 }), "server", "827f0000000000000000"],
  ["2^63 announced", { opcode: 2, form: 64, declared: 2n ** 63n }, "server", "827f8000000000000000"],
  ["a server that masks", text("a", { masking: "wrong", key: 0 }), "server", "81810000000061"],
  ["a client that does not", text("a", { masking: "wrong" }), "client", "810161"],
];

for (const [name, frame, sender, hex] of vectors) {
  test(`encodes: ${name}`, () => assert.equal(toHex(encodeFrame(frame, sender)), hex));
}

test("§5.7: 256 octets have a 16-bit length, 64 KiB a 64-bit one", () => {
  const header = (size: number) => toHex(encodeFrame(binary({ kind: "binary", size }), "server").subarray(0, 10));
  assert.equal(header(256).slice(0, 8), "827e0100");
  assert.equal(header(65_536), "827f0000000000010000");
});

test("keys differ from frame to frame and are never zero", () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => keyOf(index));
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.every((key) => key > 0 && key <= 0xffff_ffff));
});

function read(bytes: Uint8Array, size: number): ReadFrame[] {
  const reader = new FrameReader();
  const frames: ReadFrame[] = [];
  for (let at = 0; at < bytes.length; at += size) frames.push(...reader.read(bytes.subarray(at, at + size)));
  assert.equal(reader.pending, 0);
  return frames;
}

test("the reader gives back what was written, in any pieces", () => {
  const frames = [
    text("Hello"),
    binary({ kind: "binary", size: 300 }),
    ping(""),
    continuation({ kind: "text", size: 70_000 }),
    close(1001),
  ];
  const bytes = Buffer.concat(frames.map((frame, index) => encodeFrame(frame, "client", index)));
  const whole = read(bytes, bytes.length);
  assert.deepEqual(
    whole.map(({ opcode }) => opcode),
    [1, 2, 9, 0, 8],
  );
  assert.deepEqual(
    whole.map(({ payload }) => payload.length),
    [5, 300, 0, 70_000, 2],
  );
  assert.ok(whole.every(({ masked, minimal, fin, rsv }) => masked && minimal && fin && rsv === 0));
  for (const size of [1, 2, 3, 7, 1000]) assert.deepEqual(read(bytes, size), whole);
});

test("the reader says which lengths are not minimal", () => {
  const lengths = ["817e007d", "817e007e", "827f000000000000ffff", "827f0000000000010000"];
  const minimal = lengths.map((hex) => {
    const header = fromHex(hex);
    const length = Number.parseInt(hex.slice(4), 16);
    const [frame] = [...new FrameReader().read(Buffer.concat([header, Buffer.alloc(length, "a")]))];
    return frame?.minimal;
  });
  assert.deepEqual(minimal, [false, true, false, true]);
});
