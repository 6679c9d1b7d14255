// A program in TypeScript around dense networks, with the types that such programs name. Nothing here is run: tsc
// compiles it with bitgrad/tfjs (`npm run lint`) and with TensorFlow.js (../types.test.ts).

import * as tf from "bitgrad/tfjs";
import {
  type CustomCallbackArgs,
  type DataType,
  type LayersModel,
  type Logs,
  type Rank,
  type Scalar,
  type Sequential,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type TensorLike,
  train,
} from "bitgrad/tfjs";

interface Sample {
  readonly input: number[];
  readonly label: number;
}

interface Options {
  units?: number;
  shape?: tf.Shape;
  dtype?: tf.DataType;
  optimizer?: tf.Optimizer | string;
  fit?: tf.ModelFitArgs;
  compile?: Partial<tf.ModelCompileArgs>;
  evaluate?: tf.ModelEvaluateArgs;
  save?: tf.io.IOHandler;
  load?: tf.io.LoadOptions;
  early?: tf.EarlyStoppingCallbackArgs;
}

// models, layers and optimizers as fields, arguments and results
export class Classifier {
  private model: tf.Sequential | tf.LayersModel | null = null;
  private readonly optimizers: Record<string, tf.Optimizer> = { adam: tf.train.adam(0.01), sgd: train.sgd(0.1) };
  private readonly logs: tf.Logs[] = [];
  private means?: tf.Tensor1D;
  private readonly options: Options;

  constructor(options: Options = {}) {
    this.options = options;
  }

  build(inputShape: tf.Shape): tf.Sequential {
    const model: Sequential = tf.sequential({ name: "classifier" });
    const hidden: tf.layers.Layer = tf.layers.dense({
      inputShape,
      units: this.options.units ?? 16,
      activation: "relu",
      kernelInitializer: "heNormal",
      kernelRegularizer: tf.regularizers.l2({ l2: 1e-4 }),
    });
    model.add(hidden);
    model.add(tf.layers.batchNormalization());
    model.add(tf.layers.dropout({ rate: 0.1 }));
    model.add(tf.layers.dense({ units: 3, activation: "softmax" }));
    const compiled: tf.ModelCompileArgs = {
      optimizer: this.options.optimizer ?? this.optimizers.adam ?? "adam",
      loss: "categoricalCrossentropy",
      metrics: ["accuracy"],
      ...this.options.compile,
    };
    model.compile(compiled);
    this.model = model;
    return model;
  }

  async train(samples: Sample[]): Promise<tf.History> {
    const [xs, ys] = toTensors(samples);
    const callbacks: tf.CustomCallbackArgs = {
      onEpochEnd: async (epoch: number, logs?: tf.Logs) => {
        if (logs !== undefined) this.logs.push(logs);
        if (epoch % 10 === 0) await tf.nextFrame();
      },
      onTrainEnd: () => {},
    };
    const stopper: tf.EarlyStopping = tf.callbacks.earlyStopping({ patience: 3, ...this.options.early });
    const args: tf.ModelFitArgs = { epochs: 10, batchSize: 32, shuffle: true, callbacks, ...this.options.fit };
    const history: tf.History = await this.model!.fit(xs, ys, args);
    await this.model!.fit(xs, ys, { callbacks: [stopper], validationSplit: 0.2, validationData: [xs, ys] });
    tf.dispose([xs, ys]);
    const losses: (number | tf.Tensor)[] | undefined = history.history.loss;
    const last = losses?.[losses.length - 1] as number;
    return last >= 0 ? history : this.model!.fit(xs, ys);
  }

  predict(rows: number[][]): number[] {
    return tf.tidy(() => {
      const x: tf.Tensor2D = tf.tensor2d(rows);
      const scaled: tf.Tensor2D = this.means === undefined ? x : x.sub(this.means);
      const output = this.model!.predict(scaled) as tf.Tensor2D;
      const classes: tf.Tensor1D = output.argMax(1);
      return Array.from(classes.dataSync());
    });
  }

