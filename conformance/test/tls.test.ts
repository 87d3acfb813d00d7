import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "tideway";
import { realPart } from "../../scripts/real-part.mjs";

const openssl = realPart("openssl");
const command = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** A few of every kind: requests, frames in pieces, failures, the end of the connection, compression. */
const FEW =
  "^(?:4\\.2/(?:good|key-1|host-|http-1)|5\\.[12]/(?:mask-bit-text|length-16-bit|rsv3-t)|5\\.5\\.2/ping|7\\.1|7692-7\\.2\\.3/|8\\.1/at-the-octet-n|10\\.4/text)";

interface Ended {
  readonly code: number;
  readonly said: string;
  readonly complained: string;
}

/** The command beside this process, which serves. */
function judge(words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...words], (error, said, complained) => {
      resolve({ code: error === null ? 0 : Number(error.code), said, complained });
    });
  });
}

describe("a wss: target", { skip: openssl.skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tideway-conformance-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const web: ReturnType<typeof createServer>[] = [];
  const servers: WebSocketServer[] = [];
  const urls: string[] = [];

  /** An echo over TLS, as tideway-echo.ts has it without. */
  async function serve(maxPayload: number): Promise<string> {
    const http = createServer({ key: readFileSync(key), cert: readFileSync(cert) });
    const server = new WebSocketServer({
      maxPayload,
      compression: { threshold: 0, serverNoContextTakeover: false, clientNoContextTakeover: false },
      message: (socket, data) => void socket.send(data),
    });
    server.attach(http);
    web.push(http);
    servers.push(server);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return `wss://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  }

  before(async () => {
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const names = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    const words = ["req", "-x509", "-config", "/dev/null", ...curve, "-keyout", key, "-out", cert, ...names];
    execFileSync(openssl.path, words, { stdio: "ignore" });
    urls.push(await serve(17 * 1024 * 1024), await serve(65_536));
  });

  after(async () => {
    for (const server of servers) await server.close();
    for (const http of web) await new Promise((resolve) => http.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  test("Tideway passes strictly over TLS, its certificate trusted by --ca", async () => {
    const [url = "", limited = ""] = urls;
    const words = ["--server", url, "--limit-server", limited, "--ca", cert, "--strict", "--case", FEW];
    const { code, said, complained } = await judge(words);
    assert.equal(code, 0, said + complained);
    const counts = /(\d+) cases: (\d+) passed, 0 non-strict, 0 informational, 0 failed, 0 not applicable/.exec(said);
    assert.ok(counts !== null && Number(counts[1]) >= 100 && counts[1] === counts[2], said);
  });

  test("--insecure trusts any certificate", async () => {
    const { code, said } = await judge(["--server", urls[0]!, "--insecure", "--strict", "--case", "^4\\.2/good$"]);
    assert.equal(code, 0, said);
    assert.match(said, /1 cases: 1 passed/);
  });

  test("a certificate that nobody trusts is said before any case is run", async () => {
    const { code, said, complained } = await judge(["--server", urls[0]!, "--case", "^4\\.2/good$"]);
    assert.equal(code, 2);
    assert.equal(said, "");
    assert.match(complained, /no connection to wss:.*self-signed certificate/);
  });
});
