const POLL_MS = 25;

/** Waits until `check` passes and gives its result; after the deadline it fails with the last reason. */
export async function eventually<T>(check: () => T | Promise<T>, within = 15_000): Promise<T> {
  const end = performance.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
