// A network in WebAssembly memory. The module lays out its own records; this side asks how many bytes they take,
// allocates them, and copies data in and results out.

import type { FloatArray } from "../../arrays.ts";
import { ACTIVATIONS } from "../../catalog/activations.ts";
import * as code from "../../catalog/codes.ts";
import { LOSSES } from "../../catalog/losses.ts";
import { OPTIMIZERS, slotCount } from "../../catalog/optimizers.ts";
import { bytesPerElement, countParameters, type DType, floatArray, last, whenCollected } from "../../numbers.ts";
import { atOnce, type IsTime, inSlices, type RowSource } from "../../rows.ts";
import type {
  Interruption,
  Loss,
  Model,
  ModelShape,
  ModelState,
  Training,
  TrainingOptions,
  TrainingStatus,
} from "../engine.ts";
import { type Arena, align } from "./arena.ts";
import type { DTypeExports, WasmExports } from "./exports.ts";
import type { Pace } from "./pace.ts";
import type { Team } from "./team.ts";

const PREDICT_ROWS = 64; // rows of one prediction chunk: enough to fill the tiles, small enough for the cache
const MAX_STEPS = 0xffffffff;
const PIECE_BYTES = 2 ** 16; // parameters are copied in and out in pieces, which fit beside the largest network
const DRAW_WIDTH = 4; // drawing a place of an order takes as long as copying so many elements
const MOVE_WORK = 8; // multiply-adds that moving one of them takes as long as, at most
const STATUS: Readonly<Record<number, TrainingStatus>> = {
  [code.UNFINISHED]: "unfinished",
  [code.FINISHED]: "finished",
  [code.NOT_FINITE]: "not-finite",
};

/** What a prediction of few rows needs, kept for the next: such a call allocates nothing. */
interface PredictionBuffers {
  readonly rows: number;
  readonly held: readonly number[];
  readonly workspacePtr: number;
  readonly xPtr: number;
  readonly outPtr: number;
  readonly x: FloatArray;
  readonly out: FloatArray;
}

/**
 * What a model must give back: its blocks of memory and its membership in the team. It is an object of its own, so that
 * a finalizer can use it after the model was dropped without `dispose`. It must not refer to the model, which could
 * then never be collected. A closure would: it keeps `this` alive if any other closure of its scope uses `this`.
 */
interface Holdings {
  readonly arena: Arena;
  readonly team: Team | undefined;
  /** Lists of pointers: of the network, of each training, of the buffers. */
  readonly held: Set<readonly number[]>;
}

function giveBack({ arena, team, held }: Holdings): void {
  for (const ptrs of held) for (const ptr of ptrs) arena.release(ptr);
  held.clear();
  team?.leave();
}

// frees what was not disposed of; programs should still call `dispose`, since finalizers may run late or never
const dropped =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : /* @__PURE__ */ new FinalizationRegistry<Holdings>(giveBack);

/** The losses of all epochs so far. The module has only those of its last call: at ptr, up to `most`. */
class Losses {
  readonly #arena: Arena;
  readonly #ptr: number;
  readonly #most: number;
  #noted: FloatArray; // a view that is kept: creating one takes longer than an epoch of a tiny network
  #numbers: number[] = [];
  #isGiven = false; // the list was handed out: it is copied before numbers are added

  constructor(arena: Arena, ptr: number, most: number) {
    this.#arena = arena;
    this.#ptr = ptr;
    this.#most = most;
    this.#noted = arena.view("f64", ptr, most);
  }

  get length(): number {
    return this.#numbers.length;
  }

