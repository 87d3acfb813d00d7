import assert from "node:assert/strict";
import { test } from "node:test";
import { nameKeys, personName, roomName } from "../../dist/server/hub/name.js";

const same = (a: string, b: string): boolean => nameKeys(a).some((key) => nameKeys(b).includes(key));

test("a name is shown in NFC, trimmed, with single spaces", () => {
  const cases: [string, string][] = [
    ["Ann", "Ann"],
    ["  Ann   B ", "Ann B"],
    ["Jose\u0301", "José"],
    ["小明", "小明"],
    ["محمد", "محمد"],
    ["❤\ufe0f", "❤\ufe0f"],
    ["😀".repeat(32), "😀".repeat(32)],
    ["__proto__", "__proto__"],
    ["<img src=x onerror=1>", "<img src=x onerror=1>"],
  ];
  for (const [text, name] of cases) assert.equal(personName(text), name, text);
});

test("what is no name", () => {
  const cases: [string, string][] = [
    ["empty", ""],
    ["blank", " \u00a0\u3000 "],
    ["tab", "a\tb"],
    ["33 code points", "x".repeat(33)],
    ["33 emoji", "😀".repeat(33)],
    ["a megabyte", "x".repeat(1_000_000)],
    ["NUL", "a\u0000b"],
    ["newline", "a\u0085b"],
    ["bidi override", "nn\u202eA"],
    ["bidi isolate", "a\u2066b"],
    ["right-to-left mark", "a\u200f"],
    ["zero width space", "ad\u200bmin"],
    ["zero width joiner", "ad\u200dmin"],
    ["byte order mark", "a\ufeffb"],
    ["soft hyphen", "ad\u00admin"],
    ["word joiner", "ad\u2060min"],
    ["Hangul filler", "\u3164"],
    ["half width Hangul filler", "a\uffa0"],
    ["braille blank", "\u2800"],
    ["grapheme joiner", "a\u034fb"],
    ["line separator", "a\u2028b"],
    ["lone surrogate", "a\ud800"],
    ["private use", "\ue000"],
    ["tag characters", "a\u{e0041}"],
    ["mark without a letter", "\u0301a"],
    ["zalgo", `a${"\u0321".repeat(9)}`],
  ];
  for (const [what, text] of cases) assert.equal(personName(text), undefined, what);
});

test("names that look the same are the same", () => {
  const cases: [string, string][] = [
    ["admin", "Admin"],
    ["admin", "\u0430dmin"],
    ["admin", "ａｄｍｉｎ"],
    ["admin", "adm\u0131n"],
    ["ADMIN", "\u0410DMIN"],
    ["paypal", "р\u0430ур\u0430l"],
    ["BOB", "ВОВ"],
    ["Nik", "\u039dik"],
    ["ΝΙΚΟΣ", "νικος"],
    ["Straße", "STRASSE"],
    ["José", "Jose\u0301"],
    ["Ⅷ", "VIII"],
    ["❤", "❤\ufe0f"],
    ["Éва", "éвA"],
  ];
  for (const [a, b] of cases) assert.ok(same(a, b), `${a} = ${b}`);
});

test("names that do not look the same are not", () => {
  const cases: [string, string][] = [
    ["Ann", "Anna"],
    ["José", "Jose"],
    ["Рома", "Roma"],
    ["Вера", "Dera"],
    ["小明", "小朋"],
    ["Ян", "R"],
    ["constructor", "__proto__"],
  ];
  for (const [a, b] of cases) assert.ok(!same(a, b), `${a} ≠ ${b}`);
});

test("a room has one spelling", () => {
  const cases: [string, string | undefined][] = [
    ["lobby", "lobby"],
    ["Lobby", "lobby"],
    ["v1.2_beta-3", "v1.2_beta-3"],
    ["комната", "комната"],
    ["会议室", "会议室"],
    ["हिन्दी", "हिन्दी"],
    ["cafe\u0301", "café"],
    ["x".repeat(64), "x".repeat(64)],
    ["x".repeat(65), undefined],
    ["", undefined],
    [".", undefined],
    ["..", undefined],
    ["a b", undefined],
    ["a/b", undefined],
    ["a%2fb", undefined],
    ["<script>", undefined],
    ["a\u200bb", undefined],
    ["\u0301a", undefined],
    ["😀", undefined],
  ];
  for (const [text, name] of cases) assert.equal(roomName(text), name, text);
});
