/** Echo servers and an echo client made with Tideway, for runs against itself. */
import { WebSocketServer } from "tideway";

/** A running echo server. */
export interface EchoServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts an echo on a free port of the loopback address. @param maxPayload its largest message, in octets */
export async function startEcho(maxPayload: number): Promise<EchoServer> {
  const server = new WebSocketServer({
    maxPayload,
    // Transfers of this suite come in up to 65 536 fragments; everything else is as it comes.
    maxFragments: 100_000,
    sendLimit: Number.POSITIVE_INFINITY,
    message: (socket, data) => void socket.send(data),
  });
  const { port } = await server.listen(0, "127.0.0.1");
  return { url: `ws://127.0.0.1:${port}/`, close: () => server.close() };
}
