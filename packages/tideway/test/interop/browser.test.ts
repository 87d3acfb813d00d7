import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { CASE_TIMEOUT } from "./matrix.js";
import { OurServer } from "./our-server.js";
import { binary, expected, text } from "./payload.js";
import { browserPage, chromiumClient, connectPage } from "./peer/chromium.js";

const options = { timeout: CASE_TIMEOUT };
const MI = 1024 * 1024;

describe("our server, what only a browser has", { skip: chromiumClient.skip }, () => {
  let server: OurServer;
  before(async () => {
    server = await OurServer.start({ protocols: ["v1.chat"] });
    await chromiumClient.start();
  });
  after(async () => {
    await chromiumClient.stop();
    await server.stop();
  });

  async function open(t: TestContext, connecting: Parameters<typeof connectPage>[1] = {}) {
    const theirs = await connectPage(`ws://127.0.0.1:${server.port}/`, connecting);
    t.after(() => theirs.drop());
    const ours = await server.accept();
    const ask = async (op: string, more: object = {}) => {
      const reply = await browserPage().remote.command({ op, conn: theirs.conn, ...more });
      return "value" in reply ? reply.value : undefined;
    };
    return { ours, theirs, ask };
  }

  for (const binaryType of ["blob", "arraybuffer"] as const) {
    test(`binaryType ${binaryType}`, options, async (t) => {
      const { ours, theirs, ask } = await open(t, { binaryType });
      assert.equal(await ask("look", { property: "binaryType" }), binaryType);
      for (const payload of [binary(0), binary(65_536), binary(MI)]) {
        await ours.send(payload);
        assert.deepEqual(await theirs.inbox.message(), expected(payload));
      }
      assert.deepEqual(await ask("received"), binaryType === "blob" ? ["Blob"] : ["ArrayBuffer"]);
    });
  }

  test("a Blob can be sent", options, async (t) => {
    const { ours, ask } = await open(t);
    await ask("sendBlob", { payload: binary(70_000) });
    assert.deepEqual(await ours.inbox.message(), expected(binary(70_000)));
  });

  test("bufferedAmount counts what is sent and returns to 0", options, async (t) => {
    const { ours, ask } = await open(t);
    assert.equal(await ask("drains", { payload: binary(8 * MI) }), 8 * MI);
    assert.equal(await ask("look", { property: "bufferedAmount" }), 0);
    assert.deepEqual(await ours.inbox.message(), expected(binary(8 * MI)));
  });

  test("the subprotocol, the extensions and the state are seen when it opens", options, async (t) => {
    const { ours, theirs, ask } = await open(t, { protocols: ["soap", "v1.chat"] });
    assert.equal(theirs.protocol, "v1.chat");
    assert.equal(ours.protocol, "v1.chat");
    assert.equal(await ask("look", { property: "extensions" }), "");
    assert.equal(await ask("look", { property: "readyState" }), 1);
  });

  test("close refuses what the standard refuses, and the connection lives on", options, async (t) => {
    const { ours, theirs, ask } = await open(t);
    assert.equal(await ask("refuses", { code: 1001, reason: "" }), "InvalidAccessError");
    assert.equal(await ask("refuses", { code: 3000, reason: "€".repeat(42) }), "SyntaxError");
    await theirs.send(text("still open"));
    assert.deepEqual(await ours.inbox.message(), expected(text("still open")));
  });

  test("the close event of a closing handshake is clean, of a lost connection not", options, async (t) => {
    const first = await open(t);
    first.ours.close(4321, "why");
    assert.deepEqual(await first.theirs.inbox.next("close"), { type: "close", code: 4321, reason: "why", clean: true });
    const second = await open(t);
    second.ours.drop();
    assert.deepEqual(await second.theirs.inbox.next("close"), { type: "close", code: 1006, reason: "", clean: false });
  });

  test("a page that is left says goodbye with 1001", options, async (t) => {
    const { ours } = await open(t);
    await browserPage().leave();
    assert.deepEqual(await ours.inbox.next("close"), { type: "close", code: 1001, reason: "" });
  });

  test("a message too large for us closes it with 1009, and the page is told", options, async (t) => {
    const { theirs } = await open(t);
    await theirs.send(binary(21 * MI));
    const close = await theirs.inbox.next("close");
    assert.equal(close.code, 1009);
  });
});
