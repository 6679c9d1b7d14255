// Programs that do odd things, each with both libraries: what is called, noted, counted and left behind is the same.

import * as ours from "bitgrad/tfjs";
import { describe, expect, it } from "vitest";
import { rejectionOf } from "../faults/expect-error.ts";
import { skippedWithout } from "../needs.ts";
import { numbers, type Tf, tensorflow } from "./peer.ts";

const isSkipped = await skippedWithout("peers");
const theirs = isSkipped ? ours : await tensorflow();

const next = numbers();
const some = (count: number, f = () => 2 * next() - 1): number[] => Array.from({ length: count }, f);
const [X, Y] = [some(20 * 4), some(20)];
const LABELS = some(20, () => Math.floor(3 * next()));
const CLASSES = LABELS.flatMap((label) => [0, 1, 2].map((j) => +(j === label)));
const KERNELS = [some(20), some(5)];
const LAST = { 1: [some(5), some(1)], 3: [some(15), some(3)] };

type Model = InstanceType<Tf["LayersModel"]>;
const x = (tf: Tf, rows = 20) => tf.tensor2d(X.slice(0, 4 * rows), [rows, 4]);
const y = (tf: Tf) => tf.tensor2d(Y, [20, 1]);
const classes = (tf: Tf) => tf.tensor2d(CLASSES, [20, 3]);
const FIT = { epochs: 3, batchSize: 6, shuffle: false, verbose: 0 } as const;

function network(tf: Tf, units: 1 | 3): Model {
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [4], units: 5, activation: "tanh" }));
  model.add(tf.layers.dense({ units, activation: units === 1 ? "linear" : "softmax" }));
  const shapes = [[4, 5], [5], [5, units], [units]];
  model.setWeights([...KERNELS, ...LAST[units]].map((values, n) => tf.tensor(values, shapes[n]!)));
  return model;
}

/** A regression that is compiled. */
function regression(tf: Tf, more: object = {}): Model {
  const model = network(tf, 1);
  model.compile({ optimizer: tf.train.sgd(0.05), loss: "meanSquaredError", ...more });
  return model;
}

/** A classifier that is compiled, with an optimizer that remembers its steps. */
function classifier(tf: Tf, more: object = {}): Model {
  const model = network(tf, 3);
  model.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy", metrics: ["accuracy"], ...more });
  return model;
}

const weightsOf = (model: Model) => model.getWeights().map((weight) => weight.clone());
const dataset = (tf: Tf, batch = 6) =>
  tf.data
    .zip({
      xs: tf.data.array(Array.from({ length: 20 }, (_, s) => X.slice(4 * s, 4 * s + 4))),
      ys: tf.data.array(Y.map((value) => [value])),
    })
    .batch(batch);
const most = (a: ours.Tensor, b: ours.Tensor) => a.sub(b).abs().max();
const fitted = async (model: Model, tf: Tf, more: object = {}) =>
  (await model.fit(x(tf), model.outputShape[1] === 1 ? y(tf) : classes(tf), { ...FIT, ...more })).history;

/** What was thrown, once it has been. */
async function messageOf(run: Promise<unknown>): Promise<string> {
  return ((await rejectionOf(run)) as Error).message;
}

