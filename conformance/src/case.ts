/**
 * What a case is. Cases are data: what is sent, what has to come of it, and what else the standard lets pass. The tables are in
 * `cases/`; nothing in a case knows how it is run (over TCP, or against the core without I/O) or by whom.
 */
import type { FrameSpec, Payload, Role } from "./frame.js";

/** How strict the standard is about it (RFC 2119). */
export type Level = "MUST" | "SHOULD" | "MAY";

/**
 * What came of a case. "pass": what was asked for. "non-strict": something else that the standard lets pass, or asks only by SHOULD.
 * "informational": the standard leaves it open, or the case does not apply. "fail": against a MUST.
 */
export type Outcome = "pass" | "non-strict" | "informational" | "fail";

/** What every case has. */
interface CaseBase {
  /** "5.2/length-126-not-minimal": section, then what it is about. Never changes once published. */
  readonly id: string;
  /** "RFC 6455 §5.2". */
  readonly section: string;
  readonly level: Level;
  /** One sentence for people. */
  readonly title: string;
  /** The sentence of the section that decides. */
  readonly quote: string;
  /** Roles of the implementation under test. */
  readonly roles: readonly Role[];
}

/** Frames after a good opening handshake. */
export interface FrameCase extends CaseBase {
  readonly kind: "frames";
  /** Runs only where it is there: the extension was negotiated, or the target told its largest message. */
  readonly needs?: "permessage-deflate" | "limit";
  /** Parameters of permessage-deflate to agree on. */
  readonly deflate?: DeflateParameters;
  /** Its bytes refer to an earlier message: out of place where the target has forbidden just that (RFC 7692 §7.1.1). */
  readonly refers?: boolean;
  /** Forms of the one case that differ in size or chunking only. */
  readonly variants: readonly Variant[];
}

/** A request to a server. */
export interface RequestCase extends CaseBase {
  readonly kind: "request";
  readonly request: RequestSpec;
  readonly expect: AnswerRule;
  readonly allow?: readonly { readonly answer: AnswerRule; readonly outcome: Outcome; readonly reason: string }[];
}

/** A response to a client. */
export interface ResponseCase extends CaseBase {
  readonly kind: "response";
  readonly response: ResponseSpec;
  /** Whether the connection opens; what the client's request has to be like. */
  readonly expect: { readonly opens: boolean; readonly request?: RequestRule };
  /** The outcome when the client does the opposite. Default "fail". */
  readonly otherwise?: { readonly outcome: Outcome; readonly reason: string };
  /** The client has to offer this, or the case does not apply. */
  readonly offers?: "protocols" | "permessage-deflate" | "client_max_window_bits";
}

/** Any case. */
export type Case = FrameCase | RequestCase | ResponseCase;

/** One form of a frame case. */
export interface Variant {
  /** Empty if there is one only. */
  readonly name: string;
  readonly steps: readonly Step[];
  readonly expect: Expected;
  readonly allow?: readonly Allowed[];
  /** The outcome when a fuse or an await was late, all else being right. Default "non-strict". */
  readonly late?: Outcome;
  /** "keys": every frame of a client has a masking key of its own. */
  readonly check?: "keys";
}

/** What the peer of the target does, in order. */
export type Step =
  /** Frames in one write; `from` and `to` take a part of their bytes; negative: from the end. "header": that of the only frame. */
  | { readonly send: readonly FrameSpec[]; readonly from?: number | "header"; readonly to?: number | "header" }
  /** The target must have failed the connection by now, at this very octet; else it was late. */
  | { readonly fuse: string }
  /** Waits until this many messages and pongs have come back; else the target was late. */
  | { readonly await: { readonly messages?: number; readonly pongs?: number }; readonly why: string }
  /** Compressed messages one after another, each echoed (RFC 7692); needs the extension. */
  | { readonly exchange: ExchangeSpec }
  /** The TCP connection is ended in this direction, or reset. */
  | { readonly tcp: "end" | "reset" };

