import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { findPart, inCI, PARTS } from "../real-part.mjs";
import { aptInstall, services } from "../services.mjs";
import { ROOT, tree } from "./tree.mjs";

describe("findPart", () => {
  test("believes a variable that is set, and tries nothing else", (context) => {
    const root = tree(context, { browser: "#!/bin/sh\nexit 1\n" });
    const browser = join(root, "browser");
    assert.equal(findPart("chromium", { TIDEWAY_CHROMIUM: browser }), undefined, "not executable");
    chmodSync(browser, 0o755);
    assert.equal(findPart("chromium", { TIDEWAY_CHROMIUM: browser }), browser);
    assert.equal(findPart("chromium", { ...process.env, TIDEWAY_CHROMIUM: join(root, "gone") }), undefined);
    assert.equal(findPart("chromium", { ...process.env, TIDEWAY_CHROMIUM: root }), undefined, "a folder");
  });

  test("takes the first candidate that proves to work", (context) => {
    const root = tree(context, {
      "one/tideway-part": "#!/bin/sh\nexit 1\n",
      "two/tideway-part": "#!/bin/sh\nexit 0\n",
      "two/tideway-other": '#!/bin/sh\ntest "$1" = yes\n',
    });
    for (const name of ["one/tideway-part", "two/tideway-part", "two/tideway-other"])
      chmodSync(join(root, name), 0o755);
    const env = { PATH: `${join(root, "one")}:${join(root, "two")}` };
    context.after(() => {
      delete PARTS["stub"];
    });
    PARTS["stub"] = {
      variable: "TIDEWAY_STUB",
      candidates: ["absent", "tideway-part", "tideway-other"],
      proof: ["yes"],
    };
    assert.equal(findPart("stub", env), join(root, "two/tideway-other"), "the first tideway-part does not work");
    assert.equal(findPart("stub", { PATH: "" }), undefined);
  });
});

describe("realPart", () => {
  const ask = (env) => {
    const script =
      'import { realPart } from "./scripts/real-part.mjs"; console.log(JSON.stringify(realPart("openssl")));';
    const { CI: _, ...rest } = process.env;
    return spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: ROOT,
      env: { ...rest, ...env },
      encoding: "utf8",
    });
  };

  test("gives the path and no reason to skip", () => {
    assert.deepEqual(JSON.parse(ask({ TIDEWAY_OPENSSL: process.execPath }).stdout), {
      path: process.execPath,
      skip: false,
    });
  });

  test("gives a reason to skip when the part is missing", () => {
    const { path, skip } = JSON.parse(ask({ TIDEWAY_OPENSSL: "/nowhere/openssl" }).stdout);
    assert.equal(path, "");
    assert.match(skip, /^openssl is missing \(.*TIDEWAY_OPENSSL/);
  });

  test("throws in CI when the part is missing", () => {
    const { status, stderr } = ask({ TIDEWAY_OPENSSL: "/nowhere/openssl", CI: "true" });
    assert.notEqual(status, 0);
    assert.match(stderr, /openssl is missing/);
  });
});

test("inCI: absent, empty and no are no", () => {
  const values = [undefined, "", "0", "false", "1", "true", "woodpecker"];
  assert.deepEqual(
    values.map((CI) => inCI({ CI })),
    [false, false, false, false, true, true, true],
  );
});

describe("services", () => {
  const run = (has, { install, env = {} } = {}) => {
    const lines = [];
    const find = (name) => (has.has(name) ? `/bin/${name}` : undefined);
    const result = services({ env, find, install, say: (line) => lines.push(line) });
    return { ...result, text: lines.join("\n") };
  };

  test("exports what it found", () => {
    const { variables, missing } = run(new Set(Object.keys(PARTS)));
    assert.deepEqual(missing, []);
    assert.deepEqual(variables, {
      TIDEWAY_CHROMIUM: "/bin/chromium",
      TIDEWAY_PYTHON: "/bin/python",
      TIDEWAY_OPENSSL: "/bin/openssl",
    });
  });

  test("installs all that is missing at once and looks again", () => {
    const has = new Set(["openssl"]);
    const asked = [];
    const install = (packages) => {
      asked.push(packages);
      has.add("python");
      return "one of two failed";
    };
    const { variables, missing, text } = run(has, { install });
    assert.deepEqual(asked, [["chromium", "python3", "python3-websockets"]]);
    assert.deepEqual(missing, ["chromium"]);
    assert.equal(variables["TIDEWAY_PYTHON"], "/bin/python");
    assert.match(text, /apt-get failed: one of two failed/);
    assert.match(text, /^skip: chromium is missing \(.+\)$/m);
  });

  test("says in CI that a missing part is a failure", () => {
    const { missing, text } = run(new Set(["python", "openssl"]), { env: { CI: "1" } });
    assert.deepEqual(missing, ["chromium"]);
    assert.match(text, /in CI a missing part is a failure/);
  });

  test("installs nothing for a variable that names nothing", () => {
    const install = () => assert.fail("installed");
    const { missing } = run(new Set(["python", "openssl"]), { install, env: { TIDEWAY_CHROMIUM: "/nowhere" } });
    assert.deepEqual(missing, ["chromium"]);
  });
});

test("aptInstall updates once, tries twice, without questions and recommendations", () => {
  const calls = [];
  const results = [{ status: 0 }, { status: 100, stderr: "E: network" }, { status: 0 }];
  const reason = aptInstall(["a", "b"], (command, words, options) => {
    calls.push([command, ...words].join(" "));
    assert.equal(options.env["DEBIAN_FRONTEND"], "noninteractive");
    return results[calls.length - 1];
  });
  assert.equal(reason, undefined);
  assert.deepEqual(calls, [
    "apt-get -q -y update",
    "apt-get -q -y install --no-install-recommends a b",
    "apt-get -q -y install --no-install-recommends a b",
  ]);
  assert.match(
    aptInstall(["a"], () => ({ status: 100, stderr: "E: no network" })),
    /E: no network/,
  );
});
