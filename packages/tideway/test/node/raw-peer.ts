/** A client made of nothing but a socket: sends any bytes, right or wrong, and reads what comes back. For tests of the server. */
import assert from "node:assert/strict";
import { createConnection, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import { rawFrame } from "../../dist/testing/recorder.js";

export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** Opcodes with FIN, as the first octet of a frame. */
export const TEXT = 0x81;
export const BINARY = 0x82;
export const CLOSE = 0x88;
export const PING = 0x89;
export const PONG = 0x8a;

/** Longest wait for anything that has to happen. Far above what is needed, so that only a hang runs into it. */
const PATIENCE = 10_000;

/** A change to the lines of a request: undefined leaves a line out, several values repeat it. */
export type Lines = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface RequestOptions {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  readonly lines?: Lines;
}

/** The text of an opening handshake (RFC 6455 §4.1) with some of it changed. */
export function upgradeRequest(options: RequestOptions = {}): string {
  const { method = "GET", target = "/", version = "HTTP/1.1", lines = {} } = options;
  const all: Record<string, string | readonly string[] | undefined> = {
    Host: "server.test",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...lines,
  };
  const head = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return `${method} ${target} ${version}\r\n${head.join("")}\r\n`;
}

/** A masked frame. */
export function masked(first: number, payload: Uint8Array | string = ""): Uint8Array {
  return rawFrame(first, payload, 0x37fa213d);
}

/** A masked close frame. */
export function closeFrame(code?: number, reason = ""): Uint8Array {
  if (code === undefined) return masked(CLOSE);
  return masked(CLOSE, Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)]));
}

/** The head of an answer. */
export interface Head {
  readonly status: number;
  /** By lower-case name; the values of repeated lines are joined with " | ". */
  readonly headers: ReadonlyMap<string, string>;
}

/** A frame of the server. */
export interface Frame {
  readonly first: number;
  readonly payload: Buffer;
}

export interface ConnectOptions {
  readonly port: number;
  readonly host?: string;
  readonly localAddress?: string;
  /** Over TLS with these options; any certificate is taken. */
  readonly tls?: TlsOptions;
  /** Do not read until `socket.resume()`: the kernel's buffers fill up. */
  readonly paused?: boolean;
}

export class RawPeer {
  readonly socket: Socket;
  /** The server has ended its side in order. */
  ended = false;
  /** The code of the socket's error: "ECONNRESET" after a reset. */
  error: string | undefined;
  closed = false;
  /** Bytes read in all. */
  total = 0;

  #chunks: Buffer[] = [];
  #length = 0;
  #waiting: (() => void)[] = [];

