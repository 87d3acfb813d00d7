import type { WebSocket } from "../../../dist/node/client/websocket.js";

/** The next event of a type; fails when the connection closes first. */
export function next<T extends Event>(socket: WebSocket, type: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const { signal } = done;
    socket.addEventListener(
      type,
      (event: Event) => {
        done.abort();
        resolve(event as T);
      },
      { signal },
    );
    if (type === "close") return;
    socket.addEventListener(
      "close",
      () => {
        done.abort();
        reject(new Error(`closed before ${type}`));
      },
      { signal },
    );
  });
}
