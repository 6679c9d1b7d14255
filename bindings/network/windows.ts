// A stream as a training sees it: windows, each of some whole batches of rows, which are gathered from the stream's
// items, through a shuffle buffer if one is asked for. Nothing is read ahead but a window, the buffer and one item, so
// memory stays the same however many rows there are.

import type { FloatArray } from "../arrays.ts";
import { SHUFFLE } from "../catalog/codes.ts";
import { ownRows } from "../data/matrix.ts";
import { isEmpty, OpenStream, partsOf } from "../data/stream.ts";
import type { Training } from "../engine/engine.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { bytesPerElement, type DType, floatArray, indexArray, last } from "../numbers.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import type { ResolvedStreamOptions } from "../options/stream.ts";
import type { Wait } from "../promises.ts";
import { Draws, shuffling } from "../random.ts";
import type { RowSource } from "../rows.ts";
import type { Course } from "./course.ts";
import { type Sample, sourcesOf, toSample, weightsOf } from "./samples.ts";
import { isOver, now } from "./slices.ts";

const WINDOW_BYTES = 2 ** 18; // what fits into a core's cache
const SLICE_ELEMENTS = 16_384; // copied from one look at the clock to the next
const ELEMENT_WORK = 8; // multiply-adds that an element takes as long as, at most

/** What a window asks of the training it is of. */
interface Trained {
  readonly options: ResolvedNetworkOptions;
  /** Epochs of the network's life before the one that comes next. */
  readonly epochsBefore: number;
}

/** Where a training's rows come from, one window after another. */
export interface Windows {
  /** Reads the first window; `position`: how many rows of the epoch were used before, and are passed over. */
  begin(position: number): Generator<Wait, { sample: Sample; weights: RowSource | undefined }, unknown>;
  /** Of how many steps a schedule gives the rates: of all, or of one where all of an epoch have the same. */
  readonly stepsPerEpoch: number;
  /** The rates of the epoch's steps, or the one of all. */
  rates: Float64Array | undefined;
  /** Gives the training its next rows; returns how many steps they are, and whether the epoch ends with them. */
  load(training: Training): Generator<Wait, { steps: number; isLast: boolean }, unknown>;
  close(): Generator<Wait, void, unknown>;
}

/** Rows in arrays of our own. */
class Block {
  readonly #dtype: DType;
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #weighted: boolean;
  x: FloatArray;
  y: FloatArray;
  weights: FloatArray | undefined;
  rows = 0;