  constructor(socket: Socket, paused = false) {
    this.socket = socket;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
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
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.total += chunk.length;
      this.#wake();
    });
    if (paused) socket.pause();
  }

  static async connect({ port, host = "127.0.0.1", tls, paused, localAddress }: ConnectOptions): Promise<RawPeer> {
    const target = { port, host, noDelay: true, ...(localAddress !== undefined && { localAddress }) };
    const socket = tls ? connectTls({ ...target, rejectUnauthorized: false, ...tls }) : createConnection(target);
    const peer = new RawPeer(socket, paused);
    let connected = false;
    socket.once(tls ? "secureConnect" : "connect", () => {
      connected = true;
      peer.#wake();
    });
    await peer.until(() => connected || peer.closed, "a connection");
    if (!connected) throw new Error(`not connected: ${peer.error}`);
    return peer;
  }

  /** Connects and does the opening handshake. */
  static async open(options: ConnectOptions & { readonly request?: RequestOptions }): Promise<RawPeer> {
    const { paused, ...connection } = options;
    const peer = await RawPeer.connect(connection);
    peer.send(upgradeRequest(options.request));
    const head = await peer.head();
    assert.equal(head.status, 101);
    if (paused) peer.socket.pause();
    return peer;
  }

  /** Text goes out one byte per character. */
  send(bytes: Uint8Array | string): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Resolves when all that was sent has been taken by the kernel. */
  flushed(): Promise<void> {
    return new Promise((resolve, reject) => this.socket.write("", (error) => (error ? reject(error) : resolve())));
  }

  text(text: string): void {
    this.send(masked(TEXT, text));
  }

  /** Waits until something holds; looked at whenever anything happens to the socket. */
  async until(condition: () => boolean, what: string, patience: number = PATIENCE): Promise<void> {
    const deadline = performance.now() + patience;
    while (!condition()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`waited ${patience} ms for ${what}; ${this.#describe()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Bytes that were read and not taken. */
  get pending(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }

  /** Takes bytes. */
  take(length: number = this.#length): Buffer {
    const all = this.pending;
    this.#chunks = [all.subarray(length)];
    this.#length = this.#chunks[0]!.length;
    return all.subarray(0, length);
  }

  /** Waits for `length` bytes and takes them. */
  async read(length: number, patience?: number): Promise<Buffer> {
    await this.until(() => this.#length >= length || this.closed, `${length} bytes`, patience);
    assert.ok(this.#length >= length, `closed after ${this.#length} of ${length} bytes; ${this.#describe()}`);
    return this.take(length);
  }

  /** Waits for the head of an HTTP answer and takes it. */
  async head(patience?: number): Promise<Head> {
    const complete = () => this.pending.includes("\r\n\r\n");
    await this.until(() => complete() || this.closed, "an answer", patience);
    assert.ok(complete(), `closed without an answer; ${this.#describe()}`);
    const [first = "", ...lines] = this.take(this.pending.indexOf("\r\n\r\n") + 4)
      .toString("latin1")
      .trimEnd()
      .split("\r\n");
    const headers = new Map<string, string>();
    for (const line of lines) {
      const [, name = "", value = ""] = /^([^:]+): *(.*)$/.exec(line) ?? [];
      const known = headers.get(name.toLowerCase());
      headers.set(name.toLowerCase(), known === undefined ? value : `${known} | ${value}`);
    }
    assert.match(first, /^HTTP\/1\.1 \d{3} /);
    return { status: Number(first.slice(9, 12)), headers };
  }

  /** Waits for a whole refusal: head, body by Content-Length, and the orderly end of the connection (X-7). */
  async refusal(patience?: number): Promise<Head & { readonly body: string }> {
    const head = await this.head(patience);
    const body = await this.read(Number(head.headers.get("content-length") ?? 0), patience);
    await this.until(() => this.ended || this.closed, "the end of the connection", patience);
    assert.equal(this.error, undefined, "the connection was reset");
    assert.equal(this.#length, 0, "bytes behind the refusal");
    return { ...head, body: body.toString() };
  }

  /** Waits for the next frame and takes it. */
  async frame(patience?: number): Promise<Frame> {
    const [first, second] = await this.read(2, patience);
    assert.equal(second! & 0x80, 0, "a server must not mask");
    let length = second!;
    if (second === 126) length = (await this.read(2, patience)).readUInt16BE();
    else if (second === 127) length = Number((await this.read(8, patience)).readBigUInt64BE());
    return { first: first!, payload: await this.read(length, patience) };
  }

  /** The next text message; any other frame is a failure. */
  async message(patience?: number): Promise<string> {
    const { first, payload } = await this.frame(patience);
    assert.equal(first, TEXT, `a text message; got ${first.toString(16)} ${payload.toString("latin1")}`);
    return payload.toString();
  }

  /** The code of the next close frame, 1005 for an empty one; frames before it are passed over. */
  async closing(patience?: number): Promise<{ readonly code: number; readonly reason: string }> {
    for (;;) {
      const { first, payload } = await this.frame(patience);
      if (first !== CLOSE) continue;
      if (payload.length === 0) return { code: 1005, reason: "" };
      return { code: payload.readUInt16BE(), reason: payload.subarray(2).toString() };
    }
  }

  /** Waits for the connection's end, which has to be in order: a FIN, no reset. */
  async orderlyEnd(patience?: number): Promise<void> {
    await this.until(() => this.ended || this.closed, "the end of the connection", patience);
    assert.equal(this.error, undefined, "the connection was reset");
  }

  /** Waits until the socket is gone, in whatever way. */
  async gone(patience?: number): Promise<void> {
    await this.until(() => this.closed, "the socket to close", patience);
  }

  /** Ends without a word: a FIN, or with `reset` a RST. */
  drop(reset = false): void {
    if (reset) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #describe(): string {
    const state = this.closed ? "closed" : this.ended ? "ended" : "open";
    return `${state}${this.error ? ` (${this.error})` : ""}, ${this.#length} bytes: ${this.pending.subarray(0, 80).toString("latin1")}`;
  }
}

/** Waits until something holds that has no event; looks every 5 ms. */
export async function eventually(condition: () => boolean, what: string, patience: number = PATIENCE): Promise<void> {
  const deadline = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${patience} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
