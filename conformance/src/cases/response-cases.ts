/** §4.1, §9.1, RFC 7692 §7: a client's request, and responses to it, good and bad. */
import type { Level, ResponseCase, ResponseSpec } from "../case.js";
import { text } from "../frame.js";

const VALIDATE = { section: "RFC 6455 §4.1", quote: "The client MUST validate the server's response as follows" };
const STATUS = {
  section: "RFC 6455 §4.1",
  quote:
    "If the status code received from the server is not 101, the client handles the response per HTTP [RFC2616] procedures.",
};
const UPGRADE = {
  section: "RFC 6455 §4.1",
  quote:
    'If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a value that is not an ASCII case-insensitive match for the value "websocket", the client MUST _Fail the WebSocket Connection_.',
};
const CONNECTION = {
  section: "RFC 6455 §4.1",
  quote:
    'If the response lacks a |Connection| header field or the |Connection| header field doesn\'t contain a token that is an ASCII case-insensitive match for the value "Upgrade", the client MUST _Fail the WebSocket Connection_.',
};
const ACCEPT = {
  section: "RFC 6455 §4.1",
  quote:
    "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept| contains a value other than the base64-encoded SHA-1 […], the client MUST _Fail the WebSocket Connection_.",
};
const ACCEPT_ONCE = {
  section: "RFC 6455 §11.3.3",
  quote: "The |Sec-WebSocket-Accept| header MUST NOT appear more than once in an HTTP response.",
};
const EXTENSIONS = {
  section: "RFC 6455 §4.1",
  quote:
    "If the response includes a |Sec-WebSocket-Extensions| header field and this header field indicates the use of an extension that was not present in the client's handshake […], the client MUST _Fail the WebSocket Connection_.",
};
const GRAMMAR = {
  section: "RFC 6455 §9.1",
  quote:
    "If a value is received by either the client or the server during negotiation that does not conform to the ABNF below, the recipient of such malformed data MUST immediately _Fail the WebSocket Connection_.",
};
const PROTOCOL = {
  section: "RFC 6455 §4.1",
  quote:
    "If the response includes a |Sec-WebSocket-Protocol| header field and this header field indicates the use of a subprotocol that was not present in the client's handshake […], the client MUST _Fail the WebSocket Connection_.",
};
const HTTP = { section: "RFC 9112 §4", quote: "status-line = HTTP-version SP status-code SP [ reason-phrase ]" };
const FIELD = { section: "RFC 9112 §5", quote: 'field-line = field-name ":" OWS field-value OWS' };
const DEFLATE = {
  section: "RFC 7692 §7",
  quote:
    "A client MUST _Fail the WebSocket Connection_ if the peer server accepted an extension negotiation offer for this extension with an extension negotiation response meeting any of the following conditions: […] The negotiation response contains an extension parameter not defined for use in a response. […] The negotiation response contains an extension parameter with an invalid value. […] The negotiation response contains multiple extension parameters with the same name.",
};

interface Row {
  readonly group: { readonly section: string; readonly quote: string };
  readonly level?: Level;
  readonly opens: boolean;
  readonly otherwise?: ResponseCase["otherwise"];
  readonly offers?: ResponseCase["offers"];
}

function row(defaults: Row, id: string, title: string, response: ResponseSpec, more: Partial<Row> = {}): ResponseCase {
  const { group, level = "MUST", opens, otherwise, offers } = { ...defaults, ...more };
  return {
    kind: "response",
    id,
    ...group,
    level,
    title,
    roles: ["client"],
    response,
    expect: { opens },
    ...(otherwise === undefined ? {} : { otherwise }),
    ...(offers === undefined ? {} : { offers }),
  };
}

