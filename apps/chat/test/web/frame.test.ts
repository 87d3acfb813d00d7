import assert from "node:assert/strict";
import { test } from "node:test";
import {
  closePayload,
  computedFrame,
  headerOf,
  mayClose,
  Opcode,
  opcodeName,
  readClose,
  reportedFrame,
} from "../../dist/web-js/echo/frame.js";
import { headerFields } from "../../dist/web-js/echo/header-field.js";
import { bytesOfHex, dump, hexOfByte, mask } from "../../dist/web-js/echo/hex.js";
import { parseWatchMessage } from "../../dist/web-js/echo/watch-message.js";

const hex = (bytes: Iterable<number | undefined>): string => [...bytes].map(hexOfByte).join(" ");
const report = {
  direction: "in",
  fin: true,
  rsv1: false,
  rsv2: false,
  rsv3: false,
  opcode: 1,
  masked: true,
  key: "37fa213d",
  length: 5,
  header: "818537fa213d",
  payload: "48656c6c6f",
  truncated: false,
  at: 12.5,
} as const;

test("headers are those of RFC 6455 section 5.7", () => {
  assert.equal(hex(headerOf(Opcode.Text, false, 5)), "81 05");
  assert.equal(hex(headerOf(Opcode.Text, true, 5)), "81 85 ?? ?? ?? ??");
  assert.equal(hex(headerOf(Opcode.Ping, false, 5)), "89 05");
  assert.equal(hex(headerOf(Opcode.Pong, true, 5)), "8a 85 ?? ?? ?? ??");
  assert.equal(hex(headerOf(Opcode.Binary, false, 256)), "82 7e 01 00");
  assert.equal(hex(headerOf(Opcode.Binary, false, 65_536)), "82 7f 00 00 00 00 00 01 00 00");
});

test("each length in the shortest form, at the edges", () => {
  assert.equal(hex(headerOf(Opcode.Binary, false, 0)), "82 00");
  assert.equal(hex(headerOf(Opcode.Binary, false, 125)), "82 7d");
  assert.equal(hex(headerOf(Opcode.Binary, false, 126)), "82 7e 00 7e");
  assert.equal(hex(headerOf(Opcode.Binary, true, 65_535)), "82 fe ff ff ?? ?? ?? ??");
  assert.equal(hex(headerOf(Opcode.Binary, false, 2 ** 40 + 3)), "82 7f 00 00 01 00 00 00 00 03");
});

test("masking is RFC 6455 section 5.7's masked Hello, and its own inverse", () => {
  const key = bytesOfHex("37fa213d");
  const masked = mask(new TextEncoder().encode("Hello"), key);
  assert.equal(hex(masked), "7f 9f 4d 51 58");
  assert.equal(new TextDecoder().decode(mask(masked, key)), "Hello");
});

test("a report becomes a frame, and its header is taken apart bit by bit", () => {
  const frame = reportedFrame(report);
  assert.equal(frame.direction, "up");
  assert.equal(hex(frame.header), "81 85 37 fa 21 3d");
  assert.deepEqual(
    headerFields(frame).map(({ name, value, figure }) => [name, value, figure]),
    [
      ["FIN", "1", undefined],
      ["RSV1", "0", undefined],
      ["RSV2", "0", undefined],
      ["RSV3", "0", undefined],
      ["opcode", "0001", "0x1 text"],
      ["MASK", "1", undefined],
      ["length", "0000101", "5"],
      ["key", "37 fa 21 3d", undefined],
    ],
  );
});

test("extended lengths and unknown keys in the fields", () => {
  const fields = headerFields(computedFrame("up", Opcode.Binary, new Uint8Array(65_536), 0));
  assert.deepEqual(
    fields.slice(6).map(({ name, value, note }) => [name, value, note]),
    [
      ["length", "1111111", "fieldLength64"],
      ["length", "00 00 00 00 00 01 00 00", "fieldExtended"],
      ["key", "?? ?? ?? ??", "fieldKeyHidden"],
    ],
  );
  const down = headerFields(computedFrame("down", Opcode.Text, new Uint8Array(126), 0));
  assert.deepEqual(
    down.slice(6).map(({ value, note }) => [value, note]),
    [
      ["1111110", "fieldLength16"],
      ["00 7e", "fieldExtended"],
    ],
  );
});

test("a computed frame keeps no more payload than a reported one", () => {
  const frame = computedFrame("down", Opcode.Binary, new Uint8Array(1000), 0);
  assert.deepEqual([frame.payload.length, frame.truncated, frame.length], [256, true, 1000]);
});

test("close payloads, and what a page may close with", () => {
  assert.equal(hex(closePayload(1000, "")), "03 e8");
  assert.equal(hex(closePayload(1005, "")), "");
  assert.deepEqual(readClose(closePayload(3001, "再见")), { code: 3001, reason: "再见" });
  assert.deepEqual(readClose(new Uint8Array()), { code: undefined, reason: "" });
  for (const code of [1000, 3000, 4999]) assert.ok(mayClose(code, ""));
  for (const code of [999, 1001, 1005, 2999, 5000, Number.NaN, 3000.5]) assert.ok(!mayClose(code, ""), String(code));
  assert.ok(mayClose(1000, "x".repeat(123)));
  assert.ok(!mayClose(1000, "é".repeat(62)));
});

test("opcodes by the standard's names", () => {
  assert.deepEqual([0, 1, 2, 8, 9, 10, 3, 15].map(opcodeName), [
    "continuation",
    "text",
    "binary",
    "close",
    "ping",
    "pong",
    "reserved",
    "reserved",
  ]);
});

test("a hex dump", () => {
  assert.deepEqual(dump(new TextEncoder().encode("Hello\nwire"), 8), [
    { offset: "0000", hex: "48 65 6c 6c 6f 0a 77 69", ascii: "Hello·wi" },
    { offset: "0008", hex: "72 65                  ", ascii: "re" },
  ]);
});

test("messages of the watching connection are checked", () => {
  assert.deepEqual(parseWatchMessage('{"watching":"abc"}'), { watching: "abc" });
  assert.deepEqual(parseWatchMessage(JSON.stringify({ frame: report })), { frame: report });
  const broken: unknown[] = [null, 1, {}, { frame: null }, { frame: {} }];
  broken.push({ frame: { ...report, key: "37" } }, { frame: { ...report, header: "8" } });
  broken.push({ frame: { ...report, direction: "up" } }, { frame: { ...report, length: -1 } });
  for (const value of broken) assert.equal(parseWatchMessage(JSON.stringify(value)), undefined, JSON.stringify(value));
  assert.equal(parseWatchMessage("{"), undefined);
});
