import type { Socket } from "node:net";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import type { Wheel } from "./wheel.js";

/**
 * Ends TCP connections to a TLS server whose TLS handshake does not finish in time. Node gives it two minutes, which is longer than all
 * that is promised for the opening handshake; and until it is done, no other deadline knows of the connection.
 * @returns a function that stops it
 */
export function watchTlsHandshakes(server: TlsServer, wheel: Wheel, deadline: number): () => void {
  const done = new Map<string, () => void>();
  const onConnection = (socket: Socket): void => {
    const key = ends(socket);
    // A unix socket has no ports to know it by again; whoever may open the file is local.
    if (key === undefined) return;
    const since = wheel.now;
    const member = {
      tick(now: number): void {
        if (now - since >= deadline) socket.destroy();
      },
    };
    const stop = (): void => {
      wheel.remove(member);
      if (done.get(key) === stop) done.delete(key);
    };
    done.set(key, stop);
    wheel.add(member);
    socket.once("close", stop);
  };
  const onSecure = (socket: TLSSocket): void => done.get(ends(socket) ?? "")?.();
  server.on("connection", onConnection);
  server.on("secureConnection", onSecure);
  return () => {
    server.off("connection", onConnection);
    server.off("secureConnection", onSecure);
    for (const stop of [...done.values()]) stop();
  };
}

/** Both ends of a TCP connection: the TLS socket has the same as the TCP socket below it, and no two live ones share them. */
function ends({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress}|${remotePort}|${localAddress}|${localPort}`;
}
