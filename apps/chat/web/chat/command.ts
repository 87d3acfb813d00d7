/** What the visitor meant by the text in the box. */
export type Command =
  | { readonly kind: "say"; readonly text: string; readonly to?: string }
  /** `/w` without a name or without a text. */
  | { readonly kind: "incomplete" };

const encoder: TextEncoder = new TextEncoder();

/** Size of a text as the server counts it: bytes of UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** Number of code points: what the limits of names and rooms count. */
export function codePoints(text: string): number {
  return [...text].length;
}

/**
 * Reads the text of the box: `/w name text` is a private message. Names may contain spaces, so the longest name of someone in
 * the room wins; failing that, `"a name"` in quotes or the first word is taken, and the server has the last word.
 */
export function parseCommand(input: string, members: Iterable<string>): Command {
  const text = input.trim();
  const head = /^\/w(?=\s|$)/i.exec(text);
  if (head === null) return { kind: "say", text };
  const rest = text.slice(head[0].length).trimStart();
  const to = longestName(rest, members) ?? quotedName(rest) ?? /^\S+/.exec(rest)?.[0];
  if (to === undefined) return { kind: "incomplete" };
  const quoted = rest.startsWith(`"${to}"`);
  const body = rest.slice(to.length + (quoted ? 2 : 0)).trim();
  return body === "" ? { kind: "incomplete" } : { kind: "say", text: body, to };
}

function longestName(rest: string, members: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const name of members) {
    if (!rest.startsWith(name) || !/^(\s|$)/.test(rest.slice(name.length))) continue;
    if (best === undefined || name.length > best.length) best = name;
  }
  return best;
}

function quotedName(rest: string): string | undefined {
  if (!rest.startsWith('"')) return undefined;
  const end = rest.indexOf('"', 1);
  return end > 1 ? rest.slice(1, end) : undefined;
}

/** The one spelling of a room's name: as the server has it, so that the queue of `/r/Tea` is the queue of `/r/tea`. */
export function canonicalRoom(room: string): string {
  return room.normalize("NFC").toLowerCase().normalize("NFC");
}

/** The room that a path names: `/` is the lobby, `/r/<room>` any other. */
export function roomOfPath(path: string): string {
  const segment = /^\/r\/([^/]+)\/?$/.exec(path)?.[1] ?? "lobby";
  try {
    return canonicalRoom(decodeURIComponent(segment));
  } catch {
    return segment;
  }
}

/** The path of a room. */
export function pathOfRoom(room: string): string {
  return room === "lobby" ? "/" : `/r/${encodeURIComponent(room)}`;
}
