// Two tabs of one browser: a duplicate is somebody else, and where it cannot know that, the newer one takes over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatPage, closeCodes } from "./chat-page.js";
import { eventually } from "./eventually.js";
import { Stage, skip } from "./stage.js";

const stage = new Stage();
const REPLACED = "This chat is open in another place under the same identity.";

/** As "Duplicate tab" does: a window that this page opens begins with a copy of its session storage. */
async function duplicate(chat: ChatPage): Promise<ChatPage> {
  const opened = chat.page.waitForEvent("popup");
  await chat.page.evaluate(() => void window.open("about:blank"));
  const copy = await ChatPage.watch(await opened);
  await copy.page.goto(chat.page.url());
  return copy;
}

const client = (chat: ChatPage): Promise<string> =>
  chat.page.evaluate(() => (JSON.parse(sessionStorage.getItem("tideway.outbox") ?? "{}") as { client: string }).client);

test("a duplicated tab becomes somebody else: it is asked for a name, and the first stays", { skip }, async (t) => {
  const [ada, bob] = await stage.people(t, stage.room(), "Ada", "Bob");
  assert.ok(ada && bob);
  const copy = await duplicate(ada);
  await eventually(async () => {
    assert.equal(
      await copy.get("name-error").textContent(),
      "Someone in this room already has this name. Please choose another.",
    );
  });
  assert.notEqual(await client(copy), await client(ada));
  assert.equal(ada.sockets, 1);
  assert.ok(await ada.banner.isHidden());
  await copy.enter("Ada Two");
  await ada.say("from the first");
  await copy.say("from the second");
  for (const chat of [ada, copy, bob]) await chat.shows(["from the first", "from the second"]);
  assert.deepEqual(
    [(await ada.log()).map(({ own }) => own), (await copy.log()).map(({ own }) => own)],
    [
      [true, false],
      [false, true],
    ],
  );
});

test("two holders of one secret: the older is told (4409), may take the place back, and nothing is said twice", {
  skip,
}, async (t) => {
  const room = stage.room();
  const first = await stage.visitor(t, `/r/${room}`);
  const context = first.page.context();
  const codes = await closeCodes(context);
  // A browser without a line between its tabs: the copy cannot know that it is one.
  await context.addInitScript(() => void Reflect.deleteProperty(globalThis, "BroadcastChannel"));
  await first.reload();
  await first.enter("Ada");
  const bob = await (await stage.visitor(t, `/r/${room}`)).enter("Bob");
  await first.say("one");
  await first.shows(["one"]);
  const second = await duplicate(first);
  await eventually(async () => assert.equal(await first.banner.getByRole("alert").textContent(), REPLACED));
  assert.deepEqual(codes, [4409]);
  assert.equal(await client(second), await client(first));
  await second.shows(["one"]);
  await second.say("two");
  await first.say("three, for later");
  await bob.shows(["one", "two"]);
  assert.deepEqual(await bob.people(), ["Bob", "Ada"]);
  assert.deepEqual(await bob.notices(), [], "for the others nobody came or went");
  await eventually(async () => assert.deepEqual(await first.queue(), ["three, for later"]));
  assert.equal(first.sockets, 1, "it does not fight for the place");

  await first.page.getByRole("button", { name: "Use here" }).click();
  await eventually(async () => assert.equal(await second.banner.getByRole("alert").textContent(), REPLACED));
  await Promise.all([first.shows(["one", "two", "three, for later"]), bob.shows(["one", "two", "three, for later"])]);

  await second.say("written in vain");
  await second.page.getByRole("button", { name: "Go on as someone else" }).click();
  await second.enter("Grace");
  await eventually(async () => {
    assert.match((await second.get("queue-item").textContent()) ?? "", /May have been sent from the other place/);
  });
  await second.page.getByRole("button", { name: "Retry" }).click();
  const all = ["one", "two", "three, for later", "written in vain"];
  for (const chat of [first, second, bob]) await chat.shows(all);
  assert.deepEqual(await bob.people(), ["Bob", "Ada", "Grace"]);
});
