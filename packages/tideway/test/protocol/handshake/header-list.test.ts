import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalError } from "../../../dist/protocol/error.js";
import { HeaderList } from "../../../dist/protocol/handshake/header-list.js";

const raw = ["Host", "a", "X-One", "1", "x-one", "2", "__proto__", "x", "Empty", ""];
const list = HeaderList.fromRaw(raw);

test("names are found without regard to case, lines keep order and repetitions", () => {
  assert.equal(list.get("HOST"), "a");
  assert.equal(list.get("x-one"), "1");
  assert.deepEqual(list.all("X-ONE"), ["1", "2"]);
  assert.equal(list.count("X-One"), 2);
  assert.equal(list.get("empty"), "");
  assert.equal(list.lines, 5);
  assert.deepEqual(
    [...list],
    [
      ["Host", "a"],
      ["X-One", "1"],
      ["x-one", "2"],
      ["__proto__", "x"],
      ["Empty", ""],
    ],
  );
});

test("what is not there is undefined, empty or zero", () => {
  assert.equal(list.get("cookie"), undefined);
  assert.deepEqual(list.all("cookie"), []);
  assert.equal(list.count("cookie"), 0);
  assert.equal(HeaderList.fromRaw([]).lines, 0);
});

test("H-42 names of the prototype are names like any other", () => {
  assert.equal(list.get("__proto__"), "x");
  for (const name of ["constructor", "toString", "hasOwnProperty"]) assert.equal(list.get(name), undefined);
  assert.equal(({} as Record<string, unknown>)["x"], undefined);
});

test("a value is never taken for a name", () => {
  const tricky = HeaderList.fromRaw(["a", "host", "host", "b"]);
  assert.equal(tricky.get("host"), "b");
  assert.deepEqual(tricky.all("host"), ["b"]);
});

test("the Kelvin sign is no k", () => {
  assert.equal(HeaderList.fromRaw(["Sec-WebSoc\u212aet-Key", "x"]).get("sec-websocket-key"), undefined);
});

test("later changes of the given array change nothing", () => {
  const given = ["Host", "a"];
  const own = HeaderList.fromRaw(given);
  given[1] = "b";
  given.push("Host", "c");
  assert.deepEqual([...own], [["Host", "a"]]);
});

test("a name without value is an error of the caller", () => {
  assert.throws(
    () => HeaderList.fromRaw(["Host"]),
    (error) => error instanceof LocalError && error.code === "ERR_ARGUMENT_RAW_HEADERS",
  );
});

test("names are well formed when each is a token", () => {
  assert.equal(list.wellNamed, true);
  assert.equal(HeaderList.fromRaw([]).wellNamed, true);
  for (const name of ["", "X A", "X-A ", "X(A)", "é"]) {
    assert.equal(HeaderList.fromRaw(["Host", "a", name, "b"]).wellNamed, false, JSON.stringify(name));
  }
});
