import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import WebSocketConnection from "websocket/lib/WebSocketConnection.js";
import type { Session } from "../session/generate.js";
import { LIMITS, type Outcome } from "./outcome.js";

/** As much of a socket as that module touches; keeps what is written. */
class Socket extends EventEmitter {
  readonly written: Buffer[] = [];
  destroyed = false;

  write(bytes: Buffer): boolean {
    this.written.push(Buffer.from(bytes));
    return true;
  }
  destroy(): void {
    this.destroyed = true;
  }
  setNoDelay(): void {}
  setTimeout(): void {}
  end(): void {}
  pause(): void {}
  resume(): void {}
}

/** The connection of the npm module `websocket`. */
export async function npmWebsocket({ role, pieces }: Session): Promise<Outcome> {
  const socket = new Socket();
  const connection = new WebSocketConnection(socket, [], null, role === "client", {
    maxReceivedFrameSize: LIMITS.maxPayload,
    maxReceivedMessageSize: LIMITS.maxPayload,
    assembleFragments: true,
    keepalive: false,
    closeTimeout: 1000,
    disableNagleAlgorithm: true,
  });
  connection._addSocketEventListeners();
  const events: (readonly ["text" | "binary" | "ping" | "pong", string])[] = [];
  connection.on("message", (message: { type: string; utf8Data: string; binaryData: Buffer }) =>
    events.push(message.type === "utf8" ? ["text", message.utf8Data] : ["binary", message.binaryData.toString("hex")]),
  );
  connection.on("ping", (_: unknown, payload: Buffer) => events.push(["ping", payload.toString("hex")]));
  connection.on("pong", (payload: Buffer) => events.push(["pong", payload.toString("hex")]));
  for (const piece of pieces) socket.emit("data", Buffer.from(piece));
  // It takes one frame in each turn of the loop, and never more than a session has.
  for (let turn = 0, seen = -1; turn < 60 && (turn < 4 || seen !== progress(events, socket)); turn++) {
    seen = progress(events, socket);
    for (let i = 0; i < 6; i++) await setImmediate();
  }
  return { events, end: ending(socket, connection.closeReasonCode, role === "client") };
}

function progress(events: readonly unknown[], socket: Socket): number {
  return events.length + socket.written.length;
}

/** It answers every close frame it likes with 1000 and others with 1002, and ends the socket itself when it fails. */
function ending(socket: Socket, received: number, masks: boolean): string {
  const close = socket.written.find((bytes) => (bytes[0]! & 15) === 8);
  if (close === undefined) return "open";
  const start = masks ? 6 : 2;
  const code = [0, 1].reduce((sum, i) => sum * 256 + (close[start + i]! ^ (masks ? close[2 + i]! : 0)), 0);
  if (socket.destroyed || code === 1002) return `fail ${code}`;
  return `close ${received === -1 ? 1005 : received}`;
}
