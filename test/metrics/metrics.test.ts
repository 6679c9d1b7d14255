// Metrics: against scikit-learn's (test/fixtures/metrics.py), worked out by hand, and AUC against counting every pair.

import { type ActivationName, type LossName, Network, Operations } from "bitgrad";
import { describe, expect, it } from "vitest";
import { METRIC_ROWS, METRICS, type MetricName } from "../../bindings/catalog/metrics.ts";
import { type MetricData, type MetricSettings, measure, metric } from "../../bindings/data/metrics.ts";
import { DataError, OptionError, ShapeError } from "../../bindings/errors.ts";
import { ENGINES } from "../fixtures/bits.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";
import { TEXTBOOK } from "../support/textbook.ts";

it("has all names in the fixture", () => {
  expect(fixture.sklearn).toBe("1.2.1");
  expect(fixture.cases.length).toBeGreaterThan(40);
  for (const name of METRICS) {
    const cases = fixture.cases.filter(({ metrics }) => metrics.some(([type]) => type === name));
    expect(cases.length, name).toBeGreaterThan(10);
  }
});

describe.each(fixture.cases)("scikit-learn: $name", ({ columns, outputs, targets, weights, metrics }) => {
  const areClasses = columns > 1 || targets.every((value) => Math.abs(value) <= 1);
  const names = METRICS.filter((name) => areClasses || METRIC_ROWS[name].options.length === 0);

  it.each(names)("%s", (name) => {
    const some = metrics.filter(([type]) => type === name) as [string, MetricSettings, number | null][];
    for (const [, settings, wanted] of some) {
      const sampleWeights = weights ?? undefined;
      const found = metric(name, outputs, targets, columns, { ...settings, ...(sampleWeights && { sampleWeights }) });
      const how = JSON.stringify(settings);
      if (wanted === null) expect(found, how).toBeNaN();
      else expect(Math.abs(found - wanted), how).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(wanted)));
    }
  });
});

