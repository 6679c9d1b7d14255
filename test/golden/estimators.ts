// An estimator as every platform trains it: records with texts, numbers and booleans, rows held back, a final training.

import type * as bitgrad from "bitgrad/estimators";

/** What `fitted` ends with, on every platform and engine, with the network of any entry. */
export const GOLDEN = "9b2a12f40c6566cd830f72cabbb3a32d03e8558d79fcf276f55b7d1c88f416e7";

/** The other recipe, small; and what it ends with. */
export const REALMLP = { preset: "realmlp", hidden: [16, 16], epochs: 12, batchSize: 8 } as const;
export const GOLDEN_REALMLP = "a00a8f9bf41cc536c81860d84d36ef5c1352ee4102bf21c299655aee4e20fe97";

/** Flats and houses: the larger ones are houses, and those with a garden. */
export function houses() {
  const records = Array.from({ length: 60 }, (_, s) => ({
    sqm: 30 + ((s * 37) % 61) * 2.5,
    city: ["Bonn", "Köln", "Aachen"][(s * 7) % 3]!,
    garden: (s * 11) % 5 < 2,
  }));
  const kinds = records.map(({ sqm, garden }) => (sqm > (garden ? 80 : 130) ? "house" : "flat"));
  return { records, kinds };
}

/** A classifier that has learned them. */
export async function fitted(
  MLPClassifier: typeof bitgrad.MLPClassifier,
  options: bitgrad.MLPClassifierOptions = {},
  fit: bitgrad.EstimatorFitOptions = {},
): Promise<bitgrad.MLPClassifier> {
  const { records, kinds } = houses();
  return new MLPClassifier({ hidden: [16], epochs: 8, seed: 7, ...options }).fit(records, kinds, fit);
}
