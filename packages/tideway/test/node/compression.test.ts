import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import type { Place } from "../../dist/node/admission.js";
import { connect } from "../../dist/node/client/connect.js";
import { WebSocket } from "../../dist/node/client/websocket.js";
import { isPlain, resolveCompression } from "../../dist/node/compression-option.js";
import { type Engine, openEngine } from "../../dist/node/deflate/engine.js";
import { negotiated } from "../../dist/node/deflate/negotiated.js";
import { DeflatePool } from "../../dist/node/deflate/pool.js";
import { Publication } from "../../dist/node/publication.js";
import { ServerLink } from "../../dist/node/server-link.js";
import type { ServerOptions } from "../../dist/node/server-options.js";
import type { ServerSocket } from "../../dist/node/server-socket.js";
import { ServerState } from "../../dist/node/server-state.js";
import { Connection } from "../../dist/protocol/connection.js";
import { resolveDeflateOptions } from "../../dist/protocol/deflate/option.js";
import { OutgoingBuffer } from "../../dist/protocol/outgoing.js";
import { Recorder } from "../../dist/testing/recorder.js";
import { BlockingStream } from "./blocking-stream.js";
import { rawServer } from "./client/raw-server.js";
import { BINARY, CLOSE, closeFrame, eventually, masked, TEXT } from "./raw-peer.js";
import { echo, serve } from "./serve.js";

