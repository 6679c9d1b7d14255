// A training in WebAssembly memory. The module runs the epochs; this side says for how many steps, and keeps the
// losses.

import { type FloatArray, lengthOf } from "../../arrays.ts";
import * as code from "../../catalog/codes.ts";
import { atOnce, type IsTime, inSlices } from "../../rows.ts";
import type { Interruption, ModelState, Training, TrainingOptions, TrainingStatus, Window } from "../engine.ts";
import type { Arena } from "./arena.ts";
import type { WasmExports } from "./exports.ts";
import type { NetworkMemory } from "./network-memory.ts";
import type { Pace } from "./pace.ts";
import type { Team } from "./team.ts";

const MAX_STEPS = 0xffffffff;
const MAX_ROWS = 0xffffffff; // more than an epoch has: its end is not in sight
const DRAW_WIDTH = 4; // drawing a place of an order takes as long as copying so many elements
const STATUS: Readonly<Record<number, TrainingStatus>> = {
  [code.UNFINISHED]: "unfinished",
  [code.FINISHED]: "finished",
  [code.NOT_FINITE]: "not-finite",
};

const FEW = 64; // epochs of a call whose losses are pushed one by one

/** The losses of all epochs so far. The module has only those of its last call: at ptr, up to `most`. */
class Losses {
  readonly #arena: Arena;
  readonly #ptr: number;
  readonly #most: number;
  #noted: FloatArray; // a view that is kept: creating one takes longer than an epoch of a tiny network
  #numbers: number[] = [];
  #later: FloatArray[] = []; // those of long calls that come behind the numbers, until somebody asks
  #isGiven = false; // the list was handed out: it is copied before numbers are added
  length = 0;

  constructor(arena: Arena, ptr: number, most: number) {
    this.#arena = arena;
    this.#ptr = ptr;
    this.#most = most;
    this.#noted = arena.view("f64", ptr, most);
  }

  /** Copies the losses of the last call; `length` is the number of epochs finished so far. */
  keep(length: number): void {
    const count = length - this.length;
    if (this.#noted.length === 0) this.#noted = this.#arena.view("f64", this.#ptr, this.#most); // memory has grown
    const noted = this.#arena.hasViews ? this.#noted : this.#arena.read("f64", this.#ptr, count);
    if (count > FEW) this.#later.push(noted.slice(0, count));
    else {
      this.#append();
      this.#ownNumbers();
      for (let n = 0; n < count; n++) this.#numbers.push(noted[n]!);
    }
    this.length = length;
  }

  from(first: number): number[] {
    this.#append();
    if (first > 0) return this.#numbers.slice(first);
    this.#isGiven = true;
    return this.#numbers;
  }

  #append(): void {
    if (this.#later.length === 0) return;
    this.#ownNumbers();
    let at = this.#numbers.length;
    if (at === 0) {
      this.#numbers = [0.5]; // an array of doubles, and of its whole length, from the start: six times faster
      this.#numbers.length = this.length;
    }
    for (const losses of this.#later) {
      for (let n = 0; n < losses.length; n++) this.#numbers[at++] = losses[n]!;
    }
    this.#later = [];
  }

  #ownNumbers(): void {
    if (this.#isGiven) this.#numbers = this.#numbers.slice();
    this.#isGiven = false;
  }
}

/** What a training is of. */
export interface TrainingOwner {
  readonly memory: NetworkMemory;
  readonly team: Team | undefined;
  /** Where its rows are; 0: it has no weights. */
  readonly blocks: { readonly xPtr: number; readonly yPtr: number; readonly weightsPtr: number };
  /** Where the outputs of its rows go; 0: nobody wants them. */
  readonly outputsPtr: number;
  /** Gives back the training's blocks of memory, once. */
  release(): void;
}

/** A training in WebAssembly's memory, at a pointer. */
export class WasmTraining implements Training {
  readonly #memory: NetworkMemory;
  readonly #exports: WasmExports;
  readonly #team: Team | undefined;
  readonly #release: () => void;
  readonly #ptr: number;
  readonly #pace: Pace | undefined;
  readonly #losses: Losses;
  readonly #learningRate: number;
  readonly #batchSize: number;
  readonly #places: number; // of an order to draw
  readonly #blocks: TrainingOwner["blocks"];
  readonly #ratesPtr: number;
  readonly #outputsPtr: number;
  #stepsPerEpoch: number; // of a window's epoch, up to its end
  #before = { epochs: 0, steps: 0 }; // behind the window: finished epochs, and steps of the one it belongs to
  #atWindow: Interruption | undefined; // where threads may be lost: how the window began
  #taken: number; // steps
  #wanted: number;

