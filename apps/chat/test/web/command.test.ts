import assert from "node:assert/strict";
import { test } from "node:test";
import { byteLength, codePoints, parseCommand, pathOfRoom, roomOfPath } from "../../dist/web-js/chat/command.js";
import { NAME_COLORS, nameColor } from "../../dist/web-js/chat/name-color.js";
import { isHeldElsewhere, type TabChannel, type TabMessage } from "../../dist/web-js/chat/tab.js";
import { pickLanguage, pickLocale, splitTemplate, texts } from "../../dist/web-js/text.js";
import { FakeClock } from "./fake.js";

test("plain text is said to everyone, trimmed", () => {
  assert.deepEqual(parseCommand("  hello \n", []), { kind: "say", text: "hello" });
  assert.deepEqual(parseCommand("/whatever x", []), { kind: "say", text: "/whatever x" });
});

test("/w finds the longest name that is here, a quoted one, or the first word", () => {
  const members = ["Ada", "Ada Lovelace", "林 小雨"];
  assert.deepEqual(parseCommand("/w Ada hi", members), { kind: "say", text: "hi", to: "Ada" });
  assert.deepEqual(parseCommand("/w Ada Lovelace hi there", members), {
    kind: "say",
    text: "hi there",
    to: "Ada Lovelace",
  });
  assert.deepEqual(parseCommand("/w 林 小雨 早", members), { kind: "say", text: "早", to: "林 小雨" });
  assert.deepEqual(parseCommand('/W "Some One" hi', members), { kind: "say", text: "hi", to: "Some One" });
  assert.deepEqual(parseCommand("/w Bob hi\nagain", members), { kind: "say", text: "hi\nagain", to: "Bob" });
  for (const text of ["/w", "/w ", "/w Ada", "/w Ada Lovelace ", '/w "Some One"']) {
    assert.deepEqual(parseCommand(text, members), { kind: "incomplete" }, text);
  }
});

test("sizes as the server counts them", () => {
  assert.equal(byteLength("é林😀"), 2 + 3 + 4);
  assert.equal(codePoints("é林😀"), 3);
});

test("rooms and paths", () => {
  for (const room of ["lobby", "tea", "茶 room", "a/b", "50%", "__proto__", "?#&"])
    assert.equal(roomOfPath(pathOfRoom(room)), room);
  assert.equal(pathOfRoom("lobby"), "/");
  assert.equal(roomOfPath("/r/%E0%A4"), "%E0%A4");
  assert.equal(roomOfPath("/r/tea/"), "tea");
  assert.equal(roomOfPath("/r/T%C3%89A"), "téa");
});

test("name colours are stable and spread", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 800; i += 1) {
    const color = nameColor(`person ${i}`);
    assert.equal(color, nameColor(`person ${i}`));
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  assert.equal(counts.size, NAME_COLORS);
  for (const count of counts.values()) assert.ok(count > 60 && count < 140, [...counts].join(" "));
});

test("the language follows the visitor's list", () => {
  assert.equal(pickLanguage(["zh-TW", "en"]), "zh-CN");
  assert.equal(pickLanguage(["fr", "zh"]), "zh-CN");
  assert.equal(pickLanguage(["en-GB", "zh"]), "en");
  assert.equal(pickLanguage(["fr"]), "en");
  assert.equal(pickLanguage([]), "en");
  assert.equal(pickLocale(["fr", "en-GB"], "en"), "en-GB");
  assert.equal(texts["zh-CN"].lost, "无法连接到服务器,请检查网络");
  assert.equal(texts.en.lost, "Can't reach the server. Check your network.");
});

test("both languages have every word, with the same slots", () => {
  const slots = (template: string): string[] =>
    splitTemplate(template)
      .flatMap(({ slot }) => slot ?? [])
      .sort();
  const zh = new Map<string, unknown>(Object.entries(texts["zh-CN"]));
  for (const [key, value] of Object.entries(texts.en)) {
    const other = zh.get(key);
    assert.equal(typeof other, typeof value, key);
    if (typeof value === "string") assert.deepEqual(slots(other as string), slots(value), key);
    else if (typeof value === "object") assert.deepEqual(Object.keys(other as object), Object.keys(value), key);
  }
});

/** Tabs of one browser: what one posts, all others hear. */
function channels(count: number): TabChannel[] {
  const listeners: ((message: unknown) => void)[][] = Array.from({ length: count }, () => []);
  return listeners.map((own, i) => ({
    post: (message: TabMessage) => {
      for (const [j, others] of listeners.entries()) if (j !== i) for (const hear of others) hear(message);
    },
    listen: (receive) => void own.push(receive),
  }));
}

test("a copied tab notices that the original lives; a reload does not", async () => {
  const clock = new FakeClock();
  const [a, b] = channels(2);
  const original = isHeldElsewhere(() => "secret", a!, clock, 0.9);
  clock.pass(100);
  assert.equal(await original, false);
  const copy = isHeldElsewhere(() => "secret", b!, clock, 0.1);
  assert.equal(await copy, true);
});

test("of two copies that wake together exactly one keeps the place, and strangers do not matter", async () => {
  const clock = new FakeClock();
  const [a, b, c] = channels(3);
  const both = [
    isHeldElsewhere(() => "secret", a!, clock, 0.2),
    isHeldElsewhere(() => "secret", b!, clock, 0.7),
    isHeldElsewhere(() => "other", c!, clock, 0.1),
  ];
  clock.pass(100);
  assert.deepEqual(await Promise.all(both), [false, true, false]);
});
