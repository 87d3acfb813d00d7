import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LocalError } from "../../../dist/protocol/error.js";
import { checkSelection, formatSubprotocols, parseSubprotocols } from "../../../dist/protocol/handshake/subprotocol.js";
import { countReads } from "./count-reads.js";

const names = (count: number): string => Array.from({ length: count }, (_, i) => `p${i}`).join(",");

for (const [name, values, expected] of [
  ["no line", [], []],
  ["one", ["chat"], ["chat"]],
  ["several, in order", ["superchat , chat\t,v2.x"], ["superchat", "chat", "v2.x"]],
  ["surrounding space", ["  chat\t"], ["chat"]],
  ["two lines", ["a, b", "c"], ["a", "b", "c"]],
  ["case matters", ["chat, Chat"], ["chat", "Chat"]],
  ["16 names", [names(16)], names(16).split(",")],
  ["1 KiB", ["x".repeat(1024)], ["x".repeat(1024)]],
  ["H-41 names of the prototype", ["__proto__, constructor"], ["__proto__", "constructor"]],
] as const) {
  test(`parseSubprotocols: ${name}`, () => {
    assert.deepEqual(parseSubprotocols(values), { ok: true, protocols: expected });
  });
}

for (const [name, values, code] of [
  ["H-35 empty value", [""], "ERR_SUBPROTOCOL"],
  ["H-35 only spaces", ["  "], "ERR_SUBPROTOCOL"],
  ["H-35 empty element", ["a,,b"], "ERR_SUBPROTOCOL"],
  ["H-35 comma at the end", ["a,"], "ERR_SUBPROTOCOL"],
  ["H-35 comma at the start", [",a"], "ERR_SUBPROTOCOL"],
  ["H-35 twice", ["a, a"], "ERR_SUBPROTOCOL"],
  ["H-35 twice over two lines", ["a", "b, a"], "ERR_SUBPROTOCOL"],
  ["H-35 space inside", ["a b"], "ERR_SUBPROTOCOL"],
  ["H-35 no token", ["a/b"], "ERR_SUBPROTOCOL"],
  ["H-35 quoted", ['"a"'], "ERR_SUBPROTOCOL"],
  ["H-35 second line empty", ["a", ""], "ERR_SUBPROTOCOL"],
  ["H-37 beyond ASCII", ["caf\u00e9"], "ERR_SUBPROTOCOL"],
  ["H-36 17 names", [names(17)], "ERR_SUBPROTOCOL_LIMIT"],
  ["H-36 17 names over lines", [names(16), "q"], "ERR_SUBPROTOCOL_LIMIT"],
  ["H-36 1025 bytes", ["x".repeat(1025)], "ERR_SUBPROTOCOL_LIMIT"],
  ["H-36 1025 bytes over lines", ["x".repeat(1024), "y"], "ERR_SUBPROTOCOL_LIMIT"],
] as const) {
  test(`parseSubprotocols refuses: ${name}`, () => {
    assert.deepEqual(parseSubprotocols(values), { ok: false, code });
  });
}

for (const [name, make] of [
  ["spaces", (n: number) => `b${" ".repeat(n)}x`],
  ["commas", (n: number) => ",".repeat(n)],
  ["tabs", (n: number) => "\t".repeat(n)],
] as const) {
  for (const length of [1000, 7900]) {
    test(`H-38 each character is looked at a fixed number of times: ${length} ${name}`, () => {
      const value = make(length);
      assert.ok(countReads(() => parseSubprotocols([value])) <= 4 * value.length + 16);
    });
  }
}

test("any text gives names or a code; never throws", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'ab, \t"=;\u00e9\0') }), { maxLength: 3 }), (values) => {
      const result = parseSubprotocols(values);
      if (result.ok && result.protocols.length > 0) {
        assert.deepEqual(parseSubprotocols([formatSubprotocols(result.protocols)]), result);
      }
    }),
  );
});

test("formatSubprotocols writes the order of preference", () => {
  assert.equal(formatSubprotocols(["b", "a"]), "b, a");
});

test("formatSubprotocols takes 16 names, and 1 KiB of them with separators", () => {
  const sixteen = names(16).split(",");
  assert.equal(formatSubprotocols(sixteen), sixteen.join(", "));
  const long = ["x".repeat(512), "y".repeat(510)];
  assert.equal(formatSubprotocols(long).length, 1024);
});

for (const [name, protocols] of [
  ["none", []],
  ["K-06 line end", ["a\r\nX: y"]],
  ["empty", [""]],
  ["separator", ["a,b"]],
  ["twice", ["a", "a"]],
  ["17 names", names(17).split(",")],
  ["too long", ["x".repeat(512), "y".repeat(511)]],
  ["no string", [1 as unknown as string]],
] as const) {
  test(`formatSubprotocols refuses: ${name}`, () => {
    assert.throws(
      () => formatSubprotocols(protocols),
      (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_SUBPROTOCOL",
    );
  });
}

test("H-45 a server chooses one of the offered names, or none", () => {
  checkSelection(undefined, []);
  checkSelection("a", ["b", "a"]);
  for (const [selected, offered] of [
    ["c", ["a", "b"]],
    ["A", ["a"]],
    ["", ["a"]],
    ["a\r\nX: y", ["a"]],
    ["a", []],
  ] as const) {
    assert.throws(
      () => checkSelection(selected, offered),
      (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_SELECTION",
    );
  }
});
