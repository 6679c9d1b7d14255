// The classifier that people know from scikit-learn, over Network.

import { isNumberArray } from "../arrays.ts";
import { checkNoMore, counted, hasOwn, isRevoked, show } from "../checks.ts";
import { type Category, isCategory, listOf, placesOf } from "../data/cells.ts";
import type { SavedCategories } from "../data/columns.ts";
import { Encoder } from "../data/encoder.ts";
import { isArrayLike, toRows } from "../data/matrix.ts";
import { type ColumnsAs, type DataTable, groupsOf, type Table } from "../data/table.ts";
import { DataError, OptionError } from "../errors.ts";
import type { History } from "../network/history.ts";
import type { BaseNetwork, NetworkFile } from "../network/network.ts";
import { endow, isInstance } from "../objects.ts";
import type { Target } from "./data.ts";
import { Estimator, type EstimatorClass, loadFitted } from "./estimator.ts";
import { type EstimatorFitOptions, type EstimatorOptions, readEstimatorOptions } from "./options.ts";
import type { Task } from "./training.ts";

const NAME = "MLPClassifier";

/** Weights of classes: "balanced", by their labels, or in the order of `classes`. */
export type ClassWeights =
  | "balanced"
  | ArrayLike<number>
  | Readonly<Record<string, number>>
  | ReadonlyMap<Category, number>;

/** How a classifier learns. Everything has a default. */
export interface MLPClassifierOptions extends EstimatorOptions {
  /**
   * A weight of 0 or more for each class, which multiplies the error of its rows: by its label, `{ spam: 5 }` or a Map,
   * where classes that are not named have 1; or in the order of `classes`, sorted labels. With "balanced" all classes
   * count alike: each has rows / (classes · its rows). Default: all rows count alike. For one target only.
   */
  readonly classWeights?: ClassWeights;
  /** ε, from 0 to below 1: labels become (1 − ε) of their class and ε of all classes alike. Default 0.05. */
  readonly labelSmoothing?: number;
}

/** The classes of a target; of several targets, a list for each. */
export type Classes<Label> = [Label] extends [readonly unknown[]]
  ? { readonly [I in keyof Label]: readonly Label[I][] }
  : readonly Label[];

/** For each row a probability for each class, in the order of `classes`; of several targets, a list for each. */
export type Probabilities<Label> = Label extends readonly unknown[] ? number[][][] : number[][];

/**
 * A multi-layer perceptron that tells classes apart: a table and labels in, labels out. It finds out what its columns
 * are, scales and encodes them, and finds the number of epochs by itself. Its label is a text, a number or a boolean;
 * with several targets it is an array of these.
 *
 * @example
 * ```ts
 * import { MLPClassifier } from "bitgrad/estimators";
 *
 * const model = new MLPClassifier({ seed: 1 });
 * await model.fit({ sqm: [20, 25, 90, 95, 30, 80], city: ["Bonn", "Köln", "Bonn", "Köln", "Bonn", "Köln"] },
 *   ["flat", "flat", "house", "house", "flat", "house"]);
 * console.log(model.predict([{ sqm: 85, city: "Bonn" }])); // ["house"]
 * ```
 */
export class BaseMLPClassifier<Label = Category> {
  /** @internal A literal: bundlers rename classes. */
  static readonly name: string = NAME;
  readonly #model: Estimator;
  readonly #classWeights: GivenWeights | undefined;

  /** Options are checked here; the work begins with `fit`. */
  constructor(options: MLPClassifierOptions = {}, ...more: []) {
    checkNoMore(`new ${NAME}`, more);
    const { usual } = new.target as unknown as EstimatorClass;
    const { classWeights, ...read } = readEstimatorOptions(options, ["classWeights", "labelSmoothing"]);
    this.#model = new Estimator(NAME, read, usual(), "classes");
    this.#classWeights = classWeights === undefined ? undefined : readWeights(classWeights);
    const identity = Symbol(`an ${NAME} is copied and sent by save() and load()`);
    const isOne = (value: object): value is BaseMLPClassifier<Label> => #model in value;
    endow(this, { name: NAME, prototype: BaseMLPClassifier.prototype as BaseMLPClassifier<Label>, isOne }, identity);
  }

