import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalError } from "../../../dist/protocol/error.js";
import {
  CLIENT_HEAD_LIMITS,
  headLimits,
  MAX_EXTENSION_OFFERS,
  MAX_EXTENSION_PARAMS,
  MAX_METHOD_BYTES,
  MAX_SUBPROTOCOL_BYTES,
  MAX_SUBPROTOCOLS,
  SERVER_HEAD_LIMITS,
} from "../../../dist/protocol/handshake/limit.js";

test("the defaults are those of the table", () => {
  assert.deepEqual(SERVER_HEAD_LIMITS, { maxHeadBytes: 8192, maxHeaderLines: 64, maxTargetBytes: 2048 });
  assert.deepEqual(CLIENT_HEAD_LIMITS, { maxHeadBytes: 16384, maxHeaderLines: 128, maxTargetBytes: 2048 });
  assert.deepEqual([MAX_SUBPROTOCOLS, MAX_SUBPROTOCOL_BYTES], [16, 1024]);
  assert.deepEqual([MAX_EXTENSION_OFFERS, MAX_EXTENSION_PARAMS], [8, 8]);
  assert.equal(MAX_METHOD_BYTES, 24);
});

test("a missing or undefined limit has its default, a given one holds, Infinity is no limit", () => {
  assert.deepEqual(headLimits({}, SERVER_HEAD_LIMITS), SERVER_HEAD_LIMITS);
  assert.deepEqual(headLimits({ maxHeadBytes: undefined }, CLIENT_HEAD_LIMITS), CLIENT_HEAD_LIMITS);
  assert.deepEqual(headLimits({ maxHeadBytes: 1, maxHeaderLines: 2, maxTargetBytes: Infinity }, SERVER_HEAD_LIMITS), {
    maxHeadBytes: 1,
    maxHeaderLines: 2,
    maxTargetBytes: Infinity,
  });
});

for (const wrong of [0, -1, 1.5, NaN, -Infinity, 2 ** 53, "8192", null]) {
  for (const name of ["maxHeadBytes", "maxHeaderLines", "maxTargetBytes"]) {
    test(`${name}: ${JSON.stringify(wrong)} (${wrong}) is an error that names the option`, () => {
      assert.throws(
        () => headLimits({ [name]: wrong as number }, SERVER_HEAD_LIMITS),
        (error) =>
          error instanceof LocalError && error.code === "ERR_ARGUMENT_LIMIT" && error.message.startsWith(`${name}:`),
      );
    });
  }
}
