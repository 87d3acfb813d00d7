import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, Socket } from "node:net";
import { constants } from "node:os";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { ByteStream, ByteStreamOwner } from "../../dist/node/byte-stream.js";
import { DocumentedStream } from "../../dist/node/documented-stream.js";
import { hasTcpStream, TcpStream } from "../../dist/node/undocumented/tcp-stream.js";
import { eventually } from "./raw-peer.js";

interface Way {
  readonly name: string;
  readonly skip: string | false;
  take(socket: Socket): ByteStream;
}

/** The same cases for both: this is what makes one a substitute for the other. */
const ways: readonly Way[] = [
  { name: "documented", skip: false, take: (socket) => new DocumentedStream(socket) },
  {
    name: "fast",
    skip: hasTcpStream() ? false : "this runtime has no fast transport",
    take(socket) {
      const stream = TcpStream.take(socket);
      assert.ok(stream, "the socket can be taken");
      return stream;
    },
  },
];

/** Remembers what it is told. */
class Owner implements ByteStreamOwner {
  readonly log: string[] = [];
  readonly chunks: Buffer[] = [];
  error: NodeJS.ErrnoException | undefined;
  onChunk: (bytes: Uint8Array) => void = () => {};
  whenWritten: () => void = () => {};

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  onBytes(bytes: Uint8Array, start: number, end: number): void {
    const chunk = Buffer.from(bytes.slice(start, end));
    // What is not owned may be changed.
    bytes.fill(0, start, end);
    this.chunks.push(chunk);
    this.onChunk(chunk);
  }

  onWritten(): void {
    this.log.push("written");
    this.whenWritten();
  }

  onEnd(): void {
    this.log.push("end");
  }

  onError(error: NodeJS.ErrnoException): void {
    this.error = error;
    this.log.push(`error ${error.code}`);
  }

  onClosed(): void {
    this.log.push("closed");
  }
}

interface Pair {
  readonly stream: ByteStream;
  readonly owner: Owner;
  readonly peer: Socket;
  readonly server: Server;
}

async function listening(t: TestContext): Promise<Server> {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return server;
}

