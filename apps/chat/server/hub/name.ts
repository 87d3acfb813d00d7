/** Names of people and of rooms: what is a name, and which names are the same to the eye. */
import { MAX_NAME_LENGTH, MAX_ROOM_LENGTH } from "../../shared/limit.js";

/** Controls, formats (bidi overrides, zero width), lone surrogates, private use, line and paragraph separators. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800]/u;
/** Drawn as nothing. The emoji variation selector is the one that honest names contain. */
const INVISIBLE = /(?!\ufe0f)\p{Default_Ignorable_Code_Point}/u;
/** Marks with nothing to stand on, and piles of them that climb over the lines above. */
const MARKS = /^\p{M}|(?!\ufe0f)\p{M}{4}/u;
const ROOM = /^[\p{L}\p{N}._-][\p{L}\p{N}\p{M}._-]*$/u;
const DOTS = /^\.+$/;

/** The name as it is shown, or undefined when it is not one. */
export function personName(text: string): string | undefined {
  // Looked at before it is trimmed: to JavaScript a byte order mark and a line separator are white space too.
  if (FORBIDDEN.test(text) || INVISIBLE.test(text)) return undefined;
  const name = text.normalize("NFC").trim().replace(/\s+/gu, " ");
  if (MARKS.test(name)) return undefined;
  return within(name, MAX_NAME_LENGTH) ? name : undefined;
}

/** The name of a room in its one spelling, lower case as in links, or undefined when it is not one. */
export function roomName(text: string): string | undefined {
  const name = text.normalize("NFC").toLowerCase().normalize("NFC");
  // "." and ".." would be eaten by every URL parser.
  return ROOM.test(name) && !DOTS.test(name) && within(name, MAX_ROOM_LENGTH) ? name : undefined;
}

/**
 * The keys under which a name is taken: two names that share one are the same name. The first ignores case and width, the
 * second also takes letters of other alphabets for the Latin ones that they look like. Both are needed: what a letter looks
 * like depends on its case (Greek Ν and ν), so the second alone would let "ΝΙΚΟΣ" and "νικος" stand side by side.
 */
export function nameKeys(name: string): readonly [folded: string, skeleton: string] {
  const wide = name.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const latin = Array.from(wide.normalize("NFD"), (letter) => LOOKALIKES.get(letter) ?? letter).join("");
  return [fold(wide), fold(latin)];
}

/** Upper case first: it takes ß apart and unites the two small sigmas. */
function fold(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFKC");
}

function within(text: string, most: number): boolean {
  // Code units first: nobody counts the code points of a megabyte.
  if (text.length === 0 || text.length > 2 * most) return false;
  return Array.from(text).length <= most;
}

/** Letters that are drawn like a Latin one in common typefaces, by the Latin letter. Small on purpose: what people abuse. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: "аαɑ",
    b: "ьƄ",
    c: "сϲ",
    d: "ԁ",
    e: "еҽє",
    f: "ƒ",
    g: "ɡց",
    h: "һհ",
    i: "іιı",
    j: "јϳ",
    k: "кκ",
    l: "ӏ",
    n: "ոη",
    o: "оοօσ",
    p: "рρ",
    q: "ԛգ",
    r: "г",
    s: "ѕ",
    t: "тτ",
    u: "υս",
    v: "νѵ",
    w: "ѡԝω",
    x: "хχ",
    y: "уγү",
    A: "АΑ",
    B: "ВвΒβ",
    C: "СϹ",
    E: "ЕΕ",
    F: "Ϝ",
    H: "НнΗ",
    I: "ІΙӀ",
    J: "ЈͿ",
    K: "КΚ",
    M: "МмΜ",
    N: "Ν",
    O: "ОΟՕ",
    P: "РΡ",
    S: "ЅՏ",
    T: "ТΤ",
    U: "Ս",
    V: "Ѵ",
    W: "Ԝ",
    X: "ХΧ",
    Y: "УΥҮ",
    Z: "Ζ",
  }).flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)),
);
