// How cross-validation divides rows: by class, by group, again and again, as it is told; and what it encodes.

import { createRequire } from "node:module";
import { type CrossValidationOptions, Encoder, metric, Network, type NetworkOptions, type Table } from "bitgrad";
import { readTable } from "bitgrad/tables";
import { describe, expect, it } from "vitest";
import { rejectionOf, wrong } from "../faults/expect-error.ts";
import { Random } from "../fixtures/random.ts";

const REGRESSION: NetworkOptions = { inputs: 1, layers: [{ units: 1 }], seed: 7 };
const BINARY: NetworkOptions = { ...REGRESSION, loss: "binaryCrossEntropy" };
const FIT = { epochs: 1, batchSize: 64 };

/** Rows that are their own numbers, as tables. */
function tableOf(rows: number): number[][] {
  return Array.from({ length: rows }, (_, row) => [row]);
}

/** The rows that each fold evaluates. */
async function divide(
  options: NetworkOptions,
  y: readonly (readonly number[])[],
  given: CrossValidationOptions,
): Promise<number[][]> {
  const learned: Set<number>[] = [];
  const as = { encode: (rows: Table) => (rows as number[][]).map(([row]) => [row! / y.length]) };
  const encoders = (x: Table) => {
    learned.push(new Set((x as number[][]).map(([row]) => row!)));
    return { x: as };
  };
  await Network.crossValidate(options, tableOf(y.length), y, { ...FIT, ...given, encoders });
  const [all, ...trained] = learned;
  expect(all!.size).toBe(y.length);
  return trained.map((seen) => tableOf(y.length).flatMap(([row]) => (seen.has(row!) ? [] : [row!])));
}

/** How many of each class there are. */
function countsOf(rows: readonly number[], classOf: (row: number) => number, classes: number): number[] {
  const counts = new Array(classes).fill(0);
  for (const row of rows) counts[classOf(row)]++;
  return counts;
}

