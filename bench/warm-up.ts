// Calls until V8's optimising compilers have had their time.

/** Returns the milliseconds of the fastest call. */
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
