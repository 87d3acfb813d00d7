import { createHash } from "node:crypto";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { acceptDeflate } from "../protocol/deflate/negotiation.js";
import { LimitError, LocalError, PeerError } from "../protocol/error.js";
import { acceptKey } from "../protocol/handshake/accept-key.js";
import { formatExtensions } from "../protocol/handshake/extension-header.js";
import type { RequestHead } from "../protocol/handshake/head.js";
import { refuse } from "../protocol/handshake/refusal.js";
import { checkUpgradeRequest, type UpgradeRequest } from "../protocol/handshake/request-check.js";
import { encodeAccept, encodeRefusal, type RefusalOptions } from "../protocol/handshake/response.js";
import { checkSelection } from "../protocol/handshake/subprotocol.js";
import type { Place } from "./admission.js";
import { negotiated } from "./deflate/negotiated.js";
import { endSoftly } from "./linger.js";
import { ServerLink } from "./server-link.js";
import type { ServerOptions, UpgradeInfo } from "./server-options.js";
import type { ServerState } from "./server-state.js";
import type { Source } from "./trusted-proxy.js";
import { isResponse, refusalFrom, webRequest } from "./web-request.js";
import type { Ticking } from "./wheel.js";

/** SHA-1 as RFC 6455 §4.2.2 wants it; it proves that the server read the key and protects nothing. */
const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** Streams that have been taken: one handshake each. */
const taken = new WeakSet<Duplex>();

/** A correct opening handshake on its way to an answer. */
interface Candidate {
  readonly head: RequestHead;
  readonly request: UpgradeRequest;
  readonly source: Source;
  /** For the `upgrade` handler; undefined where there is none. */
  readonly responseHeaders: Headers | undefined;
}

/** An answer that ends the handshake. */
interface Answer extends RefusalOptions {
  readonly error: Error;
}

/**
 * One opening handshake on the server, from the parsed request to a running connection or a refusal that has been sent.
 * Whatever happens, the stream is dealt with, the place is given back, and nothing is thrown at the caller but misuse.
 */
export class Upgrade<Context> implements Ticking {
  readonly #server: ServerState<Context>;
  readonly #stream: Duplex;
  readonly #since: number;
  readonly #path: string | undefined;
  /** For the application's handlers; most servers have none that could hear of it. */
  readonly #abort: AbortController | undefined;
  /** In the count of connections; from here it goes to the link. */
  #place: Place | undefined;
  #done = false;

