/** What a client's request has to be like (RFC 6455 §4.1), one rule per case. */
import { type Head, listOf, valuesOf } from "./http-head.js";

/** What a rule may look at. */
export interface SeenRequest {
  readonly head: Head;
  /** The URL's authority and target, as the client was given them; undefined where that is not known. */
  readonly authority: string | undefined;
  /** Keys of earlier requests of the same client. */
  readonly earlierKeys: ReadonlySet<string>;
  /** Bytes that came before the answer. */
  readonly early: number;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function exactlyOne(head: Head, name: string): string | undefined {
  const values = valuesOf(head, name);
  return values.length === 1 ? undefined : `${values.length} lines of ${name}`;
}

function count(head: Head, ...names: readonly string[]): string | undefined {
  const found = names.filter((name) => valuesOf(head, name).length > 0);
  return found.length === 0 ? undefined : `${found.join(", ")} in a request without a body`;
}

/** The rules by name: each gives what is wrong, or undefined. */
export const REQUEST_RULES: Readonly<Record<string, (request: SeenRequest) => string | undefined>> = {
  "method-get": ({ head }) => (head.line.startsWith("GET ") ? undefined : `the request line is "${head.line}"`),
  "http-1.1": ({ head }) => (head.line.endsWith(" HTTP/1.1") ? undefined : `the request line is "${head.line}"`),
  "line-form": ({ head }) =>
    /^[A-Z]+ \S+ HTTP\/\d\.\d$/.test(head.line) ? undefined : `the request line is "${head.line}"`,
  "target-path": ({ head }) =>
    /^GET (?:\/|https?:\/\/)/.test(head.line) ? undefined : `the request line is "${head.line}"`,
  "target-query": ({ head }) => (/[?&]case=\d+/.test(head.line) ? undefined : "the query of the URL is missing"),
  "no-fragment": ({ head }) => (head.line.includes("#") ? "a fragment in the target" : undefined),
  "host-once": ({ head }) => exactlyOne(head, "Host"),
  "host-authority": ({ head, authority }) => {
    const host = valuesOf(head, "Host")[0] ?? "";
    return authority === undefined || host.toLowerCase() === authority.toLowerCase() ? undefined : `Host: ${host}`;
  },
  "upgrade-websocket": ({ head }) =>
    listOf(head, "Upgrade").some((value) => value.toLowerCase() === "websocket") ? undefined : "no Upgrade: websocket",
  "connection-upgrade": ({ head }) =>
    listOf(head, "Connection").some((value) => value.toLowerCase() === "upgrade")
      ? undefined
      : "no Connection: Upgrade",
  "key-once": ({ head }) => exactlyOne(head, "Sec-WebSocket-Key"),
  "key-16-octets": ({ head }) => {
    const key = valuesOf(head, "Sec-WebSocket-Key")[0] ?? "";
    const good = /^[A-Za-z0-9+/]{22}==$/.test(key) && Buffer.from(key, "base64").length === 16;
    return good ? undefined : `the key is "${key}"`;
  },
  "key-canonical": ({ head }) => {
    const key = valuesOf(head, "Sec-WebSocket-Key")[0] ?? "";
    return Buffer.from(key, "base64").toString("base64") === key ? undefined : `the key is "${key}"`;
  },
  "key-fresh": ({ head, earlierKeys }) =>
    earlierKeys.has(valuesOf(head, "Sec-WebSocket-Key")[0] ?? "") ? "the key was used before" : undefined,
  "version-once": ({ head }) => exactlyOne(head, "Sec-WebSocket-Version"),
  "version-13": ({ head }) =>
    valuesOf(head, "Sec-WebSocket-Version")[0] === "13" ? undefined : "Sec-WebSocket-Version is not 13",
  "no-accept": ({ head }) =>
    valuesOf(head, "Sec-WebSocket-Accept").length === 0 ? undefined : "Sec-WebSocket-Accept in a request",
  "no-body": ({ head }) => count(head, "Content-Length", "Transfer-Encoding"),
  "protocols-tokens": ({ head }) => {
    const names = valuesOf(head, "Sec-WebSocket-Protocol").flatMap((value) =>
      value.split(",").map((name) => name.trim()),
    );
    const bad = names.find((name) => !TOKEN.test(name));
    return bad === undefined ? undefined : `the subprotocol "${bad}" is no token`;
  },
  "protocols-unique": ({ head }) => {
    const names = listOf(head, "Sec-WebSocket-Protocol");
    return new Set(names).size === names.length ? undefined : "a subprotocol is offered twice";
  },
  "extensions-grammar": ({ head }) => {
    const element =
      /^[\w!#$%&'*+\-.^`|~]+(?:\s*;\s*[\w!#$%&'*+\-.^`|~]+(?:\s*=\s*(?:[\w!#$%&'*+\-.^`|~]+|"[^"]+"))?)*$/;
    const bad = listOf(head, "Sec-WebSocket-Extensions").find((each) => !element.test(each));
    return bad === undefined ? undefined : `the extension "${bad}" breaks the grammar`;
  },
  "deflate-parameters": ({ head }) => {
    const known =
      /^(?:server_no_context_takeover|client_no_context_takeover|server_max_window_bits="?(?:[89]|1[0-5])"?|client_max_window_bits(?:="?(?:[89]|1[0-5])"?)?)$/;
    for (const each of listOf(head, "Sec-WebSocket-Extensions")) {
      const [name, ...parameters] = each.split(";").map((part) => part.trim().replaceAll(/\s*=\s*/g, "="));
      if (name !== "permessage-deflate") continue;
      const bad = parameters.find((parameter) => !known.test(parameter));
      if (bad !== undefined) return `the parameter "${bad}"`;
      const names = parameters.map((parameter) => parameter.split("=")[0]);
      if (new Set(names).size < names.length) return "a parameter is offered twice";
    }
    return undefined;
  },
  "names-tokens": ({ head }) => {
    const bad = head.fields.find(([name]) => !TOKEN.test(name));
    return bad === undefined ? undefined : `the header line "${bad[0]}"`;
  },
  "values-printable": ({ head }) => {
    const bad = head.fields.find(([, value]) => [...Buffer.from(value, "latin1")].some(isControl));
    return bad === undefined ? undefined : `control octets in ${bad[0]}`;
  },
  waits: ({ early }) => (early === 0 ? undefined : `${early} octets behind the request, before the answer`),
};

/** Octets that may not stand in a field value (RFC 9110 §5.5). */
function isControl(octet: number): boolean {
  return (octet < 0x20 && octet !== 0x09) || octet === 0x7f;
}
