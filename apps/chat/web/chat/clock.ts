/** Time as an argument: the page gives the real one, a test one that it turns by hand. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Runs `run` after `ms`; the function returned calls it off. */
  later(ms: number, run: () => void): () => void;
}

/** The one method group of the Web Storage API that is used here, so that a Map can stand in for it. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** A storage that forgets with the page: for browsers that forbid the real one (reading `sessionStorage` may throw). */
export function memoryStore(): KeyValueStore {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}
