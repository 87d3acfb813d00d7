import type { Clock } from "./clock.js";

/** What tabs of one browser tell each other. */
export type TabMessage =
  | { readonly ask: string; readonly from: number }
  | { readonly held: string; readonly to: number };

/** A line to the other tabs: BroadcastChannel, or a stand-in. */
export interface TabChannel {
  post(message: TabMessage): void;
  listen(receive: (message: unknown) => void): void;
}

/** How long the other tabs have to answer: they are in the same browser. */
const ANSWER_MS = 100;

/**
 * "Duplicate tab" copies the storage of a tab, its secret and its queue included. Asks the other tabs whether one of them lives
 * under `client`; resolves to true if so, and then the copy must become someone else before it says a word. From then on this
 * tab answers such questions itself, for whatever secret `current` says.
 */
export function isHeldElsewhere(
  current: () => string,
  channel: TabChannel,
  clock: Clock,
  nonce: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    let asking = true;
    const settle = (held: boolean): void => {
      asking = false;
      resolve(held);
    };
    const client = current();
    channel.listen((value) => {
      if (typeof value !== "object" || value === null) return;
      const message = value as Partial<Record<"ask" | "held" | "from" | "to", unknown>>;
      if (asking && message.held === client && message.to === nonce) settle(true);
      if (message.ask !== current() || typeof message.from !== "number" || message.from === nonce) return;
      // Two copies that wake up together: the one with the smaller number keeps the place.
      if (asking && message.from < nonce) settle(true);
      else channel.post({ held: current(), to: message.from });
    });
    channel.post({ ask: client, from: nonce });
    clock.later(ANSWER_MS, () => {
      if (asking) settle(false);
    });
  });
}
