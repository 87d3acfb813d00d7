import { type DeflateDirection, type DeflateParameters, directionsOf } from "../../protocol/deflate/parameter.js";
import { PermessageDeflate } from "../../protocol/deflate/permessage-deflate.js";
import type { DeflatePool } from "./pool.js";

/** permessage-deflate on one connection, as it was agreed. */
export interface Negotiated {
  /** For the connection, and for nobody else. */
  readonly extension: PermessageDeflate;
  /** How this end compresses. */
  readonly send: DeflateDirection;
}

/** Makes what a connection needs. @param role of this end */
export function negotiated(pool: DeflatePool, agreed: DeflateParameters, role: "client" | "server"): Negotiated {
  const directions = directionsOf(agreed, role);
  const { send } = directions;
  const { threshold } = pool.settings;
  return { extension: new PermessageDeflate(pool.open(directions), { threshold, takeover: send.takeover }), send };
}
