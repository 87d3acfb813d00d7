import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import type { TlsOptions } from "node:tls";
import type { ClientTlsOptions } from "../../../dist/node/client/client-options.js";
import { connect } from "../../../dist/node/client/connect.js";
import { Certificates, skipTls } from "./certificate.js";
import { CLOSE, frame, type RawPeer, rawServer, TEXT } from "./raw-server.js";

const made = skipTls ? undefined : new Certificates();
after(() => made?.discard());
const certificates = () => made!;

/** Accepts, sends one message, answers the close frame. */
async function greet(peer: RawPeer): Promise<void> {
  await peer.accept("", frame(TEXT, "over TLS"));
  const { payload } = await peer.frame();
  peer.socket.end(frame(CLOSE, payload));
}

interface Row {
  readonly name: string;
  readonly server: () => TlsOptions;
  readonly client: () => ClientTlsOptions;
  readonly host?: string;
  /** undefined: it must work. */
  readonly code?: string;
  readonly says?: RegExp;
}

const rows: readonly Row[] = [
  {
    name: "a trusted authority, by address",
    server: () => certificates().server,
    client: () => ({ ca: certificates().ca }),
  },
  {
    name: "a trusted authority, by name",
    host: "localhost",
    server: () => certificates().server,
    client: () => ({ ca: certificates().ca }),
  },
  {
    name: "rejectUnauthorized false",
    server: () => certificates().expired,
    client: () => ({ rejectUnauthorized: false }),
  },
  {
    name: "another name, expected by servername",
    server: () => certificates().otherHost,
    client: () => ({ ca: certificates().ca, servername: "other.example" }),
  },
  {
    name: "a client certificate",
    server: () => ({ ...certificates().server, ca: certificates().ca, requestCert: true, rejectUnauthorized: true }),
    client: () => ({ ca: certificates().ca, ...certificates().client }),
  },
  {
    name: "self-signed",
    server: () => certificates().selfSigned,
    client: () => ({ ca: certificates().ca }),
    code: "ERR_TLS_SELF_SIGNED",
    says: /tls\.ca/,
  },
  {
    name: "an unknown authority",
    server: () => certificates().server,
    client: () => ({}),
    code: "ERR_TLS_UNKNOWN_CA",
    says: /tls\.ca/,
  },
  {
    name: "expired",
    server: () => certificates().expired,
    client: () => ({ ca: certificates().ca }),
    code: "ERR_TLS_CERT_EXPIRED",
    says: /expired/,
  },
  {
    name: "not yet valid",
    server: () => certificates().future,
    client: () => ({ ca: certificates().ca }),
    code: "ERR_TLS_CERT_NOT_YET_VALID",
    says: /clock/,
  },
  {
    name: "another host",
    server: () => certificates().otherHost,
    client: () => ({ ca: certificates().ca }),
    code: "ERR_TLS_WRONG_HOST",
    says: /another name/,
  },
  {
    name: "no version in common",
    server: () => ({ ...certificates().server, maxVersion: "TLSv1.2" }),
    client: () => ({ ca: certificates().ca, minVersion: "TLSv1.3" }),
    code: "ERR_TLS_PROTOCOL",
    says: /minVersion/,
  },
  {
    name: "HTTP/2 alone",
    server: () => ({ ...certificates().server, ALPNProtocols: ["h2"] }),
    client: () => ({ ca: certificates().ca }),
    code: "ERR_TLS_ALPN",
    says: /HTTP\/1\.1/,
  },
  {
    name: "a client certificate is missing",
    server: () => ({ ...certificates().server, ca: certificates().ca, requestCert: true, rejectUnauthorized: true }),
    client: () => ({ ca: certificates().ca }),
    code: "ERR_TLS_CLIENT_CERT",
    says: /tls\.cert/,
  },
  {
    name: "a broken key of our own",
    server: () => certificates().server,
    client: () => ({ ca: certificates().ca, cert: "no certificate", key: "no key" }),
    code: "ERR_TLS",
  },
];

for (const row of rows) {
  test(`K-35 TLS: ${row.name}`, { skip: skipTls }, async (t) => {
    let greeted = 0;
    const server = await rawServer(
      t,
      (peer) => {
        greeted++;
        return greet(peer);
      },
      row.server(),
    );
    const opening = connect(`wss://${row.host ?? "127.0.0.1"}:${server.port}/`, { tls: row.client() });
    if (row.code === undefined) {
      const connection = await opening;
      const iterator = connection[Symbol.asyncIterator]();
      assert.equal((await iterator.next()).value, "over TLS");
      assert.equal((await connection.close()).wasClean, true);
      assert.equal(greeted, 1);
      return;
    }
    await assert.rejects(opening, (error: Error & { code?: string }) => {
      assert.equal(error.code, row.code);
      if (row.says) assert.match(error.message, row.says);
      assert.ok(error.cause instanceof Error);
      return true;
    });
  });
}

test("no credentials go to a server whose certificate is wrong", { skip: skipTls }, async (t) => {
  const bytes: Buffer[] = [];
  const server = await rawServer(
    t,
    (peer) => {
      peer.socket.on("data", (chunk: Buffer) => bytes.push(chunk));
    },
    certificates().selfSigned,
  );
  const opening = connect(`wss://user:secret@127.0.0.1:${server.port}/`, { tls: { ca: certificates().ca } });
  await assert.rejects(opening, { code: "ERR_TLS_SELF_SIGNED" });
  await server.close();
  assert.equal(Buffer.concat(bytes).length, 0);
});

test("TLS wanted, HTTP answered; and the other way round", { skip: skipTls }, async (t) => {
  const plain = await rawServer(t, async (peer) => {
    await once(peer.socket, "data");
    peer.socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  });
  await assert.rejects(connect(`wss://127.0.0.1:${plain.port}/`), { code: "ERR_TLS_NOT_TLS", message: /ws: URL/ });
  // What OpenSSL answers to a plain request: an alert in a TLS record.
  const secure = await rawServer(t, async (peer) => {
    await peer.request();
    peer.socket.end(Buffer.of(0x15, 3, 1, 0, 2, 2, 70));
  });
  await assert.rejects(connect(`ws://127.0.0.1:${secure.port}/`), { code: "ERR_STATUS_LINE", message: /wss: URL/ });
});

test("the deadline covers the TLS handshake", { skip: skipTls }, async (t) => {
  const silent = await rawServer(t, () => {});
  await assert.rejects(connect(`wss://127.0.0.1:${silent.port}/`, { handshakeTimeout: 100 }), {
    code: "ERR_HANDSHAKE_TIMEOUT",
    message: /TLS/,
  });
});
