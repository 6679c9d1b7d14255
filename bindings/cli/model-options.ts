// How an estimator learns, as options of the command. They have the names of the library's options, which checks them.

import { OptionError } from "bitgrad/errors";
import { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import type { DataTable } from "bitgrad/tables";
import { type Command, Option } from "commander";
import {
  amountOf,
  collect,
  type EngineFlags,
  engineOptions,
  shareOf,
  unitsOf,
  weightsOf,
  wholeFrom,
} from "./arguments.ts";
import { type Advice, misuse } from "./failures.ts";
import { listOf, type Task } from "./tables.ts";

export type Label = string | number | boolean;
export type Model = MLPClassifier<Label | Label[]> | MLPRegressor<number | number[]>;

/** How an estimator learns: what is given of its options, and these. */
export interface ModelFlags extends EngineFlags {
  readonly seed: number;
  readonly kinds?: readonly string[];
  readonly categories?: readonly string[];
  readonly missing?: readonly string[];
  readonly missingCells?: string;
}

type Read = (text: string) => unknown;

const OPTIONS = (
  [
    ["--preset <name>", "the recipe: standard or realmlp"],
    ["--hidden <units>", "units of each hidden layer, such as 64,64", unitsOf],
    ["--activation <name>", "the activation of the hidden layers, such as relu, tanh or selu"],
    ["--initializer <name>", "how the hidden layers' weights start, such as heNormal"],
    ["--epochs <number>", "the largest number of epochs", wholeFrom(1, 2 ** 31)],
    ["--batch-size <rows>", "rows in a step", wholeFrom(1, 2 ** 31)],
    ["--learning-rate <number>", "adam's highest learning rate", amountOf],
    ["--beta2 <share>", "the decay of adam's mean of squares", shareOf],
    ["--schedule <name>", "how the learning rate changes: oneCycle, constant, cosine or cosineLog"],
    ["--l2 <number>", "the penalty on weights", amountOf],
    ["--dropout <share>", "the share of hidden outputs that each step drops", shareOf],
    ["--label-smoothing <share>", "how much labels are smoothed, in a classification", shareOf],
    ["--class-weights <weights>", "balanced, or a number for each class, such as 1,5", weightsOf],
    ["--validation-split <share>", "the share of validation rows, which find the number of epochs", shareOf],
    ["--numbers <kind>", "how columns of numbers are encoded, such as standard or quantile"],
    ["--unseen <way>", "what becomes of categories not seen in training: none, column or error"],
    ["--dtype <type>", "what the network computes in: f32 or f64"],
  ] as readonly (readonly [flags: string, what: string, read?: Read])[]
).map(([flags, what, read]) => {
  const option = new Option(flags, what);
  return read === undefined ? option : option.argParser(read);
});

/** The library's names of options in a message become the command's. */
export const MODEL_ADVICE: Advice = [
  [/^kinds\.(.*?)(?= is )/, "--kinds: $1"],
  [/^kinds(?= )/, "--kinds"],
  [/^missing(?= is )/, "--missing-cells"],
  ...OPTIONS.map((option) => [new RegExp(`^${option.attributeName()}(?=[ .[])`), option.long!] as const),
];

export function addModelOptions(command: Command): Command {
  command
    .option("--seed <number>", "the seed of everything random", wholeFrom(0, Number.MAX_SAFE_INTEGER), 0)
    .option("--kinds <pairs>", "how columns are encoded, such as size=ordinal,age=robust", collect)
    .option("--categories <columns>", "columns whose numbers are categories, such as zip codes", collect)
    .option("--missing <words>", "words that mean a missing cell, such as NA,?", collect)
    .option("--missing-cells <way>", "what becomes of missing cells: column, median, mostFrequent or error");
  for (const option of OPTIONS) command.addOption(option);
  return command;
}

/** An estimator that has learned nothing yet; `inputs` tells which names columns have. */
export async function modelOf(task: Task | undefined, flags: ModelFlags, inputs?: DataTable): Promise<Model> {
  const { seed, categories = [], kinds = [], missing, missingCells } = flags;
  const given = Object.fromEntries(
    OPTIONS.map((option) => option.attributeName())
      .filter((name) => name in flags)
      .map((name) => [name, (flags as unknown as Record<string, unknown>)[name]]),
  );
  const columns = [
    ...listOf(categories, inputs).map((column) => [column, "oneHot"] as const),
    ...listOf(kinds).map(pairOf),
  ];
  const ofClasses = ["classWeights", "labelSmoothing"].filter((name) => name in given);
  if (task === "regression" && ofClasses.length > 0) {
    const { long } = OPTIONS.find((option) => option.attributeName() === ofClasses[0])!;
    throw misuse(`${long} is given; the targets are numbers, and it is for classes`);
  }
  const options = {
    seed,
    ...(await engineOptions(flags)),
    ...given,
    ...(columns.length > 0 && { columns: Object.fromEntries(columns) }),
    ...(missing !== undefined && { missingWords: listOf(missing) }),
    ...(missingCells !== undefined && { missing: missingCells }),
  } as object;
  try {
    return task === "regression" ? new MLPRegressor(options) : new MLPClassifier(options);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw misuse(MODEL_ADVICE.reduce((text, [from, to]) => text.replace(from, to), error.message));
  }
}

/** column=kind; a column's name may have an = itself. */
function pairOf(text: string): readonly [column: string, kind: string] {
  const at = text.lastIndexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw misuse(`--kinds has ${JSON.stringify(text)}; column=kind is expected, such as size=ordinal`);
}