const RSV1 = 0x40;
const OFFER = { request: { lines: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" } } };
const tide = "the tide comes in, the tide goes out. ".repeat(100);
const large = tide.repeat(40);

function compressed(data: Uint8Array | string): Buffer {
  const whole = deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
  return whole.subarray(0, whole.length - 4);
}

function decompressed(payload: Uint8Array): string {
  const input = Buffer.concat([payload, Uint8Array.of(0, 0, 0xff, 0xff)]);
  return inflateRawSync(input, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

test("the option: off unless asked for, and true means no takeover and a window of 13 bits for the server", () => {
  assert.equal(resolveCompression("server", undefined, "X"), undefined);
  assert.equal(resolveCompression("server", false, "X"), undefined);
  const server = resolveCompression("server", true, "X")!;
  assert.ok(server.serverNoContextTakeover && server.clientNoContextTakeover);
  assert.equal(server.serverMaxWindowBits, 13);
  assert.equal(server.threshold, 1024);
  assert.equal(resolveCompression("server", { serverMaxWindowBits: 15 }, "X")!.serverMaxWindowBits, 15);
  const client = resolveCompression("client", true, "X")!;
  assert.ok(!client.serverNoContextTakeover && !client.clientNoContextTakeover);
  assert.equal(client.serverMaxWindowBits, undefined);
});

test("R-31 wrong options are errors that name their place", () => {
  const names = ["serverMaxWindowBits", "clientMaxWindowBits", "level", "memLevel", "maxContexts", "maxContextBytes"];
  for (const name of names) {
    for (const bad of [0, -1, 1.5, Number.NaN, "9", null, true]) {
      assert.throws(
        () => resolveCompression("server", { [name]: bad }, "S"),
        /Error: S: compression: "/,
        `${name} ${bad}`,
      );
    }
  }
  for (const bad of [-1, 1.5, "1kb", null]) {
    assert.throws(() => resolveCompression("client", { threshold: bad as number }, "C"), /C: compression: "threshold"/);
  }
  assert.throws(() => resolveCompression("server", { serverMaxWindowBits: 8 }, "S"), RangeError);
  assert.throws(() => resolveCompression("client", { clientMaxWindowBits: 8 }, "C"), RangeError);
  assert.throws(() => resolveCompression("server", { treshold: 1 } as object, "S"), /did you mean "threshold"/);
  assert.throws(() => resolveCompression("server", { serverNoContextTakeover: 1 } as object, "S"), TypeError);
  for (const bad of [1, "yes", null, []]) {
    assert.throws(
      () => new ServerState({ compression: bad } as unknown as ServerOptions<undefined>),
      TypeError,
      `${bad}`,
    );
    assert.throws(
      () => new WebSocket("ws://127.0.0.1:1/", { compression: bad as unknown as boolean }),
      TypeError,
      `${bad}`,
    );
  }
  assert.equal(isPlain(undefined), false);
  assert.equal(isPlain({ compress: undefined }), false);
  assert.equal(isPlain({ compress: false }), true);
  assert.throws(() => isPlain({ compress: 0 } as object), TypeError);
  assert.throws(() => isPlain({ compressed: false } as object), /did you mean "compress"/);
});

test("a server without the option declines, and RSV1 is a fault", async (t) => {
  const { open } = await serve(t, { message: echo, open: (socket) => assert.equal(socket.extensions, "") });
  const peer = await open(OFFER);
  peer.send(masked(TEXT | RSV1, compressed("a")));
  assert.equal((await peer.closing()).code, 1002);
});

test("the server's answer, and what it compresses", async (t) => {
  let socket: ServerSocket | undefined;
  const { open, connect: dial } = await serve(t, {
    compression: true,
    open: (opened) => {
      socket = opened;
    },
    message: echo,
  });
  const raw = await dial();
  raw.drop();
  const peer = await open(OFFER);
  await eventually(() => socket !== undefined, "the connection");
  assert.equal(
    socket!.extensions,
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=13",
  );
  peer.send(masked(TEXT | RSV1, compressed(tide)));
  const { first, payload } = await peer.frame();
  assert.equal(first, TEXT | RSV1);
  assert.equal(decompressed(payload), tide);
  peer.text("below the threshold");
  assert.equal(await peer.message(), "below the threshold");
  peer.send(masked(BINARY, tide));
  assert.equal((await peer.frame()).first, BINARY | RSV1);
  assert.equal(socket!.send(tide, { compress: false }), "sent");
  assert.equal(await peer.message(), tide);
  await socket!.write(large, { compress: false });
  assert.equal(await peer.message(), large);
  socket!.sendPiece(tide, true);
  assert.equal(await peer.message(), tide, "pieces are not compressed");
});

test("what is being compressed is counted, awaited, and told of when it has gone", async (t) => {
  let socket: ServerSocket | undefined;
  let drained = 0;
  const { open } = await serve(t, {
    compression: true,
    open: (opened) => {
      socket = opened;
    },
    drain: () => void drained++,
  });
  const peer = await open(OFFER);
  await eventually(() => socket !== undefined, "the connection");
  assert.equal(socket!.send(large), "queued");
  assert.ok(socket!.bufferedAmount >= large.length);
  let written = false;
  const write = socket!.write("behind it").then(() => {
    written = true;
  });
  await Promise.resolve();
  assert.ok(!written);
  await write;
  assert.equal(socket!.bufferedAmount, 0);
  await eventually(() => drained === 1, "drain");
  assert.equal(decompressed((await peer.frame()).payload), large);
  assert.equal(await peer.message(), "behind it");
});

test("close does not wait for what is being compressed, and loses none of it", async (t) => {
  const { open } = await serve(t, {
    compression: true,
    message(socket) {
      socket.send(large);
      socket.send("second");
      socket.close(4000);
    },
  });
  const peer = await open(OFFER);
  peer.text("go");
  assert.equal(await peer.message(), large);
  assert.equal(await peer.message(), "second");
  assert.equal((await peer.closing()).code, 4000);
});

test('binary: "view" and compressed messages; an empty one that is given away spoils no other', async (t) => {
  const seen: string[] = [];
  const { open } = await serve(t, {
    compression: true,
    binary: "view",
    message(_, data) {
      seen.push(Buffer.from(data as Uint8Array).toString());
      structuredClone(data, { transfer: [(data as Uint8Array<ArrayBuffer>).buffer] });
    },
  });
  const peer = await open(OFFER);
  for (const payload of [compressed("view"), new Uint8Array(0), new Uint8Array(0), compressed(large)]) {
    peer.send(masked(BINARY | RSV1, payload));
  }
  await eventually(() => seen.length === 4, "all messages");
  assert.deepEqual(seen, ["view", "", "", large]);
});

test("D-16 the pool is empty again when connections with contexts have ended, in whatever way", async () => {
  for (const end of ["close", "terminate", "reset", "peer"] as const) {
    const events: string[] = [];
    const state = new ServerState<undefined>({
      compression: { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 },
      message: (_, data) => void events.push(`message ${data.length}`),
      close: () => void events.push("close"),
    });
    const streams: BlockingStream[] = [];
    const links = Array.from({ length: 10 }, () => {
      const stream = new BlockingStream(true);
      streams.push(stream);
      const agreed = {
        serverNoContextTakeover: false,
        clientNoContextTakeover: false,
        serverMaxWindowBits: 15,
        clientMaxWindowBits: 15,
      };
      const opening = { context: undefined, protocol: "", extensions: "", path: "/", remoteAddress: "" };
      const place = state.admission.enter("") as Place;
      const link = new ServerLink(state, stream, opening, place, negotiated(state.deflate!, agreed, "server"));
      link.start(undefined, new Uint8Array(0));
      return link;
    });
    for (const link of links) link.socket.send(tide);
    assert.equal(state.deflate!.contexts.count, 10);
    for (const [index, link] of links.entries()) {
      link.socket.send(large);
      streams[index]!.push(masked(TEXT | RSV1, compressed(large)));
    }
    await new Promise(setImmediate);
    for (const [index, link] of links.entries()) {
      if (end === "close") link.socket.close(1000);
      if (end === "terminate") link.socket.terminate();
      if (end === "reset") streams[index]!.destroy(new Error("ECONNRESET"));
      if (end === "peer" || end === "close") streams[index]!.push(closeFrame(1000));
      if (end !== "reset") streams[index]!.push(null);
    }
    await eventually(() => state.links.size === 0, `the ends after ${end}`);
    assert.equal(state.deflate!.contexts.count, 0, end);
    assert.equal(events.filter((event) => event === "close").length, 10, end);
    assert.equal(events.lastIndexOf("close"), events.length - 1, "nothing after the last close");
    for (const stream of streams) stream.destroy();
  }
});

/** Counts what is compressed. */
class Counting implements Engine {
  readonly #inner = openEngine();
  compressions = 0;

  open(setup: Parameters<Engine["open"]>[0]) {
    const inner = this.#inner.open(setup);
    return {
      compress: (payload: Uint8Array) => {
        this.compressions++;
        return inner.compress(payload);
      },
      reset: () => inner.reset(),
      close: () => inner.close(),
    };
  }

  inflate(...given: Parameters<Engine["inflate"]>) {
    return this.#inner.inflate(...given);
  }

  close(): void {
    this.#inner.close();
  }
}

test("D-20 a publication is compressed once for each set of parameters, and once for each context", async () => {
  const engine = new Counting();
  const pool = new DeflatePool(resolveDeflateOptions("server"), { engine });
  const make = (takeover: boolean | undefined, serverMaxWindowBits = 15) => {
    const agreed = {
      serverNoContextTakeover: takeover !== true,
      clientNoContextTakeover: true,
      serverMaxWindowBits,
      clientMaxWindowBits: 15,
    };
    const compresses = takeover === undefined ? undefined : negotiated(pool, agreed, "server");
    const outgoing = new OutgoingBuffer();
    const sink = new Recorder();
    const extension = compresses?.extension;
    const connection = new Connection({ role: "server", sink, outgoing, ...(extension && { extension }) });
    return { connection, outgoing, send: compresses?.send };
  };
  const all = [
    ...Array.from({ length: 5 }, () => make(undefined)),
    ...Array.from({ length: 5 }, () => make(false)),
    ...Array.from({ length: 5 }, () => make(false, 9)),
    ...Array.from({ length: 3 }, () => make(true)),
  ];
  for (const data of [tide, Buffer.from(tide)]) {
    engine.compressions = 0;
    const publication = new Publication(data, pool, false);
    for (const { connection, send } of all) publication.sendBy(connection, send);
    assert.equal(engine.compressions, 2 + 3);
    const sent = all.map(({ outgoing }) => Buffer.from(outgoing.take()).toString("latin1"));
    assert.equal(new Set(sent.slice(0, 15)).size, 3);
  }
  engine.compressions = 0;
  const plain = new Publication(tide, pool, true);
  const late = new Publication(large, pool, false);
  for (const { connection, send } of all) {
    plain.sendBy(connection, send);
    late.sendBy(connection, send);
    new Publication("after it", pool, false).sendBy(connection, send);
  }
  assert.equal(engine.compressions, 0);
  await eventually(() => all.every(({ connection }) => connection.pending === 0), "the threads");
  for (const { outgoing, send } of all) {
    const sent = Buffer.from(outgoing.take());
    assert.equal(sent[0], TEXT);
    assert.ok(sent.toString().endsWith("after it"), "order is kept behind what was pending");
    assert.equal(sent.length < large.length, send !== undefined);
  }
});

test("a message in pieces holds back what is published, compressed or not", async (t) => {
  let socket: ServerSocket | undefined;
  const { server, open } = await serve(t, {
    compression: true,
    open(opened) {
      socket = opened;
      opened.subscribe("news");
    },
  });
  const peer = await open(OFFER);
  await eventually(() => socket !== undefined, "the connection");
  socket!.sendPiece("a", false);
  assert.equal(server.publish("news", tide), 1);
  assert.equal(server.publish("news", tide, { compress: false }), 1);
  socket!.sendPiece("b", true);
  assert.deepEqual(await peer.frame(), { first: 0x01, payload: Buffer.from("a") });
  assert.deepEqual(await peer.frame(), { first: 0x80, payload: Buffer.from("b") });
  assert.equal(decompressed((await peer.frame()).payload), tide);
  assert.equal(await peer.message(), tide);
});

test("our client with our server: both compress, both forms", async (t) => {
  const firsts: number[] = [];
  const { port } = await serve(t, {
    compression: true,
    tap: () => (frame) => {
      if (frame.direction === "in") firsts.push(frame.first);
    },
    message: echo,
  });
  const url = `ws://127.0.0.1:${port}/`;
  const connection = await connect(url, { compression: true });
  assert.match(connection.extensions, /^permessage-deflate; server_no_context_takeover/);
  assert.equal(connection.send(tide), "sent");
  assert.equal(connection.send(tide, { compress: false }), "sent");
  await connection.write(large, { compress: false });
  const messages: string[] = [];
  for await (const message of connection) {
    messages.push(message as string);
    if (messages.length === 3) break;
  }
  assert.deepEqual(messages, [tide, tide, large]);
  await connection.close(1000);
  assert.deepEqual(firsts, [TEXT | RSV1, TEXT, TEXT, CLOSE]);

  const socket = new WebSocket(url, { compression: { threshold: 0 } });
  assert.equal(socket.extensions, "");
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  assert.match(socket.extensions, /^permessage-deflate; /);
  socket.send(large);
  assert.equal(socket.bufferedAmount, large.length);
  const data = await new Promise((resolve) => socket.addEventListener("message", (event) => resolve(event.data)));
  assert.equal(data, large);
  assert.equal(socket.bufferedAmount, 0);
  socket.close();
  await new Promise((resolve) => socket.addEventListener("close", resolve));
});

const answers: readonly (readonly [line: string, code: string | undefined])[] = [
  ["", undefined],
  ["permessage-deflate", undefined],
  ["permessage-deflate; server_max_window_bits=1000", "ERR_DEFLATE_VALUE"],
  ["permessage-deflate; server_max_window_bits", "ERR_DEFLATE_VALUE"],
  ["permessage-deflate; tide", "ERR_DEFLATE_UNKNOWN"],
  ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", "ERR_DEFLATE_DUPLICATE"],
  ["permessage-deflate, permessage-deflate", "ERR_DEFLATE_DUPLICATE"],
  ["permessage-brotli", "ERR_RESPONSE_EXTENSION"],
];

for (const [line, code] of answers) {
  test(`D-05 D-06 a server that answers "${line}": ${code ?? "open"}`, async (t) => {
    const server = await rawServer(t, async (peer) => {
      const request = await peer.accept(line === "" ? "" : `Sec-WebSocket-Extensions: ${line}\r\n`);
      assert.match(request, /Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n/);
    });
    const attempt = connect(server.url, { compression: true });
    if (code === undefined) {
      const connection = await attempt;
      assert.equal(connection.extensions, line);
      connection.terminate();
    } else await assert.rejects(attempt, { code, status: 101 });
  });
}

test("what a client demands it must be granted", async (t) => {
  const server = await rawServer(t, async (peer) => {
    await peer.accept("Sec-WebSocket-Extensions: permessage-deflate\r\n");
  });
  const demand = { serverNoContextTakeover: true };
  await assert.rejects(connect(server.url, { compression: demand }), { code: "ERR_DEFLATE_IGNORED" });
});
