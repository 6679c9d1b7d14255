// bitgrad predict: a model and a CSV file in, a CSV file with what it predicts out.

import type { MLPClassifier } from "bitgrad/estimators";
import { readTable } from "bitgrad/tables";
import type { Command } from "commander";
import { csvFormatRows } from "d3-dsv";
import { addTableOptions, SOURCE, type TableFlags } from "./arguments.ts";
import { about, misuse } from "./failures.ts";
import { checkWritable, writeBytes } from "./input-output.ts";
import { loaded } from "./models.ts";
import { type Columns, readColumns } from "./tables.ts";
import type { Label } from "./training.ts";

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
    .argument("<model>", "its file")
    .argument("<file>", SOURCE);
  addTableOptions(command)
    .option("-o, --output <file>", "where to write CSV, in gzip if it ends with .gz; - is standard output", "-")
    .option("--probabilities", "a column with the probability of each class, too")
    .addHelpText("after", EXAMPLES)
    .action(predict);
}

async function predict(modelPath: string, path: string, flags: PredictFlags): Promise<void> {
  if (modelPath === "-" && path === "-") throw misuse("the model and the table are both -; standard input is one file");
  checkWritable(flags.output);
  const { model, isClassifier } = await loaded(modelPath);
  try {
    if (flags.probabilities && !isClassifier) {
      throw misuse(`${modelPath}: --probabilities is given; the model predicts numbers, not classes`);
    }
    const { x, y } = model.network.encoders;
    const columns = await readColumns(path, flags);
    const table = readTable(
      flags.header
        ? columns
        : renamed(
            columns,
            x!.columns.map(({ name }) => name),
          ),
    );
    const names = y!.columns.map(({ name }, t) => name ?? `target_${t}`);
    const predicted = await about(path, () => model.predict(table).map((value) => [value].flat()));
    const lines = [names, ...predicted].map((cells) => cells.map(String));
    if (flags.probabilities) {
      const classifier = model as MLPClassifier<Label | Label[]>;
      const several = names.length > 1;
      const classes = (several ? classifier.classes : [classifier.classes]) as Label[][];
      lines[0]!.push(...classes.flatMap((labels, t) => labels.map((label) => `${names[t]}_${label}`)));
      (classifier.predictProbabilities(table) as (number | number[])[][]).forEach((row, s) => {
        lines[s + 1]!.push(...row.flat().map(String));
      });
    }
    await writeBytes(flags.output, Buffer.from(`${csvFormatRows(lines)}\n`));
  } finally {
    model.dispose();
  }
}

/** Without a header columns are numbered, and the target's may be missing: as many as were learned are these. */
function renamed(columns: Columns, names: readonly (string | undefined)[]): Columns {
  const given = Object.values(columns);
  if (given.length !== names.length) return columns;
  return Object.fromEntries(given.map((cells, i) => [names[i] ?? String(i), cells]));
}
