import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LocalError } from "../../../dist/protocol/error.js";
import { formatExtensions, parseExtensions } from "../../../dist/protocol/handshake/extension-header.js";
import { countReads } from "./count-reads.js";

const plain = (...names: string[]) => names.map((name) => ({ name, params: [] }));

for (const [name, values, extensions] of [
  ["no line", [], []],
  ["one", ["foo"], plain("foo")],
  ["two", ["foo, bar"], plain("foo", "bar")],
  ["two lines", ["foo", "bar"], plain("foo", "bar")],
  ["the same twice, as alternatives", ["foo; a, foo"], [{ name: "foo", params: [["a", true]] }, ...plain("foo")]],
  [
    "RFC 7692 §7.1",
    ["permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate"],
    [
      {
        name: "permessage-deflate",
        params: [
          ["client_max_window_bits", true],
          ["server_max_window_bits", "10"],
        ],
      },
      ...plain("permessage-deflate"),
    ],
  ],
  [
    "whitespace wherever the grammar implies it",
    [" \tfoo\t ; a = 1 ;b\t,\tbar "],
    [
      {
        name: "foo",
        params: [
          ["a", "1"],
          ["b", true],
        ],
      },
      ...plain("bar"),
    ],
  ],
  ["quoted token", ['foo; a="1\\0"'], [{ name: "foo", params: [["a", "10"]] }]],
  [
    "repeated parameter",
    ["foo; a; a=1"],
    [
      {
        name: "foo",
        params: [
          ["a", true],
          ["a", "1"],
        ],
      },
    ],
  ],
  [
    "H-41 names of the prototype",
    ["constructor; __proto__=1, toString, hasOwnProperty"],
    [{ name: "constructor", params: [["__proto__", "1"]] }, ...plain("toString", "hasOwnProperty")],
  ],
] as const) {
  test(`parseExtensions: ${name}`, () => {
    assert.deepEqual(parseExtensions(values), { ok: true, extensions, ignored: 0 });
  });
}

test("H-41 the prototype of objects is unchanged", () => {
  parseExtensions(["__proto__; polluted=1"]);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

for (const [name, values] of [
  ["empty", [""]],
  ["only spaces", ["  "]],
  ["empty element", ["a,,b"]],
  ["comma at the end", ["a,"]],
  ["semicolon at the end", ["a;"]],
  ["empty parameter", ["a;;b"]],
  ["no name", ["; a"]],
  ["no value", ["a; b="]],
  ["no parameter name", ["a; =b"]],
  ["two values", ["a; b=c d"]],
  ["two names", ["a b"]],
  ["quoted name", ['"a"']],
  ["quoted value that is no token", ['a; b="c d"']],
  ["quoted value that is empty", ['a; b=""']],
  ["H-37 beyond ASCII", ["a\u00e9"]],
  ["H-37 beyond ASCII in a quoted value", ['a; b="\u00e9"']],
  ["H-39 quote that is not closed", [`a; b="${"\\c".repeat(3900)}`]],
  ["second line malformed", ["a", ";"]],
  ["malformed behind the limits", [`${"a,".repeat(20)};`]],
] as const) {
  test(`parseExtensions refuses: ${name}`, () => {
    assert.deepEqual(parseExtensions(values), { ok: false, code: "ERR_EXTENSIONS" });
  });
}

test("H-40 offers after the 8th are ignored", () => {
  const offers = Array.from({ length: 400 }, (_, i) => `e${i}`);
  assert.deepEqual(parseExtensions([offers.join(",")]), {
    ok: true,
    extensions: plain(...offers.slice(0, 8)),
    ignored: 392,
  });
  assert.deepEqual(parseExtensions(offers.slice(0, 9)), {
    ok: true,
    extensions: plain(...offers.slice(0, 8)),
    ignored: 1,
  });
});

test("an offer with more than 8 parameters is ignored as a whole, and counts as an offer", () => {
  const eight = `a${"; p=1".repeat(8)}`;
  const nine = `b${"; p".repeat(9)}`;
  const many = `c${"; p".repeat(900)}`;
  const result = parseExtensions([`${eight}, ${nine}, ${many}, d, e, f, g, h, i`]);
  assert.ok(result.ok);
  assert.deepEqual(
    result.extensions.map(({ name, params }) => [name, params.length]),
    [
      ["a", 8],
      ["d", 0],
      ["e", 0],
      ["f", 0],
      ["g", 0],
      ["h", 0],
    ],
  );
  assert.equal(result.ignored, 3);
});

for (const [name, make] of [
  ["H-38 spaces", (n: number) => `b${" ".repeat(n)}x`],
  ["H-38 tabs", (n: number) => `b;${"\t".repeat(n)}x`],
  ["H-38 commas", (n: number) => ",".repeat(n)],
  ["H-39 escapes", (n: number) => `a;b="${"\\c".repeat(n / 2)}`],
  ["H-40 offers", (n: number) => `${"a,".repeat(n / 2)}a`],
  ["parameters", (n: number) => `a${";p".repeat(n / 2)}`],
  ["spaces around all", (n: number) => `${"a ; b = c , ".repeat(n / 12)}a`],
] as const) {
  for (const length of [1000, 7900]) {
    test(`each character is looked at a fixed number of times: ${name}, ${length}`, () => {
      const value = make(length);
      const reads = countReads(() => parseExtensions([value]));
      assert.ok(reads <= 5 * value.length + 16, `${reads} reads of ${value.length} characters`);
    });
  }
}

const token = fc.string({ unit: fc.constantFrom(..."ab-_.!~09"), minLength: 1, maxLength: 8 });
const param = fc.tuple(token, fc.oneof(fc.constant(true as const), token));
const offer = fc.record({ name: token, params: fc.array(param, { maxLength: 8 }) }, { noNullPrototype: true });

test("what formatExtensions writes, parseExtensions reads", () => {
  fc.assert(
    fc.property(fc.array(offer, { minLength: 1, maxLength: 8 }), (extensions) => {
      assert.deepEqual(parseExtensions([formatExtensions(extensions)]), { ok: true, extensions, ignored: 0 });
    }),
  );
});

test("any text gives extensions or the code; never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab;,= \t"\\\u00e9\0') }), (value) => {
      const result = parseExtensions([value]);
      if (result.ok) for (const { params } of result.extensions) assert.ok(params.length <= 8);
    }),
    { numRuns: 2000 },
  );
});

for (const [name, extensions] of [
  ["none", []],
  ["name with a line end", plain("a\r\nb")],
  ["empty name", plain("")],
  ["parameter with a separator", [{ name: "a", params: [["b;c", true]] }]],
  ["value with a space", [{ name: "a", params: [["b", "c d"]] }]],
  ["no string", [{ name: 1, params: [] }]],
] as const) {
  test(`formatExtensions refuses: ${name}`, () => {
    assert.throws(
      () => formatExtensions(extensions as unknown as Parameters<typeof formatExtensions>[0]),
      (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_EXTENSION",
    );
  });
}
