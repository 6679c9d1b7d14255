// What a network is given of a point in the plane: functions of its two coordinates, each of some −2 to 2.

import type { Feature } from "../recipe.ts";
import { sine } from "./sine.ts";

export const FEATURE: { readonly [name in Feature]: (x1: number, x2: number) => number } = {
  x1: (x1) => x1 / 3,
  x2: (_, x2) => x2 / 3,
  "x1²": (x1) => (x1 * x1) / 9,
  "x2²": (_, x2) => (x2 * x2) / 9,
  x1x2: (x1, x2) => (x1 * x2) / 9,
  "sin x1": (x1) => sine(x1),
  "sin x2": (_, x2) => sine(x2),
};

/** rows × features numbers of points at `place`, written to `out`. */
export function fillFeatures<T extends Float32Array | Float64Array>(
  out: T,
  features: readonly Feature[],
  place: (row: number) => readonly [x1: number, x2: number],
): T {
  const count = features.length;
  for (let row = 0; row * count < out.length; row++) {
    const [x1, x2] = place(row);
    for (let j = 0; j < count; j++) out[row * count + j] = FEATURE[features[j]!](x1, x2);
  }
  return out;
}

/** The places of a picture's points: side × side squares of the plane, from the top left, each by its middle. */
export function placeOf(side: number): (n: number) => readonly [x1: number, x2: number] {
  return (n) => [((n % side) + 0.5) * (12 / side) - 6, 6 - (Math.floor(n / side) + 0.5) * (12 / side)];
}