  score(xs: tf.Tensor, ys: tf.Tensor): number {
    const result: tf.Scalar | tf.Scalar[] = this.model!.evaluate(xs, ys, this.options.evaluate);
    const [loss] = (Array.isArray(result) ? result : [result]) as tf.Scalar[];
    return loss!.dataSync()[0]!;
  }

  weights(): tf.Tensor[] {
    const layer: tf.layers.Layer = this.model!.getLayer("dense_1");
    const variables: tf.LayerVariable[] = layer.weights;
    const shapes: tf.Shape[] = variables.map(({ shape }) => shape as tf.Shape);
    return shapes.length > 0 ? layer.getWeights() : this.model!.layers.flatMap((one) => one.getWeights());
  }

  dispose(): void {
    this.means?.dispose();
    this.model?.dispose();
  }
}

function toTensors(samples: Sample[]): [tf.Tensor2D, tf.Tensor2D] {
  const labels: tf.Tensor1D = tf.tensor1d(
    samples.map(({ label }) => label),
    "int32",
  );
  const oneHot = tf.oneHot(labels, 3) as tf.Tensor2D;
  return [tf.tensor2d(samples.map(({ input }) => input)), oneHot];
}

// where models are saved to and loaded from
export class Storage implements tf.io.IOHandler {
  private kept: tf.io.ModelArtifacts | null = null;

  async save(artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
    this.kept = artifacts;
    const info: tf.io.ModelArtifactsInfo = { dateSaved: new Date(), modelTopologyType: "JSON" };
    return { modelArtifactsInfo: info };
  }

  async load(): Promise<tf.io.ModelArtifacts> {
    if (this.kept === null) throw new Error("nothing was saved");
    return this.kept;
  }