  /** @internal Whether it is one of any entry or copy of this library. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, hasOwn(this, "usual"), NAME, value);
  }

  /**
   * A classifier from the file that `save` returned. TypeScript takes the type of its labels from the variable, or from
   * the call: `MLPClassifier.load<string>(file)`.
   *
   * @param options - Those of the constructor. The file has the network and not how it was trained, so a later `fit`
   * takes them from here.
   * @throws FormatError if it is damaged, or of another kind
   * @example
   * ```ts
   * const model = await MLPClassifier.load(await readFile("model.safetensors"));
   * ```
   */
  static load<Label extends Category | readonly Category[] = Category>(
    this: new <Any>(
      options: MLPClassifierOptions,
    ) => BaseMLPClassifier<Any>,
    file: NetworkFile,
    options?: MLPClassifierOptions,
  ): Promise<BaseMLPClassifier<Label>>;
  /** An estimator of a class that extends this one. */
  static load<T extends BaseMLPClassifier<unknown>>(
    this: new (
      options: MLPClassifierOptions,
    ) => T,
    file: NetworkFile,
    options?: MLPClassifierOptions,
  ): Promise<T>;
  static async load(
    this: new (
      options: MLPClassifierOptions,
    ) => BaseMLPClassifier<unknown>,
    file: NetworkFile,
    options: MLPClassifierOptions = {},
    ...more: []
  ): Promise<BaseMLPClassifier<unknown>> {
    checkNoMore("load", more);
    const model = new this(options);
    const estimator: Estimator = model.#model;
    estimator.take(await loadFitted(NAME, estimator.recipe, file, ["ordinal", "oneHot"]));
    return model;
  }

  /**
   * Learns from a table. What was learned before is forgotten when this has ended well. The event loop gets its turns
   * meanwhile.
   *
   * @param table - Rows, records, columns, an Arrow table, or a typed array with its shape. Numbers are standardized,
   * texts become categories, booleans 0 or 1, dates days.
   * @param target - The name of the column with the labels (its index, if the columns have no names), or a list of
   * labels. For several targets: the names of several columns, or a table of labels.
   * @returns Itself.
   * @throws ShapeError if the table is empty or ragged, or the target has another number of rows
   * @throws DataError if a label is missing, or all rows have the same label, or a cell can't be used
   * @throws OptionError if there is no such column, or an option is invalid
   * @throws BusyError if it is being fitted
   * @throws `signal.reason` if the signal is aborted
   */
  async fit<T extends ColumnsAs<T>>(table: Table | T, target: Target, options?: EstimatorFitOptions): Promise<this> {
    await this.#model.fit(taskOf(this.#classWeights), table as Table, target, options);
    return this;
  }

  /**
   * The most probable label for each row. The table may have other columns, too, such as the target's, if its columns
   * have names.
   *
   * @throws ShapeError if the table lacks a column that was learned
   * @throws DataError if a cell can't be used
   * @throws NotFittedError if nothing was fitted or loaded
   */
  predict<T extends ColumnsAs<T>>(table: Table | T): Label[] {
    const { y } = this.#model.fitted;
    const outputs = this.#model.outputsFor(table as Table);
    return (y.columns === 1 ? y.decodeLabels(outputs) : y.decode(outputs)) as Label[];
  }

  /**
   * The probability of each class for each row, in the order of `classes`. Of several targets, a list for each.
   *
   * @throws what `predict` throws
   */
  predictProbabilities<T extends ColumnsAs<T>>(table: Table | T): Probabilities<Label> {
    const { y } = this.#model.fitted;
    const { data, shape } = this.#model.outputsFor(table as Table);
    const rows = toRows(data, shape[1]);
    if (y.columns === 1) return rows as Probabilities<Label>;
    const classes = categoriesOf(y);
    return rows.map((row) => {
      let first = 0;
      return classes.map(({ length }) => {
        const own = row.slice(first, first + length);
        first += length;
        const sum = own.reduce((a, b) => a + b, 0);
        return own.map((value) => (sum > 0 ? value / sum : 1 / length));
      });
    }) as Probabilities<Label>;
  }

  /**
   * The accuracy: the share of rows whose label is predicted; of several targets, whose labels all are. Numbers and
   * booleans are the same labels as their texts.
   *
   * @throws DataError if none of the labels is one that was learned
   * @throws what `predict` throws
   */
  score<T extends ColumnsAs<T>>(table: Table | T, target: Target): number {
    const { inputs, targets } = this.#model.separate(table as Table, target);
    const all = categoriesOf(this.#model.fitted.y).map((classes, i) => {
      const placeOf = placesOf(classes);
      const places = targets.column(i).map(placeOf);
      if (places.some((place) => place !== undefined)) return { placeOf, places };
      const expected = `one of the classes, ${listOf(classes)}, is expected`;
      throw new DataError(
        `${targets.place(0, i)} is ${show(targets.column(i)[0])}, and all others are unknown, too; ${expected}`,
      );
    });
    const isRight = (label: Label, s: number) =>
      all.every(({ placeOf, places }, i) => {
        const own = all.length === 1 ? label : (label as readonly unknown[])[i];
        return places[s] === placeOf(own);
      });
    return this.predict(inputs).filter(isRight).length / targets.rows;
  }

  /** The classes, sorted; of several targets, a list for each. */
  get classes(): Classes<Label> {
    const all = categoriesOf(this.#model.fitted.y);
    return (all.length === 1 ? all[0] : all) as Classes<Label>;
  }

  /** The network that was trained. Its encoders are those of the table and of the labels. */
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

  /** One safetensors file with the network, its encoders and its classes, for `load` here or on another platform. */
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

  /** "MLPClassifier", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return NAME;
  }

  /** A description in one line; Node, Deno and Bun print it for `console.log(model)`. */
  toString(): string {
    return this.#model.describe(
      ({ y }) =>
        `classes: ${categoriesOf(y)
          .map(({ length }) => length)
          .join(", ")}`,
    );
  }
}

