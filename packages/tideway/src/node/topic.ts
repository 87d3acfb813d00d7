/** Subscribers by topic: who gets what is published. Both directions are kept, so that leaving costs what was joined. */
export class TopicIndex<Member> {
  readonly #members = new Map<string, Set<Member>>();
  readonly #topics = new Map<Member, Set<string>>();

  /** Number of topics with at least one member. */
  get size(): number {
    return this.#members.size;
  }

  /** @returns false if it was subscribed already */
  subscribe(member: Member, topic: string): boolean {
    const members = this.#members.get(topic);
    if (members?.has(member)) return false;
    if (members === undefined) this.#members.set(topic, new Set([member]));
    else members.add(member);
    const topics = this.#topics.get(member);
    if (topics === undefined) this.#topics.set(member, new Set([topic]));
    else topics.add(topic);
    return true;
  }

  /** @returns false if it was not subscribed */
  unsubscribe(member: Member, topic: string): boolean {
    const topics = this.#topics.get(member);
    if (!topics?.delete(topic)) return false;
    if (topics.size === 0) this.#topics.delete(member);
    this.#dropFrom(topic, member);
    return true;
  }

  /** Ends all subscriptions of a member. */
  remove(member: Member): void {
    for (const topic of this.#topics.get(member) ?? []) this.#dropFrom(topic, member);
    this.#topics.delete(member);
  }

  /** The members of a topic, live: one that leaves during a walk is not visited any more. */
  members(topic: string): ReadonlySet<Member> {
    return this.#members.get(topic) ?? new Set<Member>();
  }

  #dropFrom(topic: string, member: Member): void {
    const members = this.#members.get(topic)!;
    members.delete(member);
    if (members.size === 0) this.#members.delete(topic);
  }
}
