// A recipe that is trained: its network, its rows, and what is known of its epochs.

import { type History, type NamedSchedule, Network, type NetworkOptions, Operations } from "bitgrad";
import { type DataSet, dataOf, type Parts } from "../data/sets.ts";
import { isPlane, type Machine, type Recipe } from "../recipe.ts";
import { contradictions, tooLarge } from "../rules.ts";
import { confusionOf, GradientNorms } from "./measures.ts";
import { nameOf, networkOf, parametersOf, type Rows, rowsOf } from "./network.ts";
import { Ladder, Records, Spaced } from "./pace.ts";
import { PlanePictures } from "./pictures.ts";
import type { Frame, Loaded, Pictures, Recalled } from "./protocol.ts";
import { Recaller } from "./recall.ts";

const now = () => performance.now();
const SLICE_MS = 6; // after which requests have their turn
const FRAMES = 60; // a second, at most

/** What a run is told of an epoch, and whether it goes on. */
interface Run {
  readonly controller: AbortController;
  readonly began: number;
  readonly from: number;
}

export class Training {
  readonly recipe: Recipe;
  readonly data: DataSet;
  readonly options: NetworkOptions & { readonly engine: Machine["engine"] };
  readonly rows: Rows;
  readonly validation: Rows | undefined;
  readonly #op: Operations;
  readonly #pictures: PlanePictures | undefined;
  readonly #norms: GradientNorms;
  readonly #recaller: Recaller;
  network: Network;
  shown: Pictures = { output: 0, units: 0, weights: false, gradients: false, confusion: false };
  #isDisposed = false;
  #run: Run | undefined;
  #done: Promise<void> = Promise.resolve();
  #ladder = new Ladder();
  #records = new Records();
  #drawing = new Spaced(0.035, 1000 / 60, 250);
  #measuring = new Spaced(0.01);
  #digesting = new Spaced(0.005);
  #trained = 0; // milliseconds, as if no other program ran
  #rate = 0;
  #looked: Pick<Frame, "gradients" | "confusion"> = {};
  #msPerEpoch = Number.POSITIVE_INFINITY;
  /** Whether nobody else waits for this thread: it is a worker's. */
  readonly #isFree: boolean;
  #seen: number[] = []; // by a plateau, in every epoch
  /** The file at the epoch's start, and how many of its batches were taken since by steps. */
  #kept:
    | { readonly file: Uint8Array; batch: number; readonly order: Uint32Array; readonly rates: Float64Array }
    | undefined;

  private constructor(
    parts: Pick<Training, "recipe" | "data" | "options" | "rows" | "validation" | "network">,
    op: Operations,
    norms: GradientNorms,
    pictures: PlanePictures | undefined,
    isFree: boolean,
  ) {
    this.#isFree = isFree;
    this.recipe = parts.recipe;
    this.data = parts.data;
    this.options = parts.options;
    this.rows = parts.rows;
    this.validation = parts.validation;
    this.network = parts.network;
    this.#op = op;
    this.#norms = norms;
    this.#recaller = new Recaller(parts.options, parts.rows, this.#fitOptions);
    this.#pictures = pictures;
  }

  static async create(recipe: Recipe, machine: Machine, parts: Parts, file?: Uint8Array): Promise<Training> {
    const { engine } = machine;
    const op = await Operations.create({ engine, warn: false });
    const data = dataOf(recipe, { op, parts, file });
    const described = networkOf(recipe, data);
    const [why = tooLarge(parametersOf(described))] = contradictions(recipe, data.task, data.outputs.length);
    if (why !== undefined) throw new Error(why);
    const options = { ...described, engine, warn: false };
    const network = await Network.create(options);
    const rows = rowsOf(data, described, 0, data.training);
    const validation = data.training < data.rows ? rowsOf(data, described, data.training, data.rows) : undefined;
    const norms = await GradientNorms.create(options, rows, recipe.training.batchSize);
    const pictures = isPlane(recipe.data) ? await PlanePictures.create(network, recipe.features, engine) : undefined;
    const isFree = machine.worker && typeof document === "undefined";
    const training = new Training({ recipe, data, options, rows, validation, network }, op, norms, pictures, isFree);
    training.#ladder.climb(0, () => network.digest(), now, 0);
    training.#complete();
    return training;
  }

