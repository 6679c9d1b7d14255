// What each part of the preset "realmlp" gains: the preset, the same without one part (which is then as in
// "standard"), and "standard"; mean accuracy or R² over splits of the data sets of test/estimators/scores.json. It
// prints the table of docs/estimators.md.
//   npx tsx bench/estimators/parts.ts [--only "iris,two moons"] [--splits 2]

import { parseArgs } from "node:util";
import { MLPClassifier, type MLPClassifierOptions, MLPRegressor } from "bitgrad/estimators";
import { mean, partsOf, type ScoreSet, scoreSets } from "../../test/support/score-sets.ts";

const REALMLP: MLPClassifierOptions = { preset: "realmlp" };

const VARIANTS: readonly (readonly [name: string, options: MLPClassifierOptions])[] = [
  ["`realmlp`", REALMLP],
  ["without robust scaling and smooth clipping", { ...REALMLP, numbers: "standard" }],
  ["without label smoothing 0.1: 0.05", { ...REALMLP, labelSmoothing: 0.05 }],
  ["without the cycles: one cycle", { ...REALMLP, schedule: "oneCycle" }],
  ["without β₂ 0.95: 0.999", { ...REALMLP, beta2: 0.999 }],
  ["without selu and mish: relu, heNormal", { ...REALMLP, activation: "relu", initializer: "heNormal" }],
  ["without three layers of 256: [100]", { ...REALMLP, hidden: [100] }],
  ["`standard`", {}],
];

const { values } = parseArgs({ options: { only: { type: "string" }, splits: { type: "string", default: "5" } } });
const only = values.only?.split(",");
const sets = scoreSets().filter(({ name }) => only === undefined || only.includes(name));

async function scoreOf(set: ScoreSet, { labelSmoothing, ...options }: MLPClassifierOptions): Promise<number> {
  const scores: number[] = [];
  for (let split = 0; split < Math.min(Number(values.splits), set.splits.length); split++) {
    const { training, test } = partsOf(set, split);
    using model =
      set.task === "MLPClassifier"
        ? new MLPClassifier(labelSmoothing === undefined ? options : { ...options, labelSmoothing })
        : new MLPRegressor(options);
    await model.fit(training.x, training.y);
    scores.push(model.score(test.x, test.y));
  }
  return mean(scores);
}

console.log(`| | ${sets.map(({ name }) => name).join(" | ")} | mean |`);
console.log(`| --- |${" ---: |".repeat(sets.length + 1)}`);
for (const [name, options] of VARIANTS) {
  const scores: number[] = [];
  for (const set of sets) scores.push(await scoreOf(set, options));
  console.log(`| ${name} | ${[...scores, mean(scores)].map((score) => score.toFixed(3)).join(" | ")} |`);
}
