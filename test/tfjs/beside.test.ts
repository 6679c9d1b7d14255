// Models beside TensorFlow.js' own: with the same weights and rows, every number of every epoch is the same to the
// rounding of f32, for every optimizer, loss, regularizer, activation and layer that both have.

import * as ours from "bitgrad/tfjs";
import { describe, expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";
import { numbers, type Tf, tensorflow } from "./peer.ts";

const isSkipped = await skippedWithout("peers");
const theirs = isSkipped ? ours : await tensorflow();

interface Rows {
  readonly data: number[];
  readonly shape: readonly number[];
}

const ROWS = 20;
const next = numbers();
const some = (count: number, f = () => next() * 2 - 1): number[] => Array.from({ length: count }, f);
const X: Rows = { data: some(ROWS * 4), shape: [ROWS, 4] };
const WIDE: Rows = { data: X.data.map((value) => value * 60), shape: X.shape };
const Y1: Rows = { data: some(ROWS), shape: [ROWS, 1] };
const Y2: Rows = { data: some(ROWS * 2), shape: [ROWS, 2] };
const labels = some(ROWS, () => Math.floor(next() * 3));
const CLASSES: Rows = { data: labels.flatMap((label) => [0, 1, 2].map((j) => +(j === label))), shape: [ROWS, 3] };
const LABELS: Rows = { data: labels, shape: [ROWS, 1] };
const YES: Rows = { data: some(ROWS, () => +(next() > 0.5)), shape: [ROWS, 1] };

type Build = (tf: Tf) => InstanceType<Tf["LayersModel"]>;
type Compile = (tf: Tf) => ours.ModelCompileArgs;
type Fit = (tf: Tf) => ours.ModelFitArgs;

const FIT: Fit = () => ({ epochs: 5, batchSize: 8, shuffle: false });

async function run(tf: Tf, weights: readonly Rows[], [build, compile, x, y, how = FIT]: Case) {
  const tensor = ({ data, shape }: Rows) => tf.tensor(data, shape);
  const model = build(tf);
  if (weights.length > 0) model.setWeights(weights.map(tensor));
  const start = model.getWeights().map((weight) => ({ data: [...weight.dataSync()], shape: weight.shape }));
  model.compile(compile(tf));
  const { history, epoch } = await model.fit(tensor(x), tensor(y), how(tf));
  const predicted = [...(model.predict(tensor(x)) as ours.Tensor).dataSync()];
  const found = [model.evaluate(tensor(x), tensor(y))].flat().map((one) => one.dataSync()[0]!);
  const left = model.getWeights().map((weight) => [...weight.dataSync()]);
  return { start, history, epoch, predicted, found, left };
}

function expectClose(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  const scale = Math.max(1e-2, ...wanted.map(Math.abs));
  const worst = found.reduce((most, value, n) => Math.max(most, Math.abs(value - wanted[n]!)), 0);
  expect(worst / scale).toBeLessThanOrEqual(tolerance);
}

type Case = readonly [build: Build, compile: Compile, x: Rows, y: Rows, how?: Fit, tolerance?: number];

async function expectSame(one: Case): Promise<void> {
  const [, , , , , tolerance = 4e-6] = one;
  const own = await run(ours, [], one);
  const other = await run(theirs, own.start, one);
  expect(Object.keys(own.history)).toEqual(Object.keys(other.history));
  expect(own.epoch).toEqual(other.epoch);
  for (const [key, values] of Object.entries(other.history)) expectClose(own.history[key]!, values, tolerance);
  expectClose(own.predicted, other.predicted, 10 * tolerance);
  expectClose(own.found, other.found, 10 * tolerance);
  own.left.forEach((values, n) => {
    expectClose(values, other.left[n]!, 10 * tolerance);
  });
}

/** Four inputs, five units, outputs. */
const net =
  (activation = "tanh", output = "linear", units = 1, extra: (tf: Tf) => object = () => ({})): Build =>
  ({ sequential, layers, ...tf }) =>
    sequential({
      layers: [
        layers.dense({
          inputShape: [4],
          units: 5,
          activation: activation as "tanh",
          ...extra({ layers, ...tf } as Tf),
        }),
        layers.dense({ units, activation: output as "linear" }),
      ],
    });

const chain =
  (of: (layers: Tf["layers"]) => ours.Layer[]): Build =>
  (tf) => {
    const model = tf.sequential();
    for (const layer of of(tf.layers)) model.add(layer);
    return model;
  };

const mse = (optimizer: (tf: Tf) => string | ours.Optimizer): Case => [
  net(),
  (tf) => ({ optimizer: optimizer(tf), loss: "meanSquaredError" }),
  X,
  Y1,
];
const adam =
  (loss: string, ...metrics: string[]): Compile =>
  () => ({ optimizer: "adam", loss, metrics });

const CASES: Record<string, Record<string, Case>> = {
  optimizers: {
    sgd: mse(() => "sgd"),
    adagrad: mse(() => "adagrad"),
    adam: mse(() => "adam"),
    adamax: mse(() => "adamax"),
    rmsprop: mse(() => "rmsprop"),
    "adadelta, whose steps of 1 diverge": [
      net(),
      () => ({ optimizer: "adadelta", loss: "meanSquaredError" }),
      X,
      Y1,
      FIT,
      1e-3,
    ],
    "adadelta with a rate": mse(({ train }) => train.adadelta(0.1, 0.9, 1e-6)),
    momentum: mse(({ train }) => train.momentum(0.05, 0.9)),
    nesterov: mse(({ train }) => train.momentum(0.05, 0.9, true)),
    "rmsprop with momentum": mse(({ train }) => train.rmsprop(0.01, 0.9, 0.5)),
    "rmsprop, centered": mse(({ train }) => train.rmsprop(0.01, 0.9, 0.1, 1e-7, true)),
    "adam with options": mse(({ train }) => train.adam(0.02, 0.8, 0.95, 1e-3)),
    "adamax with decay": mse(({ train }) => train.adamax(0.02, 0.9, 0.99, 1e-6, 0.1)),
    "adagrad with a start": mse(({ train }) => train.adagrad(0.1, 0.5)),
  },
  losses: {
    ...Object.fromEntries(
      [
        "meanSquaredError",
        "meanAbsoluteError",
        "meanAbsolutePercentageError",
        "meanSquaredLogarithmicError",
        "squaredHinge",
        "hinge",
        "categoricalHinge",
        "logcosh",
        "cosineProximity",
      ].map((loss) => [loss, [net("tanh", "linear", 2), adam(loss), X, Y2]] as [string, Case]),
    ),
    poisson: [net("tanh", "sigmoid", 2), adam("poisson"), X, Y2],
    kullbackLeiblerDivergence: [net("tanh", "sigmoid", 3), adam("kullbackLeiblerDivergence"), X, CLASSES],
    categoricalCrossentropy: [net("relu", "softmax", 3), adam("categoricalCrossentropy", "accuracy"), X, CLASSES],
    sparseCategoricalCrossentropy: [
      net("relu", "softmax", 3),
      adam("sparseCategoricalCrossentropy", "accuracy", "ce"),
      X,
      LABELS,
    ],
    binaryCrossentropy: [net("relu", "sigmoid", 1), adam("binaryCrossentropy", "accuracy", "mse"), X, YES],
    "binaryCrossentropy of columns": [
      net("relu", "sigmoid", 3),
      adam("binaryCrossentropy", "acc", "ce", "mae", "cosine", "categoricalAccuracy"),
      X,
      CLASSES,
    ],
    "meanSquaredError of softmax": [net("relu", "softmax", 3), adam("meanSquaredError", "acc", "ce"), X, CLASSES],
    "categoricalCrossentropy of sigmoid": [net("relu", "sigmoid", 3), adam("categoricalCrossentropy"), X, CLASSES],
    "binaryCrossentropy of linear outputs": [net("relu", "linear", 1), adam("binaryCrossentropy"), X, YES],
    "targets that sigmoid can't reach": [
      net("relu", "sigmoid", 1),
      adam("meanSquaredError"),
      X,
      { ...Y1, data: Y1.data.map((value) => 3 * value) },
    ],
    // near 0 and 1 an ulp of an output is more than 10⁻⁷ of its distance to them
    "categoricalCrossentropy that is clipped": [
      net("relu", "softmax", 3),
      () => ({ optimizer: "sgd", loss: "categoricalCrossentropy", metrics: ["acc"] }),
      WIDE,
      CLASSES,
      FIT,
      1e-4,
    ],
    "binaryCrossentropy that is clipped": [
      net("relu", "sigmoid", 1),
      () => ({ optimizer: "sgd", loss: "binaryCrossentropy" }),
      WIDE,
      YES,
      FIT,
      1e-3,
    ],
  },
  regularizers: {
    l1: [
      net("tanh", "linear", 1, (tf) => ({ kernelRegularizer: tf.regularizers.l1({ l1: 0.02 }) })),
      ...mse(() => "adam").slice(1),
    ] as unknown as Case,
    l2: [
      net("tanh", "linear", 1, (tf) => ({ kernelRegularizer: tf.regularizers.l2({ l2: 0.03 }) })),
      ...mse(() => "adam").slice(1),
    ] as unknown as Case,
    "l1l2, and of biases": [
      net("tanh", "linear", 1, (tf) => ({ kernelRegularizer: "l1l2", biasRegularizer: tf.regularizers.l2() })),
      ...mse(() => "sgd").slice(1),
    ] as unknown as Case,
  },
  activations: Object.fromEntries(
    [
      "elu",
      "gelu",
      "gelu_new",
      "linear",
      "mish",
      "relu",
      "relu6",
      "selu",
      "sigmoid",
      "softplus",
      "softsign",
      "swish",
      "tanh",
    ].map((activation) => [activation, [net(activation), adam("meanSquaredError"), X, Y1]] as [string, Case]),
  ),
  layers: {
    "a gesture classifier": [
      chain((layers) => [
        layers.batchNormalization({ inputShape: [4] }),
        layers.dense({ units: 6, activation: "relu" }),
        layers.dense({ units: 3, activation: "softmax" }),
      ]),
      adam("categoricalCrossentropy", "accuracy"),
      X,
      CLASSES,
    ],
    "batch normalization in the middle": [
      chain((layers) => [
        layers.dense({ inputShape: [4], units: 6 }),
        layers.batchNormalization({ momentum: 0.9, epsilon: 0.01 }),
        layers.reLU(),
        layers.dense({ units: 1 }),
      ]),
      // adam would make steps of the rounding in the gradients of biases, which are 0 there
      () => ({ optimizer: "sgd", loss: "meanSquaredError" }),
      X,
      Y1,
    ],
    "layer normalization": [
      chain((layers) => [
        layers.dense({ inputShape: [4], units: 6 }),
        layers.layerNormalization(),
        layers.leakyReLU(),
        layers.dense({ units: 3 }),
        layers.softmax(),
      ]),
      adam("categoricalCrossentropy", "accuracy"),
      X,
      CLASSES,
    ],
    "a frozen layer": [
      chain((layers) => [
        layers.dense({ inputShape: [4], units: 6, trainable: false }),
        layers.elu(),
        layers.dense({ units: 3 }),
        layers.activation({ activation: "softmax" }),
      ]),
      adam("categoricalCrossentropy", "accuracy"),
      X,
      CLASSES,
    ],
    "frozen batch normalization, which goes on to take the batch's mean": [
      chain((layers) => [
        layers.batchNormalization({ inputShape: [4], trainable: false }),
        layers.dense({ units: 3, activation: "softmax" }),
      ]),
      adam("categoricalCrossentropy", "accuracy"),
      X,
      CLASSES,
    ],
    "without a bias": [net("tanh", "linear", 1, () => ({ useBias: false })), adam("meanSquaredError"), X, Y1],
    "rows of two dimensions": [
      chain((layers) => [layers.flatten({ inputShape: [2, 2] }), layers.dense({ units: 1 })]),
      adam("meanSquaredError", "mae"),
      { ...X, shape: [ROWS, 2, 2] },
      Y1,
    ],
    "a functional model": [
      ({ input, layers, model }) => {
        const inputs = input({ shape: [4] });
        const hidden = layers.dense({ units: 7, activation: "relu" }).apply(inputs) as ours.SymbolicTensor;
        return model({ inputs, outputs: layers.dense({ units: 2 }).apply(hidden) as ours.SymbolicTensor });
      },
      adam("meanSquaredError"),
      X,
      Y2,
    ],
  },
  "fit options": {
    validationSplit: [
      net("tanh", "softmax", 3),
      adam("categoricalCrossentropy", "accuracy"),
      X,
      CLASSES,
      () => ({ epochs: 4, batchSize: 5, shuffle: false, validationSplit: 0.25 }),
    ],
    validationData: [
      net("tanh", "linear", 2),
      adam("meanSquaredError", "mae"),
      X,
      Y2,
      ({ tensor }) => ({
        epochs: 4,
        shuffle: false,
        validationData: [tensor(WIDE.data, WIDE.shape), tensor(Y2.data, Y2.shape)],
      }),
    ],
    classWeight: [
      net("tanh", "softmax", 3),
      adam("categoricalCrossentropy", "accuracy"),
      X,
      CLASSES,
      () => ({ epochs: 4, batchSize: 5, shuffle: false, classWeight: { 0: 1, 1: 2, 2: 0.5 } }),
    ],
    "one epoch of 32 rows by default": [net(), adam("meanSquaredError"), X, Y1, () => ({ shuffle: false })],
    initialEpoch: [
      net(),
      adam("meanSquaredError"),
      X,
      Y1,
      () => ({ epochs: 4, initialEpoch: 2, batchSize: 5, shuffle: false }),
    ],
    "metrics that are functions": [
      net("tanh", "linear", 2),
      ({ metrics }) => ({
        optimizer: "adam",
        loss: metrics.meanAbsoluteError,
        metrics: [(y: ours.Tensor, a: ours.Tensor) => a.sub(y).abs().max(), metrics.meanSquaredError],
      }),
      X,
      Y2,
    ],
    earlyStopping: [
      net(),
      () => ({ optimizer: "sgd", loss: "meanSquaredError" }),
      X,
      Y1,
      ({ callbacks }) => ({
        epochs: 60,
        batchSize: 5,
        shuffle: false,
        callbacks: callbacks.earlyStopping({ monitor: "loss", minDelta: 0.05, patience: 2 }),
      }),
    ],
    "a callback after each batch": [
      net(),
      adam("meanSquaredError", "mae"),
      X,
      Y1,
      () => ({ epochs: 3, batchSize: 6, shuffle: false, callbacks: { onBatchEnd: () => {} } }),
    ],
  },
};

describe.skipIf(isSkipped).each(Object.entries(CASES))("%s", (_, cases) => {
  it.each(Object.entries(cases))("%s", (_name, one) => expectSame(one));
});

describe.skipIf(isSkipped)("what a training calls", () => {
  async function heard(tf: Tf, byBatch: boolean) {
    const calls: unknown[] = [];
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [4], kernelInitializer: "zeros" })],
    });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError", metrics: ["mae"] });
    const note =
      (name: string) =>
      (n?: number | object, logs?: object): void => {
        calls.push([name, typeof n === "number" ? n : undefined, Object.keys(logs ?? {})]);
        if (name === "onEpochEnd" && n === 1) model.stopTraining = true;
      };
    const ofBatches = { onBatchBegin: note("onBatchBegin"), onBatchEnd: note("onBatchEnd") };
    const { history } = await model.fit(tf.tensor(X.data, X.shape), tf.tensor(Y1.data, Y1.shape), {
      epochs: 5,
      batchSize: 15,
      shuffle: false,
      validationSplit: 0.1,
      callbacks: {
        onTrainBegin: note("onTrainBegin"),
        onTrainEnd: note("onTrainEnd"),
        onEpochBegin: note("onEpochBegin"),
        onEpochEnd: note("onEpochEnd"),
        ...(byBatch && ofBatches),
      },
    });
    return { calls, epochs: history.loss!.length };
  }

  it.each([true, false])("is what TensorFlow.js calls; by batch: %s", async (byBatch) => {
    const own = await heard(ours, byBatch);
    const other = await heard(theirs, byBatch);
    expect(own.epochs).toBe(2);
    // theirs gives the numbers of a training as they are, ours by their names
    expect(own).toEqual(other);
  });
});

