// Estimators with no option at all beside scikit-learn's with its defaults, on standardized columns and the same splits
// (scores.py).

import { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import { expect, it } from "vitest";
import { mean, partsOf, scoreSets } from "../support/score-sets.ts";

/** What is less by chance: a row or two of a split. The first sets are those that were promised. */
const CHANCE = 0.01;
const PROMISED = ["iris", "breast cancer", "digits", "two moons", "circles", "friedman1"];

const sets = scoreSets();

it.each(sets)("$name: at least as good as $task of scikit-learn", { timeout: 300_000 }, async (set) => {
  const scores: number[] = [];
  for (const split of set.splits.keys()) {
    const { training, test } = partsOf(set, split);
    using model = await (set.task === "MLPClassifier" ? new MLPClassifier() : new MLPRegressor()).fit(
      training.x,
      training.y,
    );
    scores.push(model.score(test.x, test.y));
  }
  const theirs = Math.max(mean(set.scores), mean(set.stopping));
  // scores.json has six decimals
  expect(mean(scores)).toBeGreaterThan(theirs - (PROMISED.includes(set.name) ? 1e-5 : CHANCE));
});

it("the promised data sets are there, each with five splits", () => {
  expect(sets.filter(({ name }) => PROMISED.includes(name))).toHaveLength(PROMISED.length);
  for (const { splits, scores } of sets) expect([splits.length, scores.length]).toEqual([5, 5]);
});
