/** Who somebody is, derived from the secret that the page made. The secret itself is neither stored nor shown. */
import { createHash } from "node:crypto";

const SECRET = /^[\w-]{22,128}$/;

/** Both faces of a secret. */
export interface Identity {
  /** Owns a name and the ids of its messages; known to the server alone. */
  readonly client: string;
  /** Public: tells own from others' messages. */
  readonly author: string;
}

/** The identity of a secret, or undefined when it is too short or too odd to be one. */
export function identityOf(secret: string): Identity | undefined {
  if (!SECRET.test(secret)) return undefined;
  // Two separate hashes: the public one tells nothing about the one under which messages are kept.
  return { client: hash(secret), author: hash(`author:${secret}`).slice(0, 16) };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