/** A connection: the server's side as a byte stream, started and resumed, and a socket of the peer. */
async function pair(t: TestContext, way: Way, server?: Server): Promise<Pair> {
  const under = server ?? (await listening(t));
  const accepted = once(under, "connection") as Promise<[Socket]>;
  const peer = connect({ port: (under.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
  peer.on("error", () => {});
  const [socket] = await accepted;
  await once(peer, "connect").catch(() => {});
  const stream = way.take(socket);
  const owner = new Owner();
  stream.start(owner);
  stream.resume();
  t.after(() => {
    peer.destroy();
    stream.destroy();
  });
  return { stream, owner, peer, server: under };
}

/** Bytes that tell their place. */
function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed) & 0xff;
  return bytes;
}

/** Writes until a write is not taken at once. @returns the bytes of it all */
function fill(stream: ByteStream): number {
  const piece = pattern(256 * 1024);
  for (let written = 0; ; ) {
    written += piece.length;
    if (!stream.writeOne(piece)) return written;
    assert.ok(written < 1 << 28, "the network takes everything");
  }
}

function has(owner: Owner, entry: string): Promise<void> {
  return eventually(() => owner.log.includes(entry), `"${entry}" in ${owner.log}`);
}

for (const way of ways) {
  const on = (name: string, run: (t: TestContext) => Promise<void>) =>
    test(`${name} (${way.name})`, { skip: way.skip }, run);

  on("bytes go both ways, in one piece and in many", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    peer.write("from the peer");
    await eventually(() => owner.bytes.length === 13, "what the peer sent");
    assert.equal(owner.bytes.toString(), "from the peer");
    assert.ok(stream.writeOne(Buffer.from("one, ")));
    assert.ok(stream.write([Buffer.from("two, "), Buffer.from("three"), Buffer.from(".")]));
    await eventually(() => peer.bytesRead === 16, "what we sent");
    assert.equal(String(peer.read()), "one, two, three.");
    assert.deepEqual(owner.log, []);
  });

  on("what had been read before it was taken comes first", async (t) => {
    const server = await listening(t);
    let resolve: (owner: Owner) => void = () => {};
    const promise = new Promise<Owner>((settle) => {
      resolve = settle;
    });
    server.once("connection", async (socket: Socket) => {
      socket.pause();
      socket.read(0);
      await eventually(() => socket.readableLength === 5, "the first bytes");
      const owner = new Owner();
      const stream = way.take(socket);
      t.after(() => stream.destroy());
      stream.start(owner);
      stream.resume();
      peer.write(" second");
      resolve(owner);
    });
    const peer = connect((server.address() as AddressInfo).port, "127.0.0.1");
    t.after(() => peer.destroy());
    peer.write("first");
    const owner = await promise;
    await eventually(() => owner.bytes.length === 12, "all of it");
    assert.equal(owner.bytes.toString(), "first second");
  });

  on("memory that was taken can be used again at once", async (t) => {
    const { stream, peer } = await pair(t, way);
    assert.ok(stream.copies);
    const got: Buffer[] = [];
    peer.on("data", (chunk: Buffer) => got.push(chunk));
    const piece = Buffer.alloc(1000);
    for (let i = 0; i < 100; i++) {
      piece.fill(i);
      assert.ok(stream.writeOne(piece));
    }
    piece.fill(255);
    await eventually(() => peer.bytesRead === 100_000, "all of it");
    const all = Buffer.concat(got);
    for (let i = 0; i < 100; i++)
      assert.ok(
        all.subarray(i * 1000, i * 1000 + 1000).every((octet) => octet === i),
        `piece ${i}`,
      );
  });

  on("a slow reader: the write is told when it has been taken, and not before", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    const total = fill(stream);
    await turn();
    await turn();
    assert.deepEqual(owner.log, [], "nobody reads");
    const got: Buffer[] = [];
    peer.on("data", (chunk: Buffer) => got.push(chunk));
    await has(owner, "written");
    await eventually(() => peer.bytesRead === total, "all of it");
    const piece = pattern(256 * 1024);
    const expected = Buffer.concat(Array.from({ length: total / piece.length }, () => piece));
    assert.ok(Buffer.concat(got).equals(expected), "the bytes are right");
    assert.deepEqual(owner.log, ["written"]);
  });

  on("a paused owner is told nothing, and later everything, in order", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    const bytes = pattern(16 << 20);
    stream.pause();
    assert.ok(stream.paused);
    peer.write(bytes.subarray(0, 10));
    await turn();
    for (let at = 10; at < bytes.length; at += 500_000) peer.write(bytes.subarray(at, at + 500_000));
    peer.end();
    for (let i = 0; i < 20; i++) await turn();
    assert.deepEqual([owner.chunks.length, owner.log], [0, []]);
    assert.ok(peer.writableLength > 0, "the peer is slowed down");
    owner.onChunk = () => {
      stream.pause();
      setImmediate(() => stream.resume());
    };
    stream.resume();
    assert.equal(owner.chunks.length, 0, "never within the call");
    await has(owner, "end");
    assert.ok(owner.bytes.equals(bytes));
  });

  on("a reset is told although the owner pauses", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    // Right behind bytes a reset looks like an end to libuv.
    peer.write("before");
    await eventually(() => owner.bytes.length === 6, "the bytes before it");
    stream.pause();
    peer.resetAndDestroy();
    await has(owner, "closed");
    assert.deepEqual(owner.log, ["error ECONNRESET", "closed"]);
    const { message, errno, code, syscall } = owner.error!;
    assert.deepEqual(
      { message, errno, code, syscall },
      { message: "read ECONNRESET", errno: -constants.errno.ECONNRESET, code: "ECONNRESET", syscall: "read" },
    );
    assert.ok(stream.destroyed);
  });

  on("the end is told although the owner pauses, when nothing comes before it", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    stream.pause();
    peer.end();
    await has(owner, "end");
    stream.resume();
    stream.end();
    await has(owner, "closed");
    assert.deepEqual(owner.log, ["end", "closed"]);
  });

  on("a reset while a write is under way", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    fill(stream);
    peer.resetAndDestroy();
    await has(owner, "closed");
    assert.match(owner.log.join(), /^error (ECONNRESET|EPIPE),closed$/);
  });

  on("a write to a peer that has gone fails with the system's error", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    peer.destroy();
    await has(owner, "end");
    await eventually(() => {
      if (!stream.destroyed) stream.writeOne(Buffer.from("x"));
      return owner.log.includes("closed");
    }, "the fault");
    assert.match(owner.log.join(), /^end,error (EPIPE|ECONNRESET),closed$/);
    assert.equal(owner.error!.syscall, "write");
    assert.ok(!stream.writeOne(Buffer.from("x")), "nothing is written any more");
  });

  on("the peer ends its side first: what we write still arrives, and both ends close it", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    peer.end("the last of the peer");
    await has(owner, "end");
    assert.equal(owner.bytes.toString(), "the last of the peer");
    assert.ok(!stream.destroyed);
    assert.ok(stream.writeOne(Buffer.from("our answer")));
    stream.end();
    stream.end();
    await has(owner, "closed");
    await eventually(() => peer.bytesRead === 10, "the answer");
    assert.deepEqual(owner.log, ["end", "closed"]);
  });

  on("we end our side first: what the peer sends still arrives, and both ends close it", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    stream.writeOne(Buffer.from("our last"));
    stream.end();
    peer.resume();
    await once(peer, "end");
    assert.equal(peer.bytesRead, 8);
    peer.write("still heard");
    await eventually(() => owner.bytes.length === 11, "what the peer sent");
    assert.ok(!stream.destroyed);
    peer.end();
    await has(owner, "closed");
    assert.deepEqual(owner.log, ["end", "closed"]);
  });

  on("our end goes out behind a write that was not taken at once", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    const total = fill(stream);
    stream.end();
    peer.resume();
    await once(peer, "end");
    assert.equal(peer.bytesRead, total);
    assert.ok(!stream.destroyed);
    peer.end();
    await has(owner, "closed");
  });

  on("destroyed in the middle of a write: it closes, and no write is told", async (t) => {
    const { stream, owner } = await pair(t, way);
    fill(stream);
    stream.destroy();
    stream.destroy();
    assert.ok(stream.destroyed);
    await has(owner, "closed");
    await turn();
    assert.deepEqual(owner.log, ["closed"]);
  });

  on("destroyed from within a call: no byte more is told", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    owner.onChunk = () => stream.destroy();
    peer.write(pattern(1 << 20));
    await has(owner, "closed");
    assert.equal(owner.chunks.length, 1);
    assert.deepEqual(owner.log, ["closed"]);
  });

  on("20 MB there and back, in pieces of any size", async (t) => {
    const { stream, owner, peer } = await pair(t, way);
    const total = 20_000_000;
    const bytes = pattern(total);
    const queue: Buffer[] = [];
    let writing = false;
    const write = () => {
      while (!writing && queue.length > 0) {
        const pieces = queue.splice(0, 1 + (queue.length % 5));
        writing = !(pieces.length === 1 ? stream.writeOne(pieces[0]!) : stream.write(pieces));
      }
    };
    owner.whenWritten = () => {
      writing = false;
      write();
    };
    owner.onChunk = (chunk) => {
      queue.push(Buffer.from(chunk));
      owner.chunks.length = 0;
      write();
    };
    const got: Buffer[] = [];
    peer.on("data", (chunk: Buffer) => got.push(chunk));
    let seed = 7;
    for (let at = 0; at < total; ) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      const size = 1 + (seed % (seed % 3 === 0 ? 200_000 : 3000));
      if (!peer.write(bytes.subarray(at, at + size))) await once(peer, "drain");
      at += size;
    }
    await eventually(() => peer.bytesRead === total, "all of it", 30_000);
    assert.ok(Buffer.concat(got).equals(bytes));
  });

  on("1 000 connections come and go: no handle stays, and the server closes", async (t) => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap" || name === "TCPWRAP").length;
    const before = sockets();
    const server = await listening(t);
    const count = () =>
      new Promise<number>((resolve) => server.getConnections((_, connections) => resolve(connections)));
    for (let round = 0; round < 20; round++) {
      const pairs: Pair[] = [];
      for (let i = 0; i < 50; i++) pairs.push(await pair(t, way, server));
      assert.equal(await count(), 50);
      for (const [index, { stream, peer }] of pairs.entries()) {
        if (index % 3 === 0) stream.destroy();
        else if (index % 3 === 1) peer.resetAndDestroy();
        else {
          peer.end();
          stream.end();
        }
        peer.resume();
      }
      for (const { owner, peer } of pairs) {
        await has(owner, "closed");
        peer.destroy();
      }
    }
    assert.equal(await count(), 0);
    const closed = once(server, "close");
    server.close();
    await closed;
    await eventually(() => sockets() <= before, "no handle to be left");
  });

  on("a server that closes waits for the connection", async (t) => {
    const { stream, owner, server } = await pair(t, way);
    let closed = false;
    server.close(() => {
      closed = true;
    });
    for (let i = 0; i < 10; i++) await turn();
    assert.ok(!closed, "it is still open");
    stream.destroy();
    await has(owner, "closed");
    await eventually(() => closed, "the server to close");
  });
}

