import type { IncomingMessage } from "node:http";
import type { Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import type { RequestHead } from "../protocol/handshake/head.js";
import { HeaderList } from "../protocol/handshake/header-list.js";
import { encodeRefusal } from "../protocol/handshake/response.js";
import { endSoftly } from "./linger.js";
import { harmlessListener } from "./undocumented/tcp-handle.js";
import { notFound } from "./upgrade.js";
import { Wheel } from "./wheel.js";

/** Takes an upgrade request that node:http has parsed. */
export type UpgradeTaker = (request: IncomingMessage, stream: Duplex, head: Uint8Array) => void;

/** One listener on each HTTP server, however many WebSocket servers are attached to it by path. */
const attachments = new WeakMap<NetServer, HttpAttachment>();

const wheel = new Wheel(1000);

const destroyOnError = harmlessListener(function (this: Duplex): void {
  this.destroy();
});

/** Sends the upgrade requests of one HTTP server to whom they are for. */
export class HttpAttachment {
  readonly #server: NetServer;
  readonly #byPath = new Map<string, UpgradeTaker>();
  #anyPath: UpgradeTaker | undefined;

  private constructor(server: NetServer) {
    this.#server = server;
    server.on("upgrade", this.#onUpgrade);
  }

  /** The attachment of a server, made when it is first asked for. */
  static of(server: NetServer): HttpAttachment {
    let attachment = attachments.get(server);
    if (attachment === undefined) {
      attachment = new HttpAttachment(server);
      attachments.set(server, attachment);
    }
    return attachment;
  }

  /**
   * @param path exact path without query, or undefined for all that nobody else has
   * @throws Error when the path is taken
   */
  add(path: string | undefined, taker: UpgradeTaker): void {
    const known = path === undefined ? this.#anyPath : this.#byPath.get(path);
    if (known !== undefined) throw new Error(`a WebSocketServer is attached for ${path ?? "all paths"} already`);
    if (path === undefined) this.#anyPath = taker;
    else this.#byPath.set(path, taker);
  }

  /** Undoes `add`; without takers the HTTP server is as it was. */
  remove(taker: UpgradeTaker): void {
    if (this.#anyPath === taker) this.#anyPath = undefined;
    for (const [path, known] of this.#byPath) if (known === taker) this.#byPath.delete(path);
    if (this.#anyPath !== undefined || this.#byPath.size > 0) return;
    this.#server.off("upgrade", this.#onUpgrade);
    attachments.delete(this.#server);
  }

  readonly #onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    // Before anything else: see `Upgrade`.
    stream.on("error", destroyOnError);
    const taker = this.#byPath.get((request.url ?? "").split("?", 1)[0]!) ?? this.#anyPath;
    if (taker !== undefined) taker(request, stream, head);
    // Another listener may know the path; only when there is none must we answer.
    else if (this.#server.listenerCount("upgrade") === 1) endSoftly(stream, wheel, encodeRefusal(notFound()));
  };
}

/** The head of a request that node:http has parsed, with every header line as it came. */
export function headOf(request: IncomingMessage): RequestHead {
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    version: request.httpVersion,
    headers: HeaderList.fromRaw(request.rawHeaders),
  };
}
