// Browsers coarsen their clock, by 5 microseconds to a millisecond: it can't time a short call.

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
