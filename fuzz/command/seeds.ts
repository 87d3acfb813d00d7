/** What fuzzing starts from: the RFC's own examples, and one input for each decision of a parser. A table of data. */

/** One input of one target. */
export interface Seed {
  readonly target: string;
  readonly name: string;
  readonly data: Uint8Array;
}

/** Frames as a client has to see them, unmasked: names to hex. The server's seeds are the same ones, masked. */
const FRAMES: Readonly<Record<string, string>> = {
  text: "810548656c6c6f",
  "text-fragmented": "010348656c 80026c6f",
  "text-empty": "8100",
  "text-split-character": "0101c3 8001a9",
  "text-four-octet-character": "8104f09f8e89",
  "text-surrogate": "8103eda080",
  "text-unfinished": "8102e282",
  binary: "8203000102",
  "binary-126": `827e007e${"00".repeat(126)}`,
  "binary-too-big": "827e0400",
  "binary-64-bit": "827f0000000000010000",
  "length-not-minimal-16": "827e0005",
  "length-not-minimal-64": "827f0000000000000005",
  "length-2-63": "827f8000000000000000",
  "ping-in-message": "010141 890270 69 800142",
  "ping-125": `897d${"61".repeat(125)}`,
  pong: "8a0161",
  "fragments-empty": "0200 0000 0000 8000",
  "fragments-too-many": "0100 0000 0000 0000 0000 0000 0000 0000 0000",
  "close-empty": "8800",
  "close-1000": "880203e8",
  "close-reason": "880703e9676f6e6521",
  "close-in-message": "010161 880203e8 800162",
  "close-one-byte": "880103",
  "close-reserved-code": "880203ed",
  "close-then-more": "880203e8 810161",
  "reserved-bit": "c10161",
  "reserved-opcode": "8300",
  "reserved-control-opcode": "8b00",
  "control-fragmented": "0900",
  "control-long": "897e007e",
  "continuation-of-nothing": "8000",
  "message-in-message": "010161 810162",
};

const REQUEST = [
  "GET /chat?room=1 HTTP/1.1",
  "Host: app.example",
  "Upgrade: websocket",
  "Connection: keep-alive, Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];
const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  plain: REQUEST,
  browser: [
    ...REQUEST,
    "Origin: https://app.example",
    "Sec-WebSocket-Protocol: chat, superchat",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  ],
  "leading-line": ["", ...REQUEST],
  "http-1.0": ["GET / HTTP/1.0", ...REQUEST.slice(1)],
  post: ["POST / HTTP/1.1", ...REQUEST.slice(1)],
  "absolute-target": ["GET http://app.example/ HTTP/1.1", ...REQUEST.slice(1)],
  "host-twice": [...REQUEST, "Host: other.example"],
  "host-ipv6": [REQUEST[0]!, "Host: [::1]:8080", ...REQUEST.slice(2)],
  body: [...REQUEST, "Content-Length: 5"],
  expect: [...REQUEST, "Expect: 100-continue"],
  folded: [...REQUEST, "X: a", " b"],
  "key-short": [...REQUEST.slice(0, 4), "Sec-WebSocket-Key: dGhl", REQUEST[5]!],
  "version-8": [...REQUEST.slice(0, 5), "Sec-WebSocket-Version: 8"],
  "many-lines": [...REQUEST, ...Array.from({ length: 20 }, (_, i) => `X-${i}: ${i}`)],
};

const RESPONSE = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];
const RESPONSES: Readonly<Record<string, readonly string[]>> = {
  plain: RESPONSE,
  protocol: [...RESPONSE, "Sec-WebSocket-Protocol: chat"],
  extension: [...RESPONSE, "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover"],
  "accept-wrong": [...RESPONSE.slice(0, 3), "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA="],
  "not-101": ["HTTP/1.1 404 Not Found", "Content-Length: 0"],
  redirect: ["HTTP/1.1 301", "Location: /other"],
  "http-1.0": ["HTTP/1.0 101 x", ...RESPONSE.slice(1)],
  "upgrade-list": [RESPONSE[0]!, "Upgrade: websocket, h2c", ...RESPONSE.slice(2)],
};

