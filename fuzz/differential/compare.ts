import type { Session } from "../session/generate.js";
import { ALLOWED, type Allowed, type PeerName } from "./allow-list.js";
import type { Outcome } from "./outcome.js";

/** What came of a comparison: the same, a difference that a row allows, or one that none does. */
export type Comparison = { readonly same: true } | { readonly same: false; readonly row: Allowed | undefined };

/** Holds the outcome of another implementation against ours. */
export function compare(peer: PeerName, own: Outcome, theirs: Outcome): Comparison {
  const sameEvents = JSON.stringify(own.events) === JSON.stringify(theirs.events);
  if (sameEvents && own.end === theirs.end) return { same: true };
  const row = ALLOWED.find(
    (allowed) =>
      allowed.peer === peer &&
      allowed.ours.includes(own.code ?? own.end) &&
      (allowed.theirs === "any" ? beginsWith(theirs, own) : sameEvents && allowed.theirs.includes(theirs.end)),
  );
  return { same: false, row };
}

/** Up to the fault that only we see, both saw the same. */
function beginsWith(theirs: Outcome, own: Outcome): boolean {
  return JSON.stringify(theirs.events.slice(0, own.events.length)) === JSON.stringify(own.events);
}

/** A difference for people. */
export function describe(session: Session, own: Outcome, name: string, theirs: Outcome): string {
  const hex = Buffer.from(session.bytes).toString("hex");
  const bytes = hex.length > 2000 ? `${hex.slice(0, 2000)}... (${session.bytes.length} bytes)` : hex;
  const shown = (outcome: Outcome): string => JSON.stringify(outcome).slice(0, 600);
  return `${session.role}, changed: ${session.change}, bytes ${bytes}\n ours ${shown(own)}\n ${name} ${shown(theirs)}`;
}