describe("by hand", () => {
  const check = (wanted: Partial<Record<MetricName, number>>, outputs: number[], targets: number[], columns: number) =>
    expect(measure(Object.keys(wanted) as MetricName[], outputs, targets, columns)).toEqual(wanted);

  it("two classes: 3 put into class 1, 2 of the 4 that belong there", () => {
    const wanted = { accuracy: 3 / 6, precision: 2 / 3, recall: 2 / 4, f1: 4 / 7 };
    check(wanted, [0.5, 0.9, 0.7, 0.1, 0.49, 0], [1, 1, 0, 1, 1, 0], 1);
  });

  it("0.5 is class 1 in outputs and in targets", () => {
    check({ accuracy: 1, recall: 1, auc: 1 }, [0.5, 0.4999], [0.5, 0.4999], 1);
  });

  it("three classes: the first of the largest is a row's; the mean is over those that occur", () => {
    const outputs = [
      [3, 3, 1],
      [0, 2, 1],
      [-1, -1, -2],
      [-5, -1, -4],
    ].flat(); // classes 0, 1, 0, 1
    const targets = [
      [2, 2, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 1, 1],
    ].flat(); // classes 0, 1, 1, 1
    const precision = (1 / 2 + 2 / 2) / 2;
    const recall = (1 / 1 + 2 / 3) / 2;
    check({ accuracy: 3 / 4, precision, recall, f1: (2 / 3 + 4 / 5) / 2 }, outputs, targets, 3);
  });

  it("AUC: 4 of 6 pairs are in order, one is a tie", () => {
    check({ auc: 4.5 / 6 }, [0.8, 0.3, 0.3, 0.1, 0.5], [1, 1, 0, 0, 0], 1);
    check({ auc: 1.5 / 6 }, [-0.8, -0.3, -0.3, -0.1, -0.5], [1, 1, 0, 0, 0], 1);
  });

  it("AUC: zeros of both signs are a tie, infinities are not", () => {
    check({ auc: 0.5 }, [0, -0], [1, 0], 1);
    check({ auc: 0.5 }, [-0, 0], [1, 0], 1);
    check({ auc: 1 }, [Infinity, 1e308, -Infinity], [1, 0, 0], 1);
  });

  it("AUC of several columns: the mean over classes for which it is defined", () => {
    // class 0: 1 of 2 pairs; class 1: 2 of 2; nobody has class 2
    check(
      { auc: 0.75 },
      [
        [0.5, 0.2, 9],
        [0.55, 0.7, 8],
        [0.6, 0.3, 7],
      ].flat(),
      [1, 0, 0, 0, 1, 0, 1, 0, 0],
      3,
    );
    check({ auc: Number.NaN }, [0.5, 0.2, 0.4, 0.7], [1, 0, 1, 0], 2);
    check({ auc: Number.NaN }, [0.1, 0.9], [1, 1], 1);
    check({ auc: Number.NaN }, [0.1, 0.9], [0, 0], 1);
  });

  it("mae, mse and rmse: of each column, then the mean", () => {
    const rmse = (Math.sqrt((1 + 0) / 2) + Math.sqrt((4 + 9) / 2)) / 2;
    check({ mae: 6 / 4, mse: 14 / 4, rmse }, [1, 2, 3, 4], [0, 4, 3, 7], 2);
  });

  it("r2: per column, then the mean", () => {
    // column 0: 1 − 2 / 2, column 1: 1 − 6 / 24
    check(
      { r2: (0 + 0.75) / 2 },
      [
        [2, 11],
        [2, 12],
        [2, 15],
      ].flat(),
      [
        [1, 10],
        [2, 10],
        [3, 16],
      ].flat(),
      2,
    );
  });

  it("r2 of a constant column, even where the mean of its numbers is not exact", () => {
    expect((0.1 + 0.1 + 0.1) / 3).not.toBe(0.1);
    check({ r2: 1 }, [0.1, 0.1, 0.1], [0.1, 0.1, 0.1], 1);
    check({ r2: 0 }, [0.1, 0.1, 0.2], [0.1, 0.1, 0.1], 1);
    check({ r2: (1 + 0 + 1) / 3 }, [3, 5, 7], [3, 4, 7], 3);
  });
});

describe("the same bits everywhere", () => {
  it("sums in index order, in f64", () => {
    const errors = [2 ** 53, 1, 1];
    expect(metric("mae", errors, [0, 0, 0], 1)).toBe(2 ** 53 / 3);
    expect(metric("mae", errors.toReversed(), [0, 0, 0], 1)).toBe((2 ** 53 + 2) / 3);
    const output = new Float32Array([2 ** 24, 1, 1]);
    expect(metric("mae", output, new Float32Array(3), 1)).toBe((2 ** 24 + 2) / 3);
  });

  it("AUC is that of counting every pair, to the bit, in any order of rows", () => {
    const random = new Random(1);
    for (let n = 0; n < 200; n++) {
      const rows = Array.from({ length: random.whole(2, 40) }, () => ({
        output: n % 2 ? random.unit() : random.whole(0, 5) / 5,
        target: random.whole(0, 1),
      }));
      rows[0]!.target = 1;
      rows[1]!.target = 0;
      const [own, others] = [1, 0].map((k) => rows.filter(({ target }) => target === k).map(({ output }) => output));
      let wins = 0;
      for (const a of own!) for (const b of others!) wins += a > b ? 1 : a === b ? 0.5 : 0;
      const wanted = wins / (own!.length * others!.length);
      for (const order of [rows, rows.toReversed(), rows.toSorted((a, b) => a.output - b.output)]) {
        const outputs = order.map(({ output }) => output);
        const targets = order.map(({ target }) => target);
        expect(metric("auc", outputs, targets, 1), JSON.stringify(order)).toBe(wanted);
      }
    }
  });

  it("leaves its arguments alone, whatever array they are", () => {
    const outputs = [0.75, 0.25, 0.5, 0.5, 1, -1, 0, 0.125];
    const targets = [1, 0, 0, 1, 0, 1, 1, 0];
    const wanted = measure(METRICS, Object.freeze([...outputs]), Object.freeze([...targets]), 2);
    const typed = [Float32Array.from(outputs), Uint8Array.from(targets)] as const;
    expect(measure(METRICS, ...typed, 2)).toEqual(wanted);
    expect([[...typed[0]], [...typed[1]]]).toEqual([outputs, targets]);
  });
});

