/**
 * Sec-WebSocket-Extensions: its grammar (RFC 6455 §9.1), and nothing of what a particular extension means by it.
 *
 *     extension-list  = 1#extension
 *     extension       = extension-token *( ";" extension-param )
 *     extension-param = token [ "=" (token | quoted-string) ]
 */
import { LocalError } from "../error.js";
import { MAX_EXTENSION_OFFERS, MAX_EXTENSION_PARAMS } from "./limit.js";
import { HANDSHAKE_CODES } from "./refusal.js";
import { isToken, ValueScanner } from "./token.js";

/** A parameter: its name and its value, `true` if it has none. Both are tokens. */
export type ExtensionParam = readonly [name: string, value: string | true];

/** One extension with its parameters: offered by a client, or chosen by a server. Parameters keep their order and may repeat. */
export interface ExtensionOffer {
  readonly name: string;
  readonly params: readonly ExtensionParam[];
}

/** The extensions in order of preference, or the news that the header is malformed. */
export type ExtensionResult =
  | {
      readonly ok: true;
      /** At most 8. */
      readonly extensions: readonly ExtensionOffer[];
      /** How many were left out: those after the 8th, and those with more than 8 parameters. */
      readonly ignored: number;
    }
  | { readonly ok: false; readonly code: "ERR_EXTENSIONS" };

const MALFORMED: ExtensionResult = { ok: false, code: "ERR_EXTENSIONS" };

/**
 * Reads the header. Whitespace may stand around ";", "," and "=", as the grammar of that time implied (RFC 2616 §2.1).
 * Stricter than RFC 9110 §5.6.1.2: an empty list element is refused.
 * @param values the values of all lines; "MAY appear multiple times in an HTTP request" (§11.3.2). None is no extension
 * @returns never throws. The whole header is checked, also behind the limits, so that what is malformed does not
 * depend on them
 */
export function parseExtensions(values: readonly string[]): ExtensionResult {
  const extensions: ExtensionOffer[] = [];
  let seen = 0;
  for (const value of values) {
    const scanner = new ValueScanner(value);
    scanner.space();
    do {
      const extension = readExtension(scanner);
      if (extension === undefined) return MALFORMED;
      if (seen < MAX_EXTENSION_OFFERS && extension.params.length <= MAX_EXTENSION_PARAMS) extensions.push(extension);
      seen++;
    } while (scanner.comma());
    if (!scanner.done) return MALFORMED;
  }
  return { ok: true, extensions, ignored: seen - extensions.length };
}

/** One extension; keeps one parameter more than allowed, as the mark that there were too many. */
function readExtension(scanner: ValueScanner): ExtensionOffer | undefined {
  const name = scanner.token();
  if (name === "") return undefined;
  const params: ExtensionParam[] = [];
  scanner.space();
  while (scanner.take(";")) {
    scanner.space();
    const param = readParam(scanner);
    if (param === undefined) return undefined;
    if (params.length <= MAX_EXTENSION_PARAMS) params.push(param);
    scanner.space();
  }
  return { name, params };
}

function readParam(scanner: ValueScanner): ExtensionParam | undefined {
  const name = scanner.token();
  if (name === "") return undefined;
  scanner.space();
  if (!scanner.take("=")) return [name, true];
  scanner.space();
  const value = scanner.token() || scanner.quotedString();
  // "the value after quoted-string unescaping MUST conform to the 'token' ABNF" (RFC 6455 §9.1)
  return value !== undefined && isToken(value) ? [name, value] : undefined;
}

/**
 * Writes the header.
 * @param extensions in order of preference, at least one; each name, parameter name and value a token
 * @returns the value of Sec-WebSocket-Extensions; parseExtensions gives the same list back
 * @throws LocalError ERR_ARGUMENT_EXTENSION if one is not a token, or there is none
 */
export function formatExtensions(extensions: readonly ExtensionOffer[]): string {
  if (extensions.length === 0) throw malformed();
  return extensions.map(formatExtension).join(", ");
}

function formatExtension({ name, params }: ExtensionOffer): string {
  let text = tokenOrThrow(name);
  for (const [param, value] of params) {
    text += `; ${tokenOrThrow(param)}`;
    if (value !== true) text += `=${tokenOrThrow(value)}`;
  }
  return text;
}

function tokenOrThrow(text: string): string {
  if (typeof text === "string" && isToken(text)) return text;
  throw malformed();
}

function malformed(): LocalError {
  return new LocalError("ERR_ARGUMENT_EXTENSION", HANDSHAKE_CODES.ERR_ARGUMENT_EXTENSION.message);
}
