/**
 * Header lines that we write (RFC 9110 §5). What an application supplies is checked before any byte leaves: a line end
 * inside a value would be a second header, or a second message.
 */
import { LocalError } from "../error.js";
import { type ArgumentCode, type Field, HANDSHAKE_CODES } from "./refusal.js";
import { isToken, isValueCode } from "./token.js";

/**
 * Checks one header line of an application.
 * @param name a token
 * @param value HTAB, U+0020 to U+007E, U+0080 to U+00FF, one byte each on the wire; may be empty
 * @throws LocalError ERR_ARGUMENT_HEADER_NAME, ERR_ARGUMENT_HEADER_VALUE
 */
export function checkField(name: string, value: string): void {
  if (typeof name !== "string" || !isToken(name)) throw wrong("ERR_ARGUMENT_HEADER_NAME", name);
  if (typeof value !== "string" || !isValue(value)) throw wrong("ERR_ARGUMENT_HEADER_VALUE", name);
}

/**
 * Checks header lines of an application and that none of them is the handshake's own.
 * @param fields lines to be written as they are
 * @param isReserved tells for a lower-case name whether it belongs to the handshake
 * @throws LocalError ERR_ARGUMENT_HEADER_NAME, ERR_ARGUMENT_HEADER_VALUE, ERR_ARGUMENT_HEADER_RESERVED
 */
export function checkFields(fields: readonly Field[], isReserved: (name: string) => boolean): void {
  for (const [name, value] of fields) {
    checkField(name, value);
    if (isReserved(name.toLowerCase())) throw wrong("ERR_ARGUMENT_HEADER_RESERVED", name);
  }
}

/**
 * Joins a head.
 * @param firstLine without its line end
 * @param fields checked lines
 * @returns the head with the empty line that ends it; one character per byte
 */
export function joinHead(firstLine: string, fields: readonly Field[]): string {
  let head = `${firstLine}\r\n`;
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`;
  return `${head}\r\n`;
}

function isValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isValueCode(text.charCodeAt(i))) return false;
  return true;
}

function wrong(code: ArgumentCode, name: string): LocalError {
  return new LocalError(code, `${HANDSHAKE_CODES[code].message}: ${JSON.stringify(String(name))}`);
}