describe("every form of data", () => {
  const rows = [
    [0.9, 0.1],
    [0.2, 0.8],
    [0.6, 0.4],
  ];
  const classes = [
    [1, 0],
    [0, 1],
    [0, 1],
  ];
  const forms = (matrix: number[][]): readonly (readonly [string, MetricData, number | undefined])[] => [
    ["rows", matrix, undefined],
    ["rows, with columns", matrix, 2],
    ["typed rows", matrix.map((row) => Float64Array.from(row)), undefined],
    ["a typed matrix", { data: Float64Array.from(matrix.flat()), shape: [3, 2] }, undefined],
    ["a typed matrix, with columns", { data: Float64Array.from(matrix.flat()), shape: [3, 2] }, 2],
    ["numbers", matrix.flat(), 2],
    ["a typed array", Float64Array.from(matrix.flat()), 2],
  ];

  for (const [a, outputs, columns] of forms(rows)) {
    it.each(forms(classes))(`outputs as ${a}, targets as %s`, (_, targets, others) => {
      const width = columns ?? others;
      const found = measure(["accuracy", "mae", "r2"], outputs, targets, width);
      expect(found).toEqual(measure(["accuracy", "mae", "r2"], rows.flat(), classes.flat(), 2));
      expect(found.accuracy).toBe(2 / 3);
      expect(metric("accuracy", outputs, targets, width)).toBe(2 / 3);
    });
  }

  it("a matrix on one side says how many columns the other has", () => {
    expect(metric("accuracy", rows.flat(), classes)).toBe(2 / 3);
    expect(metric("accuracy", rows, Uint8Array.from(classes.flat()))).toBe(2 / 3);
  });

  it("array-likes and booleans", () => {
    const outputs = { length: 3, 0: 0.9, 1: 0.2, 2: 0.6 };
    expect(metric("accuracy", outputs, [true, false, false], 1)).toBe(2 / 3);
    expect(metric("accuracy", [[0.9], [0.2], [0.6]], [[true], [false], [false]])).toBe(2 / 3);
  });

  it("what a network predicts", () => {
    using net = Network.createSync({ ...TEXTBOOK, inputs: 2, layers: [{ units: 2, activation: "linear" }] });
    net.setParameters([{ weights: [1, 0, 0, 1], biases: [0, 0] }]);
    const x = { data: Float32Array.from(rows.flat()), shape: [3, 2] };
    expect(metric("accuracy", net.predict(rows), classes)).toBe(2 / 3);
    expect(metric("accuracy", net.predict(x), classes, 2)).toBe(2 / 3);
    expect(metric("accuracy", net.predict(x, new Float32Array(6)), classes)).toBe(2 / 3);
    expect(net.evaluate(rows, classes, { metrics: ["accuracy"] }).accuracy).toBe(2 / 3);
  });

  const bad: readonly (readonly [string, unknown[], string, string])[] = [
    [
      "columns missing",
      [
        [1, 2],
        [1, 2],
      ],
      "OPTION",
      "columns is undefined",
    ],
    ["columns 0", [[1, 2], [1, 2], 0], "OPTION", "columns is 0"],
    ["columns -1", [[1, 2], [1, 2], -1], "OPTION", "columns is -1"],
    ["columns of a half", [[1, 2], [1, 2], 0.5], "OPTION", "columns is 0.5"],
    ["columns as text", [[1, 2], [1, 2], "2"], "OPTION", 'columns is "2"'],
    ["columns null", [[1, 2], [1, 2], null], "OPTION", "columns is null"],
    ["columns beyond the numbers", [[1], [1], 2 ** 33], "SHAPE", "rows of 8589934592 columns are expected"],
    ["columns that don't divide", [[1, 2, 3], [1, 2, 3], 2], "SHAPE", "outputs has 3 elements"],
    ["columns that rows don't have", [rows, classes, 3], "SHAPE", "outputs has 2 columns; 3 are expected"],
    ["two widths", [rows, classes.map((row) => [...row, 0])], "SHAPE", "targets has 3 columns; 2 are expected"],
    ["rows that are missing", [rows, classes.slice(1)], "SHAPE", "targets has 4 elements; outputs has 6"],
    ["ragged rows", [[[1, 2], [1]], classes], "SHAPE", "outputs is ragged"],
    ["no rows", [[], [], 1], "SHAPE", "outputs is empty"],
    ["no numbers", [new Float32Array(0), [1], 1], "SHAPE", "outputs is empty"],
    [
      "rows of nothing",
      [
        [[], []],
        [[], []],
      ],
      "SHAPE",
      "outputs is empty",
    ],
    [
      "a typed matrix of another shape",
      [{ data: new Float32Array(6), shape: [3, 3] }, classes],
      "SHAPE",
      "outputs.shape",
    ],
    ["nothing", [undefined, [1], 1], "SHAPE", "outputs is undefined"],
    ["an object", [{ length: 1 }, [1], 1], "SHAPE", "outputs is an Object object"],
    ["bigints", [new BigInt64Array(1), [1], 1], "SHAPE", "outputs is a BigInt64Array object"],
    ["text among numbers", [[1, "1"], [1, 1], 1], "DATA", 'outputs[1] is "1"'],
    ["a hole", [[1, 1], new Array(2), 1], "SHAPE", "targets[0] is undefined"],
    ["NaN", [[1, 1], [1, Number.NaN], 1], "DATA", "targets[1] is NaN"],
    [
      "NaN in rows",
      [
        [
          [1, 1],
          [1, Number.NaN],
        ],
        [
          [1, 1],
          [1, 1],
        ],
      ],
      "DATA",
      "outputs[1][1] is NaN",
    ],
    [
      "NaN in a typed matrix",
      [{ data: Float32Array.of(1, Number.NaN), shape: [1, 2] }, [[1, 1]]],
      "DATA",
      "outputs[0][1]",
    ],
    ["NaN in a typed array", [Float32Array.of(1, Number.NaN), [1, 1], 1], "DATA", "outputs[1] is NaN"],
    ["an option", [[1], [1], 1, { multilabel: true }], "OPTION", 'knows no "multilabel"; known: threshold, multiLabel'],
    ["a flag of text", [[1], [1], 1, { multiLabel: "yes" }], "OPTION", 'multiLabel is "yes"'],
  ];
  it.each(bad)("%s", (_, given, code, words) => {
    const call = () => metric("accuracy", ...(given as [number[], number[], number]));
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
  });

  it("names: each once, in an array", () => {
    expect(() => measure(["mae", "mae"], [1], [1], 1)).toThrow('metrics[1] is "mae", which metrics has already');
    expect(() => measure("mae" as never, [1], [1], 1)).toThrow('metrics is "mae"; an array of metrics is expected');
  });
});

