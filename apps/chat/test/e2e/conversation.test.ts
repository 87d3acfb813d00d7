// Several people in one room, each in a page of their own: what each of them sees of the others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./eventually.js";
import { Stage, skip } from "./stage.js";

const stage = new Stage();

test("what is said reaches everyone in order, once, and own messages are told apart", { skip }, async (t) => {
  const room = stage.room();
  const [ada, bob] = await stage.people(t, room, "Ada", "Bob");
  assert.ok(ada && bob);
  const said: string[] = [];
  for (let i = 1; i <= 6; i++) {
    await (i % 2 === 1 ? ada : bob).say(`message ${i}`);
    said.push(`message ${i}`);
    await Promise.all([ada.shows(said), bob.shows(said)]);
  }
  assert.deepEqual(
    (await ada.log()).map(({ own }) => own),
    [true, false, true, false, true, false],
  );
  assert.deepEqual(
    (await bob.log()).map(({ own }) => own),
    [false, true, false, true, false, true],
  );
  assert.deepEqual(await bob.get("message").nth(0).locator(".name").textContent(), "Ada");
  assert.equal(await bob.get("message").nth(1).locator(".name").count(), 0, "one's own name is not repeated");
  await eventually(async () => assert.deepEqual([await ada.queue(), await bob.queue()], [[], []]));

  await ada.say("two\nlines, then 你好 👩\u200d👩\u200d👧 \u202eabc");
  await eventually(async () =>
    assert.equal((await bob.texts()).at(-1), "two\nlines, then 你好 👩\u200d👩\u200d👧 \u202eabc"),
  );
});

test("after a reload the history is there, and so is the name", { skip }, async (t) => {
  const room = stage.room();
  const [ada, bob] = await stage.people(t, room, "Ada", "Bob");
  assert.ok(ada && bob);
  await ada.say("one");
  await bob.say("two");
  await ada.shows(["one", "two"]);
  await ada.reload();
  await ada.shows(["one", "two"]);
  assert.deepEqual(
    (await ada.log()).map(({ own }) => own),
    [true, false],
    "a reload does not make one a stranger to one's own messages",
  );
  await ada.say("three");
  await Promise.all([ada.shows(["one", "two", "three"]), bob.shows(["one", "two", "three"])]);
  assert.deepEqual(await bob.people(), ["Bob", "Ada"]);
  assert.deepEqual(await bob.notices(), [], "a reload is not a departure");

  const cid = await (await stage.visitor(t, `/r/${room}`)).enter("Cid");
  await cid.shows(["one", "two", "three"]);
  assert.ok((await cid.log()).every(({ own }) => !own));
});

test("who is here: coming and going is seen by the others, and told in the log", { skip }, async (t) => {
  const room = stage.room();
  const [ada] = await stage.people(t, room, "Ada");
  assert.ok(ada);
  assert.deepEqual(await ada.people(), ["Ada"]);
  const bob = await (await stage.visitor(t, `/r/${room}`)).enter("Bob");
  await eventually(async () => assert.deepEqual(await ada.people(), ["Ada", "Bob"]));
  assert.deepEqual(await bob.people(), ["Bob", "Ada"]);
  await eventually(async () => assert.deepEqual(await ada.notices(), ["Bob joined"]));
  await bob.page.context().close();
  await eventually(async () => assert.deepEqual(await ada.people(), ["Ada"]));
  await eventually(async () => assert.deepEqual(await ada.notices(), ["Bob left"]));
});

test("a private message is seen by two and by no third, live and in the history", { skip }, async (t) => {
  const room = stage.room();
  const [ada, bob, cid] = await stage.people(t, room, "Ada", "Bob Two Words", "Cid");
  assert.ok(ada && bob && cid);
  const overheard: string[] = [];
  cid.page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => void overheard.push(String(payload))),
  );
  await cid.reload();
  await eventually(async () => assert.equal((await cid.people()).length, 3));

  await ada.say("/w Bob Two Words for your eyes");
  await bob.get("presence-item").getByRole("button", { name: "Write to Ada privately" }).click();
  await bob.say("and for yours");
  await bob.page.getByRole("button", { name: "Back to everyone" }).click();
  await eventually(async () => assert.equal((await ada.log()).length, 2));
  await bob.say("for all");

  const all = ["for your eyes", "and for yours", "for all"];
  await Promise.all([ada.shows(all), bob.shows(all), cid.shows(["for all"])]);
  assert.deepEqual(
    (await bob.log()).map((row) => row.private),
    [true, true, false],
  );
  assert.equal(await ada.get("message").nth(0).locator(".private-label").textContent(), "Private to Bob Two Words");
  assert.equal(await bob.get("message").nth(0).locator(".private-label").textContent(), "Private, only for you");

  await Promise.all([ada.reload(), bob.reload(), cid.reload()]);
  await Promise.all([ada.shows(all), bob.shows(all), cid.shows(["for all"])]);
  const late = await (await stage.visitor(t, `/r/${room}`)).enter("Dan");
  await late.shows(["for all"]);
  assert.ok(overheard.some((frame) => frame.includes("for all")));
  assert.ok(!overheard.some((frame) => /your eyes|for yours/.test(frame)), "it must not even reach the third browser");

  await ada.say("/w Nobody hello?");
  await eventually(async () => {
    assert.match((await ada.get("queue-item").textContent()) ?? "", /hello\?.*This person is not in the room/);
  });
  await ada.page.getByRole("button", { name: "Discard" }).click();
  assert.equal(await ada.box.inputValue(), "hello?", "what could not be sent is given back");
});

