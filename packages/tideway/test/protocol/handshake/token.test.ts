import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  asciiLower,
  isToken,
  isTokenCode,
  isValueCode,
  listHasToken,
  trimSpace,
  ValueScanner,
} from "../../../dist/protocol/handshake/token.js";
import { countReads } from "./count-reads.js";

test("tchar is exactly what RFC 9110 §5.6.2 lists", () => {
  for (let code = -1; code < 0x180; code++) {
    const char = code < 0 ? "" : String.fromCharCode(code);
    assert.equal(isTokenCode(code), /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(char), `code ${code}`);
  }
  assert.equal(isTokenCode(NaN), false);
});

test("a field value holds HTAB, SP, VCHAR and obs-text, nothing else", () => {
  for (let code = -1; code < 0x180; code++) {
    const allowed = code === 9 || (code >= 0x20 && code <= 0x7e) || (code >= 0x80 && code <= 0xff);
    assert.equal(isValueCode(code), allowed, `code ${code}`);
  }
  assert.equal(isValueCode(NaN), false);
});

for (const [text, expected] of [
  ["", false],
  ["a", true],
  ["permessage-deflate", true],
  ["__proto__", true],
  ["a b", false],
  ["a,", false],
  ["\u00e9", false],
  ["\u212a", false],
] as const) {
  test(`isToken(${JSON.stringify(text)}) is ${expected}`, () => assert.equal(isToken(text), expected));
}

test("asciiLower changes A to Z only", () => {
  assert.equal(asciiLower("WebSocKET-13"), "websocket-13");
  assert.equal(asciiLower("WEBSOC\u212aET \u00c4"), "websoc\u212aet \u00c4");
  assert.equal(asciiLower("\u212a"), "\u212a");
  assert.equal(asciiLower("\u212aING"), "\u212aing");
});

test("trimSpace removes spaces and tabs from the ends only", () => {
  assert.equal(trimSpace(" \t a \t b\t "), "a \t b");
  assert.equal(trimSpace("\u00a0a\n"), "\u00a0a\n");
  assert.equal(trimSpace("   "), "");
  assert.equal(trimSpace(""), "");
});

for (const [name, values, expected] of [
  ["one", ["upgrade"], true],
  ["case", ["Upgrade"], true],
  ["H-16 keep-alive first", ["keep-alive, Upgrade"], true],
  ["no space", ["keep-alive,upgrade"], true],
  ["tabs", ["\tkeep-alive\t,\tupgrade\t"], true],
  ["second line", ["keep-alive", "upgrade"], true],
  ["empty elements", [",, ,upgrade,"], true],
  ["no line", [], false],
  ["empty", [""], false],
  ["prefix", ["upgrade2"], false],
  ["inside", ["no upgrade"], false],
  ["quoted", ['"upgrade"'], false],
  ["Kelvin sign", ["\u212aeep"], false],
] as const) {
  test(`listHasToken: ${name} is ${expected}`, () => assert.equal(listHasToken(values, "upgrade"), expected));
}

test("ValueScanner takes what is there, and nothing else", () => {
  const scanner = new ValueScanner('a ;b="x\\"y" , c');
  assert.equal(scanner.take("b"), false);
  assert.equal(scanner.token(), "a");
  assert.equal(scanner.token(), "");
  assert.equal(scanner.quotedString(), undefined);
  scanner.space();
  assert.equal(scanner.take(";"), true);
  assert.equal(scanner.token(), "b");
  assert.equal(scanner.take("="), true);
  assert.equal(scanner.quotedString(), 'x"y');
  assert.equal(scanner.done, false);
  assert.equal(scanner.comma(), true);
  assert.equal(scanner.comma(), false);
  assert.equal(scanner.token(), "c");
  assert.equal(scanner.done, true);
  assert.equal(scanner.take("c"), false);
  assert.equal(scanner.token(), "");
});

test("a comma goes with the blanks on both sides of it", () => {
  const scanner = new ValueScanner("a \t,\t b");
  assert.deepEqual([scanner.token(), scanner.comma(), scanner.token(), scanner.done], ["a", true, "b", true]);
});

for (const [name, text, expected] of [
  ["empty", '""', ""],
  ["escaped backslash", '"\\\\"', "\\"],
  ["tab and obs-text", '"\t\u00e9"', "\t\u00e9"],
  ["not closed", '"abc', undefined],
  ["ends in an escape", '"abc\\', undefined],
  ["escape eats the quote", '"abc\\"', undefined],
  ["NUL", '"\0"', undefined],
  ["escaped NUL", '"\\\0"', undefined],
  ["beyond one byte", '"\u0100"', undefined],
  ["none", "abc", undefined],
  ["nothing", "", undefined],
] as const) {
  test(`quoted-string: ${name}`, () => assert.equal(new ValueScanner(text).quotedString(), expected));
}

test("a quoted-string gives back what was quoted", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'a"\\ \t,;\u00e9') }), (text) => {
      const quoted = `"${text.replace(/["\\]/g, "\\$&")}"`;
      assert.equal(new ValueScanner(quoted).quotedString(), text);
    }),
  );
});

for (const [name, make] of [
  ["spaces inside", (n: number) => `b${" ".repeat(n)}x`],
  ["tabs inside", (n: number) => `b${"\t".repeat(n)}x`],
  ["commas", (n: number) => ",".repeat(n)],
  ["spaces and commas", (n: number) => " ,".repeat(n / 2)],
] as const) {
  test(`H-38 listHasToken looks at each character a fixed number of times: ${name}`, () => {
    const value = make(7900);
    const reads = countReads(() => assert.equal(listHasToken([value], "upgrade"), false));
    assert.ok(reads <= 4 * value.length + 16, `${reads} reads of ${value.length} characters`);
  });
}
