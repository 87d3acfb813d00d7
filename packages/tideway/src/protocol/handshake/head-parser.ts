/**
 * A parser for the head of one HTTP/1.1 message (RFC 9112 §2 to §5), so that a plain TCP socket is enough for the
 * opening handshake.
 *
 * It looks at each byte once, whatever the size of the pieces, keeps nothing but the current field and the finished
 * lines, and fails at the first byte that cannot be right: what is no HTTP (a TLS handshake, an SSH banner) is known
 * as such before its first line ends.
 *
 * Where RFC 9112 lets a recipient choose between repairing and refusing, it refuses: bare LF (§2.2), bare CR (§2.2),
 * whitespace before the colon (§5.1), obs-fold (§5.2). Two readers that repair differently see two requests.
 */
import { LocalError } from "../error.js";
import type { RequestHead, ResponseHead } from "./head.js";
import { HeaderList } from "./header-list.js";
import { decodeLatin1 } from "./latin1.js";
import { CLIENT_HEAD_LIMITS, type HeadLimits, headLimits, MAX_METHOD_BYTES, SERVER_HEAD_LIMITS } from "./limit.js";
import { HANDSHAKE_CODES, type Refusal, type RefusalCode, refuse } from "./refusal.js";
import { isTokenCode, isValueCode, trimSpace } from "./token.js";

/** Which message is expected: a server reads a request, a client a response. */
export type HeadKind = "request" | "response";

/** The head that a parser of this kind gives. */
export type HeadOf<Kind extends HeadKind> = Kind extends "request" ? RequestHead : ResponseHead;

/** Options of a parser; a missing limit has the default of the kind (SERVER_HEAD_LIMITS, CLIENT_HEAD_LIMITS). */
export interface HeadParserOptions<Kind extends HeadKind> {
  readonly kind: Kind;
  readonly maxHeadBytes?: number | undefined;
  readonly maxHeaderLines?: number | undefined;
  readonly maxTargetBytes?: number | undefined;
}

/** What came of the bytes. */
export type HeadResult<Kind extends HeadKind> =
  | {
      readonly ok: true;
      readonly head: HeadOf<Kind>;
      /** Offset in the bytes just given, behind the last byte of the head. The rest are frames. */
      readonly end: number;
    }
  | {
      readonly ok: false;
      /** What a server answers. A client answers nothing and uses only `code` and `message`. */
      readonly refusal: Refusal;
    };

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HASH = 0x23;
const COLON = 0x3a;

// The states are named after what the next byte belongs to.
const FIRST_BYTE = 0;
const LEADING_LF = 1;
const METHOD = 2;
const TARGET = 3;
const VERSION = 4;
const STATUS = 5;
const REASON = 6;
const LINE_LF = 7;
const LINE_START = 8;
const NAME = 9;
const VALUE = 10;
const END_LF = 11;
const END = 12;
type State = number;

/** "HTTP/" DIGIT "." DIGIT (RFC 9112 §2.3), with 0 for any digit. "HTTP-version is case-sensitive." */
const VERSION_PATTERN = "HTTP/0.0";

/** Parses one head, in pieces of any size. A parser is used once. */
export class HeadParser<Kind extends HeadKind> {
  readonly #kind: Kind;
  readonly #limits: HeadLimits;
  #state: State;
  #refusal: Refusal | undefined;
  /** Bytes taken so far. */
  #total = 0;
  /** The bytes of the current field; grows by doubling up to the size of a head. */
  #field: Uint8Array = new Uint8Array(256);
  #fieldBytes = 0;
  /** Finished fields of the first line: method, target, version; or version, status, reason. */
  readonly #first: string[] = [];
  /** Finished header lines, flat. */
  readonly #raw: string[] = [];

  /**
   * @param options the kind of message, and limits
   * @throws LocalError ERR_ARGUMENT_LIMIT
   */
  constructor(options: HeadParserOptions<Kind>) {
    this.#kind = options.kind;
    this.#limits = headLimits(options, options.kind === "request" ? SERVER_HEAD_LIMITS : CLIENT_HEAD_LIMITS);
    this.#state = options.kind === "request" ? FIRST_BYTE : VERSION;
  }

