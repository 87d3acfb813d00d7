/** The connection as the hub sees it. The server's sockets have this shape, and so do the fakes of the tests. */

/** What became of a text that was handed over. */
export type Sent = "sent" | "queued" | "dropped";

/** One connection. Writing is bounded by whoever implements it: a reader that is too slow is closed from there. */
export interface ChatSocket {
  /** Bytes handed over and not yet taken by the system. */
  readonly bufferedAmount: number;
  send(text: string): Sent;
  close(code: number, reason: string): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** To all other sockets subscribed to `topic`; encoded once. */
  publish(topic: string, text: string): void;
}

/** Reaches all sockets subscribed to a topic, in the order of their `send`s; encoded once. */
export interface Publisher {
  publish(topic: string, text: string): void;
}
