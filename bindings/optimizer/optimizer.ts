// An optimizer alone: it steps the caller's typed arrays by the caller's gradients, with the bits of a network's step.

import { type FloatArray, isFloatArray, lengthOf, overlap, typeNameOf } from "../arrays.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import { checkAmount, checkNoMore, counted, expected, hasOwn, isList, lengthOfList, show } from "../checks.ts";
import type { Engine, EngineName, Stepper, StepperShape, StepperState } from "../engine/engine.ts";
import { type EngineOptions, type Engines, enginesOf, type Found } from "../engine/engines.ts";
import { ReferenceStepper } from "../engine/reference/stepper.ts";
import { DataError, DisposedError, NotFiniteError, ShapeError } from "../errors.ts";
import { finishAsync } from "../network/course.ts";
import { type DType, whenCollected } from "../numbers.ts";
import { checkKey, endow, isInstance, KEY } from "../objects.ts";
import { readEngineOptions } from "../options/engine.ts";
import { engineOptimizer } from "../options/optimizer.ts";
import {
  arrayOfShape,
  lengthOfShape,
  type OptimizerClassOptions,
  type ParameterShape,
  type ResolvedOptimizerOptions,
  readOptimizerOptions,
} from "./options.ts";
import { type LoadedOptimizer, loadOptimizer, type SavedOptimizer, saveOptimizer } from "./saved.ts";

/** One array, or a list of as many as the optimizer has parameters. */
export type Arrays<T extends FloatArray = FloatArray> = T | readonly T[];

const ENGINE_NAMES = ["engine", "module", "warn"] as const;

/**
 * An optimizer alone, for models that are no dense network: it steps typed arrays, in place, by gradients that you
 * compute. The bits are those of a network's step with the same numbers.
 *
 * @example
 * ```ts
 * import { Optimizer } from "bitgrad";
 *
 * const w = new Float32Array([3, -2]); // minimize w0² + w1²
 * using adam = await Optimizer.create({ type: "adam", learningRate: 0.1, parameters: [w.length] });
 * for (let n = 0; n < 100; n++) adam.step(w, w.map((value) => 2 * value));
 * ```
 */
export class BaseOptimizer {
  readonly #stepper: Stepper;
  readonly #options: ResolvedOptimizerOptions;
  readonly #lengths: readonly number[];
  readonly #engineReason: string | undefined;
  readonly #typeName: string;
  #learningRate: number;
  #isDisposed = false;
  /** Lists for the arrays of a call, kept for the next. */
  #lists: [FloatArray[], FloatArray[]] | undefined;
  /** Parameters of the call before, which don't overlap. */
  #checked: FloatArray[] = [];
  /** Which engine computes: "wasm" or "reference". */
  readonly engine: EngineName;

  /** Optimizers are made by `create`, `createSync`, `fromJSON` and `fromJSONSync`. */
  protected constructor(...parts: never[]);
  protected constructor(key: unknown, found: Found, options: ResolvedOptimizerOptions, stepper: Stepper) {
    checkKey(key, "Optimizer", "await Optimizer.create(…), or Optimizer.createSync(…)");
    this.engine = found.engine.name;
    this.#engineReason = found.engineReason;
    this.#stepper = stepper;
    this.#options = options;
    this.#learningRate = options.optimizer.learningRate;
    this.#lengths = options.parameters.map(({ shape }) => lengthOfShape(shape));
    this.#typeName = options.dtype === "f32" ? "Float32Array" : "Float64Array";
    const identity = Symbol("an Optimizer is copied and sent by toJSON() and fromJSON()");
    const isOne = (value: object): value is BaseOptimizer => #stepper in value;
    endow(this, { name: "Optimizer", prototype: BaseOptimizer.prototype, isOne }, identity);
  }

