import type { Duplex } from "node:stream";
import type { DeflateParameters } from "../../protocol/deflate/parameter.js";
import { LimitError, LocalError, PeerError } from "../../protocol/error.js";
import type { ResponseHead } from "../../protocol/handshake/head.js";
import { HeadParser } from "../../protocol/handshake/head-parser.js";
import type { HeaderList } from "../../protocol/handshake/header-list.js";
import { HANDSHAKE_CODES, type Refusal } from "../../protocol/handshake/refusal.js";
import {
  type AcceptedResponse,
  checkUpgradeResponse,
  isInterim,
  type ResponseFailure,
} from "../../protocol/handshake/response-check.js";
import { isThenable } from "../thenable.js";
import { harmlessListener } from "../undocumented/tcp-handle.js";
import type { ClientPlan } from "./client-plan.js";
import { explainConnect } from "./connect-error.js";
import { readExtensions } from "./deflate-answer.js";
import { explainStatus, HandshakeError } from "./handshake-error.js";
import { openStream } from "./open-stream.js";
import { ResponseBody } from "./response-body.js";

/** How long the body of a refusal is waited for, in milliseconds. */
const BODY_TIMEOUT = 1000;
/**
 * Most interim answers (100, 103) before the final one. A server sends one or two; without a bound one could send them until the deadline.
 * Others: curl counts their bytes, Node and undici have no bound.
 */
const MAX_INTERIM = 16;
/** The longest time that `setTimeout` takes. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** An opening handshake that succeeded. */
export interface Dialled {
  readonly stream: Duplex;
  /** What came behind the head of the answer: frames. */
  readonly head: Uint8Array;
  /** The subprotocol in use, "" for none. */
  readonly protocol: string;
  /** The header lines of the 101. */
  readonly headers: HeaderList;
  /** What was agreed of permessage-deflate; undefined: it is not in use. */
  readonly deflate: DeflateParameters | undefined;
  /** The extensions in use, "" for none. */
  readonly extensions: string;
}

/** Who is told how it went. One of the two is called, once, and never within `start` or `abort`. */
export interface DialOwner {
  onDialled(dialled: Dialled): void;
  onRefused(error: Error): void;
}

type Stage = "connecting" | "TLS" | "waiting for an answer";

/** One attempt to connect: look-up, connection, TLS, request, answer, under one deadline (RFC 6455 §4.1). */
export class Dial {
  readonly #plan: ClientPlan;
  readonly #owner: DialOwner;
  #parser = new HeadParser({ kind: "response" });
  #interim = 0;
  #stream: Duplex | undefined;
  #stage: Stage = "connecting";
  #timer: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #done = false;
  /** An answer that is no 101, while its body is read. */
  #refusal: { readonly failure: ResponseFailure; readonly head: ResponseHead; readonly body: ResponseBody } | undefined;

  constructor(plan: ClientPlan, owner: DialOwner) {
    this.#plan = plan;
    this.#owner = owner;
  }

  /** Begins. A look-up or transport of the caller's own is called from here, and may abort at once. */
  start(): void {
    const { handshakeTimeout } = this.#plan;
    if (handshakeTimeout !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#onDeadline(), Math.min(handshakeTimeout, MAX_TIMEOUT));
    }
    this.#open();
  }

  /** Gives up. The owner is told the error, unless it has been told something already. */
  abort(error: Error): void {
    this.#fail(error);
  }

