import { type Clock, type KeyValueStore, memoryStore } from "./clock.js";
import type { OpenSocket } from "./connection.js";
import { freshClient } from "./outbox.js";
import type { TabChannel } from "./tab.js";

/** The browser's clock and timers. */
export const browserClock: Clock = {
  now: () => performance.now(),
  later: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Address of a WebSocket of this site: secure exactly if the page is. */
export function socketUrl(path: string): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
}

/** Opens the browser's WebSocket. */
export function openBrowserSocket(path: string): OpenSocket {
  return (events) => {
    const socket = new WebSocket(socketUrl(path));
    socket.onopen = () => events.open();
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === "string") events.text(event.data);
    };
    socket.onclose = (event) => events.close(event.code);
    return {
      send: (data) => {
        // In CLOSING state send() discards silently; the queue keeps what was not acknowledged.
        if (socket.readyState === WebSocket.OPEN) socket.send(data);
      },
      close: (code) => socket.close(code),
    };
  };
}

/** Session or local storage, or one that forgets where the browser forbids it. */
export function browserStore(kind: "localStorage" | "sessionStorage"): KeyValueStore {
  try {
    const store = window[kind];
    store.getItem("tideway.probe");
    return store;
  } catch {
    return memoryStore();
  }
}

/** The line to the other tabs of this browser. */
export function browserChannel(): TabChannel | undefined {
  if (typeof BroadcastChannel === "undefined") return undefined;
  const channel = new BroadcastChannel("tideway.tab");
  return {
    post: (message) => channel.postMessage(message),
    listen: (receive) => {
      channel.onmessage = (event: MessageEvent<unknown>) => receive(event.data);
    },
  };
}

/** A new secret from the browser's CSPRNG. */
export function browserFreshClient(): string {
  return freshClient((bytes) => crypto.getRandomValues(bytes));
}