describe("numbers of classes as targets", () => {
  const outputs = [[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]]; // biome-ignore format: one line
  const classes = [0, 1, 1, 2];
  const columns = classes.map((k) => [0, 1, 2].map((j) => Number(j === k)));
  const names = METRICS.filter((name) => METRIC_ROWS[name].options.length > 0);

  it.each(names)("%s is that of columns", (name) => {
    const wanted = metric(name, outputs, columns);
    expect(metric(name, outputs, classes)).toBe(wanted);
    expect(metric(name, outputs, classes.map((k) => [k]))).toBe(wanted); // biome-ignore format: one line
    expect(metric(name, outputs.flat(), Uint8Array.from(classes), 3)).toBe(wanted);
  });

  it("not of numbers, of others, or with labels", () => {
    expect(() => metric("mae", outputs, classes)).toThrow(ShapeError);
    expect(() => measure(["accuracy", "mae"], outputs, classes)).toThrow(ShapeError);
    expect(() => metric("f1", outputs, [0, 1, 2, 3])).toThrow("targets[3] is 3; a class from 0 to 2 is expected");
    expect(() => metric("f1", outputs, [0, 1, 2, 0.5])).toThrow(DataError);
    expect(() => metric("f1", outputs, classes, { multiLabel: true })).toThrow("the columns are classes, not labels");
  });
});

