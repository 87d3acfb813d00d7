/** A server of the npm package `ws`, as a peer that is not ours. */
import { type ServerOptions, WebSocketServer, type WebSocket as WsSocket } from "ws";

export interface WsPeer {
  readonly url: string;
  readonly server: WebSocketServer;
}

/** Starts one for a test; its connections are cut at the end. */
export async function wsServer(
  t: { after(done: () => Promise<void>): void },
  serve: (socket: WsSocket) => void,
  options: ServerOptions = {},
): Promise<WsPeer> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    serve(socket);
  });
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, url: `ws://127.0.0.1:${(server.address() as { port: number }).port}/` };
}

/** Sends back what comes. */
export function echo(socket: WsSocket): void {
  socket.on("message", (data, binary) => socket.send(data, { binary }));
}
