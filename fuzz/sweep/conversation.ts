import { readFileSync } from "node:fs";

/** What one end received in a conversation of real peers, from the first byte of the handshake to the last. */
export interface Conversation {
  readonly name: string;
  readonly receiver: "server" | "client";
  readonly bytes: Uint8Array;
}

/** The 40 conversations of recorded.json, which scripts/record-conversations.mjs made. */
export function conversations(): Conversation[] {
  const text = readFileSync(new URL("../../sweep/recorded.json", import.meta.url), "utf8");
  const rows = JSON.parse(text) as readonly { name: string; receiver: "server" | "client"; hex: string }[];
  return rows.map(({ name, receiver, hex }) => ({ name, receiver, bytes: new Uint8Array(Buffer.from(hex, "hex")) }));
}
