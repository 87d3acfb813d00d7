import { join } from "node:path";
import type { TestContext } from "node:test";
import { type ChatServer, type ChatServerOptions, startChatServer } from "../../dist/server/server.js";
import { folder } from "./folder.js";

/** Rates that no test meets by accident. */
export const NO_RATES = {
  say: { perSecond: 1e6, burst: 1e6 },
  join: { perSecond: 1e6, burst: 1e6 },
  history: { perSecond: 1e6, burst: 1e6 },
};

/** A server of this process on a free port, with data of its own; stopped after the test. */
export async function chatServer(t: TestContext, options: Partial<ChatServerOptions> = {}): Promise<ChatServer> {
  const dataDir = folder(t);
  const server = await startChatServer({
    port: 0,
    host: "127.0.0.1",
    dataDir,
    webDir: join(dataDir, "web"),
    ...options,
  });
  t.after(() => server.stop({ over: 0, deadline: 1000 }));
  return server;
}
