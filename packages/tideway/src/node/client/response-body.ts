import type { ResponseHead } from "../../protocol/handshake/head.js";

/** Most bytes read of a body that nobody asked for. */
const MAX_BODY_BYTES = 64 * 1024;

/** Collects the beginning of the body of a refusal, so that its reason can be shown. Reads Content-Length and chunked bodies. */
export class ResponseBody {
  readonly #chunked: boolean;
  readonly #length: number;
  readonly #pieces: Uint8Array[] = [];
  #received = 0;
  #tail = "";

  constructor(head: ResponseHead) {
    const { headers, status } = head;
    this.#chunked = /(?:^|,)[ \t]*chunked[ \t]*$/i.test(headers.get("transfer-encoding") ?? "");
    const bodyless = status < 200 || status === 204 || status === 304;
    const declared = Number(headers.get("content-length") ?? Number.NaN);
    const length = !this.#chunked && declared >= 0 ? declared : MAX_BODY_BYTES;
    this.#length = bodyless ? 0 : Math.min(length, MAX_BODY_BYTES);
  }

  /** Nothing more need be read: all of it is there, or as much as is wanted. */
  get complete(): boolean {
    return this.#received >= this.#length || (this.#chunked && this.#tail.endsWith("0\r\n\r\n"));
  }

  /** Takes the next bytes, as far as they are wanted. They are copied. */
  receive(bytes: Uint8Array): void {
    const wanted = new Uint8Array(bytes.subarray(0, this.#length - this.#received));
    this.#received += wanted.length;
    this.#pieces.push(wanted);
    if (this.#chunked) this.#tail = (this.#tail + Buffer.from(wanted.subarray(-5)).toString("latin1")).slice(-5);
  }

  /** What came, as UTF-8; what is no UTF-8 is shown as U+FFFD. */
  text(): string {
    const bytes = Buffer.concat(this.#pieces);
    return (this.#chunked ? joinChunks(bytes) : bytes).toString("utf8");
  }
}

/** The content of as many chunks as are there (RFC 9112 §7.1). What is no chunk ends it. */
function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) break;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) break;
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}
