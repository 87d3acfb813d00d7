import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callback,
  checkedElsewhere,
  checkOptions,
  duration,
  either,
  flag,
  limit,
  minimum,
  type OptionRule,
  oneOf,
  path,
  record,
  span,
  text,
  texts,
  wholeDuration,
} from "../../dist/node/option-check.js";

const rules = { maxPayload: limit, writeTimeout: duration, open: callback, verbose: flag };

/** what a limit in bytes, a lower bound and a duration make of each value. */
const numbers: readonly (readonly [
  value: unknown,
  limit: string | undefined,
  minimum: string | undefined,
  duration: string | undefined,
])[] = [
  [1, undefined, undefined, undefined],
  [2 ** 31, undefined, undefined, undefined],
  [2 ** 32, undefined, undefined, undefined],
  [Number.MAX_SAFE_INTEGER, undefined, undefined, undefined],
  [2 ** 53, "RangeError", "RangeError", undefined],
  [Number.POSITIVE_INFINITY, undefined, "RangeError", undefined],
  [Number.NEGATIVE_INFINITY, "RangeError", "RangeError", "RangeError"],
  [0, "RangeError", undefined, "RangeError"],
  [-0, "RangeError", undefined, "RangeError"],
  [-1, "RangeError", "RangeError", "RangeError"],
  [Number.NaN, "RangeError", "RangeError", "RangeError"],
  [1.5, "RangeError", "RangeError", undefined],
  ["1mb", "TypeError", "RangeError", "TypeError"],
  ["1000", "TypeError", "RangeError", "TypeError"],
  [null, "TypeError", "RangeError", "TypeError"],
  [10n, "TypeError", "RangeError", "TypeError"],
  [[5], "TypeError", "RangeError", "TypeError"],
  [true, "TypeError", "RangeError", "TypeError"],
];

for (const [value, ...expected] of numbers) {
  test(`R-31 ${typeof value} ${String(value)}`, () => {
    const given = [limit, minimum, duration].map((rule) => rule(value)?.name);
    assert.deepEqual(given, expected);
  });
}

const others: readonly (readonly [
  name: string,
  rule: OptionRule,
  good: readonly unknown[],
  bad: readonly unknown[],
])[] = [
  ["flag", flag, [true, false], [0, 1, "true", null, {}]],
  ["text", text, ["", "a"], [1, null, ["a"], new String("a")]],
  ["callback", callback, [() => {}, class {}], [{}, "f", null]],
  ["record", record, [{}, new Map()], [null, [], "a", 1]],
  ["texts", texts, [[], ["a"]], ["a", [1], [null], {}]],
  ["oneOf", oneOf("a", "b"), ["a", "b"], ["", "A", ["a"], null]],
  ["either", either(texts, callback), [["a"], () => {}], ["a", 1, null]],
  ["checkedElsewhere", checkedElsewhere, [1, "a", null], []],
];

for (const [name, rule, good, bad] of others) {
  test(name, () => {
    for (const value of good) assert.equal(rule(value), undefined, String(value));
    for (const value of bad) assert.ok(rule(value) instanceof TypeError, String(value));
  });
}

test("span: milliseconds with an end", () => {
  for (const good of [0, 1, 1.5, 2 ** 40]) assert.equal(span(good), undefined, `${good}`);
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY]) assert.ok(span(bad) instanceof RangeError, `${bad}`);
  for (const bad of ["1", null, 1n]) assert.ok(span(bad) instanceof TypeError, `${bad}`);
});

test("undefined is the default everywhere, and so is a missing option", () => {
  checkOptions({ maxPayload: undefined, writeTimeout: undefined, open: undefined, verbose: undefined }, rules, "Here");
  checkOptions({}, rules, "Here");
});

const unknown: readonly (readonly [name: string, suggestion: string])[] = [
  ["maxPayLoad", ', did you mean "maxPayload"?'],
  ["maxpayload", ', did you mean "maxPayload"?'],
  ["payload", ', did you mean "maxPayload"?'],
  ["writeTimout", ', did you mean "writeTimeout"?'],
  ["onOpen", ', did you mean "open"?'],
  ["perMessageDeflate", ""],
  ["constructor", ""],
  ["__proto__x", ""],
];

for (const [name, suggestion] of unknown) {
  test(`an option that does not exist: ${name}`, () => {
    assert.throws(() => checkOptions({ [name]: 1 }, rules, "Here"), {
      name: "TypeError",
      message: `Here: there is no option "${name}"${suggestion}`,
    });
  });
}

test("a name that others use leads to what does it here", () => {
  assert.throws(() => checkOptions({ port: 1 }, rules, "Here", { port: "call listen(port)" }), {
    name: "TypeError",
    message: 'Here: there is no option "port": call listen(port)',
  });
});

test("wholeDuration: as the core takes it", () => {
  for (const good of [1, 2 ** 40, Number.POSITIVE_INFINITY]) assert.equal(wholeDuration(good), undefined, `${good}`);
  for (const bad of [0, -1, 0.5, Number.NaN]) assert.ok(wholeDuration(bad) instanceof RangeError, `${bad}`);
});

test("path", () => {
  for (const good of ["/", "/a"]) assert.equal(path(good), undefined, good);
  for (const bad of ["", "a", 1, null]) assert.ok(path(bad) instanceof TypeError, String(bad));
});

test("a message says place, option and what it must be", () => {
  assert.throws(() => checkOptions({ maxPayload: 1.5 }, rules, "Here"), {
    name: "RangeError",
    message: 'Here: "maxPayload" must be a whole number from 1, or Infinity for no limit',
  });
});

test("options that are no object", () => {
  for (const given of [null, "text", 5, () => {}, []]) {
    assert.throws(() => checkOptions(given as object, rules, "Here"), { name: "TypeError" });
  }
});

test("an inherited option does not count: only what was written down is looked at", () => {
  checkOptions(Object.create({ maxPayLoad: 1 }) as object, rules, "Here");
});
