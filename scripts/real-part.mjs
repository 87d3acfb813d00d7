// The real parts some tests need: a browser, another WebSocket implementation, a maker of certificates. The one place that
// knows where to find them, for the tests and for scripts/services.mjs, which installs what is missing where it may.
import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/**
 * Each part: the variable that names it, where to look (absolute paths first: a version manager's python3 early in PATH
 * may lack the module that the system's has), arguments that prove it works, and how a person gets it.
 */
export const PARTS = {
  chromium: {
    variable: "TIDEWAY_CHROMIUM",
    candidates: ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    proof: ["--version"],
    packages: ["chromium"],
    hint: "apt-get install chromium, or set TIDEWAY_CHROMIUM to a Chromium or Chrome",
  },
  python: {
    variable: "TIDEWAY_PYTHON",
    candidates: ["/usr/bin/python3", "python3", "python"],
    proof: ["-c", "import websockets"],
    packages: ["python3", "python3-websockets"],
    hint: "apt-get install python3-websockets, or set TIDEWAY_PYTHON to a Python 3 that has the module websockets",
  },
  openssl: {
    variable: "TIDEWAY_OPENSSL",
    candidates: ["/usr/bin/openssl", "openssl"],
    proof: ["version"],
    packages: ["openssl"],
    hint: "apt-get install openssl, or set TIDEWAY_OPENSSL",
  },
};

const found = new Map();

/** Where the part is. `skip` is false, or the reason for a test to give; in CI a missing part is an error instead. */
export function realPart(name) {
  if (!found.has(name)) found.set(name, findPart(name));
  const path = found.get(name);
  if (path) return { path, skip: false };
  const reason = `${name} is missing (${PARTS[name].hint})`;
  if (inCI()) throw new Error(reason);
  return { path: "", skip: reason };
}

/** The path of a working part, or undefined. A variable that is set is believed, and nothing else is tried. */
export function findPart(name, env = process.env) {
  const part = PARTS[name];
  const given = env[part.variable];
  if (given) return executable(given, env);
  for (const candidate of part.candidates) {
    const path = executable(candidate, env);
    if (path && spawnSync(path, part.proof, { env, stdio: "ignore", timeout: 20_000 }).status === 0) return path;
  }
  return undefined;
}

/** CI is on unless it is absent, empty or says no. */
export function inCI(env = process.env) {
  return !["", "0", "false"].includes(env["CI"] ?? "");
}

function executable(name, env) {
  const paths = isAbsolute(name) ? [name] : (env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}
