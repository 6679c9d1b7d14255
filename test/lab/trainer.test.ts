// The trainer of the lab: the bits of fit, whatever is asked meanwhile.

import { Network, Operations } from "bitgrad";
import { afterEach, describe, expect, test } from "vitest";
import { dataOf } from "../../examples/lab/data/sets.ts";
import { defaultRecipe, type Recipe, SHAPES, SURFACES } from "../../examples/lab/recipe.ts";
import { networkOf, rowsOf } from "../../examples/lab/trainer/network.ts";
import golden from "./golden.json" with { type: "json" };
import { PARTS, Watched } from "./trainer.ts";

const ALL = { output: 20, units: 10, weights: true, gradients: true, confusion: true };
const made: Watched[] = [];
const watch = () => {
  const watched = new Watched();
  made.push(watched);
  return watched;
};
afterEach(() => {
  for (const one of made.splice(0)) one.close();
});

/** The digest of the recipe's network, trained by the library alone. */
function fitted(recipe: Recipe, epochs: number, engine: "wasm" | "reference" = "wasm", file?: Uint8Array): string {
  const data = dataOf(recipe, { op: Operations.createSync({ engine }), parts: PARTS, file });
  const options = networkOf(recipe, data);
  const { x, y } = rowsOf(data, options, 0, data.rows);
  const net = Network.createSync({ ...options, engine });
  const { batchSize, shuffle, schedule } = recipe.training;
  net.fit(x, y, {
    epochs,
    batchSize,
    shuffle,
    ...(schedule !== "none" && { schedule }),
    ...(data.training < data.rows && { validationSplit: { last: (data.rows - data.training) / data.rows } }),
  });
  return net.digest();
}

describe.each(["wasm", "reference"] as const)("on the %s engine", (engine) => {
  test.each([...SHAPES, ...SURFACES, "iris", "digits"] as const)("%s has the bits of fit", async (kind) => {
    const recipe = defaultRecipe(kind);
    const trainer = watch();
    trainer.ask({ type: "show", pictures: ALL });
    expect((await trainer.load(recipe, { engine })).engine).toBe(engine);
    const { digest } = await trainer.train(5);
    expect(digest).toBe(fitted(recipe, 5, engine));
    expect(digest).toBe(golden.trained[kind]);
  });
});

const RICH: Recipe = {
  ...defaultRecipe("moons"),
  features: ["x1", "x2", "x1x2", "sin x2"],
  network: {
    hidden: [
      { type: "batchNormalization" },
      { units: 8, activation: "elu", alpha: 0.5, l2: 0.001, dropout: 0.25 },
      { type: "dropout", rate: 0.1 },
      { units: 6, activation: "linear" },
      { type: "layerNormalization" },
      { type: "activation", activation: "tanh" },
    ],
    loss: "mse",
    output: "sigmoid",
    optimizer: { type: "adamw", learningRate: 0.02, clipNorm: 1 },
    dtype: "f64",
    seed: 7,
  },
  training: { batchSize: 30, shuffle: true, schedule: { type: "cosine", epochs: 10, warmup: 2 }, validation: 0.25 },
};

describe("steps", () => {
  const plateau: Recipe["training"]["schedule"][] = [
    { type: "plateau", patience: 0, threshold: 0.5, factor: 0.5 },
    { type: "plateau", monitor: "validationLoss", patience: 0, threshold: 0.5, factor: 0.5 },
    { type: "plateau", monitor: "accuracy", patience: 0, threshold: 0.5, factor: 0.5 },
  ];

  test.each([RICH.training.schedule, ...plateau])("have the bits of fit with %o", async (schedule) => {
    const recipe = { ...RICH, training: { ...RICH.training, schedule } };
    const trainer = watch();
    const { rows } = await trainer.load(recipe);
    expect(rows).toEqual({ training: 375, validation: 125 });
    await trainer.train(3);
    for (let batch = 1; batch <= 13; batch++) {
      trainer.ask({ type: "step" });
      // the trainer itself compares the bits of all steps with those of fit
      const frame = await trainer.next("frame");
      expect([frame.epoch, frame.batch, frame.batches]).toEqual(batch < 13 ? [3, batch, 13] : [4, 0, 13]);
    }
    for (let batch = 1; batch <= 5; batch++) trainer.ask({ type: "step" });
    await trainer.next("frame", ({ batch }) => batch === 5);
    const { digest, epoch } = await trainer.train(6);
    expect(epoch).toBe(6);
    if (schedule === RICH.training.schedule) expect(digest).toBe(fitted(recipe, 6));
    const through = watch();
    await through.load(recipe);
    expect((await through.train(6)).digest).toBe(digest);
  });
});

