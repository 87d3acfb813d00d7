/** What a client sent, taken apart and checked by hand. Fields it does not know are ignored, never passed on. */
import type { ClientMessage } from "../../shared/message.js";

/** The message, or what was wrong with it in words short enough for a close frame. */
export type Incoming =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly reason: string };

/** Checks one message. Its size is bounded before it comes here. */
export function parseIncoming(data: string | Uint8Array): Incoming {
  if (typeof data !== "string") return wrong("binary messages are not part of this protocol");
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return wrong("not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong("not a JSON object");
  const fields = value as Readonly<Record<string, unknown>>;
  switch (fields["t"]) {
    case "join":
      return join(fields);
    case "say":
      return say(fields);
    case "typing":
      if (typeof fields["on"] !== "boolean") return wrong('typing: "on" must be true or false');
      return right({ t: "typing", on: fields["on"] });
    case "history":
      if (!isCount(fields["before"], 1)) return wrong('history: "before" must be a seq');
      return right({ t: "history", before: fields["before"] });
    default:
      return wrong('unknown "t"');
  }
}

function join({ room, name, client, after }: Readonly<Record<string, unknown>>): Incoming {
  if (typeof room !== "string") return wrong('join: "room" must be a string');
  if (typeof name !== "string") return wrong('join: "name" must be a string');
  if (typeof client !== "string") return wrong('join: "client" must be a string');
  if (after === undefined) return right({ t: "join", room, name, client });
  if (!isCount(after, 0)) return wrong('join: "after" must be a seq');
  return right({ t: "join", room, name, client, after });
}

function say({ id, text, to }: Readonly<Record<string, unknown>>): Incoming {
  if (!isCount(id, 1)) return wrong('say: "id" must be a count from 1');
  if (typeof text !== "string") return wrong('say: "text" must be a string');
  if (to === undefined) return right({ t: "say", id, text: clean(text) });
  if (typeof to !== "string") return wrong('say: "to" must be a string');
  return right({ t: "say", id, text: clean(text), to });
}

/**
 * Control characters but tab and newline, and halves of surrogate pairs, become U+FFFD: they have no place in a line of chat,
 * and a NUL would end the text early in the database.
 */
function clean(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}|\p{Cs}/gu, "\ufffd");
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function right(message: ClientMessage): Incoming {
  return { ok: true, message };
}

function wrong(reason: string): Incoming {
  return { ok: false, reason };
}
