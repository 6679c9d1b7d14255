// One training of an estimator: its bar, and its end by Ctrl+C.

import type { EstimatorEpoch } from "bitgrad/estimators";
import type { Recorder } from "bitgrad/receipts";
import type { DataTable } from "bitgrad/tables";
import { SingleBar } from "cli-progress";
import { about } from "./failures.ts";
import { say } from "./input-output.ts";
import { MODEL_ADVICE, type Model, type ModelFlags, modelOf } from "./model-options.ts";
import type { Data } from "./tables.ts";

/** Ctrl+C ends the training after its epoch; a second one ends the process. */
export class Interruption {
  asked = false;
  /** Whether the training that it ends is of a fold, and its network not the one to be written. */
  isOfFold = false;

  readonly #ask = () => {
    this.asked = true;
    this.end();
    const kept = this.isOfFold
      ? "the cross-validation ends after this epoch, and no model is written"
      : "the training ends after this epoch, and what was learned is written";
    say(`\nInterrupted: ${kept}. Ctrl+C again ends the command at once${this.isOfFold ? "" : " and writes nothing"}.`);
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
  /** Their indexes; undefined of all rows. */
  readonly rows: Uint32Array | undefined;
  readonly flags: ModelFlags;
  readonly interruption: Interruption;
  /** What the bar calls it. */
  readonly name: string;
  readonly receipt?: Recorder | undefined;
}

export async function trained({ path, data, rows, flags, interruption, name, receipt }: Training): Promise<Model> {
  const { inputs, targets, task } = data;
  const model = await modelOf(task, flags, inputs);
  const bar = new Bar(name);
  try {
    const onEpoch = (info: EstimatorEpoch) => {
      bar.show(info);
      if (interruption.asked) info.stop();
    };
    const options = { onEpoch, ...(receipt !== undefined && { receipt }) };
    await about<unknown>(path, () => model.fit(some(inputs, rows), some(targets, rows), options), MODEL_ADVICE);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    bar.end();
  }
}

export function some(table: DataTable, rows: Uint32Array | undefined): DataTable {
  return rows === undefined ? table : table.part(rows);
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