  get batches(): number {
    return Math.ceil(this.rows.rows / this.recipe.training.batchSize);
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  get #metric(): "accuracy" | "rmse" {
    return this.data.task === "classes" ? "accuracy" : "rmse";
  }

  get #schedule(): NamedSchedule | undefined {
    const { schedule } = this.recipe.training;
    return schedule === "none" ? undefined : schedule;
  }

  loaded(): Loaded {
    const { network, data } = this;
    const learned = data.encoders?.y.columns[0];
    const scale = learned?.kind === "standard" && { mean: learned.mean, deviation: learned.deviation };
    const layers = network.layers.map(({ type = "dense", units, activation }) => ({ name: type, units, activation }));
    return {
      type: "loaded",
      task: data.task,
      inputs: data.inputs,
      outputs: data.outputs,
      ...(data.dropped && { dropped: data.dropped }),
      layers: [{ name: "inputs", units: network.inputs }, ...layers],
      ...(data.points && { points: { data: data.points, training: data.training } }),
      ...(scale && { scale }),
      rows: { training: data.training, validation: data.rows - data.training },
      parameters: network.parameterCount,
      loss: nameOf(this.options.loss!),
      metric: this.#metric,
      engine: network.engine,
      remarks: [...(data.remarks ?? []), ...this.#remarks()],
    };
  }

  #remarks(): string[] {
    const { engineReason } = this.network;
    return engineReason === undefined ? [] : [`The reference engine computes: ${engineReason}.`];
  }

  /** Trains until it is told to pause, or to the end of an epoch; `told` gets the frames. */
  run(until: number, speed: number, told: (frame: Frame) => void): void {
    const controller = new AbortController();
    const run = { controller, began: now(), from: this.network.epochs };
    this.#run = run;
    this.#done = this.#train(run, until, speed, told);
  }

  async #train(run: Run, until: number, speed: number, told: (frame: Frame) => void): Promise<void> {
    const { signal } = run.controller;
    try {
      let turned = now();
      while (!signal.aborted && this.network.epochs < until) {
        const most = Math.min(until, this.#ladder.next(this.network.epochs)) - this.network.epochs;
        await this.#trainSome(Math.min(most, Math.max(1, Math.floor(speed / FRAMES))), signal);
        const time = now();
        this.#ladder.climb(this.network.epochs, () => this.network.digest(), now, this.#trained);
        if (this.#measuring.isDue(time, this.#trained)) this.#complete();
        if (this.#drawing.isDue(time, this.#trained)) {
          this.#rate = this.#rateOf(run);
          told(this.frame());
          this.#drawing.spent(time, now(), this.#trained);
        }
        if (Number.isFinite(speed)) await this.#wait(run, speed);
        if (now() - turned < SLICE_MS) continue;
        await turn(); // in which requests come
        turned = now();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#rate = this.#rateOf(run);
      if (this.#run === run) this.#run = undefined;
      if (!this.#isDisposed && this.network.epochs > run.from) this.#complete();
    }
  }

  /** As many epochs as fit into a slice, but no more. */
  async #trainSome(most: number, signal: AbortSignal): Promise<void> {
    const { network } = this;
    const epochs = Math.max(1, Math.min(most, Math.floor(SLICE_MS / this.#msPerEpoch)));
    const first = network.epochs + 1;
    const began = now();
    const options = { ...this.#fitOptions, epochs };
    // at once, where nobody waits meanwhile: that saves some turns of the event loop
    const isShort = this.#isFree && this.#msPerEpoch <= SLICE_MS;
    const history = isShort
      ? network.fit(this.rows.x, this.rows.y, options)
      : await network.fitAsync(this.rows.x, this.rows.y, { ...options, signal });
    const found = (now() - began) / epochs;
    // it may have been held up: what it took at least says more
    this.#msPerEpoch = found < this.#msPerEpoch ? found : Math.min(found, 1.3 * this.#msPerEpoch);
    this.#trained += epochs * this.#msPerEpoch;
    this.#keep(first, history);
  }

  /** What some epochs gave. */
  #keep(first: number, { loss, validationLoss = [], metrics = {} }: History): void {
    for (let n = 0; n < loss.length; n++) {
      this.#records.add(first + n, loss[n]!, validationLoss[n] ?? Number.NaN, Number.NaN, Number.NaN);
    }
    if (this.#schedule?.type !== "plateau") return;
    const watched = this.#watched;
    const values = watched === "loss" ? loss : watched === "validationLoss" ? validationLoss : metrics[watched]!;
    for (const value of values) this.#seen.push(value);
  }

  #rateOf({ began, from }: Run): number {
    return ((this.network.epochs - from) * this.rows.rows * 1000) / Math.max(1, now() - began);
  }

  /** Until the next epoch may begin, or it is told to pause. */
  #wait({ controller: { signal }, began, from }: Run, speed: number): Promise<void> | undefined {
    const left = began + ((this.network.epochs - from) * 1000) / speed - now();
    if (left <= 0 || signal.aborted) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, left);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** What a plateau watches. */
  get #watched() {
    const schedule = this.#schedule;
    return schedule?.type === "plateau" ? (schedule.monitor ?? "loss") : "loss";
  }

  get #fitOptions() {
    const { batchSize, shuffle } = this.recipe.training;
    const schedule = this.#schedule;
    const watched = this.#watched;
    const { validation } = this;
    return {
      batchSize,
      shuffle,
      ...(schedule && { schedule }),
      ...(watched !== "loss" && validation && { validation: [validation.x, validation.y] as const }),
      ...(watched !== "loss" && watched !== "validationLoss" && { metrics: [watched] }),
    };
  }

  /** Ends a run. An epoch that isn't whole is undone. */
  async pause(): Promise<void> {
    this.#run?.controller.abort();
    await this.#done;
  }

  /** When the run ends by itself, or why it can't go on. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** One batch, by the public building blocks; true if the epoch is whole. */
  step(): void {
    this.#kept ??= this.#begin();
    const { batch, order, rates } = this.#kept;
    const { batchSize } = this.recipe.training;
    const places = order.subarray(batch * batchSize, (batch + 1) * batchSize);
    const [x, y] = [taken(this.rows.x, places), taken(this.rows.y, places)];
    const epoch = this.network.epochs;
    const { gradients } = this.network.gradients(x, y, { dropout: { epoch, batch } });
    this.network.apply(gradients, { learningRate: rates[batch]! });
    this.#kept.batch++;
    if (this.#kept.batch === this.batches) this.finishEpoch();
  }

  #begin() {
    const { network, rows, recipe } = this;
    const { shuffle } = recipe.training;
    const epoch = network.epochs;
    const order = shuffle
      ? this.#op.shuffle(rows.rows, network.seed, epoch)
      : Uint32Array.from({ length: rows.rows }, (_, n) => n);
    return { file: network.save(), batch: 0, order, rates: this.#rates(epoch) };
  }

  #rates(epoch: number): Float64Array {
    const schedule = this.#schedule;
    const rate = this.network.learningRate;
    if (schedule === undefined) return new Float64Array(this.batches).fill(rate);
    const watched = this.#watched;
    const seen =
      watched === "loss"
        ? { losses: this.#seen }
        : watched === "validationLoss"
          ? { validationLosses: this.#seen }
          : { metrics: { [watched]: this.#seen } };
    return this.#op.learningRates(schedule, { rate, epoch, stepsPerEpoch: this.batches, ...seen });
  }

  /** Trains the epoch that steps have begun as a run does. Steps of a whole epoch must have given the same bits. */
  finishEpoch(): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    const stepped = kept.batch === this.batches ? this.network.digest() : undefined;
    const network = Network.loadSync(kept.file, { engine: this.network.engine, warn: false });
    const history = network.fit(this.rows.x, this.rows.y, { ...this.#fitOptions, epochs: 1 });
    this.network.dispose();
    this.network = network;
    this.#kept = undefined;
    this.#ladder.climb(network.epochs, () => network.digest(), now, 0);
    this.#keep(network.epochs, history);
    this.#complete();
    if (stepped !== undefined && stepped !== network.digest()) {
      throw new Error(`the steps of epoch ${network.epochs} gave other bits than fit: please report this as a fault`);
    }
  }

  /** Measures the latest epoch, unless that was done. */
  #complete(): void {
    const [own, ...measures] = this.#measure();
    const { epochs } = this.network;
    if (this.#records.amend(own, ...measures)) return;
    this.#records.add(epochs, epochs === 0 ? own : Number.NaN, ...measures);
  }

  #measure(): [loss: number, validationLoss: number, metric: number, validationMetric: number] {
    const time = now();
    const metrics = [this.#metric] as const;
    const own = this.network.evaluate(this.rows.x, this.rows.y, { metrics });
    const seen = this.validation && this.network.evaluate(this.validation.x, this.validation.y, { metrics });
    this.#looked = this.#lookDeeper();
    this.#measuring.spent(time, now(), this.#trained);
    return [own.loss, seen?.loss ?? Number.NaN, own[this.#metric], seen?.[this.#metric] ?? Number.NaN];
  }

  /** What takes a pass over the rows. */
  #lookDeeper(): Pick<Frame, "gradients" | "confusion"> {
    const { network, validation, data, shown } = this;
    const first = validation === undefined ? 0 : data.training;
    const labels = data.y.subarray(first);
    const wants = shown.confusion && data.task === "classes";
    return {
      ...(shown.gradients && { gradients: this.#norms.of(network) }),
      ...(wants && { confusion: confusionOf(network, validation ?? this.rows, labels, data.outputs.length) }),
    };
  }

  /** The parameters after an epoch, whatever is trained meanwhile. */
  recall(epoch: number): Promise<Recalled> {
    return this.#recaller.recall(epoch);
  }

  predict(row: Float64Array): Float64Array {
    const { inputs, dtype } = this.network;
    const data = dtype === "f32" ? Float32Array.from(row) : row;
    return Float64Array.from(this.network.predict({ data, shape: [1, inputs] }).data);
  }

  /** The network's file after the last whole epoch; while it runs, without what the optimizer remembers. */
  save(): Uint8Array {
    return this.#kept?.file.slice() ?? this.network.save({ weightsOnly: this.isRunning });
  }

  /** What there is to see. */
  frame(): Frame {
    const { network, shown, isRunning } = this;
    const time = now();
    const digest = isRunning && !this.#digesting.isDue(time, this.#trained) ? "" : network.digest();
    if (digest !== "") this.#digesting.spent(time, now(), this.#trained);
    return {
      type: "frame",
      running: isRunning,
      epoch: network.epochs,
      batch: this.#kept?.batch ?? 0,
      batches: this.batches,
      history: this.#records.take(),
      rate: this.#rate,
      digest,
      ladder: this.#ladder.news(),
      stride: this.#ladder.stride,
      ...this.#look(shown),
      ...this.#looks(isRunning),
    };
  }

  /** While it runs, those of the latest measures, once. */
  #looks(isRunning: boolean): Pick<Frame, "gradients" | "confusion"> {
    if (!isRunning) return this.#lookDeeper();
    const looked = this.#looked;
    this.#looked = {};
    return looked;
  }

  #look({ output, units, weights }: Pictures) {
    const parameters = this.network.getParameters();
    const pictures = this.#pictures;
    if (pictures !== undefined && (output > 0 || units > 0)) pictures.take(parameters);
    const dense = parameters.map((found, layer) => ({ layer, ...found })).filter(({ weights }) => weights.length > 0);
    return {
      ...(pictures && output > 0 && { output: pictures.output(output) }),
      ...(pictures && units > 0 && { units: pictures.units(units) }),
      ...(weights && {
        weights: dense
          .filter(({ weights }) => weights.length <= SHOWN_WEIGHTS)
          .map(({ layer, weights, biases }) => ({
            layer,
            w: new Float64Array(weights),
            b: new Float64Array(biases),
          })),
      }),
    };
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#run?.controller.abort();
    this.network.dispose();
    this.#norms.dispose();
    this.#recaller.dispose();
    this.#pictures?.dispose();
  }
}

const SHOWN_WEIGHTS = 65_536;

/** Some rows of a matrix. */
function taken({ data, shape }: Rows["x"], places: Uint32Array): Rows["x"] {
  const columns = shape[1];
  const found =
    data instanceof Float32Array
      ? new Float32Array(places.length * columns)
      : new Float64Array(places.length * columns);
  places.forEach((row, n) => found.set(data.subarray(row * columns, (row + 1) * columns), n * columns));
  return { data: found, shape: [places.length, columns] };
}

/** A turn of the event loop. */
function turn(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void };
  if (setImmediate !== undefined) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel(); // a timer would wait for 4 ms
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
