/** The head of an HTTP/1.1 message, read just far enough to judge an opening handshake. Written apart from the library under test. */
import { createHash } from "node:crypto";

/** A head as it was read. */
export interface Head {
  /** The first line. */
  readonly line: string;
  /** Header lines in order; names as sent. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** All values of a header, in order; names are compared without case. */
export function valuesOf(head: Head, name: string): string[] {
  return head.fields.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** The elements of a comma list over all lines. */
export function listOf(head: Head, name: string): string[] {
  return valuesOf(head, name)
    .flatMap((value) => value.split(","))
    .map((element) => element.trim())
    .filter((element) => element !== "");
}

/** The status of a response, or 0 when the line is none. */
export function statusOf(head: Head): number {
  return Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(head.line)?.[1] ?? 0);
}

/** Collects bytes until a head is complete. */
export class HeadCollector {
  #bytes: Buffer = Buffer.alloc(0);

  /** Everything so far. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** @returns the head and what follows it, or undefined while it is not complete */
  take(bytes: Uint8Array): { readonly head: Head; readonly rest: Uint8Array } | undefined {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    return { head: parseHead(this.#bytes.toString("latin1", 0, end)), rest: this.#bytes.subarray(end + 4) };
  }
}

/** Reads a head without its empty line. */
export function parseHead(text: string): Head {
  const [line = "", ...lines] = text.split("\r\n");
  const fields = lines.map((each): [string, string] => {
    const colon = each.indexOf(":");
    return colon < 0 ? [each, ""] : [each.slice(0, colon), each.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")];
  });
  return { line, fields };
}

/** Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2, item 5.4). */
export function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, "latin1").digest("base64");
}