  /**
   * @param since when the peer connected, on the clock of the wheel
   * @param path the one path that is served; undefined: any
   * @throws LocalError ERR_ALREADY_UPGRADED for a stream that was given before
   */
  constructor(server: ServerState<Context>, stream: Duplex, since: number, path: string | undefined) {
    if (taken.has(stream)) throw new LocalError("ERR_ALREADY_UPGRADED", "this stream has been upgraded already");
    taken.add(stream);
    this.#server = server;
    this.#stream = stream;
    this.#since = since;
    this.#path = path;
    if (needsRequest(server.handlers)) this.#abort = new AbortController();
    // As node:http has it. Else Node ends our side when the peer ends its own, and with it what the peer has sent and nobody read yet.
    stream.allowHalfOpen = true;
    // First of all: a reset before there is a connection is an `error` event, and one that nobody hears ends the process.
    stream.on("error", this.#gone);
    stream.on("close", this.#gone);
    // Also how a reset looks on a half-open stream of node:http. As there, who has ended its side waits for no answer.
    stream.on("end", this.#gone);
  }

  /** Runs the handshake. @param head what had been read behind the request: the first frames */
  async run(request: RequestHead, head: Uint8Array): Promise<ServerLink<Context> | undefined> {
    // Given too late, behind an `await` of the application's: what has ended has fired its events already.
    if (this.#stream.destroyed || this.#stream.readableEnded) {
      this.#gone();
      return undefined;
    }
    this.#server.wheel.add(this);
    try {
      return await this.#run(request, head);
    } catch (thrown) {
      // Our own signal's reason, which a `fetch` that was given it passes on, is no fault: any client that goes away causes it.
      const signal = this.#abort?.signal;
      if (!signal?.aborted || thrown !== signal.reason) this.#server.reportThrown(thrown, undefined);
      this.#refuse({
        status: 500,
        message: "the server failed",
        error: new LocalError("ERR_UPGRADE_HANDLER", "threw"),
      });
      return undefined;
    }
  }

  /** Part of `Ticking`: the deadline of the handshake. */
  tick(now: number): void {
    if (now - this.#since < this.#server.settings.handshakeTimeout) return;
    const message = "the handshake took too long";
    this.#refuse({ status: 503, message, error: new LimitError("ERR_HANDSHAKE_TIMEOUT", 1008, message) });
  }

  async #run(head: RequestHead, rest: Uint8Array): Promise<ServerLink<Context> | undefined> {
    const candidate = this.#check(head);
    if ("error" in candidate) return this.#refuse(candidate);
    const { handlers } = this.#server;
    const web = this.#abort && webRequest(head, candidate.request, candidate.source.secure, this.#abort.signal);
    if (this.#abort !== undefined && web === undefined) {
      const { status, code, message, headers } = refuse("ERR_HOST");
      return this.#refuse(refusal(status, code, message, headers));
    }
    let context = undefined as Context;
    if (handlers.upgrade !== undefined) {
      const answer = await handlers.upgrade(web!, this.#info(candidate));
      if (this.#done) return undefined;
      if (isResponse(answer)) return await this.#refuseWith(answer);
      context = answer;
    }
    const protocol = this.#selectProtocol(candidate.request.protocols, web);
    return this.#accept(candidate, context, protocol, rest);
  }

  /** Everything that needs no application: is it a handshake, may it come in? */
  #check(head: RequestHead): Candidate | Answer {
    const { settings, handlers, draining, admission } = this.#server;
    const peer = this.#stream instanceof Socket ? (this.#stream.remoteAddress ?? "") : "";
    const source = settings.proxies.resolve(peer, this.#stream instanceof TLSSocket, head.headers);
    if (draining) return refusal(503, "ERR_DRAINING", "the server is going down", [["Retry-After", "1"]]);
    const result = checkUpgradeRequest(head, {
      origins: settings.origins,
      hosts: settings.hosts,
      secure: source.secure,
    });
    if (!result.ok) {
      const { status, code, message, headers } = result.refusal;
      // Told to the operator, not to whoever asked: how this server is set up is nobody else's business.
      return {
        ...refusal(status, code, message, headers),
        error: new PeerError(code, 1008, withProxyHint(code, message)),
      };
    }
    if (this.#path !== undefined && this.#path !== result.path) return notFound();
    const entered = admission.enter(source.address);
    if (entered === "full") return serverFull();
    if (typeof entered === "string") {
      return refusal(429, "ERR_ADDRESS_LIMIT", "too many connections from this address", [["Retry-After", "5"]]);
    }
    this.#place = entered;
    return { head, request: result, source, responseHeaders: handlers.upgrade && new Headers() };
  }

  #info(candidate: Candidate): UpgradeInfo {
    const { request, source, responseHeaders } = candidate;
    return {
      remoteAddress: source.address,
      secure: source.secure,
      protocols: request.protocols,
      peerCertificate: peerCertificate(this.#stream),
      signal: this.#abort!.signal,
      responseHeaders: responseHeaders!,
    };
  }

  #selectProtocol(offered: readonly string[], web: Request | undefined): string | undefined {
    const { protocols } = this.#server.handlers;
    if (protocols === undefined || offered.length === 0) return undefined;
    const chosen =
      typeof protocols === "function" ? protocols(offered, web!) : protocols.find((name) => offered.includes(name));
    // RFC 6455 §4.2.2: the server must not choose what the client did not offer. Thrown at the application before any byte goes out.
    checkSelection(chosen, offered);
    return chosen;
  }

  #accept(
    { request, source, responseHeaders }: Candidate,
    context: Context,
    protocol: string | undefined,
    head: Uint8Array,
  ): ServerLink<Context> | undefined {
    if (this.#server.draining) return this.#refuse(refusal(503, "ERR_DRAINING", "the server is going down", []));
    const { deflate } = this.#server;
    const compression = deflate && acceptDeflate(request.extensions, deflate.settings);
    const extensions = compression === undefined ? [] : [compression.response];
    const answer = encodeAccept({
      accept: acceptKey(request.key, sha1),
      protocol,
      extensions,
      headers: responseHeaders === undefined ? [] : [...responseHeaders],
    });
    const opening = this.#server.opening({
      context,
      protocol: protocol ?? "",
      extensions: extensions.length > 0 ? formatExtensions(extensions) : "",
      path: request.target,
      remoteAddress: source.address,
    });
    const compresses = compression && negotiated(deflate!, compression.agreed, "server");
    const link = new ServerLink(this.#server, this.#stream, opening, this.#place!, compresses);
    this.#finish();
    if (this.#stream instanceof Socket) this.#stream.setNoDelay(true).setTimeout(0);
    // The transport hears errors from here on; nothing of the handshake is kept for the life of the connection.
    this.#stream.off("error", this.#gone);
    link.start(answer, head);
    return link;
  }

  async #refuseWith(response: Response): Promise<undefined> {
    const { status, headers, body } = await refusalFrom(response);
    return this.#refuse({ status, headers, body, error: new PeerError("ERR_REFUSED", 1008, `refused with ${status}`) });
  }

  #refuse({ error, ...options }: Answer): undefined {
    if (this.#done) return;
    // An answer of the application's that cannot be written throws here, while there is still time for a 500.
    const answer = encodeRefusal(options);
    this.#finish();
    this.#leave();
    this.#abort?.abort(error);
    this.#server.report(error, undefined);
    endSoftly(this.#stream, this.#server.wheel, answer);
  }

  /** The peer went away while its handshake was under way. */
  readonly #gone = (): void => {
    if (this.#done) return;
    this.#finish();
    this.#leave();
    this.#stream.destroy();
    this.#abort?.abort(new LocalError("ERR_CONNECTION_ENDED", "the client went away during the handshake"));
  };

  #leave(): void {
    if (this.#place !== undefined) this.#server.admission.leave(this.#place);
    this.#place = undefined;
  }

  #finish(): void {
    this.#done = true;
    this.#server.wheel.remove(this);
    this.#stream.off("close", this.#gone);
    this.#stream.off("end", this.#gone);
  }
}

/** Whether a handler is to see the request as a web-standard `Request`. */
function needsRequest<Context>({ upgrade, protocols }: ServerOptions<Context>): boolean {
  return upgrade !== undefined || typeof protocols === "function";
}

/** The answer when there is no room. */
export function serverFull(): RefusalOptions & { readonly error: Error } {
  return refusal(503, "ERR_FULL", "the server is full", [["Retry-After", "5"]]);
}

/** The answer to a path that nobody serves. */
export function notFound(): RefusalOptions & { readonly error: Error } {
  return refusal(404, "ERR_PATH", "no WebSocket is served here", []);
}

function refusal(status: number, code: string, message: string, headers: RefusalOptions["headers"]): Answer {
  return { status, message, headers, error: new PeerError(code, 1008, message) };
}

/** The commonest cause of a refused scheme is a proxy that ends TLS: say what to do about it. */
function withProxyHint(code: string, message: string): string {
  return code === "ERR_ORIGIN_SCHEME" ? `${message} (behind a proxy that ends TLS, name it in "trustProxy")` : message;
}

function peerCertificate(stream: Duplex): UpgradeInfo["peerCertificate"] {
  if (!(stream instanceof TLSSocket)) return undefined;
  const certificate = stream.getPeerCertificate();
  if (certificate === null || Object.keys(certificate).length === 0) return undefined;
  return { authorized: stream.authorized, certificate };
}
