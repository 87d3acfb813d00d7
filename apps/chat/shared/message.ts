/**
 * What the page and the server say to each other: JSON, one object per text message, told apart by `t`.
 *
 * A conversation begins with `join`, answered by `welcome` or `refused`. `say` is answered by `ack` after the message has
 * been committed to disk, or by `nak`. A client that got no answer says the same `id` again on its next connection: the pair
 * (client, id) is stored once, and the second time is answered with the `ack` of the first.
 */

/** One stored message. `seq` grows by room and is never reused; private messages have `to`. */
export interface ChatMessage {
  /** Position in the log of the room, from 1. Others' private messages leave holes: order is the promise, not contiguity. */
  readonly seq: number;
  /** Name of the sender at the time of sending. */
  readonly from: string;
  /** Public, stable identity of the sender: tells own from others' messages even when names change hands. */
  readonly author: string;
  readonly text: string;
  /** When the server took it, in milliseconds since 1970. */
  readonly at: number;
  /** Name of the only receiver, for a private message. */
  readonly to?: string;
}

export type ClientMessage =
  | {
      readonly t: "join";
      readonly room: string;
      readonly name: string;
      /** Secret of this tab, 22 characters or more of base64url from a CSPRNG. Owns the name and the ids of its messages. */
      readonly client: string;
      /** Last `seq` seen, on a reconnect: only what came after it is sent. */
      readonly after?: number;
    }
  | {
      readonly t: "say";
      /** Counter of the client, from 1, unique for its `client`. */
      readonly id: number;
      readonly text: string;
      /** Name of the only receiver, for a private message; must be in the room. */
      readonly to?: string;
    }
  | { readonly t: "typing"; readonly on: boolean }
  | { readonly t: "history"; readonly before: number };

export type ServerMessage =
  | {
      readonly t: "welcome";
      readonly room: string;
      readonly name: string;
      /** Your own public identity, as in `ChatMessage.author`. */
      readonly author: string;
      /** Everyone in the room by name, you included. */
      readonly members: readonly string[];
      /** Without `after`: the newest page. With it: everything after it, oldest first. */
      readonly messages: readonly ChatMessage[];
      /** There is older history before `messages[0]`. */
      readonly more: boolean;
      /** More than MAX_CATCH_UP messages were missed (or the log was trimmed): `messages` is the newest page, drop what you show. */
      readonly gap: boolean;
    }
  | { readonly t: "refused"; readonly code: RefusedCode; readonly message: string }
  | { readonly t: "ack"; readonly id: number; readonly seq: number; readonly at: number }
  | {
      readonly t: "nak";
      readonly id: number;
      readonly code: NakCode;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  | { readonly t: "message"; readonly message: ChatMessage }
  | { readonly t: "joined"; readonly name: string; readonly at: number }
  | { readonly t: "left"; readonly name: string; readonly at: number }
  | { readonly t: "typing"; readonly name: string; readonly on: boolean }
  | { readonly t: "history"; readonly messages: readonly ChatMessage[]; readonly more: boolean };

/** Why a join was refused. The connection stays open for another try. */
export type RefusedCode = "name-taken" | "name-invalid" | "room-invalid" | "client-invalid";
/** Why a message was not taken. `rate` and `storage` may be tried again with the same id; the others are final. */
export type NakCode = "too-long" | "empty" | "no-such-member" | "rate" | "storage";

/** Close codes of the chat (the stack's own table, plus the standard's). */
export const CloseCode = {
  /** The slow reader: bounded by bytes and age. RFC 6455 registry: Try Again Later. */
  TryAgainLater: 1013,
  /** Service restart: reconnect. RFC 6455 registry. */
  ServiceRestart: 1012,
  /** Not JSON, not of this protocol, or out of order. Do not reconnect by yourself. */
  BadMessage: 4400,
  /** The same `client` connected again (another tab, or the old connection was half open). Do not reconnect by yourself. */
  Replaced: 4409,
  /** Went on flooding after being told. */
  Rate: 4429,
} as const;
