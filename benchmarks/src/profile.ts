/** What a program spent its time on, from a profile of V8 such as `node --cpu-prof` leaves. */

/** A function, and its part of the time the program was not idle. */
export interface Cost {
  readonly name: string;
  /** File and line; "" for what is not JavaScript. */
  readonly place: string;
  readonly part: number;
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}
/** What is read of a profile. */
export interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** Microseconds. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The most expensive functions of a profile between two moments, by the time in themselves. */
export function costs(profile: Profile, count: number, window: { readonly from: number; readonly to: number }): Cost[] {
  const times = selfTimes(profile, window);
  const all = [...times.values()].filter(({ name }) => name !== "(idle)");
  const total = all.reduce((sum, { time }) => sum + time, 0);
  return all
    .sort((a, b) => b.time - a.time)
    .slice(0, count)
    .map(({ name, place, time }) => ({ name, place, part: time / total }));
}

function selfTimes(
  { nodes, samples, timeDeltas, startTime }: Profile,
  { from, to }: { readonly from: number; readonly to: number },
): Map<string, { name: string; place: string; time: number }> {
  const times = new Map<string, { name: string; place: string; time: number }>();
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  let now = startTime;
  samples.forEach((id, at) => {
    const delta = timeDeltas[at] ?? 0;
    const frame = frames.get(id);
    now += delta;
    if (frame === undefined || now < from || now > to) return;
    const name = frame.functionName || "(anonymous)";
    const place = frame.url === "" ? "" : `${shortened(frame.url)}:${frame.lineNumber + 1}`;
    const known = times.get(`${name} ${place}`) ?? { name, place, time: 0 };
    known.time += delta;
    times.set(`${name} ${place}`, known);
  });
  return times;
}

/** Without the folder of the package. */
function shortened(url: string): string {
  return url.replace(/^.*\/node_modules\//, "").replace(/^.*\/(?=benchmarks\/peers\/)/, "");
}

/** One line for each. */
export function costLines(found: readonly Cost[]): string[] {
  return found.map(({ name, place, part }) => `${(part * 100).toFixed(1).padStart(5)} %  ${name}  ${place}`.trimEnd());
}
