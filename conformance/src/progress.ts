/** A progress bar on a terminal, nothing elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #label: string;
  #shownAt = 0;

  constructor(label: string, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#stream = stream;
  }

  /** Shows how far it is, ten times a second at most. */
  show(done: number, total: number, failed: number): void {
    if (!this.#stream.isTTY) return;
    const now = performance.now();
    if (now - this.#shownAt < 100 && done < total) return;
    this.#shownAt = now;
    const width = 30;
    const full = total === 0 ? width : Math.round((done / total) * width);
    const bar = "█".repeat(full) + "░".repeat(width - full);
    const failures = failed > 0 ? `, ${failed} failed` : "";
    this.#stream.write(`\r\x1b[K${this.#label} ${bar} ${done}/${total}${failures}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }
}
