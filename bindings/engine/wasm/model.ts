// A model in WebAssembly memory. The module lays out its own records; this side asks how many bytes they take,
// allocates them, and copies data in and results out.

import type { FloatArray } from "../../arrays.ts";
import { LOSSES, limitOf } from "../../catalog/losses.ts";
import { last, whenCollected } from "../../numbers.ts";
import { atOnce, type CompressedRows, type IsTime, inSlices, type RowSource } from "../../rows.ts";
import type {
  GradientArrays,
  GradientBatch,
  Loss,
  Model,
  ModelShape,
  ModelState,
  StepStatus,
  Training,
  TrainingOptions,
} from "../engine.ts";
import { type Arena, align } from "./arena.ts";
import type { WasmExports } from "./exports.ts";
import { type Listed, listedBytes, placeListed, widest } from "./listed.ts";
import { NetworkMemory } from "./network-memory.ts";
import type { Pace } from "./pace.ts";
import { StepsByHand } from "./steps-by-hand.ts";
import type { Team } from "./team.ts";
import { WasmTraining } from "./training.ts";

const PREDICT_ROWS = 64; // rows of one prediction chunk: enough to fill the tiles, small enough for the cache

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

export class WasmModel extends NetworkMemory implements Model {
  readonly #outputs: number;
  readonly #loss: Loss;
  readonly #team: Team | undefined;
  readonly #holdings: Holdings;
  #buffers: PredictionBuffers | undefined;
  #pace: Pace | undefined; // of the last training
  readonly #byHand: StepsByHand;