describe.skipIf(isSkipped)("a callback", () => {
  it.each([true, false])("may set the learning rate; with a function after each batch: %s", async (byBatch) => {
    const losses = async (tf: Tf) => {
      const { sequential, layers, train } = tf;
      const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [4], kernelInitializer: "ones" })] });
      const optimizer = train.adam(0.02);
      model.compile({ optimizer, loss: "meanSquaredError" });
      const onEpochEnd = (epoch: number) => {
        (optimizer as { learningRate: number }).learningRate = 0.02 / (epoch + 2);
      };
      const callbacks = { onEpochEnd, ...(byBatch && { onBatchEnd: () => {} }) };
      const how = { epochs: 5, batchSize: 8, shuffle: false, callbacks };
      return (await model.fit(tf.tensor(X.data, X.shape), tf.tensor(Y1.data, Y1.shape), how)).history.loss!;
    };
    expectClose(await losses(ours), await losses(theirs), 4e-6);
  });

  it("or anyone else may end the training", async () => {
    const { sequential, layers, tensor } = ours;
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const training = model.fit(tensor(X.data, X.shape), tensor(Y1.data, Y1.shape), { epochs: 1e7 });
    setTimeout(() => {
      model.stopTraining = true;
    });
    const { epoch } = await training;
    expect(epoch.length).toBeLessThan(1e7);
  });
});

