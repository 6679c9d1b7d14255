// Models: chains of layers that are compiled, trained, evaluated and asked for predictions, as in TensorFlow.js.

import { checkFlag, checkWhole, isList, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import type { History } from "./callbacks.ts";
import { type ContainerArgs, chainOf } from "./chain.ts";
import { Core, type NetworkType } from "./core.ts";
import type { Dataset } from "./data.ts";
import { checkEpochs, checkFree, checkYieldEvery, evaluate, fitData } from "./fit.ts";
import { fitStream } from "./fit-dataset.ts";
import { handlerOf, type io } from "./io.ts";
import { type Layer, type LayerVariable, type Shape, SymbolicTensor, setAll } from "./layer.ts";
import { lossOf } from "./losses.ts";
import { metricsFor } from "./metrics.ts";
import type {
  ModelCompileArgs,
  ModelEvaluateArgs,
  ModelFitArgs,
  ModelFitDatasetArgs,
  ModelPredictArgs,
  Rows,
} from "./model-args.ts";
import { type Optimizer, optimizerOf } from "./optimizers.ts";
import { cut, dataOf, type Matrix, matrixOf } from "./rows.ts";
import { artifactsOf, checkSaveConfig, topologyOf } from "./saving.ts";
import { isSource, type Source } from "./sources.ts";
import { type Compiled, type Data, Steps } from "./steps.ts";
import { summaryOf } from "./summary.ts";
import { type Scalar, Tensor, tensorsIn } from "./tensor.ts";

interface CompiledModel extends Compiled {
  readonly name: string;
  /** The layers that training changes. */
  readonly trainable: ReadonlySet<Layer>;
}

const NOT_HERE = ["sampleWeight", "stepsPerEpoch", "validationSteps", "steps"];
let seeds = 0; // models take one after the other

/** A model: layers one after another. */
export class LayersModel {
  /** Its name. */
  name: string;
  /** @internal Its layers from the first after the inputs to the last, those of models in it, too. */
  readonly chain: Layer[] = [];
  /** @internal Where it begins and ends. */
  ends: readonly [input: SymbolicTensor, output: SymbolicTensor] | undefined;
  readonly #type: NetworkType;
  /** What the last `fit` returned. */
  history: History | undefined;
  #stopTraining = false;
  #compiled: CompiledModel | undefined;
  #given: ModelCompileArgs | undefined;
  #optimizer: Optimizer | undefined;
  #core: Core | undefined;
  #isTraining = false;
  #isDisposed = false;
  readonly #seed = seeds++;

  /** @internal */
  constructor(type: NetworkType, args: Partial<ContainerArgs> = {}) {
    this.#type = type;
    this.name = args.name ?? `model_${seeds}`;
    if (!("inputs" in args || "outputs" in args)) return;
    const [chain, ...ends] = chainOf(args.inputs, args.outputs);
    this.chain.push(...chain);
    this.ends = ends;
  }

  /** The name of its class. */
  getClassName(): string {
    return "Functional";
  }

  /** Its layers. */
  get layers(): Layer[] {
    return [this.input.sourceLayer, ...this.chain];
  }

  /** Whether its layers are put together. */
  get built(): boolean {
    return this.chain.length > 0;
  }

  #ends(): readonly [input: SymbolicTensor, output: SymbolicTensor] {
    if (this.ends === undefined) throw new OptionError(`the model ${this.name} has no layers yet`);
    return this.ends;
  }

  /** @internal What its layers make of another output than that of its own input. */
  continued(from: SymbolicTensor): SymbolicTensor {
    const { shape } = this.input;
    const fits = from.shape.length === shape.length && shape.every((size, n) => n === 0 || size === from.shape[n]);
    if (!fits) {
      const [found, wanted] = [from.shape.slice(1), shape.slice(1)];
      throw new ShapeError(`the model ${this.name} is given rows of shape [${found}]; [${wanted}] is expected`);
    }
    return this.chain.reduce((at, layer) => new SymbolicTensor(layer.computeOutputShape(at.shape), layer, [at]), from);
  }

  /** Its inputs: one. */
  get inputs(): SymbolicTensor[] {
    return [this.#ends()[0]];
  }

  /** Its outputs: one. */
  get outputs(): SymbolicTensor[] {
    return [this.#ends()[1]];
  }

  /** Its input. */
  get input(): SymbolicTensor {
    return this.#ends()[0];
  }

  /** Its output. */
  get output(): SymbolicTensor {
    return this.#ends()[1];
  }

  /** The shape of its inputs; null where a batch decides. */
  get inputShape(): Shape {
    return this.input.shape;
  }

  /** The shape of its outputs. */
  get outputShape(): Shape {
    return this.output.shape;
  }

  /** The name of its input. */
  get inputNames(): string[] {
    return [this.input.sourceLayer.name];
  }

  /** The name of its output. */
  get outputNames(): string[] {
    return [this.output.sourceLayer.name];
  }

  /** The optimizer that it was compiled with. */
  get optimizer(): Optimizer {
    return this.#optimizer!;
  }

  /** The loss that it was compiled with. */
  get loss(): ModelCompileArgs["loss"] {
    return this.#given?.loss as ModelCompileArgs["loss"];
  }

  /** The metrics that it was compiled with. */
  get metrics(): ModelCompileArgs["metrics"] {
    return this.#given?.metrics;
  }

  /** "loss", and the names of the metrics. */
  get metricsNames(): string[] {
    return ["loss", ...(this.#compiled?.metrics.map(({ given }) => given) ?? [])];
  }

  /** The same, each once: what numbers are noted by. */
  get #names(): string[] {
    return ["loss", ...this.#compiled!.metrics.map(({ name }) => name)];
  }

  /** Whether the training ends. Set to true, it ends after the batch or the epoch that is under way. */
  get stopTraining(): boolean {
    return this.#stopTraining;
  }

  set stopTraining(value: boolean) {
    this.#stopTraining = checkFlag("stopTraining", value);
  }

  /** Whether training changes any of its layers. Set, it is set for all of them. */
  get trainable(): boolean {
    return this.chain.some(({ trainable }) => trainable);
  }

  set trainable(value: boolean) {
    for (const layer of this.chain) layer.trainable = value;
  }

  /** Its weights: those that training changes first. */
  get weights(): LayerVariable[] {
    return [...this.trainableWeights, ...this.nonTrainableWeights];
  }

  /** Those that training changes. */
  get trainableWeights(): LayerVariable[] {
    return this.chain.flatMap(({ trainableWeights }) => trainableWeights);
  }

  /** Those that training doesn't change by gradients. */
  get nonTrainableWeights(): LayerVariable[] {
    return this.chain.flatMap(({ nonTrainableWeights }) => nonTrainableWeights);
  }

  /** Tensors of its weights. */
  getWeights(trainableOnly = false): Tensor[] {
    return (trainableOnly ? this.trainableWeights : this.weights).map((weight) => weight.read());
  }

  /** Replaces its weights. */
  setWeights(weights: Tensor[]): void {
    setAll(this.name, this.weights, weights);
  }

  /** How many numbers its weights are. */
  countParams(): number {
    return this.chain.reduce((sum, layer) => sum + layer.countParams(), 0);
  }

  /** A layer by its name or its number. */
  getLayer(name: string): Layer;
  /** A layer by its number. */
  getLayer(index: number): Layer;
  /** A layer by its name or, without one, by its number. */
  getLayer(nameOrIndex: string | number, index?: number): Layer;
  getLayer(nameOrIndex: string | number | null | undefined, index?: number): Layer {
    const { layers } = this;
    const found =
      typeof nameOrIndex === "string"
        ? layers.find(({ name }) => name === nameOrIndex)
        : layers[nameOrIndex ?? index ?? -1];
    if (found !== undefined) return found;
    throw new OptionError(
      `getLayer is given ${show(nameOrIndex)}; one of ${layers.map(({ name }) => name).join(", ")} is expected`,
    );
  }

  /** Prints its layers. */
  summary(
    lineLength?: number | null,
    positions?: number[] | null,
    printFn: (line: string) => void = console.log,
  ): void {
    for (const line of summaryOf(this, lineLength ?? undefined, positions ?? undefined)) printFn(line);
  }

  /** Says how it is trained. */
  compile(args: ModelCompileArgs): void {
    const [, output] = this.#ends();
    let given: unknown = args?.loss;
    if (isList(given)) {
      if (given.length !== 1) throw new OptionError(`loss is ${show(given)}; as many as outputs, 1, are expected`);
      given = given[0];
    } else if (typeof given === "object" && given !== null) {
      given = (given as Record<string, unknown>)[this.outputNames[0]!];
    }
    const { name, loss } = lossOf(given);
    const optimizer = optimizerOf(args.optimizer);
    const metrics = metricsFor(args.metrics, output.shape[output.shape.length - 1]!, name, this.outputNames[0]!);
    const trainable = new Set<Layer>(this.chain.filter((layer) => layer.trainable));
    const isSame =
      optimizer === this.#optimizer &&
      name === this.#compiled?.name &&
      this.chain.every((layer) => trainable.has(layer) === this.#compiled!.trainable.has(layer));
    if (!isSame) {
      if (optimizer.iterations > 0 && optimizer.remembers) {
        throw new OptionError("optimizer has taken steps, for other weights or another loss; a new one is expected");
      }
      this.#core?.dispose();
      this.#core = undefined;
    }
    this.#given = args;
    this.#optimizer = optimizer;
    this.#compiled = { loss, name, metrics, trainable };
  }

  /** The network, with the weights of the layers. */
  #ready(): Core {
    if (this.#isDisposed) throw new OptionError(`the model ${this.name} was disposed`);
    const [input] = this.#ends();
    const compiled = this.#compiled && { ...this.#compiled, optimizer: this.#optimizer! };
    this.#core ??= new Core(this.#type, this.chain, input.shape, compiled, this.#seed);
    this.#core.push();
    return this.#core;
  }

  #needCompiled(call: string): CompiledModel {
    if (this.#compiled !== undefined) return this.#compiled;
    throw new OptionError(`${call} needs a model that is compiled: call model.compile before`);
  }

  #x(given: unknown): Matrix {
    return matrixOf("x", given, this.inputNames[0]!, this.input.shape);
  }

  #data(x: unknown, y: unknown, classWeight?: unknown): Data {
    return dataOf(this.#x(x), y, this.#compiled!.loss, this.outputNames[0]!, this.output.shape[1]!, classWeight);
  }

  /** Trains it. */
  async fit(x: Rows, y: Rows, args: ModelFitArgs = {}): Promise<History> {
    const compiled = this.#needCompiled("fit");
    checkFree(this.#isTraining);
    for (const key of NOT_HERE) {
      const value = (args as Record<string, unknown>)[key];
      if (value !== undefined && value !== null)
        throw new OptionError(`${key} is ${show(value)}; bitgrad/tfjs has none`);
    }
    const { validationData, validationSplit, callbacks } = args;
    const { epochs, initialEpoch } = checkEpochs(args.epochs ?? 1, args.initialEpoch);
    const batchSize = checkWhole("batchSize", args.batchSize ?? 32, 1, 2 ** 31);
    const shuffle = checkFlag("shuffle", args.shuffle ?? true);
    const yieldEvery = checkYieldEvery(args.yieldEvery);
    let data = this.#data(x, y, args.classWeight);
    let validation: Data | undefined;
    if (validationData !== undefined && validationData !== null && (validationData as unknown[]).length !== 0) {
      if (!isList(validationData) || validationData.length !== 2) {
        throw new OptionError(`validationData is ${show(validationData)}; [x, y] is expected`);
      }
      validation = this.#data(validationData[0], validationData[1]);
    } else if (typeof validationSplit === "number" && validationSplit > 0 && validationSplit < 1) {
      const at = Math.floor(data.rows * (1 - validationSplit));
      [data, validation] = [cut(data, 0, at), cut(data, at, data.rows)];
    }
    this.#isTraining = true;
    try {
      const core = this.#ready();
      const names = this.#names;
      const doValidation = validation !== undefined;
      const params = { samples: data.rows, steps: null, batchSize };
      const how = { epochs, initialEpoch, callbacks, yieldEvery, params, verbose: args.verbose ?? 1 };
      const task = { core, compiled, names, validation, doValidation, ...how, model: this };
      return await fitData(task, data, { batchSize, shuffle });
    } finally {
      this.#isTraining = false;
    }
  }

  /** Trains it on a dataset, whose elements are batches: `{ xs, ys }`. */
  async fitDataset<T>(dataset: Dataset<T>, args: ModelFitDatasetArgs<T>): Promise<History> {
    const compiled = this.#needCompiled("fitDataset");
    checkFree(this.#isTraining);
    const { validationData, validationBatches, classWeight, callbacks } = args;
    const split = (args as { validationSplit?: unknown }).validationSplit ?? undefined;
    if (split !== undefined) {
      throw new OptionError(`validationSplit is ${show(split)}; of a dataset, validationData is expected`);
    }
    const { epochs, initialEpoch } = checkEpochs(args.epochs, args.initialEpoch);
    const batchesPerEpoch = args.batchesPerEpoch ?? undefined;
    if (batchesPerEpoch !== undefined) checkWhole("batchesPerEpoch", batchesPerEpoch, 1, 2 ** 31);
    const batchSize = checkWhole("validationBatchSize", args.validationBatchSize ?? 32, 1, 2 ** 31);
    const yieldEvery = checkYieldEvery(args.yieldEvery);
    this.#isTraining = true;
    try {
      const core = this.#ready();
      const validation = isList(validationData) ? this.#data(validationData[0], validationData[1]) : undefined;
      const validate =
        validation !== undefined
          ? async () => evaluate(core, compiled, validation, batchSize)
          : isSource(validationData)
            ? () => this.#evaluateBatches(core, compiled, validationData, validationBatches)
            : undefined;
      const steps = batchesPerEpoch ?? (Number.isFinite(dataset.size ?? Infinity) ? dataset.size : null);
      const params = { samples: null, steps, batchSize: null };
      const how = { epochs, initialEpoch, callbacks, yieldEvery, params, verbose: args.verbose ?? 1 };
      const task = { core, compiled, names: this.#names, validation: undefined, ...how, model: this };
      const stream = { begin: () => this.#batches(dataset, classWeight), batchesPerEpoch, validate };
      return await fitStream({ ...task, doValidation: validate !== undefined }, stream);
    } finally {
      this.#isTraining = false;
    }
  }

  async *#batches(dataset: Source<unknown>, classWeight?: unknown): AsyncGenerator<Data, undefined> {
    if (!isSource(dataset)) throw new OptionError(`dataset is ${show(dataset)}; one of tf.data is expected`);
    for await (const element of dataset.each()) {
      const { xs, ys } = (element ?? {}) as { xs?: unknown; ys?: unknown };
      yield this.#data(xs, ys, classWeight);
      for (const tensor of tensorsIn(element)) tensor.dispose(); // as there
    }
    return undefined;
  }

  async #evaluateBatches(core: Core, compiled: Compiled, dataset: Source<unknown>, most = Infinity): Promise<number[]> {
    const totals: number[] = [];
    let [rows, batch] = [0, 0];
    for await (const data of this.#batches(dataset)) {
      evaluate(core, compiled, data, data.rows).forEach((value, n) => {
        totals[n] = (totals[n] ?? 0) + value * data.rows;
      });
      rows += data.rows;
      if (++batch >= most) break;
    }
    return totals.map((total) => total / rows);
  }

  /** The loss, and the metrics if there are some, over a dataset, whose elements are batches: `{ xs, ys }`. */
  async evaluateDataset(dataset: Dataset<unknown>, args: { batches?: number } = {}): Promise<Scalar | Scalar[]> {
    const compiled = this.#needCompiled("evaluateDataset");
    if (args.batches !== undefined) checkWhole("batches", args.batches, 1, 2 ** 31);
    const scalars = (await this.#evaluateBatches(this.#ready(), compiled, dataset, args.batches)).map(scalarOf);
    return scalars.length === 1 ? scalars[0]! : scalars;
  }

  /** Takes one step on a batch; returns the loss from before it, and the metrics if there are some. */
  async trainOnBatch(x: Rows, y: Rows): Promise<number | number[]> {
    const compiled = this.#needCompiled("trainOnBatch");
    checkFree(this.#isTraining);
    const data = this.#data(x, y);
    const core = this.#ready();
    core.claim();
    this.#steps = this.#steps?.core === core ? this.#steps : { core, steps: new Steps(core, compiled), count: 0 };
    const found = this.#steps.steps.step(data, core.nextEpoch, this.#steps.count++);
    core.trained();
    return found.length === 1 ? found[0]! : found;
  }

  #steps: { readonly core: Core; readonly steps: Steps; count: number } | undefined;

  /** The loss, and the metrics if there are some. */
  evaluate(x: Rows, y: Rows, args: ModelEvaluateArgs = {}): Scalar | Scalar[] {
    const compiled = this.#needCompiled("evaluate");
    const batchSize = checkWhole("batchSize", args.batchSize ?? 32, 1, 2 ** 31);
    const data = this.#data(x, y);
    const found = evaluate(this.#ready(), compiled, data, batchSize);
    const scalars = found.map((value) => scalarOf(value));
    return scalars.length === 1 ? scalars[0]! : scalars;
  }

  /** Its outputs for rows. */
  predict(x: Tensor | Tensor[], args: ModelPredictArgs = {}): Tensor | Tensor[] {
    checkWhole("batchSize", args.batchSize ?? 32, 1, 2 ** 31);
    return this.predictOnBatch(x);
  }

  /** Its outputs for rows. */
  predictOnBatch(x: Tensor | Tensor[]): Tensor | Tensor[] {
    const { data, rows } = this.#x(x);
    const { network, inputs, outputs } = this.#ready();
    const found = network.predict({ data, shape: [rows, inputs] }, new Float32Array(rows * outputs));
    return new Tensor({ data: found, shape: [rows, outputs], dtype: "float32" });
  }

  /** Its layers as a model file has them: as text, or with `returnString` false as an object. */
  toJSON(_unused?: unknown, returnString = true): string | object {
    const topology = topologyOf(this);
    return returnString ? JSON.stringify(topology) : topology;
  }

  /** @internal Whether it has one layer on the other, and is saved as such. */
  get isStack(): boolean {
    return false;
  }

  /** Saves it: to a URL by a POST, or with a handler of `tf.io`. */
  async save(handlerOrURL: io.IOHandler | string, config?: io.SaveConfig): Promise<io.SaveResult> {
    const weights = checkSaveConfig(config) ? this.trainableWeights : this.weights;
    const handler = handlerOf("handlerOrURL", handlerOrURL);
    if (typeof handler.save !== "function") {
      throw new OptionError("handlerOrURL has no save; a handler that saves is expected");
    }
    return handler.save(artifactsOf(topologyOf(this), weights));
  }

  /** @internal Its layers are others: what it was compiled with, and its network, are no longer its own. */
  protected changed(): void {
    this.#core?.dispose();
    this.#core = undefined;
    this.#compiled = undefined;
  }

  /** Frees its network. */
  dispose(): { refCountAfterDispose: number; numDisposedVariables: number } {
    const numDisposedVariables = this.#isDisposed ? 0 : this.weights.length;
    this.#core?.dispose();
    this.#core = undefined;
    this.#isDisposed = true;
    return { refCountAfterDispose: 0, numDisposedVariables };
  }
}

function scalarOf(value: number): Scalar {
  return new Tensor<"R0">({ data: Float32Array.of(value), shape: [], dtype: "float32" });
}