  constructor(exports: WasmExports, arena: Arena, shape: ModelShape, team?: Team) {
    super(exports, arena, shape);
    this.#outputs = last(shape.layers).units;
    this.#loss = shape.loss;
    this.#team = team;
    this.#holdings = { arena, team, held: new Set([[this.ptr]]) };
    const keep = (bytes: number) => {
      const held: number[] = [];
      const ptr = this.#hold(bytes, held);
      this.#holdings.held.add(held);
      return { ptr, release: () => this.#release(held) };
    };
    this.#byHand = new StepsByHand(this, shape, team, keep);
    team?.enter();
    dropped?.register(this, this.#holdings, this);
  }

  initialize(seed: number, first = 0): void {
    this.exports.initialize(this.ptr, seed, Math.floor(seed / 4294967296), first);
  }

  step(gradients: FloatArray, learningRate: number): void {
    this.arena.borrow([this.exports.stepBytes(this.ptr)], (workPtr) => {
      atOnce(this.move(this.exports.gradientsOffset(this.ptr, workPtr), gradients, true));
      this.kernels.step(this.ptr, workPtr, learningRate);
    });
  }

  gradients(batch: GradientBatch, out: GradientArrays): number | undefined {
    return this.#byHand.gradients(batch, out);
  }

  apply(gradients: readonly FloatArray[], learningRate: number): StepStatus {
    return this.#byHand.apply(gradients, learningRate);
  }

  getParameters(): FloatArray {
    return atOnce(this.copyParameters(1));
  }

  setParameters(parameters: FloatArray): void {
    atOnce(this.move(0, parameters, true));
  }

  setState(state: ModelState): void {
    atOnce(this.settingState(state));
  }

  *settingState({ values, steps, momentumProduct }: ModelState, isTime?: IsTime): Generator<undefined, void> {
    yield* this.move(0, values, true, isTime);
    this.exports.setOptimizer(this.ptr, steps, momentumProduct);
  }

  setTrainable(layer: number, trainable: boolean): void {
    this.exports.setTrainable(this.ptr, layer, trainable);
  }

  *startTraining(options: TrainingOptions): Generator<undefined, Training> {
    const { x, y, batchSize, epochs, shuffle, seed, sampleWeights, scheduled, resume, isTime } = options;
    const listed = this.#listed(x);
    const exports = this.exports;
    const network = this.ptr;
    const held: number[] = [];
    this.#holdings.held.add(held);
    let training: WasmTraining | undefined;
    // a training that can wait lets the garbage collector free memory; one that can't avoids generators, which take
    // longer than the steps of a small network
    try {
      let lists: Listed | undefined;
      let xPtr: number;
      if (listed !== undefined) {
        lists = yield* this.#placeListed(listed, held, isTime);
        xPtr = lists.valuesPtr;
      } else xPtr = isTime === undefined ? this.#place(x, held) : yield* this.#placeInTurns(x, held, isTime);
      const yPtr = isTime === undefined ? this.#place(y, held) : yield* this.#placeInTurns(y, held, isTime);
      const weighted = sampleWeights !== undefined;
      let weightsPtr = 0;
      if (weighted) {
        weightsPtr =
          isTime === undefined
            ? this.#place(sampleWeights, held)
            : yield* this.#placeInTurns(sampleWeights, held, isTime);
      }
      const sizes = [xPtr, x.rows, batchSize, epochs, shuffle, weighted, scheduled, lists !== undefined] as const;
      const bytes = exports.trainingBytes(network, ...sizes);
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
        lists?.startsPtr ?? 0,
        lists?.columnsPtr ?? 0,
      );
      const pace = this.#paceFor(this.parameterCount * batchSize);
      const release = () => this.#release(held);
      const outputsBytes = options.keepsOutputs ? this.#bytesOf(y) : 0; // as many as targets
      const holdOutputs = () => (outputsBytes === 0 ? 0 : this.#hold(outputsBytes, held));
      const outputsPtr = isTime === undefined ? holdOutputs() : yield* whenCollected(holdOutputs);
      const owner = { memory: this, team: this.#team, release, blocks: { xPtr, yPtr, weightsPtr }, outputsPtr };
      const begun = new WasmTraining(owner, options, ptr, pace);
      if (options.from !== undefined) yield* begun.restore(options.from, isTime);
      if (resume !== undefined) yield* begun.resume(resume, isTime);
      training = begun;
      return training;
    } finally {
      if (training === undefined) this.#release(held);
    }
  }

  predict(x: RowSource, out: FloatArray): void {
    const { rows } = x;
    const count = rows * this.#outputs;
    if (rows > PREDICT_ROWS || x.compressed !== undefined || !this.arena.hasViews) {
      this.#withOutputs(x, false, (outPtr) => this.arena.copyOut(this.dtype, outPtr, out, count));
      return;
    }
    const buffers = this.#takeBuffers(rows);
    try {
      x.copyTo(buffers.x);
      this.kernels.predict(this.ptr, buffers.workspacePtr, buffers.xPtr, rows, buffers.outPtr, 0, 0, 0);
      for (let n = 0; n < count; n++) out[n] = buffers.out[n]!;
    } finally {
      this.#keepBuffers(buffers);
    }
  }

  sumErrors(x: RowSource, y: RowSource, start: number, out?: FloatArray): number {
    const limit = limitOf(this.#loss);
    const { code: loss, fromZ = false } = LOSSES[this.#loss.type];
    return this.#withOutputs(x, fromZ, (outPtr, zPtr) =>
      this.arena.borrow([this.#bytesOf(y)], (yPtr) => {
        this.arena.fill(this.dtype, yPtr, y.rows * y.columns, (target) => y.copyTo(target));
        if (out !== undefined) this.arena.copyOut(this.dtype, outPtr, out);
        const bytes = this.#outputs * this.elementBytes;
        return this.kernels.sumErrors(loss, limit, start, outPtr, zPtr, bytes, yPtr, y.rows, this.#outputs);
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
  #release(held: readonly number[]): void {
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
    if (this.#pace?.stepWork !== stepWork) this.#pace = this.#team?.pace(stepWork);
    return this.#pace;
  }

  /**
   * The buffers, or new ones: no one else has them until they are kept again (data may be a proxy that predicts, too).
   */
  #takeBuffers(rows: number): PredictionBuffers {
    const buffers = this.#buffers;
    this.#buffers = undefined;
    // a detached view has no length
    if (buffers !== undefined && buffers.rows === rows && buffers.x.length > 0) return buffers;
    if (buffers !== undefined) this.#release(buffers.held);
    const workspaceBytes = align(this.exports.predictionBytes(this.ptr, rows, false));
    const xBytes = align(rows * this.inputs * this.elementBytes + 16);
    const outLength = rows * this.#outputs;
    const held: number[] = [];
    const workspacePtr = this.#hold(workspaceBytes + xBytes + outLength * this.elementBytes, held);
    this.#holdings.held.add(held);
    const xPtr = workspacePtr + workspaceBytes;
    const outPtr = xPtr + xBytes;
    const x = this.arena.view(this.dtype, xPtr, rows * this.inputs);
    const out = this.arena.view(this.dtype, outPtr, outLength);
    return { rows, held, workspacePtr, xPtr, outPtr, x, out };
  }

  #keepBuffers(buffers: PredictionBuffers): void {
    if (this.#buffers !== undefined) this.#release(this.#buffers.held);
    this.#buffers = buffers;
  }

  /**
   * Has `use` read the outputs and, `withZ`, what they were before the activation; x comes in chunk by chunk, through
   * the cache.
   */
  #withOutputs<R>(x: RowSource, withZ: boolean, use: (outPtr: number, zPtr: number) => R): R {
    const { rows } = x;
    const chunk = Math.min(rows, PREDICT_ROWS);
    const listed = this.#listed(x);
    const workspaceBytes = this.exports.predictionBytes(this.ptr, chunk, listed !== undefined);
    const outputBytes = this.#outputs * this.elementBytes;
    const { arena, dtype, elementBytes, inputs } = this;
    // what x takes, a chunk at a time
    const [xBytes, columnsBytes = 0, startsBytes = 0] =
      listed === undefined
        ? [chunk * inputs * elementBytes + 16]
        : listedBytes(widest(listed.starts, chunk), chunk, elementBytes);
    return arena.borrow(
      [workspaceBytes, xBytes, columnsBytes, startsBytes, rows * outputBytes, withZ ? rows * outputBytes : 0],
      (workspacePtr, xPtr, columnsPtr, startsPtr, outPtr, zPtr) => {
        const lists: Listed = { valuesPtr: xPtr, columnsPtr, startsPtr };
        for (let row = 0; row < rows; row += chunk) {
          const count = Math.min(chunk, rows - row);
          if (listed !== undefined) atOnce(placeListed(arena, dtype, listed, row, count, lists));
          else arena.fill(dtype, xPtr, count * inputs, (target) => x.copyTo(target, row));
          const offset = row * outputBytes;
          const outputPtrs = [outPtr + offset, withZ ? zPtr + offset : 0] as const;
          const ofLists = listed === undefined ? ([0, 0] as const) : ([startsPtr, columnsPtr] as const);
          this.kernels.predict(this.ptr, workspacePtr, xPtr, count, ...outputPtrs, ...ofLists);
        }
        return use(outPtr, zPtr);
      },
    );
  }

  /** Rows that are given compressed, where that makes no difference. */
  #listed({ compressed }: RowSource): CompressedRows | undefined {
    return compressed !== undefined && this.exports.takesCompressed(this.ptr) ? compressed : undefined;
  }

  *#placeListed(listed: CompressedRows, held: number[], isTime: IsTime): Generator<undefined, Listed> {
    const rows = listed.starts.length - 1;
    const sizes = listedBytes(widest(listed.starts, rows), rows, this.elementBytes);
    const ptrs: number[] = [];
    for (const bytes of sizes) {
      ptrs.push(isTime === undefined ? this.#hold(bytes, held) : yield* whenCollected(() => this.#hold(bytes, held)));
    }
    const [valuesPtr, columnsPtr, startsPtr] = ptrs as [number, number, number];
    const lists = { valuesPtr, columnsPtr, startsPtr };
    yield* placeListed(this.arena, this.dtype, listed, 0, rows, lists, isTime);
    return lists;
  }

  #copyIn(source: RowSource, ptr: number, first: number, rows: number): void {
    const { columns } = source;
    this.arena.fill(this.dtype, ptr + first * columns * this.elementBytes, rows * columns, (target) =>
      source.copyTo(target, first),
    );
  }

  /** Kernels read whole registers: 16 bytes more than the data. */
  #bytesOf(source: RowSource): number {
    return source.rows * source.columns * this.elementBytes + 16;
  }
}
