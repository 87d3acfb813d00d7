/**
 * The life of a connection after the opening handshake as one table (RFC 6455 §7.1). The names say who acted. A move that is not in
 * the table does not happen: `next` answers undefined.
 */
export type State =
  /** Messages go both ways. */
  | "open"
  /** We sent a close frame; the peer's messages still arrive until its own. */
  | "closedByUs"
  /** The peer's close frame arrived first and was answered. */
  | "closedByPeer"
  /** We sent first and the peer answered: both frames have gone. */
  | "closeAnswered"
  /** The connection failed (§7.1.7), or broke: nothing is read or written any more. */
  | "failed"
  /** The transport ended after the closing handshake. */
  | "endedClean"
  /** The transport ended without it (1006). */
  | "endedAbnormal";

/** What can happen to it. */
export type Move = "sendClose" | "receiveClose" | "fail" | "end";

const moves: { readonly [from in State]: { readonly [move in Move]?: State } } = {
  open: { sendClose: "closedByUs", receiveClose: "closedByPeer", fail: "failed", end: "endedAbnormal" },
  closedByUs: { receiveClose: "closeAnswered", fail: "failed", end: "endedAbnormal" },
  closedByPeer: { end: "endedClean" },
  closeAnswered: { end: "endedClean" },
  failed: { end: "endedAbnormal" },
  endedClean: {},
  endedAbnormal: {},
};

/** The state after a move, or undefined when the move is not possible there. */
export function next(from: State, move: Move): State | undefined {
  return moves[from][move];
}
