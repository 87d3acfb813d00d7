/** A piece of a message: plain text, or a link whose `href` is safe to set. */
export type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

const SCHEMES: readonly string[] = ["https://", "http://", "mailto:"];
/** Marks that end a sentence or close a bracket around a link rather than belong to it. */
const TRAILING: ReadonlySet<string> = new Set(".,;:!?'\"*_~)]}。，、；：！？）】》」』”’…");

/**
 * Finds the links of a text, by hand and in one pass: no regular expression that a hostile text could make slow, and nothing is
 * a link unless it begins with one of three schemes and the browser's own URL parser agrees. The tokens joined are the text.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let plain = 0;
  let at = 0;
  while (at < text.length) {
    const scheme = schemeAt(text, at);
    if (scheme === undefined) {
      at += 1;
      continue;
    }
    const end = trimEnd(text, at + scheme.length, endOf(text, at + scheme.length));
    const href = safeHref(text.slice(at, end), scheme);
    if (href === undefined) {
      at += scheme.length;
      continue;
    }
    if (plain < at) tokens.push({ kind: "text", text: text.slice(plain, at) });
    tokens.push({ kind: "link", text: text.slice(at, end), href });
    at = end;
    plain = end;
  }
  if (plain < text.length) tokens.push({ kind: "text", text: text.slice(plain) });
  return tokens;
}

/** The scheme that begins at `at`, if the character before it cannot be part of a word. */
function schemeAt(text: string, at: number): string | undefined {
  const code = text.charCodeAt(at) | 0x20;
  if (code !== 0x68 && code !== 0x6d) return undefined;
  if (at > 0 && isWord(text.charCodeAt(at - 1))) return undefined;
  return SCHEMES.find((scheme) => text.slice(at, at + scheme.length).toLowerCase() === scheme);
}

function isWord(code: number): boolean {
  const lower = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || code === 0x5f;
}

/** Where the run of characters that may stand in a link ends. */
function endOf(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isStop(text.charCodeAt(at))) at += 1;
  return at;
}

/** Blanks, controls, quotes and angle brackets; and the invisible marks that turn the direction of writing. */
function isStop(code: number): boolean {
  if (code <= 0x20 || (code >= 0x7f && code <= 0xa0)) return true;
  if (code === 0x22 || code === 0x3c || code === 0x3e || code === 0x5c || code === 0x60) return true;
  if (code === 0x061c || code === 0x3000 || code === 0xfeff) return true;
  return (code >= 0x2000 && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f) || (code >= 0x2060 && code <= 0x206f);
}

/** Leaves the punctuation that follows a link outside, but keeps a closing bracket whose partner is inside. */
function trimEnd(text: string, from: number, end: number): number {
  let open = 0;
  for (let at = from; at < end; at += 1) {
    if (text[at] === "(") open += 1;
    else if (text[at] === ")") open -= 1;
  }
  let last = end;
  while (last > from && TRAILING.has(text[last - 1]!)) {
    if (text[last - 1] === ")") {
      if (open >= 0) break;
      open += 1;
    }
    last -= 1;
  }
  return last;
}

function safeHref(text: string, scheme: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (scheme === "mailto:")
    return url.protocol === scheme && /^[^@\s]+@[^@\s]+$/.test(url.pathname) ? url.href : undefined;
  // `https://bank.example@evil.example` reads as the bank: with user information it is not made a link.
  if (url.username !== "" || url.password !== "" || url.hostname === "") return undefined;
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
}
