// What an estimator makes of its rows does not depend on which of them the seed holds back, nor on what becomes of the
// arguments while it is fitted.

import { DataError, DisposedError, Encoder, Network, OptionError } from "bitgrad";
import { type EstimatorEpoch, MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import { kFold, readTable } from "bitgrad/tables";
import { describe, expect, it } from "vitest";
import { expectError, rejectionOf, wrong } from "../faults/expect-error.ts";

const count = 60;
const a = Array.from({ length: count }, (_, s) => (s * 37) % 61);
const labels = a.map((value) => (value > 30 ? "high" : "low"));
const few = { epochs: 3, hidden: [4] } as const;
const seeds = Array.from({ length: 12 }, (_, seed) => seed);

describe("one odd cell fails with no seed", () => {
  const columns: [string, (s: number) => unknown, object][] = [
    ["the only cell of a column", (s) => (s === 7 ? "ok" : null), {}],
    ["the only number of a column", (s) => (s === 7 ? 3 : undefined), {}],
    ["a text among booleans", (s) => (s === 7 ? "maybe" : s % 2 === 0), {}],
    ["a word among dates", (s) => (s === 7 ? "unknown" : `2026-01-${10 + (s % 9)}`), {}],
    ["a rare category that must be known", (s) => (s === 7 ? "rare" : "usual"), { unseen: "error" }],
    ["the only cell of a category that must be known", (s) => (s === 7 ? "ok" : ""), { unseen: "error" }],
  ];

  it.each(columns)("%s", async (_, cellAt, options) => {
    const table = a.map((value, s) => ({ a: value, odd: cellAt(s) }));
    const widths = new Set<number>();
    for (const seed of seeds) {
      const held = await new MLPClassifier({ ...few, ...options, seed }).fit(table, labels, {
        onEpoch: ({ stop }) => stop(),
      });
      const all = await new MLPClassifier({ ...few, ...options, seed }).fit(table, labels);
      expect(all.predict(table)).toHaveLength(count);
      expect(held.predict(table)).toHaveLength(count);
      expect((await MLPClassifier.load(held.save())).predict(table)).toEqual(held.predict(table));
      widths.add(all.network.inputs);
    }
    expect(widths.size).toBe(1);
  });

  it("and none that a program holds out itself, by parts of a table", async () => {
    const table = readTable(
      a.map((value, s) => ({ a: value, odd: s === 7 ? "maybe" : s % 2 === 0, label: labels[s] })),
    );
    for (const { training, test } of kFold(count, { folds: 5, stratify: table.column("label") })) {
      const model = await new MLPClassifier(few).fit(table.part(training), "label");
      expect(model.network.inputs).toBe(training.includes(7) ? 4 : 3); // a, true, false, maybe
      expect(model.predict(table.part(test))).toHaveLength(test.length);
    }
    // a part's numbers are its own; a table that was taken is a table like any other
    const [numbers] = readTable({ n: [1, 3, 100], odd: ["true", "false", "maybe"] }).split("odd");
    expect(Encoder.learn(numbers.part([0, 1])).learned).toEqual([
      { name: "n", kind: "standard", mean: 2, deviation: 1 },
    ]);
    const odd = readTable({ odd: ["true", "false", "maybe"] });
    expect(Encoder.learn(odd.part([0, 1])).names).toEqual(["odd_false", "odd_maybe", "odd_true"]);
    expect(Encoder.learn(odd.take([0, 1])).names).toEqual(["odd"]);
  });

  it("nor a rare category in cross-validation with encoders", async () => {
    const table = readTable(a.map((value, s) => ({ a: value, odd: s === 7 ? "rare" : "usual" })));
    const { folds } = await Network.crossValidate(
      { inputs: 1, layers: [{ units: 2 }], loss: "categoricalCrossEntropy" },
      table,
      readTable(labels),
      { folds: 5, epochs: 1, encoders: (x, y) => ({ x: Encoder.learn(x), y: Encoder.learn(y, "oneHot") }) },
    );
    expect(folds).toHaveLength(5);
  });
});

describe("what becomes of typed arrays after the call changes nothing", () => {
  const x = () => Float64Array.from(a);
  const y = () => Uint8Array.from(labels, (label) => Number(label === "high"));

  it.each<[string, (x: Float64Array, y: Uint8Array) => void]>([
    ["x is filled", (x) => void x.fill(0)],
    ["y is filled", (_, y) => void y.fill(0)],
    ["both are sent away", (x, y) => void structuredClone(0, { transfer: [x.buffer, y.buffer] as ArrayBuffer[] })],
  ])("%s", async (_, change) => {
    for (const form of [(x: Float64Array) => ({ a: x }), (data: Float64Array) => ({ data, shape: [count, 1] })]) {
      const expected = (await new MLPClassifier(few).fit(form(x()), y())).digest();
      const own = [x(), y()] as const;
      const model = new MLPClassifier(few);
      const fitting = model.fit(form(own[0]), own[1]);
      change(...own);
      await fitting;
      expect(model.digest()).toBe(expected);
      const later = [x(), y()] as const;
      await model.fit(form(later[0]), later[1], {
        onEpoch: ({ epoch }) => (epoch === 1 ? change(...later) : undefined),
      });
      expect(model.digest()).toBe(expected);
    }
    const read = x();
    const table = readTable({ a: read });
    read.fill(0);
    expect(table.column("a")).toEqual(a);
  });

  it("of a cross-validation", async () => {
    const validate = (x: Float64Array, y: Float64Array) =>
      Network.crossValidate({ inputs: 1, layers: [{ units: 1 }] }, { data: x, shape: [count, 1] }, y, { epochs: 2 });
    const expected = await validate(x(), x());
    const own = [x(), x()] as const;
    const validating = validate(...own);
    for (const data of own) data.fill(0);
    expect(await validating).toEqual(expected);
  });
});

describe("numbers, booleans and their texts are one label and one category", () => {
  const bits = labels.map((label) => (label === "high" ? 1 : 0));
  const train = (y: readonly (string | number | boolean)[]) => new MLPClassifier({ seed: 1 }).fit({ a }, y);

  it("where a model is scored", async () => {
    const forms = [
      bits,
      bits.map(String),
      bits.map(Boolean),
      bits.map((bit) => String(bit === 1)),
      bits.map((b) => `${b}.0`),
    ];
    for (const learned of forms) {
      const model = await train(learned);
      const score = model.score({ a }, learned);
      expect(score).toBeGreaterThan(0.9);
      for (const given of forms) expect(model.score({ a }, given)).toBe(score);
    }
    const model = await train(bits.map(String));
    expect(
      model.score(
        { a },
        bits.map((bit, s) => (s < 30 ? bit : 2)),
      ),
    ).toBeLessThanOrEqual(0.5); // 2 is wrong
    const error = await rejectionOf((async () => model.score({ a }, labels))());
    expectError(error, { error: DataError, code: "DATA", words: ['target[0] is "low"', '"0", "1"'] });
  });

  it("where an encoder knows one of them", () => {
    const texts = Encoder.learn(["2", "10", "9"], "oneHot");
    expect(texts.encode([2, "2", 9, "10"]).data).toEqual(Float64Array.of(1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1));
    const words = Encoder.learn(["true", "no", "false"], "oneHot");
    expect(words.encode([true, false]).data).toEqual(Float64Array.of(0, 0, 1, 1, 0, 0));
    const numbers = Encoder.learn([1, 2], "ordinal");
    expect(numbers.encode(["2", "1.0"]).data).toEqual(Float64Array.of(1, 0));
    // of several that are alike each is itself, and none is meant by another
    const both = Encoder.learn([1, "1", true], "ordinal", { unseen: "none" });
    expect(both.encode([true, 1, "1", "1.0"]).data).toEqual(Float64Array.of(0, 1, 2, -1));
  });

  it("where words say that a cell is missing", () => {
    for (const word of ["-999", -999]) {
      const encoder = Encoder.learn([1, -999, 3], "passThrough", { missing: "median", missingWords: [word] });
      expect(encoder.encode([-999, "-999", 4]).data).toEqual(Float64Array.of(2, 2, 4));
      expect(encoder.toJSON().missingWords).toEqual([word]);
    }
  });

  it("so texts of numbers are sorted as numbers", () => {
    expect(Encoder.learn(["10", "2", "9"], "ordinal").learned).toEqual([
      { kind: "ordinal", categories: ["2", "9", "10"] },
    ]);
    expect(Encoder.learn(["10", "2", "x"], "ordinal").learned).toEqual([
      { kind: "ordinal", categories: ["10", "2", "x"] },
    ]);
  });
});

describe("a training that is stopped leaves the best network so far", () => {
  const options = { epochs: 12, hidden: [4], seed: 2 } as const;
  const train = async (when: (info: EstimatorEpoch) => boolean) => {
    const model = new MLPClassifier(options);
    await model.fit({ a }, labels, {
      onEpoch: (info) => {
        if (when(info)) info.stop();
      },
    });
    return model;
  };

  it("that of the search, when all rows were not trained to the end", async () => {
    const whole = await train(() => false);
    const { bestEpoch } = whole.history!;
    const search = await train(({ phase, epoch }) => phase === "search" && epoch === 12);
    expect([search.history!.stopped, search.history!.bestEpoch]).toEqual(["listener", bestEpoch]);
    expect(search.digest()).not.toBe(whole.digest());
    for (const at of [1, bestEpoch! - 1]) {
      const model = await train(({ phase, epoch }) => phase === "final" && epoch === at);
      expect([model.digest(), model.history!.stopped]).toEqual([search.digest(), "listener"]);
      expect(model.history!.validationLoss).toEqual(search.history!.validationLoss);
    }
    const end = await train(({ phase, epoch }) => phase === "final" && epoch === bestEpoch);
    expect([end.digest(), end.history!.stopped]).toEqual([whole.digest(), undefined]);
  });

  it("and none after dispose", async () => {
    for (const phase of ["search", "final"] as const) {
      const model = new MLPRegressor(options);
      const fitting = model.fit({ a }, a, {
        onEpoch: (info) => {
          if (info.phase === phase) model.dispose();
        },
      });
      expect(await rejectionOf(fitting)).toBeInstanceOf(DisposedError);
      expect(String(model)).toBe("MLPRegressor { not fitted }");
      await model.fit({ a }, a);
      expect(model.predict({ a })).toHaveLength(count);
    }
  });
});

describe("weights of classes", () => {
  it("by their labels, as scikit-learn's class_weight", async () => {
    const y = a.map((value) => (value > 30 ? 1 : 0));
    const train = async (classWeights: unknown) =>
      (await new MLPClassifier({ ...few, classWeights: wrong(classWeights) }).fit({ a }, y)).digest();
    const expected = await train([1, 5]);
    for (const weights of [{ 1: 5 }, { 0: 1, 1: 5 }, new Map([[1, 5]]), new Map([["1", 5]]), Float32Array.of(1, 5)]) {
      expect(await train(weights)).toBe(expected);
    }
  });

  it.each<[string, unknown, string]>([
    [
      "a class that there is not",
      { middle: 2 },
      'classWeights names the class "middle"; the classes are "high", "low"',
    ],
    ["too few", [1], 'classWeights has 1 element; 2 are expected, for "high", "low"'],
    ["all 0", [0, 0], "classWeights are all 0"],
    ["a negative one", { high: -1 }, 'classWeights["high"] is -1; a finite number of 0 or more is expected'],
    ["a text", "12", 'classWeights is "12"; "balanced", an object of labels'],
    ["null", null, "classWeights is null"],
  ])("refused: %s", async (_, classWeights, words) => {
    const train = async () => new MLPClassifier({ ...few, classWeights: wrong(classWeights) }).fit({ a }, labels);
    expectError(await rejectionOf(train()), { error: OptionError, code: "OPTION", words: [words] });
  });
});
