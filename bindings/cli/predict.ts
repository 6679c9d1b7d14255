// bitgrad predict: a model and a CSV file in, a CSV file with what it predicts out.

import type { MLPClassifier } from "bitgrad/estimators";
import { parseCSVTables, readTable } from "bitgrad/tables";
import type { Command } from "commander";
import { csvFormatRows } from "d3-dsv";
import { addTableOptions, SOURCE, type TableFlags } from "./arguments.ts";
import { about, misuse } from "./failures.ts";
import { checkWritable, readChunks, writeLines } from "./input-output.ts";
import type { Label, Model } from "./model-options.ts";
import { loaded } from "./models.ts";
import { type Columns, csvOptions } from "./tables.ts";

interface PredictFlags extends TableFlags {
  readonly output: string;
  readonly probabilities?: true;
}

const EXAMPLES = `
Examples:
  bitgrad predict model.safetensors new.csv > predicted.csv
  cat new.csv | bitgrad predict model.safetensors - --probabilities --output predicted.csv.gz

It writes a line for each row: the target's column, or several. Columns that the model did not learn from are ignored.`;

export function addPredict(program: Command): void {
  const command = program
    .command("predict")
    .description("Predict with a model that bitgrad train wrote.")
    .argument("<model>", "the file of a model")
    .argument("<file>", SOURCE);
  addTableOptions(command)
    .option("-o, --output <file>", "where to write CSV, in gzip if it ends with .gz; - is standard output", "-")
    .option("--probabilities", "a column with the probability of each class, too")
    .addHelpText("after", EXAMPLES)
    .action(predict);
}

async function predict(modelPath: string, path: string, flags: PredictFlags): Promise<void> {
  if (modelPath === "-" && path === "-") throw misuse("the model and the table are both -; standard input is one file");
  checkWritable(flags.output, [modelPath, path]);
  const { model, isClassifier } = await loaded(modelPath);
  try {
    if (flags.probabilities && !isClassifier) {
      throw misuse(`${modelPath}: --probabilities is given; the model predicts numbers, not classes`);
    }
    await about(path, () => writeLines(flags.output, predicted(model, path, flags)));
  } finally {
    model.dispose();
  }
}

/** The lines of CSV, of some rows after others: the table may be larger than memory. */
async function* predicted(model: Model, path: string, flags: PredictFlags): AsyncGenerator<string, void, undefined> {
  const { x, y } = model.network.encoders;
  const targets = y!.columns.map(({ name }, t) => name ?? `target_${t}`);
  const several = targets.length > 1;
  const classifier = flags.probabilities ? (model as MLPClassifier<Label | Label[]>) : undefined;
  const classes = (several ? classifier?.classes : [classifier?.classes]) as Label[][] | undefined;
  const ofClasses = classifier && classes!.flatMap((labels, t) => labels.map((label) => `${targets[t]}_${label}`));
  let head = [[...targets, ...(ofClasses ?? [])]];
  for await (const columns of parseCSVTables(readChunks(path), csvOptions(flags))) {
    const names = x!.columns.map(({ name }) => name);
    const table = readTable(flags.header ? columns : renamed(columns, names));
    const probabilities = classifier?.predictProbabilities(table) as (number | number[])[][] | undefined;
    const lines = model.predict(table).map((value, s) => [value, probabilities?.[s] ?? []].flat(2).map(written));
    yield `${csvFormatRows([...head, ...lines])}\n`;
    head = [];
  }
}

/** A cell as parseCSV and encoders read it again. */
function written(cell: unknown): string {
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

/** Without a header columns are numbered, and the target's may be missing: as many as were learned are these. */
function renamed(columns: Columns, names: readonly (string | undefined)[]): Columns {
  const given = Object.values(columns);
  if (given.length !== names.length) return columns;
  return Object.fromEntries(given.map((cells, i) => [names[i] ?? String(i), cells]));
}