const asked: readonly (readonly [rule: string, section: string, quote: string])[] = [
  ["method-get", "§4.1", "The method of the request MUST be GET"],
  ["http-1.1", "§4.1", "the HTTP version MUST be at least 1.1"],
  ["line-form", "§4.1", "The handshake MUST be a valid HTTP request as specified by [RFC2616]."],
  ["target-path", "§4.1", 'The "Request-URI" part of the request MUST match the /resource name/ defined in Section 3'],
  ["target-query", "§4.1", 'The "Request-URI" part of the request MUST match the /resource name/ defined in Section 3'],
  [
    "no-fragment",
    "§3",
    "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these URIs.",
  ],
  ["host-once", "§4.1", "The request MUST contain a |Host| header field"],
  [
    "host-authority",
    "§4.1",
    'whose value contains /host/ plus optionally ":" followed by /port/ (when not using the default port)',
  ],
  [
    "upgrade-websocket",
    "§4.1",
    'The request MUST contain an |Upgrade| header field whose value MUST include the "websocket" keyword.',
  ],
  [
    "connection-upgrade",
    "§4.1",
    'The request MUST contain a |Connection| header field whose value MUST include the "Upgrade" token.',
  ],
  ["key-once", "§11.3.1", "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request."],
  [
    "key-16-octets",
    "§4.1",
    "The value of this header field MUST be a nonce consisting of a randomly selected 16-byte value that has been base64-encoded",
  ],
  [
    "key-canonical",
    "§4.1",
    "a randomly selected 16-byte value that has been base64-encoded (see Section 4 of [RFC4648])",
  ],
  ["key-fresh", "§4.1", "The nonce MUST be selected randomly for each connection."],
  [
    "version-once",
    "§11.3.5",
    "However, the |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP request.",
  ],
  [
    "version-13",
    "§4.1",
    "The request MUST include a header field with the name |Sec-WebSocket-Version|. The value of this header field MUST be 13.",
  ],
  [
    "no-accept",
    "§11.3.3",
    "The |Sec-WebSocket-Accept| header field is used in the WebSocket opening handshake. It is sent from the server to the client",
  ],
  ["no-body", "§4.1", "The handshake MUST be a valid HTTP request as specified by [RFC2616]."],
  [
    "protocols-tokens",
    "§4.1",
    "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to U+007E not including separator characters",
  ],
  ["protocols-unique", "§4.1", "and MUST all be unique strings"],
  ["extensions-grammar", "§9.1", "the value of the header field is defined by the following ABNF"],
  [
    "deflate-parameters",
    "§9.1",
    "The parameters supplied with any given extension MUST be defined for that extension.",
  ],
  ["names-tokens", "§4.1", "The handshake MUST be a valid HTTP request as specified by [RFC2616]."],
  ["values-printable", "§4.1", "The handshake MUST be a valid HTTP request as specified by [RFC2616]."],
  [
    "waits",
    "§4.1",
    "Once the client's opening handshake has been sent, the client MUST wait for a response from the server before sending any further data.",
  ],
];

const requests: ResponseCase[] = asked.map(([rule, section, quote]) => ({
  kind: "response",
  id: `4.1/request-${rule}`,
  section: `RFC 6455 ${section}`,
  quote,
  level: "MUST",
  title: `The client's request keeps the rule "${rule}"`,
  roles: ["client"],
  response: {},
  expect: { opens: true, request: rule },
}));

const opens: Row = { group: VALIDATE, opens: true };
const refusedToo = { outcome: "non-strict", reason: "refused, though the standard allows it" } as const;