function categoriesOf(y: Encoder): readonly (readonly Category[])[] {
  return y.learned.map((column) => (column as SavedCategories).categories);
}

/** Weights as they were given, copied: in order, or with their labels. */
type GivenWeights = "balanced" | readonly number[] | ReadonlyMap<unknown, number>;

function readWeights(weights: ClassWeights): GivenWeights {
  if (weights === "balanced") return weights;
  let read: readonly (readonly [label: unknown, weight: unknown])[] | undefined;
  const isInOrder = isArrayLike(weights) || isNumberArray(weights);
  if (typeof weights === "object" && weights !== null && !isRevoked(weights)) {
    if (isInOrder) read = Array.from(weights, (weight, k) => [k, weight]);
    else read = weights instanceof Map ? [...weights] : Object.entries(weights);
  }
  if (read === undefined) {
    const expected = `"balanced", an object of labels and their weights, or a number for each class`;
    throw new OptionError(`classWeights is ${show(weights)}; ${expected}, is expected`);
  }
  for (const [label, weight] of read) {
    if (typeof weight === "number" && weight >= 0 && weight < Infinity) continue;
    const expected = "a finite number of 0 or more is expected";
    throw new OptionError(`classWeights[${show(label)}] is ${show(weight)}; ${expected}`);
  }
  const known = read as readonly (readonly [unknown, number])[];
  return isInOrder ? known.map(([, weight]) => weight) : new Map(known);
}

/** A weight for each class. */
function weightsFor(given: GivenWeights, classes: readonly Category[]): "balanced" | readonly number[] {
  if (given === "balanced") return given;
  let weights: readonly number[];
  if (given instanceof Map) {
    const placeOf = placesOf(classes);
    const all = classes.map(() => 1);
    for (const [label, weight] of given) {
      const place = placeOf(label);
      if (place === undefined) {
        throw new OptionError(`classWeights names the class ${show(label)}; the classes are ${listOf(classes)}`);
      }
      all[place] = weight;
    }
    weights = all;
  } else {
    weights = given as readonly number[];
    if (weights.length !== classes.length) {
      throw new OptionError(
        `classWeights has ${counted(weights.length, "element")}; ${classes.length} are expected, for ${listOf(classes)}`,
      );
    }
  }
  if (weights.some((weight) => weight > 0)) return weights;
  throw new OptionError("classWeights are all 0; at least one of more than 0 is expected");
}

function taskOf(classWeights: GivenWeights | undefined): Task {
  return {
    ...(classWeights && { weightsOf: (y) => weightsFor(classWeights, categoriesOf(y)[0]!) }),
    groupsOf(targets) {
      const groups = groupsOf(targets);
      for (let i = 0; i < targets.width; i++) checkLabels(targets, i);
      if (classWeights !== undefined && targets.width > 1) {
        throw new OptionError(
          `classWeights is given; target has ${targets.width} columns, and one is expected with it`,
        );
      }
      return groups;
    },
    learn: (targets) => Encoder.learn(targets, targets.width === 1 ? "ordinal" : "oneHot"),
    outputsOf: (y) =>
      y.columns === 1
        ? { units: categoriesOf(y)[0]!.length, loss: "sparseCategoricalCrossEntropy" }
        : { units: y.width, loss: "binaryCrossEntropy" },
  };
}

/** Refuses a column in which there is nothing to tell apart, or that is no column of labels. */
function checkLabels(targets: DataTable, column: number): void {
  const { cells, first, step } = targets.cellsAt(column);
  const classes = new Set<unknown>();
  const name = targets.names === undefined ? "target" : `column ${show(targets.names[column])}`;
  for (let s = 0; s < targets.rows; s++) {
    const cell: unknown = cells[first + s * step];
    if (classes.has(cell)) continue;
    if (!isCategory(cell) || (typeof cell === "number" && !Number.isInteger(cell))) {
      const expected = "labels are expected: texts, booleans or whole numbers";
      throw new DataError(`${targets.place(s, column)} is ${show(cell)}; ${expected}. MLPRegressor predicts numbers`);
    }
    classes.add(cell);
  }
  const { rows } = targets;
  if (classes.size === 1) {
    throw new DataError(`${name} has one class, ${show([...classes][0])}; two or more are expected`);
  }
  if (classes.size === rows) {
    throw new DataError(`${name} has ${rows} classes in ${rows} rows; more rows than classes are expected`);
  }
}
