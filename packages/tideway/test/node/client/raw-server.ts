/** A server made of nothing but sockets: answers with any bytes, right or wrong, and sees what the client sends. */
import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

export const TEXT = 0x81;
export const BINARY = 0x82;
export const CLOSE = 0x88;
export const PING = 0x89;
export const PONG = 0x8a;

/** Longest wait for anything that has to happen: only a hang runs into it. */
const PATIENCE = 10_000;

/** An unmasked frame, with the shortest length. */
export function frame(first: number, payload: Uint8Array | string = ""): Buffer {
  const body = Buffer.from(payload as string);
  let header = Buffer.from([first, body.length]);
  if (body.length > 125) {
    header = Buffer.from([first, 126, body.length >> 8, body.length & 0xff]);
    if (body.length > 0xffff) {
      header = Buffer.alloc(10);
      header[0] = first;
      header[1] = 127;
      header.writeUInt32BE(body.length, 6);
    }
  }
  return Buffer.concat([header, body]);
}

export function closeFrame(code: number, reason = ""): Buffer {
  return frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]));
}

/** One connection as the server sees it. */
export class RawPeer {
  readonly socket: Socket;
  ended = false;
  closed = false;
  /** What comes is thrown away. */
  discards = false;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      if (!this.discards) this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    socket.on("end", () => {
      this.ended = true;
      this.#wake();
    });
    socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** Waits until something about the connection holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async read(length: number): Promise<Buffer> {
    await this.until(() => this.#bytes.length >= length || this.closed, `${length} bytes`);
    if (this.#bytes.length < length) throw new Error(`closed after ${this.#bytes.length} of ${length} bytes`);
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  /** The head of the request. */
  async request(): Promise<string> {
    await this.until(() => this.#bytes.includes("\r\n\r\n"), "a request");
    return (await this.read(this.#bytes.indexOf("\r\n\r\n") + 4)).toString("latin1");
  }

  /** The head of the 101 that answers a request. */
  static answer(request: string, lines = ""): string {
    const key = /Sec-WebSocket-Key: (\S+)/.exec(request)![1]!;
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${lines}\r\n`;
  }

  /** Reads the request and answers it, with frames in the same packet. */
  async accept(lines = "", ...frames: readonly Uint8Array[]): Promise<string> {
    const request = await this.request();
    this.socket.write(Buffer.concat([Buffer.from(RawPeer.answer(request, lines), "latin1"), ...frames]));
    return request;
  }

  /** The next frame, unmasked. */
  async frame(): Promise<{ readonly first: number; readonly payload: Buffer }> {
    const [first, second] = await this.read(2);
    if ((second! & 0x80) === 0) throw new Error("a client must mask");
    let length = second! & 0x7f;
    if (length === 126) length = (await this.read(2)).readUInt16BE();
    else if (length === 127) length = Number((await this.read(8)).readBigUInt64BE());
    const key = await this.read(4);
    const payload = Buffer.from(await this.read(length));
    for (let i = 0; i < length; i++) payload[i]! ^= key[i % 4]!;
    return { first: first!, payload };
  }
}

/** A listening server, and what to do with each connection. */
export class RawServer {
  readonly #server: Server;
  readonly #peers = new Set<RawPeer>();
  accepted = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  static async listen(serve: (peer: RawPeer) => unknown, tls?: TlsOptions, path?: string): Promise<RawServer> {
    const onSocket = (socket: Socket): void => {
      const peer = new RawPeer(socket);
      started.accepted++;
      started.#peers.add(peer);
      socket.on("close", () => started.#peers.delete(peer));
      void (async () => serve(peer))().catch(() => socket.destroy());
    };
    const server = tls ? createTlsServer(tls, onSocket) : createServer({ allowHalfOpen: true }, onSocket);
    server.on("tlsClientError", () => {});
    const started = new RawServer(server);
    await new Promise<void>((resolve) =>
      path ? server.listen(path, resolve) : server.listen(0, "127.0.0.1", resolve),
    );
    return started;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  async close(): Promise<void> {
    for (const { socket } of this.#peers) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Starts a server for one test. */
export async function rawServer(
  t: { after(done: () => Promise<void>): void },
  serve: (peer: RawPeer) => unknown,
  tls?: TlsOptions,
): Promise<RawServer> {
  const server = await RawServer.listen(serve, tls);
  t.after(() => server.close());
  return server;
}
