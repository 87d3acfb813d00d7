import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { acceptDeflate, checkDeflate, offerDeflate } from "../../../dist/protocol/deflate/negotiation.js";
import { type DeflateOptions, resolveDeflateOptions } from "../../../dist/protocol/deflate/option.js";
import { type ReadParameters, readParameters, writeParameters } from "../../../dist/protocol/deflate/parameter.js";
import {
  type ExtensionOffer,
  formatExtensions,
  parseExtensions,
} from "../../../dist/protocol/handshake/extension-header.js";

function extensions(header: string): readonly ExtensionOffer[] {
  const parsed = parseExtensions([header]);
  assert.ok(parsed.ok, header);
  return parsed.extensions;
}

function accept(header: string, options: DeflateOptions = {}) {
  const accepted = acceptDeflate(extensions(header), resolveDeflateOptions("server", options));
  return accepted && { header: formatExtensions([accepted.response]), agreed: accepted.agreed };
}

const takeover: DeflateOptions = { serverNoContextTakeover: false, clientNoContextTakeover: false };

// The examples of RFC 7692 §7.1.3, and choices of ours.
for (const [name, offer, options, answer] of [
  ["§7.1.3 the simplest", "permessage-deflate", takeover, "permessage-deflate"],
  [
    "§7.1.3 a window of 1 024 bytes",
    "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
    takeover,
    "permessage-deflate; server_max_window_bits=10",
  ],
  [
    "§7.1.3 with a fallback",
    "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate; client_max_window_bits",
    { ...takeover, clientMaxWindowBits: 12 },
    "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12",
  ],
  [
    "by default no contexts are kept",
    "permessage-deflate; client_max_window_bits",
    {},
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  ],
  ["D-03 other extensions are passed over", "x-webkit, permessage-deflate", takeover, "permessage-deflate"],
  [
    "D-03 a malformed offer is passed over",
    "permessage-deflate; foo, permessage-deflate",
    takeover,
    "permessage-deflate",
  ],
  [
    "D-03 the first acceptable one wins, not the best",
    "permessage-deflate; server_max_window_bits=9, permessage-deflate",
    takeover,
    "permessage-deflate; server_max_window_bits=9",
  ],
  [
    "D-07 8 bits to compress with are declined",
    "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=9",
    takeover,
    "permessage-deflate; server_max_window_bits=9",
  ],
  ["D-07 8 bits alone", "permessage-deflate; server_max_window_bits=8", takeover, undefined],
  [
    "D-08 a smaller window than configured is honoured",
    "permessage-deflate; server_max_window_bits=10",
    { ...takeover, serverMaxWindowBits: 13 },
    "permessage-deflate; server_max_window_bits=10",
  ],
  [
    "D-08 a smaller client window than configured is honoured",
    "permessage-deflate; client_max_window_bits=10",
    { ...takeover, clientMaxWindowBits: 13 },
    "permessage-deflate; client_max_window_bits=10",
  ],
  ["D-02 an unknown parameter alone", "permessage-deflate; foo", takeover, undefined],
  ["D-04 a wrong value alone", "permessage-deflate; server_max_window_bits=16", takeover, undefined],
  ["no offer", "foo", {}, undefined],
  ["another name", "Permessage-Deflate", {}, undefined],
] as const) {
  test(`acceptDeflate: ${name}`, () => assert.equal(accept(offer, options)?.header, answer));
}

test("acceptDeflate: no offers at all", () => {
  assert.equal(acceptDeflate([], resolveDeflateOptions("server")), undefined);
});

// D-01: all parameters, present with each value, without one, and absent.
const FLAG = [undefined, true] as const;
const BITS = [undefined, 8, 9, 10, 11, 12, 13, 14, 15] as const;
const HINT = [...BITS, true] as const;

