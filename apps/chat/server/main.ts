/** The program: `node apps/chat/dist/server/main.js`. Settings come from the environment (see config.ts). */
import { fileURLToPath } from "node:url";
import { type Config, readConfig } from "./config.js";
import { type ChatServer, startChatServer } from "./server.js";

/** A stop that takes longer than this is ended: what was acknowledged is on the disk already. */
const STOP_AT_MOST_MS = 9500;
const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

const server = await start();
if (server) {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + SIGNAL_NUMBERS[signal]);
      stopping = true;
      say(`${signal}: closing the connections`);
      void stop(server, 0);
    });
  }
  const reason = await server.failed;
  complain(reason.message);
  if (!stopping) await stop(server, 1);
}

async function start(): Promise<ChatServer | undefined> {
  try {
    const config = readConfig(process.env);
    const webDir = fileURLToPath(new URL("../web", import.meta.url));
    const started = await startChatServer({ ...config, webDir });
    if (!started.pageBuilt) complain("the page is not built: run `npm run build`");
    const url = urlOf(config, started.port);
    say(`Tideway chat: ${url}\nEcho: ${url}echo`);
    return started;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
    return undefined;
  }
}

async function stop(running: ChatServer, code: number): Promise<void> {
  setTimeout(() => process.exit(code), STOP_AT_MOST_MS).unref();
  try {
    await running.stop();
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
  process.exit(code);
}

/** An address that a browser on this machine can open: "any address" is none. */
function urlOf({ host }: Config, port: number): string {
  const local = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host);
  const name = local ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}/`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`tideway-chat: ${text}\n`);
}
