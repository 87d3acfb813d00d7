/** The two kinds of HTTP/1.1 heads, in the form that the checks take: from our parser or from node:http. */
import type { HeaderList } from "./header-list.js";

/** The head of a request. */
export interface RequestHead {
  /** As it was sent, such as "GET". */
  readonly method: string;
  /** The request target as it was sent, such as "/chat?room=1". */
  readonly target: string;
  /** The HTTP version, such as "1.1". */
  readonly version: string;
  readonly headers: HeaderList;
}

/** The head of a response. */
export interface ResponseHead {
  /** The HTTP version, such as "1.1". */
  readonly version: string;
  /** 100 to 999. */
  readonly status: number;
  /** The reason phrase, one character per byte; may be empty. For people only. */
  readonly reason: string;
  readonly headers: HeaderList;
}