/** A socket of a server, as it comes. */
async function accepted(
  t: TestContext,
  options: { allowHalfOpen: boolean } = { allowHalfOpen: true },
): Promise<{ socket: Socket; peer: Socket }> {
  const server = createServer(options);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const peer = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [Socket];
  t.after(() => {
    peer.destroy();
    socket.destroy();
    server.close();
  });
  return { socket, peer };
}

const unusual: readonly (readonly [name: string, change: (socket: Socket) => unknown])[] = [
  ["the application hears its data", (socket) => socket.on("data", () => {})],
  ["the application hears its end", (socket) => socket.once("end", () => {})],
  ["the application hears its close", (socket) => socket.on("close", () => {})],
  ["the application hears its errors", (socket) => socket.on("error", () => {})],
  ["the application waits for it to be writable", (socket) => socket.on("drain", () => {})],
  ["it is destroyed", (socket) => socket.destroy()],
  ["it has ended", (socket) => socket.end()],
  ["it is corked", (socket) => socket.cork()],
  ["it decodes text", (socket) => socket.setEncoding("utf8")],
  ["a write is under way", (socket) => socket.write(Buffer.alloc(1 << 26))],
  ["it is not half-open", (socket) => Object.assign(socket, { allowHalfOpen: false })],
  ["it is a class of its own", (socket) => Object.setPrototypeOf(socket, class extends Socket {}.prototype)],
];

for (const [name, change] of unusual) {
  test(`a socket is left alone when ${name}`, { skip: ways[1]!.skip }, async (t) => {
    const { socket } = await accepted(t);
    change(socket);
    const handle = (socket as unknown as { _handle: unknown })._handle;
    assert.equal(TcpStream.take(socket), undefined);
    assert.equal((socket as unknown as { _handle: unknown })._handle, handle, "as it was");
    socket.on("error", () => {});
  });
}