function* combinations<ClientBits extends number | true | undefined>(
  clientBits: readonly ClientBits[],
): Generator<ReadParameters & { clientMaxWindowBits: ClientBits }> {
  for (const serverNoContextTakeover of FLAG)
    for (const clientNoContextTakeover of FLAG)
      for (const serverMaxWindowBits of BITS)
        for (const clientMaxWindowBits of clientBits)
          yield { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
}

function* serverOptions(): Generator<DeflateOptions> {
  for (const serverNoContextTakeover of [false, true])
    for (const clientNoContextTakeover of [false, true])
      for (const serverMaxWindowBits of [undefined, 9, 12, 15])
        for (const clientMaxWindowBits of [undefined, 8, 12, 15])
          yield { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
}

/** What RFC 7692 §7.1 says of an answer to an offer, sentence by sentence, and which of the allowed ones is ours. */
function assertLawful(asked: ReadParameters, options: DeflateOptions): void {
  const offer = writeParameters(asked);
  const accepted = acceptDeflate([offer], resolveDeflateOptions("server", options));
  const say = JSON.stringify([asked, options, accepted]);
  const cannotTell = asked.clientMaxWindowBits === undefined && (options.clientMaxWindowBits ?? 15) < 15;
  if (asked.serverMaxWindowBits === 8 || cannotTell) {
    assert.equal(accepted, undefined, say);
    return;
  }
  assert.ok(accepted, say);
  const answer = readParameters(accepted.response, "response");
  assert.ok(typeof answer !== "string", say);
  // §7.1.1.1: accepting an offer with the parameter is including it; it may be included unasked.
  assert.equal(
    answer.serverNoContextTakeover === true,
    asked.serverNoContextTakeover === true || options.serverNoContextTakeover,
    say,
  );
  assert.equal(
    answer.clientNoContextTakeover === true,
    asked.clientNoContextTakeover === true || options.clientNoContextTakeover,
    say,
  );
  // §7.1.2.1: "the same or smaller value as the offer"; may be included unasked.
  const server = Math.min(asked.serverMaxWindowBits ?? 15, options.serverMaxWindowBits ?? 15);
  const mentioned = asked.serverMaxWindowBits !== undefined || options.serverMaxWindowBits !== undefined;
  assert.equal(answer.serverMaxWindowBits, mentioned ? server : undefined, say);
  // §7.1.2.2: MUST NOT be included unasked; "equal to or smaller than the received value".
  const hint = typeof asked.clientMaxWindowBits === "number" ? asked.clientMaxWindowBits : 15;
  const client = Math.min(hint, options.clientMaxWindowBits ?? 15);
  if (asked.clientMaxWindowBits === undefined) assert.equal(answer.clientMaxWindowBits, undefined, say);
  else assert.equal(answer.clientMaxWindowBits ?? 15, client, say);
  assert.deepEqual(
    accepted.agreed,
    {
      serverNoContextTakeover: answer.serverNoContextTakeover === true,
      clientNoContextTakeover: answer.clientNoContextTakeover === true,
      serverMaxWindowBits: server,
      clientMaxWindowBits: client,
    },
    say,
  );
  // Our own client agrees, and agrees to the same.
  assert.deepEqual(checkDeflate(accepted.response, offer), { ok: true, agreed: accepted.agreed }, say);
}

test("D-01 the server's answer to every offer under every option", () => {
  let count = 0;
  for (const options of serverOptions()) {
    for (const asked of combinations(HINT)) {
      assertLawful(asked, options);
      count++;
    }
  }
  assert.equal(count, 64 * 360);
});

/** The code of the first sentence of RFC 7692 §7.1 that an answer breaks; undefined when it is lawful. */
function fault(asked: ReadParameters, answer: ReadParameters): string | undefined {
  if (asked.serverNoContextTakeover && !answer.serverNoContextTakeover) return "ERR_DEFLATE_IGNORED";
  if (asked.serverMaxWindowBits !== undefined) {
    if (answer.serverMaxWindowBits === undefined) return "ERR_DEFLATE_IGNORED";
    if (answer.serverMaxWindowBits > asked.serverMaxWindowBits) return "ERR_DEFLATE_VALUE";
  }
  if (answer.clientMaxWindowBits === undefined) return undefined;
  if (asked.clientMaxWindowBits === undefined) return "ERR_DEFLATE_NOT_OFFERED";
  const hint = asked.clientMaxWindowBits === true ? 15 : asked.clientMaxWindowBits;
  return (answer.clientMaxWindowBits as number) > hint ? "ERR_DEFLATE_VALUE" : undefined;
}

test("D-01, D-05, D-06 the client's check of every answer to every offer", () => {
  for (const asked of combinations(HINT)) {
    const offer = writeParameters(asked);
    const hint = typeof asked.clientMaxWindowBits === "number" ? asked.clientMaxWindowBits : 15;
    for (const answer of combinations(BITS)) {
      const checked = checkDeflate(writeParameters(answer), offer);
      const expected = fault(asked, answer);
      if (expected !== undefined) {
        assert.ok(!checked.ok && checked.code === expected, JSON.stringify([asked, answer, checked]));
        assert.ok(checked.message.length > 0);
        continue;
      }
      assert.deepEqual(checked, {
        ok: true,
        agreed: {
          serverNoContextTakeover: answer.serverNoContextTakeover === true,
          // §7.1.1.2: with the offer the client said that it will not take over, whatever the answer.
          clientNoContextTakeover: (answer.clientNoContextTakeover ?? asked.clientNoContextTakeover) === true,
          serverMaxWindowBits: answer.serverMaxWindowBits ?? 15,
          clientMaxWindowBits: answer.clientMaxWindowBits ?? hint,
        },
      });
    }
  }
});

for (const [answer, code] of [
  ["x-deflate", "ERR_DEFLATE_NAME"],
  ["permessage-deflate; foo", "ERR_DEFLATE_UNKNOWN"],
  ["permessage-deflate; server_max_window_bits=1000", "ERR_DEFLATE_VALUE"],
  ["permessage-deflate; server_max_window_bits", "ERR_DEFLATE_VALUE"],
  ["permessage-deflate; client_max_window_bits", "ERR_DEFLATE_VALUE"],
  ["permessage-deflate; server_no_context_takeover=1", "ERR_DEFLATE_VALUE"],
  ["permessage-deflate; client_max_window_bits=08", "ERR_DEFLATE_VALUE"],
  ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", "ERR_DEFLATE_DUPLICATE"],
] as const) {
  test(`D-02, D-05 the client fails on "${answer}"`, () => {
    const [offer] = offerDeflate(resolveDeflateOptions("client"));
    const checked = checkDeflate(extensions(answer)[0]!, offer!);
    assert.ok(!checked.ok);
    assert.equal(checked.code, code);
  });
}

test("checkDeflate: an offer that could not have been sent is refused with its own code", () => {
  const checked = checkDeflate(extensions("permessage-deflate")[0]!, {
    name: "permessage-deflate",
    params: [["x", true]],
  });
  assert.ok(!checked.ok);
  assert.equal(checked.code, "ERR_DEFLATE_UNKNOWN");
});

for (const [options, header] of [
  [{}, "permessage-deflate; client_max_window_bits"],
  [
    { serverNoContextTakeover: true, clientNoContextTakeover: true },
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits",
  ],
  [
    { serverMaxWindowBits: 8, clientMaxWindowBits: 9 },
    "permessage-deflate; server_max_window_bits=8; client_max_window_bits=9",
  ],
] as const) {
  test(`offerDeflate: ${header}`, () => {
    assert.equal(formatExtensions(offerDeflate(resolveDeflateOptions("client", options))), header);
  });
}

// Differential with ws, where it says what RFC 7692 says.

interface WsDeflate {
  accept(configurations: Record<string, (string | true)[]>[]): Record<string, number | boolean>;
}
const { PerMessageDeflate } = createRequire(import.meta.url)("ws") as {
  PerMessageDeflate: new (options: Record<string, unknown>) => WsDeflate;
};

function wsForm(offer: ExtensionOffer): Record<string, (string | true)[]> {
  return Object.fromEntries(offer.params.map(([name, value]) => [name, [value]]));
}

function wsAccept(offer: ExtensionOffer, options: DeflateOptions): ReadParameters | undefined {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== false),
  );
  try {
    const accepted = new PerMessageDeflate({ ...given, isServer: true }).accept([wsForm(offer)]);
    return {
      serverNoContextTakeover: (accepted["server_no_context_takeover"] as true) || undefined,
      clientNoContextTakeover: (accepted["client_no_context_takeover"] as true) || undefined,
      serverMaxWindowBits: accepted["server_max_window_bits"] as number | undefined,
      clientMaxWindowBits: accepted["client_max_window_bits"] as number | undefined,
    };
  } catch {
    return undefined;
  }
}

