/** Echo servers and an echo client made with Tideway, for runs against itself. */
import { WebSocket, WebSocketServer } from "tideway";
import type { DrivenSocket, OpenSocket } from "./client-driver.js";

/** A running echo server. */
export interface EchoServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts an echo on a free port of the loopback address. @param maxPayload its largest message, in octets */
export async function startEcho(maxPayload: number): Promise<EchoServer> {
  const server = new WebSocketServer({
    maxPayload,
    // Transfers of this suite come in many fragments and are echoed while they arrive; everything else is as it comes.
    maxFragments: 100_000,
    sendLimit: Number.POSITIVE_INFINITY,
    message: (socket, data) => void socket.send(data),
  });
  const { port } = await server.listen(0, "127.0.0.1");
  return { url: `ws://127.0.0.1:${port}/`, close: () => server.close() };
}

/** Opens Tideway's client. @param limit its largest message for runs that are about a limit, in octets */
export function openClient(limit: number): OpenSocket {
  return (url, protocols) => {
    const maxPayload = url.includes("limit=") ? limit : 17 * 1024 * 1024;
    return new WebSocket(url, { protocols, maxPayload, maxFragments: 100_000 }) as unknown as DrivenSocket;
  };
}
