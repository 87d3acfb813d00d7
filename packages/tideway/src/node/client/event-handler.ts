/** What is assigned to an attribute such as `onmessage`. */
export type EventHandler<Target, E extends Event> = ((this: Target, event: E) => unknown) | null;

/**
 * One event handler attribute (HTML, "Event handlers"). It counts among the listeners from when it was first set to a function: a
 * later function takes the place of the former; null gives the place up.
 */
export class EventHandlerSlot<Target extends EventTarget, E extends Event> {
  readonly #target: Target;
  readonly #type: string;
  #handler: EventHandler<Target, E> = null;
  #listener: ((event: Event) => void) | undefined;

  /** @param type the event it is for, such as "message" */
  constructor(target: Target, type: string) {
    this.#target = target;
    this.#type = type;
  }

  get(): EventHandler<Target, E> {
    return this.#handler;
  }

  /** @param handler anything that is no function counts as null */
  set(handler: EventHandler<Target, E>): void {
    this.#handler = typeof handler === "function" ? handler : null;
    if (this.#handler === null) {
      if (this.#listener !== undefined) this.#target.removeEventListener(this.#type, this.#listener);
      this.#listener = undefined;
    } else if (this.#listener === undefined) {
      this.#listener = (event) => this.#handler?.call(this.#target, event as E);
      this.#target.addEventListener(this.#type, this.#listener);
    }
  }
}
