// One training of an estimator: its options from the command's, its bar, its end by Ctrl+C.

import { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import type { DataTable } from "bitgrad/tables";
import { SingleBar } from "cli-progress";
import { type EngineFlags, engineOptions } from "./arguments.ts";
import { about } from "./failures.ts";
import { say } from "./input-output.ts";
import { type Data, listOf } from "./tables.ts";

export type Label = string | number | boolean;
export type Model = MLPClassifier<Label | Label[]> | MLPRegressor<number | number[]>;

/** How an estimator learns. */
export interface ModelFlags extends EngineFlags {
  readonly seed: number;
  readonly preset?: "standard" | "realmlp";
  readonly epochs?: number;
  readonly hidden?: readonly number[];
  readonly categories?: readonly string[];
  readonly missing?: readonly string[];
}

/** Ctrl+C ends the training after its epoch; a second one ends the process. */
export class Interruption {
  asked = false;

  readonly #ask = () => {
    this.asked = true;
    this.end();
    say("\nInterrupted: the training ends after this epoch. Ctrl+C again ends the command and writes nothing.");
  };

  constructor() {
    process.on("SIGINT", this.#ask);
  }

  end(): void {
    process.off("SIGINT", this.#ask);
  }
}

/** What one training takes. */
export interface Training {
  readonly path: string;
  readonly data: Data;
  readonly rows: readonly number[];
  readonly flags: ModelFlags;
  readonly interruption: Interruption;
  /** What the bar calls it. */
  readonly name: string;
}

export async function trained({ path, data, rows, flags, interruption, name }: Training): Promise<Model> {
  const { inputs, targets, task } = data;
  const { seed, preset, epochs, hidden, categories, missing } = flags;
  const kinds = listOf(categories ?? [], inputs).map((column) => [column, { kind: "oneHot" }] as const);
  const options = {
    seed,
    ...(await engineOptions(flags)),
    ...(preset !== undefined && { preset }),
    ...(epochs !== undefined && { epochs }),
    ...(hidden !== undefined && { hidden }),
    ...(kinds.length > 0 && { columns: Object.fromEntries(kinds) }),
    ...(missing !== undefined && { missingWords: listOf(missing) }),
  };
  const model: Model = task === "classification" ? new MLPClassifier(options) : new MLPRegressor(options);
  const bar = new Bar(name);
  try {
    await about(path, async () => {
      await model.fit(some(inputs, rows), some(targets, rows), {
        onEpoch(info) {
          bar.show(info);
          if (interruption.asked) info.stop();
        },
      });
    });
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    bar.end();
  }
}

/** Rows of a table; all of them are the table itself. */
export function some(table: DataTable, rows: readonly number[]): DataTable {
  return rows.length === table.rows ? table : table.take(rows);
}

const PHASES = { search: "finding the best epoch", final: "training with all its rows" } as const;

/** On standard error, if that is a terminal. */
class Bar {
  readonly #name: string;
  #bar: SingleBar | undefined;
  #phase: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  show(info: { phase: keyof typeof PHASES; epoch: number; epochs: number; loss: number }): void {
    const { phase, epoch, epochs, loss } = info;
    if (this.#phase !== phase) {
      this.end();
      const format = `${this.#name}, ${PHASES[phase]} {bar} {value}/{total}  loss {loss}  {eta_formatted}`;
      // its own end by Ctrl+C would be before ours
      const options = { format, gracefulExit: false, clearOnComplete: true, hideCursor: null };
      this.#bar = new SingleBar({ ...options, barCompleteChar: "█", barIncompleteChar: "░" });
      this.#bar.start(epochs, 0, { loss: "" });
      this.#phase = phase;
    }
    this.#bar!.update(epoch, { loss: loss.toPrecision(4) });
  }

  end(): void {
    this.#bar?.stop();
  }
}