describe("classes", () => {
  const random = new Random(11);
  const classes = Array.from({ length: 53 }, () => [0, 0, 0, 0, 1, 1, 2][random.whole(0, 6)]!);
  const forms: readonly (readonly [string, NetworkOptions, number[][]])[] = [
    [
      "of the sparse loss",
      { inputs: 1, layers: [{ units: 3 }], loss: "sparseCategoricalCrossEntropy" },
      classes.map((k) => [k]),
    ],
    [
      "of softmax outputs",
      { inputs: 1, layers: [{ units: 3 }], loss: "categoricalCrossEntropy" },
      classes.map((k) => [0, 1, 2].map((j) => Number(j === k))),
    ],
    [
      "of columns of −1 and 1",
      { inputs: 1, layers: [{ units: 3, activation: "tanh" }] },
      classes.map((k) => [0, 1, 2].map((j) => (j === k ? 1 : -1))),
    ],
  ];

  it.each(forms)("%s: every fold has its share of each, every row is in one", async (_, options, y) => {
    const folds = await divide(options, y, { folds: 4, repeats: 3 });
    expect(folds).toHaveLength(12);
    const repeats = [folds.slice(0, 4), folds.slice(4, 8), folds.slice(8)];
    for (const some of repeats) {
      expect(some.flat().sort((a, b) => a - b)).toEqual(classes.map((_, row) => row));
      const counts = some.map((rows) => countsOf(rows, (row) => classes[row]!, 3));
      const sizes = some.map((rows) => rows.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      for (const k of [0, 1, 2]) {
        const ofClass = counts.map((count) => count[k]!);
        expect(Math.max(...ofClass) - Math.min(...ofClass)).toBeLessThanOrEqual(1);
      }
    }
    expect(repeats[0]).not.toEqual(repeats[1]);
    expect(repeats[1]).not.toEqual(repeats[2]);
  });

  it("6 positives in 200 rows: the AUC is defined in every fold, for every seed", async () => {
    const y = Array.from({ length: 200 }, (_, row) => [Number(row % 33 === 7)]);
    expect(y.flat().filter(Boolean)).toHaveLength(6);
    const x = tableOf(200).map(([row]) => [Math.sin(row!)]);
    for (const options of [BINARY, { ...REGRESSION, loss: "sse" } as const]) {
      for (let seed = 0; seed < 20; seed++) {
        const found = await Network.crossValidate({ ...options, seed }, x, y, { ...FIT, metrics: ["auc"] });
        expect(found.folds.map(({ auc }) => Number.isNaN(auc))).toEqual(Array(5).fill(false));
        expect(found.warnings).toBeUndefined();
      }
    }
  });

  it("a class with fewer rows than folds: a warning", async () => {
    const y = Array.from({ length: 20 }, (_, row) => [Number(row < 3)]);
    const { warnings } = await Network.crossValidate(BINARY, tableOf(20), y, { ...FIT, folds: 4 });
    expect(warnings).toEqual(["class 1 has 3 rows for 4 folds: some folds are without it"]);
  });

  it("stratify: false divides the rows as they come", async () => {
    const y = Array.from({ length: 40 }, (_, row) => [Number(row >= 20)]);
    const folds = await divide(BINARY, y, { folds: 2, stratify: false, shuffleFolds: false });
    expect(folds).toEqual([Array.from({ length: 20 }, (_, row) => row), Array.from({ length: 20 }, (_, n) => 20 + n)]);
  });

  it("labels are labels in every fold, whatever its own rows look like", async () => {
    const options: NetworkOptions = { inputs: 1, layers: [{ units: 2 }], loss: "binaryCrossEntropy", seed: 3 };
    const x = tableOf(6).map(([row]) => [row! / 6 - 0.5]);
    const y = [[1, 0], [0, 1], [1, 1], [0, 0], [1, 1], [0, 0]]; // biome-ignore format: one line
    const { folds } = await Network.crossValidate(options, x, y, { ...FIT, folds: [[0, 1]], metrics: ["accuracy"] });
    using net = Network.createSync(options);
    net.fit(x.slice(2), y.slice(2), FIT);
    const outputs = net.predict(x.slice(0, 2));
    expect(folds[0]!.accuracy).toBe(metric("accuracy", outputs, y.slice(0, 2), { multiLabel: true }));
    expect(folds[0]!.accuracy).not.toBe(metric("accuracy", outputs, y.slice(0, 2)));
  });
});

describe("numbers", () => {
  const y = tableOf(23).map(([row]) => [row! / 10]);

  it("folds differ by a row at most, in an order of the seed", async () => {
    const folds = await divide(REGRESSION, y, { folds: 5 });
    expect(folds.map((rows) => rows.length).sort()).toEqual([4, 4, 5, 5, 5]);
    expect(folds.flat().sort((a, b) => a - b)).toEqual(tableOf(23).flat());
    expect(await divide({ ...REGRESSION, seed: 8 }, y, { folds: 5 })).not.toEqual(folds);
    expect(await divide(REGRESSION, y, { folds: 5 })).toEqual(folds);
  });

  it("without shuffleFolds they are consecutive rows", async () => {
    const folds = await divide(REGRESSION, y, { folds: 3, shuffleFolds: false });
    expect(folds.flat()).toEqual(tableOf(23).flat());
  });

  it("own folds, which may have rows in common", async () => {
    const given = [[22, 0], Uint8Array.of(1, 2, 0)];
    expect(await divide(REGRESSION, y, { folds: given })).toEqual([
      [0, 22],
      [0, 1, 2],
    ]);
  });

  it("mean and standard deviation; each network has the next seed", async () => {
    const x = y.map(([value]) => [value! * value!]);
    const given = { ...FIT, folds: 3, repeats: 2, metrics: ["mae"] } as const;
    const found = await Network.crossValidate(REGRESSION, x, y, given);
    const divided = await divide(REGRESSION, y, { folds: 3, repeats: 2 });
    const wanted = divided.map((kept, n) => {
      using net = Network.createSync({ ...REGRESSION, seed: 7 + n });
      const rows = (all: number[][], some: boolean) => all.filter((_, row) => kept.includes(row) === some);
      net.fit(rows(x, false), rows(y, false), FIT);
      return net.evaluate(rows(x, true), rows(y, true), { metrics: ["mae"] });
    });
    expect(found.folds).toEqual(wanted);
    for (const key of ["loss", "mae"] as const) {
      const values = wanted.map((scores) => scores[key]);
      const mean = values.reduce((sum, value) => sum + value) / 6;
      const squares = values.reduce((sum, value) => sum + value ** 2, 0) / 6;
      expect(found.mean[key]).toBeCloseTo(mean, 12);
      expect(found.standardDeviation[key]).toBeCloseTo(Math.sqrt(squares - mean ** 2), 6);
    }
  });

  it("seeds go on at 0 after the largest", async () => {
    const options = { ...REGRESSION, seed: Number.MAX_SAFE_INTEGER };
    const { folds } = await Network.crossValidate(options, y, y, { ...FIT, folds: [[0], [0]] });
    using net = Network.createSync({ ...options, seed: 0 });
    net.fit(y.slice(1), y.slice(1), FIT);
    expect(folds[1]!.loss).toBe(net.evaluate([[0]], [[0]]).loss);
  });
});

describe("groups", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const random = new Random(2);
  const groups = Array.from({ length: 60 }, () => names[random.whole(0, 6)]!);
  const y = tableOf(60).map(([row]) => [row! % 2]);

  it("each is in one fold, and folds are about as large", async () => {
    const folds = await divide(BINARY, y, { folds: 3, groups, repeats: 2 });
    for (const some of [folds.slice(0, 3), folds.slice(3)]) {
      const found = some.map((rows) => new Set(rows.map((row) => groups[row])));
      expect(found.reduce((sum, { size }) => sum + size, 0)).toBe(7);
      expect(new Set(found.flatMap((names) => [...names])).size).toBe(7);
      const sizes = some.map((rows) => rows.length);
      const largest = Math.max(...names.map((name) => groups.filter((group) => group === name).length));
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(largest);
    }
  });

  it("as many as folds: each by itself", async () => {
    const folds = await divide(BINARY, y, { folds: 7, groups: groups.map((name) => names.indexOf(name)) });
    for (const rows of folds) expect(new Set(rows.map((row) => groups[row])).size).toBe(1);
  });
});

