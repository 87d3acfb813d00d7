import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenize } from "../../dist/web-js/chat/link.js";
import { seeded } from "./fake.js";

const links = (text: string): string[] =>
  tokenize(text).flatMap((token) => (token.kind === "link" ? [token.text] : []));

const cases: readonly (readonly [name: string, text: string, found: readonly string[]])[] = [
  ["plain", "hello", []],
  ["http", "see http://a.example/x now", ["http://a.example/x"]],
  ["https in capitals", "HTTPS://A.example", ["HTTPS://A.example"]],
  ["mailto", "mailto:ada@example.org, please", ["mailto:ada@example.org"]],
  ["mailto without an address", "mailto: me", []],
  [
    "sentence end",
    "Is it https://a.example/b?c=d. Or https://e.example!",
    ["https://a.example/b?c=d", "https://e.example"],
  ],
  ["in brackets", "(https://a.example/x)", ["https://a.example/x"]],
  ["brackets inside", "https://en.example/wiki/Tide_(sea), yes", ["https://en.example/wiki/Tide_(sea)"]],
  ["quotes", '"https://a.example"', ["https://a.example"]],
  ["angle brackets", "<https://a.example>", ["https://a.example"]],
  ["Chinese punctuation", "看 https://a.example/好。再见", ["https://a.example/好。再见"]],
  ["Chinese punctuation at the end", "看 https://a.example/好。", ["https://a.example/好"]],
  ["two in a row", "https://a.example https://b.example", ["https://a.example", "https://b.example"]],
  ["script scheme", "javascript:alert(1)", []],
  ["script scheme with a tab", "java\tscript:alert(1)", []],
  ["data", "data:text/html,<script>alert(1)</script>", []],
  ["vbscript, file, blob, ftp", "vbscript:x file:///etc/passwd blob:https://a ftp://a.example", ["https://a"]],
  ["inside a word", "xhttps://a.example", []],
  ["no host", "https:// and http://?x", []],
  ["user information", "https://bank.example@evil.example/", []],
  ["markup in the address", 'https://a.example/"onmouseover=alert(1)', ["https://a.example/"]],
  ["turned direction", "https://a.example/\u202egpj.exe", ["https://a.example/"]],
  ["zero width", "https://a.example\u200b.evil.example", ["https://a.example"]],
  ["backslash", "https://a.example\\@evil.example", ["https://a.example"]],
];

for (const [name, text, found] of cases) {
  test(`links: ${name}`, () => {
    assert.deepEqual(links(text), found);
    assert.equal(
      tokenize(text)
        .map((token) => token.text)
        .join(""),
      text,
    );
  });
}

test("whatever the text: the tokens joined are the text, and every href has one of three schemes", () => {
  const random = seeded(11);
  const pieces = [
    "http://",
    "https://",
    "mailto:",
    "javascript:",
    "a",
    ".",
    "@",
    "(",
    ")",
    " ",
    "\t",
    "\n",
    "\u202e",
    "é",
    "😀",
    "\ud800",
    "//",
    ":",
    "<",
    "%00",
    "[",
    "]",
  ];
  for (let round = 0; round < 5000; round += 1) {
    const text = Array.from({ length: 12 }, () => pieces[Math.floor(random() * pieces.length)]).join("");
    const tokens = tokenize(text);
    assert.equal(tokens.map((token) => token.text).join(""), text);
    for (const token of tokens) if (token.kind === "link") assert.match(token.href, /^(https?:\/\/[^/]|mailto:)/);
  }
});

test("long hostile texts take one pass", () => {
  for (const piece of ["http://", "h", "https://a.example/(", "mailto:a@", ")"]) {
    const text = piece.repeat(4096 / piece.length);
    assert.equal(
      tokenize(text)
        .map((token) => token.text)
        .join(""),
      text,
    );
  }
});
