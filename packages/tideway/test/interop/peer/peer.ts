import type { KeyPair } from "../certificate.js";
import type { End, Facts } from "../end.js";
import type { Payload } from "../payload.js";

/** What an end is told of permessage-deflate; what is not said it leaves open. */
export interface CompressionTerms {
  readonly serverNoContextTakeover?: boolean;
  readonly clientNoContextTakeover?: boolean;
  readonly serverMaxWindowBits?: number;
  readonly clientMaxWindowBits?: number;
  readonly threshold?: number;
}

/** How a peer connects. */
export interface ConnectOptions {
  readonly protocols?: readonly string[];
  readonly origin?: string;
  /** File of the authority to trust. */
  readonly ca?: string;
  /** Files of the client's own certificate. */
  readonly identity?: KeyPair;
  /** What it offers. Default: what it offers unasked. */
  readonly compression?: CompressionTerms;
}

/** A foreign client. */
export interface ClientPeer {
  readonly facts: Facts;
  /** Why it is not here, or false. */
  readonly skip: string | false;
  /** Offers permessage-deflate unasked. */
  readonly offersCompression: boolean;
  /** Fails the connection when it offered subprotocols and the server chose none. */
  readonly insistsOnProtocol: boolean;
  /** Leaves the TCP connection open when it fails the handshake for that. Default: no. */
  readonly abandons?: boolean;
  /** Tells its application the HTTP status it was refused with. */
  readonly tellsStatus: boolean;
  /** Why it cannot say what Origin it comes from, or show a certificate. */
  readonly lacks: { readonly origin?: string; readonly identity?: string };
  start(): Promise<void>;
  /** @throws Error (rejects) when the handshake fails, with the status in its message where the peer tells it */
  connect(url: string, options?: ConnectOptions): Promise<End>;
  stop(): Promise<void>;
}

/** How a peer listens. */
export interface ListenOptions {
  /** Subprotocols it serves. */
  readonly protocols?: readonly string[];
  /** Sent to every connection at once, before anything is read from it. */
  readonly greeting?: Payload;
  /** Answers every request with this HTTP status. */
  readonly refuseWith?: number;
  /** Over TLS, with this certificate. */
  readonly identity?: KeyPair;
  /** File of an authority: demand a certificate signed by it. */
  readonly clientAuthority?: string;
  /** What it answers to an offer. Default: what it does unasked. */
  readonly compression?: CompressionTerms;
}

/** A foreign server that listens. */
export interface Listening {
  readonly port: number;
  /** The next connection. */
  accept(): Promise<Accepted>;
  close(): Promise<void>;
}

/** A connection as a foreign server sees it. */
export interface Accepted {
  readonly end: End;
  /** Header lines of the request, names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined };
  /** Common name in the client's certificate. */
  readonly commonName?: string;
}

/** A foreign server. */
export interface ServerPeer {
  readonly facts: Facts;
  /** Why it is not here, or false. */
  readonly skip: string | false;
  start(): Promise<void>;
  listen(options?: ListenOptions): Promise<Listening>;
  stop(): Promise<void>;
}
