import { inspect } from "node:util";
import { ReaderStock } from "../protocol/reader-stock.js";
import { Admission } from "./admission.js";
import { DeflatePool } from "./deflate/pool.js";
import { nodeKernel } from "./kernel/node-kernel.js";
import { LentMemory } from "./lent-memory.js";
import { Publication } from "./publication.js";
import type { SendResult } from "./send-result.js";
import { resolveOptions, type ServerOptions, type Settings } from "./server-options.js";
import type { Opening, ServerSocket } from "./server-socket.js";
import { isThenable } from "./thenable.js";
import { TopicIndex } from "./topic.js";
import type { Pace } from "./transport.js";
import { turnFor, Wheel } from "./wheel.js";

/** One connection, as the others of its server see it. */
export interface Member<Context> {
  readonly socket: ServerSocket<Context>;
  sendPublished(publication: Publication): SendResult;
  close(code?: number, reason?: string): void;
}

/** What the connections of one server share. */
export class ServerState<Context> {
  readonly settings: Settings;
  readonly handlers: ServerOptions<Context>;
  readonly wheel: Wheel;
  readonly admission: Admission;
  /** What compresses, if anything does. */
  readonly deflate: DeflatePool | undefined;
  /** How fast a peer must take what is sent to it. */
  readonly pace: Pace;
  readonly links: Set<Member<Context>> = new Set();
  readonly topics: TopicIndex<Member<Context>> = new TopicIndex();
  /** Of large messages that end with their handler; undefined where the application keeps them. */
  readonly memory: LentMemory | undefined;
  /** What reads for connections without an extension; undefined where a tap wants to see every frame of each. */
  readonly readers: ReaderStock | undefined;
  /** No new connection is taken. */
  draining = false;
  readonly #waiting: (() => void)[] = [];
  #lastOpening: Opening<Context> | undefined;

  constructor(options: ServerOptions<Context>) {
    this.handlers = options;
    this.settings = resolveOptions(options);
    const { limits, handshakeTimeout, sendMaxAge, writeTimeout } = this.settings;
    this.pace = { highWater: this.settings.sendHighWater, writeTimeout, sendMaxAge, readsOnlyWhenDrained: true };
    const { pingInterval, pingTimeout, closeTimeout, messageTimeout } = limits;
    this.wheel = new Wheel(
      turnFor(handshakeTimeout, sendMaxAge, writeTimeout, pingInterval, pingTimeout, closeTimeout, messageTimeout),
    );
    this.deflate = this.settings.compression && new DeflatePool(this.settings.compression);
    this.memory = this.settings.binary === "view" ? new LentMemory() : undefined;
    const { memory } = this;
    if (options.tap === undefined) this.readers = new ReaderStock({ kernel: nodeKernel, limits, masked: true, memory });
    this.admission = new Admission(this.settings, () => performance.now());
  }

  /**
   * What an opening handshake found out, to be kept. Connections that come from one address for the same thing share it, as behind a proxy
   * all do. Only where the application attached nothing: the last one's context is not to be kept here.
   */
  opening(found: Opening<Context>): Opening<Context> {
    if (found.context !== undefined) return found;
    const last = this.#lastOpening;
    const same =
      last?.remoteAddress === found.remoteAddress &&
      last.path === found.path &&
      last.protocol === found.protocol &&
      last.extensions === found.extensions;
    if (same) return last;
    this.#lastOpening = found;
    return found;
  }

  /** Sends to every subscriber but one, encoded once. @param plain compressed for nobody */
  publish(topic: string, data: string | Uint8Array, plain: boolean, except?: Member<Context>): number {
    const members = this.topics.members(topic);
    if (members.size === 0) return 0;
    const publication = new Publication(data, this.deflate, plain);
    let taken = 0;
    for (const link of members) if (link !== except && link.sendPublished(publication) !== "dropped") taken++;
    return taken;
  }

  /** Resolves when no connection is left. */
  whenEmpty(): Promise<void> {
    if (this.links.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** To be called when the last connection has ended. */
  onEmpty(): void {
    // Whoever comes gets its memory anew; a server that is idle or closed holds none.
    this.deflate?.close();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** A fault of a peer or of the network: told to the `error` handler, else to nobody, since anyone on the net can cause it. */
  report(error: Error, socket: ServerSocket<Context> | undefined): void {
    try {
      // A handler that is an async function passes for one without a result; its rejection would end the process.
      const result: unknown = this.handlers.error?.(error, socket);
      if (isThenable(result)) Promise.resolve(result).catch(warn);
    } catch (thrown) {
      warn(thrown);
    }
  }

  /** A fault of the application: told to the `error` handler, else to the operator. */
  reportThrown(thrown: unknown, socket: ServerSocket<Context> | undefined): void {
    if (this.handlers.error === undefined) warn(thrown);
    else this.report(asError(thrown), socket);
  }
}

/** What was thrown, as an error. Not `String`: it throws for an object without a prototype. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`a handler threw ${inspect(thrown, { customInspect: false })}`);
}

/** Tells the operator, with the stack: Node itself shows that of a warning only on demand. */
function warn(thrown: unknown): void {
  const { message, name, stack } = asError(thrown);
  process.emitWarning(message, { type: name, ...(stack !== undefined && { detail: stack }) });
}