  /** Copies the losses of the last call; `length` is the number of epochs finished so far. */
  keep(length: number): void {
    if (this.#isGiven) this.#numbers = this.#numbers.slice();
    this.#isGiven = false;
    const before = this.#numbers.length;
    const count = length - before;
    if (this.#noted.length === 0) this.#noted = this.#arena.view("f64", this.#ptr, this.#most); // memory has grown
    const noted = this.#arena.hasViews ? this.#noted : this.#arena.read("f64", this.#ptr, count);
    if (count < 64) {
      for (let n = 0; n < count; n++) this.#numbers.push(noted[n]!);
      return;
    }
    const numbers = new Array<number>(count).fill(0.5); // an array of doubles from the start: six times faster
    for (let n = 0; n < count; n++) numbers[n] = noted[n]!;
    this.#numbers = before === 0 ? numbers : this.#numbers.concat(numbers);
  }

  from(first: number): number[] {
    if (first > 0) return this.#numbers.slice(first);
    this.#isGiven = true;
    return this.#numbers;
  }
}

/** A training in WebAssembly's memory, at a pointer. */
class WasmTraining implements Training {
  readonly #model: WasmModel;
  readonly #ptr: number;
  readonly #held: readonly number[];
  readonly #pace: Pace | undefined;
  readonly #losses: Losses;
  readonly #learningRate: number;
  readonly #batchSize: number;
  readonly #stepsPerEpoch: number;
  readonly #places: number; // of an order to draw
  #taken: number; // steps
  #wanted: number;

  constructor(
    model: WasmModel,
    { x, batchSize, epochs, learningRate, shuffle }: TrainingOptions,
    ptr: number,
    held: readonly number[],
    pace: Pace | undefined,
  ) {
    this.#model = model;
    this.#ptr = ptr;
    this.#held = held;
    this.#pace = pace;
    this.#learningRate = learningRate;
    this.#batchSize = batchSize;
    this.#stepsPerEpoch = Math.ceil(x.rows / batchSize);
    this.#places = shuffle ? x.rows : 0;
    this.#losses = new Losses(model.arena, model.exports.trainingLosses(ptr), Math.min(epochs, code.MAX_LOSSES));
    this.#taken = this.#stepsTaken();
    this.#wanted = this.#taken;
  }

  advance(steps: number): TrainingStatus {
    const pace = this.#pace;
    this.#wanted += steps;
    for (;;) {
      const some = Math.min(this.#wanted - this.#taken, pace?.steps ?? MAX_STEPS);
      let status = code.UNFINISHED;
      if (pace === undefined) status = this.#call(some);
      else {
        pace.measure(some, () => {
          const before = this.#taken;
          status = this.#call(some);
          return status === code.UNFINISHED && this.#taken - before === some;
        });
      }
      if (status === code.LOST) {
        this.#model.team?.stop("a worker did not answer for five seconds");
        this.rewind(); // its steps are taken once more, alone
        this.#taken = this.#stepsTaken();
      } else if (status !== code.UNFINISHED || this.#taken >= this.#wanted) {
        return STATUS[status]!;
      }
    }
  }

  /** One call of the module. */
  #call(steps: number): number {
    const status = this.#model.train(this.#ptr, this.#learningRate, steps);
    this.#losses.keep(this.#model.exports.trainingEpochs(this.#ptr)); // the next call overwrites those of this one
    this.#taken = this.#stepsTaken();
    return status;
  }

  #stepsTaken(): number {
    const position = this.#model.exports.trainingPosition(this.#ptr);
    return this.#losses.length * this.#stepsPerEpoch + Math.ceil(position / this.#batchSize);
  }

  get finishedEpochs(): number {
    return this.#losses.length;
  }

  losses(from = 0): number[] {
    return this.#losses.from(from);
  }

  setRates(rates: Float64Array): void {
    this.#model.arena.write("f64", this.#model.exports.trainingRates(this.#ptr), rates);
  }

  drawOrder(isTime: IsTime): Generator<undefined, void> {
    const draw = (_: number, places: number) => this.#model.exports.drawOrder(this.#ptr, places);
    return inSlices(isTime, this.#places, draw, DRAW_WIDTH);
  }

  *wholeEpochState(isTime?: IsTime): Generator<undefined, ModelState> {
    const { exports } = this.#model;
    if (exports.trainingPosition(this.#ptr) === 0) return yield* this.#model.copyState(isTime);
    const { values } = yield* this.#model.readState(exports.snapshotOffset(this.#ptr), isTime);
    return { values, steps: exports.snapshotSteps(this.#ptr), momentumProduct: exports.snapshotProduct(this.#ptr) };
  }

  *interruption(isTime?: IsTime): Generator<undefined, Interruption | undefined> {
    const { exports } = this.#model;
    const position = exports.trainingPosition(this.#ptr);
    if (position === 0) return undefined;
    const snapshot = yield* this.wholeEpochState(isTime);
    return { position, errorSum: exports.trainingErrorSum(this.#ptr), snapshot };
  }

  *restore(state: ModelState, isTime: IsTime): Generator<undefined, void> {
    yield* this.#writeSnapshot(state, isTime); // it is not needed between two epochs
    this.#model.exports.resumeTraining(this.#ptr, 1, 0, state.steps, state.momentumProduct);
    this.rewind();
  }

  /** Goes on where another training was interrupted. */
  *resume({ position, errorSum, snapshot }: Interruption, isTime: IsTime): Generator<undefined, void> {
    yield* this.drawOrder(isTime);
    yield* this.#writeSnapshot(snapshot, isTime);
    const { steps, momentumProduct } = snapshot;
    this.#model.exports.resumeTraining(this.#ptr, position, errorSum, steps, momentumProduct);
    this.#taken = this.#stepsTaken();
    this.#wanted = this.#taken;
  }

  #writeSnapshot({ values }: ModelState, isTime: IsTime): Generator<undefined, void> {
    return this.#model.moveParameters(this.#model.exports.takeSnapshot(this.#ptr), values, true, isTime);
  }

  rewind(): void {
    this.#model.exports.rewindEpoch(this.#ptr);
  }

  dispose(): void {
    this.#model.release(this.#held);
  }
}

/** The records of a network that the module reads. */
function recordsOf({ inputs, layers, optimizer }: ModelShape): {
  sizes: number[];
  numbers: Float64Array;
  firstDecay: number;
} {
  const sizes = [inputs];
  const numbers = new Float64Array(layers.length * code.LAYER_NUMBERS + code.OPTIMIZER_NUMBERS);
  layers.forEach(({ units, activation, alpha = 0, l1 = 0, l2 = 0, dropout = 0 }, l) => {
    const sizeAt = 1 + l * code.LAYER_SIZES;
    sizes[sizeAt + code.UNITS] = units;
    sizes[sizeAt + code.ACTIVATION] = ACTIVATIONS[activation].code;
    const numberAt = l * code.LAYER_NUMBERS;
    numbers[numberAt + code.ALPHA] = alpha;
    numbers[numberAt + code.L1] = l1;
    numbers[numberAt + code.L2] = l2;
    numbers[numberAt + code.DROPOUT_RATE] = dropout;
  });
  const { momentum = 0, beta1: firstDecay = momentum, beta2: secondDecay = 0, epsilon = 0 } = optimizer;
  const { weightDecay = 0, momentumDecay = 0 } = optimizer;
  const numberAt = layers.length * code.LAYER_NUMBERS;
  numbers[numberAt + code.FIRST_DECAY] = firstDecay;
  numbers[numberAt + code.SECOND_DECAY] = secondDecay;
  numbers[numberAt + code.EPSILON] = epsilon;
  numbers[numberAt + code.WEIGHT_DECAY] = weightDecay;
  numbers[numberAt + code.MOMENTUM_DECAY] = momentumDecay;
  numbers[numberAt + code.CLIP_VALUE] = optimizer.clipValue ?? 0;
  numbers[numberAt + code.CLIP_NORM] = optimizer.clipNorm ?? 0;
  return { sizes, numbers, firstDecay };
}

export class WasmModel implements Model {
  readonly parameterCount: number;
  readonly dtype: DType;
  readonly #elementBytes: number;
  readonly #inputs: number;
  readonly #units: readonly number[]; // of each layer
  readonly #outputs: number;
  readonly #loss: Loss;
  readonly #slots: number;
  readonly exports: WasmExports;
  readonly team: Team | undefined;
  readonly #kernels: DTypeExports;
  readonly arena: Arena;
  readonly #networkPtr: number;
  readonly #holdings: Holdings;
  #buffers: PredictionBuffers | undefined;
  #pace: Pace | undefined; // of the last training

  constructor(exports: WasmExports, arena: Arena, shape: ModelShape, team?: Team) {
    const { dtype, inputs, layers, loss, optimizer } = shape;
    this.exports = exports;
    this.team = team;
    this.#kernels = exports[dtype];
    this.arena = arena;
    this.dtype = dtype;
    this.#elementBytes = bytesPerElement(dtype);
    this.#inputs = inputs;
    this.#units = layers.map(({ units }) => units);
    this.#outputs = last(layers).units;
    this.#loss = loss;
    this.#slots = slotCount(optimizer);
    this.parameterCount = countParameters(inputs, layers);
    const { nesterov = false } = optimizer;
    const { sizes, numbers, firstDecay } = recordsOf(shape);
    const networkPtr = arena.borrow([sizes.length * 4, numbers.length * 8], (sizesPtr, numbersPtr) => {
      arena.writeU32(sizesPtr, sizes);
      arena.write("f64", numbersPtr, numbers);
      const [count, bytes, kind] = [layers.length, this.#elementBytes, OPTIMIZERS[optimizer.type].code];
      const ptr = arena.allocate(exports.networkBytes(sizesPtr, count, bytes, kind, firstDecay));
      const { type, delta = 0 } = loss;
      exports.createNetwork(ptr, sizesPtr, numbersPtr, count, bytes, LOSSES[type].code, delta, kind, nesterov);
      return ptr;
    });
    this.#networkPtr = networkPtr;
    this.#holdings = { arena, team, held: new Set([[networkPtr]]) };
    team?.enter();
    dropped?.register(this, this.#holdings, this);
  }

  initialize(seed: number, first = 0): void {
    this.exports.initialize(this.#networkPtr, seed, Math.floor(seed / 4294967296), first);
  }

  step(gradients: FloatArray, learningRate: number): void {
    this.arena.borrow([this.exports.stepBytes(this.#networkPtr)], (workPtr) => {
      atOnce(this.moveParameters(this.exports.gradientsOffset(this.#networkPtr, workPtr), gradients, true));
      this.#kernels.step(this.#networkPtr, workPtr, learningRate);
    });
  }

  getParameters(): FloatArray {
    return atOnce(this.#readParameters(0, 0));
  }

  setParameters(parameters: FloatArray): void {
    this.#writeParameters(0, parameters);
  }

  copyState(isTime?: IsTime): Generator<undefined, ModelState> {
    return this.readState(0, isTime);
  }

  setState({ values, steps, momentumProduct }: ModelState): void {
    this.#writeParameters(0, values);
    this.exports.setOptimizer(this.#networkPtr, steps, momentumProduct);
  }

  setTrainable(layer: number, trainable: boolean): void {
    this.exports.setTrainable(this.#networkPtr, layer, trainable);
  }

  *startTraining(options: TrainingOptions): Generator<undefined, Training> {
    const { x, y, batchSize, epochs, shuffle, seed, sampleWeights, scheduled, resume, isTime } = options;
    const exports = this.exports;
    const network = this.#networkPtr;
    const held: number[] = [];
    this.#holdings.held.add(held);
    let training: WasmTraining | undefined;
    // a training that can wait lets the garbage collector free memory; one that can't avoids generators, which take
    // longer than the steps of a small network
    try {
      const xPtr = isTime === undefined ? this.#place(x, held) : yield* this.#placeInTurns(x, held, isTime);
      const yPtr = isTime === undefined ? this.#place(y, held) : yield* this.#placeInTurns(y, held, isTime);
      const weighted = sampleWeights !== undefined;
      let weightsPtr = 0;
      if (weighted && isTime === undefined) weightsPtr = this.#place(sampleWeights, held);
      else if (weighted) weightsPtr = yield* this.#placeInTurns(sampleWeights, held, isTime);
      const bytes = exports.trainingBytes(network, xPtr, x.rows, batchSize, epochs, shuffle, weighted, scheduled);
      const ptr = isTime === undefined ? this.#hold(bytes, held) : yield* whenCollected(() => this.#hold(bytes, held));
      exports.startTraining(
        ptr,
        network,
        xPtr,
        yPtr,
        x.rows,
        batchSize,
        options.firstEpoch,
        epochs,
        shuffle,
        weightsPtr,
        scheduled,
        seed,
        Math.floor(seed / 4294967296),
      );
      const pace = this.#paceFor(this.parameterCount * batchSize);
      const begun = new WasmTraining(this, options, ptr, held, pace);
      if (options.from !== undefined) yield* begun.restore(options.from, isTime);
      if (resume !== undefined) yield* begun.resume(resume, isTime);
      training = begun;
      return training;
    } finally {
      if (training === undefined) this.release(held);
    }
  }

  /** Takes steps of a training; returns the module's status. */
  train(trainingPtr: number, learningRate: number, steps: number): number {
    return this.#kernels.train(trainingPtr, learningRate, steps);
  }

  predict(x: RowSource, out: FloatArray): void {
    const { rows } = x;
    const count = rows * this.#outputs;
    if (rows > PREDICT_ROWS || !this.arena.hasViews) {
      this.#withOutputs(x, false, (outPtr) => this.arena.copyOut(this.dtype, outPtr, out, count));
      return;
    }
    const buffers = this.#takeBuffers(rows);
    try {
      x.copyTo(buffers.x);
      this.#kernels.predict(this.#networkPtr, buffers.workspacePtr, buffers.xPtr, rows, buffers.outPtr, 0);
      for (let n = 0; n < count; n++) out[n] = buffers.out[n]!;
    } finally {
      this.#keepBuffers(buffers);
    }
  }

  sumErrors(x: RowSource, y: RowSource, start: number, out?: FloatArray): number {
    const { type, delta = 0 } = this.#loss;
    const { code: loss, fromZ = false } = LOSSES[type];
    return this.#withOutputs(x, fromZ, (outPtr, zPtr) =>
      this.arena.borrow([this.#bytesOf(y)], (yPtr) => {
        this.arena.fill(this.dtype, yPtr, y.rows * y.columns, (target) => y.copyTo(target));
        if (out !== undefined) this.arena.copyOut(this.dtype, outPtr, out);
        const bytes = this.#outputs * this.#elementBytes;
        return this.#kernels.sumErrors(loss, delta, start, outPtr, zPtr, bytes, yPtr, y.rows, this.#outputs);
      }),
    );
  }

  dispose(): void {
    dropped?.unregister(this);
    giveBack(this.#holdings);
  }

  /** A block that is the model's until `held` is released. */
  #hold(bytes: number, held: number[]): number {
    const ptr = this.arena.allocate(bytes);
    held.push(ptr);
    return ptr;
  }

  /** Releases blocks, once. */
  release(held: readonly number[]): void {
    if (!this.#holdings.held.delete(held)) return;
    for (const ptr of held) this.arena.release(ptr);
  }

  /** All rows of a source in a block of their own. */
  #place(source: RowSource, held: number[]): number {
    const ptr = this.#hold(this.#bytesOf(source), held);
    this.#copyIn(source, ptr, 0, source.rows);
    return ptr;
  }

  *#placeInTurns(source: RowSource, held: number[], isTime: IsTime): Generator<undefined, number> {
    const ptr = yield* whenCollected(() => this.#hold(this.#bytesOf(source), held));
    const copy = (first: number, rows: number) => this.#copyIn(source, ptr, first, rows);
    yield* inSlices(isTime, source.rows, copy, source.columns);
    return ptr;
  }

  #paceFor(stepWork: number): Pace | undefined {
    if (this.#pace?.stepWork !== stepWork) this.#pace = this.team?.pace(stepWork);
    return this.#pace;
  }

  /** The buffers, or new ones: no one else has them until they are kept again (data may be a proxy that predicts, too). */
  #takeBuffers(rows: number): PredictionBuffers {
    const buffers = this.#buffers;
    this.#buffers = undefined;
    if (buffers !== undefined && buffers.rows === rows && buffers.x.length > 0) return buffers; // a detached view has no length
    if (buffers !== undefined) this.release(buffers.held);
    const workspaceBytes = align(this.exports.predictionBytes(this.#networkPtr, rows));
    const xBytes = align(rows * this.#inputs * this.#elementBytes + 16);
    const outLength = rows * this.#outputs;
    const held: number[] = [];
    const workspacePtr = this.#hold(workspaceBytes + xBytes + outLength * this.#elementBytes, held);
    this.#holdings.held.add(held);
    const xPtr = workspacePtr + workspaceBytes;
    const outPtr = xPtr + xBytes;
    const x = this.arena.view(this.dtype, xPtr, rows * this.#inputs);
    const out = this.arena.view(this.dtype, outPtr, outLength);
    return { rows, held, workspacePtr, xPtr, outPtr, x, out };
  }

  #keepBuffers(buffers: PredictionBuffers): void {
    if (this.#buffers !== undefined) this.release(this.#buffers.held);
    this.#buffers = buffers;
  }

  /** Parameters and the first `slots` slots; `offsetBytes`: how far behind the network's own those to read lie. */
  *#readParameters(offsetBytes: number, slots: number, isTime?: IsTime): Generator<undefined, FloatArray> {
    const values = floatArray(this.dtype, this.parameterCount * (1 + slots));
    yield* this.moveParameters(offsetBytes, values, false, isTime);
    return values;
  }

  /** The inverse, of as many slots as there are values for. */
  #writeParameters(offsetBytes: number, values: FloatArray): void {
    atOnce(this.moveParameters(offsetBytes, values, true));
  }

  /** Copies piece by piece, since a whole copy may not fit into WebAssembly's memory. */
  *moveParameters(offsetBytes: number, values: FloatArray, set: boolean, isTime?: IsTime): Generator<undefined, void> {
    const most = PIECE_BYTES / this.#elementBytes;
    const whole = values.length <= most; // then it is copied at once
    let at = 0;
    const flatPtr = this.arena.allocate(Math.min(PIECE_BYTES, values.byteLength));
    try {
      if (whole && set) this.arena.write(this.dtype, flatPtr, values);
      for (; at < values.length; offsetBytes += this.#slotBytes()) {
        let inputs = this.#inputs;
        for (const [l, units] of this.#units.entries()) {
          const [mostRows, mostUnits] = [Math.max(1, Math.floor(most / units)), Math.min(most, units)];
          for (let row = 0, rows = 0; row <= inputs; row += rows) {
            rows = Math.min(mostRows, inputs + 1 - row);
            for (let unit = 0, some = 0; unit < units; unit += some) {
              some = Math.min(mostUnits, units - unit);
              const ptr = whole ? flatPtr + at * this.#elementBytes : flatPtr;
              const part = whole ? values : values.subarray(at, at + rows * some);
              if (!whole && set) this.arena.write(this.dtype, ptr, part);
              this.exports.moveParameters(this.#networkPtr, l, offsetBytes, row, rows, unit, some, ptr, set);
              if (!whole && !set) this.arena.copyOut(this.dtype, ptr, part);
              at += rows * some;
              if (isTime?.(rows * some * MOVE_WORK)) yield;
            }
          }
          inputs = units;
        }
      }
      if (whole && !set) this.arena.copyOut(this.dtype, flatPtr, values);
    } finally {
      this.arena.release(flatPtr);
    }
  }

  *readState(offsetBytes: number, isTime?: IsTime): Generator<undefined, ModelState> {
    const exports = this.exports;
    return {
      values: yield* this.#readParameters(offsetBytes, this.#slots, isTime),
      steps: exports.optimizerSteps(this.#networkPtr),
      momentumProduct: exports.optimizerProduct(this.#networkPtr),
    };
  }

  #slotBytes(): number {
    return this.exports.slotBytes(this.#networkPtr);
  }

  /** Has `use` read the outputs and, `withZ`, what they were before the activation; x comes in chunk by chunk, through the cache. */
  #withOutputs<R>(x: RowSource, withZ: boolean, use: (outPtr: number, zPtr: number) => R): R {
    const { rows } = x;
    const chunk = Math.min(rows, PREDICT_ROWS);
    const workspaceBytes = this.exports.predictionBytes(this.#networkPtr, chunk);
    const inputBytes = this.#inputs * this.#elementBytes;
    const outputBytes = this.#outputs * this.#elementBytes;
    return this.arena.borrow(
      [workspaceBytes, chunk * inputBytes + 16, rows * outputBytes, withZ ? rows * outputBytes : 0],
      (workspacePtr, xPtr, outPtr, zPtr) => {
        for (let row = 0; row < rows; row += chunk) {
          const count = Math.min(chunk, rows - row);
          this.arena.fill(this.dtype, xPtr, count * this.#inputs, (target) => x.copyTo(target, row));
          const offset = row * outputBytes;
          this.#kernels.predict(
            this.#networkPtr,
            workspacePtr,
            xPtr,
            count,
            outPtr + offset,
            withZ ? zPtr + offset : 0,
          );
        }
        return use(outPtr, zPtr);
      },
    );
  }

  #copyIn(source: RowSource, ptr: number, first: number, rows: number): void {
    const { columns } = source;
    this.arena.fill(this.dtype, ptr + first * columns * this.#elementBytes, rows * columns, (target) =>
      source.copyTo(target, first),
    );
  }

  /** Kernels read whole registers: 16 bytes more than the data. */
  #bytesOf(source: RowSource): number {
    return source.rows * source.columns * this.#elementBytes + 16;
  }
}
