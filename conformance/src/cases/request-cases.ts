/** §4.2, §4.4, §9, §9.1, RFC 7692 §7: requests to a server, good and bad. */
import type { AnswerRule, FieldRule, Level, RequestCase, RequestSpec } from "../case.js";
import { text } from "../frame.js";

type Allow = NonNullable<RequestCase["allow"]>;

const READING = {
  section: "RFC 6455 §4.2.1",
  quote:
    "If the server […] finds that the client did not send a handshake that matches the description below […], including but not limited to any violations of the ABNF grammar specified for the components of the handshake, the server MUST stop processing the client's handshake and return an HTTP response with an appropriate error code (such as 400 Bad Request).",
};
const SENDING = {
  section: "RFC 6455 §4.2.2",
  quote: "If the server chooses to accept the incoming connection, it MUST reply with a valid HTTP response",
};
const VERSION = {
  section: "RFC 6455 §4.4",
  quote:
    "If the server doesn't support the requested version, it MUST respond with a |Sec-WebSocket-Version| header field (or multiple |Sec-WebSocket-Version| header fields) containing all versions it is willing to use.",
};
const PROTOCOL = {
  section: "RFC 6455 §4.2.2",
  quote:
    "The value chosen MUST be derived from the client's handshake, specifically by selecting one of the values from the |Sec-WebSocket-Protocol| field",
};
const EXTENSION = {
  section: "RFC 6455 §9",
  quote: "A server MUST NOT respond with any extension not requested by the client.",
};
const GRAMMAR = {
  section: "RFC 6455 §9.1",
  quote:
    "If a value is received by either the client or the server during negotiation that does not conform to the ABNF below, the recipient of such malformed data MUST immediately _Fail the WebSocket Connection_.",
};
const HTTP = {
  section: "RFC 9112 §2.2",
  quote:
    "When a server […] receives a sequence of octets that does not match the HTTP-message grammar aside from the robustness exceptions listed above, the server SHOULD respond with a 400 (Bad Request) response and close the connection.",
};
const HOST = {
  section: "RFC 9112 §3.2",
  quote:
    "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host header field and to any request message that contains more than one Host header field line or a Host header field with an invalid field value.",
};
const OFFER = {
  section: "RFC 7692 §7",
  quote:
    "A server MUST decline an extension negotiation offer for this extension if any of the following conditions are met: […] The negotiation offer contains an extension parameter not defined for use in an offer. […] The negotiation offer contains an extension parameter with an invalid value. […] The negotiation offer contains multiple extension parameters with the same name.",
};

/** RFC 7692 §7.1.1 and §7.1.2: what the answer to each parameter of an offer is like. */
const SERVER_NO_CONTEXT = {
  section: "RFC 7692 §7.1.1.1",
  quote:
    'A server accepts an extension negotiation offer that includes the "server_no_context_takeover" extension parameter by including the "server_no_context_takeover" extension parameter in the corresponding extension negotiation response to send back to the client.',
};
const CLIENT_NO_CONTEXT = {
  section: "RFC 7692 §7.1.1.2",
  quote:
    'A server MAY include the "client_no_context_takeover" extension parameter in an extension negotiation response.',
};
const SERVER_BITS = {
  section: "RFC 7692 §7.1.2.1",
  quote:
    'A server accepts an extension negotiation offer with this parameter by including the "server_max_window_bits" extension parameter in the extension negotiation response to send back to the client with the same or smaller value as the offer.',
};
const CLIENT_BITS = {
  section: "RFC 7692 §7.1.2.2",
  quote:
    'If a received extension negotiation offer has the "client_max_window_bits" extension parameter, the server MAY include the "client_max_window_bits" extension parameter in the corresponding extension negotiation response to the offer.',
};
const CLIENT_BITS_VALUE = {
  section: "RFC 7692 §7.1.2.2",
  quote:
    'the server may either ignore this value or use this value to avoid allocating an unnecessarily big LZ77 sliding window by including the "client_max_window_bits" extension parameter in the corresponding extension negotiation response to the offer with a value equal to or smaller than the received value.',
};
const ACCORDANCE = {
  section: "RFC 6455 §9",
  quote:
    "If extension parameters are included in negotiations between the client and the server, those parameters MUST be chosen in accordance with the specification of the extension to which the parameters apply.",
};

const NO_EXTENSION: FieldRule = { name: "Sec-WebSocket-Extensions", values: [] };
const NO_PROTOCOL: FieldRule = { name: "Sec-WebSocket-Protocol", values: [] };
const OPEN: AnswerRule = { status: [101], fields: [NO_EXTENSION, NO_PROTOCOL] };
const REFUSED: AnswerRule = { status: ["4xx"] };
const REFUSED_HTTP: AnswerRule = { status: ["4xx", 501, 505] };
const dropped: Allow = [{ answer: { status: ["closed"] }, outcome: "non-strict", reason: "closed without an answer" }];
const anyAnswer: Allow = [
  { answer: { status: ["not-101"] }, outcome: "non-strict", reason: "answered as a request that asks for no upgrade" },
  ...dropped,
];

/** The client may not send yet; what a server makes of it is left open. */
const WAITS = {
  section: "RFC 6455 §4.1",
  quote:
    "Once the client's opening handshake has been sent, the client MUST wait for a response from the server before sending any further data.",
};
const tooEarly: Allow = [
  { answer: REFUSED, outcome: "non-strict", reason: "refused for what came before its answer" },
  { answer: { status: ["closed"] }, outcome: "non-strict", reason: "closed for what came before its answer" },
];

