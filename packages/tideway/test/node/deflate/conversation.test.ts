import assert from "node:assert/strict";
import { type AddressInfo, createServer, connect as netConnect, type Socket } from "node:net";
import { test } from "node:test";
import { DeflatePool } from "../../../dist/node/deflate/pool.js";
import { Transport, type TransportOwner } from "../../../dist/node/transport.js";
import { Wheel } from "../../../dist/node/wheel.js";
import { Connection } from "../../../dist/protocol/connection.js";
import { acceptDeflate, checkDeflate, offerDeflate } from "../../../dist/protocol/deflate/negotiation.js";
import { type DeflateOptions, resolveDeflateOptions } from "../../../dist/protocol/deflate/option.js";
import { type DeflateParameters, directionsOf } from "../../../dist/protocol/deflate/parameter.js";
import { PermessageDeflate } from "../../../dist/protocol/deflate/permessage-deflate.js";
import { OutgoingBuffer } from "../../../dist/protocol/outgoing.js";
import { type RecordedEvent, Recorder } from "../../../dist/testing/recorder.js";
import { noise, sampleJson } from "./path.js";

function extension(
  pool: DeflatePool,
  agreed: DeflateParameters,
  role: "client" | "server",
  threshold: number,
): PermessageDeflate {
  const directions = directionsOf(agreed, role);
  return new PermessageDeflate(pool.open(directions), { threshold, takeover: directions.send.takeover });
}

/** What a client and a server with these options agree on. */
function agree(clientOptions: DeflateOptions, serverOptions: DeflateOptions): DeflateParameters | undefined {
  const [offer] = offerDeflate(resolveDeflateOptions("client", clientOptions));
  const accepted = acceptDeflate([offer!], resolveDeflateOptions("server", serverOptions));
  if (accepted === undefined) return undefined;
  const checked = checkDeflate(accepted.response, offer!);
  assert.ok(checked.ok);
  assert.deepEqual(checked.agreed, accepted.agreed);
  return checked.agreed;
}

/** One end whose output is the other's input, in memory; `settle` runs until nobody waits. */
class End {
  readonly sink = new Recorder();
  readonly outgoing = new OutgoingBuffer();
  readonly connection: Connection;
  #rest = new Uint8Array(0);

  constructor(role: "client" | "server", use: PermessageDeflate) {
    const onReady = () => this.take(new Uint8Array(0));
    this.connection = new Connection({
      role,
      nextKey: () => 0x01020304,
      sink: this.sink,
      outgoing: this.outgoing,
      extension: use,
      onReady,
    });
  }

