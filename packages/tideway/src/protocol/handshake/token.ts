/**
 * The small grammar that header values share: token, comma list, quoted-string (RFC 9110 §5.6).
 * Written as loops over character codes: every character is looked at a fixed number of times, whatever the input.
 */

const TOKEN_CODES = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  TOKEN_CODES[char.charCodeAt(0)] = 1;
}

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/**
 * Tells whether a character code or byte is a tchar (RFC 9110 §5.6.2).
 * @param code any number; NaN and codes beyond one byte are no tchar
 */
export function isTokenCode(code: number): boolean {
  return TOKEN_CODES[code] === 1;
}

/** Tells whether a text is a token: one or more tchar (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isTokenCode(text.charCodeAt(i))) return false;
  return text.length > 0;
}

/**
 * Tells whether a character code or byte may stand in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5).
 * CR, LF, NUL, the other controls, DEL and everything beyond one byte may not.
 */
export function isValueCode(code: number): boolean {
  return (code >= SPACE && code !== DELETE && code <= 0xff) || code === TAB;
}

/**
 * Lower-cases A to Z and leaves everything else. `toLowerCase` would turn the Kelvin sign into "k", and with it a
 * foreign name into one of ours.
 */
export function asciiLower(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > DELETE) return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  }
  return text.toLowerCase();
}

/** Removes OWS, that is spaces and tabs (RFC 9110 §5.6.3), from both ends; `trim` would remove more. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * Tells whether a comma list holds a token, compared without regard to ASCII case.
 * Empty elements are passed over: "A recipient MUST parse and ignore a reasonable number of empty list elements"
 * (RFC 9110 §5.6.1.2). Elements that are no token simply do not match.
 * @param values the values of all lines of one header, in order
 * @param token in lower case
 */
export function listHasToken(values: readonly string[], token: string): boolean {
  for (const value of values) {
    let start = 0;
    while (start <= value.length) {
      const comma = value.indexOf(",", start);
      const end = comma < 0 ? value.length : comma;
      if (asciiLower(trimSpace(value.slice(start, end))) === token) return true;
      start = end + 1;
    }
  }
  return false;
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Reads a header value from left to right. Each method takes what it names, or nothing. */
export class ValueScanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** True when nothing is left. */
  get done(): boolean {
    return this.#position >= this.#text.length;
  }

  /** Takes OWS (RFC 9110 §5.6.3). */
  space(): void {
    while (isSpace(this.#code())) this.#position++;
  }

  /**
   * Takes one character if it is next.
   * @param char exactly one character
   * @returns whether it was there
   */
  take(char: string): boolean {
    if (this.done || this.#text[this.#position] !== char) return false;
    this.#position++;
    return true;
  }

  /** Takes a comma with the OWS around it, the separator of lists (RFC 9110 §5.6.1). */
  comma(): boolean {
    this.space();
    if (this.#code() !== COMMA) return false;
    this.#position++;
    this.space();
    return true;
  }

  /** Takes a token (RFC 9110 §5.6.2). Returns "" if there is none. */
  token(): string {
    const start = this.#position;
    while (isTokenCode(this.#code())) this.#position++;
    return this.#text.slice(start, this.#position);
  }

  /**
   * Takes a quoted-string (RFC 9110 §5.6.4).
   * @returns its content without quotes and escapes, or undefined if there is none or it is not closed; the scanner is
   * of no further use then
   */
  quotedString(): string | undefined {
    if (this.#code() !== QUOTE) return undefined;
    this.#position++;
    let content = "";
    for (;;) {
      let code = this.#code();
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        this.#position++;
        code = this.#code();
      }
      if (!isValueCode(code)) return undefined; // the end of the text is NaN and ends here, too
      content += this.#text[this.#position];
      this.#position++;
    }
    this.#position++;
    return content;
  }

  /** The next character code, NaN at the end. */
  #code(): number {
    return this.#text.charCodeAt(this.#position);
  }
}
