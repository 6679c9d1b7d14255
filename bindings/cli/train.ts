// bitgrad train: a CSV file in, a model out, with scores on rows that it did not learn from.

import { existsSync } from "node:fs";
import asciichart from "asciichart";
import type { SavedColumn } from "bitgrad";
import { writeNetwork } from "bitgrad/files";
import { Recorder, writeReceipt } from "bitgrad/receipts";
import { kFold, trainTestSplit } from "bitgrad/tables";
import { type Command, Option } from "commander";
import {
  addEngineOptions,
  addTableOptions,
  collect,
  SOURCE,
  shareOf,
  type TableFlags,
  wholeFrom,
} from "./arguments.ts";
import { about, counted, misuse } from "./failures.ts";
import { checkWritable, print, say, sizeOf, visible, writeBytes } from "./input-output.ts";
import { addModelOptions, type Model, type ModelFlags, modelOf } from "./model-options.ts";
import { notesOf } from "./receipt-notes.ts";
import {
  outcomesOf,
  type Scores,
  scoresOf,
  shownMetrics,
  shownNumber,
  shownScores,
  titleOf,
  together,
} from "./scores.ts";
import { type Data, type DataFlags, readData } from "./tables.ts";
import { Interruption, trained } from "./training.ts";

const DEFAULT_OUTPUT = "model.safetensors";
const INTERRUPTED = 130; // as shells have it