test.each([true, false])("pausing, epochs and a speed don't change the bits, in a worker: %s", async (worker) => {
  const trainer = watch();
  trainer.ask({ type: "show", pictures: ALL });
  await trainer.load(RICH, { worker });
  trainer.ask({ type: "run" });
  await trainer.next("frame", ({ epoch }) => epoch > 3);
  trainer.ask({ type: "pause" });
  const paused = await trainer.next("frame", ({ running }) => !running);
  expect(paused.digest).toBe(fitted(RICH, paused.epoch));
  trainer.ask({ type: "epoch" });
  const next = await trainer.next("frame", ({ running }) => !running);
  expect(next.epoch).toBe(paused.epoch + 1);
  trainer.ask({ type: "run", until: next.epoch + 4, speed: 100 });
  const last = await trainer.next("frame", ({ running }) => !running);
  expect(last.epoch).toBe(next.epoch + 4);
  expect(last.digest).toBe(fitted(RICH, last.epoch));
});

test("pictures are what the network gives over the plane", async () => {
  const trainer = watch();
  trainer.ask({ type: "show", pictures: ALL });
  const recipe = { ...RICH, network: { ...RICH.network, dtype: "f32" as const } };
  await trainer.load(recipe);
  const { output, units, weights } = await trainer.train(4);
  const data = dataOf(recipe, { op: Operations.createSync() });
  const options = networkOf(recipe, data);
  const net = Network.createSync(options);
  const { x, y } = rowsOf(data, options, 0, data.training);
  const { batchSize, schedule } = recipe.training;
  if (schedule === "none") throw new Error();
  net.fit(x, y, { epochs: 4, batchSize, schedule });
  const grid = Array.from({ length: 400 }, (_, n) => {
    const [x1, x2] = [((n % 20) + 0.5) * 0.6 - 6, 6 - (Math.floor(n / 20) + 0.5) * 0.6];
    return [x1 / 3, x2 / 3, (x1 * x2) / 9, Math.sin(x2)];
  });
  expect(output!.side).toBe(20);
  const wanted = net.predict(grid).flat();
  expect(Math.max(...output!.data.map((value, n) => Math.abs(value - wanted[n]!)))).toBeLessThan(1e-6);
  expect(units!.map(({ layer, units, data }) => [layer, units, data.length])).toEqual([
    [0, 8, 800],
    [3, 6, 600],
  ]);
  expect(weights!.map(({ layer, w, b }) => [layer, w.length, b.length])).toEqual([
    [1, 32, 8],
    [3, 48, 6],
    [6, 6, 1],
  ]);
});

test("what can't be done is said in words, and the training stays", async () => {
  const trainer = watch();
  trainer.ask({ type: "step" });
  await expect(trainer.next("frame")).rejects.toThrow("no recipe is loaded yet");
  const recipe = defaultRecipe("xor");
  await trainer.load(recipe);
  const { digest } = await trainer.train(2);
  await expect(trainer.load({ ...recipe, network: { ...recipe.network, output: "softmax" } })).rejects.toThrow(
    /softmax/,
  );
  expect((await trainer.train(3)).epoch).toBe(3);
  expect(digest).toBe(fitted(recipe, 2));
});

test("a training that leaves the finite numbers ends with its last epoch, in words", async () => {
  const recipe = defaultRecipe("waves");
  const trainer = watch();
  const network = { ...recipe.network, optimizer: { type: "sgd" as const, learningRate: 1e30 } };
  await trainer.load({ ...recipe, network });
  trainer.ask({ type: "run", until: 5 });
  const { message, during } = await trainer.next("failed");
  expect(during).toBe("run");
  expect(message).toMatch(/left the finite numbers in epoch 1/);
  expect((await trainer.next("frame")).epoch).toBe(0);
});