describe.skipIf(isSkipped)("steps and summaries", () => {
  it("trainOnBatch is a step", async () => {
    const losses = async (tf: Tf, weights: readonly Rows[]) => {
      const model = net()(tf);
      if (weights.length > 0) model.setWeights(weights.map(({ data, shape }) => tf.tensor(data, shape)));
      const start = model.getWeights().map((weight) => ({ data: [...weight.dataSync()], shape: weight.shape }));
      model.compile({ optimizer: tf.train.adam(0.05), loss: "meanSquaredError", metrics: ["mae"] });
      const found: number[] = [];
      for (let n = 0; n < 4; n++) {
        const loss = await model.trainOnBatch(tf.tensor(X.data, X.shape), tf.tensor(Y1.data, Y1.shape));
        found.push(...(loss as number[]));
      }
      return { start, found };
    };
    const own = await losses(ours, []);
    expectClose(own.found, (await losses(theirs, own.start)).found, 4e-6);
  });

  it("summary prints the same table", () => {
    const lines = (tf: Tf) => {
      const found: unknown[] = [];
      const model = tf.sequential({ name: "one" });
      model.add(tf.layers.batchNormalization({ inputShape: [4], name: "first" }));
      model.add(tf.layers.dense({ units: 3, activation: "relu", name: "second", trainable: false }));
      model.add(tf.layers.dropout({ rate: 0.5, name: "third" }));
      model.summary(undefined, undefined, (line) => found.push(line));
      return found;
    };
    expect(lines(ours)).toEqual(lines(theirs));
  });
});
