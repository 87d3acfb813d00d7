/** Tideway's opening handshake without I/O, as bytes in and bytes out: the functions of `tideway/protocol` put together as a server or client does. */
import { createHash, randomBytes } from "node:crypto";
import type { DeflateParameters, DeflateSettings } from "tideway/protocol";
import type { Protocol } from "./core-line.js";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** What a server without I/O makes of a request. */
export interface CoreAnswer {
  /** Bytes of the answer; undefined when the request was not complete. */
  readonly bytes: Uint8Array | undefined;
  /** Bytes behind the head. */
  readonly rest: Uint8Array;
  /** What permessage-deflate was agreed with; undefined without it. */
  readonly agreed?: DeflateParameters | undefined;
}

/** Answers the pieces of a request. @param settings of the server for permessage-deflate */
export function answerRequest(protocol: Protocol, pieces: Iterable<Uint8Array>, settings: DeflateSettings): CoreAnswer {
  const { acceptDeflate, acceptKey, checkUpgradeRequest, encodeAccept, encodeRefusal } = protocol;
  const parser = new protocol.HeadParser({ kind: "request" });
  const origins = new protocol.OriginPolicy("same-origin");
  const rest: Uint8Array[] = [];
  let bytes: Uint8Array | undefined;
  let agreed: DeflateParameters | undefined;
  for (const piece of pieces) {
    if (bytes !== undefined) {
      rest.push(piece);
      continue;
    }
    const result = parser.receive(piece, 0, piece.length);
    if (result === undefined) continue;
    if (!result.ok) return { bytes: encodeRefusal(result.refusal), rest: new Uint8Array(0) };
    const checked = checkUpgradeRequest(result.head, { origins, secure: false });
    if (checked.ok) {
      const deflate = acceptDeflate(checked.extensions, settings);
      const extensions = deflate === undefined ? [] : [deflate.response];
      bytes = encodeAccept({ accept: acceptKey(checked.key, sha1), extensions });
      agreed = deflate?.agreed;
    } else bytes = encodeRefusal(checked.refusal);
    rest.push(piece.subarray(result.end));
  }
  return { bytes, rest: new Uint8Array(Buffer.concat(rest)), agreed };
}

/** What a client without I/O asks for. */
export interface CoreRequest {
  readonly host: string;
  readonly target: string;
  /** For permessage-deflate, which is offered then. */
  readonly settings?: DeflateSettings | undefined;
  readonly protocols?: readonly string[];
}

/** A connection that is open to a client. */
export interface CoreOpening {
  /** Bytes behind the head. */
  readonly rest: Uint8Array;
  /** What permessage-deflate was agreed with; undefined without it. */
  readonly agreed: DeflateParameters | undefined;
}

/** A client without I/O: its request, and its judgement of a response. */
export class CoreClient {
  readonly #protocol: Protocol;
  readonly #accept: string;
  readonly #offers: ReturnType<Protocol["offerDeflate"]>;
  readonly #protocols: readonly string[];
  /** Bytes of the request. */
  readonly request: Uint8Array;

  constructor(protocol: Protocol, { host, target, settings, protocols = [] }: CoreRequest) {
    this.#protocol = protocol;
    this.#protocols = protocols;
    this.#offers = settings === undefined ? [] : protocol.offerDeflate(settings);
    const key = protocol.encodeKey(randomBytes(16));
    this.#accept = protocol.acceptKey(key, sha1);
    this.request = protocol.encodeRequest({ host, target, key, protocols, extensions: this.#offers });
  }

  /** @returns undefined if the connection does not open */
  judge(pieces: Iterable<Uint8Array>): CoreOpening | undefined {
    let parser = new this.#protocol.HeadParser({ kind: "response" });
    const rest: Uint8Array[] = [];
    let opened: Pick<CoreOpening, "agreed"> | undefined;
    for (const piece of pieces) {
      let left = piece;
      while (opened === undefined && left.length > 0) {
        const result = parser.receive(left, 0, left.length);
        if (result === undefined) break;
        if (!result.ok) return undefined;
        left = left.subarray(result.end);
        if (this.#protocol.isInterim(result.head)) parser = new this.#protocol.HeadParser({ kind: "response" });
        else {
          opened = this.#check(result.head);
          if (opened === undefined) return undefined;
        }
      }
      if (opened !== undefined) rest.push(left);
    }
    return opened === undefined ? undefined : { rest: new Uint8Array(Buffer.concat(rest)), ...opened };
  }

  #check(head: Parameters<Protocol["checkUpgradeResponse"]>[0]): Pick<CoreOpening, "agreed"> | undefined {
    const extensions = this.#offers.map(({ name }) => name);
    const expectation = { accept: this.#accept, protocols: this.#protocols, extensions };
    const checked = this.#protocol.checkUpgradeResponse(head, expectation);
    if (!checked.ok) return undefined;
    const [response, ...more] = checked.extensions;
    const [offer] = this.#offers;
    if (response === undefined || offer === undefined) return { agreed: undefined };
    // RFC 7692 §5: one configuration is in use, so an answer with two says nothing.
    if (more.length > 0) return undefined;
    const deflate = this.#protocol.checkDeflate(response, offer);
    return deflate.ok ? { agreed: deflate.agreed } : undefined;
  }
}
