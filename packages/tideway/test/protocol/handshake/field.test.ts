import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalError } from "../../../dist/protocol/error.js";
import { checkField, checkFields, joinHead } from "../../../dist/protocol/handshake/field.js";

for (const [name, field, value] of [
  ["plain", "X-A", "b"],
  ["empty value", "X-A", ""],
  ["tab and obs-text", "X-A", "a\tb\u00e9\u0080"],
  ["name of the prototype", "__proto__", "x"],
] as const) {
  test(`a header line may be: ${name}`, () => checkField(field, value));
}

for (const [name, field, value, code] of [
  ["H-46 CR LF in the value", "X-A", "a\r\nX-B: c", "ERR_ARGUMENT_HEADER_VALUE"],
  ["H-46 LF in the value", "X-A", "a\nb", "ERR_ARGUMENT_HEADER_VALUE"],
  ["H-46 CR in the value", "X-A", "a\rb", "ERR_ARGUMENT_HEADER_VALUE"],
  ["H-46 NUL in the value", "X-A", "a\0b", "ERR_ARGUMENT_HEADER_VALUE"],
  ["DEL in the value", "X-A", "\x7f", "ERR_ARGUMENT_HEADER_VALUE"],
  ["value beyond one byte whose low byte is LF", "X-A", "\u010a", "ERR_ARGUMENT_HEADER_VALUE"],
  ["value that is no string", "X-A", 1, "ERR_ARGUMENT_HEADER_VALUE"],
  ["undefined value", "X-A", undefined, "ERR_ARGUMENT_HEADER_VALUE"],
  ["H-46 space in the name", "X A", "b", "ERR_ARGUMENT_HEADER_NAME"],
  ["colon in the name", "X:A", "b", "ERR_ARGUMENT_HEADER_NAME"],
  ["CR LF in the name", "X\r\nA", "b", "ERR_ARGUMENT_HEADER_NAME"],
  ["empty name", "", "b", "ERR_ARGUMENT_HEADER_NAME"],
  ["name beyond ASCII", "X-\u00e9", "b", "ERR_ARGUMENT_HEADER_NAME"],
  ["name that is no string", null, "b", "ERR_ARGUMENT_HEADER_NAME"],
] as const) {
  test(`a header line may not be: ${name}`, () => {
    assert.throws(
      () => checkField(field as string, value as string),
      (error) => error instanceof LocalError && error.code === code && !/[\r\n\0]/.test(error.message),
    );
  });
}

test("a reserved name is refused in any case, the others are not", () => {
  const isReserved = (name: string): boolean => name === "host";
  checkFields([["X-Host", "a"]], isReserved);
  assert.throws(
    () =>
      checkFields(
        [
          ["X-A", "b"],
          ["HOST", "a"],
        ],
        isReserved,
      ),
    (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_HEADER_RESERVED",
  );
});

test("each of several lines is checked, whatever its name", () => {
  for (const [line, code] of [
    [["X A", "b"], "ERR_ARGUMENT_HEADER_NAME"],
    [["X-A", "b\r\nX-B: c"], "ERR_ARGUMENT_HEADER_VALUE"],
  ] as const) {
    assert.throws(
      () => checkFields([["X-First", "a"], line], () => false),
      (error) => error instanceof LocalError && error.code === code,
    );
  }
});

test("joinHead ends every line and the head", () => {
  assert.equal(joinHead("A", []), "A\r\n\r\n");
  assert.equal(
    joinHead("A", [
      ["B", "c"],
      ["D", ""],
    ]),
    "A\r\nB: c\r\nD: \r\n\r\n",
  );
});
