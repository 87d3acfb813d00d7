import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { makeIdentity, skipTls } from "./certificate.js";
import { type Kind, serve } from "./serve.js";

/** A TCP connection, and when the other side ended it. */
async function dial(context: TestContext, port: number): Promise<{ socket: Socket; ended: Promise<unknown> }> {
  const socket = connect(port, "127.0.0.1");
  context.after(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.resume();
  return { socket, ended: once(socket, "close") };
}

for (const kind of ["https", "tls"] as const satisfies readonly Kind[]) {
  test(`H-65 ${kind}: a TLS handshake that does not go on is ended at the handshake's deadline`, {
    skip: skipTls,
  }, async (context) => {
    const { port } = await serve(context, { handshakeTimeout: 200 }, kind, makeIdentity("localhost"));
    const silent = await dial(context, port);
    const begun = await dial(context, port);
    // The first octets of a ClientHello, and no more.
    begun.socket.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02));
    const since = performance.now();
    await Promise.all([silent.ended, begun.ended]);
    assert.ok(performance.now() - since >= 150, "not before its time");
  });

  test(`${kind}: a finished TLS handshake is not held to its deadline any more`, { skip: skipTls }, async (context) => {
    const { open } = await serve(
      context,
      { handshakeTimeout: 300, message: (socket, data) => socket.send(data) },
      kind,
      makeIdentity("localhost"),
    );
    const peer = await open();
    // A connection that never gets to TLS marks the time: when it is ended, the deadline of the first has passed too.
    const { port } = await serve(context, { handshakeTimeout: 600 }, kind, makeIdentity("localhost"));
    await (await dial(context, port)).ended;
    peer.text("still here");
    assert.equal(await peer.message(), "still here");
  });
}

test("a TLS handshake that fails leaves nothing to wait for", { skip: skipTls }, async (context) => {
  const { port, open } = await serve(context, { handshakeTimeout: 400 }, "tls", makeIdentity("localhost"));
  const failing = connectTls({
    port,
    host: "127.0.0.1",
    maxVersion: "TLSv1.1",
    minVersion: "TLSv1.1",
    rejectUnauthorized: false,
  });
  await once(failing, "error");
  await open();
});
