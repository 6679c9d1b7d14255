// MLPClassifier and MLPRegressor: tables and targets in every form, what is predicted, saved and loaded, the same bits
// everywhere, trainings that are watched, stopped or aborted, and refusals that leave a model as it was.

import {
  BusyError,
  DataError,
  Encoder,
  FormatError,
  Network,
  NotFittedError,
  Operations,
  OptionError,
  ShapeError,
} from "bitgrad";
import { type EstimatorEpoch, MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import { Network as ReferenceNetwork } from "bitgrad/reference";
import { readTable } from "bitgrad/tables";
import { Network as ThreadsNetwork } from "bitgrad/threads";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { describe, expect, expectTypeOf, it } from "vitest";
import { errorOf, expectError, rejectionOf, wrong } from "../faults/expect-error.ts";
import { fitted, GOLDEN, houses } from "../golden/estimators.ts";
import { uniform } from "../support/random.ts";

const few = { epochs: 20 };
const { records, kinds } = houses();
const columns = {
  sqm: Float64Array.from(records, ({ sqm }) => sqm),
  city: records.map(({ city }) => city),
  garden: records.map(({ garden }) => garden),
};
const rows = records.map(({ sqm, city, garden }) => [sqm, city, garden]);

describe("tables and targets", () => {
  it("in every form give the same bits, where the columns are the same", async () => {
    const expected = (await new MLPClassifier(few).fit(columns, kinds)).digest();
    const withKind = records.map((record, s) => ({ ...record, kind: kinds[s]! }));
    const last = rows.map((row, s) => [...row, kinds[s]!]);
    const given: [table: Parameters<MLPClassifier["fit"]>[0], target: Parameters<MLPClassifier["fit"]>[1]][] = [
      [records, kinds],
      [rows, kinds],
      [withKind, "kind"],
      [{ ...columns, kind: kinds }, "kind"],
      [last, 3],
      [readTable(records), readTable(kinds)],
      [withKind, ["kind"]],
      [records, kinds.map((kind) => ({ kind }))],
    ];
    for (const [table, target] of given)
      expect((await new MLPClassifier(few).fit(table, target)).digest()).toBe(expected);
  });

  it("labels are texts, numbers or booleans, and their classes are sorted", async () => {
    for (const [yes, no] of [
      ["yes", "no"],
      [7, -3],
      [true, false],
    ] as const) {
      const labels = kinds.map((kind) => (kind === "house" ? yes : no));
      const model = await new MLPClassifier(few).fit(records, labels);
      expect(model.classes).toEqual([no, yes]);
      expect(new Set(model.predict(records))).toEqual(new Set([yes, no]));
    }
  });

  it("a column of labels is no input, and may be there or not when it predicts", async () => {
    const table = records.map((record, s) => ({ kind: kinds[s]!, ...record }));
    const model = await new MLPClassifier(few).fit(table, "kind");
    expect(model.network.inputs).toBe(5); // sqm, three cities, garden
    expect(model.predict(table)).toEqual(model.predict(records));
    expect(model.score(table, "kind")).toBe(model.score(records, kinds));
  });

  it("refuses more columns than can be saved before it learns anything", async () => {
    const wide = { data: new Uint8Array(2 ** 20 + 2), shape: [2, 2 ** 19 + 1] };
    expectError(await rejectionOf(new MLPClassifier().fit(wide, ["a", "b"])), {
      error: ShapeError,
      code: "SHAPE",
      words: ["table has 524289 columns; at most 524288 are expected"],
    });
  });

  it("warns of a column that has another text in each row, such as numbers with a currency", async () => {
    const odd = records.map((record, s) => ({ ...record, rent: `$${record.sqm}.${s}` }));
    const model = await new MLPClassifier(few).fit(odd, kinds);
    const trained = odd.length - Math.floor(odd.length / 5);
    expect(model.history?.warnings).toEqual([
      expect.stringMatching(`^column "rent" has ${trained} different cells in ${trained} rows, such as "\\$`),
    ]);
    const dropped = await new MLPClassifier({ ...few, columns: { rent: "drop" } }).fit(odd, kinds);
    expect(dropped.history?.warnings).toBe(undefined);
  });

  it("missing cells and new categories are taken, as they are not by an Encoder", async () => {
    const holes = records.map((record, s) => (s % 7 === 0 ? { ...record, sqm: null } : record));
    const model = await new MLPClassifier(few).fit(holes, kinds);
    expect(model.predict([{ sqm: undefined, city: "Rome", garden: false }])).toHaveLength(1);
    expectError(await rejectionOf(new MLPClassifier({ ...few, missing: "error" }).fit(holes, kinds)), {
      error: DataError,
      code: "DATA",
      words: ['column "sqm", row 0 is null'],
    });
  });

  it("columns are encoded as it is told", async () => {
    const model = await new MLPClassifier({ ...few, columns: { city: "drop", sqm: "robust" } }).fit(records, kinds);
    const kindsOf = Encoder.fromJSON(model.network.encoders.x).learned.map(({ kind }) => kind);
    expect(kindsOf).toEqual(["robust", "drop", "passThrough"]);
  });
});

describe("several targets", () => {
  const rooms = records.map(({ sqm }) => (sqm > 120 ? "many" : sqm > 60 ? "some" : "few"));
  const table = records.map((record, s) => ({ ...record, kind: kinds[s]!, rooms: rooms[s]! }));

  it("of classes", async () => {
    const model = await new MLPClassifier<[kind: string, rooms: string]>().fit(table, ["kind", "rooms"]);
    expect(model.classes).toEqual([
      ["flat", "house"],
      ["few", "many", "some"],
    ]);
    const predicted = model.predict(table);
    expectTypeOf(predicted).toEqualTypeOf<[kind: string, rooms: string][]>();
    const right = predicted.filter(([kind, room], s) => kind === kinds[s] && room === rooms[s]).length;
    expect(model.score(table, ["kind", "rooms"])).toBe(right / records.length);
    expect(right / records.length).toBeGreaterThan(0.8);
    const [first] = model.predictProbabilities(table);
    expect(first!.map((list) => list.length)).toEqual([2, 3]);
    for (const list of first!) expect(list.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    const loaded = await MLPClassifier.load(model.save());
    expect(loaded.predict(records)).toEqual(predicted);
  });

  it("of numbers", async () => {
    const price = records.map(({ sqm, garden }) => [sqm * 3000 + (garden ? 5e4 : 0), sqm / 20]);
    const model = await new MLPRegressor<number[]>().fit(records, price);
    expect(model.network.outputs).toBe(2);
    expect(model.score(records, price)).toBeGreaterThan(0.99);
    expect(model.predict(records.slice(0, 1))[0]).toHaveLength(2);
  });
});

describe("what it predicts", () => {
  it("are the labels with the largest probability, in the order of the classes", async () => {
    const model = await fitted(MLPClassifier);
    const probabilities = model.predictProbabilities(records);
    expectTypeOf(probabilities).toEqualTypeOf<number[][]>();
    const labels = probabilities.map(([flat, house]) => (house! > flat! ? "house" : "flat"));
    expect(model.predict(records)).toEqual(labels);
    expect(model.score(records, kinds)).toBe(labels.filter((label, s) => label === kinds[s]).length / kinds.length);
    for (const [flat, house] of probabilities) expect(flat! + house!).toBeCloseTo(1, 6);
  });

  it("are numbers in the targets' scale", async () => {
    const x = Array.from({ length: 100 }, (_, i) => [i % 10, Math.floor(i / 10)]);
    const y = x.map(([a, b]) => 1e6 + 3000 * a! - 2000 * b!);
    const model = await new MLPRegressor().fit(x, y);
    const predicted = model.predict(x);
    const mean = y.reduce((a, b) => a + b) / y.length;
    const [left, all] = [(s: number) => y[s]! - predicted[s]!, (s: number) => y[s]! - mean].map((of) =>
      y.reduce((sum, _, s) => sum + of(s) ** 2, 0),
    ) as [number, number];
    expect(model.score(x, y)).toBeCloseTo(1 - left / all, 5);
    expect(model.score(x, y)).toBeGreaterThan(0.999);
    expect(Math.abs(predicted[0]! - 1e6)).toBeLessThan(2000);
  });
});

describe("the rows held back", () => {
  it("teach the encoders nothing", async () => {
    // a listener that stops the search leaves the network of the search
    const numbers = Float64Array.from(records, (_, s) => s);
    const model = new MLPClassifier();
    await model.fit({ s: numbers }, kinds, { onEpoch: ({ stop }) => stop() });
    const { learned } = Encoder.fromJSON(model.network.encoders.x);
    const [column] = learned as unknown as [{ mean: number }];
    const all = (records.length - 1) / 2;
    expect(column.mean).not.toBe(all);
    await model.fit({ s: numbers }, kinds, { onEpoch: () => undefined });
    expect(Encoder.fromJSON(model.network.encoders.x).learned[0]).toMatchObject({ mean: all });
  });

  it("are the same share of every class", async () => {
    const labels = Array.from({ length: 100 }, (_, s) => (s < 78 ? "a" : "b"));
    const x = labels.map((label) => [label === "a" ? 1 : 2]);
    const model = new MLPClassifier({ validationSplit: 0.25 });
    await model.fit(x, labels, { onEpoch: ({ stop }) => stop() });
    // 25 of them: of 78 a 19.5, of 22 b 5.5; of equal remainders the first, so 58 a and 17 b are trained on
    expect(Encoder.fromJSON(model.network.encoders.x).learned[0]).toMatchObject({ mean: (58 + 2 * 17) / 75 });
  });

  it("find the number of epochs that all rows are trained for", async () => {
    const seen: EstimatorEpoch[] = [];
    const model = await new MLPClassifier({ epochs: 12 }).fit(records, kinds, {
      onEpoch: (info) => void seen.push(info),
    });
    const { bestEpoch, validationLoss } = model.history!;
    expect(validationLoss).toHaveLength(12);
    expect(validationLoss!.indexOf(Math.min(...validationLoss!)) + 1).toBe(bestEpoch);
    expect(model.network.epochs).toBe(bestEpoch);
    const phases = [...Array(12).fill("search"), ...Array(bestEpoch).fill("final")];
    expect(seen.map(({ phase }) => phase)).toEqual(phases);
    expect(seen[0]).toMatchObject({ epoch: 1, epochs: 12, validationLoss: validationLoss![0] });
  });

  it("none with validationSplit 0, or where each class has one row to spare", async () => {
    const model = await new MLPClassifier({ epochs: 5, validationSplit: 0 }).fit(records, kinds);
    expect([model.network.epochs, model.history!.validationLoss]).toEqual([5, undefined]);
    const tiny = await new MLPClassifier({ epochs: 5 }).fit([[0], [1], [2]], ["a", "b", "a"]);
    expect(tiny.network.epochs).toBe(5);
  });
});

describe("the same bits", () => {
  it("with the network of any entry, and on either engine", async () => {
    expect((await fitted(MLPClassifier)).digest()).toBe(GOLDEN);
    for (const Other of [Network, ReferenceNetwork, WorkerNetwork, ThreadsNetwork]) {
      const model = await fitted(MLPClassifier, { Network: Other });
      expect(model.network).toBeInstanceOf(Other);
      expect(model.digest()).toBe(GOLDEN);
    }
    const model = await fitted(MLPClassifier, { engine: "reference" });
    expect([model.network.engine, model.digest()]).toEqual(["reference", GOLDEN]);
  });

  it("in a worker and with threads", async () => {
    const inWorker = await fitted(MLPClassifier, { Network: WorkerNetwork }, { worker: true });
    expect([inWorker.digest(), inWorker.history!.warnings]).toEqual([GOLDEN, undefined]);
    const byTwo = await fitted(MLPClassifier, { Network: ThreadsNetwork, threads: 2 });
    expect([byTwo.network.threads.count, byTwo.digest()]).toEqual([2, GOLDEN]);
  });

  it("for one seed, whatever was fitted before; others for another", async () => {
    const model = new MLPClassifier({ ...few, seed: 3 });
    await model.fit(rows, kinds);
    const first = model.digest();
    await model.fit(records.slice(1), kinds.slice(1));
    await model.fit(rows, kinds);
    expect(model.digest()).toBe(first);
    expect((await new MLPClassifier({ ...few, seed: 4 }).fit(rows, kinds)).digest()).not.toBe(first);
  });
});

describe("saved and loaded", () => {
  it("predicts the same, by its own class and by Network", async () => {
    const model = await fitted(MLPClassifier);
    const file = model.save();
    const loaded = await MLPClassifier.load(file, { Network: ReferenceNetwork });
    expect(loaded).toBeInstanceOf(MLPClassifier);
    expect(loaded.network.engine).toBe("reference");
    expect([loaded.predict(records), loaded.classes, loaded.digest(), loaded.history]).toEqual([
      model.predict(records),
      ["flat", "house"],
      model.digest(),
      undefined,
    ]);
    const net = await Network.load(file);
    const { x, y } = net.encoders;
    expect(Encoder.fromJSON(y).decodeLabels(net.predict(Encoder.fromJSON(x).encode(records)))).toEqual(
      model.predict(records),
    );
    const prices = await new MLPRegressor(few).fit(rows, Array.from(columns.sqm));
    expect((await MLPRegressor.load(prices.save())).predict(rows)).toEqual(prices.predict(rows));
  });

  it("refuses files of another kind", async () => {
    const classes = (await fitted(MLPClassifier)).save();
    const numbers = (await new MLPRegressor(few).fit(rows, Array.from(columns.sqm))).save();
    const plain = Network.createSync({ inputs: 1, layers: [{ units: 1 }] }).save();
    const refusals: [Promise<unknown>, string][] = [
      [MLPClassifier.load(numbers), 'a target is encoded as "standard"'],
      [MLPRegressor.load(classes), 'a target is encoded as "ordinal"'],
      [MLPClassifier.load(plain), "not the encoders"],
      [MLPClassifier.load(classes.slice(0, -1)), "can't be read"],
    ];
    for (const [promise, words] of refusals) {
      const error = await rejectionOf(promise);
      expect(error).toBeInstanceOf(FormatError);
      if (words !== "can't be read") expect((error as Error).message).toContain(words);
    }
  });
});

describe("unequal classes", () => {
  // 95 of 100 points are of class a; those of b lie to the right, between others
  const random = uniform(88675123);
  const labels = Array.from({ length: 600 }, (_, s) => (s % 20 === 0 ? "b" : "a"));
  const x = labels.map((label) => [random() + (label === "b" ? 0.5 : 0), random()]);
  const recall = async (model: MLPClassifier) => {
    const predicted = (await model.fit(x, labels)).predict(x);
    return labels.filter((label, s) => label === "b" && predicted[s] === "b").length / 30;
  };

  it('count alike with classWeights: "balanced"', async () => {
    const [usual, balanced] = [
      await recall(new MLPClassifier()),
      await recall(new MLPClassifier({ classWeights: "balanced" })),
    ];
    expect(usual).toBeLessThan(0.7);
    expect(balanced).toBeGreaterThan(usual + 0.15);
  });

  it("or as told, in the order of the classes", async () => {
    const own = await new MLPClassifier({
      ...few,
      classWeights: [600 / (2 * 570), 600 / (2 * 30)],
      validationSplit: 0,
    }).fit(x, labels);
    const balanced = await new MLPClassifier({ ...few, classWeights: "balanced", validationSplit: 0 }).fit(x, labels);
    expect(own.digest()).toBe(balanced.digest());
  });
});

describe("a training", () => {
  it("gives the event loop its turns, and takes no second one meanwhile", async () => {
    const model = new MLPClassifier({ epochs: 200 });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const fitting = model.fit(records, kinds);
    const busy = await rejectionOf(model.fit(records, kinds));
    await fitting;
    clearInterval(timer);
    expectError(busy, { error: BusyError, code: "BUSY", words: ["this MLPClassifier is being fitted"] });
    expect(turns).toBeGreaterThan(0);
  });

  it("can be aborted; what was learned before stays", async () => {
    const model = await fitted(MLPClassifier);
    for (const phase of ["search", "final"] as const) {
      const controller = new AbortController();
      const onEpoch = (info: EstimatorEpoch) => {
        if (info.phase === phase) controller.abort(new Error("enough"));
      };
      const error = await rejectionOf(model.fit(rows, kinds, { signal: controller.signal, onEpoch }));
      expect(error).toBe(controller.signal.reason);
      expect(model.digest()).toBe(GOLDEN);
    }
    const aborted = AbortSignal.abort(new Error("before"));
    expect(await rejectionOf(model.fit(rows, kinds, { signal: aborted }))).toBe(aborted.reason);
  });

  it("ends where onEpoch says so", async () => {
    const model = new MLPClassifier({ epochs: 30 });
    await model.fit(records, kinds, {
      onEpoch: ({ epoch, stop }) => {
        if (epoch === 4) stop();
      },
    });
    expect([model.network.epochs, model.history!.stopped]).toEqual([4, "listener"]);
  });

  it("by a recipe, of the estimator or of this training", async () => {
    const small = { ...few, preset: "realmlp", hidden: [8, 8] } as const;
    const model = await new MLPClassifier(small).fit(records, kinds);
    const [hidden] = model.network.layers;
    expect(hidden).toMatchObject({ units: 8, activation: "selu", initializer: "lecunNormal" });
    expect(Encoder.fromJSON(model.network.encoders.x).learned.map(({ kind }) => kind)).toEqual([
      "robustSmoothClip",
      "oneHot",
      "passThrough",
    ]);
    const same = await new MLPClassifier({ ...few, hidden: [8, 8] }).fit(records, kinds, { preset: "realmlp" });
    expect(same.digest()).toBe(model.digest());
    const regressor = await new MLPRegressor(small).fit(records, Array.from(columns.sqm));
    expect(regressor.network.layers[0]!.activation).toBe("mish");
    expect(
      await new MLPClassifier({ preset: "realmlp" }).fit(records, kinds, { onEpoch: ({ stop }) => stop() }),
    ).toMatchObject({
      network: { layers: [{ units: 256 }, { units: 256 }, { units: 256 }, { units: 2 }] },
    });
  });
});

describe("refusals", () => {
  const labeled = records.map((record, s) => ({ ...record, kind: kinds[s]! }));
  const option = (words: string) => ({ error: OptionError, code: "OPTION" as const, words: [words] });
  const data = (words: string) => ({ error: DataError, code: "DATA" as const, words: [words] });
  const shape = (words: string) => ({ error: ShapeError, code: "SHAPE" as const, words: [words] });

  it.each([
    ["a target that is not there", labeled, "kin", option('target is "kin"; did you mean "kind"?')],
    ["no target", labeled, undefined, option("target is missing")],
    ["a name without names", rows, "kind", option("the table's columns have no names")],
    ["an index that is not there", rows, 3, option("an index from 0 to 2")],
    ["nothing but the target", kinds.map((kind) => ({ kind })), "kind", shape("no other column")],
    [
      "too few labels",
      records,
      kinds.slice(1),
      shape(`target has ${kinds.length - 1} rows; table has ${kinds.length}`),
    ],
    ["one class", records, kinds.map(() => "flat"), data('target has one class, "flat"')],
    [
      "one class in a column",
      labeled.map((row) => ({ ...row, kind: 1 })),
      "kind",
      data('column "kind" has one class, 1'),
    ],
    ["NaN", records, kinds.map((_, s) => (s === 5 ? Number.NaN : s % 2)), data("target[5] is NaN")],
    [
      "a missing label",
      labeled.map((row, s) => (s === 5 ? { ...row, kind: null } : row)),
      "kind",
      data("row 5 is null"),
    ],
    ["numbers", records, Array.from(columns.sqm, (v) => v + 0.5), data("MLPRegressor predicts numbers")],
    ["as many classes as rows", records, records.map((_, s) => `#${s}`), data("more rows than classes are expected")],
    ["an empty table", [], [], shape("table is empty")],
    ["a ragged table", [[1, 2], [3]], [0, 1], shape("table is ragged")],
  ] as const)("%s", async (_, table, target, refusal) => {
    const model = await fitted(MLPClassifier);
    expectError(await rejectionOf(model.fit(wrong(table), wrong(target))), refusal);
    expect(model.digest()).toBe(GOLDEN);
  });

  it("targets that are no numbers", async () => {
    const model = new MLPRegressor(few);
    expectError(await rejectionOf(model.fit(records, kinds)), data('target[0] is "flat"'));
    expectError(
      await rejectionOf(
        model.fit(
          records,
          kinds.map((_, s) => (s === 9 ? Number.NaN : s)),
        ),
      ),
      data("target[9] is NaN"),
    );
  });

  it.each([
    ["hide", [3], 'did you mean "hidden"?'],
    ["hidden", 100, "hidden is 100"],
    ["hidden", [0], "hidden[0] is 0"],
    ["activation", "rely", 'did you mean "relu"?'],
    ["activation", "softmax", 'activation is "softmax"'],
    ["learningRate", -1, "learningRate is -1"],
    ["batchSize", 0, "batchSize is 0"],
    ["epochs", 1.5, "epochs is 1.5"],
    ["l2", Number.NaN, "l2 is NaN"],
    ["dropout", 1, "dropout is 1"],
    ["validationSplit", 1, "validationSplit is 1"],
    ["seed", -1, "seed is -1"],
    ["dtype", "f16", 'dtype is "f16"'],
    ["preset", "realMLP", 'preset is "realMLP"; "standard" or "realmlp" is expected'],
    ["classWeights", "equal", 'classWeights is "equal"'],
    ["Network", Operations, "Network is a function"],
    ["engine", "gpu", 'engine is "gpu"'],
  ])("the option %s: %o", (name, value, words) => {
    expectError(
      errorOf(() => new MLPClassifier({ [name]: value })),
      option(words),
    );
    if (name !== "classWeights")
      expectError(
        errorOf(() => new MLPRegressor({ [name]: value })),
        option(words),
      );
  });

  it("options of fit", async () => {
    const model = new MLPClassifier(few);
    const refused = (options: object) => rejectionOf(model.fit(records, kinds, options));
    expectError(await refused({ epochs: 3 }), option('options knows no "epochs"'));
    expectError(await refused({ onEpoch: 1 }), option("onEpoch is 1"));
    expectError(await refused({ signal: 1 }), option("signal is 1"));
    expectError(await refused({ preset: "x" }), option('preset is "x"'));
    const several = new MLPClassifier({ ...few, classWeights: "balanced" });
    expectError(await rejectionOf(several.fit(labeled, ["kind", "city"])), option("classWeights is given"));
  });

  it("predict before fit, and with other columns", async () => {
    for (const model of [new MLPClassifier(), new MLPRegressor()]) {
      const name = String(model).split(" ")[0]!;
      const refusal = {
        error: NotFittedError,
        code: "NOT_FITTED" as const,
        words: [`this ${name} has learned nothing`],
      };
      for (const run of [
        () => model.predict(records),
        () => model.score(records, wrong(kinds)),
        () => model.network,
        () => model.history,
        () => model.digest(),
        () => model.save(),
      ]) {
        expectError(errorOf(run), refusal);
      }
    }
    const model = await fitted(MLPClassifier);
    expectError(
      errorOf(() => model.predict([{ sqm: 3, garden: true }])),
      shape('table has no column "city"'),
    );
    expectError(
      errorOf(() => model.predict([[1, "Bonn"]])),
      shape("table has 2 columns"),
    );
    expectError(
      errorOf(() => model.predict([{ sqm: "big", city: "Bonn", garden: true }])),
      data('"sqm"'),
    );
    expectError(
      errorOf(() => model.score(labeled, ["kind", "city"])),
      shape("target has 2 columns"),
    );
  });

  it("a record without a key has a missing cell, if some were missing in the training", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? { a: i } : { a: i, b: (i % 4) * 2 }));
    const model = await new MLPClassifier(few).fit(
      rows,
      rows.map(({ a }) => a > 9),
    );
    const [alone] = model.predictProbabilities([{ a: 3 }]);
    expect(alone).toEqual(model.predictProbabilities([{ a: 3 }, { a: 3, b: 1 }])[0]);
    expect(alone).toEqual(model.predictProbabilities([{ a: 3, b: null }])[0]);
    expectError(
      errorOf(() => model.predict([{ b: 1 }])),
      shape('table has no column "a"; give null if its cell is missing; the table has "b"'),
    );
    expectError(
      errorOf(() => model.predict({ a: [3] })),
      shape('table has no column "b"; the table has "a"'),
    );
  });

  it("names of other libraries", () => {
    const refused = (options: object) => errorOf(() => new MLPClassifier(options));
    for (const [name, own] of [
      ["alpha", "l2"],
      ["max_iter", "epochs"],
      ["maxIter", "epochs"],
      ["random_state", "seed"],
      ["hidden_layer_sizes", "hidden"],
      ["layers", "hidden"],
      ["class_weight", "classWeights"],
    ] as const) {
      expectError(refused({ [name]: 1 }), option(`options knows no "${name}"; did you mean "${own}"?`));
    }
    expectError(
      errorOf(() => new MLPRegressor({ classWeight: 1 } as never)),
      option('options knows no "classWeight"; '),
    );
  });

  it("after dispose it can be fitted again", async () => {
    const model = await fitted(MLPClassifier);
    model.dispose();
    expect(errorOf(() => model.predict(records))).toBeInstanceOf(NotFittedError);
    expect((await model.fit(records, kinds)).digest()).toBe(GOLDEN);
  });
});

describe("as an object", () => {
  it("describes itself", async () => {
    expect(String(new MLPClassifier())).toBe("MLPClassifier { not fitted }");
    expect(String(await fitted(MLPClassifier))).toBe("MLPClassifier { inputs: 3, classes: 2 }");
    expect(String(await new MLPRegressor(few).fit(rows, Array.from(columns.sqm)))).toBe(
      "MLPRegressor { inputs: 3, targets: 1 }",
    );
    expect(Object.prototype.toString.call(new MLPRegressor())).toBe("[object MLPRegressor]");
  });

  it("works through a proxy", async () => {
    const proxy = new Proxy(new MLPClassifier(few), {});
    await proxy.fit(records, kinds);
    expect(proxy.predict(records)).toHaveLength(records.length);
  });
});
