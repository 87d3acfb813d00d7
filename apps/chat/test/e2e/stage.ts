import assert from "node:assert/strict";
import { after, before, type TestContext } from "node:test";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { realPart } from "../../../../scripts/real-part.mjs";
import { ChatPage } from "./chat-page.js";
import { ChatProcess } from "./chat-process.js";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const part = realPart("chromium");

/** For `test(…, { skip }, …)`: false, or why there is no browser. */
export const skip: string | false = part.skip;

/** What a page is opened with. */
export interface PageOptions extends BrowserContextOptions {
  /** Errors that the test causes on purpose; others in the console fail the test. */
  readonly errors?: RegExp;
  /** Violations of the policy that the test causes on purpose. */
  readonly violations?: RegExp;
}

/** What the browser says when the server is away. */
export const AWAY: RegExp = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/;

/** One browser and one server for all tests of a file. */
export class Stage {
  #browser: Browser | undefined;
  #server: ChatProcess | undefined;
  #rooms = 0;

  constructor() {
    before(async () => {
      if (skip !== false) return;
      this.#browser = await chromium.launch({ executablePath: part.path, args: ARGUMENTS });
      this.#server = await ChatProcess.start();
    });
    after(async () => {
      await this.#browser?.close();
      await this.#server?.dispose();
    });
  }

  get browser(): Browser {
    assert.ok(this.#browser);
    return this.#browser;
  }

  get server(): ChatProcess {
    assert.ok(this.#server);
    return this.#server;
  }

  /** A room that no other test uses. */
  room(): string {
    this.#rooms += 1;
    return `room-${this.#rooms}`;
  }

  /** Another visitor: storage of their own. Gone after the test, which fails if the page broke or violated its policy. */
  async visitor(t: TestContext, path: string, options: PageOptions = {}, server = this.server): Promise<ChatPage> {
    const { errors, violations, ...rest } = options;
    const context = await this.browser.newContext({ baseURL: server.origin, ...rest });
    t.after(() => context.close());
    return await this.tab(t, context, path, { errors, violations });
  }

  /** One more tab of a visitor. */
  async tab(
    t: TestContext,
    context: BrowserContext,
    path: string,
    { errors, violations }: { readonly errors?: RegExp | undefined; readonly violations?: RegExp | undefined } = {},
  ): Promise<ChatPage> {
    const chat = await ChatPage.watch(await context.newPage());
    t.after(() => {
      assert.deepEqual(chat.crashes, [], "uncaught errors in the page");
      assert.deepEqual(unexpected(chat.violations, violations), [], "violations of the policy");
      assert.deepEqual(unexpected(chat.errors, errors), [], "errors in the console");
    });
    await chat.page.goto(path);
    return chat;
  }

  /** Visitors who are in the room already. */
  async people(t: TestContext, room: string, ...names: readonly string[]): Promise<ChatPage[]> {
    const pages: ChatPage[] = [];
    for (const name of names) pages.push(await (await this.visitor(t, `/r/${room}`)).enter(name));
    return pages;
  }
}

function unexpected(lines: readonly string[], expected: RegExp | undefined): string[] {
  return lines.filter((line) => !expected?.test(line));
}