  take(bytes: Uint8Array): void {
    const all = new Uint8Array(Buffer.concat([this.#rest, bytes]));
    this.#rest = all.slice(this.connection.receive(all));
  }

  get quiet(): boolean {
    return !this.connection.parked && this.connection.pendingBytes === 0 && this.outgoing.offset === 0;
  }
}

async function settle(one: End, other: End): Promise<void> {
  const began = performance.now();
  while (!(one.quiet && other.quiet)) {
    assert.ok(performance.now() - began < 60_000, "the conversation never ends");
    other.take(one.outgoing.take());
    one.take(other.outgoing.take());
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Small and large, text and bytes, compressible and not, plain and compressed, control frames in between. */
function talk(from: Connection, seed: number): RecordedEvent[] {
  const said: RecordedEvent[] = [];
  for (let round = 0; round < 12; round++) {
    const size = [0, 1, 500, 1500, 70_000, 3000, 200_000][(round * seed) % 7]!;
    const text = sampleJson(size, seed + (round % 3)).toString();
    from.sendText(text, round % 5 === 4);
    said.push(["text", text]);
    const bytes = noise((size % 1000) + round, round);
    from.sendBinary(bytes);
    said.push(["binary", hex(bytes)]);
    if (round % 4 === 1) {
      from.sendPiece("in ", false);
      from.ping();
      from.sendPiece("pieces", true);
      said.push(["text", "in pieces"]);
    }
  }
  return said;
}

const FLAGS = [false, true];
let combinations = 0;
for (const serverNoContextTakeover of FLAGS) {
  for (const clientNoContextTakeover of FLAGS) {
    for (const serverMaxWindowBits of [undefined, 9, 15]) {
      for (const clientMaxWindowBits of [undefined, 9, 15]) {
        const options = { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
        combinations++;
        test(`D-09 a conversation with ${JSON.stringify(options)}`, async () => {
          const agreed = agree(options, options);
          assert.ok(agreed);
          const pool = new DeflatePool(resolveDeflateOptions("server", { ...options, maxContexts: 1 }));
          const client = new End("client", extension(pool, agreed, "client", combinations % 2 === 0 ? 0 : 1024));
          const server = new End("server", extension(pool, agreed, "server", 0));
          const fromClient = talk(client.connection, 1);
          const fromServer = talk(server.connection, 2);
          await settle(client, server);
          const data = (events: readonly RecordedEvent[]) =>
            events.filter(([type]) => type === "text" || type === "binary");
          assert.deepEqual(data(server.sink.events), fromClient);
          assert.deepEqual(data(client.sink.events), fromServer);
          client.connection.close();
          await settle(client, server);
          assert.equal(server.connection.state, "closedByPeer");
          pool.close();
        });
      }
    }
  }
}

for (const [name, payload, code] of [
  ["D-15 corrupt data", Buffer.from([0xff, 0xff, 0xff]), 1007],
  ["D-12 a bomb", undefined, 1009],
  ["text that is not UTF-8", Buffer.from([0x01, 0x01, 0x00, 0xfe, 0xff, 0xff]), 1007],
] as const) {
  test(`${name} fails this connection with ${code}, and no other`, async () => {
    const agreed = agree({}, {})!;
    const pool = new DeflatePool(resolveDeflateOptions("server"));
    const make = (role: "client" | "server") => new End(role, extension(pool, agreed, role, 0));
    const [victim, other, otherClient] = [make("server"), make("server"), make("client")];
    const bomb =
      payload ??
      ((await pool.open(directionsOf(agreed, "client")).compress(Buffer.alloc(2 * 1024 * 1024))) as Uint8Array);
    const { rawFrame } = await import("../../../dist/testing/recorder.js");
    victim.take(rawFrame(0xc1, bomb, 0));
    while (victim.connection.parked) await new Promise((resolve) => setImmediate(resolve));
    const failure = victim.sink.events.at(-1);
    assert.equal(failure?.[0], "failure");
    assert.equal(failure?.[2], code);
    const said = talk(otherClient.connection, 3);
    await settle(otherClient, other);
    assert.equal(other.sink.events.filter(([type]) => type === "text" || type === "binary").length, said.length);
    pool.close();
  });
}

/** What a transport reports, as far as these tests look. */
class Owner extends Recorder implements TransportOwner {
  ended: () => void = () => {};
  heard: () => void = () => {};
  onDrained(): void {}
  onSlow(): void {}
  onEnded(): void {
    this.ended();
  }
  override onText(text: string): void {
    super.onText(text);
    this.heard();
  }
}

test("over sockets: a transport parks, goes on by itself, and loses nothing when the peer ends behind its last message", async (t) => {
  const agreed = agree({}, {})!;
  const pool = new DeflatePool(resolveDeflateOptions("server"));
  const wheel = new Wheel(20_000);
  const listener = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => listener.once("listening", resolve));
  const clientSide = netConnect((listener.address() as AddressInfo).port, "127.0.0.1");
  const serverSide: Socket = await new Promise<Socket>((resolve) => listener.once("connection", resolve));
  t.after(() => {
    clientSide.destroy();
    serverSide.destroy();
    listener.close();
    pool.close();
  });
  const make = (role: "client" | "server", stream: Socket) => {
    const owner = new Owner();
    const transport = new Transport({
      connection: { role, nextKey: () => 0x11223344, extension: extension(pool, agreed, role, 0) },
      stream,
      owner,
      wheel,
      pace: { highWater: 65_536, writeTimeout: 10_000, sendMaxAge: 30_000, readsOnlyWhenDrained: role === "server" },
    });
    transport.start(new Uint8Array(0));
    return { owner, transport };
  };
  const client = make("client", clientSide);
  const server = make("server", serverSide);
  const texts = [sampleJson(300_000), sampleJson(100), sampleJson(150_000), sampleJson(2000)].map(String);
  for (const text of texts) client.transport.connection.sendText(text);
  await new Promise<void>((resolve) => {
    server.owner.ended = resolve;
    const ending = setInterval(() => {
      const { connection, output } = client.transport;
      if (connection.pendingBytes > 0 || output.total > output.sent) return;
      clearInterval(ending);
      // Without a closing handshake: what was sent before is still heard.
      clientSide.end();
    }, 1);
  });
  assert.deepEqual(
    server.owner.events.map(([type, text]) => [type, String(text).length]),
    texts.map((text) => ["text", text.length]),
  );
});
