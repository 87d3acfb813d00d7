/** A person in a room. Outlives the connection by a short grace, so that a reconnect is not a leaving. */
import type { Cancel } from "./clock.js";
import type { Identity } from "./identity.js";
import { Bucket, type RateLimits, REFUSAL_WINDOW_MS, RefusalCount } from "./rate.js";
import type { Visitor } from "./visitor.js";

/** One person in one room. The rates are counted here and not by connection: reconnecting buys nothing. */
export class Member {
  readonly client: string;
  readonly author: string;
  readonly says: Bucket;
  readonly typings: Bucket;
  readonly histories: Bucket;
  readonly refusals: RefusalCount;
  name: string;
  keys: readonly string[];
  /** The connection that speaks for the person now; none during the grace. */
  visitor: Visitor | undefined;
  /** The room has been told that this person is here. */
  present = false;
  /** Ends the grace; set while it runs. */
  cancelLeave: Cancel | undefined;
  /** Ends the wait for a renewed "is typing"; set while others see the person typing. */
  cancelTyping: Cancel | undefined;

  constructor(identity: Identity, name: string, keys: readonly string[], rates: RateLimits) {
    this.client = identity.client;
    this.author = identity.author;
    this.name = name;
    this.keys = keys;
    this.says = new Bucket(rates.say.perSecond, rates.say.burst);
    this.typings = new Bucket(rates.typing.perSecond, rates.typing.burst);
    this.histories = new Bucket(rates.history.perSecond, rates.history.burst);
    this.refusals = new RefusalCount(rates.refusals, REFUSAL_WINDOW_MS);
  }
}