describe("labels", () => {
  const outputs = [
    [0.9, 0.8, 0.1],
    [0.2, 0.1, 0.3],
    [0.7, 0.2, 0.6],
    [0.4, 0.5, 0.9],
  ];
  const labels = [
    [1, 1, 0],
    [0, 0, 0],
    [1, 0, 1],
    [0, 1, 1],
  ];
  const ofClasses = ["accuracy", "precision", "recall", "f1", "auc"] as const;
  const perfect = { accuracy: 1, precision: 1, recall: 1, f1: 1, auc: 1 };

  it("every label right", () => {
    expect(measure(ofClasses, outputs, labels)).toEqual(perfect);
  });

  it("one label too many: accuracy 3/4, and precision 2/3 in its column", () => {
    const wrong = outputs.map((row, s) => (s === 1 ? [0.2, 0.6, 0.3] : row));
    const found = measure(ofClasses, wrong, labels);
    expect(found.accuracy).toBe(3 / 4);
    expect(found.precision).toBe((1 + 2 / 3 + 1) / 3);
    expect(found.recall).toBe(1);
    expect(found.f1).toBe((1 + 4 / 5 + 1) / 3);
    expect(found.auc).toBe((1 + 3 / 4 + 1) / 3); // 0.6 before 0.5
  });

  it("rows of one label each are classes unless multiLabel says otherwise", () => {
    const single = [[0, 1, 0], [0, 0, 1]]; // biome-ignore format: one line
    const a = [[0.6, 0.7, 0], [0, 0.1, 0.2]]; // biome-ignore format: one line
    expect(metric("accuracy", a, single)).toBe(1);
    expect(metric("accuracy", a, single, 3, { multiLabel: false })).toBe(1);
    expect(metric("accuracy", a, single, 3, { multiLabel: true })).toBe(0);
    expect(metric("accuracy", outputs, labels, 3, { multiLabel: false })).toBe(1 / 2); // rows 0 and 2
    expect(metric("f1", outputs, labels, 3, { multiLabel: false })).toBeLessThan(1);
  });

  it("−1 and 1, in one column and in several", () => {
    const signs = [0.3, -0.2, 0.4, -0.9];
    expect(measure(ofClasses, signs, [1, -1, 1, -1], 1)).toEqual(perfect);
    expect(metric("accuracy", [0.3, 0.2, 0.4, -0.9], [1, -1, 1, -1], 1)).toBe(3 / 4);
    expect(metric("precision", [0.3, 0.2, 0.4, -0.9], [1, -1, 1, -1], 1)).toBe(2 / 3);
    expect(metric("recall", [-0.3, -0.2, 0.4, -0.9], [1, -1, 1, -1], 1)).toBe(1 / 2);
    const several = labels.map((row) => row.map((label) => 2 * label - 1));
    expect(
      measure(
        ofClasses,
        outputs.map((row) => row.map((a) => a - 0.45)),
        several,
      ),
    ).toEqual(perfect);
    expect(metric("accuracy", [[0.9, -0.2], [-0.9, -0.8]], [[1, -1], [-1, 1]])).toBe(1); // biome-ignore format: one line
  });

  describe.each(ENGINES)("evaluate and fit on %s", (engine) => {
    /** Passes x on, through the activation. */
    const network = (activation: "sigmoid" | "tanh" | "softmax", loss: LossName, scale: number) => {
      const net = Network.createSync({ ...TEXTBOOK, engine, inputs: 3, layers: [{ units: 3, activation }], loss });
      net.setParameters([{ weights: [scale, 0, 0, 0, scale, 0, 0, 0, scale], biases: [0, 0, 0] }]);
      return net;
    };
    const x = outputs.map((row) => row.map((a) => a - 0.45));

    it.each(["binaryCrossEntropy", "sse"] as const)("sigmoid columns, %s", (loss) => {
      using net = network("sigmoid", loss, 20);
      expect(net.evaluate(x, labels, { metrics: ofClasses })).toMatchObject(perfect);
      const { metrics } = net.fit(x, labels, { epochs: 1, metrics: ofClasses });
      expect(metrics).toEqual({ accuracy: [1], precision: [1], recall: [1], f1: [1], auc: [1] });
    });

    it("tanh columns of −1 and 1", () => {
      using net = network("tanh", "mse", 20);
      const signs = labels.map((row) => row.map((label) => 2 * label - 1));
      expect(net.evaluate(x, signs, { metrics: ofClasses })).toMatchObject(perfect);
    });

    it("softmax columns are classes whatever their targets", () => {
      using net = network("softmax", "categoricalCrossEntropy", 1);
      const found = net.evaluate(x, labels, { metrics: ["accuracy"] });
      expect(found.accuracy).toBe(metric("accuracy", x, labels, 3, { multiLabel: false }));
    });

    it("outputs that are NaN have no metrics, and are no error", () => {
      using net = Network.createSync({
        ...TEXTBOOK,
        engine,
        inputs: 1,
        layers: [{ units: 1, activation: "linear" }, { units: 1 }],
      });
      net.setParameters([
        { weights: [3e38], biases: [0] },
        { weights: [0], biases: [0] },
      ]);
      const found = net.evaluate([[1], [3e38]], [[1], [0]], { metrics: METRICS });
      for (const name of METRICS) expect(found[name], name).toBeNaN();
    });
  });
});

