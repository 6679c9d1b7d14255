// What `npm test` leaves to `npm run test:slow`: whole files, by the name *.slow.ts, and the rest of a test's cases, by
// `few`.

/** Whether this is the slow set. */
export const SLOW = process.env.SLOW === "1";

/** How many: `all` in the slow set, `few` in the fast one, which keep the essential check. */
export function howMany(all: number, few: number): number {
  return SLOW ? all : few;
}

/** All of them in the slow set; those that `isEssential` in the fast one. */
export function someOf<T>(all: readonly T[], isEssential: (one: T, index: number) => boolean): T[] {
  const chosen = all.filter((one, index) => SLOW || isEssential(one, index));
  if (chosen.length === 0) throw new Error("the fast set would try none");
  return chosen;
}

/** All of them in the slow set, one in so many in the fast one; what is passed over is not kept. */
export function* oneIn<T>(step: number, all: Iterable<T>): Generator<T> {
  let n = 0;
  for (const one of all) if (n++ % howMany(1, step) === 0) yield one;
}
