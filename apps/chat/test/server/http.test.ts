import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { chatServer } from "./chat-server.js";
import { folder } from "./folder.js";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Not `fetch`: the path goes out as it is written. */
function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

const SCRIPT = `console.log(${JSON.stringify("x".repeat(5000))});`;

function page(t: TestContext): string {
  const web = folder(t);
  mkdirSync(join(web, "assets", "deep"), { recursive: true });
  writeFileSync(join(web, "index.html"), "<!doctype html><title>chat</title>");
  writeFileSync(join(web, "echo.html"), "<!doctype html><title>echo</title>");
  writeFileSync(join(web, "favicon.svg"), "<svg/>");
  writeFileSync(join(web, "secret.js"), "not for the world");
  writeFileSync(join(web, ".tsbuildinfo"), "{}");
  writeFileSync(join(web, "assets", "index-abc.js"), SCRIPT);
  writeFileSync(join(web, "assets", "index-abc.js.map"), "{}");
  return web;
}

test("pages and assets, with their types and headers", async (t) => {
  const { port } = await chatServer(t, { webDir: page(t) });
  const cases: [string, number, string, string][] = [
    ["/", 200, "text/html; charset=utf-8", "<title>chat"],
    ["/?x=1", 200, "text/html; charset=utf-8", "<title>chat"],
    ["/r/lobby", 200, "text/html; charset=utf-8", "<title>chat"],
    ["/r/%E4%BC%9A%E8%AE%AE", 200, "text/html; charset=utf-8", "<title>chat"],
    ["/echo", 200, "text/html; charset=utf-8", "<title>echo"],
    ["/favicon.svg", 200, "image/svg+xml; charset=utf-8", "<svg/>"],
    ["/assets/index-abc.js", 200, "text/javascript; charset=utf-8", "console.log"],
    ["/healthz", 200, "text/plain; charset=utf-8", "ok"],
    ["/ws", 426, "text/plain; charset=utf-8", "WebSocket"],
    ["/nothing", 404, "text/plain; charset=utf-8", "nothing"],
    ["/r/", 404, "text/plain; charset=utf-8", "nothing"],
    ["/r/a/b", 404, "text/plain; charset=utf-8", "nothing"],
    ["/index.html", 404, "text/plain; charset=utf-8", "nothing"],
    ["/secret.js", 404, "text/plain; charset=utf-8", "nothing"],
    ["/.tsbuildinfo", 404, "text/plain; charset=utf-8", "nothing"],
    ["/assets/index-abc.js.map", 404, "text/plain; charset=utf-8", "nothing"],
    ["/assets/../index.html", 404, "text/plain; charset=utf-8", "nothing"],
    ["/assets/%2e%2e/index.html", 404, "text/plain; charset=utf-8", "nothing"],
    ["/..%2f..%2fetc/passwd", 404, "text/plain; charset=utf-8", "nothing"],
    ["//etc/passwd", 404, "text/plain; charset=utf-8", "nothing"],
    ["/__proto__", 404, "text/plain; charset=utf-8", "nothing"],
  ];
  for (const [path, status, type, text] of cases) {
    const answer = await ask(port, path);
    assert.deepEqual([answer.status, answer.headers["content-type"]], [status, type], path);
    assert.ok(answer.body.toString().includes(text), path);
    assert.equal(answer.headers["x-content-type-options"], "nosniff", path);
    assert.equal(answer.headers["referrer-policy"], "no-referrer", path);
    assert.equal(answer.headers["cross-origin-opener-policy"], "same-origin", path);
    const policy = String(answer.headers["content-security-policy"]);
    assert.match(policy, /default-src 'none'.*require-trusted-types-for 'script'/, path);
    assert.doesNotMatch(policy, /unsafe|\*/, path);
  }
});

test("HEAD is GET without the body; other methods are 405", async (t) => {
  const { port } = await chatServer(t, { webDir: page(t) });
  for (const path of ["/", "/assets/index-abc.js", "/healthz"]) {
    const get = await ask(port, path);
    const head = await ask(port, path, {}, "HEAD");
    assert.deepEqual([head.status, head.body.length], [200, 0], path);
    assert.equal(head.headers["content-length"], String(get.body.length), path);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const answer = await ask(port, path, {}, method);
      assert.deepEqual([answer.status, answer.headers["allow"]], [405, "GET, HEAD"], `${method} ${path}`);
    }
  }
});

test("hashed assets are kept for ever, pages are asked for again, and both know what the browser has", async (t) => {
  const { port } = await chatServer(t, { webDir: page(t) });
  for (const [path, cache] of [
    ["/assets/index-abc.js", "public, max-age=31536000, immutable"],
    ["/", "no-cache"],
  ] as const) {
    const first = await ask(port, path);
    assert.equal(first.headers["cache-control"], cache);
    const etag = String(first.headers["etag"]);
    assert.match(etag, /^"[\w-]+"$/);
    for (const known of [etag, `"other", W/${etag}`, "*"]) {
      const again = await ask(port, path, { "if-none-match": known });
      assert.deepEqual([again.status, again.body.length, again.headers["etag"]], [304, 0, etag]);
    }
    assert.equal((await ask(port, path, { "if-none-match": '"other"' })).status, 200);
  }
});

test("gzip for who takes it", async (t) => {
  const { port } = await chatServer(t, { webDir: page(t) });
  const path = "/assets/index-abc.js";
  const cases: [string, boolean][] = [
    ["gzip", true],
    ["br, gzip;q=0.5", true],
    ["gzip;q=0", false],
    ["gzip; q=0.0, br", false],
    ["identity", false],
  ];
  for (const [accepted, packed] of cases) {
    const answer = await ask(port, path, { "accept-encoding": accepted });
    assert.equal(answer.headers["content-encoding"], packed ? "gzip" : undefined, accepted);
    assert.equal(answer.headers["vary"], "accept-encoding");
    assert.equal(answer.body.length < SCRIPT.length, packed, accepted);
    assert.equal((packed ? gunzipSync(answer.body) : answer.body).toString(), SCRIPT);
  }
});

test("without a built page the chat runs, and says what is missing", async (t) => {
  const server = await chatServer(t);
  assert.equal(server.pageBuilt, false);
  assert.deepEqual([(await ask(server.port, "/")).status, (await ask(server.port, "/r/lobby")).status], [503, 503]);
  assert.equal((await ask(server.port, "/healthz")).status, 200);
});
