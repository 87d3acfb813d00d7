/**
 * What RFC 6455 and RFC 7692 demand of an endpoint on the wire, each with the cases that hold it to that. Left out is what has no wire: what
 * is shown to users, how proxies are configured, what an application may do.
 */

/** One demand. */
export interface Must {
  readonly section: string;
  /** The demand, shortened. */
  readonly demand: string;
  /** Ids of cases; `*` stands for anything. */
  readonly cases: readonly string[];
}

/** All of them, in the order of the sections. */
export const MUSTS: readonly Must[] = [
  {
    section: "RFC 6455 §3",
    demand: "no fragment identifiers",
    cases: ["4.1/request-no-fragment", "4.2/target-with-fragment"],
  },
  {
    section: "RFC 6455 §4.1",
    demand: "the handshake is a valid HTTP request",
    cases: [
      "4.1/request-line-form",
      "4.1/request-names-tokens",
      "4.1/request-values-printable",
      "4.1/request-no-body",
      "4.1/request-no-accept",
    ],
  },
  {
    section: "RFC 6455 §4.1",
    demand: "the method is GET, the version at least 1.1",
    cases: ["4.1/request-method-get", "4.1/request-http-1.1", "4.2/method-*", "4.2/http-*"],
  },
  { section: "RFC 6455 §4.1", demand: "the Request-URI matches the resource name", cases: ["4.1/request-target-*"] },
  { section: "RFC 6455 §4.1", demand: "a Host header with host and port", cases: ["4.1/request-host-*", "4.2/host-*"] },
  {
    section: "RFC 6455 §4.1",
    demand: "an Upgrade header with websocket",
    cases: ["4.1/request-upgrade-websocket", "4.2/upgrade-*"],
  },
  {
    section: "RFC 6455 §4.1",
    demand: "a Connection header with Upgrade",
    cases: ["4.1/request-connection-upgrade", "4.2/connection-*"],
  },
  {
    section: "RFC 6455 §4.1",
    demand: "a fresh random key of 16 bytes in base64",
    cases: ["4.1/request-key-*", "4.2/key-*"],
  },
  {
    section: "RFC 6455 §4.1",
    demand: "Sec-WebSocket-Version is 13",
    cases: ["4.1/request-version-*", "4.2/version-*"],
  },
  {
    section: "RFC 6455 §4.1",
    demand: "subprotocols are unique tokens",
    cases: ["4.1/request-protocols-*", "4.2/protocol-*"],
  },
  {
    section: "RFC 6455 §4.1",
    demand: "the client waits for the response before it sends",
    cases: ["4.1/request-waits"],
  },
  { section: "RFC 6455 §4.1", demand: "a response without Upgrade: websocket fails", cases: ["4.1/upgrade-*"] },
  { section: "RFC 6455 §4.1", demand: "a response without Connection: Upgrade fails", cases: ["4.1/connection-*"] },
  { section: "RFC 6455 §4.1", demand: "a response whose Sec-WebSocket-Accept is wrong fails", cases: ["4.1/accept-*"] },
  { section: "RFC 6455 §4.1", demand: "an extension nobody asked for fails", cases: ["4.1/extension-*"] },
  { section: "RFC 6455 §4.1", demand: "a subprotocol nobody asked for fails", cases: ["4.1/protocol-*"] },
  {
    section: "RFC 6455 §4.1",
    demand: "a response that does not conform fails",
    cases: ["4.1/status-*", "4.1/status-line-*", "4.1/response-*", "4.1/ends-after-*"],
  },
  {
    section: "RFC 6455 §4.1",
    demand: "a response that conforms opens the connection",
    cases: [
      "4.1/good",
      "4.1/names-*",
      "4.1/order-reversed",
      "4.1/no-space-behind-colon",
      "4.1/unknown-fields",
      "4.1/set-cookie",
      "4.1/reason-*",
      "4.1/prototype-names",
      "4.1/frame*-behind-response",
    ],
  },
  { section: "RFC 6455 §4.2.1", demand: "what is no such handshake is refused with an error", cases: ["4.2/*"] },
  {
    section: "RFC 6455 §4.2.2",
    demand: "a valid 101 with the right Sec-WebSocket-Accept",
    cases: ["4.2/good", "4.2/accept-of-*"],
  },
  {
    section: "RFC 6455 §4.2.2",
    demand: "the subprotocol is one that was offered, or none",
    cases: ["4.2/protocol-offered", "4.2/protocol-none", "4.2/protocol-unknown"],
  },
  {
    section: "RFC 6455 §4.2.2",
    demand: "extensions not listed by the client are not listed",
    cases: ["9.1/extension-unknown", "9.1/extension-prototype"],
  },
  {
    section: "RFC 6455 §4.4",
    demand: "a version that is not understood is told the right ones",
    cases: ["4.4/version-*"],
  },
  { section: "RFC 6455 §5.1", demand: "clients mask, and unmasked frames fail", cases: ["5.1/*"] },
  { section: "RFC 6455 §5.1", demand: "servers do not mask, and masked frames fail", cases: ["5.1/*"] },
  { section: "RFC 6455 §5.2", demand: "reserved bits are 0 unless negotiated", cases: ["5.2/rsv*"] },
  { section: "RFC 6455 §5.2", demand: "unknown opcodes fail", cases: ["5.2/opcode-*"] },
  {
    section: "RFC 6455 §5.2",
    demand: "the highest bit of a 64-bit length is 0",
    cases: ["5.2/length-2-63*", "5.2/length-all-ones-*"],
  },
  {
    section: "RFC 6455 §5.2",
    demand: "lengths are in their shortest form",
    cases: ["5.2/length-not-minimal-*", "5.2/length-*-bit-*", "5.5/*-bit-length*"],
  },
  { section: "RFC 6455 §5.3", demand: "masking keys are fresh and unpredictable", cases: ["5.3/keys-*"] },
  {
    section: "RFC 6455 §5.3",
    demand: "octet i is masked with octet i mod 4 of the key",
    cases: ["5.3/key-*", "5.2/all-octet-values"],
  },
  { section: "RFC 6455 §5.4", demand: "control frames are not fragmented", cases: ["5.5/unfinished-*"] },
  {
    section: "RFC 6455 §5.4",
    demand: "fragments are delivered in order",
    cases: ["5.4/right-*", "5.4/many-*", "5.4/thousand-*", "5.4/end-after-close"],
  },
  {
    section: "RFC 6455 §5.4",
    demand: "fragments of messages are not interleaved",
    cases: ["5.4/wrong-*", "5.4/stray-*"],
  },
  {
    section: "RFC 6455 §5.4",
    demand: "control frames inside a fragmented message are handled",
    cases: ["5.4/*-between*", "5.4/ping-inside-character"],
  },
  {
    section: "RFC 6455 §5.4",
    demand: "fragmented and unfragmented messages are received",
    cases: ["5.4/cut-*", "5.4/empty-*", "5.4/types-in-turn", "5.4/transfer-*", "5.4/rate-*"],
  },
  {
    section: "RFC 6455 §5.5",
    demand: "control frames have 125 octets or less",
    cases: ["5.5/*-of-*", "5.5.1/reason-of-124"],
  },
  { section: "RFC 6455 §5.5.1", demand: "a body begins with a 2-byte code", cases: ["5.5.1/one-octet*"] },
  {
    section: "RFC 6455 §5.5.1",
    demand: "no data frames after a close frame",
    cases: ["7.1/after-close-*", "7.1/*-then-close", "5.4/end-after-close"],
  },
  {
    section: "RFC 6455 §5.5.1",
    demand: "a close frame is answered with one",
    cases: [
      "5.5.1/empty",
      "7.4/code-1*",
      "7.1/close-*",
      "7.4/code-3*",
      "7.4/code-4*",
      "5.5.1/longest-reason",
      "5.5.1/reason-*",
    ],
  },
  {
    section: "RFC 6455 §5.5.1",
    demand: "after both close frames the TCP connection ends",
    cases: ["7.1.1/ends-tcp", "7.1.1/close-then-tcp-end"],
  },
  { section: "RFC 6455 §5.5.2", demand: "a ping is answered by a pong", cases: ["5.5.2/*"] },
  { section: "RFC 6455 §5.5.3", demand: "a pong has the payload of its ping", cases: ["5.5.2/ping-*", "5.5.3/pong*"] },
  { section: "RFC 6455 §5.6", demand: "a whole text message is valid UTF-8", cases: ["5.6/*"] },
  {
    section: "RFC 6455 §5.8",
    demand: "extensions are negotiated before they are used",
    cases: ["5.2/rsv*", "7692-7.1/offer-*"],
  },
  {
    section: "RFC 6455 §6.1",
    demand: "a message has its opcode, and FIN on its last frame",
    cases: ["5.2/type-kept", "5.7/*"],
  },
  {
    section: "RFC 6455 §6.2",
    demand: "a server removes the mask; later frames begin a new message",
    cases: ["5.3/key-*", "5.4/types-in-turn"],
  },
  { section: "RFC 6455 §7.1.7", demand: "to fail the connection is to close it", cases: ["7.1.7/ends-tcp"] },
  {
    section: "RFC 6455 §7.1.7",
    demand: "after a failure no data is processed",
    cases: ["7.1.7/nothing-after-failure", "7.1.7/first-octet-*", "8.1/nothing-after", "5.1/nothing-after-mask-bit"],
  },
  { section: "RFC 6455 §7.2.1", demand: "a lost transport fails the connection", cases: ["7.1.4/*"] },
  {
    section: "RFC 6455 §7.4.1",
    demand: "1005, 1006 and 1015 are not in a close frame",
    cases: [
      "7.4/code-1005*",
      "7.4/code-1006*",
      "7.4/code-1015*",
      "7.4/code-0*",
      "7.4/code-2*",
      "7.4/code-5*",
      "7.4/code-9*",
    ],
  },
  { section: "RFC 6455 §8.1", demand: "what is not UTF-8 fails", cases: ["8.1/*", "5.5.1/reason-not-utf-8-*"] },
  { section: "RFC 6455 §9", demand: "a server names no extension that was not requested", cases: ["9.1/extension-*"] },
  {
    section: "RFC 6455 §9.1",
    demand: "malformed extensions fail the handshake",
    cases: ["9.1/extension-malformed-*", "9.1/response-malformed-*", "4.1/request-extensions-grammar"],
  },
  {
    section: "RFC 6455 §9.1",
    demand: "parameters are defined for their extension",
    cases: ["4.1/request-deflate-parameters", "7692-7.1/offer-bad-*"],
  },
  {
    section: "RFC 6455 §10.3",
    demand: "a new key for each frame that the application cannot predict",
    cases: ["5.3/keys-*"],
  },
  { section: "RFC 6455 §10.4", demand: "an endpoint with limits protects itself", cases: ["10.4/*"] },
  { section: "RFC 6455 §10.7", demand: "incoming data is always validated", cases: ["5.2/*", "5.4/wrong-*", "8.1/*"] },
  {
    section: "RFC 6455 §11.3",
    demand: "key, version and accept are there once",
    cases: [
      "4.1/request-key-once",
      "4.1/request-version-once",
      "4.2/key-twice*",
      "4.2/version-twice*",
      "4.1/accept-twice*",
    ],
  },
  { section: "RFC 7692 §6", demand: "the bit is not on control frames and later fragments", cases: ["7692-6/*"] },
  { section: "RFC 7692 §7.1", demand: "a bad offer is declined", cases: ["7692-7.1/offer-bad-*"] },
  { section: "RFC 7692 §7.1", demand: "a bad response fails the connection", cases: ["7692-7.1/response-bad-*"] },
  { section: "RFC 7692 §7.2", demand: "messages are compressed and decompressed", cases: ["7692-7.2*"] },
];

/** The ids that the patterns of a demand name. */
export function casesOf(must: Must, ids: readonly string[]): readonly string[] {
  const patterns = must.cases.map((pattern) => new RegExp(`^${pattern.split("*").map(literal).join(".*")}$`));
  return ids.filter((id) => patterns.some((pattern) => pattern.test(id)));
}

function literal(text: string): string {
  return text.replaceAll(/[.+]/g, "\\$&");
}

/** The demands as the table that docs/rfc-map.md has. */
export function mustTable(ids: readonly string[]): string {
  const rows = MUSTS.map((must) => {
    const names = must.cases.map((pattern) => `\`${pattern}\``).join(", ");
    return `| ${must.section.replace("RFC 6455 ", "")} | ${must.demand} | ${names} | ${casesOf(must, ids).length} |`;
  });
  return ["| section | what it demands | cases | how many |", "|---|---|---|---|", ...rows].join("\n");
}
