// `npm start`: builds what is older than its sources, then becomes the chat's server. The server runs in this process, not
// in a child: a signal meant for the chat reaches the chat, and its exit code is ours.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { filesUnder } from "./output.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const app = join(root, "apps/chat");
const server = join(app, "dist/server/main.js");
const page = join(app, "dist/web/index.html");
const compiler = join(root, "node_modules/typescript/bin/tsc");

// The compiler is incremental and knows best what is stale; without it (an installation for production) a build has to be there.
if (existsSync(compiler)) build("the server", process.execPath, [compiler, "-b", "apps/chat"]);
else if (!existsSync(server) || !existsSync(page)) fail("there is no build and no compiler: run `npm ci` first");
if (existsSync(compiler) && pageIsOld()) build("the page", ...npm("run", "--silent", "build"));

if (process.env["npm_lifecycle_event"]) endWithParent();

// As if node had been started with the server itself: its own check of process.argv[1] holds, arguments pass through.
process.argv[1] = server;
await import(pathToFileURL(server).href);

/**
 * npm hands a SIGTERM on to the shell between us, which dies of it without a word: the server would stay behind, on its
 * port. Whoever ends npm means the server, so an orphan gets the signal that was lost.
 */
function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, 250);
  timer.unref();
}

/** Whether a source of the page, or one of the settings beside it, is newer than the page. */
function pageIsOld() {
  if (!existsSync(page)) return true;
  const built = statSync(page).mtimeMs;
  const settings = ["package.json", "vite.config.ts", "index.html"].map((name) => join(app, name)).filter(existsSync);
  const sources = ["web", "shared"].flatMap((name) => [...filesUnder(join(app, name))]);
  return [...settings, ...sources].some((file) => statSync(file).mtimeMs > built);
}

function npm(...words) {
  const script = process.env["npm_execpath"];
  return script?.endsWith(".js") ? [process.execPath, [script, ...words], app] : ["npm", words, app];
}

/** Says something only when it fails: what is up to date is not worth a line. */
function build(what, command, words, cwd = root) {
  const result = spawnSync(command, words, { cwd, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  fail(`building ${what} failed: ${result.error?.message ?? result.signal ?? `exit code ${result.status}`}`);
}

function fail(reason) {
  console.error(`start: ${reason}`);
  process.exit(1);
}