const PROGRAMS: Record<string, Record<string, (tf: Tf) => Promise<unknown> | unknown>> = {
  fit: {
    "a batch of more rows than there are": (tf) => fitted(regression(tf), tf, { batchSize: 100 }),
    "a row a batch": (tf) => fitted(regression(tf), tf, { batchSize: 1 }),
    "targets of one dimension": async (tf) => (await regression(tf).fit(x(tf), tf.tensor1d(Y), FIT)).history,
    "no epochs": (tf) => fitted(regression(tf), tf, { epochs: 0 }),
    "a first epoch beyond the last": (tf) => fitted(regression(tf), tf, { initialEpoch: 9 }),
    "validationSplit that leaves a row": (tf) => fitted(classifier(tf), tf, { validationSplit: 0.01 }),
    "validationSplit of 1 is none": (tf) => fitted(classifier(tf), tf, { validationSplit: 1 }),
    "validationData that is empty is none": (tf) => fitted(classifier(tf), tf, { validationData: [] }),
    "both validations": (tf) =>
      fitted(classifier(tf), tf, { validationSplit: 0.5, validationData: [x(tf), classes(tf)] }),
    "weights of classes, with rows kept out": (tf) =>
      fitted(classifier(tf), tf, { validationSplit: 0.25, classWeight: { 0: 1, 1: 2, 2: 3 } }),
    "targets of int32": async (tf) =>
      (await classifier(tf).fit(x(tf), tf.oneHot(tf.tensor1d(LABELS, "int32"), 3), FIT)).history,
    "inputs of int32": async (tf) => {
      const whole = tf.tensor2d(
        X.map((value) => Math.round(3 * value)),
        [20, 4],
        "int32",
      );
      return (await regression(tf).fit(whole, y(tf), FIT)).history;
    },
    twice: async (tf) => {
      const model = classifier(tf);
      return [await fitted(model, tf), await fitted(model, tf)];
    },
    "with another optimizer": async (tf) => {
      const model = classifier(tf);
      const before = await fitted(model, tf);
      model.compile({ optimizer: tf.train.adam(0.02), loss: "meanSquaredError" });
      return [before, await fitted(model, tf)];
    },
    "a layer that is frozen after compile": async (tf) => {
      const model = classifier(tf);
      const before = await fitted(model, tf);
      model.layers[0]!.trainable = false;
      const frozen = await fitted(model, tf);
      model.layers[0]!.trainable = true;
      return [before, frozen, await fitted(model, tf), weightsOf(model)];
    },
    "a layer that is frozen by a callback": async (tf) => {
      const model = regression(tf);
      const onEpochEnd = (epoch: number) => {
        model.layers[1]!.trainable = epoch !== 0;
      };
      return [await fitted(model, tf, { epochs: 4, callbacks: { onEpochEnd } }), weightsOf(model)];
    },
    "sgd for two models": async (tf) => {
      const optimizer = tf.train.sgd(0.1);
      return [await fitted(classifier(tf, { optimizer }), tf), await fitted(classifier(tf, { optimizer }), tf)];
    },
  },
  callbacks: {
    "stop in the middle of an epoch": async (tf) => {
      const model = classifier(tf);
      const calls: unknown[] = [];
      const callbacks = {
        onBatchEnd(batch: number) {
          if (calls.push(batch) === 6) model.stopTraining = true;
        },
        onEpochEnd(epoch: number, logs: object) {
          calls.push(`end ${epoch}`, { ...logs });
        },
        onTrainEnd: () => void calls.push("end"),
      };
      return [await fitted(model, tf, { epochs: 5, validationSplit: 0.1, callbacks }), calls, weightsOf(model)];
    },
    "stop as an epoch begins": async (tf) => {
      const model = regression(tf);
      const calls: unknown[] = [];
      const callbacks = {
        onEpochBegin(epoch: number) {
          calls.push(epoch);
          if (epoch === 2) model.stopTraining = true;
        },
        onEpochEnd: (epoch: number, logs: object) => void calls.push(epoch, { ...logs }),
      };
      return [await fitted(model, tf, { epochs: 5, validationSplit: 0.1, callbacks }), calls, weightsOf(model)];
    },
    "stop as the training begins, which is not heard": async (tf) => {
      const model = regression(tf);
      const onTrainBegin = () => {
        model.stopTraining = true;
      };
      return fitted(model, tf, { callbacks: { onTrainBegin } });
    },
    ...Object.fromEntries(
      ["onTrainBegin", "onEpochBegin", "onEpochEnd", "onBatchBegin", "onBatchEnd"].map((name) => [
        `${name} throws, and the model is trained again`,
        async (tf: Tf) => {
          const model = regression(tf);
          let count = 0;
          const fail = () => {
            if (name === "onTrainBegin" || ++count === 2) throw new Error("mine");
          };
          const message = await messageOf(fitted(model, tf, { callbacks: { [name]: fail } }));
          return [message, weightsOf(model), await fitted(model, tf)];
        },
      ]),
    ),
    reject: async (tf) => {
      const model = regression(tf);
      const onEpochEnd = () => Promise.reject(new Error("mine"));
      return [await messageOf(fitted(model, tf, { callbacks: { onEpochEnd } })), weightsOf(model)];
    },
    "set weights after some batches": async (tf) => {
      const model = regression(tf);
      const start = weightsOf(model);
      let count = 0;
      const onBatchEnd = () => {
        if (++count % 3 === 0) model.setWeights(start);
      };
      return fitted(model, tf, { callbacks: { onBatchEnd }, validationSplit: 0.2 });
    },
    "predict, evaluate": async (tf) => {
      const model = regression(tf);
      const found: unknown[] = [];
      const onEpochEnd = () => void found.push(model.predict(x(tf, 2)), model.evaluate(x(tf), y(tf)));
      await fitted(model, tf, { callbacks: { onEpochEnd } });
      return found;
    },
    "change what they are told": async (tf) => {
      const onEpochEnd = (_: number, logs: Record<string, number>) => {
        logs.loss = 7;
        logs.more = 1;
      };
      return fitted(regression(tf), tf, { callbacks: { onEpochEnd } });
    },
    "are told of the training": async (tf) => {
      const found: object[] = [];
      class Own extends tf.Callback {
        override setParams(params: ours.Params): void {
          found.push({ ...params });
        }
      }
      await fitted(classifier(tf), tf, { validationSplit: 0.2, callbacks: new Own() });
      return found;
    },
    "of the class CustomCallback": async (tf) => {
      const epochs: number[] = [];
      const onEpochEnd = (epoch: number) => void epochs.push(epoch);
      await fitted(regression(tf), tf, { callbacks: new tf.CustomCallback({ onEpochEnd }) });
      return epochs;
    },
    ...Object.fromEntries(
      ["batch", "epoch", 0, 1e9, 5].map((yieldEvery) => [
        `onYield, every ${yieldEvery}`,
        async (tf: Tf) => {
          const calls: unknown[] = [];
          let clock = 0;
          const callbacks = {
            onYield: (epoch: number, batch: number, logs: object) => void calls.push([epoch, batch, Object.keys(logs)]),
            nowFunc: () => clock,
            onBatchBegin() {
              clock += 2;
            },
          };
          await fitted(regression(tf), tf, { yieldEvery, callbacks });
          return calls;
        },
      ]),
    ),
  },
  "metrics of a whole batch": {
    "evaluated in batches": (tf) =>
      [4, 7, 20, 100].map((batchSize) => regression(tf, { metrics: [most] }).evaluate(x(tf), y(tf), { batchSize })),
    "evaluated in batches of 32 rows": (tf) => {
      const [all, targets] = [tf.concat([x(tf), x(tf)]), tf.concat([y(tf), y(tf).mul(2)])];
      return regression(tf, { metrics: [most] }).evaluate(all, targets);
    },
    "of rows that are kept out": (tf) =>
      fitted(regression(tf, { metrics: [most] }), tf, { validationData: [x(tf), y(tf).mul(3)] }),
    "with names that are the same": async (tf) => {
      const model = regression(tf, { metrics: ["mse", "mse"] });
      return [await fitted(model, tf), model.metricsNames];
    },
  },
  datasets: {
    "that end before the last epoch": async (tf) =>
      (await regression(tf).fitDataset(dataset(tf), { epochs: 3, batchesPerEpoch: 2, verbose: 0 })).history,
    "that end in the first epoch": async (tf) =>
      (await regression(tf).fitDataset(dataset(tf), { epochs: 3, batchesPerEpoch: 9, verbose: 0 })).history,
    "of no elements": async (tf) => {
      const none = tf.data.generator(function* () {} as () => Iterator<object>);
      return (await regression(tf).fitDataset(none, { epochs: 2, verbose: 0 })).history;
    },
    "that throw in the second epoch": async (tf) => {
      const model = regression(tf);
      let count = 0;
      const throws = tf.data.generator(function* () {
        yield { xs: x(tf, 1), ys: tf.tensor2d([[1]]) };
        if (count++ > 0) throw new Error("mine");
      });
      const message = await messageOf(model.fitDataset(throws, { epochs: 3, verbose: 0 }));
      return [message.includes("mine"), weightsOf(model), await fitted(model, tf)];
    },
    "that ask the model": async (tf) => {
      const model = regression(tf);
      const asks = tf.data.generator(function* () {
        for (let n = 0; n < 3; n++) {
          const predicted = model.predict(x(tf, 2)) as ours.Tensor;
          yield { xs: x(tf, 2), ys: predicted.mul(0.5) };
        }
      });
      return (await model.fitDataset(asks, { epochs: 2, verbose: 0 })).history;
    },
    "stopped in the middle of an epoch": async (tf) => {
      const model = regression(tf);
      let count = 0;
      const onBatchEnd = () => {
        if (++count === 6) model.stopTraining = true;
      };
      const how = { epochs: 4, validationData: dataset(tf, 7), verbose: 0, callbacks: { onBatchEnd } } as const;
      return (await model.fitDataset(dataset(tf), how)).history;
    },
    "with validation of some batches": async (tf) => {
      const model = regression(tf, { metrics: [most] });
      const how = { epochs: 2, validationData: dataset(tf, 7), validationBatches: 2, verbose: 0 } as const;
      const tensors = { epochs: 2, validationData: [x(tf), y(tf)], validationBatchSize: 7, verbose: 0 };
      return [
        (await model.fitDataset(dataset(tf), how)).history,
        (await model.fitDataset(dataset(tf), tensors as never)).history,
      ];
    },
    "whose tensors are the program's": async (tf) => {
      const element = { xs: x(tf, 2), ys: tf.tensor2d([[1], [2]]) };
      const { history } = await regression(tf).fitDataset(tf.data.array([element]), { epochs: 2, verbose: 0 });
      return [history, element.xs.isDisposed, element.ys.isDisposed];
    },
  },
  "tensors that are counted": {
    "of evaluate in tidy": (tf) => {
      const [model, inputs, targets] = [classifier(tf), x(tf), classes(tf)];
      model.evaluate(inputs, targets);
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        model.evaluate(inputs, targets);
        model.predict(inputs);
      });
      return tf.memory().numTensors - before;
    },
    "of fit": async (tf) => {
      const [model, inputs, targets] = [classifier(tf), x(tf), classes(tf)];
      await model.fit(inputs, targets, FIT);
      const before = tf.memory().numTensors;
      await model.fit(inputs, targets, FIT);
      return tf.memory().numTensors - before;
    },
    "with their buffers and bytes": (tf) => {
      const counted = () => {
        const { numTensors, numDataBuffers, numBytes } = tf.memory();
        return [numTensors, numDataBuffers, numBytes];
      };
      const list = [counted()];
      const made = [tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([1, 2], "int32"), tf.tensor1d([true, false])];
      made.push(made[0]!.clone() as ours.Tensor1D, made[0]!.reshape([2, 2]));
      list.push(counted());
      for (const tensor of made) {
        tensor.dispose();
        tensor.dispose();
        list.push(counted());
      }
      return list.map((numbers) => numbers.map((value, n) => value - list[0]![n]!));
    },
    "in tidy in tidy": (tf) => {
      const made: ours.Tensor[] = [];
      const result = tf.tidy(() => {
        const inner = tf.tidy(() => {
          made.push(tf.keep(tf.tensor1d([2])), tf.tensor1d([1]));
          return { list: [tf.tensor1d([3])] };
        });
        made.push(inner.list[0]!);
        return inner.list[0]!.add(1);
      });
      return [result, made.map(({ isDisposed }) => isDisposed)];
    },
  },
};