/** Values of one header; a line end begins the next line of the same name. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  plain: "permessage-deflate",
  params: "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
  several: "foo, bar; baz=2, permessage-deflate",
  lines: "foo\nbar; baz",
  quoted: 'foo; bar="ba\\z"',
  "quoted-no-token": 'foo; bar="b z"',
  "quoted-open": 'foo; bar="b',
  "empty-element": "foo,,bar",
  spaces: " foo\t;\tbar = 1 , baz ",
  "many-params": `foo${"; a=1".repeat(9)}`,
  many: Array.from({ length: 9 }, (_, i) => `e${i}`).join(", "),
  empty: "",
};
const SUBPROTOCOLS: Readonly<Record<string, string>> = {
  one: "chat",
  several: "chat, superchat",
  lines: "chat\nsuperchat",
  twice: "chat, chat",
  "no-token": "ch at",
  "empty-element": "chat,,superchat",
  seventeen: Array.from({ length: 17 }, (_, i) => `p${i}`).join(","),
  long: "p".repeat(1025),
  empty: "",
};
const CLOSES: Readonly<Record<string, string>> = {
  empty: "",
  "one-byte": "03",
  normal: "03e8",
  reason: "03e8 62 79 65",
  reserved: "03ec",
  "last-registered": "03f6",
  "first-reserved": "03f8",
  private: "0fa0",
  last: "1387",
  beyond: "1388",
  "reason-invalid": "03e8ff",
  "reason-123": `03e8${"61".repeat(123)}`,
};
const TEXTS: Readonly<Record<string, string>> = {
  ascii: "48656c6c6f20776f726c6421",
  two: "c3a9",
  three: "e282ac",
  four: "f09f8e89",
  "byte-order-mark": "efbbbf61",
  overlong: "c080",
  "overlong-three": "e08080",
  "overlong-four": "f0808080",
  surrogate: "eda080",
  "last-before-surrogates": "ed9fbf",
  beyond: "f4908080",
  last: "f48fbfbf",
  "lone-continuation": "80",
  unfinished: "f09f8e",
};
const ORIGINS: Readonly<Record<string, string>> = {
  same: "https://app.example",
  port: "https://app.example:443",
  upper: "HTTPS://APP.EXAMPLE",
  ipv6: "http://[::1]:8080",
  subdomain: "https://a.partner.example",
  parent: "https://partner.example",
  localhost: "http://localhost:3000",
  null: "null",
  path: "https://app.example/",
  userinfo: "https://app.example@evil.example",
  backslash: "https://app.example\\.evil.example",
  two: "https://app.example https://evil.example",
  dot: "https://app.example.",
};

/**
 * Compressed messages, one word each: hex as it is on the wire, or a text to compress: flushed (~), ended by a final block (!),
 * or with references to everything before (^).
 * "terms" is the first byte: 1 takeover, 2 to 14 the window, 16 to 48 the limit.
 */
