/** The chat's WebSocket endpoint: where the library's sockets meet the hub. */
import { type ServerSocket, WebSocketServer } from "tideway";
import { Hub } from "./hub/hub.js";
import type { RateLimits } from "./hub/rate.js";
import type { Visitor } from "./hub/visitor.js";
import type { ChatLog } from "./store/log.js";

/** Deadlines and bounds of a chat connection, for tests that cannot wait; what is left out has the value of the product. */
export interface ConnectionLimits {
  readonly pingInterval?: number;
  readonly pingTimeout?: number;
  readonly sendLimit?: number;
  readonly sendMaxAge?: number;
  readonly closeTimeout?: number;
}

/** The chat endpoint and what it serves. */
export interface ChatEndpoint {
  readonly server: WebSocketServer;
  readonly hub: Hub;
}

/**
 * The largest message that is read at all. 4 KiB of text can be 24 KiB of JSON when every byte is escaped; what is between
 * that and this bound still gets the clear answer "too-long" instead of a closed connection.
 */
const MAX_PAYLOAD = 64 * 1024;
/** A slow reader is closed with 1013 at so many bytes, or when its oldest byte is so old (milliseconds). */
const SEND_LIMIT = 1024 * 1024;
const SEND_MAX_AGE = 10_000;

/** Makes the chat endpoint. Only pages of the same origin may connect. */
export function chatEndpoint(
  log: ChatLog,
  rates: Partial<RateLimits> | undefined,
  limits: ConnectionLimits | undefined,
): ChatEndpoint {
  const visitors = new WeakMap<ServerSocket, Visitor>();
  const server: WebSocketServer = new WebSocketServer({
    origins: "same-origin",
    maxPayload: MAX_PAYLOAD,
    sendLimit: SEND_LIMIT,
    sendMaxAge: SEND_MAX_AGE,
    ...limits,
    open: (socket) => void visitors.set(socket, hub.open(socket)),
    message(socket, data) {
      const visitor = visitors.get(socket);
      // Without a promise for what is done at once: a handler's result is awaited only if it is one.
      return visitor && hub.receive(visitor, data);
    },
    close(socket) {
      const visitor = visitors.get(socket);
      if (visitor) hub.close(visitor);
    },
  });
  const hub = new Hub({
    log,
    publisher: { publish: (topic, text) => void server.publish(topic, text) },
    ...(rates && { rates }),
  });
  return { server, hub };
}
