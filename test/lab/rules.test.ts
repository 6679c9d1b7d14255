// No setting of the lab ends in an error without a word: what the rules allow trains, and what they refuse says why.

import { Network, type NetworkOptions, Operations } from "bitgrad";
import { describe, expect, test } from "vitest";
import * as choices from "../../examples/lab/choices.ts";
import { dataOf } from "../../examples/lab/data/sets.ts";
import { readRecipe } from "../../examples/lab/reading.ts";
import { defaultRecipe, KINDS, type Recipe } from "../../examples/lab/recipe.ts";
import { contradictions } from "../../examples/lab/rules.ts";
import { networkOf, rowsOf } from "../../examples/lab/trainer/network.ts";
import { PARTS, Watched } from "./trainer.ts";

const op = Operations.createSync();
const csv = `a,b,c\n${Array.from({ length: 60 }, (_, n) => `${n % 7},${(n * n) % 11},${(n % 7) * 3 - 40}`).join("\n")}`;
const DATA = {
  "two classes": defaultRecipe({ kind: "moons", rows: 60, noise: 0.1, seed: 1 }),
  "three classes": defaultRecipe("iris"),
  "numbers in the plane": defaultRecipe({ kind: "waves", rows: 60, noise: 0.5, seed: 1 }),
  "a table's numbers": defaultRecipe({ kind: "table", csv, target: "c", task: "numbers", name: "t.csv" }),
} as const;

