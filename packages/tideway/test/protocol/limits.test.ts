import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAGMENT_OVERHEAD, type Limits, MESSAGE_RATE_GRACE, resolveLimits } from "../../dist/protocol/limits.js";

const none = Number.POSITIVE_INFINITY;

test("the defaults of a server", () => {
  assert.deepEqual(resolveLimits("server"), {
    maxPayload: 1_048_576,
    maxFragments: 1024,
    maxRetained: 1_048_576 + 128 * 1024 + 65_536,
    messageTimeout: 60_000,
    minMessageRate: 1024,
    maxControlFrames: 1000,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    closeTimeout: 5000,
  });
  assert.equal(FRAGMENT_OVERHEAD, 128);
  assert.equal(MESSAGE_RATE_GRACE, 10_000);
});

test("a client takes larger messages, more fragments, and as long as they need", () => {
  const { maxPayload, maxFragments, maxRetained, messageTimeout, minMessageRate } = resolveLimits("client");
  assert.deepEqual(
    { maxPayload, maxFragments, maxRetained, messageTimeout, minMessageRate },
    {
      maxPayload: 16_777_216,
      maxFragments: 16_384,
      maxRetained: 16_777_216 + 128 * 16_384 + 65_536,
      messageTimeout: none,
      minMessageRate: 0,
    },
  );
});

test("the budget follows the limits it is made of, unless it is given", () => {
  assert.equal(resolveLimits("server", { maxPayload: 1000, maxFragments: 2 }).maxRetained, 1000 + 256 + 65_536);
  assert.equal(resolveLimits("server", { maxPayload: none }).maxRetained, none);
  assert.equal(resolveLimits("server", { maxRetained: 5000 }).maxRetained, 5000);
});

const names = Object.keys(resolveLimits("server")) as (keyof Limits)[];

test("each limit can be set alone", () => {
  for (const name of names) {
    const limits = resolveLimits("server", { [name]: 7 });
    assert.equal(limits[name], 7, name);
    for (const other of names) {
      if (other === name || other === "maxRetained") continue;
      assert.equal(limits[other], resolveLimits("server")[other], `${other} beside ${name}`);
    }
  }
});

test("R-31: undefined means the default, Infinity no limit, numbers beyond 32 bits themselves", () => {
  for (const name of names) {
    const absent = { [name]: undefined } as unknown as Partial<Limits>;
    assert.equal(resolveLimits("server", absent)[name], resolveLimits("server")[name], name);
    assert.equal(resolveLimits("server", { [name]: none })[name], none, name);
    assert.equal(resolveLimits("server", { [name]: 2 ** 32 })[name], 2 ** 32, name);
  }
});

for (const value of [-1, 0, 1.5, Number.NaN, -none, 2 ** 53, "1mb", null, true, 10n]) {
  test(`R-31: ${typeof value} ${value} is refused by each limit`, () => {
    for (const name of names) {
      if (name === "minMessageRate" && value === 0) continue;
      const given = { [name]: value } as unknown as Partial<Limits>;
      assert.throws(() => resolveLimits("server", given), {
        name: "LocalError",
        code: "ERR_ARGUMENT_LIMIT",
        message: new RegExp(name),
      });
    }
  });
}

test("only the least rate may be 0", () => {
  assert.equal(resolveLimits("server", { minMessageRate: 0 }).minMessageRate, 0);
});

test("what was resolved is shared as it is, and cannot be changed under those who share it", () => {
  const limits = resolveLimits("server", { maxPayload: 1000 });
  assert.equal(resolveLimits("server", limits), limits);
  assert.throws(() => Object.assign(limits, { maxPayload: 1 }), TypeError);
  const others = resolveLimits("client", limits);
  assert.notEqual(others, limits);
  assert.deepEqual(others, limits);
});
