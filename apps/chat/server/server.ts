/** The whole server: pages over HTTP, the two WebSocket endpoints, the history; started and stopped as one. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createEcho } from "./echo.js";
import { type ConnectionLimits, chatEndpoint } from "./endpoint.js";
import type { RateLimits } from "./hub/rate.js";
import { plain, StaticFiles } from "./static.js";
import type { LogError } from "./store/log.js";
import type { Bounds } from "./store/schema.js";
import { Store, type StoreStats } from "./store/store.js";

/** How a server is started. */
export interface ChatServerOptions {
  readonly port: number;
  readonly host: string;
  /** Folder of the database file; made when missing. */
  readonly dataDir: string;
  /** Folder of the built page. */
  readonly webDir: string;
  readonly rates?: Partial<RateLimits>;
  readonly limits?: ConnectionLimits;
  readonly bounds?: Partial<Bounds>;
}

/** How a server is stopped, in milliseconds: the closes are spread over `over`, and whoever is left at `deadline` is cut off. */
export interface StopOptions {
  readonly over?: number;
  readonly deadline?: number;
}

/** A running server. */
export interface ChatServer {
  readonly port: number;
  /** The built page was found. */
  readonly pageBuilt: boolean;
  readonly stats: StoreStats;
  /** Resolves with the reason when the history is lost: then the server should be stopped. */
  readonly failed: Promise<LogError>;
  /** Refuses newcomers, empties the server in stages, writes what was taken, and closes the file. */
  stop(options?: StopOptions): Promise<void>;
}

/** Starts everything. Rejects with a message for the operator, and then nothing is left running. */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const files = new StaticFiles(options.webDir);
  const store = await Store.open({
    path: join(options.dataDir, "chat.db"),
    ...(options.bounds && { bounds: options.bounds }),
  });
  const chat = chatEndpoint(store, options.rates, options.limits);
  const echo = createEcho();
  const http = createServer((request, response) => answer(files, request, response));
  chat.server.attach(http, { path: "/ws" });
  echo.attach(http, { path: "/echo" });
  try {
    await listen(http, options.port, options.host);
  } catch (error) {
    await store.close();
    throw error;
  }
  return {
    port: (http.address() as AddressInfo).port,
    pageBuilt: files.complete,
    get stats() {
      return store.stats;
    },
    failed: store.failed,
    async stop({ over = 3000, deadline = 8000 } = {}) {
      http.close();
      await Promise.all([
        chat.server.drain({ over, deadline, code: 1012 }),
        echo.drain({ over, deadline, code: 1012 }),
      ]);
      http.closeAllConnections();
      chat.hub.stop();
      await store.close();
    },
  };
}

function answer(files: StaticFiles, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  if (path === "/healthz") {
    if (request.method === "GET" || request.method === "HEAD") plain(response, 200, "ok");
    else plain(response, 405, "Only GET and HEAD are possible here.", { allow: "GET, HEAD" });
  } else if (path === "/ws") {
    plain(response, 426, "This path speaks WebSocket.", { connection: "upgrade", upgrade: "websocket" });
  } else files.answer(request, response, path);
}

function listen(http: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const why = error.code === "EADDRINUSE" ? "another program uses this port (choose one with PORT)" : error.message;
      reject(new Error(`cannot listen on ${host}, port ${port}: ${why}`));
    };
    http.once("error", failed);
    http.listen(port, host, () => {
      http.off("error", failed);
      resolve();
    });
  });
}
