// Names that are refused, messages that are too long, and too many of them: the page says it kindly, the server for certain.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatPage } from "./chat-page.js";
import { eventually } from "./eventually.js";
import { Stage, skip } from "./stage.js";
import { secret, VisitorClient } from "./visitor-client.js";

const stage = new Stage();

/** The visitor still has to choose, and the field says why. */
async function refused(chat: ChatPage, why: string): Promise<void> {
  await eventually(async () => assert.equal(await chat.get("name-error").textContent(), why));
  assert.equal(await chat.nameField.getAttribute("aria-invalid"), "true");
  assert.ok(await chat.nameField.evaluate((field) => field === document.activeElement), "the field has the cursor");
  const described = (await chat.nameField.getAttribute("aria-describedby")) ?? "";
  assert.ok(described.split(" ").includes((await chat.get("name-error").getAttribute("id")) ?? "?"));
  assert.ok(await chat.box.isHidden());
}

test("a name is held by one: also in another case, in other letters that look the same, and wide", {
  skip,
}, async (t) => {
  const room = stage.room();
  const [ada] = await stage.people(t, room, "Ada");
  assert.ok(ada);
  const other = await stage.visitor(t, `/r/${room}`);
  // The second: Cyrillic А. The fourth: full width. The last: Greek Α and Cyrillic а.
  for (const name of ["Ada", "Аda", "aDA", "Ａｄａ", "  Ada ", "Αdа"]) {
    await other.tryName(name);
    await refused(other, "Someone in this room already has this name. Please choose another.");
    await other.nameField.fill("");
  }
  assert.deepEqual(await ada.people(), ["Ada"]);
  await other.enter("Adam");
  await eventually(async () => assert.deepEqual(await ada.people(), ["Ada", "Adam"]));
  const elsewhere = await (await stage.visitor(t, `/r/${room}-b`)).enter("Ada");
  assert.deepEqual(await elsewhere.people(), ["Ada"], "names are unique in a room, not in the world");
});

test("a name has at most 32 characters and none that are not seen", { skip }, async (t) => {
  const room = stage.room();
  const ada = await stage.visitor(t, `/r/${room}`);
  await ada.tryName("");
  await refused(ada, "Please enter a name.");
  for (const name of ["x".repeat(33), "😀".repeat(33)]) {
    await ada.tryName(name);
    await refused(ada, "At most 32 characters, please.");
  }
  // A bidi override, a zero width space, and a tower of combining marks.
  for (const name of ["Ada\u202enimda", "A\u200bda", `A${"\u0301\u0302\u0303\u0304".repeat(6)}`]) {
    await ada.tryName(name);
    await refused(ada, "This name cannot be used. Please choose another.");
  }
  const longest = "😀".repeat(32);
  await ada.enter(longest);

  const raw = await VisitorClient.open(stage.server.port);
  raw.tell({ t: "join", room, name: "x".repeat(33), client: secret() });
  const { code, message } = await raw.next("refused");
  assert.deepEqual([code, message], ["name-invalid", "A name has 1 to 32 visible characters."]);
  raw.socket.terminate();
});

test("a name can be changed, and everybody sees it", { skip }, async (t) => {
  const room = stage.room();
  const [ada, bob] = await stage.people(t, room, "Ada", "Bob");
  assert.ok(ada && bob);
  await ada.say("before");
  await ada.get("me").click();
  await ada.tryName("Bob");
  await refused(ada, "Someone in this room already has this name. Please choose another.");
  await ada.enter("Grace");
  await ada.say("after");
  await bob.shows(["before", "after"]);
  await eventually(async () => assert.deepEqual(await bob.people(), ["Bob", "Grace"]));
  assert.deepEqual(await bob.get("message").locator(".name").allTextContents(), ["Ada", "Grace"]);
  assert.deepEqual(
    (await ada.log()).map(({ own }) => own),
    [true, true],
  );
});

test("4096 bytes are a message, 4097 are not: the page keeps them in the box, the server says no", {
  skip,
}, async (t) => {
  const room = stage.room();
  const [ada, bob] = await stage.people(t, room, "Ada", "Bob");
  assert.ok(ada && bob);
  const most = `${"你".repeat(1365)}x`;
  assert.equal(Buffer.byteLength(most), 4096);
  await ada.say(`${most}y`);
  assert.equal(await ada.get("composer-note").textContent(), "This message is too long.");
  assert.ok(await ada.get("send").isDisabled());
  assert.equal(await ada.box.inputValue(), `${most}y`);
  await ada.box.press("Backspace");
  assert.equal(await ada.get("composer-note").textContent(), "4,096 of 4,096 bytes");
  await ada.box.press("Enter");
  await bob.shows([most]);

  const raw = await VisitorClient.join(stage.server.port, room, "Raw");
  raw.tell({ t: "say", id: 1, text: `${most}y` });
  const nak = await raw.next("nak");
  assert.deepEqual([nak.id, nak.code], [1, "too-long"]);
  assert.match(nak.message, /4097 bytes; 4096 are allowed/);
  raw.tell({ t: "say", id: 2, text: " \n\t " });
  assert.equal((await raw.next("nak", 2)).code, "empty");
  raw.tell({ t: "say", id: 3, text: "fine" });
  await bob.shows([most, "fine"]);
  raw.raw(JSON.stringify({ t: "say", id: 4, text: "x".repeat(1024 * 1024) }));
  assert.equal((await raw.end()).code, 1009, "a megabyte is not even read");
  assert.deepEqual(await bob.texts(), [most, "fine"]);
});

test("who writes faster than the limit is slowed down and loses nothing; who goes on flooding is put out", {
  skip,
}, async (t) => {
  const room = stage.room();
  const [ada, bob] = await stage.people(t, room, "Ada", "Bob");
  assert.ok(ada && bob);
  const texts = Array.from({ length: 15 }, (_, i) => `fast ${i + 1}`);
  const naks: string[] = [];
  ada.page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).includes('"rate"')) naks.push(String(payload));
    }),
  );
  await ada.page.addInitScript(() => {
    globalThis.WebSocket = class extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        Reflect.set(globalThis, "lastSocket", this);
      }
    };
  });
  await ada.reload();
  await eventually(async () => assert.equal((await ada.people()).length, 2));
  // All in one turn of the page: no finger is so fast. What comes first uses up what may be said at once.
  await ada.box.evaluate((box, lines) => {
    const socket = Reflect.get(globalThis, "lastSocket") as WebSocket;
    for (let i = 0; i < 60; i++) socket.send(JSON.stringify({ t: "say", id: 1_000_000 + i, text: " " }));
    for (const line of lines) {
      (box as HTMLTextAreaElement).value = line;
      box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    }
  }, texts);
  await Promise.all([ada.shows(texts, 30_000), bob.shows(texts, 30_000)]);
  assert.ok(naks.length > 30, `the limit was met ${naks.length} times`);

  const raw = await VisitorClient.join(stage.server.port, room, "Raw");
  for (let id = 1; id <= 400; id++) raw.tell({ t: "say", id, text: `flood ${id}` });
  assert.equal((await raw.end()).code, 4429);
  const told = raw.of("nak").filter(({ code, retryAfterMs }) => code === "rate" && (retryAfterMs ?? 0) > 0);
  assert.ok(told.length >= 100, "it was told to slow down before");
  const flood = (await bob.texts()).filter((text) => text.startsWith("flood"));
  assert.ok(flood.length <= 60, `${flood.length} went through`);
  await ada.say("still here");
  await eventually(async () => assert.equal((await bob.texts()).at(-1), "still here"));
});