test("D-01 differential: what ws accepts we accept with the same answer, but for differences that are named", () => {
  let same = 0;
  for (const options of serverOptions()) {
    for (const asked of combinations(HINT)) {
      const offer = writeParameters(asked);
      const accepted = acceptDeflate([offer], resolveDeflateOptions("server", options));
      const ours = accepted && readParameters(accepted.response, "response");
      const theirs = wsAccept(offer, options);
      const say = JSON.stringify([asked, options, ours, theirs]);
      // ws compresses with 9 bits when it promised 8.
      if (asked.serverMaxWindowBits === 8) assert.equal(ours, undefined, say);
      else if (theirs === undefined) {
        // ws declines what it would have to narrow; we narrow it.
        const { clientMaxWindowBits: client = 15, serverMaxWindowBits: server = 15 } = options;
        const narrowed =
          server > (asked.serverMaxWindowBits ?? 15) ||
          (typeof asked.clientMaxWindowBits === "number" && client > asked.clientMaxWindowBits);
        // ws declines a client that cannot be told its window, also when that is the largest.
        const silent = asked.clientMaxWindowBits === undefined && options.clientMaxWindowBits !== undefined;
        assert.ok(narrowed || silent, say);
        assert.equal(ours !== undefined, !(silent && client < 15), say);
      } else {
        assert.deepEqual(ours, theirs, say);
        same++;
      }
    }
  }
  assert.ok(same > 9_000, `${same} compared`);
});

test("differential: our client agrees with every ws server, and the ws client with ours", () => {
  for (const options of serverOptions()) {
    const clientSettings = resolveDeflateOptions("client");
    const [offer] = offerDeflate(clientSettings);
    const theirs = wsAccept(offer!, options);
    assert.ok(theirs && checkDeflate(writeParameters(theirs), offer!).ok);
    const accepted = acceptDeflate([offer!], resolveDeflateOptions("server", options))!;
    new PerMessageDeflate({}).accept([wsForm(accepted.response)]);
  }
});
