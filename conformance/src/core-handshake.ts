/** Tideway's opening handshake without I/O, as bytes in and bytes out: the functions of `tideway/protocol` put together as a server or client does. */
import { createHash, randomBytes } from "node:crypto";
import type { Protocol } from "./core-line.js";

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

/** What a server without I/O makes of a request. */
export interface CoreAnswer {
  /** Bytes of the answer; undefined when the request was not complete. */
  readonly bytes: Uint8Array | undefined;
  /** Bytes behind the head. */
  readonly rest: Uint8Array;
}

/** Answers the pieces of a request. */
export function answerRequest(protocol: Protocol, pieces: Iterable<Uint8Array>): CoreAnswer {
  const { acceptKey, checkUpgradeRequest, encodeAccept, encodeRefusal } = protocol;
  const parser = new protocol.HeadParser({ kind: "request" });
  const origins = new protocol.OriginPolicy("same-origin");
  const rest: Uint8Array[] = [];
  let bytes: Uint8Array | undefined;
  for (const piece of pieces) {
    if (bytes !== undefined) {
      rest.push(piece);
      continue;
    }
    const result = parser.receive(piece, 0, piece.length);
    if (result === undefined) continue;
    if (!result.ok) return { bytes: encodeRefusal(result.refusal), rest: new Uint8Array(0) };
    const checked = checkUpgradeRequest(result.head, { origins, secure: false });
    bytes = checked.ok ? encodeAccept({ accept: acceptKey(checked.key, sha1) }) : encodeRefusal(checked.refusal);
    rest.push(piece.subarray(result.end));
  }
  return { bytes, rest: new Uint8Array(Buffer.concat(rest)) };
}

/** A client without I/O: its request, and its judgement of a response. */
export class CoreClient {
  readonly #protocol: Protocol;
  readonly #accept: string;
  /** Bytes of the request. */
  readonly request: Uint8Array;

  constructor(protocol: Protocol, host: string, target: string) {
    this.#protocol = protocol;
    const key = protocol.encodeKey(randomBytes(16));
    this.#accept = protocol.acceptKey(key, sha1);
    this.request = protocol.encodeRequest({ host, target, key });
  }

  /** @returns the bytes behind the head if the connection opens; undefined if it does not */
  judge(pieces: Iterable<Uint8Array>): Uint8Array | undefined {
    const parser = new this.#protocol.HeadParser({ kind: "response" });
    const rest: Uint8Array[] = [];
    let opened = false;
    for (const piece of pieces) {
      if (opened) {
        rest.push(piece);
        continue;
      }
      const result = parser.receive(piece, 0, piece.length);
      if (result === undefined) continue;
      if (!result.ok || !this.#protocol.checkUpgradeResponse(result.head, { accept: this.#accept }).ok)
        return undefined;
      opened = true;
      rest.push(piece.subarray(result.end));
    }
    return opened ? new Uint8Array(Buffer.concat(rest)) : undefined;
  }
}