  #open(): void {
    try {
      const { createConnection } = this.#plan.options;
      if (createConnection === undefined) {
        const { stream, readyEvent } = openStream(this.#plan);
        this.#hear(stream, readyEvent);
        return;
      }
      const own = createConnection();
      if (isThenable(own))
        Promise.resolve(own)
          .then((stream) => this.#hearOwn(stream))
          .catch(this.#onError);
      else this.#hearOwn(own);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Hears the caller's own stream, which is whatever it gave us. */
  #hearOwn(stream: Duplex | undefined): void {
    // What is not a stream must not become a direct connection, past the proxy it was meant for.
    if (typeof stream?.write !== "function" || typeof stream.on !== "function") {
      throw new TypeError("createConnection gave no stream");
    }
    // One that has ended already has fired its events.
    if (stream.destroyed || stream.readableEnded) throw new Error("createConnection gave a stream that has ended");
    this.#hear(stream, undefined);
  }

  #hear(stream: Duplex, readyEvent: "connect" | "secureConnect" | undefined): void {
    this.#stream = stream;
    // First, and for the life of the stream: an error without a listener ends the process.
    stream.on("error", this.#onError);
    stream.on("close", this.#onEnd);
    stream.on("end", this.#onEnd);
    stream.on("data", this.#onData);
    if (this.#done) {
      stream.destroy();
      return;
    }
    if (readyEvent === undefined) this.#ask();
    else stream.once(readyEvent, () => this.#ask());
    if (readyEvent === "secureConnect") {
      stream.once("connect", () => {
        this.#stage = "TLS";
      });
    }
  }

  #ask(): void {
    if (this.#done) return;
    this.#stage = "waiting for an answer";
    this.#stream?.write(this.#plan.request);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#refusal !== undefined) {
      this.#readBody(chunk);
      return;
    }
    for (let bytes: Buffer = chunk; bytes.length > 0; ) {
      const result = this.#parser.receive(bytes, 0, bytes.length);
      if (result === undefined) return;
      if (!result.ok) {
        this.#fail(this.#explainHead(result.refusal, bytes));
        return;
      }
      bytes = bytes.subarray(result.end);
      if (!isInterim(result.head) || ++this.#interim > MAX_INTERIM) {
        this.#judge(result.head, bytes);
        return;
      }
      this.#parser = new HeadParser({ kind: "response" });
    }
  };

  /** Takes the final answer. */
  #judge(head: ResponseHead, rest: Buffer): void {
    const { accept, protocols, offers } = this.#plan;
    const checked = checkUpgradeResponse(head, {
      accept,
      protocols,
      extensions: offers.map(({ name }) => name),
    });
    if (checked.ok) this.#agree(checked, head, rest);
    else this.#refuse(checked.failure, head, rest);
  }

  /** RFC 7692 §7.1: an answer whose parameters cannot be agreed with fails the connection. */
  #agree(accepted: AcceptedResponse, { headers }: ResponseHead, rest: Uint8Array): void {
    const answer = readExtensions(accepted.extensions, this.#plan.offers);
    if (!answer.ok) {
      this.#fail(new HandshakeError(answer.code, answer.message, { status: 101, headers, body: "" }));
      return;
    }
    const { agreed: deflate, extensions } = answer;
    this.#succeed({ head: rest, protocol: accepted.protocol ?? "", headers, deflate, extensions });
  }

  readonly #onEnd = (): void => {
    if (this.#refusal !== undefined) {
      this.#failRefused();
      return;
    }
    const hint = this.#plan.destination.secure ? "" : ": it may want TLS, a wss: URL";
    const message = `${this.#where()} ended the connection without an answer${hint}`;
    this.#fail(new PeerError("ERR_HANDSHAKE_ENDED", 1002, message));
  };

  readonly #onError = (thrown: unknown): void => {
    if (this.#refusal !== undefined) this.#failRefused();
    else this.#fail(explainConnect(toError(thrown), this.#where(), this.#plan.destination.host));
  };

  #onDeadline(): void {
    if (this.#refusal !== undefined) {
      this.#failRefused();
      return;
    }
    const seconds = this.#plan.handshakeTimeout / 1000;
    const message = `no WebSocket to ${this.#where()} within ${seconds} s: still ${this.#stage === "TLS" ? "in the TLS handshake" : this.#stage}`;
    this.#fail(new LocalError("ERR_HANDSHAKE_TIMEOUT", message));
  }

  /** Takes the stream out of our hands, with what has been read too far. */
  #succeed(result: Omit<Dialled, "stream">): void {
    const stream = this.#stream!;
    this.#done = true;
    clearTimeout(this.#timer);
    stream.off("data", this.#onData);
    stream.off("end", this.#onEnd);
    stream.off("close", this.#onEnd);
    // Never without a listener, and this attempt is over.
    stream.on("error", ignore);
    stream.off("error", this.#onError);
    this.#owner.onDialled({ stream, ...result });
  }

  /** No WebSocket. A plain HTTP answer may say why, in its body. */
  #refuse(failure: ResponseFailure, head: ResponseHead, rest: Uint8Array): void {
    this.#refusal = { failure, head, body: new ResponseBody(head) };
    // Within the deadline of the whole, which goes on.
    this.#patience = setTimeout(() => this.#failRefused(), BODY_TIMEOUT);
    this.#readBody(rest);
  }

  #readBody(bytes: Uint8Array): void {
    const { body } = this.#refusal!;
    body.receive(bytes);
    if (body.complete) this.#failRefused();
  }

  #failRefused(): void {
    const { failure, head, body } = this.#refusal!;
    const { status, headers } = head;
    const plain = failure.code === "ERR_RESPONSE_STATUS";
    const message = plain ? explainStatus(status, headers.get("location")) : failure.message;
    this.#fail(new HandshakeError(failure.code, message, { status, headers, body: body.text() }));
  }

  #explainHead(refusal: Refusal, chunk: Uint8Array): Error {
    const { code, message } = refusal;
    if (HANDSHAKE_CODES[code].fault === "limit") return new LimitError(code, 1008, `the server's answer: ${message}`);
    // A TLS record: an alert (21) or a handshake (22), of version 3.x (RFC 8446 §5.1).
    const tls = (chunk[0] === 21 || chunk[0] === 22) && chunk[1] === 3 && !this.#plan.destination.secure;
    const hint = tls ? "it speaks TLS on this port: use a wss: URL" : message;
    return new PeerError(code, 1002, `the server does not answer with correct HTTP: ${hint}`);
  }

  #fail(error: Error): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
    this.#stream?.destroy();
    setImmediate(() => this.#owner.onRefused(error));
  }

  #where(): string {
    const { destination, options } = this.#plan;
    if (options.createConnection !== undefined) return "the server";
    if (options.socketPath !== undefined) return options.socketPath;
    return `${destination.url.hostname}:${destination.port}`;
  }
}

const ignore = harmlessListener((): void => {
  // Whoever has the stream now hears it, too.
});

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
