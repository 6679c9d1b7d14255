// Tables of one's own, shipped data and drawn points: what becomes of them, and what is refused in words.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Network, Operations } from "bitgrad";
import { Encoder } from "bitgrad/encoder";
import { afterEach, describe, expect, test } from "vitest";
import { digitsAsCSV } from "../../examples/lab/data/digits.ts";
import { dataOf } from "../../examples/lab/data/sets.ts";
import { digestOf, lookAt } from "../../examples/lab/data/tables.ts";
import { type DataRecipe, defaultRecipe, LIMITS, type Recipe } from "../../examples/lab/recipe.ts";
import { PARTS, Watched } from "./trainer.ts";

const op = Operations.createSync();
const made: Watched[] = [];
const watch = () => {
  const watched = new Watched();
  made.push(watched);
  return watched;
};
afterEach(() => {
  for (const one of made.splice(0)) one.close();
});

test("the irises are those of scikit-learn", () => {
  const csv = readFileSync(new URL("../fits/iris.csv", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  const { x, y } = dataOf(defaultRecipe("iris"), { op });
  const found = Array.from(y, (kind, row) => {
    const measures = Array.from(
      x.subarray(4 * row, 4 * row + 4),
      (v, j) => v * [8, 4, 18, 8][j]! + [58, 31, 38, 12][j]!,
    );
    return `${measures.map((mm) => (mm / 10).toFixed(1)).join(",")},${kind}`;
  });
  expect(found.sort()).toEqual(csv.sort());
});

test("the digits are those of the file, and go back into it", () => {
  const csv = gunzipSync(readFileSync(new URL("../../examples/digits/digits.csv.gz", import.meta.url))).toString();
  const rows = csv
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  const { x, y } = dataOf(defaultRecipe("digits"), { op, parts: PARTS });
  expect(Array.from(y)).toEqual(rows.map((row) => row[64]));
  expect(Array.from(x)).toEqual(rows.flatMap((row) => row.slice(0, 64).map((pixel) => pixel / 16)));
  expect(digitsAsCSV(PARTS.digits!).trim()).toBe(csv.trim());
});

const HOMES = `sqm,city,name,kind\n${Array.from({ length: 120 }, (_, n) => {
  const kind = ["flat", "house", "villa"][n % 3];
  return `${n % 11 === 0 ? "" : 40 + 50 * (n % 3) + ((n * 37) % 30)},${["Bonn", "Ulm"][n % 2]},No. ${n},${kind}`;
}).join("\n")}\n`;

function table(
  csv: string,
  target: string,
  task: "classes" | "numbers",
  network: Partial<Recipe["network"]> = {},
): Recipe {
  const recipe = defaultRecipe({ kind: "table", csv, target, task, name: "homes.csv" });
  return { ...recipe, network: { ...recipe.network, ...network } };
}

describe("a table", () => {
  test("has columns as numbers, classes by name, and remarks", async () => {
    const trainer = watch();
    trainer.ask({ type: "show", pictures: { output: 10, units: 10, weights: true, gradients: true, confusion: true } });
    const loaded = await trainer.load(table(HOMES, "kind", "classes"));
    expect(loaded.inputs).toEqual(["sqm", "city_Bonn", "city_Ulm"]);
    expect(loaded.outputs).toEqual(["flat", "house", "villa"]);
    expect(loaded.rows).toEqual({ training: 96, validation: 24 });
    expect(loaded.remarks).toEqual(['The column "name" is left out: nearly every row has a text of its own.']);
    const { confusion, gradients, output } = await trainer.train(60);
    expect(output).toBeUndefined();
    expect(gradients).toHaveLength(2);
    const { classes, counts } = confusion!;
    expect([classes, counts.reduce((sum, count) => sum + count, 0)]).toEqual([3, 24]);
    expect([0, 1, 2].map((c) => counts[c * 3 + c]!).reduce((a, b) => a + b)).toBeGreaterThan(19);
  });

  test("trains as the library does with its split and its encoders, which the file has", async () => {
    const recipe = table(HOMES, "sqm", "numbers");
    await expect(watch().load(recipe)).rejects.toThrow('the column "sqm" has "" in row 1: a number is expected there');
    const whole = table(HOMES.replaceAll("\n,", "\n55,"), "sqm", "numbers");
    const trainer = watch();
    const loaded = await trainer.load(whole);
    expect(loaded.loss).toBe("mse");
    await trainer.train(3);
    trainer.ask({ type: "save" });
    const { file } = await trainer.next("saved");
    const net = Network.loadSync(file);
    const y = Encoder.fromJSON(net.encoders.y);
    expect(Encoder.fromJSON(net.encoders.x).names).toEqual(loaded.inputs);
    expect(y.names).toEqual(["sqm"]);
    const { mean, deviation } = loaded.scale!;
    expect(y.decode([[2]])).toEqual([[2 * deviation + mean]]);
    const row = Float64Array.of(1, 0, 0, 1, 0);
    trainer.ask({ type: "predict", id: 7, row });
    const predicted = await trainer.next("predicted");
    expect(predicted.id).toBe(7);
    expect(predicted.outputs[0]).toBe(net.predict([[...row]])[0]![0]);
  });

  test.each([
    ["sse", "auto", 3],
    ["mse", "sigmoid", 3],
    ["categoricalCrossEntropy", "auto", 3],
    ["sparseCategoricalCrossEntropy", "auto", 3],
    ["binaryCrossEntropy", "auto", 3],
  ] as const)("of three classes trains with %s", async (loss, output, outputs) => {
    const trainer = watch();
    const loaded = await trainer.load(table(HOMES, "kind", "classes", { loss, output }));
    expect(loaded.layers.at(-1)!.units).toBe(outputs);
    expect((await trainer.train(2)).digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test("as a file is known by its SHA-256", async () => {
    const bytes = new TextEncoder().encode(HOMES);
    const sha256 = digestOf(bytes);
    const name = "homes.csv";
    const data = { kind: "file", sha256, bytes: bytes.length, target: "kind", task: "classes", name } as const;
    const recipe = { ...table(HOMES, "kind", "classes"), data: data as DataRecipe };
    const trainer = watch();
    await expect(trainer.load(recipe)).rejects.toThrow('the file "homes.csv" is needed');
    await expect(trainer.load(recipe, {}, bytes.subarray(1))).rejects.toThrow(
      /this is not the file "homes.csv" that the training was done with: its SHA-256 is [0-9a-f]{12}…/,
    );
    await trainer.load(recipe, {}, bytes);
    const { digest } = await trainer.train(3);
    await trainer.load(table(HOMES, "kind", "classes"));
    expect((await trainer.train(3)).digest).toBe(digest);
  });

  test.each([
    ["", "kind", "the table is empty: paste some lines of CSV, the first with the columns' names"],
    ["a,b\n1,2\n3\n", "b", "line 3"],
    [HOMES, "price", 'the table has no column "price": it has "sqm", "city", "name", "kind"'],
    ["kind\na\nb\n", "kind", 'the table has the column "kind" alone; another one is needed to learn from'],
    ["x,kind\n1,a\n2,a\n", "kind", 'the column "kind" has one value alone: there is nothing to tell apart'],
    [
      `x,y\n${Array.from({ length: 300 }, (_, n) => `${n},v${n}`).join("\n")}`,
      "y",
      'the column "y" has 300 different values; up to 100 can be told apart',
    ],
    [
      `name,kind\n${Array.from({ length: 99 }, (_, n) => `n${n},${n % 2}`).join("\n")}`,
      "kind",
      "all columns but the target hold texts of which nearly every row has its own",
    ],
    [`x,y\n${"1,2\n".repeat(LIMITS.rows + 1)}`, "y", "the table has 100,001 rows; up to 100,000 can be taken here"],
    [" ".repeat(LIMITS.csv + 1), "y", "the table has 51 MB; up to 50 MB can be taken here"],
  ])("%#: what can't be read is said in words", async (csv, target, message) => {
    await expect(watch().load(table(csv, target, "classes"))).rejects.toThrow(message);
  });

  test("is looked at before a target is chosen", () => {
    const { rows, columns, target, task } = lookAt(HOMES);
    expect([rows, target, task]).toEqual([120, "kind", "classes"]);
    expect(columns.map(({ name, different, isNumber }) => [name, different, isNumber])).toEqual([
      ["sqm", 31, true],
      ["city", 2, false],
      ["name", 120, false],
      ["kind", 3, false],
    ]);
    expect(lookAt("a,b\n1,2.5\n2,3\n").task).toBe("numbers");
    expect(lookAt("a,b\n1,0\n2,1\n").task).toBe("classes");
  });
});

describe("points", () => {
  const points = Array.from({ length: 60 }, (_, n) => {
    const label = n < 30 ? 0 : 1;
    return [(label === 0 ? -3 : 2) + (n % 6) / 5, (n % 5) / 5, label] as const;
  });

  test("are mixed, so that those to look at are of both classes", async () => {
    const trainer = watch();
    const loaded = await trainer.load(defaultRecipe({ kind: "points", task: "classes", points }));
    const { data, training } = loaded.points!;
    expect([data.length, training]).toEqual([180, 48]);
    const labels = Array.from({ length: 12 }, (_, n) => data[3 * (training + n) + 2]!);
    expect(new Set(labels)).toEqual(new Set([0, 1]));
    const { history } = await trainer.train(150);
    expect(history.validationMetric.at(-1)).toBe(1);
  });

  test("fewer than 2 are too few", async () => {
    const recipe = defaultRecipe({ kind: "points", task: "classes", points: [[0, 0, 1]] });
    await expect(watch().load(recipe)).rejects.toThrow("there are fewer than 2 points: draw some into the plane");
  });
});

describe("recall", () => {
  test("gives what was there after an epoch, in any order, while another training runs", async () => {
    const recipe = defaultRecipe("digits");
    const trainer = watch();
    await trainer.load(recipe);
    const digests = new Map<number, string>();
    for (const epoch of [1, 2, 3]) digests.set(epoch, (await trainer.train(epoch)).digest);
    trainer.ask({ type: "run" });
    for (const epoch of [2, 3, 0, 1]) {
      trainer.ask({ type: "recall", epoch });
      const { digest, parameters } = await trainer.next("recalled");
      expect(parameters).toHaveLength(64 * 32 + 32 + 32 * 10 + 10);
      if (epoch > 0) expect(digest).toBe(digests.get(epoch));
    }
    trainer.ask({ type: "pause" });
    await trainer.next("frame", ({ running }) => !running);
  });
});

test("a file saved between steps is that of the last whole epoch", async () => {
  const trainer = watch();
  await trainer.load(defaultRecipe("xor"));
  const { digest } = await trainer.train(2);
  trainer.ask({ type: "step" });
  trainer.ask({ type: "save" });
  const { file } = await trainer.next("saved");
  expect(Network.loadSync(file).digest()).toBe(digest);
});