describe.each(Object.entries(DATA))("of %s", (_, base) => {
  const data = dataOf(base, { op, parts: PARTS });

  test.each(choices.LOSSES)("%s trains with the outputs that go with it, and says why the others don't", (loss) => {
    const counts = { trained: 0, refused: 0 };
    for (const output of ["auto", ...choices.ACTIVATIONS] as const) {
      const recipe: Recipe = { ...base, network: { ...base.network, loss, output } };
      const options = networkOf(recipe, data);
      const { x, y } = rowsOf(data, options, 0, data.training);
      const train = () => Network.createSync(options as NetworkOptions).fit(x, y, { epochs: 1 });
      const why = contradictions(recipe, data.task, data.outputs.length);
      if (why.length === 0) {
        expect(train().loss, output).toHaveLength(1);
        counts.trained++;
      } else {
        expect(why[0]).toMatch(/^The (loss|last activation) can't be "\w+": .+\.$/);
        // the library refuses it, too; but for numbers that a bounded activation doesn't reach it may lack a row
        const isBounded = data.task === "numbers" && /sigmoid|tanh|softsign/i.test(why[0]!);
        if (!isBounded && !why[0]!.startsWith("The loss")) expect(train, output).toThrow();
        counts.refused++;
      }
    }
    expect(counts.refused).toBeGreaterThan(0);
    const isForClasses = loss.endsWith("Entropy");
    if (isForClasses && data.task === "numbers") expect(counts.trained).toBe(0);
    else expect(counts.trained).toBeGreaterThan(1);
  });
});

test("the trainer says the same sentence", async () => {
  const base = DATA["numbers in the plane"];
  const trainer = new Watched();
  const schedule = { type: "plateau", monitor: "accuracy" } as const;
  await expect(trainer.load({ ...base, training: { ...base.training, schedule } })).rejects.toThrow(
    'What the schedule watches can\'t be "accuracy": numbers have no classes.',
  );
  const hidden = [{ units: 4096 }, { units: 4096 }];
  await expect(trainer.load({ ...base, network: { ...base.network, hidden } })).rejects.toThrow(
    "the network has 16,797,697 parameters; up to 1,000,000 can be trained here",
  );
  trainer.close();
});

describe("every choice", () => {
  const base = DATA["two classes"];
  const data = dataOf(base, { op });
  const trains = (recipe: Recipe) => {
    expect(readRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
    const options = networkOf(recipe, data);
    const { x, y } = rowsOf(data, options, 0, data.training);
    const { schedule } = recipe.training;
    const net = Network.createSync(options as NetworkOptions);
    const metrics = schedule !== "none" && schedule.type === "plateau" && schedule.monitor === "accuracy";
    return net.fit(x, y, {
      epochs: 2,
      ...(schedule !== "none" && { schedule }),
      ...(metrics && { metrics: ["accuracy"] }),
    });
  };
  const network = (change: Partial<Recipe["network"]>): Recipe => ({
    ...base,
    network: { ...base.network, ...change },
  });

  /** Numbers within their ranges: the least, or nearly, and more. */
  const within = (ranges: Readonly<Record<string, choices.Range>>, place: number) =>
    Object.fromEntries(
      Object.entries(ranges).map(([key, { min, max, isWhole, isAbove }]) => {
        const value = Math.min(max, 1) * place + (isAbove && place === 0 ? 1e-6 : 0);
        return [key, Math.max(min, isWhole ? Math.ceil(value) : value)];
      }),
    );

  test.each(choices.ACTIVATIONS.filter((name) => name !== "softmax"))("of hidden activations: %s", (activation) => {
    trains(
      network({
        hidden: [
          { units: 3, activation },
          { type: "activation", activation },
        ],
      }),
    );
    if (choices.WITH_ALPHA.includes(activation)) trains(network({ hidden: [{ units: 3, activation, alpha: 0.3 }] }));
    else expect(() => trains(network({ hidden: [{ units: 3, activation, alpha: 0.3 }] }))).toThrow("none is expected");
  });

  test.each(choices.INITIALIZERS)("of initializers: %s", (initializer) => {
    trains(network({ hidden: [{ units: 3, initializer }] }));
  });

  test.each(Object.keys(choices.LAYERS) as (keyof typeof choices.LAYERS)[])("of layers: %s", (type) => {
    for (const place of [0, 0.5]) {
      const rest = type === "activation" ? { activation: "tanh" } : within(choices.LAYERS[type], place);
      trains(network({ hidden: [{ units: 3 }, { type, ...rest, trainable: false } as never] }));
    }
    for (const place of [0, 0.5]) trains(network({ hidden: [{ units: 3, ...within(choices.PENALTIES, place) }] }));
  });

  test.each(Object.keys(choices.OPTIMIZERS) as (keyof typeof choices.OPTIMIZERS)[])("of optimizers: %s", (type) => {
    for (const place of [0, 0.01, 0.5]) {
      trains(
        network({ optimizer: { type, ...within(choices.OPTIMIZERS[type], place), ...within(choices.CLIPS, place) } }),
      );
    }
    trains(network({ optimizer: { type } }));
  });

  test.each(Object.keys(choices.SCHEDULES) as (keyof typeof choices.SCHEDULES)[])("of schedules: %s", (type) => {
    for (const place of [0, 0.5]) {
      const schedule = { type, ...within(choices.SCHEDULES[type].numbers, place) } as never;
      trains({ ...base, training: { ...base.training, schedule } });
    }
    for (const monitor of choices.MONITORS.filter((name) => type === "plateau" && /loss|accuracy/.test(name))) {
      trains({ ...base, training: { ...base.training, schedule: { type: "plateau", monitor } } });
    }
  });

  test.each(KINDS)("of data: %s", (kind) => {
    expect(readRecipe(defaultRecipe(kind))).toEqual(defaultRecipe(kind));
  });
});

test("a recipe is read once, and what is read is new", () => {
  const recipe = defaultRecipe("xor");
  let reads = 0;
  const once = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, key, receiver) {
        const value: unknown = Reflect.get(object, key, receiver);
        if (typeof key === "string" && key !== "length") reads++;
        return typeof value === "object" && value !== null ? once(value) : value;
      },
    });
  const read = readRecipe(once(recipe));
  expect(read).toEqual(recipe);
  expect(reads).toBeLessThan(80);
  expect(read.network.hidden).not.toBe(recipe.network.hidden);
  expect(() => readRecipe(null)).toThrow("the recipe is null; an object is expected");
  expect(() => readRecipe([])).toThrow("the recipe is a list; an object is expected");
  expect(() => readRecipe({ ...recipe, extra: 1 })).toThrow('the recipe has "extra", which is unknown');
});