  get names(): string[] {
    const specs: tf.io.WeightsManifestEntry[] = this.kept?.weightSpecs ?? [];
    const data: tf.io.WeightData | undefined = this.kept?.weightData;
    return data === undefined ? [] : specs.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape}]`);
  }
}

export async function stored(model: tf.LayersModel, storage: Storage): Promise<LayersModel> {
  const result: tf.io.SaveResult = await model.save(storage);
  const { modelArtifactsInfo, responses } = result;
  console.log(modelArtifactsInfo.dateSaved.getTime(), modelArtifactsInfo.weightDataBytes, responses?.[0]?.status);
  let seen: tf.io.ModelArtifacts | undefined;
  const save: tf.io.SaveHandler = async (artifacts) => {
    seen = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  };
  await model.save(tf.io.withSaveHandler(save), { includeOptimizer: true } satisfies tf.io.SaveConfig);
  const onProgress: tf.io.OnProgressCallback = (fraction) => console.log(fraction);
  const http: tf.io.IOHandler = tf.io.http("https://example.org/model.json", { requestInit: {}, onProgress });
  const json = JSON.parse("{}") as tf.io.ModelJSON;
  const manifest: tf.io.WeightsManifestConfig = json.weightsManifest;
  console.log(
    manifest.flatMap(({ paths }) => paths),
    json.trainingConfig?.loss,
  );
  if (seen !== undefined) return tf.loadLayersModel(tf.io.fromMemory(seen));
  return manifest.length > 0 ? tf.loadLayersModel(http) : tf.loadLayersModel("https://example.org/model.json");
}

// tensors of every rank, and what is made of them
export function numbers(values: tf.TensorLike, like: TensorLike): Tensor {
  const cube: Tensor3D = tf.tensor3d([[[1], [2]]]);
  const four: tf.Tensor4D = tf.zeros([1, 2, 3, 4]);
  const matrix: Tensor2D = tf.tensor<tf.Rank.R2>([[1, 2]]);
  const same: tf.Tensor<tf.Rank.R2> = matrix;
  const list: tf.Tensor<Rank.R1> = tf.tensor1d([1, 2]);
  const any: tf.Tensor<tf.Rank> = tf.tensor(values);
  const one: Scalar = tf.scalar(2);
  const mean: tf.Scalar = list.mean();
  const shape: tf.ShapeMap["R2"] = same.shape;
  const [rows, columns]: [number, number] = matrix.shape;
  const dtype: DataType = any.dtype;
  const array: number[][] = matrix.arraySync();
  const data: tf.TypedArray = any.dataSync();
  const kinds: tf.DataTypeMap["int32"] = list.dataSync<"int32">();
  const map: tf.NamedTensorMap = { one, mean, cube, four };
  const container: tf.TensorContainer = { list, more: [matrix] };
  tf.dispose(container);
  console.log(rows, columns, dtype, shape, array, data.length, kinds.length, Object.keys(map), tf.Rank.R2 === "R2");
  const isTensor = (given: unknown): given is tf.Tensor => given instanceof tf.Tensor;
  const moments: { mean: tf.Tensor; variance: tf.Tensor } = tf.moments(matrix, 0);
  const normalized: tf.Tensor2D = matrix.sub(moments.mean).div(moments.variance.sqrt());
  const joined = tf.concat([normalized, matrix], 0) as tf.Tensor2D;
  return isTensor(any) ? tf.add(any, like).sum() : tf.tidy<tf.Tensor>(() => joined.sum(1));
}

export async function rows(all: Promise<number[] | Float32Array | Int32Array | Uint8Array>): Promise<number[][]> {
  const found = tf.tensor2d(Array.from(await all), [2, 2]);
  return found.array();
}

// datasets
export async function stream(model: tf.LayersModel, samples: Sample[]): Promise<tf.Logs> {
  const inputs: tf.data.Dataset<number[]> = tf.data.array(samples.map(({ input }) => input));
  const labels: tf.data.Dataset<number> = tf.data.array(samples.map(({ label }) => label));
  const pairs = tf.data.zip({ xs: inputs, ys: labels.map((label: number) => [label]) });
  const both = pairs as tf.data.Dataset<{ xs: number[]; ys: number[] }>;
  const args: tf.ModelFitDatasetArgs<tf.TensorContainer> = { epochs: 2, callbacks: { onBatchEnd: async () => {} } };
  const { epoch, history } = await model.fitDataset(both.batch(8), args);
  return { epochs: epoch.length, loss: history.loss!.at(-1) as number };
}

// models of chains
export function chained(base: tf.LayersModel): tf.LayersModel {
  const input: tf.SymbolicTensor = tf.input({ shape: [4] });
  const output = tf.layers.dense({ units: 1, trainable: false }).apply(input) as tf.SymbolicTensor;
  const model: tf.LayersModel = tf.model({ inputs: input, outputs: output });
  const joined = tf.sequential();
  joined.add(base.layers[0] as tf.layers.Layer);
  joined.add(tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }) }));
  for (const layer of model.layers) layer.trainable = false;
  const outputShape: tf.Shape = model.outputs[0]!.shape;
  return outputShape.length > 1 ? model : joined;
}

// callbacks
export class Progress extends tf.Callback {
  override async onEpochEnd(epoch: number, logs?: Logs): Promise<void> {
    console.log(epoch, logs?.val_loss, logs?.acc?.toFixed(4));
  }
}

export const callbacks: CustomCallbackArgs = {
  onEpochBegin: (epoch, logs) => console.log(epoch, logs),
  onBatchEnd: async (batch: number, logs?: Logs) => console.log(batch, logs?.loss),
  onYield: (epoch: number, batch: number, logs: Logs) => console.log(epoch, batch, logs),
};

export const losses: ReadonlyArray<(labels: tf.Tensor, predictions: tf.Tensor) => tf.Tensor> = [
  tf.metrics.meanSquaredError,
  tf.metrics.binaryAccuracy,
  (labels, predictions) => tf.losses.meanSquaredError(labels, predictions),
];

export function kept<T extends tf.Tensor>(x: T): T {
  return tf.keep(x);
}

export async function first(model: tf.LayersModel, xs: tf.Tensor2D, ys: tf.Tensor): Promise<number> {
  const step = (await model.trainOnBatch(xs, ys)) as number | number[];
  const info = tf.memory();
  const batch = model.predictOnBatch(xs) as tf.Tensor;
  return (Array.isArray(step) ? step[0]! : step) + info.numTensors + batch.size + tf.util.sizeFromShape([2, 3]);
}

// more of what tensors compute, with the result's rank named
export function computed(a: tf.Tensor2D, b: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const difference: tf.Tensor2D = tf.sub(a, b);
  const squares: tf.Tensor2D = difference.square();
  const product: tf.Tensor2D = tf.matMul(a, b, false, true);
  const flat: tf.Tensor1D = product.reshape([-1]);
  const column = flat.expandDims<tf.Tensor2D>(1);
  const largest = tf.argMax(product, 1) as tf.Tensor1D;
  const hits: tf.Tensor = largest.equal(labels);
  const parts: tf.Tensor[] = tf.unstack(column);
  const whole = tf.stack(parts) as tf.Tensor2D;
  const clipped: tf.Tensor2D = tf.clipByValue(whole, 0, 1);
  const chosen: tf.Tensor2D = tf.gather(clipped, tf.tensor1d([0], "int32"));
  const cut = tf.slice(chosen, [0, 0], [1, 1]);
  const soft = tf.softmax(cut) as tf.Tensor2D;
  const range: tf.Tensor1D = tf.range(0, 3).toFloat();
  console.log(tf.max(soft).dataSync()[0], tf.min(range).dataSync()[0], tf.linspace(0, 1, 3).toString());
  const error: tf.Scalar = squares.mean();
  const accuracy: tf.Scalar = tf.mean(hits.toFloat());
  return tf.add<tf.Scalar>(error, accuracy);
}

// optimizers, initializers and regularizers
export function settings(name: string, rate: number): tf.ModelCompileArgs {
  const optimizers: { [name: string]: () => tf.Optimizer } = {
    adam: () => tf.train.adam(rate, 0.9, 0.999, 1e-7),
    adagrad: () => tf.train.adagrad(rate),
    momentum: () => tf.train.momentum(rate, 0.9, true),
    rmsprop: () => tf.train.rmsprop(rate, 0.9),
  };
  const adam: tf.AdamOptimizer = tf.train.adam();
  const optimizer = optimizers[name]?.() ?? adam;
  return { optimizer, loss: tf.losses.meanSquaredError, metrics: ["mse", tf.metrics.meanAbsoluteError] };
}

export const layersOf = (depth: number): tf.layers.Layer[] =>
  Array.from({ length: depth }, (_, n) =>
    tf.layers.dense({
      units: 2 ** n,
      useBias: n > 0,
      name: `hidden_${n}`,
      kernelInitializer: tf.initializers.varianceScaling({ scale: 1, mode: "fanIn", distribution: "normal" }),
      biasInitializer: "zeros",
      kernelRegularizer: tf.regularizers.l1l2({ l1: 0.1, l2: 0.1 }),
      activation: n > 1 ? "tanh" : "relu",
    }),
  );

export async function browser(files: File[]): Promise<tf.LayersModel> {
  await tf.ready();
  await tf.setBackend("cpu");
  console.log(tf.getBackend(), tf.version.tfjs, tf.version_core);
  const model = await tf.loadLayersModel(tf.io.browserFiles(files));
  model.summary();
  model.summary(80, [10, 20], (line: string) => console.log(line));
  const config: tf.ModelEvaluateArgs = { batchSize: 4, verbose: 0 };
  console.log(config, model.countParams(), model.inputs[0]!.shape, model.getWeights()[0]!.shape);
  model.setWeights(model.getWeights().map((weight: tf.Tensor) => weight.clone()));
  model.stopTraining = true;
  return model;
}

// types are no names alone: both libraries refuse what is none of them
// @ts-expect-error
export const noLayer: tf.layers.Layer = tf.tensor1d([1]);
// @ts-expect-error
export const noHandler: tf.io.IOHandler = { load: async () => 1 };
// @ts-expect-error
export const noDataset: tf.data.Dataset<number> = tf.data.array(["a"]);
// @ts-expect-error
export const noMatrix: tf.Tensor<tf.Rank.R2> = tf.tensor1d([1]);
// @ts-expect-error
export const noSum: tf.Scalar = tf.neg(tf.tensor2d([[1]]));
