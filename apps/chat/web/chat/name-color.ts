/** Number of name colours in the style sheet (classes c0 to c7). */
export const NAME_COLORS = 8;

/** The colour class of a name: FNV-1a, so that everyone sees a person in the same colour without the server knowing. */
export function nameColor(name: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) {
    hash ^= name.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  // The low bits of FNV alone follow the last letters too closely.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return `c${(hash >>> 0) % NAME_COLORS}`;
}