export interface TrainFlags extends TableFlags, DataFlags, ModelFlags {
  readonly output?: string;
  readonly force?: true;
  readonly test: number;
  readonly cv?: number;
  readonly receipt?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  bitgrad train iris.csv --target species
  bitgrad train homes.csv.gz --target price --drop id --cv 5 --output homes.safetensors
  cat data.csv | bitgrad train - --target y --json --force

The model is written to --output, which is replaced if it exists; without it to ${DEFAULT_OUTPUT}, which is replaced
only with --force. Ctrl+C ends the training after its epoch, and what was learned is written (status 130); in the
folds of --cv it ends these, and no model is written. Otherwise the status is 0, 1 if something failed, or 2 if the
arguments are wrong.`;

export function addTrain(program: Command): void {
  addTrainOptions(program.command("train"))
    .description("Learn to predict columns of a CSV file, and write a model.")
    .argument("<file>", SOURCE)
    .addHelpText("after", EXAMPLES)
    .action(train);
}

/** The options of `bitgrad train`, which a receipt has, too. */
export function addTrainOptions(command: Command): Command {
  command
    .requiredOption("--target <columns>", "what to predict: a column, or several as a,b", collect)
    .option("--drop <columns>", "columns not to learn from, such as a row's number", collect)
    .option("--sample <rows>", "learn from so many of its rows, drawn at random", wholeFrom(2, 2 ** 32 - 1))
    .addOption(new Option("--task <name>", "default: by the target's cells").choices(["classification", "regression"]));
  addTableOptions(command)
    .option(
      "--test <share>",
      "the share of test rows, which are scored; the model learns from the others only",
      shareOf,
      0.2,
    )
    .addOption(
      new Option("--cv <folds>", "score by cross-validation instead; the model then learns from all rows")
        .argParser(wholeFrom(2, 1000))
        .conflicts("test"),
    );
  return addEngineOptions(addModelOptions(command))
    .option("-o, --output <file>", `where to write the model; - is standard output (default: ${DEFAULT_OUTPUT})`)
    .option("--force", `replace ${DEFAULT_OUTPUT}`)
    .option("--receipt <file>", "write a receipt of the training, which bitgrad replay confirms")
    .option("--json", "print all results as JSON and nothing else");
}

async function train(path: string, flags: TrainFlags, command: Command): Promise<void> {
  sizeOf(path); // refuses one that is not there
  const output = outputOf(path, flags);
  if (flags.receipt !== undefined) checkWritable(flags.receipt, [path, output]);
  const receipt = flags.receipt === undefined ? undefined : new Recorder({ notes: notesOf(command) });
  (await modelOf(flags.task, flags)).dispose(); // refuses options before a table is read
  const data = await readData(path, flags);
  const interruption = new Interruption();
  try {
    const found = await evaluated(path, data, flags, interruption, receipt);
    if (found === undefined) {
      process.exitCode = INTERRUPTED;
      return;
    }
    const { scores, spread, held } = found;
    const run = { path, data, flags, interruption, rows: undefined };
    const model = held === undefined ? await trained({ ...run, name: "all rows", receipt }) : held.model;
    try {
      const bytes = await written(output, model);
      if (receipt !== undefined) await writeReceiptOf(model, receipt, flags.receipt!);
      const results = resultsOf(path, data, flags, model, { scores, spread, held: held?.count ?? 0, output });
      const text = flags.json ? `${asJSON(results)}\n` : `${shown(results, model, data, flags, bytes)}\n`;
      if (output === "-") say(text.trimEnd());
      else await print(text);
      for (const warning of model.history?.warnings ?? []) say(`warning: ${warning}`);
    } finally {
      model.dispose();
    }
    if (interruption.asked) process.exitCode = INTERRUPTED;
  } finally {
    interruption.end();
  }
}

function outputOf(path: string, { output, force, json }: TrainFlags): string {
  if (output === "-" && json) throw misuse("--output - and --json both write to standard output; give one of them");
  if (output === undefined && !force && existsSync(DEFAULT_OUTPUT)) {
    throw misuse(`${DEFAULT_OUTPUT} exists; --force replaces it, and --output names another file`);
  }
  checkWritable(output ?? DEFAULT_OUTPUT, [path]);
  return output ?? DEFAULT_OUTPUT;
}

/** What was found before the model that is written, or with it. */
interface Evaluated {
  readonly scores: readonly Scores[];
  /** With folds, the mean and the standard deviation over them, by target and metric. */
  readonly spread: readonly Readonly<Record<string, Spread>>[] | undefined;
  /** The model that was scored, and on how many rows. */
  readonly held: { readonly model: Model; readonly count: number } | undefined;
}

interface Spread {
  readonly mean: number;
  readonly standardDeviation: number;
  readonly folds: readonly number[];
}

/** Undefined where a cross-validation was interrupted. */
async function evaluated(
  path: string,
  data: Data,
  flags: TrainFlags,
  interruption: Interruption,
  receipt: Recorder | undefined,
): Promise<Evaluated | undefined> {
  if (flags.cv !== undefined) return crossValidated(path, data, { ...flags, cv: flags.cv }, interruption);
  const { rows } = data.inputs;
  const { training, test } = divided(data, flags);
  if (test.length === 0) {
    if (flags.test > 0) say(`The table has too few rows (${rows}) for test rows, so nothing is scored.`);
    return { scores: [], spread: undefined, held: undefined };
  }
  const model = await trained({ path, data, interruption, flags, rows: training, name: "training", receipt });
  const outcomes = await about(path, () => outcomesOf(model, data, test));
  return { scores: outcomes.map(scoresOf), spread: undefined, held: { model, count: test.length } };
}

/** The rows that the model learns from, and the test rows. */
export function divided(data: Data, flags: TrainFlags): { training: Uint32Array; test: Uint32Array } {
  return trainTestSplit(data.inputs.rows, { test: flags.test, ...drawnBy(data, flags) });
}

/** None of a training that was interrupted: then another network is the model. */
async function writeReceiptOf(model: Model, recorder: Recorder, path: string): Promise<void> {
  const { receipt } = recorder;
  if (receipt?.subject[0].digest.sha256 !== model.digest()) {
    say("warning: no receipt was written: the training was interrupted");
    return;
  }
  await writeBytes(path, new TextEncoder().encode(`${writeReceipt(receipt)}\n`));
}

async function crossValidated(
  path: string,
  data: Data,
  flags: TrainFlags & { cv: number },
  interruption: Interruption,
): Promise<Evaluated | undefined> {
  const { cv, seed } = flags;
  const { rows } = data.inputs;
  if (cv > rows) throw misuse(`--cv is ${cv}; the table has ${rows} rows, so at most as many folds are expected`);
  const [lonely] = data.task === "classification" ? lonelyOf(data) : [];
  if (lonely !== undefined) {
    throw misuse(`--cv needs two rows of every class; ${data.targets.names!.join(", ")} has one of ${lonely}`);
  }
  const folds: ReturnType<typeof outcomesOf>[] = [];
  interruption.isOfFold = true;
  for (const [n, { training, test }] of kFold(rows, { folds: cv, ...drawnBy(data, flags) }).entries()) {
    const own = { ...flags, seed: (seed + n) % 2 ** 53 };
    const name = `fold ${n + 1}/${cv}`;
    const model = await trained({ path, data, interruption, rows: training, name, flags: own });
    if (!interruption.asked) folds.push(await about(path, () => outcomesOf(model, data, test)));
    model.dispose();
    if (interruption.asked) {
      const scores = folds.length === 0 ? [] : together(folds).map(scoresOf);
      const shown = scores.map((score) => `${score.target}\n${shownMetrics(score)}`);
      say([`${folds.length} of ${cv} folds were finished, and no model was written.`, ...shown].join("\n"));
      return undefined;
    }
  }
  interruption.isOfFold = false;
  const byFold = folds.map((outcomes) => outcomes.map(scoresOf));
  const spread = byFold[0]!.map(({ metrics }, t) =>
    Object.fromEntries(Object.keys(metrics).map((name) => [name, spreadOf(byFold.map((s) => s[t]!.metrics[name]!))])),
  );
  return { scores: together(folds).map(scoresOf), spread, held: undefined };
}

/** Each class has its share in every part. */
function drawnBy({ targets, task }: Data, { seed }: TrainFlags) {
  return { seed, ...(task === "classification" && { stratify: targets }) };
}

/** The labels that one row has. */
function lonelyOf({ targets }: Data): string[] {
  const columns = targets.names!.map((name) => targets.column(name));
  const counts = new Map<string, number>();
  for (let row = 0; row < targets.rows; row++) {
    const labels = JSON.stringify(columns.map((cells) => cells[row]));
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count === 1).map(([labels]) => labels.slice(1, -1));
}

function spreadOf(folds: readonly number[]): Spread {
  const mean = folds.reduce((sum, value) => sum + value, 0) / folds.length;
  const variance = folds.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / folds.length;
  return { mean, standardDeviation: Math.sqrt(variance), folds };
}

/** How many bytes the model's file has. */
async function written(output: string, model: Model): Promise<number> {
  const file = model.save();
  // the library's own way leaves nothing half-written, and keeps modes and links
  if (output === "-" || output.endsWith(".gz")) await writeBytes(output, file);
  else writeNetwork(output, file);
  return file.length;
}

function resultsOf(
  path: string,
  { inputs, targets, task, reason }: Data,
  { cv, seed }: TrainFlags,
  model: Model,
  found: Pick<Evaluated, "scores" | "spread"> & { held: number; output: string },
) {
  const { network, history } = model;
  return {
    file: path,
    rows: inputs.rows,
    inputs: inputs.names!,
    targets: targets.names!,
    task,
    reason,
    seed,
    held: found.held,
    ...(cv !== undefined && { folds: cv }),
    epochs: network.epochs,
    parameters: network.parameterCount,
    engine: network.engine,
    scores: found.scores.map((scores, t) => ({ ...scores, ...(found.spread && { crossValidation: found.spread[t] }) })),
    history: {
      loss: history?.loss,
      validationLoss: history?.validationLoss,
      bestEpoch: history?.bestEpoch,
      stopped: history?.stopped,
      warnings: history?.warnings ?? [],
    },
    digest: model.digest(),
    output: found.output,
  };
}

function shown(
  results: ReturnType<typeof resultsOf>,
  { history, network }: Model,
  { inputs }: Data,
  { cv }: TrainFlags,
  bytes: number,
): string {
  const { rows, held, task, reason, epochs, parameters, engine, scores, digest, output, targets } = results;
  const where =
    cv === undefined
      ? `on ${counted(held, "test row")}`
      : `by cross-validation in ${cv} folds, each row a test row once`;
  return [
    `${results.file}: ${counted(rows, "row")}, ${counted(inputs.width, "column")} to learn from`,
    ...kindLines(network.encoders.x!.columns).map(visible),
    visible(`${task}: ${reason}`),
    "",
    ...(history === undefined ? [] : curveOf(history)),
    ...scores.flatMap((score) => [
      visible(`${targets.length > 1 ? `${score.target}, ` : ""}${where}`),
      ...spreadLines(score.crossValidation),
      visible(shownScores(score)),
      "",
    ]),
    `trained on ${counted(rows - held, "row")} for ${counted(epochs, "epoch")}: ${parameters} parameters, engine ${engine}`,
    `digest ${digest}`,
    `${output === "-" ? "standard output" : output}: ${bytes} bytes; bitgrad predict and bitgrad inspect read it`,
  ].join("\n");
}

function spreadLines(spread: Readonly<Record<string, Spread>> | undefined): string[] {
  if (spread === undefined) return [];
  const lines = Object.entries(spread).map(
    ([name, { mean, standardDeviation }]) =>
      `  ${titleOf(name).padEnd(24)} ${shownNumber(mean)} ± ${shownNumber(standardDeviation)} over the folds`,
  );
  return [...lines, "", "All folds together:"];
}

const MOST_NAMES = 20;

/** Which columns are encoded as what. */
function kindLines(columns: readonly SavedColumn[]): string[] {
  const kinds = [...new Set(columns.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const names = columns.flatMap((column, i) => (column.kind === kind ? [column.name ?? String(i)] : []));
    const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
    return `  ${kind.padEnd(12)} ${names.slice(0, MOST_NAMES).join(", ")}${more}`;
  });
}

/** Lists of numbers, such as losses, in one line each. */
function asJSON(value: object): string {
  return JSON.stringify(value, null, 2).replace(/\[\n[\s\d.,eE+-]+\]/g, (list) => list.replace(/\s+/g, ""));
}

const CURVE_COLUMNS = 60;

/** Both losses in one chart, or in two where there are no colors to tell them by. */
function curveOf({ loss, validationLoss, bestEpoch }: NonNullable<Model["history"]>): string[] {
  const format = (value: number) => value.toPrecision(4).padStart(10);
  const chart = (title: string, curves: readonly (readonly number[])[], colors?: asciichart.Color[]) => [
    title,
    asciichart.plot(curves.map(thinned), { height: 8, format, ...(colors && { colors }) }),
    "",
  ];
  const epochs = `epoch 1 to ${loss.length}`;
  if (validationLoss === undefined) return chart(`training loss, ${epochs}`, [loss]);
  if (process.stdout.isTTY && process.env.NO_COLOR === undefined) {
    const title = `training loss (blue) and validation loss (yellow), ${epochs}, best ${bestEpoch}`;
    return chart(title, [loss, validationLoss], [asciichart.blue, asciichart.yellow]);
  }
  return [
    ...chart(`training loss, ${epochs}`, [loss]),
    ...chart(`validation loss, ${epochs}, best ${bestEpoch}`, [validationLoss]),
  ];
}

/** As many of its numbers as a terminal has room for. */
function thinned(values: readonly number[]): number[] {
  const count = Math.min(values.length, CURVE_COLUMNS);
  return Array.from(
    { length: count },
    (_, i) => values[Math.round((i * (values.length - 1)) / Math.max(1, count - 1))]!,
  );
}