/** Many messages, up to `window` of them on their way at a time. */
export interface ExchangeSpec {
  readonly kind: "text" | "binary";
  readonly size: number;
  readonly count: number;
  readonly window: number;
  /** Payload bytes per frame; default: one frame. */
  readonly fragment?: number;
  /** Whether the peer compresses. Default true. */
  readonly compress?: boolean;
}

/** A message that comes back. */
export interface EchoSpec {
  readonly kind: "text" | "binary";
  readonly payload: Payload;
}

/** What has to come of it. */
export interface Expected {
  /** Messages that come back, in order. */
  readonly echo?: readonly EchoSpec[];
  /** Payloads of the pongs, in order; only the last need come (RFC 6455 §5.5.3). */
  readonly pongs?: readonly Payload[];
  /** The end may overtake the echoes and pongs before it: nothing in the standard makes an endpoint send them first. */
  readonly overtaken?: boolean;
  readonly end: End;
}

/** How it ends. */
export type End =
  /** The connection lives: a ping is answered, then the closing handshake with 1000 works. */
  | { readonly is: "open" }
  /**
   * The target sends a close frame with one of these codes ("none": without one) and the TCP connection ends. `answer`: it is the answer
   * to a good close frame, and so a MUST (§5.5.1); else it is the close frame of a failure, which is a SHOULD (§7.1.7).
   */
  | { readonly is: "close"; readonly codes: readonly (number | "none")[]; readonly answer?: boolean }
  /** The TCP connection ends, with or without a close frame. */
  | { readonly is: "ended" }
  /** Nothing happens: the target waits for more. */
  | { readonly is: "silent" };

/** What else may come of it. */
export interface Allowed {
  readonly expect: Expected;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Parameters of permessage-deflate (RFC 7692 §7.1). */
export interface DeflateParameters {
  readonly serverNoContextTakeover?: boolean;
  readonly clientNoContextTakeover?: boolean;
  readonly serverMaxWindowBits?: number;
  readonly clientMaxWindowBits?: number;
}

/** Changes to the head of a good request or response. */
export interface HeadSpec {
  /** New values for lines a good head has. */
  readonly set?: Readonly<Record<string, string>>;
  /** Lines to leave out. */
  readonly drop?: readonly string[];
  /** Whole lines behind those of a good head, without line end. */
  readonly add?: readonly string[];
  /** Whole lines before them. */
  readonly before?: readonly string[];
  /** Bytes before the first line. */
  readonly lead?: string;
  /** Line end. Default CRLF. */
  readonly eol?: string;
  /** Bytes behind the head. */
  readonly tail?: string;
  /** Sends no more than this many bytes, then ends the connection in this direction. */
  readonly cutAt?: number;
}

/** A request: a good one with changes. `{host}` and `{target}` are filled in. */
export interface RequestSpec extends HeadSpec {
  readonly method?: string;
  /** Default: that of the URL under test. */
  readonly target?: string;
  readonly version?: string;
  /** A frame in the same write as the head. */
  readonly frame?: FrameSpec;
}

/** What a server's answer has to be like. */
export interface AnswerRule {
  /** Status codes, classes of them, or "closed" for no answer at all. */
  readonly status: readonly (number | "4xx" | "5xx" | "not-101" | "closed")[];
  /** What header fields of the answer have to be like. */
  readonly fields?: readonly FieldRule[];
}

/** A rule for one header field. */
export interface FieldRule {
  readonly name: string;
  /** Absent if empty; else one of its elements is one of these. */
  readonly values?: readonly string[];
  /** A regular expression for the value, all lines joined. */
  readonly pattern?: string;
  /** It may be absent, too; and if it is there, it has one element. */
  readonly optional?: boolean;
}

/** A response: a good one with changes. `{accept}`, `{key}` and `{protocol}` are filled in. */
export interface ResponseSpec extends HeadSpec {
  readonly statusLine?: string;
  /** Ends the connection in this direction behind the response. */
  readonly end?: boolean;
  /** Frames in the same write. Default: none, and behind a response that must not open the connection one that must not be heard. */
  readonly frames?: readonly FrameSpec[];
}

/** Names of the checks of a client's request, see `request-rule.ts`. */
export type RequestRule = string;

/** Roles for cases of both. */
export const BOTH: readonly Role[] = ["server", "client"];