  /**
   * @internal Whether it is one of any entry or copy of this library; a user's subclass has no `engines` of its own.
   */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, hasOwn(this, "engines"), "Optimizer", value);
  }

  static #make<T extends BaseOptimizer>(type: OptimizerClass<T>, found: Found, { options, state }: Plan): T {
    const { dtype, optimizer, parameters } = options;
    const shape = { dtype, optimizer: engineOptimizer(optimizer), arrays: parameters.map(arrayOfShape) };
    const isWasm = found.engine.name === "wasm";
    const stepper = isWasm ? type.wasmStepper!(found.engine, shape) : new ReferenceStepper(shape);
    if (state !== undefined) stepper.setState(state);
    const create = type as unknown as new (...parts: [symbol, Found, ResolvedOptimizerOptions, Stepper]) => T;
    return new create(KEY, found, options, stepper);
  }

  /** If memory runs out, it tries again after dropped optimizers have been garbage-collected. */
  static #begin<T extends BaseOptimizer>(type: OptimizerClass<T>, engine: EngineOptions, plan: Plan): Promise<T> {
    return enginesOf(type).load(engine, 0, (found) =>
      finishAsync(whenCollected(() => BaseOptimizer.#make(type, found, plan))),
    );
  }

  static #beginSync<T extends BaseOptimizer>(type: OptimizerClass<T>, engine: EngineOptions, plan: Plan): T {
    return BaseOptimizer.#make(type, enginesOf(type).loadSync(engine), plan);
  }

  /**
   * Creates an optimizer for arrays of the given shapes. Its options are those of `optimizer` in `NetworkOptions`.
   * Compiles WebAssembly off the calling thread.
   *
   * @throws OptionError if an option is unknown, missing, of the wrong type or out of range
   * @throws ShapeError if a bias doesn't fit the array before it
   * @throws OutOfMemoryError if the arrays and what is remembered of them don't fit into memory
   * @throws EngineError if the engine that was asked for can't run here
   */
  static async create<T extends BaseOptimizer>(
    this: OptimizerClass<T>,
    given: OptimizerClassOptions,
    ...more: []
  ): Promise<T> {
    checkNoMore("create", more);
    const [options, engine] = readOptimizerOptions(given);
    return BaseOptimizer.#begin(this, engine, { options });
  }

  /**
   * `create` without a promise.
   *
   * @throws what `create` throws
   */
  static createSync<T extends BaseOptimizer>(this: OptimizerClass<T>, given: OptimizerClassOptions, ...more: []): T {
    checkNoMore("createSync", more);
    const [options, engine] = readOptimizerOptions(given);
    return BaseOptimizer.#beginSync(this, engine, { options });
  }

  /**
   * Loads an optimizer that `toJSON` saved, from the object or its JSON text. Its next step has the bits that it would
   * have had without the interruption.
   *
   * @throws FormatError if it is damaged, of another kind or of a newer version
   */
  static async fromJSON<T extends BaseOptimizer>(
    this: OptimizerClass<T>,
    saved: SavedOptimizer | string,
    given: Pick<EngineOptions, "engine" | "module" | "warn"> = {},
    ...more: []
  ): Promise<T> {
    checkNoMore("fromJSON", more);
    const engine = readEngineOptions(given, ENGINE_NAMES);
    return BaseOptimizer.#begin(this, engine, loadOptimizer(saved));
  }

  /**
   * `fromJSON` without a promise.
   *
   * @throws what `fromJSON` throws
   */
  static fromJSONSync<T extends BaseOptimizer>(
    this: OptimizerClass<T>,
    saved: SavedOptimizer | string,
    given: Pick<EngineOptions, "engine" | "module" | "warn"> = {},
    ...more: []
  ): T {
    checkNoMore("fromJSONSync", more);
    const engine = readEngineOptions(given, ENGINE_NAMES);
    return BaseOptimizer.#beginSync(this, engine, loadOptimizer(saved));
  }

  /** Why the reference engine is used although it was not asked for; undefined otherwise. */
  get engineReason(): string | undefined {
    return this.#engineReason;
  }

  /** The name of the optimizer. */
  get type(): OptimizerName {
    return this.#options.optimizer.type;
  }

  /** The type of the numbers that it computes with. */
  get dtype(): DType {
    return this.#options.dtype;
  }

  /** The shapes of the arrays that `step` takes, in order. */
  get parameters(): readonly ParameterShape[] {
    return this.#options.parameters;
  }

  /** The learning rate. You can set it between steps, for instance to what `Operations.learningRates` returns. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#checkAlive("learningRate can't be set");
    this.#learningRate = checkAmount("learningRate", value, this.#options.dtype);
  }

  /**
   * Takes one step: clips the gradients, and changes the parameters in place. Gradients are not changed, unless they
   * share memory with parameters. No array is allocated. After an error nothing is changed.
   *
   * @throws ShapeError if arrays have other lengths or types than the optimizer has, or two parameters share memory
   * @throws DataError if a number in the parameters or gradients is not finite
   * @throws NotFiniteError if the step would leave numbers that are not finite
   * @throws DisposedError if the optimizer was disposed of
   */
  step<T extends FloatArray>(parameters: Arrays<T>, gradients: Arrays<T>): void {
    const lists = this.#lists ?? [[], []];
    this.#lists = undefined; // a list may be a proxy that steps, too
    this.#collect("parameters", parameters, lists[0]);
    this.#collect("gradients", gradients, lists[1]);
    this.#checkAlive("step can't run"); // from here on no code of the caller's runs
    this.#check("parameters", lists[0]);
    this.#check("gradients", lists[1]);
    this.#checkApart(lists[0]);
    const status = this.#stepper.step(lists[0], lists[1], this.#learningRate);
    this.#lists = lists;
    if (status === "done") return;
    if (status === "bad-data") throw dataError(lists);
    const helps = "a smaller learningRate, or clipValue, may help";
    throw new NotFiniteError(`the step leaves the finite numbers; nothing was changed (${helps})`, 1, []);
  }

  /**
   * Returns the optimizer with what it remembers, as plain JSON, for `fromJSON` here or on another platform.
   * `JSON.stringify(optimizer)` calls it. The parameters themselves are yours to save.
   */
  toJSON(): SavedOptimizer {
    this.#checkAlive("toJSON can't run");
    const optimizer = { ...this.#options.optimizer, learningRate: this.#learningRate };
    return saveOptimizer({ ...this.#options, optimizer }, this.#stepper.state());
  }

  /** Frees its memory. Every later call except `dispose` throws a DisposedError. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#checked = [];
    this.#lists = undefined;
    this.#stepper.dispose();
  }

  /** What `using` calls: `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** "Optimizer", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return "Optimizer";
  }

  /** A description in one line; Node, Deno and Bun print it for `console.log(optimizer)`. */
  toString(): string {
    const count = this.#lengths.reduce((sum, length) => sum + length, 0);
    const { type, learningRate, dtype, engine } = this;
    const state = this.#isDisposed ? ", disposed" : "";
    return `Optimizer { type: ${type}, learningRate: ${learningRate}, parameters: ${count}, dtype: ${dtype}, engine: ${engine}${state} }`;
  }

  #checkAlive(refusal: string): void {
    if (this.#isDisposed) throw new DisposedError(`${refusal}: the optimizer was disposed`);
  }

  /** Into `list`; nothing of the arrays is read yet. */
  #collect(name: string, given: Arrays, list: FloatArray[]): void {
    const count = this.#lengths.length;
    if (isFloatArray(given)) {
      if (count !== 1)
        throw new ShapeError(`${name} is ${show(given)}; a list of ${counted(count, "array")} is expected`);
      list[0] = given;
      return;
    }
    if (!isList(given)) {
      throw new ShapeError(
        `${name} is ${show(given)}; ${counted(count, this.#typeName)} in a list, or one, is expected`,
      );
    }
    const has = lengthOfList(name, given);
    if (has !== count) throw new ShapeError(`${name} has ${counted(has, "array")}; ${expected(count)}`);
    for (let k = 0; k < count; k++) list[k] = given[k] as FloatArray;
  }

  #check(name: string, list: readonly FloatArray[]): void {
    for (let k = 0; k < this.#lengths.length; k++) {
      const array = list[k]!;
      if (typeNameOf(array) !== this.#typeName) {
        throw new ShapeError(`${name}[${k}] is ${show(array)}; a ${this.#typeName} is expected`);
      }
      const length = lengthOf(array);
      if (length === this.#lengths[k]) continue;
      throw new ShapeError(`${name}[${k}] has ${counted(length, "element")}; ${expected(this.#lengths[k]!)}`);
    }
  }

  /** Parameters that share memory would get the step of the last of them alone. */
  #checkApart(list: readonly FloatArray[]): void {
    const known = this.#checked;
    const count = this.#lengths.length;
    let isKnown = known.length === count;
    for (let k = 0; isKnown && k < count; k++) isKnown = known[k] === list[k];
    if (isKnown) return;
    for (let k = 1; k < count; k++) {
      for (let n = 0; n < k; n++) {
        if (!overlap(list[k]!, list[n]!)) continue;
        throw new ShapeError(`parameters[${k}] shares memory with parameters[${n}]; memory of its own is expected`);
      }
    }
    this.#checked = list.slice();
  }
}

/** A class of optimizers: `Optimizer` of an entry, or a class that extends it. */
export interface OptimizerClass<T extends BaseOptimizer> {
  /** What its static functions make. */
  readonly prototype: T;
  /** @internal */
  engines(): Engines;
  /** @internal Where the entry has WebAssembly. */
  wasmStepper?(engine: Engine, shape: StepperShape): Stepper;
}

/** What an optimizer is made of. */
interface Plan extends Pick<LoadedOptimizer, "options"> {
  readonly state?: StepperState;
}

/** Names the first number that is not finite. */
function dataError([parameters, gradients]: readonly [readonly FloatArray[], readonly FloatArray[]]): DataError {
  for (const [name, list] of [["parameters", parameters] as const, ["gradients", gradients] as const]) {
    for (const [k, array] of list.entries()) {
      for (let n = 0; n < lengthOf(array); n++) {
        if (!Number.isFinite(array[n]))
          return new DataError(`${name}[${k}][${n}] is ${array[n]}; finite numbers are expected`);
      }
    }
  }
  return new DataError("a number in parameters or gradients was not finite while it was read"); // shared memory
}