interface Row {
  readonly group: { readonly section: string; readonly quote: string };
  readonly level?: Level;
  readonly expect?: AnswerRule;
  readonly allow?: Allow;
}

function row(defaults: Row, id: string, title: string, request: RequestSpec, more: Partial<Row> = {}): RequestCase {
  const { group, level = "MUST", expect = OPEN, allow } = { ...defaults, ...more };
  return {
    kind: "request",
    id,
    ...group,
    level,
    title,
    roles: ["server"],
    request,
    expect,
    ...(allow === undefined ? {} : { allow }),
  };
}

const accepts: Row = { group: SENDING };
const acceptsRead: Row = { group: READING };
const lenientOpen: Allow = [
  { answer: REFUSED_HTTP, outcome: "non-strict", reason: "refused, though the standard allows it" },
];

const good: RequestCase[] = [
  row(accepts, "4.2/good", "A good request is answered with 101", {}),
  row(accepts, "4.2/accept-of-the-sample-key", "The sample key of the RFC has its sample answer", {
    set: { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" },
  }),
  row(accepts, "4.2/accept-of-all-zero-key", "A key of sixteen zero octets is answered", {
    set: { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" },
  }),
  row(accepts, "4.2/accept-of-all-ones-key", "A key with all bits set is answered", {
    set: { "Sec-WebSocket-Key": "/////////////////////w==" },
  }),
  row(accepts, "4.2/accept-of-plus-slash-key", "A key with + and / in it is answered", {
    set: { "Sec-WebSocket-Key": "+/+/+/+/+/+/+/+/+/+/+w==" },
  }),
  row(acceptsRead, "4.2/upgrade-case", "The value of Upgrade is compared without case", {
    set: { Upgrade: "WebSocket" },
  }),
  row(acceptsRead, "4.2/upgrade-upper-case", "The value of Upgrade may be all upper case", {
    set: { Upgrade: "WEBSOCKET" },
  }),
  row(acceptsRead, "4.2/connection-case", "The token of Connection is compared without case", {
    set: { Connection: "upgrade" },
  }),
  row(acceptsRead, "4.2/connection-upper-case", "The token of Connection may be all upper case", {
    set: { Connection: "UPGRADE" },
  }),
  row(acceptsRead, "4.2/connection-list", "Connection is a list", { set: { Connection: "keep-alive, Upgrade" } }),
  row(acceptsRead, "4.2/connection-list-first", "Upgrade may be the first of the list", {
    set: { Connection: "Upgrade, keep-alive" },
  }),
  row(acceptsRead, "4.2/connection-list-no-space", "The list of Connection needs no space", {
    set: { Connection: "keep-alive,Upgrade" },
  }),
  row(
    acceptsRead,
    "4.2/connection-list-empty-elements",
    "Empty elements of the list are passed over",
    { set: { Connection: ", keep-alive,, Upgrade ," } },
    {
      group: {
        section: "RFC 9110 §5.6.1.2",
        quote: "A recipient MUST parse and ignore a reasonable number of empty list elements",
      },
      allow: lenientOpen,
    },
  ),
  row(acceptsRead, "4.2/connection-two-lines", "The list of Connection may be split over two lines", {
    set: { Connection: "keep-alive" },
    add: ["Connection: Upgrade"],
  }),
  row(acceptsRead, "4.2/names-lower-case", "Names of header fields are compared without case", {
    drop: ["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"],
    add: [
      "host: {host}",
      "upgrade: websocket",
      "connection: Upgrade",
      "sec-websocket-key: {key}",
      "sec-websocket-version: 13",
    ],
  }),
  row(acceptsRead, "4.2/names-upper-case", "Names of header fields may be all upper case", {
    drop: ["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"],
    add: [
      "HOST: {host}",
      "UPGRADE: websocket",
      "CONNECTION: Upgrade",
      "SEC-WEBSOCKET-KEY: {key}",
      "SEC-WEBSOCKET-VERSION: 13",
    ],
  }),
  row(acceptsRead, "4.2/order-reversed", "The order of the header fields does not matter", {
    drop: ["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"],
    add: [
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: {key}",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Host: {host}",
    ],
  }),
  row(acceptsRead, "4.2/space-around-values", "Spaces and tabs around values are not part of them", {
    set: { Upgrade: "  websocket\t", Connection: "\tUpgrade  ", "Sec-WebSocket-Version": "  13 " },
  }),
  row(acceptsRead, "4.2/no-space-before-values", "No space is needed behind the colon", {
    drop: ["Upgrade", "Connection", "Sec-WebSocket-Version"],
    add: ["Upgrade:websocket", "Connection:Upgrade", "Sec-WebSocket-Version:13"],
  }),
  row(acceptsRead, "4.2/unknown-fields", "Unknown header fields are ignored", {
    add: ["X-Tide: high", "X-Empty:", "Cookie: a=b; c=d", "User-Agent: conformance"],
  }),
  row(
    acceptsRead,
    "4.2/value-with-octets-above-7f",
    "Octets above 7F may stand in values",
    { add: ["X-Name: caf\xe9 \xff"] },
    { level: "SHOULD", allow: lenientOpen },
  ),
  row(acceptsRead, "4.2/prototype-names", "Header fields named like members of objects are nothing special", {
    add: ["__proto__: x", "constructor: y", "toString: z", "hasOwnProperty: w"],
  }),
  row(
    acceptsRead,
    "4.2/forty-fields",
    "Forty more header fields are no reason to refuse",
    { add: Array.from({ length: 40 }, (_, i) => `X-Field-${i}: ${i}`) },
    { level: "SHOULD", allow: lenientOpen },
  ),
  row(acceptsRead, "4.2/query", "The target may have a query", { target: "{target}?case=1&agent=x%20y" }),
  row(
    acceptsRead,
    "4.2/empty-line-before",
    "One empty line before the request line is ignored",
    { lead: "\r\n" },
    {
      group: {
        section: "RFC 9112 §2.2",
        quote:
          "a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line (CRLF) received prior to the request-line",
      },
      level: "SHOULD",
      allow: lenientOpen,
    },
  ),
  row(
    acceptsRead,
    "4.2/content-length-zero",
    "A Content-Length of 0 is no body",
    { add: ["Content-Length: 0"] },
    { level: "SHOULD", allow: lenientOpen },
  ),
  row(
    acceptsRead,
    "4.2/no-origin",
    "A request without Origin is not taken for one of a browser",
    {},
    {
      group: {
        section: "RFC 6455 §4.2.1",
        quote:
          "A connection attempt lacking this header field SHOULD NOT be interpreted as coming from a browser client.",
      },
      level: "SHOULD",
    },
  ),
  row(
    acceptsRead,
    "4.2/own-origin",
    "A request of a page of the same origin is accepted",
    { add: ["Origin: http://{host}"] },
    { level: "SHOULD", allow: lenientOpen },
  ),
  row(
    acceptsRead,
    "4.2/upgrade-list",
    "Upgrade may be a list with websocket in it",
    { set: { Upgrade: "h2c, websocket" } },
    {
      level: "MAY",
      allow: [{ answer: REFUSED_HTTP, outcome: "informational", reason: "refused: Upgrade is taken for one value" }],
    },
  ),
  row(
    accepts,
    "4.2/frame-behind-request",
    "A frame in the same write as the request is heard",
    { frame: text("early") },
    { group: WAITS, level: "SHOULD", allow: tooEarly },
  ),
];

const refuses: Row = { group: READING, expect: REFUSED, allow: dropped };
const refusesOrServes: Row = { group: READING, expect: REFUSED, allow: anyAnswer };

const line: RequestCase[] = [
  ...["POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE"].map((method) =>
    row(
      refusesOrServes,
      `4.2/method-${method.toLowerCase()}`,
      `A ${method} request opens nothing`,
      { method },
      { expect: { status: ["4xx", 501] } },
    ),
  ),
  row(
    refusesOrServes,
    "4.2/method-lower-case",
    "Methods are compared with case",
    { method: "get" },
    { expect: REFUSED_HTTP },
  ),
  row(
    refusesOrServes,
    "4.2/method-unknown",
    "An unknown method opens nothing",
    { method: "TIDE" },
    { expect: { status: ["4xx", 501] } },
  ),
  row(
    {
      ...refusesOrServes,
      group: {
        section: "RFC 9110 §7.8",
        quote: "A server that receives an Upgrade header field in an HTTP/1.0 request MUST ignore that Upgrade field.",
      },
    },
    "4.2/http-1.0",
    "HTTP/1.0 cannot be upgraded",
    { version: "HTTP/1.0" },
    { expect: REFUSED_HTTP },
  ),
  row(refusesOrServes, "4.2/http-0.9", "HTTP/0.9 opens nothing", { version: "HTTP/0.9" }, { expect: REFUSED_HTTP }),
  row(
    refusesOrServes,
    "4.2/http-2.0-text",
    "The text HTTP/2.0 on such a connection opens nothing",
    { version: "HTTP/2.0" },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/http-lower-case",
    "The name of the protocol is compared with case",
    { version: "http/1.1" },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/no-version",
    "A request line without a version is refused",
    { version: "" },
    { expect: REFUSED_HTTP, allow: anyAnswer },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/version-garbage",
    "A version that is none is refused",
    { version: "HTTP/1.1x" },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/target-empty",
    "A request line without a target is refused",
    { target: "" },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/target-with-space",
    "A target with a space is refused",
    { target: "/a b" },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/target-with-fragment",
    "A target with a fragment is refused",
    { target: "{target}#fragment" },
    {
      group: {
        section: "RFC 6455 §3",
        quote:
          "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these URIs.",
      },
      level: "SHOULD",
      allow: [{ answer: { status: [101] }, outcome: "non-strict", reason: "the fragment was ignored" }, ...dropped],
    },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/target-asterisk",
    "The target * names no resource",
    { target: "*" },
    {
      expect: REFUSED_HTTP,
      level: "SHOULD",
      allow: [{ answer: { status: [101] }, outcome: "non-strict", reason: "* was taken for a resource" }, ...dropped],
    },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/target-no-slash",
    "A target without a slash is refused",
    { target: "chat" },
    {
      level: "SHOULD",
      allow: [{ answer: { status: [101] }, outcome: "non-strict", reason: "taken for a path" }, ...dropped],
    },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/lead-nul",
    "An octet 00 before the request line is refused",
    { lead: "\0" },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/lead-control",
    "An octet 01 before the request line is refused",
    { lead: "\x01" },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/lead-space",
    "A space before the request line is refused",
    { lead: " " },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/tls-hello",
    "A TLS handshake instead of a request is refused or dropped",
    { lead: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" },
    { expect: { status: ["4xx", "closed"] }, allow: [] },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/ssh-banner",
    "An SSH banner instead of a request is refused or dropped",
    { lead: "SSH-2.0-conformance\r\n" },
    { expect: { status: ["4xx", 501, 505, "closed"] }, allow: [] },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/method-with-nul",
    "A method with an octet 00 is refused",
    { method: "G\0T" },
    { expect: REFUSED_HTTP },
  ),
];

const headLines: RequestCase[] = [
  row(
    { ...refuses, group: HTTP },
    "4.2/bare-lf",
    "Line ends without CR are refused",
    { eol: "\n" },
    {
      level: "SHOULD",
      allow: [
        { answer: { status: [101] }, outcome: "non-strict", reason: "RFC 9112 §2.2 lets a recipient take a bare LF" },
        ...dropped,
      ],
    },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/bare-cr",
    "A CR inside a value is refused",
    { add: ["X-Field: a\rb"] },
    { expect: REFUSED_HTTP },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/obs-fold",
    "A folded line is refused",
    { add: ["X-Field: a\r\n b"] },
    {
      group: {
        section: "RFC 9112 §5.2",
        quote:
          "A server that receives an obs-fold in a request message […] MUST either reject the message […] or replace each received obs-fold with one or more SP octets",
      },
      allow: [
        {
          answer: { status: [101] },
          outcome: "informational",
          reason: "the fold was replaced, which is the other choice",
        },
        ...dropped,
      ],
    },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/space-before-colon",
    "A space before the colon is refused",
    { add: ["X-Field : a"] },
    {
      group: {
        section: "RFC 9112 §5.1",
        quote:
          "A server MUST reject, with a response status code of 400 (Bad Request), any received request message that contains whitespace between a header field name and colon.",
      },
    },
  ),
  row({ ...refuses, group: HTTP }, "4.2/name-empty", "An empty name is refused", { add: [": a"] }),
  row({ ...refuses, group: HTTP }, "4.2/name-with-space", "A name with a space is refused", { add: ["X Field: a"] }),
  row({ ...refuses, group: HTTP }, "4.2/name-with-parenthesis", "A name that is no token is refused", {
    add: ["X(Field): a"],
  }),
  row({ ...refuses, group: HTTP }, "4.2/name-above-7f", "A name with an octet above 7F is refused", {
    add: ["X-F\xfcld: a"],
  }),
  row({ ...refuses, group: HTTP }, "4.2/line-without-colon", "A header line without a colon is refused", {
    add: ["X-Field"],
  }),
  row({ ...refuses, group: HTTP }, "4.2/value-nul", "An octet 00 in a value is refused", { add: ["X-Field: a\0b"] }),
  row(
    { ...refuses, group: HTTP },
    "4.2/value-control",
    "An octet 01 in a value is refused",
    { add: ["X-Field: a\x01b"] },
    {
      level: "SHOULD",
      allow: [{ answer: { status: [101] }, outcome: "non-strict", reason: "a control octet was taken" }, ...dropped],
    },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/value-del",
    "An octet 7F in a value is refused",
    { add: ["X-Field: a\x7fb"] },
    {
      level: "SHOULD",
      allow: [{ answer: { status: [101] }, outcome: "non-strict", reason: "a control octet was taken" }, ...dropped],
    },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/space-before-first-line",
    "Whitespace before the first header line is refused",
    { before: [" X-Field: a"] },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/head-of-100-kib",
    "A head of 100 KiB is refused",
    { add: Array.from({ length: 100 }, (_, i) => `X-${i}: ${"y".repeat(1024)}`) },
    {
      group: {
        section: "RFC 9110 §5.4",
        quote:
          "A server that receives a request header field line, field value, or set of fields larger than it wishes to process MUST respond with an appropriate 4xx (Client Error) status code.",
      },
      level: "SHOULD",
      allow: [{ answer: { status: [101] }, outcome: "informational", reason: "its limit is higher" }, ...dropped],
    },
  ),
  row(
    { ...refuses, group: HTTP },
    "4.2/target-of-20-kib",
    "A target of 20 KiB is refused",
    { target: `/${"y".repeat(20_480)}` },
    {
      group: {
        section: "RFC 9112 §3",
        quote:
          "A server that receives a request-target longer than any URI it wishes to parse MUST respond with a 414 (URI Too Long) status code",
      },
      level: "SHOULD",
      allow: [{ answer: { status: [101] }, outcome: "informational", reason: "its limit is higher" }, ...dropped],
    },
  ),
  ...[1, 10, 30, 60, 100].map((cutAt) =>
    row(
      { ...refuses, group: HTTP },
      `4.2/ends-after-${cutAt}-octets`,
      `A request that ends after ${cutAt} octets opens nothing`,
      { cutAt },
      { expect: { status: ["4xx", "closed"] }, allow: [] },
    ),
  ),
];

const host: RequestCase[] = [
  row(
    { ...refuses, group: HOST },
    "4.2/host-missing",
    "A request without Host is refused",
    { drop: ["Host"] },
    { expect: { status: [400] }, allow: [...otherRefusal(), ...dropped] },
  ),
  row(
    { ...refuses, group: HOST },
    "4.2/host-twice",
    "A request with two Host lines is refused",
    { add: ["Host: {host}"] },
    { expect: { status: [400] }, allow: [...otherRefusal(), ...dropped] },
  ),
  row(
    { ...refuses, group: HOST },
    "4.2/host-twice-different",
    "A request with two different Host lines is refused",
    { add: ["Host: evil.example"] },
    { expect: { status: [400] }, allow: [...otherRefusal(), ...dropped] },
  ),
  row(
    { ...refuses, group: HOST },
    "4.2/host-empty",
    "A request with an empty Host is refused",
    { set: { Host: "" } },
    {
      level: "SHOULD",
      expect: { status: [400] },
      allow: [
        ...otherRefusal(),
        ...dropped,
        { answer: { status: [101] }, outcome: "non-strict", reason: "an empty Host was taken" },
      ],
    },
  ),
  ...(
    [
      ["with-space", "a b"],
      ["with-slash", "a/b"],
      ["with-userinfo", "user@{host}"],
      ["port-not-a-number", "localhost:port"],
      ["list", "{host}, {host}"],
      ["bad-bracket", "[::1"],
    ] as const
  ).map(([name, value]) =>
    row(
      { ...refuses, group: HOST },
      `4.2/host-${name}`,
      `A Host that is none (${name}) is refused`,
      { set: { Host: value } },
      {
        expect: { status: [400] },
        allow: [
          ...otherRefusal(),
          ...dropped,
          { answer: { status: [101] }, outcome: "non-strict", reason: "the value of Host was not looked at" },
        ],
      },
    ),
  ),
];

/** Refused, but with another 4xx. */
function otherRefusal(): Allow {
  return [{ answer: REFUSED, outcome: "non-strict", reason: "refused with another status than 400" }];
}

const upgrade: RequestCase[] = [
  row(refusesOrServes, "4.2/upgrade-missing", "Without Upgrade nothing opens", { drop: ["Upgrade"] }),
  row(refusesOrServes, "4.2/upgrade-empty", "With an empty Upgrade nothing opens", { set: { Upgrade: "" } }),
  row(refusesOrServes, "4.2/upgrade-other", "Another protocol in Upgrade opens nothing", { set: { Upgrade: "h2c" } }),
  row(refusesOrServes, "4.2/upgrade-prefix", "A protocol that begins with websocket opens nothing", {
    set: { Upgrade: "websockets" },
  }),
  row(refusesOrServes, "4.2/upgrade-suffix", "A protocol that ends with websocket opens nothing", {
    set: { Upgrade: "xwebsocket" },
  }),
  row(refusesOrServes, "4.2/upgrade-kelvin", "Only ASCII letters are compared without case", {
    set: { Upgrade: "websoc\xe2\x84\xaaet" },
  }),
  row(refusesOrServes, "4.2/connection-missing", "Without Connection nothing opens", { drop: ["Connection"] }),
  row(refusesOrServes, "4.2/connection-empty", "With an empty Connection nothing opens", { set: { Connection: "" } }),
  row(refusesOrServes, "4.2/connection-keep-alive", "Connection without the token upgrade opens nothing", {
    set: { Connection: "keep-alive" },
  }),
  row(refusesOrServes, "4.2/connection-close", "Connection: close opens nothing", { set: { Connection: "close" } }),
  row(refusesOrServes, "4.2/connection-prefix", "A token that begins with upgrade opens nothing", {
    set: { Connection: "upgraded" },
  }),
  row(refusesOrServes, "4.2/connection-inside-word", "A token that holds upgrade opens nothing", {
    set: { Connection: "no-upgrade" },
  }),
];

const key: RequestCase[] = (
  [
    ["missing", undefined, "MUST"],
    ["empty", "", "MUST"],
    ["15-octets", "AQIDBAUGBwgJCgsMDQ4P", "MUST"],
    ["17-octets", "AQIDBAUGBwgJCgsMDQ4PEBE=", "MUST"],
    ["32-octets", "AQIDBAUGBwgJCgsMDQ4PEAECAwQFBgcICQoLDA0ODxA=", "MUST"],
    ["no-padding", "AQIDBAUGBwgJCgsMDQ4PEA", "MUST"],
    ["one-padding", "AQIDBAUGBwgJCgsMDQ4PEA=", "MUST"],
    ["three-padding", "AQIDBAUGBwgJCgsMDQ4PE===", "MUST"],
    ["url-alphabet", "_-_-_-_-_-_-_-_-_-_-_w==", "MUST"],
    ["not-base64", "!!!!!!!!!!!!!!!!!!!!!!==", "MUST"],
    ["space-inside", "AQIDBAUGBwgJ CgsMDQ4PEA==", "MUST"],
    ["plain-text", "this is no key", "MUST"],
    ["padding-inside", "AQIDBAUGBwgJCgsM==4PEA==", "MUST"],
    ["comma", "AQIDBAUGBwgJCgsMDQ4PEA==, AQIDBAUGBwgJCgsMDQ4PEA==", "MUST"],
    ["not-canonical", "AQIDBAUGBwgJCgsMDQ4PER==", "SHOULD"],
  ] as const
).map(([name, value, level]) =>
  row(
    refuses,
    `4.2/key-${name}`,
    `A Sec-WebSocket-Key that is not the base64 form of 16 octets (${name}) is refused`,
    value === undefined ? { drop: ["Sec-WebSocket-Key"] } : { set: { "Sec-WebSocket-Key": value } },
    {
      level,
      ...(level === "SHOULD"
        ? {
            group: {
              section: "RFC 4648 §3.5",
              quote: "decoders MAY chose to reject an encoding if the pad bits have not been set to zero.",
            },
            allow: [
              {
                answer: { status: [101] },
                outcome: "non-strict",
                reason: "the bits that decoding drops were not looked at",
              },
              ...dropped,
            ] as Allow,
          }
        : {}),
    },
  ),
);

const keyTwice: RequestCase[] = [
  row(
    refuses,
    "4.2/key-twice",
    "Two Sec-WebSocket-Key lines are refused",
    { add: ["Sec-WebSocket-Key: {key}"] },
    {
      group: {
        section: "RFC 6455 §11.3.1",
        quote: "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request.",
      },
    },
  ),
  row(
    refuses,
    "4.2/key-twice-different",
    "Two different Sec-WebSocket-Key lines are refused",
    { add: ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="] },
    {
      group: {
        section: "RFC 6455 §11.3.1",
        quote: "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request.",
      },
    },
  ),
];

const SAYS_13: AnswerRule = { status: ["4xx"], fields: [{ name: "Sec-WebSocket-Version", values: ["13"] }] };
const silentVersion: Allow = [
  { answer: REFUSED, outcome: "fail", reason: "refused without saying which versions it understands" },
  ...dropped,
];

/** The drafts with the framing of the RFC had these versions. */
const draft: Allow = [{ answer: { status: [101] }, outcome: "informational", reason: "it speaks this draft, too" }];

const version: RequestCase[] = [
  ...["0", "1", "7", "8", "9", "12", "14", "25", "255"].map((value) =>
    row(
      {
        group: VERSION,
        expect: SAYS_13,
        allow: value === "7" || value === "8" ? [...silentVersion, ...draft] : silentVersion,
      },
      `4.4/version-${value}`,
      `Version ${value} is refused, and told 13`,
      { set: { "Sec-WebSocket-Version": value } },
    ),
  ),
  ...(
    [
      ["leading-zero", "013"],
      ["decimal", "13.0"],
      ["hexadecimal", "0xd"],
      ["exponent", "1.3e1"],
      ["signed", "+13"],
      ["negative", "-13"],
      ["text", "thirteen"],
      ["quoted", '"13"'],
      ["trailing", "13 8"],
      ["256", "256"],
      ["empty", ""],
    ] as const
  ).map(([name, value]) =>
    row(
      refuses,
      `4.2/version-${name}`,
      `A version that is not 13 but looks like it (${name}) is refused`,
      { set: { "Sec-WebSocket-Version": value } },
      {
        group: {
          section: "RFC 6455 §4.3",
          quote:
            'version = DIGIT | (NZDIGIT DIGIT) | ("1" DIGIT DIGIT) | ("2" DIGIT DIGIT) ; Limited to 0-255 range, with no leading zeros',
        },
      },
    ),
  ),
  row(refuses, "4.2/version-missing", "Without Sec-WebSocket-Version nothing opens", {
    drop: ["Sec-WebSocket-Version"],
  }),
  row(refuses, "4.2/version-list", "A list of versions in a request is refused", {
    set: { "Sec-WebSocket-Version": "13, 8" },
  }),
  row(refuses, "4.2/version-list-last", "A list of versions with 13 last is refused", {
    set: { "Sec-WebSocket-Version": "8, 13" },
  }),
  row(
    refuses,
    "4.2/version-twice",
    "Two Sec-WebSocket-Version lines are refused",
    { add: ["Sec-WebSocket-Version: 8"] },
    {
      group: {
        section: "RFC 6455 §11.3.5",
        quote: "However, the |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP request.",
      },
    },
  ),
  row(
    refuses,
    "4.2/version-twice-same",
    "Two equal Sec-WebSocket-Version lines are refused",
    { add: ["Sec-WebSocket-Version: 13"] },
    {
      group: {
        section: "RFC 6455 §11.3.5",
        quote: "However, the |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP request.",
      },
    },
  ),
];

const BODY = {
  section: "RFC 9110 §7.8",
  quote:
    "A client cannot begin using an upgraded protocol on the connection until it has completely sent the request message (i.e., the client can't change the protocol it is sending in the middle of a message).",
};
const passedOver: Allow = [
  { answer: { status: [101] }, outcome: "non-strict", reason: "a body in front of the frames was taken" },
  ...dropped,
];

const content: RequestCase[] = [
  row(
    { ...refuses, group: BODY },
    "4.2/body-content-length",
    "A request with a body is refused",
    { add: ["Content-Length: 5"], tail: "hello" },
    { level: "SHOULD", allow: passedOver },
  ),
  row(
    { ...refuses, group: BODY },
    "4.2/body-chunked",
    "A request with a chunked body is refused",
    { add: ["Transfer-Encoding: chunked"], tail: "0\r\n\r\n" },
    { level: "SHOULD", allow: passedOver },
  ),
  row(
    {
      ...refuses,
      group: {
        section: "RFC 9112 §6.1",
        quote: "A server MAY reject a request that contains both Content-Length and Transfer-Encoding",
      },
    },
    "4.2/body-both",
    "A request with Content-Length and Transfer-Encoding is refused",
    { add: ["Content-Length: 5", "Transfer-Encoding: chunked"], tail: "0\r\n\r\n" },
    { level: "SHOULD", allow: passedOver },
  ),
  row({ ...refuses, group: HTTP }, "4.2/content-length-not-a-number", "A Content-Length that is no number is refused", {
    add: ["Content-Length: five"],
  }),
  row({ ...refuses, group: HTTP }, "4.2/content-length-negative", "A negative Content-Length is refused", {
    add: ["Content-Length: -1"],
  }),
  row(
    { ...refuses, group: HTTP },
    "4.2/content-length-twice",
    "Two different Content-Lengths are refused",
    { add: ["Content-Length: 0", "Content-Length: 5"] },
    { level: "SHOULD", allow: passedOver },
  ),
  row(
    {
      ...refuses,
      group: WAITS,
    },
    "4.2/request-behind-request",
    "A second HTTP request behind the upgrade is no frame",
    { tail: "GET / HTTP/1.1\r\nHost: x\r\n\r\n" },
    {
      expect: { status: [101] },
      allow: [...lenientOpen, ...tooEarly],
    },
  ),
];

const CHOICE: FieldRule = { name: "Sec-WebSocket-Protocol", values: ["tide", "ebb"], optional: true };
const chooses: Row = { group: PROTOCOL, expect: { status: [101], fields: [CHOICE, NO_EXTENSION] } };

const protocol: RequestCase[] = [
  row(
    chooses,
    "4.2/protocol-offered",
    "Of offered subprotocols one or none is chosen",
    { add: ["Sec-WebSocket-Protocol: tide, ebb"] },
    { allow: lenientOpen },
  ),
  row(
    chooses,
    "4.2/protocol-two-lines",
    "Subprotocols may be offered on two lines",
    { add: ["Sec-WebSocket-Protocol: tide", "Sec-WebSocket-Protocol: ebb"] },
    { allow: lenientOpen },
  ),
  row(
    chooses,
    "4.2/protocol-unknown",
    "An unknown subprotocol is not echoed blindly, or the request is refused",
    { add: ["Sec-WebSocket-Protocol: nobody-speaks-this-9f3c"] },
    {
      level: "SHOULD",
      expect: { status: [101], fields: [NO_PROTOCOL] },
      allow: [
        {
          answer: { status: [101], fields: [{ name: "Sec-WebSocket-Protocol", values: ["nobody-speaks-this-9f3c"] }] },
          outcome: "non-strict",
          reason: "it says yes to any subprotocol",
        },
        { answer: REFUSED, outcome: "non-strict", reason: "refused, since it speaks none of them" },
      ],
    },
  ),
  row(
    accepts,
    "4.2/protocol-none",
    "Without an offer no subprotocol is chosen",
    {},
    {
      group: {
        section: "RFC 6455 §4.2.2",
        quote: "If the client's handshake did not contain such a header field […], the only acceptable value is null.",
      },
    },
  ),
  ...(
    [
      ["empty", ""],
      ["empty-element", "tide,,ebb"],
      ["trailing-comma", "tide,"],
      ["with-space", "tide ebb"],
      ["with-slash", "tide/1"],
      ["with-quotes", '"tide"'],
      ["twice", "tide, tide"],
      ["above-7f", "t\xefde"],
      ["control", "ti\x01de"],
      ["semicolon", "tide; v=1"],
    ] as const
  ).map(([name, value]) =>
    row(
      {
        ...refuses,
        group: {
          section: "RFC 6455 §4.1",
          quote:
            "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to U+007E not including separator characters […] and MUST all be unique strings.",
        },
      },
      `4.2/protocol-${name}`,
      `An offer of subprotocols that breaks the grammar (${name}) is refused`,
      { add: [`Sec-WebSocket-Protocol: ${value}`] },
      {
        allow: [
          { answer: { status: [101], fields: [NO_PROTOCOL] }, outcome: "non-strict", reason: "the offer was ignored" },
          {
            answer: { status: [101], fields: [{ name: "Sec-WebSocket-Protocol", values: ["tide", "ebb"] }] },
            outcome: "non-strict",
            reason: "the good part of the offer was taken",
          },
          ...dropped,
        ],
      },
    ),
  ),
];

const DEFLATE = "Sec-WebSocket-Extensions";
const offer = (value: string): RequestSpec => ({ add: [`${DEFLATE}: ${value}`] });
const extension: RequestCase[] = [
  row(accepts, "9.1/extension-unknown", "Unknown extensions are declined", offer("tide-stream, x-ebb; level=3"), {
    group: EXTENSION,
  }),
  row(
    accepts,
    "9.1/extension-prototype",
    "Extensions named like members of objects are unknown ones",
    offer("constructor, __proto__=1, toString; hasOwnProperty"),
    {
      group: EXTENSION,
      expect: { status: [101, "4xx"], fields: [NO_EXTENSION] },
    },
  ),
  row(accepts, "9.1/extension-quoted", "A parameter may be a quoted string", offer('x-ebb; level="3"'), {
    group: EXTENSION,
  }),
  row(
    accepts,
    "9.1/extension-two-lines",
    "Extensions may be offered on two lines",
    { add: [`${DEFLATE}: x-ebb`, `${DEFLATE}: x-flow`] },
    { group: EXTENSION },
  ),
  row(
    accepts,
    "9.1/extension-many",
    "Forty unknown extensions are declined",
    offer(Array.from({ length: 40 }, (_, i) => `x-${i}`).join(", ")),
    { group: EXTENSION, level: "SHOULD", allow: lenientOpen },
  ),
  ...(
    [
      ["empty", ""],
      ["only-comma", ","],
      ["only-semicolon", "x-ebb;"],
      ["no-name", "; level=3"],
      ["no-value", "x-ebb; level="],
      ["no-parameter-name", "x-ebb; =3"],
      ["unclosed-quote", 'x-ebb; level="3'],
      ["quoted-not-token", 'x-ebb; level="3 4"'],
      ["space-inside", "x ebb"],
      ["slash", "x/ebb"],
      ["above-7f", "x-\xebbb"],
      ["two-values", "x-ebb; level=3=4"],
    ] as const
  ).map(([name, value]) =>
    row(
      { ...refuses, group: GRAMMAR },
      `9.1/extension-malformed-${name}`,
      `An offer of extensions that breaks the grammar (${name}) is refused`,
      offer(value),
      {
        allow: [
          {
            answer: { status: [101], fields: [NO_EXTENSION] },
            outcome: "non-strict",
            reason: "the malformed offer was ignored",
          },
          ...dropped,
        ],
      },
    ),
  ),
];

const answerOf = (pattern: string): AnswerRule => ({
  status: [101],
  fields: [{ name: DEFLATE, pattern, optional: true }],
});
const B = "(?:[89]|1[0-5])";
/** Parameters that may stand in any answer, besides those that the offer asks for. */
const FREE = `(?:\\s*;\\s*(?:server_no_context_takeover|client_no_context_takeover|server_max_window_bits="?${B}"?))*`;
const FREE_CLIENT = `(?:\\s*;\\s*(?:server_no_context_takeover|client_no_context_takeover|(?:server|client)_max_window_bits="?${B}"?))*`;

const refusedAll: Allow = [
  { answer: REFUSED, outcome: "non-strict", reason: "refused the connection instead of the offer" },
];

/** The rule for a good offer of one parameter. */
const OFFER_GROUPS: Readonly<Record<string, Row["group"]>> = {
  "server-no-context": SERVER_NO_CONTEXT,
  "client-no-context": CLIENT_NO_CONTEXT,
  "client-bits-no-value": CLIENT_BITS,
  "client-bits-10": CLIENT_BITS_VALUE,
  "server-bits-10": SERVER_BITS,
  "server-bits-15": SERVER_BITS,
  "server-bits-8": SERVER_BITS,
  "quoted-value": SERVER_BITS,
  "second-offer": OFFER,
  browser: CLIENT_BITS,
};

const deflateGood: RequestCase[] = (
  [
    ["plain", "permessage-deflate", `^permessage-deflate${FREE}$`],
    [
      "server-no-context",
      "permessage-deflate; server_no_context_takeover",
      `^permessage-deflate(?=.*server_no_context_takeover)${FREE}$`,
    ],
    ["client-no-context", "permessage-deflate; client_no_context_takeover", `^permessage-deflate${FREE}$`],
    ["client-bits-no-value", "permessage-deflate; client_max_window_bits", `^permessage-deflate${FREE_CLIENT}$`],
    [
      "client-bits-10",
      "permessage-deflate; client_max_window_bits=10",
      `^permessage-deflate(?!.*client_max_window_bits="?1[1-5])${FREE_CLIENT}$`,
    ],
    [
      "server-bits-10",
      "permessage-deflate; server_max_window_bits=10",
      `^permessage-deflate(?=.*server_max_window_bits="?(?:8|9|10)(?!\\d))${FREE}$`,
    ],
    [
      "server-bits-15",
      "permessage-deflate; server_max_window_bits=15",
      `^permessage-deflate(?=.*server_max_window_bits="?${B}(?!\\d))${FREE}$`,
    ],
    [
      "server-bits-8",
      "permessage-deflate; server_max_window_bits=8",
      `^permessage-deflate(?=.*server_max_window_bits="?8(?!\\d))${FREE}$`,
    ],
    [
      "quoted-value",
      'permessage-deflate; server_max_window_bits="10"',
      `^permessage-deflate(?=.*server_max_window_bits="?(?:8|9|10)(?!\\d))${FREE}$`,
    ],
    [
      "all",
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12",
      `^permessage-deflate(?=.*server_no_context_takeover)(?=.*server_max_window_bits="?(?:8|9|1[0-2])(?!\\d))(?!.*client_max_window_bits="?1[3-5])${FREE_CLIENT}$`,
    ],
    ["second-offer", "permessage-deflate; unknown_parameter, permessage-deflate", `^permessage-deflate${FREE}$`],
    ["offers-with-others", "x-ebb, permessage-deflate, x-flow", `^permessage-deflate${FREE}$`],
    ["browser", "permessage-deflate; client_max_window_bits", `^permessage-deflate${FREE_CLIENT}$`],
  ] as const
).map(([name, value, pattern]) =>
  row(
    {
      group: OFFER_GROUPS[name] ?? ACCORDANCE,
      expect: answerOf(pattern),
      allow: refusedAll,
    },
    `7692-7.1/offer-${name}`,
    `The offer "${name}" is declined, or answered in accordance with it`,
    offer(value),
  ),
);

const deflateBad: RequestCase[] = (
  [
    ["unknown-parameter", "permessage-deflate; tide=1"],
    ["server-no-context-value", "permessage-deflate; server_no_context_takeover=1"],
    ["client-no-context-value", "permessage-deflate; client_no_context_takeover=true"],
    ["server-no-context-twice", "permessage-deflate; server_no_context_takeover; server_no_context_takeover"],
    ["client-no-context-twice", "permessage-deflate; client_no_context_takeover; client_no_context_takeover"],
    ["server-bits-twice", "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"],
    ["client-bits-twice", "permessage-deflate; client_max_window_bits; client_max_window_bits=10"],
    ["server-bits-no-value", "permessage-deflate; server_max_window_bits"],
    ...["7", "16", "0", "1000", "08", "09", "010", "x", "1e1", "9.0", "+9", "-9"].map(
      (value) => [`server-bits-of-${value}`, `permessage-deflate; server_max_window_bits=${value}`] as const,
    ),
    ...["7", "16", "0", "08", "x", "9.0"].map(
      (value) => [`client-bits-of-${value}`, `permessage-deflate; client_max_window_bits=${value}`] as const,
    ),
    ["name-upper-case-parameter", "permessage-deflate; SERVER_NO_CONTEXT_TAKEOVER=1"],
  ] as const
).map(([name, value]) =>
  row(
    { group: OFFER, expect: { status: [101], fields: [NO_EXTENSION] }, allow: refusedAll },
    `7692-7.1/offer-bad-${name}`,
    `An offer with a bad parameter (${name}) is declined`,
    offer(value),
  ),
);

/** All of them. */
export const requestCases: readonly RequestCase[] = [
  ...good,
  ...line,
  ...headLines,
  ...host,
  ...upgrade,
  ...key,
  ...keyTwice,
  ...version,
  ...content,
  ...protocol,
  ...extension,
  ...deflateGood,
  ...deflateBad,
];
