// Cross-validation: against folds made by hand, on every form of data; all is checked before a network is made, and
// nobody stays.

import {
  DataError,
  type FitOptions,
  type MatrixLike,
  Network,
  type NetworkOptions,
  Operations,
  OptionError,
  ShapeError,
} from "bitgrad";
import { Network as ThreadedNetwork } from "bitgrad/threads";
import { describe, expect, it, vi } from "vitest";
import { rejectionOf, wrong } from "../faults/expect-error.ts";
import { ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";
import { TEXTBOOK } from "../support/textbook.ts";

const random = new Random(3);
const BYTES = Array.from({ length: 40 }, () => random.whole(0, 9)); // 20 × 2
const LABELS = Array.from({ length: 20 }, (_, s) => Number(BYTES[2 * s]! > BYTES[2 * s + 1]!));
const X = LABELS.map((_, s) => BYTES.slice(2 * s, 2 * s + 2));
const Y = LABELS.map((label) => [label]);
const FIT = { epochs: 3, batchSize: 4 };
const METRICS = ["accuracy", "auc"] as const;

class Mine extends Int16Array {}

/** The rows of each class in turn, in the seed's order; they are dealt to the folds. */
function orderByClass(op: Operations): number[] {
  const order = [...op.shuffle(20, 2, 0)];
  return [0, 1].flatMap((label) => order.filter((row) => LABELS[row] === label));
}

let made = 0;
/** Counts what is made of it. */
class Counted extends Network {
  constructor(...parts: never[]) {
    super(...parts);
    made++;
  }
}

describe.each(ENGINES)("%s", (engine) => {
  const options: NetworkOptions = { ...TEXTBOOK, engine, inputs: 2, layers: [{ units: 1 }], seed: 2 };

  /** Fold by fold with what else is public. */
  function byHand() {
    const byClass = orderByClass(Operations.createSync({ engine }));
    return [0, 1, 2].map((fold) => {
      const kept = byClass.filter((_, place) => place % 3 === fold);
      const rows = (all: number[][], some: boolean) => all.filter((_, s) => kept.includes(s) === some);
      using net = Network.createSync({ ...options, seed: 2 + fold });
      net.fit(rows(X, false), rows(Y, false), FIT);
      return net.evaluate(rows(X, true), rows(Y, true), { metrics: METRICS });
    });
  }

  const forms: readonly (readonly [string, () => MatrixLike])[] = [
    ["rows", () => X],
    ["a typed matrix", () => ({ data: Float32Array.from(BYTES), shape: [20, 2] })],
    ["a Buffer", () => ({ data: Buffer.from(BYTES), shape: [20, 2] })],
    ["a part of a Buffer", () => ({ data: Buffer.from([7, ...BYTES, 7]).subarray(1, 41), shape: [20, 2] })],
    ["a class of a caller's", () => ({ data: new Mine(BYTES), shape: [20, 2] })],
  ];

  it.each(forms)("%s: the folds and means of trainings by hand, data untouched", async (_, given) => {
    const x = given();
    const { folds, mean } = await Network.crossValidate(options, x, Y, { ...FIT, folds: 3, metrics: METRICS });
    const wanted = byHand();
    expect(folds).toEqual(wanted);
    for (const name of ["loss", ...METRICS] as const) {
      expect(mean[name]).toBe((wanted[0]![name] + wanted[1]![name] + wanted[2]![name]) / 3);
    }
    expect(x).toEqual(given());
  });

  it("data that change after the call has begun to train change nothing", async () => {
    const x = { data: Float32Array.from(BYTES), shape: [20, 2] };
    let changed = false;
    const schedule = () => {
      if (!changed) x.data.fill(3);
      changed = true;
      return 0.1;
    };
    const found = await Network.crossValidate(options, x, Y, { ...FIT, folds: 3, metrics: METRICS, schedule });
    expect(changed).toBe(true);
    expect(found.folds).toEqual(byHand());
  });

  describe("is refused before a network is made", () => {
    const refused: readonly (readonly [string, () => Promise<unknown>, typeof OptionError, string])[] = [
      [
        "a metric",
        () => Counted.crossValidate(options, X, Y, { metrics: wrong(["f2"]) }),
        OptionError,
        'metrics[0] is "f2"',
      ],
      [
        "a metric twice",
        () => Counted.crossValidate(options, X, Y, { metrics: ["mae", "mae"] }),
        OptionError,
        "metrics[1]",
      ],
      [
        "metrics of a string",
        () => Counted.crossValidate(options, X, Y, { metrics: wrong("mae") }),
        OptionError,
        "metrics is",
      ],
      [
        "an unknown option",
        () => Counted.crossValidate(options, X, Y, wrong({ fold: 3 })),
        OptionError,
        'mean "folds"',
      ],
      [
        "sampleWeights",
        () => Counted.crossValidate(options, X, Y, wrong({ sampleWeights: [] })),
        OptionError,
        'no "sampleW',
      ],
      ["onEpoch", () => Counted.crossValidate(options, X, Y, wrong({ onEpoch() {} })), OptionError, 'no "onEpoch"'],
      ["folds", () => Counted.crossValidate(options, X, Y, { folds: 21 }), OptionError, "folds is 21"],
      ["one fold", () => Counted.crossValidate(options, X, Y, { folds: 1 }), OptionError, "folds is 1"],
      ["epochs", () => Counted.crossValidate(options, X, Y, { epochs: -1 }), OptionError, "epochs is -1"],
      ["threads", () => Counted.crossValidate({ ...options, threads: 300 }, X, Y), OptionError, "threads is 300"],
      ["a layer", () => Counted.crossValidate({ ...options, layers: [] }, X, Y), OptionError, "layers is"],
      [
        "a small split",
        () => Counted.crossValidate(options, X, Y, { validationSplit: 0.01 }),
        OptionError,
        "validationSplit",
      ],
      [
        "a wide x",
        () =>
          Counted.crossValidate(
            options,
            X.map((row) => [...row, 1]),
            Y,
          ),
        ShapeError,
        "x has 3 columns",
      ],
      [
        "NaN in x",
        () => Counted.crossValidate(options, [...X.slice(1), [0, Number.NaN]], Y),
        DataError,
        "x[19][1] is NaN",
      ],
      ["a target", () => Counted.crossValidate(options, X, [...Y.slice(1), [2]]), DataError, "y[19][0] is 2"],
      [
        "classWeights",
        () => Counted.crossValidate(options, X, Y, { classWeights: [1] }),
        ShapeError,
        "classWeights has 1",
      ],
      [
        "classWeights of no classes",
        () => Counted.crossValidate(options, X, [...Y.slice(1), [0.5]], { classWeights: [1, 2] }),
        OptionError,
        "y[19][0] is 0.5",
      ],
    ];

    it.each(refused)("%s", async (_, call, type, words) => {
      made = 0;
      const error = await rejectionOf(call());
      expect(error).toBeInstanceOf(type);
      expect((error as Error).message).toContain(words);
      expect(made).toBe(0);
    });

    it("what is not refused makes one for each fold", async () => {
      made = 0;
      await Counted.crossValidate(options, X, Y, { folds: 3 });
      expect(made).toBe(3);
    });
  });
});

it("threads that are too many are refused before one starts, and the others go home", async () => {
  const options: NetworkOptions = { ...TEXTBOOK, inputs: 2, layers: [{ units: 1 }], threads: 300, engine: "wasm" };
  expect(await rejectionOf(ThreadedNetwork.crossValidate(options, X, Y))).toBeInstanceOf(OptionError);
  const handles = () => process.getActiveResourcesInfo().filter((name) => name.includes("MessagePort")).length;
  const before = handles();
  const { folds } = await ThreadedNetwork.crossValidate({ ...options, threads: 2 }, X, Y, { ...FIT, folds: 3 });
  const plain = await Network.crossValidate({ ...options, threads: 1 }, X, Y, { ...FIT, folds: 3 });
  expect(folds).toEqual(plain.folds);
  await vi.waitFor(() => expect(handles()).toBeLessThanOrEqual(before));
});

it("early stopping and a plateau can watch a metric of the folds, which their trainings measure", async () => {
  const options: NetworkOptions = { inputs: 2, layers: [{ units: 1 }], loss: "binaryCrossEntropy", seed: 2 };
  const fit: FitOptions = {
    ...FIT,
    epochs: 30,
    validationSplit: 0.4,
    earlyStopping: { monitor: "accuracy", patience: 2 },
    schedule: { type: "plateau", monitor: "auc", patience: 0 },
  };
  const metrics = ["mae", "auc", "accuracy"] as const;
  const { folds } = await Network.crossValidate(options, X, Y, { ...fit, folds: 2, metrics });
  const order = orderByClass(Operations.createSync());
  let stopped = 0;
  for (const fold of [0, 1]) {
    const kept = order.filter((_, place) => place % 2 === fold);
    const rows = (all: number[][], some: boolean) => all.filter((_, s) => kept.includes(s) === some);
    using net = Network.createSync({ ...options, seed: 2 + fold });
    const history = net.fit(rows(X, false), rows(Y, false), { ...fit, metrics });
    if (history.stopped === "earlyStopping") stopped++;
    expect(folds[fold]).toEqual(net.evaluate(rows(X, true), rows(Y, true), { metrics }));
  }
  expect(stopped).toBeGreaterThan(0);
  for (const { monitor } of [{ monitor: "r2" }, { monitor: "validationLoss" }] as const) {
    const refused = Network.crossValidate(options, X, Y, { metrics, earlyStopping: { monitor } });
    expect(((await rejectionOf(refused)) as Error).message).toContain(`earlyStopping.monitor is "${monitor}"`);
  }
});
