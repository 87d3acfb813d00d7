import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeflateOptions, resolveDeflateOptions } from "../../../dist/protocol/deflate/option.js";

test("defaults: a server keeps no contexts, a client leaves that to the server", () => {
  const server = resolveDeflateOptions("server");
  assert.deepEqual(server, {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: undefined,
    threshold: 1024,
    level: 1,
    memLevel: undefined,
    maxContexts: 256,
    maxContextBytes: 33_554_432,
  });
  assert.deepEqual(resolveDeflateOptions("client"), {
    ...server,
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
  });
});

test("undefined means the default", () => {
  const given = { level: undefined, threshold: undefined, serverNoContextTakeover: undefined };
  assert.deepEqual(resolveDeflateOptions("server", given), resolveDeflateOptions("server"));
});

for (const given of [
  { threshold: 0 },
  { threshold: Number.POSITIVE_INFINITY },
  { level: 1, memLevel: 1 },
  { level: 9, memLevel: 9 },
  { maxContexts: 1, maxContextBytes: Number.POSITIVE_INFINITY },
  { maxContexts: Number.POSITIVE_INFINITY, maxContextBytes: 1 },
  { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
  { serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
] as const satisfies DeflateOptions[]) {
  test(`taken: ${Object.entries(given)}`, () => {
    for (const role of ["server", "client"] as const) {
      const settings = resolveDeflateOptions(role, given);
      for (const [name, value] of Object.entries(given)) assert.equal(settings[name as keyof typeof settings], value);
    }
  });
}

test("D-07 8 bits may bound the peer's window, not our own", () => {
  assert.equal(resolveDeflateOptions("server", { clientMaxWindowBits: 8 }).clientMaxWindowBits, 8);
  assert.equal(resolveDeflateOptions("client", { serverMaxWindowBits: 8 }).serverMaxWindowBits, 8);
  assert.throws(() => resolveDeflateOptions("server", { serverMaxWindowBits: 8 }), { code: "ERR_DEFLATE_OPTION" });
  assert.throws(() => resolveDeflateOptions("client", { clientMaxWindowBits: 8 }), { code: "ERR_DEFLATE_OPTION" });
});

const wrong: [name: string, value: unknown][] = [
  ["tresh", 1],
  ["constructor", 1],
  ["serverNoContextTakeover", 1],
  ["clientNoContextTakeover", "false"],
];
for (const [name, least, most] of [
  ["serverMaxWindowBits", 8, 15],
  ["clientMaxWindowBits", 8, 15],
  ["level", 1, 9],
  ["memLevel", 1, 9],
] as const) {
  for (const value of [least - 1, most + 1, 2 ** 32 + least, Number.POSITIVE_INFINITY]) wrong.push([name, value]);
}
for (const name of ["threshold", "maxContexts", "maxContextBytes"]) wrong.push([name, -1], [name, 2 ** 60]);
for (const name of ["maxContexts", "maxContextBytes"]) wrong.push([name, 0]);
for (const name of ["serverMaxWindowBits", "threshold", "level", "memLevel", "maxContexts", "maxContextBytes"]) {
  wrong.push([name, Number.NaN], [name, "9"], [name, 9.5], [name, null], [name, true]);
}
for (const [name, value] of wrong) {
  test(`refused: ${name} = ${String(value)} (${typeof value})`, () => {
    for (const role of ["server", "client"] as const) {
      assert.throws(() => resolveDeflateOptions(role, { [name]: value }), {
        name: "LocalError",
        code: "ERR_DEFLATE_OPTION",
        message: new RegExp(`^(?:there is no option ")?${name}\\b`),
      });
    }
  });
}

for (const [name, range] of [
  ["serverMaxWindowBits", "from 9 to 15"],
  ["clientMaxWindowBits", "from 8 to 15"],
  ["threshold", "from 0, or Infinity"],
  ["level", "from 1 to 9"],
  ["memLevel", "from 1 to 9"],
  ["maxContexts", "from 1, or Infinity"],
  ["maxContextBytes", "from 1, or Infinity"],
] as const) {
  test(`what is refused is told its range: ${name}`, () => {
    assert.throws(() => resolveDeflateOptions("server", { [name]: -1 }), {
      message: `${name} must be a whole number ${range}`,
    });
  });
}

test("what is given about takeover stands, whatever the role's default", () => {
  const given = { serverNoContextTakeover: false, clientNoContextTakeover: true };
  for (const role of ["server", "client"] as const) {
    const { serverNoContextTakeover, clientNoContextTakeover } = resolveDeflateOptions(role, given);
    assert.deepEqual({ serverNoContextTakeover, clientNoContextTakeover }, given);
  }
});
