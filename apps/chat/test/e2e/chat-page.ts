/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import assert from "node:assert/strict";
import type { BrowserContext, Locator, Page } from "playwright-core";
import type { ServerMessage } from "../../dist/shared/message.js";
import { eventually } from "./eventually.js";

/** One message as the log shows it. */
export interface Shown {
  readonly seq: number;
  readonly own: boolean;
  readonly text: string;
  readonly private: boolean;
}

/** A page of the chat and what a visitor does there. Remembers what went over its connections, and what the browser complained of. */
export class ChatPage {
  readonly page: Page;
  /** Messages that the server has acknowledged, by their `seq`. */
  readonly acknowledged = new Map<number, string>();
  /** Violations of the content security policy. */
  readonly violations: string[] = [];
  /** Errors in the console. */
  readonly errors: string[] = [];
  /** Exceptions that nobody caught. */
  readonly crashes: string[] = [];
  /** Connections opened so far. */
  sockets = 0;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Watches a fresh page. */
  static async watch(page: Page): Promise<ChatPage> {
    const chat = new ChatPage(page);
    page.on("console", (message) => {
      if (message.type() === "error") chat.errors.push(message.text());
    });
    page.on("pageerror", (error) => chat.crashes.push(String(error)));
    page.on("websocket", (socket) => {
      chat.sockets += 1;
      const said = new Map<number, string>();
      socket.on("framesent", ({ payload }) => {
        const message = parse(payload);
        if (message?.t === "say") said.set(message.id, message.text);
      });
      socket.on("framereceived", ({ payload }) => {
        const message = parse(payload);
        if (message?.t === "ack") chat.acknowledged.set(message.seq, said.get(message.id) ?? "?");
      });
    });
    await page.exposeFunction("reportViolation", (text: string) => chat.violations.push(text));
    await page.addInitScript(() => {
      const { reportViolation } = globalThis as unknown as { reportViolation: (text: string) => void };
      document.addEventListener("securitypolicyviolation", (event) => {
        reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    return chat;
  }

  get(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  get nameField(): Locator {
    return this.page.getByLabel(/^(Your name|你的名字)$/);
  }

  get box(): Locator {
    return this.page.getByRole("textbox", { name: /^(Message|消息)$/ });
  }

  get banner(): Locator {
    return this.get("banner");
  }

  get title(): Promise<string> {
    return this.page.title();
  }

  /** Gives a name and waits to be let in. */
  async enter(name: string): Promise<this> {
    await this.tryName(name);
    await eventually(async () => assert.deepEqual((await this.people()).slice(0, 1), [name]));
    return this;
  }

  /** Gives a name and does not wait. */
  async tryName(name: string): Promise<void> {
    await this.nameField.fill(name);
    await this.nameField.press("Enter");
  }

  /** Writes one message and presses Enter. */
  async say(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  /** The whole log, top to bottom. */
  async log(): Promise<Shown[]> {
    return await this.get("log").evaluate((log) =>
      [...log.querySelectorAll<HTMLElement>("[data-testid=message]")].map((row) => ({
        seq: Number(row.dataset["seq"]),
        own: row.dataset["own"] === "true",
        text: row.querySelector(".text")?.textContent ?? "",
        private: row.classList.contains("private"),
      })),
    );
  }

  async texts(): Promise<string[]> {
    return (await this.log()).map(({ text }) => text);
  }

  /** Names of those who are here, oneself first. */
  async people(): Promise<string[]> {
    return await this.get("presence").locator("bdi").allTextContents();
  }

  async notices(): Promise<string[]> {
    return await this.get("notice").allTextContents();
  }

  /** What waits to be sent. */
  async queue(): Promise<string[]> {
    return await this.get("queue-item").locator(".text").allTextContents();
  }

  /** Waits for exactly these texts in the log. */
  async shows(texts: readonly string[], within?: number): Promise<void> {
    await eventually(async () => assert.deepEqual(await this.texts(), texts), within);
  }

  /** What the page sees when its tab goes to the background; the driver itself keeps every tab in the foreground. */
  async hide(hidden: boolean): Promise<void> {
    await this.page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  /** Loads older pages until the log begins at the beginning. */
  async loadAll(): Promise<void> {
    await eventually(async () => {
      const older = this.get("load-older");
      if (await older.isVisible()) await older.click({ timeout: 1000 }).catch(() => undefined);
      assert.ok(await this.page.getByText(/^This is where #.* begins\.$/).isVisible());
    }, 30_000);
  }
}

/** The codes with which the connections of the context's pages end, in order; for pages that are loaded from now on. */
export async function closeCodes(context: BrowserContext): Promise<number[]> {
  const codes: number[] = [];
  await context.exposeFunction("reportClose", (code: number) => void codes.push(code));
  await context.addInitScript(() => {
    const { reportClose } = globalThis as unknown as { reportClose: (code: number) => void };
    globalThis.WebSocket = class extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        this.addEventListener("close", ({ code }) => reportClose(code));
      }
    };
  });
  return codes;
}

function parse(payload: string | Buffer): ServerMessage | { t: "say"; id: number; text: string } | undefined {
  try {
    return JSON.parse(String(payload)) as ServerMessage;
  } catch {
    return undefined;
  }
}