describe("encoders", () => {
  const table = tableOf(30).map(([row]) => [["red", "blue"][row! % 2]!, 100 + row! * row!]);
  const labels = table.map(([color, size]) => [color === "red" && Number(size) > 200 ? "yes" : "no"]);
  const options: NetworkOptions = { ...BINARY, layers: [{ units: 2 }], loss: "categoricalCrossEntropy", inputs: 1 };
  const encoders = (x: Table, y: Table) => ({
    x: Encoder.learn(x, ["oneHot", "standard"]),
    y: Encoder.learn(y, "oneHot"),
  });

  it("learn each fold's training rows alone; inputs are their columns", async () => {
    const learned: Table[] = [];
    const found = await Network.crossValidate(options, table, labels, {
      ...FIT,
      folds: 3,
      metrics: ["accuracy"],
      encoders(x, y) {
        learned.push(x);
        return encoders(x, y);
      },
    });
    expect(learned.map((rows) => (rows as unknown[]).length)).toEqual([30, 20, 20, 20]);
    const wanted = learned.slice(1).map((rows, fold) => {
      const isTrained = (row: number) => (rows as unknown[]).includes(table[row]);
      const part = <T>(all: readonly T[], trained: boolean) => all.filter((_, row) => isTrained(row) === trained);
      const { x, y } = encoders(part(table, true), part(labels, true));
      using net = Network.createSync({ ...options, inputs: 3, seed: 7 + fold });
      net.fit(x.encode(part(table, true)), y.encode(part(labels, true)), FIT);
      return net.evaluate(x.encode(part(table, false)), y.encode(part(labels, false)), { metrics: ["accuracy"] });
    });
    expect(found.folds).toEqual(wanted);
  });

  it("take records, lists of labels, and tables that were read", async () => {
    const given = {
      ...FIT,
      folds: 3,
      encoders: (x: Table, y: Table) => ({ x: Encoder.learn(x), y: Encoder.learn(y, "oneHot") }),
    };
    const wanted = await Network.crossValidate(options, table, labels, given);
    const records = table.map(([color, size]) => ({ color: color!, size: size! }));
    const flat = labels.map(([label]) => label!);
    expect(await Network.crossValidate(options, records, flat, given)).toEqual(wanted);
    expect(await Network.crossValidate(options, readTable(records), readTable({ label: flat }), given)).toEqual(wanted);
    const { readTable: other } = createRequire(import.meta.url)("bitgrad/tables") as { readTable: typeof readTable };
    expect(await Network.crossValidate(options, other(records), other(flat), given)).toEqual(wanted);
    expect(readTable(new Proxy(readTable(records), {})).column("size")).toEqual(records.map(({ size }) => size));
  });

  it("stratify by the encoded labels", async () => {
    const held: number[] = [];
    await Network.crossValidate(options, table, labels, {
      ...FIT,
      folds: 3,
      encoders(x, y) {
        held.push(
          labels.filter(([label]) => label === "yes").length - (y as string[][]).filter(([l]) => l === "yes").length,
        );
        return encoders(x, y);
      },
    });
    expect(Math.max(...held.slice(1)) - Math.min(...held.slice(1))).toBeLessThanOrEqual(1);
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["an object", { x: "oneHot" }, "encoders is an Object object; a function is expected"],
    ["nothing returned", () => undefined, "encoders(…) is undefined"],
    ["a promise", async () => ({}), "encoders(…) is a Promise object; an object with x or y is expected"],
    ["what encodes nothing", () => ({ x: {} }), "encoders(…).x.encode is undefined; a function is expected"],
    ["an unknown part", () => ({ z: {} }), 'encoders(…) knows no "z"'],
  ];
  it.each(refused)("%s: refused", async (_, given, words) => {
    const error = await rejectionOf(Network.crossValidate(options, table, labels, { encoders: wrong(given) }));
    expect((error as Error).message).toContain(words);
  });

  it("of tables that are no lists, or of other lengths: refused", async () => {
    const matrix = { data: new Float64Array(4), shape: [2, 2] };
    const typed = Network.crossValidate(options, matrix, labels, { encoders });
    expect((await rejectionOf(typed)) as Error).toHaveProperty("message", expect.stringContaining("an array of rows"));
    const short = Network.crossValidate(options, table, labels.slice(1), { encoders });
    expect((await rejectionOf(short)) as Error).toHaveProperty("message", "y has 29 rows; x has 30");
  });
});

const y = tableOf(10);
const refused: readonly (readonly [string, object, string])[] = [
  ["folds as text", { folds: "3" }, 'folds is "3"; a whole number, or arrays of rows, is expected'],
  ["no folds", { folds: [] }, "folds is an array of 0"],
  ["a fold without rows", { folds: [[0], []] }, "folds[1] has 0 of 10 rows"],
  ["a fold with all rows", { folds: [tableOf(10).flat()] }, "folds[0] has 10 of 10 rows"],
  ["a row that is not there", { folds: [[0, 10]] }, "folds[0][1] is 10; a whole number from 0 to 9 is expected"],
  ["a row twice", { folds: [[3, 3]] }, "folds[0][1] is 3, which folds[0] has already"],
  ["a fold that is no list", { folds: [7] }, "folds[0] is 7; an array is expected"],
  ["repeats of own folds", { folds: [[0]], repeats: 2 }, "repeats is 2; with folds of rows none is expected"],
  ["groups of own folds", { folds: [[0]], groups: Array(10).fill(1) }, "groups is an array of 10; with folds of rows"],
  ["repeats without an order", { repeats: 2, shuffleFolds: false }, "repeats is 2; without shuffleFolds"],
  ["no repeats", { repeats: 0 }, "repeats is 0"],
  ["groups of other rows", { groups: [1] }, "groups has 1 element; 10 are expected"],
  ["a group that is none", { groups: [null, ...Array(9).fill(1)] }, "groups[0] is null"],
  ["fewer groups than folds", { folds: 3, groups: [...Array(9).fill(1), 2] }, "folds is 3; there are 2 groups"],
  ["stratified groups", { groups: tableOf(10).flat(), stratify: true }, "stratify is true; with groups none"],
  ["stratified numbers", { stratify: true }, "stratify is true; y has no classes"],
  ["a flag", { stratify: "yes" }, 'stratify is "yes"'],
  ["what no fold takes", { trainingMetrics: true }, 'options knows no "trainingMetrics"'],
];
it.each(refused)("%s: refused", async (_, given, words) => {
  const error = await rejectionOf(Network.crossValidate(REGRESSION, tableOf(10), y, wrong(given)));
  expect((error as Error).message).toContain(words);
  expect(error).toHaveProperty("code", expect.stringMatching(/OPTION|SHAPE|DATA/));
});