  constructor(
    { memory, team, release, blocks, outputsPtr }: TrainingOwner,
    { x, batchSize, epochs, learningRate, shuffle }: TrainingOptions,
    ptr: number,
    pace: Pace | undefined,
  ) {
    this.#memory = memory;
    this.#exports = memory.exports;
    this.#team = team;
    this.#release = release;
    this.#ptr = ptr;
    this.#pace = pace;
    this.#learningRate = learningRate;
    this.#batchSize = batchSize;
    this.#stepsPerEpoch = Math.ceil(x.rows / batchSize);
    this.#places = shuffle ? x.rows : 0;
    this.#blocks = blocks;
    this.#ratesPtr = this.#exports.trainingRates(ptr);
    this.#outputsPtr = outputsPtr;
    if (outputsPtr !== 0) this.#exports.keepTrainingOutputs(ptr, outputsPtr);
    this.#losses = new Losses(memory.arena, this.#exports.trainingLosses(ptr), Math.min(epochs, code.MAX_LOSSES));
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
        this.#team?.stop("a worker did not answer for five seconds");
        this.#retreat(); // its steps are taken once more, alone
        this.#taken = this.#stepsTaken();
      } else if (status !== code.UNFINISHED || this.#taken >= this.#wanted) {
        return STATUS[status]!;
      }
    }
  }

  /** One call of the module. */
  #call(steps: number): number {
    const status = this.#memory.kernels.train(this.#ptr, this.#learningRate, steps);
    this.#losses.keep(this.#exports.trainingEpochs(this.#ptr)); // the next call overwrites those of this one
    this.#taken = this.#stepsTaken();
    return status;
  }

  #stepsTaken(): number {
    const position = this.#exports.trainingPosition(this.#ptr);
    const { epochs, steps } = this.#before;
    return (this.#losses.length - epochs) * this.#stepsPerEpoch + Math.ceil(position / this.#batchSize) - steps;
  }

  get finishedEpochs(): number {
    return this.#losses.length;
  }

  losses(from = 0): number[] {
    return this.#losses.from(from);
  }

  setRates(rates: Float64Array): void {
    this.#memory.arena.write("f64", this.#ratesPtr, rates);
  }

  copyOutputs(out: FloatArray): void {
    this.#memory.arena.copyOut(this.#memory.dtype, this.#outputsPtr, out, lengthOf(out));
  }

  setWindow({ x, y, sampleWeights, rates, rows, isLast }: Window): void {
    const { arena, dtype } = this.#memory;
    const { xPtr, yPtr, weightsPtr } = this.#blocks;
    const position = this.#exports.trainingPosition(this.#ptr);
    arena.write(dtype, xPtr, x);
    arena.write(dtype, yPtr, y);
    if (sampleWeights !== undefined) arena.write(dtype, weightsPtr, sampleWeights);
    if (rates !== undefined) this.setRates(rates);
    const total = isLast ? position + rows : MAX_ROWS;
    this.#exports.setWindow(this.#ptr, xPtr, yPtr, weightsPtr, this.#ratesPtr, total);
    const steps = position / this.#batchSize;
    this.#before = { epochs: this.#losses.length, steps };
    this.#stepsPerEpoch = steps + Math.ceil(rows / this.#batchSize);
    this.#taken = 0;
    this.#wanted = 0;
    if (this.#team === undefined) return;
    const snapshot = atOnce(this.#memory.copyState());
    this.#atWindow = { position, errorSum: this.#exports.trainingErrorSum(this.#ptr), snapshot };
  }

  /** Takes back steps of which a worker was lost: those of the epoch or, of a window, those whose rows are at hand. */
  #retreat(): void {
    const window = this.#atWindow;
    if (window === undefined || window.position === 0) {
      this.rewind();
      return;
    }
    const { position, errorSum, snapshot } = window;
    atOnce(this.#memory.move(0, snapshot.values, true));
    this.#exports.setOptimizer(this.#memory.ptr, snapshot.steps, snapshot.momentumProduct);
    // the epoch's own snapshot stays
    const [steps, product] = [this.#exports.snapshotSteps(this.#ptr), this.#exports.snapshotProduct(this.#ptr)];
    this.#exports.resumeTraining(this.#ptr, position, errorSum, steps, product);
  }

  drawOrder(isTime: IsTime): Generator<undefined, void> {
    const draw = (_: number, places: number) => this.#exports.drawOrder(this.#ptr, places);
    return inSlices(isTime, this.#places, draw, DRAW_WIDTH);
  }

  *wholeEpochState(isTime?: IsTime): Generator<undefined, ModelState> {
    const exports = this.#exports;
    if (exports.trainingPosition(this.#ptr) === 0) return yield* this.#memory.copyState(isTime);
    const { values } = yield* this.#memory.copyState(isTime, exports.snapshotOffset(this.#ptr));
    return { values, steps: exports.snapshotSteps(this.#ptr), momentumProduct: exports.snapshotProduct(this.#ptr) };
  }

  *interruption(isTime?: IsTime): Generator<undefined, Interruption | undefined> {
    const position = this.#exports.trainingPosition(this.#ptr);
    if (position === 0) return undefined;
    const snapshot = yield* this.wholeEpochState(isTime);
    return { position, errorSum: this.#exports.trainingErrorSum(this.#ptr), snapshot };
  }

  *restore(state: ModelState, isTime: IsTime): Generator<undefined, void> {
    yield* this.#writeSnapshot(state, isTime); // it is not needed between two epochs
    this.#exports.resumeTraining(this.#ptr, 1, 0, state.steps, state.momentumProduct);
    this.rewind();
  }

  /** Goes on where another training was interrupted. */
  *resume({ position, errorSum, snapshot }: Interruption, isTime: IsTime): Generator<undefined, void> {
    yield* this.drawOrder(isTime);
    yield* this.#writeSnapshot(snapshot, isTime);
    const { steps, momentumProduct } = snapshot;
    this.#exports.resumeTraining(this.#ptr, position, errorSum, steps, momentumProduct);
    this.#taken = this.#stepsTaken();
    this.#wanted = this.#taken;
  }

  #writeSnapshot({ values }: ModelState, isTime: IsTime): Generator<undefined, void> {
    return this.#memory.move(this.#exports.takeSnapshot(this.#ptr), values, true, isTime);
  }

  rewind(): void {
    this.#exports.rewindEpoch(this.#ptr);
  }

  dispose(): void {
    this.#release();
  }
}
