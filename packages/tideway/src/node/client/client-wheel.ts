import { Wheel } from "../wheel.js";

const wheels = new Map<number, { readonly wheel: Wheel; users: number }>();

/**
 * The wheel that all clients with the same turn share.
 * @param turn milliseconds, from `turnFor`
 */
export function takeWheel(turn: number): Wheel {
  const entry = wheels.get(turn) ?? { wheel: new Wheel(turn), users: 0 };
  entry.users++;
  wheels.set(turn, entry);
  return entry.wheel;
}

/** Gives it back: once for each `takeWheel`. The last one removes it. */
export function returnWheel(turn: number): void {
  const entry = wheels.get(turn);
  if (entry !== undefined && --entry.users === 0) wheels.delete(turn);
}
