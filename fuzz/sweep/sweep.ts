import type { Conversation } from "./conversation.js";
import { Stack, type StackEvent } from "./stack.js";

/** One change at one place, and what it makes of the bytes. */
export interface Change {
  readonly kind: "cut" | "flip" | "zero" | "ones" | "twice" | "lost";
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Everything that hostile.md T-17 does at one byte, besides splitting there. */
export function changesAt(bytes: Uint8Array, at: number): Change[] {
  const replaced = (octet: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = octet;
    return copy;
  };
  const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  return [
    { kind: "cut", at, bytes: bytes.slice(0, at) },
    { kind: "flip", at, bytes: replaced(bytes[at]! ^ (1 << (at & 7))) },
    { kind: "zero", at, bytes: replaced(0) },
    { kind: "ones", at, bytes: replaced(0xff) },
    { kind: "twice", at, bytes: joined(bytes.subarray(0, at + 1), bytes.subarray(at)) },
    { kind: "lost", at, bytes: joined(bytes.subarray(0, at), bytes.subarray(at + 1)) },
  ];
}

/** How an end took some bytes. */
export interface Result {
  readonly events: readonly StackEvent[];
  readonly sent: string;
  readonly state: string;
}

/** The answer that the client of this conversation waited for. */
export function acceptOf({ bytes }: Conversation): string {
  return /^sec-websocket-accept: *(\S+)/im.exec(Buffer.from(bytes).toString("latin1"))?.[1] ?? "";
}

/**
 * Gives pieces to a new end, and then ends the transport.
 * @throws Error when an invariant does not hold: at most one end, nothing behind it, nothing behind a refusal
 */
export function take(conversation: Conversation, accept: string, pieces: readonly Uint8Array[]): Result {
  const stack = new Stack(conversation.receiver, accept);
  for (const piece of pieces) stack.receive(piece.slice());
  const { events, sent, state } = stack;
  const end = events.findIndex(([type]) => type === "close" || type === "failure" || type === "refused");
  if (end >= 0 && end !== events.length - 1) throw new Error(`something follows the end: ${JSON.stringify(events)}`);
  if (end >= 0 && (state === "open" || state === "closedByUs")) throw new Error(`it has ended, but is ${state}`);
  stack.end();
  if (stack.events.length !== events.length) throw new Error("the end of the transport made an event");
  if (!/^(?:handshake|endedClean|endedAbnormal)$/.test(stack.state)) throw new Error(`it ends as ${stack.state}`);
  if ((stack.state === "endedClean") !== (state === "closedByPeer")) throw new Error(`${state} became ${stack.state}`);
  return { events, sent, state };
}