const good: ResponseCase[] = [
  row(opens, "4.1/good", "A good response opens the connection", {}),
  row(opens, "4.1/upgrade-case", "The value of Upgrade is compared without case", { set: { Upgrade: "WebSocket" } }),
  row(opens, "4.1/upgrade-upper-case", "The value of Upgrade may be all upper case", { set: { Upgrade: "WEBSOCKET" } }),
  row(opens, "4.1/connection-case", "The token of Connection is compared without case", {
    set: { Connection: "upgrade" },
  }),
  row(opens, "4.1/connection-upper-case", "The token of Connection may be all upper case", {
    set: { Connection: "UPGRADE" },
  }),
  row(opens, "4.1/connection-list", "Connection is a list", { set: { Connection: "keep-alive, Upgrade" } }),
  row(opens, "4.1/connection-two-lines", "The list of Connection may be split over two lines", {
    set: { Connection: "keep-alive" },
    add: ["Connection: Upgrade"],
  }),
  row(opens, "4.1/names-lower-case", "Names of header fields are compared without case", {
    drop: ["Upgrade", "Connection", "Sec-WebSocket-Accept"],
    add: ["upgrade: websocket", "connection: Upgrade", "sec-websocket-accept: {accept}"],
  }),
  row(opens, "4.1/names-upper-case", "Names of header fields may be all upper case", {
    drop: ["Upgrade", "Connection", "Sec-WebSocket-Accept"],
    add: ["UPGRADE: websocket", "CONNECTION: Upgrade", "SEC-WEBSOCKET-ACCEPT: {accept}"],
  }),
  row(opens, "4.1/order-reversed", "The order of the header fields does not matter", {
    drop: ["Upgrade", "Connection", "Sec-WebSocket-Accept"],
    add: ["Sec-WebSocket-Accept: {accept}", "Connection: Upgrade", "Upgrade: websocket"],
  }),
  row(
    opens,
    "4.1/accept-with-space",
    "Whitespace around Sec-WebSocket-Accept is ignored",
    { set: { "Sec-WebSocket-Accept": " \t{accept}\t " } },
    { group: ACCEPT },
  ),
  row(opens, "4.1/no-space-behind-colon", "No space is needed behind the colon", {
    drop: ["Upgrade", "Connection", "Sec-WebSocket-Accept"],
    add: ["Upgrade:websocket", "Connection:Upgrade", "Sec-WebSocket-Accept:{accept}"],
  }),
  row(opens, "4.1/unknown-fields", "Unknown header fields are ignored", {
    add: ["Server: conformance", "X-Tide: high", "X-Empty:", "Date: Fri, 20 Nov 2026 00:00:00 GMT"],
  }),
  row(opens, "4.1/set-cookie", "Cookies may be set in the response", {
    add: ["Set-Cookie: a=b; Path=/", "Set-Cookie: c=d"],
  }),
  row(
    opens,
    "4.1/reason-other",
    "The reason phrase is free",
    { statusLine: "HTTP/1.1 101 The Tide Turns" },
    { group: HTTP },
  ),
  row(opens, "4.1/reason-empty", "The reason phrase may be empty", { statusLine: "HTTP/1.1 101 " }, { group: HTTP }),
  row(
    opens,
    "4.1/reason-missing",
    "The space before an empty reason phrase is often left out",
    { statusLine: "HTTP/1.1 101" },
    { group: HTTP, level: "SHOULD", otherwise: refusedToo },
  ),
  row(
    opens,
    "4.1/value-above-7f",
    "Octets above 7F may stand in values",
    { add: ["X-Name: caf\xe9"] },
    { group: FIELD, level: "SHOULD", otherwise: refusedToo },
  ),
  row(opens, "4.1/prototype-names", "Header fields named like members of objects are nothing special", {
    add: ["__proto__: x", "constructor: y", "toString: z"],
  }),
  row(
    opens,
    "4.1/forty-fields",
    "Forty more header fields are no reason to refuse",
    { add: Array.from({ length: 40 }, (_, i) => `X-Field-${i}: ${i}`) },
    { level: "SHOULD", otherwise: refusedToo },
  ),
  row(opens, "4.1/frame-behind-response", "A frame in the same write as the response is heard", {
    frames: [text("early")],
  }),
  row(opens, "4.1/frames-behind-response", "Several frames in the same write as the response are heard", {
    frames: [text("early"), text("birds")],
  }),
];

const bad: Row = { group: VALIDATE, opens: false };

