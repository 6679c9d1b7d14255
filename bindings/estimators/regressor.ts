// The regressor that people know from scikit-learn, over Network.

import { checkNoMore, hasOwn } from "../checks.ts";
import type { Cell } from "../data/cells.ts";
import { Encoder } from "../data/encoder.ts";
import { metric } from "../data/metrics.ts";
import type { ColumnsAs, Table } from "../data/table.ts";
import type { History } from "../network/history.ts";
import type { BaseNetwork, NetworkFile } from "../network/network.ts";
import { endow, isInstance } from "../objects.ts";
import type { Target } from "./data.ts";
import { Estimator, type EstimatorClass, loadFitted } from "./estimator.ts";
import { type EstimatorFitOptions, type EstimatorOptions, readEstimatorOptions } from "./options.ts";
import type { Task } from "./training.ts";

const NAME = "MLPRegressor";

/** How a regressor learns. Everything has a default. */
export interface MLPRegressorOptions extends EstimatorOptions {}

/**
 * A multi-layer perceptron that predicts numbers: a table and numbers in, numbers out. It finds out what its columns
 * are, scales and encodes them and the targets, and finds the number of epochs by itself. With several targets it
 * predicts an array of numbers for each row.
 *
 * @example
 * ```ts
 * import { MLPRegressor } from "bitgrad/estimators";
 *
 * const x = Array.from({ length: 100 }, (_, i) => [i % 10, Math.floor(i / 10)]);
 * const model = new MLPRegressor({ seed: 1 });
 * await model.fit(x, x.map(([a, b]) => 3 * a - 2 * b + 1));
 * console.log(model.predict([[4, 2]]), model.score(x, x.map(([a, b]) => 3 * a - 2 * b + 1)));
 * ```
 */
export class BaseMLPRegressor<Value = number> {
  /** @internal A literal: bundlers rename classes. */
  static readonly name: string = NAME;
  readonly #model: Estimator;

  /** Options are checked here; the work begins with `fit`. */
  constructor(options: MLPRegressorOptions = {}, ...more: []) {
    checkNoMore(`new ${NAME}`, more);
    const { usual } = new.target as unknown as EstimatorClass;
    this.#model = new Estimator(NAME, readEstimatorOptions(options), usual(), "numbers");
    const identity = Symbol(`an ${NAME} is copied and sent by save() and load()`);
    const isOne = (value: object): value is BaseMLPRegressor<Value> => #model in value;
    endow(this, { name: NAME, prototype: BaseMLPRegressor.prototype as BaseMLPRegressor<Value>, isOne }, identity);
  }

  /** @internal Whether it is one of any entry or copy of this library. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, hasOwn(this, "usual"), NAME, value);
  }

  /**
   * A regressor from the file that `save` returned. TypeScript takes the type of what it predicts from the variable, or
   * from the call: `MLPRegressor.load<number[]>(file)`.
   *
   * @param options - Those of the constructor. The file has the network and not how it was trained, so a later `fit`
   * takes them from here.
   * @throws FormatError if it is damaged, or of another kind
   * @example
   * ```ts
   * const model = await MLPRegressor.load(await readFile("model.safetensors"));
   * ```
   */
  static load<Value extends NonNullable<Cell> | readonly NonNullable<Cell>[] = number>(
    this: new <Any>(
      options: MLPRegressorOptions,
    ) => BaseMLPRegressor<Any>,
    file: NetworkFile,
    options?: MLPRegressorOptions,
  ): Promise<BaseMLPRegressor<Value>>;
  /** An estimator of a class that extends this one. */
  static load<T extends BaseMLPRegressor<unknown>>(
    this: new (
      options: MLPRegressorOptions,
    ) => T,
    file: NetworkFile,
    options?: MLPRegressorOptions,
  ): Promise<T>;
  static async load(
    this: new (
      options: MLPRegressorOptions,
    ) => BaseMLPRegressor<unknown>,
    file: NetworkFile,
    options: MLPRegressorOptions = {},
    ...more: []
  ): Promise<BaseMLPRegressor<unknown>> {
    checkNoMore("load", more);
    const model = new this(options);
    const estimator: Estimator = model.#model;
    estimator.take(await loadFitted(NAME, estimator.recipe, file, ["standard"]));
    return model;
  }

  /**
   * Learns from a table. What was learned before is forgotten when this has ended well. The event loop gets its turns
   * meanwhile.
   *
   * @param table - Rows, records, columns, an Arrow table, or a typed array with its shape. Numbers are standardized,
   * texts become categories, booleans 0 or 1, dates days.
   * @param target - The name of the column with the targets (its index, if the columns have no names), or a list of
   * numbers. For several targets: the names of several columns, or a table of numbers.
   * @returns Itself.
   * @throws ShapeError if the table is empty or ragged, or the target has another number of rows
   * @throws DataError if a target is missing or no number, or a cell can't be used
   * @throws OptionError if there is no such column, or an option is invalid
   * @throws BusyError if it is being fitted
   * @throws `signal.reason` if the signal is aborted
   */
  async fit<T extends ColumnsAs<T>>(table: Table | T, target: Target, options?: EstimatorFitOptions): Promise<this> {
    await this.#model.fit(TASK, table as Table, target, options);
    return this;
  }

  /**
   * The number for each row, in the targets' own scale; of several targets, an array of numbers. The table may have
   * other columns, too, such as the target's, if its columns have names.
   *
   * @throws ShapeError if the table lacks a column that was learned
   * @throws DataError if a cell can't be used
   * @throws NotFittedError if nothing was fitted or loaded
   */
  predict<T extends ColumnsAs<T>>(table: Table | T): Value[] {
    const { y } = this.#model.fitted;
    const outputs = this.#model.outputsFor(table as Table);
    return (y.columns === 1 ? y.decodeLabels(outputs) : y.decode(outputs)) as Value[];
  }

  /**
   * R², the share of the targets' variance that is predicted: at most 1, and 0 for a prediction of their mean. Of
   * several targets, the mean over these.
   *
   * @throws what `predict` throws
   */
  score<T extends ColumnsAs<T>>(table: Table | T, target: Target): number {
    const { y } = this.#model.fitted;
    const { inputs, targets } = this.#model.separate(table as Table, target);
    // R² is the same in any scale
    return metric("r2", this.#model.outputsFor(inputs), y.encode(targets));
  }

  /** The network that was trained. Its encoders are those of the table and of the targets. */
  get network(): BaseNetwork {
    return this.#model.fitted.network;
  }

  /**
   * The course of the training in which rows were held back; the final network was trained for its `bestEpoch`.
   * Undefined of a model that was loaded.
   */
  get history(): History | undefined {
    return this.#model.fitted.history;
  }

  /** The SHA-256, in hex, of the network's parameters. */
  digest(): string {
    return this.network.digest();
  }

  /** One safetensors file with the network and its encoders, for `load` here or on another platform. */
  save(): Uint8Array<ArrayBuffer> {
    return this.network.save();
  }

  /** Frees the network's memory; it can be fitted again. */
  dispose(): void {
    this.#model.dispose();
  }

  /** What `using` calls: `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** "MLPRegressor", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return NAME;
  }

  /** A description in one line; Node, Deno and Bun print it for `console.log(model)`. */
  toString(): string {
    return this.#model.describe(({ y }) => `targets: ${y.columns}`);
  }
}

const TASK: Task = {
  groupsOf(targets) {
    Encoder.learn(targets, "standard"); // refuses what is no number, in any row
    return undefined;
  },
  learn: (targets) => Encoder.learn(targets, "standard"),
  outputsOf: (y) => ({ units: y.width, loss: "mse" }),
};
