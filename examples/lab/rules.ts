// Which settings exclude each other, and why. The page disables what can't be chosen, and the trainer refuses it.

import type { ActivationName, LossName } from "bitgrad";
import { LIMITS, type Recipe, type Task } from "./recipe.ts";

/** What the rules look at. */
export interface Facts {
  readonly task: Task;
  /** How many classes there are. */
  readonly classes: number;
  readonly loss: LossName;
  readonly output: ActivationName;
  readonly isTable: boolean;
  readonly hasValidation: boolean;
}

interface Rule {
  readonly setting: "loss" | "output" | "monitor";
  /** The values that are refused. */
  readonly values: (value: string) => boolean;
  readonly when: (facts: Facts) => boolean;
  readonly why: string;
}

const is =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(name);
const isNot =
  (...names: readonly string[]) =>
  (name: string) =>
    !names.includes(name);
const CATEGORICAL = is("categoricalCrossEntropy", "sparseCategoricalCrossEntropy");

const RULES: readonly Rule[] = [
  {
    setting: "loss",
    values: is("binaryCrossEntropy", "categoricalCrossEntropy", "sparseCategoricalCrossEntropy"),
    when: ({ task }) => task === "numbers",
    why: "it compares probabilities of classes, and these data are numbers",
  },
  {
    setting: "output",
    values: isNot("softmax"),
    when: ({ loss }) => CATEGORICAL(loss),
    why: "the categorical cross-entropies go with softmax alone",
  },
  {
    setting: "output",
    values: isNot("sigmoid"),
    when: ({ loss }) => loss === "binaryCrossEntropy",
    why: "binary cross-entropy goes with sigmoid alone",
  },
  {
    setting: "output",
    values: is("softmax"),
    when: ({ loss }) => !CATEGORICAL(loss),
    why: "softmax goes with a categorical cross-entropy alone",
  },
  {
    setting: "output",
    values: is("sigmoid", "hardSigmoid"),
    when: ({ task }) => task === "numbers",
    why: "it is never below 0, and the numbers to learn are",
  },
  {
    setting: "output",
    values: is("tanh", "softsign"),
    when: ({ task, isTable }) => task === "numbers" && isTable,
    why: "it stays between −1 and 1, and a table's numbers, scaled by their deviation, don't",
  },
  {
    setting: "monitor",
    values: is("validationLoss"),
    when: ({ hasValidation }) => !hasValidation,
    why: "no rows are kept for validation",
  },
  {
    setting: "monitor",
    values: is("accuracy"),
    when: ({ task }) => task === "numbers",
    why: "numbers have no classes",
  },
];

/** The activation that a loss has by default. */
export function usualOutput(loss: LossName, task: Task): ActivationName {
  if (CATEGORICAL(loss)) return "softmax";
  if (loss === "binaryCrossEntropy") return "sigmoid";
  return loss === "sse" && task === "classes" ? "sigmoid" : "linear";
}

/** What a recipe comes to, with data of so many classes. */
export function factsOf({ data, network, training }: Recipe, task: Task, classes: number): Facts {
  const auto = task === "numbers" ? "mse" : classes === 2 ? "binaryCrossEntropy" : "sparseCategoricalCrossEntropy";
  const given = network.loss === "auto" ? auto : network.loss;
  const loss = typeof given === "object" ? given.type : given;
  return {
    task,
    classes,
    loss,
    output: network.output === "auto" ? usualOutput(loss, task) : network.output,
    isTable: data.kind === "table" || data.kind === "file",
    hasValidation: training.validation > 0,
  };
}

/** Why a setting can't have this value, beside the others; undefined if it can. */
export function whyNot(setting: Rule["setting"], value: string, facts: Facts): string | undefined {
  if (value === "auto") return undefined;
  return RULES.find((rule) => rule.setting === setting && rule.values(value) && rule.when(facts))?.why;
}

/** What in a recipe excludes each other, in sentences. */
export function contradictions(recipe: Recipe, task: Task, classes: number): string[] {
  const facts = factsOf(recipe, task, classes);
  const { schedule } = recipe.training;
  const monitor = schedule !== "none" && schedule.type === "plateau" ? (schedule.monitor ?? "loss") : "loss";
  const settings = { loss: facts.loss, output: facts.output, monitor } as const;
  const words = { loss: "The loss", output: "The last activation", monitor: "What the schedule watches" } as const;
  return (Object.keys(settings) as (keyof typeof settings)[]).flatMap((setting) => {
    const why = whyNot(setting, settings[setting], facts);
    return why === undefined ? [] : [`${words[setting]} can't be "${settings[setting]}": ${why}.`];
  });
}

/** Why a network of so many parameters isn't trained here. */
export function tooLarge(parameters: number): string | undefined {
  if (parameters <= LIMITS.parameters) return undefined;
  const [found, most] = [parameters, LIMITS.parameters].map((count) => count.toLocaleString("en"));
  return `the network has ${found} parameters; up to ${most} can be trained here: take fewer units`;
}