const statuses: ResponseCase[] = (
  [
    ["100", "HTTP/1.1 100 Continue"],
    ["102", "HTTP/1.1 102 Processing"],
    ["200", "HTTP/1.1 200 OK"],
    ["201", "HTTP/1.1 201 Created"],
    ["204", "HTTP/1.1 204 No Content"],
    ["301", "HTTP/1.1 301 Moved Permanently"],
    ["302", "HTTP/1.1 302 Found"],
    ["307", "HTTP/1.1 307 Temporary Redirect"],
    ["400", "HTTP/1.1 400 Bad Request"],
    ["401", "HTTP/1.1 401 Unauthorized"],
    ["403", "HTTP/1.1 403 Forbidden"],
    ["404", "HTTP/1.1 404 Not Found"],
    ["426", "HTTP/1.1 426 Upgrade Required"],
    ["429", "HTTP/1.1 429 Too Many Requests"],
    ["500", "HTTP/1.1 500 Internal Server Error"],
    ["503", "HTTP/1.1 503 Service Unavailable"],
  ] as const
).map(([name, statusLine]) =>
  row(
    bad,
    `4.1/status-${name}`,
    `A response with ${name} opens nothing, whatever its header fields say`,
    { statusLine, add: name.startsWith("1") || name === "204" ? [] : ["Content-Length: 0"], tail: "", end: true },
    { group: STATUS },
  ),
);

const interim: ResponseCase[] = (
  [
    ["100", ["100 Continue"]],
    ["102", ["102 Processing"]],
    ["103", ["103 Early Hints\r\nLink: </tide.css>; rel=preload"]],
    ["104", ["104 Ebb"]],
    ["103-twice", ["103 Early Hints\r\nLink: </a>; rel=preload", "103 Early Hints\r\nLink: </b>; rel=preload"]],
  ] as const
).map(([name, heads]) =>
  row(
    opens,
    `4.1/interim-${name}`,
    `What comes before the 101 without being final (${name}) is passed over`,
    { lead: heads.map((head) => `HTTP/1.1 ${head}\r\n\r\n`).join("") },
    {
      group: {
        section: "RFC 9110 §15.2",
        quote:
          "A client MUST be able to parse one or more 1xx responses received prior to a final response, even if the client does not expect one.",
      },
    },
  ),
);

const statusLines: ResponseCase[] = (
  [
    ["http-1.0", "HTTP/1.0 101 Switching Protocols"],
    ["http-2.0", "HTTP/2.0 101 Switching Protocols"],
    ["http-0.9", "HTTP/0.9 101 Switching Protocols"],
    ["lower-case", "http/1.1 101 Switching Protocols"],
    ["no-http", "TIDE/1.1 101 Switching Protocols"],
    ["status-of-two-digits", "HTTP/1.1 10 Switching Protocols"],
    ["status-of-four-digits", "HTTP/1.1 1010 Switching Protocols"],
    ["status-not-a-number", "HTTP/1.1 abc Switching Protocols"],
    ["status-missing", "HTTP/1.1 Switching Protocols"],
    ["two-spaces", "HTTP/1.1  101 Switching Protocols"],
    ["empty", ""],
    ["control-in-reason", "HTTP/1.1 101 Switching\x01Protocols"],
  ] as const
).map(([name, statusLine]) =>
  row(
    bad,
    `4.1/status-line-${name}`,
    `A bad status line (${name}) opens nothing`,
    { statusLine },
    {
      group: HTTP,
      ...(name === "http-1.0" ||
      name === "http-2.0" ||
      name === "http-0.9" ||
      name === "two-spaces" ||
      name === "control-in-reason"
        ? {
            level: "SHOULD" as const,
            otherwise: { outcome: "non-strict" as const, reason: "the status line was taken" },
          }
        : {}),
    },
  ),
);

const headLines: ResponseCase[] = (
  [
    ["line-without-colon", ["X-Field"], "MUST"],
    ["name-with-space", ["X Field: a"], "MUST"],
    ["name-empty", [": a"], "MUST"],
    ["name-not-token", ["X(Field): a"], "SHOULD"],
    ["space-before-colon", ["X-Field : a"], "SHOULD"],
    ["value-nul", ["X-Field: a\0b"], "MUST"],
    ["value-control", ["X-Field: a\x01b"], "SHOULD"],
    ["bare-cr", ["X-Field: a\rb"], "SHOULD"],
    ["obs-fold", ["X-Field: a\r\n b"], "MAY"],
  ] as const
).map(([name, add, level]) =>
  row(
    bad,
    `4.1/response-${name}`,
    `A response with a malformed header line (${name}) opens nothing`,
    { add },
    {
      group: FIELD,
      level,
      ...(level === "MUST"
        ? {}
        : {
            otherwise: {
              outcome: level === "MAY" ? "informational" : "non-strict",
              reason: "the line was repaired or passed over",
            } as const,
          }),
    },
  ),
);

