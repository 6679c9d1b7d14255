// How long calls take. Browsers coarsen their clock, by 5 microseconds to a millisecond: it can't time a short call.

const STEPS = 20;
const ENOUGH_STEPS = 100; // then a step is 1 % of what is timed

/** Milliseconds between two readings that differ: the median of some. */
export function measureClockStep(): number {
  const steps: number[] = [];
  for (let before = performance.now(); steps.length < STEPS; ) {
    const now = performance.now();
    if (now > before) steps.push(now - before);
    before = now;
  }
  steps.sort((a, b) => a - b);
  return steps[STEPS / 2]!;
}

/** How many calls in a row last long enough for a clock of such steps. */
export function callsToTime(run: () => void, clockStepMs: number): number {
  for (let calls = 1; ; calls *= 2) {
    const start = performance.now();
    for (let n = 0; n < calls; n++) run();
    if (performance.now() - start >= ENOUGH_STEPS * clockStepMs) return calls;
  }
}

/** Calls until V8's optimizing compilers have had their time; returns the milliseconds of the fastest call. */
export function warmUp(run: () => void, milliseconds: number): number {
  const start = performance.now();
  let least = Number.POSITIVE_INFINITY;
  for (let calls = 0; calls < 2 || performance.now() - start < milliseconds; calls++) {
    const callStart = performance.now();
    run();
    least = Math.min(least, performance.now() - callStart);
  }
  return least;
}
