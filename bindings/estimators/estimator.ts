// What classifiers and regressors have in common: they are fitted or not, predict with what they learned, and are saved
// as the file of their network, which has the encoders.

import type { FloatArray } from "../arrays.ts";
import { optional, readNames, show } from "../checks.ts";
import type { ColumnKind } from "../data/columns.ts";
import { Encoder } from "../data/encoder.ts";
import type { TypedMatrix } from "../data/matrix.ts";
import { tableOf } from "../data/read-table.ts";
import type { DataTable, Table } from "../data/table.ts";
import { BusyError, FormatError, NotFittedError, ShapeError } from "../errors.ts";
import { warned } from "../network/history.ts";
import type { NetworkFile } from "../network/network.ts";
import { FIT_ASYNC_NAMES, type FitAsyncOptions, resolveFitOptions } from "../options/fit.ts";
import { checkColumns, checkWidth, separate, type Target } from "./data.ts";
import {
  ENGINE_NAMES,
  type EstimatorFitOptions,
  type EstimatorOptions,
  FIT_NAMES,
  type NetworkChoice,
  type Preset,
  type Purpose,
  type Recipe,
  recipeOf,
} from "./options.ts";
import { checkRunning, type Fitted, fitEstimator, type Running, type Task } from "./training.ts";

/** What an entry's classes have: the Network that they take if they are given none. */
export interface EstimatorClass {
  usual(): NetworkChoice;
}

const BY_DEFAULT =
  "the model was loaded without options, so it was trained by the defaults: the file does not have those of the training before";

export class Estimator {
  readonly #name: string;
  readonly #recipeWith: (preset: Preset | undefined) => Recipe;
  /** What the options ask for. */
  readonly recipe: Recipe;
  #fitted: Fitted | undefined;
  readonly #isTold: boolean; // how to learn, beside what computes
  #running: Running | undefined;

  constructor(name: string, options: EstimatorOptions, Usual: NetworkChoice, purpose: Purpose) {
    this.#name = name;
    this.#isTold = Object.keys(options).some((key) => !(ENGINE_NAMES as readonly string[]).includes(key));
    this.#recipeWith = (preset) => recipeOf(preset === undefined ? options : { ...options, preset }, Usual, purpose);
    this.recipe = this.#recipeWith(undefined);
  }

  /** Learns anew. What was learned before stays until that is done. */
  async fit(task: Task, table: Table, target: Target, given: EstimatorFitOptions | undefined): Promise<void> {
    const options = readNames("options", optional(given), FIT_NAMES);
    const { preset, ...rest } = options;
    resolveFitOptions(rest as FitAsyncOptions, FIT_ASYNC_NAMES); // for its checks
    const recipe = this.#recipeWith(preset);
    if (this.#running) throw new BusyError(`fit can't start: this ${this.#name} is being fitted`);
    const running: Running = {};
    this.#running = running;
    try {
      const separated = separate(table, target);
      checkWidth(separated.inputs);
      const fitted = await fitEstimator(task, recipe, separated, options, running);
      const isByDefault = this.#fitted?.history === undefined && this.#fitted !== undefined && !this.#isTold;
      if (running.isDisposed) fitted.network.dispose();
      checkRunning(running);
      this.take(isByDefault ? { ...fitted, history: warned(fitted.history!, BY_DEFAULT) } : fitted);
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  take(fitted: Fitted): void {
    this.#fitted?.network.dispose();
    this.#fitted = fitted;
  }

  get fitted(): Fitted {
    if (this.#fitted !== undefined) return this.#fitted;
    throw new NotFittedError(`this ${this.#name} has learned nothing yet; fit or load comes first`);
  }

  /** The network's outputs for a table. */
  outputsFor(table: Table): TypedMatrix<FloatArray> {
    const { network, x } = this.fitted;
    const inputs = tableOf("table", table);
    checkColumns(inputs, x);
    const encoded = x.isSparse ? x.encode(inputs, { sparse: true }) : x.encode(inputs);
    return network.predict(encoded) as TypedMatrix<FloatArray>;
  }

  /** The inputs of a table, and its targets. */
  separate(table: Table, target: Target): { inputs: DataTable; targets: DataTable } {
    const { y } = this.fitted;
    const separated = separate(table, target);
    const { width } = separated.targets;
    if (width === y.columns) return separated;
    throw new ShapeError(`target has ${width} columns; this ${this.#name} predicts ${y.columns}`);
  }

  dispose(): void {
    this.#fitted?.network.dispose();
    this.#fitted = undefined;
    if (this.#running === undefined) return;
    this.#running.isDisposed = true;
    this.#running.network?.dispose(); // which ends its training
  }

  describe(more: (fitted: Fitted) => string): string {
    const fitted = this.#fitted;
    return `${this.#name} { ${fitted === undefined ? "not fitted" : `inputs: ${fitted.x.columns}, ${more(fitted)}`} }`;
  }
}

/** What was saved; `kinds` are those that the columns of its targets may have. */
export async function loadFitted(
  name: string,
  { Network, engine }: Recipe,
  file: NetworkFile,
  kinds: readonly ColumnKind[],
): Promise<Fitted> {
  const network = await Network.load(file, engine);
  try {
    const { x: ofX, y: ofY } = network.encoders;
    if (ofX === undefined || ofY === undefined) {
      throw new FormatError(`the file has a network, but not the encoders of an ${name}; Network.load reads it`);
    }
    const [x, y] = [Encoder.fromJSON(ofX), Encoder.fromJSON(ofY)];
    const odd = y.learned.find(({ kind }) => !kinds.includes(kind));
    if (odd !== undefined) {
      const expected = kinds.map(show).join(" or ");
      throw new FormatError(
        `the file is of no ${name}: a target is encoded as ${show(odd.kind)}; ${expected} is expected`,
      );
    }
    return { network, x, y, history: undefined };
  } catch (error) {
    network.dispose();
    throw error;
  }
}
