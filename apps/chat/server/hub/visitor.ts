/** One connection to the hub, from its opening to its end. */
import { CloseCode, type ServerMessage } from "../../shared/message.js";
import { Bucket, type RateLimits } from "./rate.js";
import type { ChatSocket } from "./socket.js";

/** Before the first `join`, between a `join` and its `welcome`, after it, and after the end. */
export type VisitorState = "new" | "joining" | "joined" | "gone";

/** One connection. Who it speaks for is known to the room that it is in. */
export class Visitor {
  readonly socket: ChatSocket;
  readonly joins: Bucket;
  state: VisitorState = "new";
  /** It had much waiting and did not use the time that the room gave it; until it has caught up, the room does not wait for it. */
  givenUp = false;

  constructor(socket: ChatSocket, rates: RateLimits) {
    this.socket = socket;
    this.joins = new Bucket(rates.join.perSecond, rates.join.burst);
  }

  /** Sends one message to this connection alone. */
  send(message: ServerMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Ends the connection because of what was received on it. */
  refuse(reason: string): void {
    this.end(CloseCode.BadMessage, reason);
  }

  /** Ends the connection. What still arrives on it is ignored. */
  end(code: number, reason: string): void {
    this.state = "gone";
    this.socket.close(code, reason);
  }
}
