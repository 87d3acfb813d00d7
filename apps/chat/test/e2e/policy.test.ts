// What the page may do is bounded by its content security policy: the header is there, and it holds. Who may connect is bounded, too.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { ChatPage } from "./chat-page.js";
import { eventually } from "./eventually.js";
import { Stage, skip } from "./stage.js";

const stage = new Stage();
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

test("both pages in all are at most 60 KiB gzipped", () => {
  const folder = fileURLToPath(new URL("../../dist/web/", import.meta.url));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map(
    ({ parentPath, name }) => [name, gzipSync(readFileSync(join(parentPath, name))).length] as const,
  );
  assert.ok(sizes.some(([name]) => name === "index.html") && sizes.some(([name]) => name === "echo.html"));
  assert.ok(sizes.filter(([name]) => /\.(?:js|css)$/.test(name)).length >= 4, "scripts and styles are counted");
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  assert.ok(total <= 60 * 1024, `${total} bytes: ${JSON.stringify(sizes)}`);
});

test("the policy is sent with both pages, and whatever is not allowed is stopped by the browser", {
  skip,
}, async (t) => {
  for (const path of ["/", "/r/tea", "/echo", "/healthz", "/nothing"]) {
    const { headers } = await fetch(`${stage.server.origin}${path}`);
    assert.equal(headers.get("content-security-policy"), POLICY, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
  }
  const expected = {
    innerHTML: "TypeError",
    insertAdjacentHTML: "TypeError",
    "document.write": "TypeError",
    "script.src": "TypeError",
    "script.text": "TypeError",
    eval: "EvalError",
    Function: "EvalError",
    "inline script": "done",
    "inline handler": "TypeError",
    "inline style": "done",
    ran: "nothing",
    outline: false,
  };
  for (const path of ["/r/policy", "/echo"]) {
    const chat = await stage.visitor(t, path, { errors: /./, violations: /./ });
    assert.deepEqual(await attack(chat), expected);
    assert.deepEqual(await directives(chat), ["require-trusted-types-for", "style-src-elem"]);
    // The second line of defence: with a policy that calls everything trusted, nothing runs either.
    chat.violations.length = 0;
    await chat.page.reload();
    await chat.page.evaluate(() => {
      const trust = (text: string): string => text;
      const { trustedTypes } = globalThis as unknown as {
        trustedTypes: { createPolicy(name: string, rules: object): void };
      };
      trustedTypes.createPolicy("default", { createHTML: trust, createScript: trust, createScriptURL: trust });
    });
    assert.deepEqual(await attack(chat), {
      ...expected,
      innerHTML: "done",
      insertAdjacentHTML: "done",
      "document.write": "done",
      "script.src": "done",
      "script.text": "done",
      "inline handler": "done",
    });
    const found = await directives(chat);
    for (const one of ["script-src", "script-src-attr", "script-src-elem", "style-src-elem"])
      assert.ok(found.includes(one), `${found}`);
  }
});

async function directives(chat: ChatPage): Promise<string[]> {
  return await eventually(() => {
    const found = [...new Set(chat.violations.map((line) => line.split(" ")[0] ?? ""))].sort();
    assert.ok(found.includes("style-src-elem"), `${found}`);
    return found;
  });
}

/** Tries to bring a script into the page in every way there is; tells what each attempt threw, and whether any ran. */
async function attack(chat: ChatPage): Promise<Record<string, string | boolean>> {
  return await chat.page.evaluate(
    () =>
      new Promise<Record<string, string | boolean>>((resolve) => {
        const result: Record<string, string | boolean> = {};
        const attempt = (name: string, act: () => unknown): void => {
          try {
            act();
            result[name] = "done";
          } catch (error) {
            result[name] = error instanceof Error ? error.name : String(error);
          }
        };
        const run = (): void => {
          const box = document.createElement("div");
          document.body.append(box);
          attempt("innerHTML", () => {
            box.innerHTML = "<img src=x onerror='globalThis.ran=1'>";
          });
          attempt("insertAdjacentHTML", () =>
            box.insertAdjacentHTML("beforeend", "<b onclick='globalThis.ran=1'>x</b>"),
          );
          attempt("script.src", () => {
            const script = document.createElement("script");
            script.src = "data:text/javascript,globalThis.ran=1";
            document.body.append(script);
          });
          attempt("script.text", () => {
            const script = document.createElement("script");
            script.text = "globalThis.ran=1";
            document.body.append(script);
          });
          attempt("eval", () =>
            Reflect.apply(Reflect.get(globalThis, ["ev", "al"].join("")), undefined, ["globalThis.ran=1"]),
          );
          attempt("Function", () => new Function("globalThis.ran=1")());
          // Not stopped when it is put together but when it is to run.
          const script = document.createElement("script");
          script.append("globalThis.ran=1");
          attempt("inline script", () => document.body.append(script));
          attempt("inline handler", () => {
            box.setAttribute("onclick", "globalThis.ran=1");
            box.click();
          });
          attempt("inline style", () => {
            const style = document.createElement("style");
            style.append("body { outline: 3px solid rgb(1, 2, 3) }");
            document.head.append(style);
          });
          result["outline"] = getComputedStyle(document.body).outlineColor === "rgb(1, 2, 3)";
          // Last, and after the violations were told: it begins a new document, and ends every listener of this one.
          setTimeout(() => {
            attempt("document.write", () => document.write("<script>globalThis.ran=1</script>"));
            setTimeout(() => {
              result["ran"] = "ran" in globalThis ? "something" : "nothing";
              resolve(result);
            }, 100);
          }, 200);
        };
        // In a task of its own: what a debugger evaluates directly is exempt from the policy.
        setTimeout(run);
      }),
  );
}

test("nothing is fetched from, sent to or framed by another site", { skip }, async (t) => {
  const other = await otherSite(t, (response) =>
    response.end(`<!doctype html><iframe src="${stage.server.origin}/"></iframe>`),
  );
  const chat = await stage.visitor(t, "/r/policy", { errors: /./, violations: /./ });
  const reached = await chat.page.evaluate(async (origin) => {
    const image = new Image();
    const drawn = new Promise<string>((resolve) => {
      image.onload = () => resolve("loaded");
      image.onerror = () => resolve("blocked");
    });
    image.src = `${origin}/image.png`;
    const fetched = await fetch(origin).then(
      () => "fetched",
      () => "blocked",
    );
    return [await drawn, fetched, navigator.sendBeacon(`${origin}/beacon`, "x") ? "" : "blocked"];
  }, other.origin);
  assert.deepEqual(reached.slice(0, 2), ["blocked", "blocked"]);
  assert.deepEqual(other.asked, []);
  const frame = await stage.visitor(t, other.origin, { errors: /./ });
  await eventually(() =>
    assert.ok(frame.errors.some((line) => /frame-ancestors|refused to connect|Content Security Policy/i.test(line))),
  );
  assert.equal(await frame.page.frames()[1]?.locator("#room").count(), 0);
});

test("A-07: a page of another origin cannot open the chat, and can open the echo", { skip }, async (t) => {
  const other = await otherSite(t, (response) => response.end("<!doctype html><title>elsewhere</title>"));
  const page = await stage.visitor(t, other.origin, { errors: /WebSocket connection to .*\/ws' failed|favicon/ });
  const open = (path: string): Promise<string> =>
    page.page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => socket.send("hello");
          socket.onmessage = ({ data }) => resolve(String(data));
          socket.onclose = ({ code }) => resolve(`closed with ${code}`);
        }),
      `ws://localhost:${stage.server.port}${path}`,
    );
  assert.equal(await open("/ws"), "closed with 1006");
  assert.equal(await open("/echo"), "hello");
  const { port } = stage.server;
  for (const [path, origin, status] of [
    ["/ws", other.origin, 403],
    ["/ws", "null", 403],
    ["/ws", `http://127.0.0.1:${port}`, 403],
    ["/ws", `https://localhost:${port}`, 403],
    ["/ws", `http://localhost:${port}.example.com`, 403],
    ["/ws", `http://localhost:${port}`, 101],
    ["/ws", undefined, 101],
    ["/echo", other.origin, 101],
    ["/echo", "null", 101],
  ] as const) {
    assert.equal(await handshake(port, path, origin), status, `${path} from ${origin}`);
  }
});

interface Site {
  readonly origin: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

/** A page of another port, which is another origin. */
async function otherSite(t: TestContext, answer: (response: ServerResponse) => void): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    asked.push(incoming.url ?? "");
    response.setHeader("content-type", "text/html; charset=utf-8");
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, asked };
}

/** Status of the answer to an upgrade. */
function handshake(port: number, path: string, origin: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port,
      path,
      headers: {
        host: `localhost:${port}`,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...(origin !== undefined && { origin }),
      },
    });
    sent.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end();
  });
}