test("typing shows, and is gone when the message comes, when the box is emptied, and when the typist rests", {
  skip,
}, async (t) => {
  const room = stage.room();
  const [ada, bob] = await stage.people(t, room, "Ada", "Bob");
  assert.ok(ada && bob);
  const line = bob.get("typing");
  // An "is typing" that nobody ends runs out after 4 s: an end that is told comes sooner.
  const typing = (text: string, within = 3000): Promise<void> =>
    eventually(async () => assert.equal(await line.textContent(), text), within);
  await ada.box.pressSequentially("hel");
  await typing("Ada is typing…");
  await ada.box.press("Enter");
  await bob.shows(["hel"]);
  await typing("");
  await ada.box.pressSequentially("x");
  await typing("Ada is typing…");
  await ada.box.press("Backspace");
  await typing("");
  await ada.box.pressSequentially("and now I think");
  await typing("Ada is typing…");
  await typing("", 10_000);
  await ada.box.fill("");
  await ada.box.pressSequentially("/w Bob psst");
  await ada.box.press("Enter");
  await bob.shows(["hel", "psst"]);
  assert.equal(await line.textContent(), "", "writing privately is nobody else's business");
  assert.equal(await ada.get("typing").textContent(), "", "one's own typing is not told to oneself");
});

test("a room is an address: what is said in one is not heard in the other", { skip }, async (t) => {
  const [ada, bob] = await stage.people(t, "tea", "Ada", "Bob");
  assert.ok(ada && bob);
  await ada.say("in tea");
  await bob.shows(["in tea"]);
  await ada.get("room-button").click();
  await ada.page.getByLabel("Room name").fill("#Coffee");
  await ada.page.getByRole("button", { name: "Go", exact: true }).click();
  await ada.page.waitForURL("**/r/coffee");
  await eventually(async () => assert.deepEqual(await ada.people(), ["Ada"]));
  await ada.say("in coffee");
  await ada.shows(["in coffee"]);
  await eventually(async () => assert.deepEqual(await bob.people(), ["Bob"]));
  assert.deepEqual(await bob.texts(), ["in tea"]);
  assert.match(await ada.title, /^#coffee – /);

  await ada.page.goBack();
  await ada.shows(["in tea"]);
  await eventually(async () => assert.deepEqual(await bob.people(), ["Bob", "Ada"]));
  const lobby = await (await stage.visitor(t, "/")).enter("Ada");
  assert.match(await lobby.title, /^#lobby – /);
  const odd = await (await stage.visitor(t, `/r/${encodeURIComponent("会议")}`)).enter("Ada");
  assert.match(await odd.title, /^#会议 – /);
});

test("the title counts what came while the page was hidden", { skip }, async (t) => {
  const room = stage.room();
  const [ada, bob] = await stage.people(t, room, "Ada", "Bob");
  assert.ok(ada && bob);
  await bob.hide(true);
  for (const text of ["one", "two", "three"]) await ada.say(text);
  await eventually(async () => assert.equal(await bob.title, `(3) #${room} – Tideway chat`));
  await bob.hide(false);
  await eventually(async () => assert.equal(await bob.title, `#${room} – Tideway chat`));
  await bob.shows(["one", "two", "three"]);
  assert.match((await bob.get("log").textContent()) ?? "", /New since you looked away.*one/s);
  assert.equal(await ada.title, `#${room} – Tideway chat`);
});

test("a whole conversation without a mouse", { skip }, async (t) => {
  const room = stage.room();
  const [bob] = await stage.people(t, room, "Bob");
  assert.ok(bob);
  const ada = await stage.visitor(t, `/r/${room}`);
  const { keyboard } = ada.page;
  const focused = (): Promise<string> =>
    ada.page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.id ?? "");
  const tabTo = async (wanted: string, key = "Tab"): Promise<void> => {
    for (let i = 0; i < 20 && (await focused()) !== wanted; i++) await keyboard.press(key);
    assert.equal(await focused(), wanted);
  };
  await eventually(async () => assert.equal(await focused(), "name-field"));
  await keyboard.type("Ada");
  await keyboard.press("Enter");
  await eventually(async () => assert.equal(await focused(), "Message"));
  await keyboard.type("first line");
  await keyboard.press("Shift+Enter");
  await keyboard.type("second line");
  await keyboard.press("Enter");
  await bob.shows(["first line\nsecond line"]);
  await tabTo("Write to Bob privately");
  await keyboard.press("Enter");
  await eventually(async () => assert.equal(await focused(), "Message"));
  await keyboard.type("just you");
  await keyboard.press("Enter");
  await keyboard.press("Escape");
  await keyboard.type("everyone");
  await keyboard.press("Enter");
  await eventually(async () => {
    assert.deepEqual(
      (await bob.log()).map((row) => [row.text, row.private]),
      [
        ["first line\nsecond line", false],
        ["just you", true],
        ["everyone", false],
      ],
    );
  });
  await tabTo("room-button", "Shift+Tab");
  await keyboard.press("Enter");
  await eventually(async () => assert.equal(await focused(), "room-field"));
  await keyboard.type(`${room}-next`);
  await keyboard.press("Enter");
  await ada.page.waitForURL(`**/r/${room}-next`);
  await eventually(async () => assert.equal(await focused(), "Message"));
});