const cut: ResponseCase[] = [1, 12, 33, 60, 100].map((cutAt) =>
  row(
    bad,
    `4.1/ends-after-${cutAt}-octets`,
    `A response that ends after ${cutAt} octets opens nothing`,
    { cutAt },
    { group: HTTP },
  ),
);

const upgrades: ResponseCase[] = (
  [
    ["missing", undefined],
    ["empty", ""],
    ["other", "h2c"],
    ["prefix", "websockets"],
    ["suffix", "xwebsocket"],
    ["with-version", "websocket/13"],
    ["list", "websocket, h2c"],
    ["list-last", "h2c, websocket"],
    ["quoted", '"websocket"'],
  ] as const
).map(([name, value]) =>
  row(
    bad,
    `4.1/upgrade-${name}`,
    `A response whose Upgrade is not websocket (${name}) fails the connection`,
    value === undefined ? { drop: ["Upgrade"] } : { set: { Upgrade: value } },
    {
      group: UPGRADE,
      ...(name.startsWith("list")
        ? {
            otherwise: { outcome: "non-strict" as const, reason: "Upgrade was taken for a list" },
            level: "SHOULD" as const,
          }
        : {}),
    },
  ),
);

const connections: ResponseCase[] = (
  [
    ["missing", undefined],
    ["empty", ""],
    ["keep-alive", "keep-alive"],
    ["close", "close"],
    ["prefix", "upgraded"],
    ["inside-word", "no-upgrade"],
  ] as const
).map(([name, value]) =>
  row(
    bad,
    `4.1/connection-${name}`,
    `A response whose Connection lacks Upgrade (${name}) fails the connection`,
    value === undefined ? { drop: ["Connection"] } : { set: { Connection: value } },
    { group: CONNECTION },
  ),
);

