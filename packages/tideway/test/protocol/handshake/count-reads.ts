/**
 * Counts how often `work` looks at a character of any string through charCodeAt, which is how the parsers of header
 * values read. A count is exact where a clock is not: "linear" can be asserted on a busy machine.
 */
export function countReads(work: () => void): number {
  const original = String.prototype.charCodeAt;
  let reads = 0;
  String.prototype.charCodeAt = function (this: string, index: number): number {
    reads++;
    return original.call(this, index);
  };
  try {
    work();
  } finally {
    String.prototype.charCodeAt = original;
  }
  return reads;
}
