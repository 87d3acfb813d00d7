/** Host and port as they stand in a Host header, an origin and a URL (RFC 3986 §3.2, RFC 9110 §7.2). */
import { asciiLower } from "./token.js";

/** A host with its port. */
export interface Authority {
  /** Lower-case: a host name, an IPv4 address, or an IPv6 address in brackets. A trailing dot is kept. */
  readonly host: string;
  /** 0 to 65535; undefined where none was written, which means the default port of the scheme. */
  readonly port: number | undefined;
}

/** The longest host name of the DNS, 255, with a colon and five digits. */
const MAX_AUTHORITY = 261;

/**
 * Reads `uri-host [ ":" port ]`.
 * Narrower than RFC 3986: a name has letters, digits, "-", "_" and "." only, without empty labels. Percent-encoding,
 * sub-delimiters, userinfo, zone ids and non-ASCII are in no name that the DNS or a browser sends, and have served to
 * make two readers see two hosts.
 * @returns undefined if the text is anything else; never throws
 */
export function parseAuthority(text: string): Authority | undefined {
  if (text.length > MAX_AUTHORITY) return undefined;
  // The colons of an IPv6 address are inside the brackets.
  const colon = text.indexOf(":", text.startsWith("[") ? text.indexOf("]") : 0);
  const host = asciiLower(colon < 0 ? text : text.slice(0, colon));
  if (!(host.startsWith("[") ? isIpv6Literal(host) : isHostName(host))) return undefined;
  const digits = colon < 0 ? "" : text.slice(colon + 1);
  // port = *DIGIT (RFC 3986 §3.2.3): nothing behind the colon is the default port, too
  if (digits === "") return { host, port: undefined };
  if (!/^[0-9]{1,5}$/.test(digits) || Number(digits) > 65535) return undefined;
  return { host, port: Number(digits) };
}

/** Non-empty labels with dots between them, and perhaps a dot at the end. IPv4 addresses are of this form. */
function isHostName(host: string): boolean {
  const labels = (host.endsWith(".") ? host.slice(0, -1) : host).split(".");
  return labels.every((label) => /^[a-z0-9_-]+$/.test(label));
}

/** "[" IPv6address "]" (RFC 3986 §3.2.2): eight groups, or fewer around one "::"; the last two may be an IPv4 address. */
function isIpv6Literal(literal: string): boolean {
  if (!literal.endsWith("]")) return false;
  const halves = literal.slice(1, -1).split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1);
  // An address that ends in "::" ends in a group of zeros, so an IPv4 address before it is not at the end.
  const ipv4 = last !== undefined && halves.at(-1) !== "" && isIpv4(last);
  if (!(ipv4 ? groups.slice(0, -1) : groups).every((group) => /^[0-9a-f]{1,4}$/.test(group))) return false;
  const count = groups.length + (ipv4 ? 1 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}