const matrix = (tf: Tf) => tf.tensor2d([[1, 2], [3, 4]]); // biome-ignore format: as it looks
const whole = (tf: Tf, ...values: number[]) => tf.tensor1d(values, "int32");

const COMPUTED: Record<string, (tf: Tf) => unknown> = {
  "div of int32": (tf) => [whole(tf, 7, -7, 1).div(whole(tf, 2, 2, 0)), whole(tf, 7).div(2)],
  "matMul of transposed": (tf) => [
    tf.matMul(matrix(tf), matrix(tf), true, false),
    tf.matMul(matrix(tf), matrix(tf), false, true),
    matrix(tf).matMul(matrix(tf), true, true),
  ],
  "matMul of int32": (tf) => tf.matMul(matrix(tf).cast("int32"), matrix(tf).cast("int32")),
  "gather by a number, and by a matrix": (tf) => [
    tf.gather(matrix(tf), tf.scalar(1, "int32")),
    tf.gather(matrix(tf), tf.tensor2d([[1, 0], [0, 0]], [2, 2], "int32"), 1), // biome-ignore format: as it looks
  ],
  "clipByValue of int32": (tf) => whole(tf, 4, 5).clipByValue(0, 3),
  "round of int32": (tf) => whole(tf, 4, 5).round(),
  "sign of NaN": (tf) => tf.tensor1d([Number.NaN, -2, 0, 3]).sign(),
  "mean of nothing": (tf) => tf.zeros([0]).mean(),
  "range downwards": (tf) => [tf.range(3, 0), tf.range(5, 0, -2), tf.range(0, 3, -1), tf.range(1, 1)],
  rankType: (tf) => matrix(tf).rankType,
  ranks: (tf) => ({ ...tf.Rank }),
  "what is of which class": (tf) => [
    tf.layers.dense({ units: 1 }) instanceof tf.layers.Layer,
    tf.data.array([1]) instanceof tf.data.Dataset,
    (tf.scalar(1) as unknown) instanceof tf.data.Dataset,
  ],
  "layers' settings": (tf) => {
    const { dense, batchNormalization } = tf.layers;
    return [
      dense({ units: 2, name: "a" }),
      dense({ units: 2, useBias: false, name: "b" }),
      batchNormalization({ name: "c" }),
    ]
      .map((layer) => Object.entries(layer.getConfig()).sort())
      .map((entries) => entries.filter(([key]) => !key.endsWith("Initializer")));
  },
  text: (tf) =>
    [
      [1, 3],
      [1, 1, 3],
      [2, 1, 2],
      [1, 30],
      [25, 1],
      [2, 2, 2, 1],
      [0, 3],
      [1, 2, 2],
    ].map((shape) => tf.ones(shape).toString(true)),
};