  /**
   * Takes the next bytes.
   * @param bytes a buffer, of which `start` (inclusive) to `end` (exclusive) are new. Nothing of it is kept
   * @returns undefined while the head is incomplete; then the head, or the refusal. A refusal is final: more bytes give
   * the same one
   * @throws LocalError ERR_HEAD_COMPLETE if a head has been returned before
   */
  receive(bytes: Uint8Array, start: number, end: number): HeadResult<Kind> | undefined {
    if (this.#state === END) throw new LocalError("ERR_HEAD_COMPLETE", HANDSHAKE_CODES.ERR_HEAD_COMPLETE.message);
    for (let i = start; i < end && this.#refusal === undefined; i++) {
      this.#total++;
      const code = this.#total > this.#limits.maxHeadBytes ? "ERR_HEAD_LENGTH" : this.#take(bytes[i]!);
      if (code !== undefined) this.#refusal = refuse(code);
      else if (this.#state === END) return { ok: true, head: this.#head() as HeadOf<Kind>, end: i + 1 };
    }
    return this.#refusal && { ok: false, refusal: this.#refusal };
  }

  /** Takes one byte; returns what is wrong with it. */
  #take(byte: number): RefusalCode | undefined {
    switch (this.#state) {
      case FIRST_BYTE:
        // "a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line (CRLF)
        // received prior to the request-line" (RFC 9112 §2.2). One is what we ignore.
        return byte === CR ? this.#enter(LEADING_LF) : this.#enter(METHOD) || this.#method(byte);
      case LEADING_LF:
        return byte === LF ? this.#enter(METHOD) : "ERR_REQUEST_LINE";
      case METHOD:
        return this.#method(byte);
      case TARGET:
        return this.#target(byte);
      case VERSION:
        return this.#version(byte);
      case STATUS:
        return this.#status(byte);
      case REASON:
        return this.#reason(byte);
      case LINE_START:
        return this.#lineStart(byte);
      case NAME:
        return this.#name(byte);
      case VALUE:
        return this.#value(byte);
      case LINE_LF:
        return byte === LF ? this.#enter(LINE_START) : "ERR_LINE_END";
      default: // END_LF
        return byte === LF ? this.#enter(END) : "ERR_LINE_END";
    }
  }

  /** method = token (RFC 9110 §9.1). All methods in use are upper case; others are refused here, as Node does. */
  #method(byte: number): RefusalCode | undefined {
    if (byte === SPACE && this.#fieldBytes > 0) return this.#finish(this.#first, TARGET);
    const lowerCase = byte >= 0x61 && byte <= 0x7a;
    if (!isTokenCode(byte) || lowerCase) return "ERR_REQUEST_LINE";
    // "A server that receives a method longer than any that it implements SHOULD respond with a 501" (RFC 9112 §3)
    return this.#fieldBytes < MAX_METHOD_BYTES ? this.#append(byte) : "ERR_METHOD_LENGTH";
  }

  /** The form of the target is checked with the request; here it is printable ASCII (RFC 9112 §3.2). */
  #target(byte: number): RefusalCode | undefined {
    if (byte === SPACE && this.#fieldBytes > 0) return this.#finish(this.#first, VERSION);
    if (byte <= SPACE || byte >= 0x7f || byte === HASH) return "ERR_REQUEST_LINE";
    // "A server that receives a request-target longer than any URI it wishes to parse MUST respond with a 414"
    // (RFC 9112 §3)
    return this.#fieldBytes < this.#limits.maxTargetBytes ? this.#append(byte) : "ERR_TARGET_LENGTH";
  }

  #version(byte: number): RefusalCode | undefined {
    const malformed = this.#kind === "request" ? "ERR_REQUEST_LINE" : "ERR_STATUS_LINE";
    if (this.#fieldBytes < VERSION_PATTERN.length) {
      const expected = VERSION_PATTERN.charCodeAt(this.#fieldBytes);
      const matches = expected === 0x30 ? isDigit(byte) : byte === expected;
      return matches ? this.#append(byte) : malformed;
    }
    if (this.#kind === "response") return byte === SPACE ? this.#finish(this.#first, STATUS) : malformed;
    if (byte === CR) return this.#finish(this.#first, LINE_LF);
    return byte === LF ? "ERR_LINE_END" : malformed;
  }

  /** status-code = 3DIGIT (RFC 9112 §4), from 100 up. */
  #status(byte: number): RefusalCode | undefined {
    if (this.#fieldBytes < 3) {
      return isDigit(byte) && (this.#fieldBytes > 0 || byte !== 0x30) ? this.#append(byte) : "ERR_STATUS_LINE";
    }
    if (byte === SPACE) return this.#finish(this.#first, REASON);
    // The space is required even before an empty reason phrase (RFC 9112 §4), but servers leave it out, and nothing
    // depends on it.
    if (byte === CR) return this.#finish(this.#first, REASON) || this.#finish(this.#first, LINE_LF);
    return byte === LF ? "ERR_LINE_END" : "ERR_STATUS_LINE";
  }

  /** reason-phrase = 1*( HTAB / SP / VCHAR / obs-text ) (RFC 9112 §4). */
  #reason(byte: number): RefusalCode | undefined {
    if (byte === CR) return this.#finish(this.#first, LINE_LF);
    if (byte === LF) return "ERR_LINE_END";
    return isValueCode(byte) ? this.#append(byte) : "ERR_STATUS_LINE";
  }

  /** The byte behind a CRLF decides: the end, a folded line, or a further header line. */
  #lineStart(byte: number): RefusalCode | undefined {
    if (byte === CR) return this.#enter(END_LF);
    if (byte === LF) return "ERR_LINE_END";
    // "A server that receives an obs-fold in a request message […] MUST either reject the message […] or replace"
    // (RFC 9112 §5.2). Before the first header line, whitespace is no fold and no name either (§2.2).
    if (byte === SPACE || byte === TAB) return "ERR_OBS_FOLD";
    if (this.#raw.length / 2 >= this.#limits.maxHeaderLines) return "ERR_HEADER_LINES";
    return this.#enter(NAME) || this.#name(byte);
  }

  /** "No whitespace is allowed between the field name and colon." (RFC 9112 §5.1) */
  #name(byte: number): RefusalCode | undefined {
    if (byte === COLON && this.#fieldBytes > 0) return this.#finish(this.#raw, VALUE);
    return isTokenCode(byte) ? this.#append(byte) : "ERR_HEADER_NAME";
  }

  #value(byte: number): RefusalCode | undefined {
    if (byte === CR) return this.#finish(this.#raw, LINE_LF);
    if (byte === LF) return "ERR_LINE_END";
    return isValueCode(byte) ? this.#append(byte) : "ERR_HEADER_VALUE";
  }

  #enter(state: State): undefined {
    this.#state = state;
  }

  #append(byte: number): undefined {
    if (this.#fieldBytes === this.#field.length) {
      const larger = new Uint8Array(2 * this.#field.length);
      larger.set(this.#field);
      this.#field = larger;
    }
    this.#field[this.#fieldBytes] = byte;
    this.#fieldBytes++;
  }

  /** Puts the current field into a list. Only values can have whitespace around them, and it is not part of them. */
  #finish(list: string[], next: State): undefined {
    list.push(trimSpace(decodeLatin1(this.#field, 0, this.#fieldBytes)));
    this.#fieldBytes = 0;
    this.#state = next;
  }

  #head(): RequestHead | ResponseHead {
    const headers = HeaderList.fromRaw(this.#raw);
    const [first, second, third] = this.#first as [string, string, string];
    if (this.#kind === "request") return { method: first, target: second, version: third.slice(5), headers };
    return { version: first.slice(5), status: Number(second), reason: third, headers };
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
