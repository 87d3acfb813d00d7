// Finds the real parts that tests need, installs missing ones on Debian as root, and says clearly what stays missing.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findPart, inCI, PARTS } from "./real-part.mjs";

/**
 * Looks for every part. Gives the environment variables to hand to the tests, and the names of the parts still missing.
 * `find`, `install` and `say` are given by tests.
 */
export function services({ env = process.env, find = findPart, install = installer(), say = console.log } = {}) {
  const variables = {};
  let missing = look(Object.keys(PARTS));
  // A variable that names nothing was set by a person: no package would change that.
  const wanted = missing.filter((name) => !env[PARTS[name].variable]);
  if (wanted.length > 0 && install) {
    const packages = wanted.flatMap((name) => PARTS[name].packages);
    say(`services: ${wanted.join(", ")} missing: installing ${packages.join(" ")} with apt-get`);
    const trouble = install(packages);
    if (trouble) say(`services: apt-get failed: ${trouble}`);
    missing = look(missing);
  }
  for (const name of missing) say(`skip: ${name} is missing (${PARTS[name].hint})`);
  if (missing.length > 0 && inCI(env)) say("services: in CI a missing part is a failure");
  return { variables, missing };

  function look(names) {
    return names.filter((name) => {
      const path = find(name, env);
      if (!path) return true;
      variables[PARTS[name].variable] = path;
      say(`services: ${name}: ${path}`);
      return false;
    });
  }
}

/** A function that installs packages and gives the reason when it could not; undefined where it is not ours to install. */
export function installer() {
  return isDebian() && process.getuid?.() === 0 ? aptInstall : undefined;
}

function isDebian() {
  try {
    return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}

/** Quiet; twice at most. `run` is given by tests. Gives undefined when all went well, else the last lines of the log. */
export function aptInstall(packages, run = spawnSync) {
  const apt = (...words) =>
    run("apt-get", ["-q", "-y", ...words], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
      timeout: 600_000,
    });
  let result = apt("update");
  for (let attempt = 1; attempt <= 2; attempt++) {
    result = apt("install", "--no-install-recommends", ...packages);
    if (result.status === 0) return undefined;
  }
  const log = `${result.error ?? ""}\n${result.stdout ?? ""}\n${result.stderr ?? ""}`;
  return log.trim().split("\n").slice(-5).join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { missing } = services();
  process.exitCode = missing.length > 0 && inCI() ? 1 : 0;
}
