/**
 * Tasks one after another, with all microtasks run in between, as the event loop of a browser does: who awaits one event and then
 * listens for the next misses none, even if both arrived in one packet. None runs within the call that queued it.
 */
export class TaskQueue {
  readonly #tasks: (() => void)[] = [];
  #next = 0;
  readonly #run: () => void;
  readonly #runAfterMicrotasks: () => void;

  constructor() {
    this.#run = () => this.#runOne();
    // A tick that a microtask asks for runs when no microtask is left.
    this.#runAfterMicrotasks = () => process.nextTick(this.#run);
  }

  /** Puts a task behind those that wait. It must not throw. */
  queue(task: () => void): void {
    this.#tasks.push(task);
    if (this.#tasks.length === 1) process.nextTick(this.#run);
  }

  #runOne(): void {
    const task = this.#tasks[this.#next++]!;
    task();
    if (this.#next < this.#tasks.length) {
      queueMicrotask(this.#runAfterMicrotasks);
    } else {
      this.#tasks.length = 0;
      this.#next = 0;
    }
  }
}
