// The data sets of the lab: their bits are those of a link's sender.

import { Operations } from "bitgrad";
import { describe, expect, test } from "vitest";
import { dataOf } from "../../examples/lab/data/sets.ts";
import { sine } from "../../examples/lab/data/sine.ts";
import { defaultRecipe, FEATURES, SHAPES, SURFACES } from "../../examples/lab/recipe.ts";
import golden from "./golden.json" with { type: "json" };
import { sha256 } from "./golden.ts";
import { PARTS } from "./trainer.ts";

describe("the sine", () => {
  test("is within 1e-15 of Math.sin, from −1,000 to 1,000", () => {
    let worst = 0;
    for (let n = -100_000; n <= 100_000; n++) {
      const x = n / 100 + n / 1e7;
      worst = Math.max(worst, Math.abs(sine(x) - Math.sin(x)));
    }
    expect(worst).toBeLessThan(1e-15);
  });

  // the sine with 50 digits, rounded to double
  test.each([
    [0, 0],
    [0.5, 0.479425538604203],
    [1, 0.8414709848078965],
    [2, 0.9092974268256817],
    [3, 0.1411200080598672],
    [-4, 0.7568024953079282],
    [6, -0.27941549819892586],
    [100, -0.5063656411097588],
  ])("of %f is %f", (x, expected) => {
    expect(Math.abs(sine(x) - expected)).toBeLessThan(2e-16);
  });
});

describe.each(["wasm", "reference"] as const)("drawn by the %s engine", (engine) => {
  const op = Operations.createSync({ engine });

  test.each([...SHAPES, ...SURFACES, "iris", "digits"] as const)("%s", (kind) => {
    const { x, y } = dataOf({ ...defaultRecipe(kind), features: FEATURES }, { op, parts: PARTS });
    expect(sha256(x, y)).toBe(golden.data[kind]);
  });
});

test("a larger set begins with the rows of a smaller one, and the seed changes all of them", () => {
  const op = Operations.createSync();
  const recipe = defaultRecipe("spirals");
  const draw = (change: object) =>
    dataOf({ ...recipe, data: { ...recipe.data, ...change } as typeof recipe.data }, { op });
  const small = draw({ rows: 100 });
  expect(draw({ rows: 200 }).x.slice(0, 200)).toEqual(small.x);
  const other = draw({ rows: 100, seed: 2 ** 40 + 1 });
  expect(other.x.some((value, n) => value === small.x[n])).toBe(false);
});
