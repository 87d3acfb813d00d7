import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { realPart } from "../../../../../scripts/real-part.mjs";
import { browserCloseRule, type End, type Facts } from "../end.js";
import type { ClientPeer, ConnectOptions } from "./peer.js";
import { type Line, Remote, type Reply } from "./remote.js";

const part = realPart("chromium");

/** What runs in the page; not compiled, so found from the package. */
const script = fileURLToPath(new URL("../../../test/interop/peer/page.js", import.meta.url));

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--ignore-certificate-errors",
];

const facts: Facts = {
  name: "Chromium",
  cannot: {
    ping: "the WHATWG API has no pings",
    "see pings": "the browser answers them itself",
    fragment: "the WHATWG API has no fragments",
    drop: "the WHATWG API has no way to",
  },
  cannotClose: browserCloseRule,
  answersReason: true,
};

/** A page in a headless Chromium. */
class BrowserPage {
  readonly remote: Remote;
  readonly #page: Page;
  readonly #browser: Browser;
  readonly #http: Server;

  private constructor(page: Page, browser: Browser, http: Server) {
    this.#page = page;
    this.#browser = browser;
    this.#http = http;
    this.remote = new Remote((command) => {
      page.evaluate(`peer.run(${JSON.stringify(command)})`).then(
        (reply) => this.remote.take(reply as Reply),
        (error: Error) => this.remote.fail(error),
      );
    });
  }

  static async open(): Promise<BrowserPage> {
    const http = createServer((request, response) => {
      const isScript = request.url === "/page.js";
      response.setHeader("Content-Type", isScript ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8");
      response.end(
        isScript ? readFileSync(script) : '<!doctype html><title>peer</title><script src="/page.js"></script>',
      );
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({ executablePath: part.path, args: ARGUMENTS });
    const page = await browser.newPage();
    const opened = new BrowserPage(page, browser, http);
    await page.exposeFunction("report", (lines: Exclude<Line, { accepted: number }>[]) => {
      for (const line of lines) opened.remote.take(line);
    });
    await page.goto(opened.origin);
    return opened;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Leaves the page, as a person does. */
  async leave(): Promise<void> {
    await this.#page.goto("about:blank");
    await this.#page.goto(this.origin);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }
}

let running: BrowserPage | undefined;

/** The page that `start` opened. */
export function browserPage(): BrowserPage {
  if (running === undefined) throw new Error("the browser is not running");
  return running;
}

/** Headless Chromium, driven by playwright. */
export const chromiumClient: ClientPeer = {
  facts,
  skip: part.skip,
  offersCompression: true,
  insistsOnProtocol: true,
  tellsStatus: false,
  lacks: { origin: "a browser says where the page comes from", identity: "certificates are chosen by a person" },
  async start() {
    running = await BrowserPage.open();
  },
  async stop() {
    await running?.close();
    running = undefined;
  },
  connect: (url: string, options: ConnectOptions = {}): Promise<End> => connectPage(url, options),
};

/** As `connect`, with what only a browser has. */
export async function connectPage(
  url: string,
  options: { readonly protocols?: readonly string[]; readonly binaryType?: "blob" | "arraybuffer" } = {},
): Promise<End & { readonly conn: number }> {
  const { remote } = browserPage();
  const { conn, protocol, extensions } = await remote.command({ op: "connect", url, ...options });
  return Object.assign(remote.end(facts, conn!, protocol, extensions), { conn: conn! });
}