  constructor({ dtype, inputs, layers }: ResolvedNetworkOptions, weighted: boolean, room: number) {
    this.#dtype = dtype;
    this.#inputs = inputs;
    this.#outputs = last(layers).units;
    this.#weighted = weighted;
    this.x = floatArray(dtype, room * inputs);
    this.y = floatArray(dtype, room * this.#outputs);
    this.weights = weighted ? floatArray(dtype, room) : undefined;
  }

  get room(): number {
    return this.y.length / this.#outputs;
  }

  /** Makes room for so many rows. */
  grow(room: number): void {
    const { x, y, weights } = this;
    this.x = floatArray(this.#dtype, room * this.#inputs);
    this.y = floatArray(this.#dtype, room * this.#outputs);
    this.x.set(x);
    this.y.set(y);
    if (!this.#weighted) return;
    this.weights = floatArray(this.#dtype, room);
    this.weights.set(weights!);
  }

  /** The arrays of `count` rows from `row` on. */
  part(row: number, count: number): { x: FloatArray; y: FloatArray; weights: FloatArray | undefined } {
    return {
      x: this.x.subarray(row * this.#inputs, (row + count) * this.#inputs),
      y: this.y.subarray(row * this.#outputs, (row + count) * this.#outputs),
      weights: this.weights?.subarray(row, row + count),
    };
  }

  /** Adds a row of another block. */
  add(from: Block, row: number): void {
    const to = this.rows++;
    const [inputs, outputs] = [this.#inputs, this.#outputs];
    for (let i = 0; i < inputs; i++) this.x[to * inputs + i] = from.x[row * inputs + i]!;
    for (let j = 0; j < outputs; j++) this.y[to * outputs + j] = from.y[row * outputs + j]!;
    if (this.weights !== undefined) this.weights[to] = from.weights![row]!;
  }
}

/** The options that have to do with weights of rows. */
type Weighting = Pick<ResolvedStreamOptions, "classWeights" | "allowNegativeWeights">;

/** An epoch's items, of which rows are copied. */
class Items {
  readonly stream: OpenStream;
  readonly #options: ResolvedNetworkOptions;
  readonly #weighting: Weighting;
  readonly #epoch: number; // as messages count it
  #number = 0; // of the item
  #firstRow = 0; // of the item in the epoch
  #rows = 0; // of the item
  #used = 0; // of those
  #sample: Sample | undefined;
  #weights: RowSource | undefined;
  /** Whether the items have weights of their rows; the first one decides. */
  hasWeights: boolean | undefined;

  constructor(
    stream: OpenStream,
    options: ResolvedNetworkOptions,
    weighting: Weighting,
    epoch: number,
    hasWeights: boolean | undefined,
  ) {
    this.stream = stream;
    this.#options = options;
    this.#weighting = weighting;
    this.#epoch = epoch;
    this.hasWeights = hasWeights;
  }

  /**
   * How many rows of the item are left, of the next one that has some if it has no more; 0 at the end, undefined if the
   * training's time is over before.
   */
  *left({ stop, deadline }: Course): Generator<Wait, number | undefined, unknown> {
    while (this.#used === this.#rows) {
      this.#sample = undefined;
      const next = yield* this.stream.next(deadline === undefined ? undefined : Math.max(0, deadline - now()));
      stop.throwIfEnded();
      if (this.stream.isLate) return undefined;
      if (next === undefined) return 0;
      this.#number++;
      this.#firstRow += this.#rows;
      this.#rows = 0;
      this.#used = 0;
      this.#reading(() => this.#take(next.item));
    }
    return this.#rows - this.#used;
  }

  #take(item: unknown): void {
    const options = this.#options;
    const [x, y, sampleWeights] = partsOf(item);
    if (isEmpty(x) && isEmpty(y)) return;
    const sources = sourcesOf(options, x, y);
    const hasWeights = sampleWeights !== undefined;
    this.hasWeights ??= hasWeights;
    if (hasWeights !== this.hasWeights) {
      const [has, had] = hasWeights ? ["has", "had none"] : ["has no", "had some"];
      throw new OptionError(`it ${has} sampleWeights; the items before ${had}`);
    }
    this.#sample = toSample(options, sources);
    const { classWeights, allowNegativeWeights } = this.#weighting;
    this.#weights = weightsOf(options, this.#sample.labels, sampleWeights, classWeights, allowNegativeWeights);
    this.#rows = sources[0].rows;
  }

  /** Copies the next `count` rows into a block, from its row `row` on. */
  copy(block: Block, row: number, count: number): void {
    const { x, y, weights } = block.part(row, count);
    this.#reading(() => {
      this.#sample!.x.copyTo(x, this.#used);
      this.#sample!.y.copyTo(y, this.#used);
      if (weights !== undefined) this.#weights!.copyTo(weights, this.#used);
    });
    this.#used += count;
  }

  /** Has an error say which item it is of. */
  #reading(read: () => void): void {
    try {
      read();
    } catch (error) {
      for (const Type of [ShapeError, DataError, OptionError]) {
        if (!(error instanceof Type)) continue;
        const where = `item ${this.#number} of the stream in epoch ${this.#epoch}, from row ${this.#firstRow} on`;
        throw new Type(`${where}: ${error.message}`);
      }
      throw error;
    }
  }
}

/** The windows of a stream that is read in this thread. */
export class StreamWindows implements Windows {
  readonly #given: unknown;
  readonly #network: Trained;
  readonly #options: ResolvedStreamOptions;
  readonly #course: Course;
  readonly #epochs: number; // that the training has to run
  readonly #numbered: number; // those before them, as messages count
  readonly #windowRows: number;
  #items: Items | undefined; // of the epoch that is read
  #hasWeights: boolean | undefined;
  #window!: Block;
  #isFilled = false;
  #isLast = false;
  #buffer: Block | undefined;
  #draws!: Draws;
  #order: Uint32Array | undefined; // in which the buffer is emptied
  #drained = 0; // of it
  #epoch = 0; // of the training's, that is read
  #steps = 0; // of the epoch
  readonly stepsPerEpoch: number;
  rates: Float64Array | undefined;

  /** `before`: how many epochs of the training are behind it, where it is resumed. */
  constructor(given: unknown, network: Trained, options: ResolvedStreamOptions, course: Course, before: number) {
    this.#given = given;
    this.#network = network;
    this.#options = options;
    this.#course = course;
    this.#epochs = options.epochs - before;
    this.#numbered = before;
    const { batchSize } = options;
    const { inputs, layers, dtype } = network.options;
    const batchBytes = batchSize * (inputs + last(layers).units) * bytesPerElement(dtype);
    this.#windowRows = batchSize * Math.max(1, Math.floor(WINDOW_BYTES / batchBytes));
    this.stepsPerEpoch = options.stepsPerEpoch ?? 1;
  }

  *begin(position: number): Generator<Wait, { sample: Sample; weights: RowSource | undefined }, unknown> {
    const { options } = this.#network;
    const { shuffleBuffer, batchSize } = this.#options;
    const items = yield* this.#open();
    yield* items.left(this.#course);
    this.#hasWeights = items.hasWeights;
    const weighted = items.hasWeights === true || this.#options.classWeights !== undefined;
    this.#window = new Block(options, weighted, this.#windowRows);
    if (shuffleBuffer > 0) this.#buffer = new Block(options, weighted, Math.min(shuffleBuffer, this.#windowRows));
    for (let passed = 0; passed < position; passed += this.#window.rows) {
      yield* this.#fill(Math.min(this.#windowRows, position - passed));
      if (!this.#isFilled) break; // its time is over
      if (this.#isLast) throw new DataError(`the stream ends before row ${position}, where the training is resumed`);
    }
    this.#steps = position / batchSize;
    yield* this.#fill(this.#windowRows);
    const { x, y, weights } = this.#window;
    const sample = { x: ownRows(x, options.inputs), y: ownRows(y, last(options.layers).units) };
    return {
      sample: { ...sample, labels: sample.y, multiLabel: undefined },
      weights: weights && ownRows(weights, 1),
    };
  }

  *load(training: Training): Generator<Wait, { steps: number; isLast: boolean }, unknown> {
    const { batchSize, stepsPerEpoch } = this.#options;
    if (!this.#isFilled) yield* this.#fill(this.#windowRows);
    if (!this.#isFilled) return { steps: 0, isLast: false }; // its time is over
    this.#isFilled = false;
    const { rows } = this.#window;
    const isLast = this.#isLast;
    const steps = Math.ceil(rows / batchSize);
    const first = this.#steps;
    this.#steps += steps;
    if (stepsPerEpoch !== undefined && (isLast ? this.#steps !== stepsPerEpoch : this.#steps >= stepsPerEpoch)) {
      const has = isLast ? `${this.#steps} steps` : `more than ${stepsPerEpoch} steps`;
      throw new DataError(`the stream has ${has} in epoch ${this.#number}; stepsPerEpoch is ${stepsPerEpoch}`);
    }
    const { rates } = this;
    const ofWindow =
      rates?.length === 1 ? new Float64Array(steps).fill(rates[0]!) : rates?.subarray(first, first + steps);
    const { x, y, weights: sampleWeights } = this.#window.part(0, rows);
    training.setWindow({ x, y, sampleWeights, rates: ofWindow, rows, isLast });
    if (isLast) {
      this.#items = undefined;
      this.#epoch++;
      this.#steps = 0;
    }
    return { steps, isLast };
  }

  *close(): Generator<Wait, void, unknown> {
    yield* this.#items?.stream.close(this.#course.stop.hasEnded) ?? [];
  }

  /** Of the epoch, as messages count it. */
  get #number(): number {
    return this.#numbered + this.#epoch + 1;
  }

  *#open(): Generator<Wait, Items, unknown> {
    const { isTime, stop } = this.#course;
    const stream = yield* OpenStream.open(this.#given, isTime !== undefined);
    this.#items = new Items(stream, this.#network.options, this.#options, this.#number, this.#hasWeights);
    stop.throwIfEnded();
    if (stream.isOnce && this.#epochs > 1) {
      stream.leave(); // it can still be read
      throw new OptionError(
        `epochs is ${this.#options.epochs}; this iterator can be read once: pass epochs: 1, or what gives a new one in ` +
          "each epoch (an iterable, or a function that returns one)",
      );
    }
    if (this.#buffer !== undefined) this.#buffer.rows = 0;
    this.#draws = new Draws(this.#network.options.seed, SHUFFLE, this.#network.epochsBefore + this.#epoch);
    this.#order = undefined;
    this.#drained = 0;
    return this.#items;
  }

  /** Reads the rows that come next, up to `most`; stops when the training's time is over. */
  *#fill(most: number): Generator<Wait, void, unknown> {
    const { shuffleBuffer } = this.#options;
    const { inputs, layers } = this.#network.options;
    const { isTime, deadline } = this.#course;
    const items = this.#items ?? (yield* this.#open());
    const window = this.#window;
    const buffer = this.#buffer;
    const width = inputs + last(layers).units;
    const atMost = Math.max(1, Math.floor(SLICE_ELEMENTS / width)); // rows at a time
    window.rows = 0;
    this.#isFilled = false;
    for (;;) {
      const left = yield* items.left(this.#course);
      if (left === undefined) return;
      const isFull = window.rows === most;
      let some = Math.min(left, atMost);
      if (buffer === undefined) {
        this.#isLast = left === 0;
        if (isFull || left === 0) break;
        some = Math.min(some, most - window.rows);
        items.copy(window, window.rows, some);
        window.rows += some;
      } else if (left > 0 && buffer.rows < shuffleBuffer) {
        some = Math.min(some, shuffleBuffer - buffer.rows);
        if (buffer.rows + some > buffer.room) {
          buffer.grow(Math.min(shuffleBuffer, Math.max(buffer.rows + some, 2 * buffer.room)));
        }
        items.copy(buffer, buffer.rows, some);
        buffer.rows += some;
      } else {
        const rest = left > 0 ? left : buffer.rows - this.#drained;
        this.#isLast = left === 0 && rest === 0;
        if (isFull || rest === 0) break;
        some = Math.min(rest, atMost, most - window.rows);
        if (left > 0) {
          for (let n = 0; n < some; n++) {
            const place = this.#draws.below(buffer.rows);
            window.add(buffer, place);
            items.copy(buffer, place, 1);
          }
        } else {
          this.#order ??= yield* this.#drawOrder(buffer.rows);
          for (let n = 0; n < some; n++) window.add(buffer, this.#order[this.#drained++]!);
        }
      }
      if (isOver(deadline)) return;
      if (isTime?.(some * width * ELEMENT_WORK)) {
        yield undefined;
        this.#course.stop.throwIfEnded();
      }
    }
    if (window.rows === 0) {
      const advice =
        this.#epoch > 0 ? ": it has to give them anew in each epoch, as a function that returns a generator does" : "";
      throw new DataError(`the stream has no rows in epoch ${this.#number}${advice}`);
    }
    this.#isFilled = true;
  }

  *#drawOrder(rows: number): Generator<undefined, Uint32Array> {
    const order = indexArray(rows);
    for (let row = 0; row < rows; row++) order[row] = row;
    yield* shuffling(order, this.#draws, this.#course.isTime);
    return order;
  }
}
