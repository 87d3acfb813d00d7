import assert from "node:assert/strict";
import { test } from "node:test";
import { plainAddress, TrustedProxies } from "../../dist/node/trusted-proxy.js";
import { HeaderList } from "../../dist/protocol/handshake/header-list.js";

const nobody: readonly string[] = [];
const one = ["10.0.0.1"];
const net = ["10.0.0.0/8", "fd00::/8", "::1"];

/** O-14: who is trusted, who connects, X-Forwarded-For lines, and who it was. */
const chains: readonly (readonly [
  name: string,
  trusted: readonly string[],
  peer: string,
  forwarded: readonly string[],
  address: string,
])[] = [
  ["nobody is trusted by default", nobody, "127.0.0.1", ["203.0.113.9"], "127.0.0.1"],
  ["a stranger is not believed", one, "198.51.100.7", ["203.0.113.9"], "198.51.100.7"],
  ["the proxy is", one, "10.0.0.1", ["203.0.113.9"], "203.0.113.9"],
  ["a proxy that says nothing is the source", one, "10.0.0.1", [], "10.0.0.1"],
  [
    "the right-most counts: what stands before it is the client's own text",
    one,
    "10.0.0.1",
    ["1.1.1.1, 203.0.113.9"],
    "203.0.113.9",
  ],
  ["of several lines the last", one, "10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"],
  ["through two trusted proxies", net, "10.0.0.1", ["203.0.113.9, 10.9.9.9"], "203.0.113.9"],
  [
    "the right-most that is not trusted ends the walk",
    net,
    "10.0.0.1",
    ["9.9.9.9, 203.0.113.9, 10.9.9.9"],
    "203.0.113.9",
  ],
  ["trusted all the way: the left-most", net, "10.0.0.1", ["10.2.2.2, 10.3.3.3"], "10.2.2.2"],
  ["what is no address ends the walk", net, "10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"],
  ["an empty element ends the walk", net, "10.0.0.1", ["203.0.113.9,"], "10.0.0.1"],
  ["an address with a port", one, "10.0.0.1", ["203.0.113.9:1234"], "203.0.113.9"],
  ["the address of a proxy with a port", net, "10.0.0.1", ["203.0.113.9, 10.9.9.9:80"], "203.0.113.9"],
  ["IPv6 with a port", one, "10.0.0.1", ["[2001:db8::5]:1234"], "2001:db8::5"],
  ["IPv6 in brackets", one, "10.0.0.1", ["[2001:db8::5]"], "2001:db8::5"],
  ["a dual-stack address with a port is given plain", one, "10.0.0.1", ["[::ffff:203.0.113.9]:80"], "203.0.113.9"],
  ["IPv6 whose last group looks like a port", one, "10.0.0.1", ["2001:db8::5:1234"], "2001:db8::5:1234"],
  ["IPv4 in brackets is no address", one, "10.0.0.1", ["[203.0.113.9]:80"], "10.0.0.1"],
  ["a port that is none ends the walk", one, "10.0.0.1", ["203.0.113.9:http"], "10.0.0.1"],
  ["a port without a number ends the walk", one, "10.0.0.1", ["203.0.113.9:"], "10.0.0.1"],
  ["a port of six digits ends the walk", one, "10.0.0.1", ["203.0.113.9:123456"], "10.0.0.1"],
  ["brackets that stay open end the walk", one, "10.0.0.1", ["[2001:db8::5"], "10.0.0.1"],
  ["text behind the brackets ends the walk", one, "10.0.0.1", ["[2001:db8::5]x"], "10.0.0.1"],
  ["a host name with a port ends the walk", one, "10.0.0.1", ["client.example:80"], "10.0.0.1"],
  ["over a dual-stack socket", one, "::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"],
  ["a forwarded dual-stack address is given plain", one, "10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"],
  ["IPv6", net, "fd12::1", ["2001:db8::5"], "2001:db8::5"],
  ["an IPv6 stranger", net, "2001:db8::1", ["203.0.113.9"], "2001:db8::1"],
  ["spaces and tabs", one, "10.0.0.1", ["1.1.1.1 ,\t203.0.113.9 "], "203.0.113.9"],
  ["no peer address at all", net, "", ["203.0.113.9"], ""],
];

for (const [name, trusted, peer, forwarded, address] of chains) {
  test(`O-14 ${name}`, () => {
    const headers = HeaderList.fromRaw(forwarded.flatMap((line) => ["X-Forwarded-For", line]));
    assert.equal(new TrustedProxies(trusted).resolve(peer, false, headers).address, address);
  });
}

const schemes: readonly (readonly [peer: string, own: boolean, lines: readonly string[], secure: boolean])[] = [
  ["198.51.100.7", false, ["https"], false],
  ["198.51.100.7", true, ["http"], true],
  ["10.0.0.1", false, ["https"], true],
  ["10.0.0.1", false, ["HTTPS"], true],
  ["10.0.0.1", false, ["wss"], true],
  ["10.0.0.1", true, ["http"], false],
  ["10.0.0.1", true, [], true],
  ["10.0.0.1", false, [], false],
  ["10.0.0.1", false, ["https, http"], false],
  ["10.0.0.1", false, ["http", "https"], true],
  ["10.0.0.1", false, ["httpsx"], false],
];

for (const [peer, own, lines, secure] of schemes) {
  test(`X-Forwarded-Proto: ${lines.join(" | ") || "none"} from ${peer} ${own ? "over TLS" : "in the clear"}`, () => {
    const headers = HeaderList.fromRaw(lines.flatMap((line) => ["x-forwarded-proto", line]));
    assert.equal(new TrustedProxies(one).resolve(peer, own, headers).secure, secure);
  });
}

test("entries that are no address and no network", () => {
  const bad = [
    "",
    "proxy",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/",
    "10.0.0.0/x",
    "10.0.0/8",
    "::/129",
    "::1/1.5",
    "10.0.0.1 ",
  ];
  for (const entry of bad) assert.throws(() => new TrustedProxies([entry]), TypeError, entry);
});

test("a network of everything", () => {
  const headers = HeaderList.fromRaw(["X-Forwarded-For", "203.0.113.9"]);
  assert.equal(new TrustedProxies(["0.0.0.0/0"]).resolve("8.8.8.8", false, headers).address, "203.0.113.9");
});

test("plainAddress", () => {
  assert.equal(plainAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(plainAddress("::FFFF:192.0.2.1"), "192.0.2.1");
  assert.equal(plainAddress("::ffff:c000:201"), "::ffff:c000:201");
  assert.equal(plainAddress("2001:db8::1"), "2001:db8::1");
});