const INFLATES: Readonly<Record<string, { readonly terms: number; readonly messages: string }>> = {
  "rfc-7.2.3.1": { terms: 0x2e, messages: "f248cdc9c90700" },
  "rfc-7.2.3.2": { terms: 0x2f, messages: "f248cdc9c90700 f200110000" },
  "rfc-7.2.3.2-without-takeover": { terms: 0x2e, messages: "f248cdc9c90700 f200110000" },
  "rfc-7.2.3.3": { terms: 0x2e, messages: "000500faff48656c6c6f00" },
  "rfc-7.2.3.4": { terms: 0x2f, messages: "f348cdc9c9070000 f200110000" },
  "rfc-7.2.3.5": { terms: 0x2e, messages: "f248050000 f248050000ffffcac9c90700" },
  "rfc-7.2.3.6": { terms: 0x2f, messages: "00 f248cdc9c90700 00" },
  "no-octets": { terms: 0x2f, messages: "- f248cdc9c90700" },
  "final-stored-at-the-end": { terms: 0x2e, messages: "01 0300 030000" },
  "final-block-between": { terms: 0x2f, messages: "010500faff48656c6c6ff248cdc9c90700" },
  "final-blocks-64": { terms: 0x2e, messages: "0300".repeat(64) },
  "cut-off": { terms: 0x2f, messages: "f248cdc9 f248cdc9c90700" },
  "block-type-3": { terms: 0x2e, messages: "0600" },
  "stored-length-wrong": { terms: 0x2e, messages: "000500faf048656c6c6f00" },
  "reference-too-far": { terms: 0x2e, messages: "f200110000" },
  "dynamic-codes": { terms: 0x3f, messages: "~tideway~tides~tideway~~way~of~the~tide~tides ~tides~of~the~way" },
  "final-then-takeover": { terms: 0x3f, messages: "!abcabcabcabc ~abcabcabcabc !abcabcabcabc" },
  "window-8": { terms: 0x31, messages: `~${"window".repeat(60)} ~window ~${"window".repeat(60)}` },
  "window-9-history-passes": { terms: 0x33, messages: `~first ~${"0123456789".repeat(60)} ~first` },
  "window-9-reached": { terms: 0x33, messages: `~first-words-of-all~${"-".repeat(492)} ^first-words-of-all` },
  "window-9-exceeded": { terms: 0x33, messages: `~first-words-of-all~${"-".repeat(520)} ^first-words-of-all` },
  "cut-off-stored": { terms: 0x2e, messages: "000500faff4865" },
  "limit-1": { terms: 0x0e, messages: "~a ~ab" },
  "limit-100-reached": { terms: 0x1e, messages: `~${"x".repeat(100)} ~${"x".repeat(101)}` },
  bomb: { terms: 0x2e, messages: `~${"x".repeat(4000)} ~${"x".repeat(5001)}` },
};

export const SEEDS: readonly Seed[] = [
  ...table("frame-decoder-client", FRAMES, (text) => Uint8Array.of(0, ...hex(text))),
  ...table("frame-decoder-server", FRAMES, (text) =>
    Uint8Array.of(3, ...text.split(" ").flatMap((frame) => masked(hex(frame)))),
  ),
  ...table("head-request", REQUESTS, head),
  ...table("head-response", RESPONSES, head),
  ...table("extension-header", EXTENSIONS, (text) => Buffer.from(text)),
  ...table("subprotocol", SUBPROTOCOLS, (text) => Buffer.from(text)),
  ...table("close-payload", CLOSES, (text) => Uint8Array.of(0, ...hex(text))),
  ...table("utf8", TEXTS, (text) => Uint8Array.of(1, ...hex(text))),
  ...table("origin", ORIGINS, (text) => Buffer.from(`\0${text}`)),
  ...table("inflate", INFLATES, ({ terms, messages }) =>
    Buffer.concat([Uint8Array.of(terms, 3), ...messages.split(" ").map(inflateMessage)]),
  ),
];

function table<T>(target: string, rows: Readonly<Record<string, T>>, make: (row: T) => Uint8Array): Seed[] {
  return Object.entries(rows).map(([name, row]) => ({ target, name, data: make(row) }));
}

function head(lines: readonly string[]): Uint8Array {
  return Buffer.from(`\x07${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** A message with its kind and length in front, as the target wants it. */
function inflateMessage(word: string): Uint8Array {
  const kind = { "^": 1, "~": 2, "!": 3 }[word[0]!] ?? 0;
  const body = kind === 0 ? Buffer.from(word.replace("-", ""), "hex") : Buffer.from(word.slice(1));
  return Buffer.concat([Uint8Array.of((kind << 6) | (body.length >> 8), body.length & 255), body]);
}

function hex(text: string): number[] {
  return [...Buffer.from(text.replaceAll(" ", ""), "hex")];
}

/** The same frame as a client sends it. A key that is not zero, so that unmasking shows. */
function masked(frame: readonly number[]): number[] {
  const key = [0x37, 0xfa, 0x21, 0x3d];
  const extended = [0, 2, 8][Math.max(0, (frame[1]! & 0x7f) - 125)]!;
  const start = 2 + extended;
  const payload = frame.slice(start).map((octet, i) => octet ^ key[i % 4]!);
  return [frame[0]!, frame[1]! | 0x80, ...frame.slice(2, start), ...key, ...payload];
}