/** Tensors as their numbers. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("dataSync" in value) {
    const tensor = value as ours.Tensor;
    return { shape: tensor.shape, dtype: tensor.dtype, data: [...tensor.dataSync()] };
  }
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

/** The same, but for rounding. */
function expectSame(found: unknown, wanted: unknown, path = ""): void {
  if (typeof wanted === "number" && typeof found === "number") {
    if (Object.is(found, wanted)) return;
    expect(Math.abs(found - wanted), path).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(wanted)));
  } else if (typeof wanted === "object" && wanted !== null) {
    expect(Object.keys(found ?? {}), path).toEqual(Object.keys(wanted));
    for (const [key, part] of Object.entries(wanted)) {
      expectSame((found as Record<string, unknown>)[key], part, `${path}.${key}`);
    }
  } else expect(found, path).toBe(wanted);
}

describe.skipIf(isSkipped).each(Object.entries({ ...PROGRAMS, "numbers that": COMPUTED }))("%s", (_, programs) => {
  it.each(Object.entries(programs))("%s", async (_name, program) => {
    const { warn } = console;
    console.warn = () => {}; // datasets that end
    try {
      const found = plain(await program(ours as Tf));
      expectSame(found, plain(await program(theirs)));
    } finally {
      console.warn = warn;
    }
  });
});