describe.each(ENGINES)("classWeights on %s", (engine) => {
  const x = [[0], [1], [2]];
  const create = (units: number, activation: ActivationName, loss: LossName) =>
    Network.createSync({
      ...TEXTBOOK,
      engine,
      inputs: 1,
      layers: [{ units, activation }],
      loss,
      optimizer: { type: "sgd", learningRate: 0.01 },
    });

  const refused: readonly (readonly [string, number, ActivationName, LossName, number[][], string])[] = [
    ["numbers", 1, "linear", "mse", [[0], [1], [2.5]], 'loss "mse" with "linear" outputs is a regression'],
    ["0 and 1 in a regression", 1, "linear", "sse", [[0], [1], [1]], 'loss "sse" with "linear" outputs'],
    ["−1 and 1 in a regression", 1, "linear", "mae", [[-1], [1], [1]], 'loss "mae" with "linear" outputs'],
    [
      "one column each in a regression",
      2,
      "relu",
      "huber",
      [
        [0, 1],
        [1, 0],
        [1, 0],
      ],
      'loss "huber" with "relu"',
    ],
    ["a share without cross-entropy", 1, "sigmoid", "sse", [[0], [0.3], [1]], "y[1][0] is 0.3"],
    ["0 and −1", 1, "tanh", "mse", [[0], [-1], [1]], "y[1][0] is -1"],
    [
      "several labels",
      2,
      "sigmoid",
      "binaryCrossEntropy",
      [
        [1, 0],
        [1, 1],
        [0, 1],
      ],
      "y[1][1] is 1",
    ],
    [
      "no label",
      2,
      "sigmoid",
      "binaryCrossEntropy",
      [
        [1, 0],
        [0, 0],
        [0, 1],
      ],
      "y[1][0] is 0",
    ],
    ["softsign outputs", 1, "softsign", "mse", [[0], [1], [1]], 'loss "mse" with "softsign" outputs is a regression'],
    [
      "several numbers",
      2,
      "hardSigmoid",
      "mse",
      [
        [1, 0],
        [0, 1],
        [0.5, 0.5],
      ],
      "y[2][0] is 0.5",
    ],
  ];
  it.each(refused)("of %s are refused", (_, units, activation, loss, y, words) => {
    using net = create(units, activation, loss);
    const before = JSON.stringify(net);
    const fit = () => net.fit(x, y, { epochs: 1, classWeights: [1, 2] });
    expect(fit).toThrow(OptionError);
    expect(fit).toThrow(`classWeights is given; ${words}`);
    expect(() => net.partialFit(x, y, { classWeights: [1, 2] })).toThrow(`classWeights is given; ${words}`);
    expect(JSON.stringify(net)).toBe(before);
    const op = Operations.createSync({ engine });
    const z = Float32Array.from(y.flat());
    const options = { loss, activation, classWeights: [1, 2] };
    expect(() => op.loss(z, z, { rows: 3, units }, options)).toThrow(`classWeights is given; ${words}`);
  });

  it("whose product with the row's weight is infinite are refused", () => {
    using net = create(1, "sigmoid", "sse");
    const before = JSON.stringify(net);
    const fit = () => net.fit(x, [[0], [1], [1]], { epochs: 1, sampleWeights: [1, 1e30, 1], classWeights: [1, 1e30] });
    expect(fit).toThrow(DataError);
    expect(fit).toThrow(
      "sampleWeights[1] is 1.0000000150474662e+30; times its class's weight, 1.0000000150474662e+30, it is infinite",
    );
    expect(JSON.stringify(net)).toBe(before);
  });

  const taken: readonly (readonly [string, number, ActivationName, LossName, number[][], number[]])[] = [
    ["0 and 1", 1, "sigmoid", "sse", [[0], [1], [1]], [3, 5, 5]],
    ["0 and 1 of a hard sigmoid", 1, "hardSigmoid", "huber", [[0], [1], [1]], [3, 5, 5]],
    ["−1 and 1", 1, "tanh", "mse", [[-1], [1], [-1]], [3, 5, 3]],
    ["shares of two classes", 1, "sigmoid", "binaryCrossEntropy", [[0.2], [0.5], [0.9]], [3, 5, 5]],
    [
      "columns",
      2,
      "sigmoid",
      "sse",
      [
        [1, 0],
        [0, 1],
        [1, 0],
      ],
      [3, 5, 3],
    ],
    [
      "columns of −1 and 1",
      2,
      "tanh",
      "mse",
      [
        [1, -1],
        [-1, 1],
        [1, -1],
      ],
      [3, 5, 3],
    ],
    [
      "shares",
      2,
      "softmax",
      "categoricalCrossEntropy",
      [
        [0.7, 0.3],
        [0.2, 0.8],
        [0.5, 0.5],
      ],
      [3, 5, 3],
    ],
    ["sparse classes", 2, "softmax", "sparseCategoricalCrossEntropy", [[0], [1], [1]], [3, 5, 5]],
  ];
  it.each(taken)("of %s are those of the rows", (_, units, activation, loss, y, sampleWeights) => {
    using net = create(units, activation, loss);
    using same = create(units, activation, loss);
    const history = net.fit(x, y, { epochs: 2, classWeights: [3, 5] });
    expect(history).toEqual(same.fit(x, y, { epochs: 2, sampleWeights }));
    expect(net.digest()).toBe(same.digest());
  });
});

it("measures what is asked for, no more", () => {
  expect(measure([], [1], [1], 1)).toEqual({});
  expect(Object.keys(measure(["r2", "auc"], [1, 0], [1, 0], 1))).toEqual(["r2", "auc"]);
});

it("says what is wrong", () => {
  const short = () => metric("mae", [1, 2, 3, 4], [1, 2], 2);
  expect(short).toThrow(ShapeError);
  expect(short).toThrow("targets has 2 elements; outputs has 4");
  for (const name of ["f2", "toString", undefined]) {
    const unknown = () => metric(name as MetricName, [1], [1], 1);
    expect(unknown).toThrow(OptionError);
    expect(unknown).toThrow(`name is ${name && `"${name}"`}; `);
    expect(unknown).toThrow('one of "accuracy", "balancedAccuracy"');
  }
});