const accepts: ResponseCase[] = (
  [
    ["missing", undefined],
    ["empty", ""],
    ["of-the-sample-key", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    ["key-itself", "{key}"],
    ["lower-case", "{accept-lower}"],
    ["no-padding", "{accept-unpadded}"],
    ["one-more", "{accept}="],
    ["hexadecimal", "{accept-hex}"],
    ["without-guid", "{accept-no-guid}"],
    ["list", "{accept}, {accept}"],
    ["quoted", '"{accept}"'],
    ["last-letter", "{accept-changed}"],
  ] as const
).map(([name, value]) =>
  row(
    bad,
    `4.1/accept-${name}`,
    `A response whose Sec-WebSocket-Accept does not answer the key (${name}) fails the connection`,
    value === undefined ? { drop: ["Sec-WebSocket-Accept"] } : { set: { "Sec-WebSocket-Accept": value } },
    { group: ACCEPT },
  ),
);

const acceptTwice: ResponseCase[] = [
  row(
    bad,
    "4.1/accept-twice",
    "Two equal Sec-WebSocket-Accept lines fail the connection",
    { add: ["Sec-WebSocket-Accept: {accept}"] },
    {
      group: ACCEPT_ONCE,
      otherwise: { outcome: "non-strict", reason: "both were the same, and taken" },
      level: "SHOULD",
    },
  ),
  row(
    bad,
    "4.1/accept-twice-bad-last",
    "A good and a bad Sec-WebSocket-Accept fail the connection",
    { add: ["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="] },
    { group: ACCEPT_ONCE },
  ),
  row(
    bad,
    "4.1/accept-twice-bad-first",
    "A bad and a good Sec-WebSocket-Accept fail the connection",
    { before: ["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="] },
    { group: ACCEPT_ONCE },
  ),
];

const protocols: ResponseCase[] = [
  ...(
    [
      ["not-offered", "nobody-offered-this-9f3c"],
      ["empty", ""],
      ["list", "nobody-offered-this-9f3c, nor-this"],
    ] as const
  ).map(([name, value]) =>
    row(
      bad,
      `4.1/protocol-${name}`,
      `A subprotocol that was not asked for (${name}) fails the connection`,
      { add: [`Sec-WebSocket-Protocol: ${value}`] },
      {
        group: PROTOCOL,
        ...(name === "empty"
          ? {
              level: "SHOULD" as const,
              otherwise: { outcome: "non-strict" as const, reason: "an empty subprotocol was taken for none" },
            }
          : {}),
      },
    ),
  ),
  row(
    opens,
    "4.1/protocol-offered",
    "A subprotocol that was offered opens the connection",
    { add: ["Sec-WebSocket-Protocol: {protocol}"] },
    { group: PROTOCOL, offers: "protocols" },
  ),
  row(
    bad,
    "4.1/protocol-offered-other-case",
    "Subprotocols are compared with case",
    { add: ["Sec-WebSocket-Protocol: {protocol-swapped}"] },
    { group: PROTOCOL, offers: "protocols" },
  ),
  row(
    bad,
    "4.1/protocol-offered-twice",
    "A subprotocol chosen twice fails the connection",
    { add: ["Sec-WebSocket-Protocol: {protocol}", "Sec-WebSocket-Protocol: {protocol}"] },
    {
      group: {
        section: "RFC 6455 §11.3.4",
        quote: "However, the |Sec-WebSocket-Protocol| header field MUST NOT appear more than once in an HTTP response.",
      },
      offers: "protocols",
      level: "SHOULD",
      otherwise: { outcome: "non-strict", reason: "both were the same, and taken" },
    },
  ),
];

const extensions: ResponseCase[] = [
  row(
    bad,
    "4.1/extension-not-offered",
    "An extension that was not offered fails the connection",
    { add: ["Sec-WebSocket-Extensions: x-nobody-offered-this"] },
    { group: EXTENSIONS },
  ),
  row(
    bad,
    "4.1/extension-not-offered-parameters",
    "An extension with parameters that was not offered fails the connection",
    { add: ["Sec-WebSocket-Extensions: x-nobody-offered-this; level=3"] },
    { group: EXTENSIONS },
  ),
  row(
    bad,
    "4.1/extension-prototype",
    "Extensions named like members of objects were not offered",
    { add: ["Sec-WebSocket-Extensions: constructor"] },
    { group: EXTENSIONS },
  ),
  row(
    bad,
    "4.1/extension-second-not-offered",
    "Every extension of the list counts, on every line",
    { add: ["Sec-WebSocket-Extensions: x-nobody, x-offered", "Sec-WebSocket-Extensions: x-this"] },
    { group: EXTENSIONS },
  ),
  ...(
    [
      ["only-comma", ","],
      ["only-semicolon", "x-ebb;"],
      ["no-value", "x-ebb; level="],
      ["unclosed-quote", 'x-ebb; level="3'],
      ["above-7f", "x-\xebbb"],
      ["space-inside", "x ebb"],
    ] as const
  ).map(([name, value]) =>
    row(
      bad,
      `9.1/response-malformed-${name}`,
      `Extensions that break the grammar (${name}) fail the connection`,
      { add: [`Sec-WebSocket-Extensions: ${value}`] },
      { group: GRAMMAR },
    ),
  ),
];

const IN_USE = {
  section: "RFC 6455 §9.1",
  quote: "The extensions listed by the server in response represent the extensions actually in use for the connection.",
};
const SERVER_NO_CONTEXT = {
  section: "RFC 7692 §7.1.1.1",
  quote:
    'A server MAY include the "server_no_context_takeover" extension parameter in an extension negotiation response even if the extension negotiation offer being accepted by the extension negotiation response didn\'t include the "server_no_context_takeover" extension parameter.',
};
const CLIENT_NO_CONTEXT = {
  section: "RFC 7692 §7.1.1.2",
  quote:
    'A server MAY include the "client_no_context_takeover" extension parameter in an extension negotiation response.',
};
const SERVER_BITS = {
  section: "RFC 7692 §7.1.2.1",
  quote:
    'A server MAY include the "server_max_window_bits" extension parameter in an extension negotiation response even if the extension negotiation offer being accepted by the response didn\'t include the "server_max_window_bits" extension parameter.',
};
const CLIENT_BITS = {
  section: "RFC 7692 §7.1.2.2",
  quote:
    'If a received extension negotiation offer has the "client_max_window_bits" extension parameter, the server MAY include the "client_max_window_bits" extension parameter in the corresponding extension negotiation response to the offer.',
};

const deflateGood: ResponseCase[] = (
  [
    ["plain", "permessage-deflate", IN_USE],
    ["server-no-context", "permessage-deflate; server_no_context_takeover", SERVER_NO_CONTEXT],
    ["client-no-context", "permessage-deflate; client_no_context_takeover", CLIENT_NO_CONTEXT],
    ["server-bits-10", "permessage-deflate; server_max_window_bits=10", SERVER_BITS],
    ["server-bits-15-quoted", 'permessage-deflate; server_max_window_bits="15"', SERVER_BITS],
  ] as const
).map(([name, value, group]) =>
  row(
    opens,
    `7692-7.1/response-${name}`,
    `The response "${value}" opens the connection`,
    { add: [`Sec-WebSocket-Extensions: ${value}`] },
    {
      group,
      offers: "permessage-deflate",
      level: "SHOULD",
      otherwise: { outcome: "non-strict", reason: "refused, though it is in accordance with the offer" },
    },
  ),
);

const deflateBits: ResponseCase[] = ["9", "10", "15"].map((bits) =>
  row(
    opens,
    `7692-7.1/response-client-bits-${bits}`,
    `client_max_window_bits=${bits} opens the connection of a client that offered it`,
    { add: [`Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=${bits}`] },
    {
      group: CLIENT_BITS,
      offers: "client_max_window_bits",
      level: "SHOULD",
      otherwise: { outcome: "non-strict", reason: "refused, though it is in accordance with the offer" },
    },
  ),
);

const deflateBad: ResponseCase[] = (
  [
    ["unknown-parameter", "permessage-deflate; tide=1"],
    ["server-no-context-value", "permessage-deflate; server_no_context_takeover=1"],
    ["client-no-context-value", "permessage-deflate; client_no_context_takeover=1"],
    ["server-no-context-twice", "permessage-deflate; server_no_context_takeover; server_no_context_takeover"],
    ["server-bits-twice", "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"],
    ["server-bits-no-value", "permessage-deflate; server_max_window_bits"],
    ["client-bits-no-value", "permessage-deflate; client_max_window_bits"],
    ...["7", "16", "0", "1000", "08", "x", "9.0", "-9"].map(
      (bits) => [`server-bits-of-${bits}`, `permessage-deflate; server_max_window_bits=${bits}`] as const,
    ),
    ...["7", "16", "0", "08", "x"].map(
      (bits) => [`client-bits-of-${bits}`, `permessage-deflate; client_max_window_bits=${bits}`] as const,
    ),
    ["twice", "permessage-deflate, permessage-deflate"],
    ["with-another", "permessage-deflate, x-ebb"],
  ] as const
).map(([name, value]) =>
  row(
    bad,
    `7692-7.1/response-bad-${name}`,
    `A response with bad parameters (${name}) fails the connection`,
    { add: [`Sec-WebSocket-Extensions: ${value}`] },
    {
      group: DEFLATE,
      ...(name === "twice"
        ? {
            level: "SHOULD" as const,
            otherwise: { outcome: "non-strict" as const, reason: "the second was passed over" },
          }
        : {}),
    },
  ),
);

/** All of them. */
export const responseCases: readonly ResponseCase[] = [
  ...requests,
  ...good,
  ...statuses,
  ...interim,
  ...statusLines,
  ...headLines,
  ...cut,
  ...upgrades,
  ...connections,
  ...accepts,
  ...acceptTwice,
  ...protocols,
  ...extensions,
  ...deflateGood,
  ...deflateBits,
  ...deflateBad,
];
