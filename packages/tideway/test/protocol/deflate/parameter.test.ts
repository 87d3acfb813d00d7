import assert from "node:assert/strict";
import { test } from "node:test";
import {
  directionsOf,
  MAX_WINDOW_BITS,
  MIN_DEFLATE_BITS,
  MIN_WINDOW_BITS,
  readParameters,
  writeParameters,
} from "../../../dist/protocol/deflate/parameter.js";
import { formatExtensions, parseExtensions } from "../../../dist/protocol/handshake/extension-header.js";

/** The first extension of a header value, read as a peer would have sent it. */
function extension(value: string) {
  const parsed = parseExtensions([value]);
  assert.ok(parsed.ok, value);
  return parsed.extensions[0]!;
}

const none = {
  serverNoContextTakeover: undefined,
  clientNoContextTakeover: undefined,
  serverMaxWindowBits: undefined,
  clientMaxWindowBits: undefined,
};

for (const [params, read] of [
  ["", none],
  ["; server_no_context_takeover", { ...none, serverNoContextTakeover: true }],
  ["; client_no_context_takeover", { ...none, clientNoContextTakeover: true }],
  ["; server_max_window_bits=8", { ...none, serverMaxWindowBits: 8 }],
  ["; server_max_window_bits=15", { ...none, serverMaxWindowBits: 15 }],
  ['; server_max_window_bits="10"', { ...none, serverMaxWindowBits: 10 }],
  ['; client_max_window_bits="1\\0"', { ...none, clientMaxWindowBits: 10 }],
  ["; client_max_window_bits=9", { ...none, clientMaxWindowBits: 9 }],
  [
    "; client_max_window_bits=12; server_max_window_bits=11; client_no_context_takeover; server_no_context_takeover",
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 11,
      clientMaxWindowBits: 12,
    },
  ],
] as const) {
  for (const place of ["offer", "response"] as const) {
    test(`${place} "${params}"`, () => {
      assert.deepEqual(readParameters(extension(`permessage-deflate${params}`), place), read);
    });
  }
}

test("windows have 8 to 15 bits (RFC 7692 §7.1.2), and zlib compresses with 9 at least", () => {
  assert.deepEqual([MIN_WINDOW_BITS, MAX_WINDOW_BITS, MIN_DEFLATE_BITS], [8, 15, 9]);
});

test("client_max_window_bits may be without a value only in an offer", () => {
  const bare = extension("permessage-deflate; client_max_window_bits");
  assert.deepEqual(readParameters(bare, "offer"), { ...none, clientMaxWindowBits: true });
  assert.equal(readParameters(bare, "response"), "ERR_DEFLATE_VALUE");
});

const wrong: [params: string, code: string][] = [
  ["; server_max_window_bits", "ERR_DEFLATE_VALUE"],
  ["; server_no_context_takeover=1", "ERR_DEFLATE_VALUE"],
  ["; server_no_context_takeover=true", "ERR_DEFLATE_VALUE"],
  ["; client_no_context_takeover=0", "ERR_DEFLATE_VALUE"],
  ["; foo", "ERR_DEFLATE_UNKNOWN"],
  ["; Server_Max_Window_Bits=10", "ERR_DEFLATE_UNKNOWN"],
  ["; constructor", "ERR_DEFLATE_UNKNOWN"],
  ["; __proto__=1", "ERR_DEFLATE_UNKNOWN"],
  ["; client_max_window_bits=10; foo=1", "ERR_DEFLATE_UNKNOWN"],
];
for (const name of ["server_no_context_takeover", "client_no_context_takeover"]) {
  wrong.push([`; ${name}; ${name}`, "ERR_DEFLATE_DUPLICATE"]);
}
for (const name of ["server_max_window_bits", "client_max_window_bits"]) {
  wrong.push([`; ${name}=10; ${name}=10`, "ERR_DEFLATE_DUPLICATE"]);
  // D-04, and what D-05 sends.
  for (const value of [
    "7",
    "16",
    "0",
    "08",
    "015",
    "+9",
    "-9",
    "1e1",
    "9.0",
    "0x9",
    "1000",
    "10a",
    "a",
    "true",
    "NaN",
  ]) {
    wrong.push([`; ${name}=${value}`, "ERR_DEFLATE_VALUE"]);
  }
}
for (const [params, code] of wrong) {
  test(`D-02, D-04 wrong: "${params}"`, () => {
    const read = extension(`permessage-deflate${params}`);
    assert.equal(readParameters(read, "offer"), code);
    assert.equal(readParameters(read, "response"), code);
  });
}

test("D-04 an empty value never gets here: the header is malformed", () => {
  for (const value of ["x; server_max_window_bits=", 'x; server_max_window_bits=""']) {
    assert.equal(parseExtensions([value]).ok, false);
  }
});

test("what is written is read back, and no parameter is invented", () => {
  for (const server of [undefined, 8, 15] as const) {
    for (const client of [undefined, true, 8, 15] as const) {
      for (const flags of [0, 1, 2, 3]) {
        const parameters = {
          serverNoContextTakeover: (flags & 1) !== 0 || undefined,
          clientNoContextTakeover: (flags & 2) !== 0 || undefined,
          serverMaxWindowBits: server,
          clientMaxWindowBits: client,
        } as Parameters<typeof writeParameters>[0];
        const header = formatExtensions([writeParameters(parameters)]);
        assert.deepEqual(readParameters(extension(header), "offer"), parameters, header);
      }
    }
  }
});

test("each end sends what the other receives", () => {
  const agreed = {
    serverNoContextTakeover: true,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: 12,
  };
  const server = directionsOf(agreed, "server");
  const client = directionsOf(agreed, "client");
  assert.deepEqual(server.send, { takeover: false, windowBits: 10 });
  assert.deepEqual(server.receive, { takeover: true, windowBits: 12 });
  assert.deepEqual(client, { send: server.receive, receive: server.send });
});