describe("what would differ", () => {
  const REFUSED: Record<string, readonly [run: (tf: Tf) => unknown, words: string]> = {
    "an optimizer that remembers another model's steps": [
      async (tf) => {
        const optimizer = tf.train.adam(0.1);
        await fitted(classifier(tf, { optimizer }), tf);
        const other = network(tf, 3);
        other.compile({ optimizer, loss: "categoricalCrossentropy" });
        await fitted(other, tf);
      },
      "optimizer has taken steps",
    ],
    "such an optimizer, compiled before": [
      async (tf) => {
        const optimizer = tf.train.adam(0.1);
        const [one, other] = [classifier(tf, { optimizer }), classifier(tf, { optimizer })];
        await fitted(one, tf);
        await fitted(other, tf);
      },
      "optimizer trains another model",
    ],
    "softmax along another dimension": [(tf) => tf.softmax(matrix(tf), 0), "dim of softmax is 0"],
    "gather of batches": [
      (tf) => (tf.gather as (...given: unknown[]) => unknown)(matrix(tf), [0], 0, 1),
      "batchDims is 1",
    ],
    "squeeze of a long axis": [(tf) => matrix(tf).squeeze([1]), "squeeze is given the axis 1, of 2"],
    "clipByValue from more to less": [(tf) => matrix(tf).clipByValue(3, 0), "clipByValue is given 3 to 0"],
    "a layer of one's own": [
      (tf) => {
        class Doubled extends (tf.layers.Layer as unknown as new (args: object) => object) {
          call = (input: ours.Tensor) => input.mul(2);
        }
        return new Doubled({ name: "doubled" });
      },
      "Doubled extends tf.layers.Layer; bitgrad/tfjs has no layers of your own",
    ],
    "validationSplit of a dataset": [
      (tf) => regression(tf).fitDataset(dataset(tf), { epochs: 1, validationSplit: 0.5 } as never),
      "validationSplit is 0.5",
    ],
  };

  it.each(Object.entries(REFUSED))("is refused: %s", async (_, [run, words]) => {
    const error = await rejectionOf((async () => run(ours as Tf))());
    expect((error as Error).message).toContain(words);
  });
});
