// Reads a recipe that anybody may have written: once, whole, and nothing that is not known. What comes out is new.

import type { Initializer, LayerOptions, NamedSchedule, OptimizerOptions } from "bitgrad";
import * as choices from "./choices.ts";
import {
  type DataRecipe,
  FEATURES,
  isShape,
  isSurface,
  KINDS,
  LIMITS,
  type NetworkRecipe,
  type Recipe,
  type TrainingRecipe,
} from "./recipe.ts";
import { tooLarge } from "./rules.ts";

/** What is wrong with a recipe, in words that name the place. */
export class RecipeError extends Error {
  override readonly name = "RecipeError";
}

function wrong(name: string, value: unknown, expected: string): never {
  throw new RecipeError(`${name} is ${shown(value)}; ${expected} is expected`);
}

/** The value in some words, whatever it is. */
function shown(value: unknown): string {
  if (typeof value === "string") return value.length > 40 ? `"${value.slice(0, 40)}…"` : `"${value}"`;
  if (typeof value === "number" || typeof value === "boolean" || value === undefined) return String(value);
  return value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

type Found<Key extends string> = { readonly [key in Key]?: unknown };

/** The known properties that it has of its own; another one is refused. */
function object<Key extends string>(name: string, value: unknown, keys: readonly Key[]): Found<Key> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) wrong(name, value, "an object");
  const found: { [key in Key]?: unknown } = Object.create(null);
  for (const key of Object.keys(value)) {
    if (!(keys as readonly string[]).includes(key))
      throw new RecipeError(`${name} has ${shown(key)}, which is unknown`);
    found[key as Key] = (value as Found<Key>)[key as Key];
  }
  return found;
}

function list<T>(name: string, value: unknown, most: number, read: (name: string, item: unknown) => T): T[] {
  if (!Array.isArray(value)) wrong(name, value, "a list");
  const { length } = value;
  if (length > most)
    throw new RecipeError(`${name} has ${count(length)} items; up to ${count(most)} can be taken here`);
  return Array.from({ length }, (_, n) => read(`${name}[${n}]`, value[n]));
}

const count = (value: number) => value.toLocaleString("en");

function number(name: string, value: unknown, range: choices.Range): number {
  const { min, max, isBelow, isAbove, isWhole } = range;
  const isIn =
    typeof value === "number" &&
    (isAbove ? value > min : value >= min) &&
    (isBelow ? value < max : value <= max) &&
    (!isWhole || Number.isSafeInteger(value));
  if (isIn) return value + 0;
  const [from, to] = [isAbove ? `more than ${min}` : count(min), isBelow ? `below ${max}` : count(max)];
  return wrong(name, value, `a ${isWhole ? "whole " : ""}number from ${from} to ${to}`);
}

function choice<T extends string>(name: string, value: unknown, all: readonly T[]): T {
  if (all.includes(value as T)) return value as T;
  return wrong(name, value, `one of ${all.map((one) => `"${one}"`).join(", ")}`);
}

function text(name: string, value: unknown, most: number): string {
  if (typeof value !== "string") wrong(name, value, "a text");
  if (value.length > most) {
    throw new RecipeError(`${name} has ${count(value.length)} characters; up to ${count(most)} can be taken here`);
  }
  return value;
}

function flag(name: string, value: unknown): boolean {
  return typeof value === "boolean" ? value : wrong(name, value, "true or false");
}

/** The numbers that are there, in the order of their ranges. */
function numbers(name: string, found: Found<string>, ranges: Readonly<Record<string, choices.Range>>) {
  const read: Record<string, number> = {};
  for (const [key, range] of Object.entries(ranges)) {
    if (found[key] !== undefined) read[key] = number(`${name}.${key}`, found[key], range);
  }
  return read;
}

const SEED: choices.Range = { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: true };
const TASKS = ["classes", "numbers"] as const;
const NAME = 200; // characters of a file's name, or a column's

/** A copy of the recipe, if it is one. */
export function readRecipe(value: unknown): Recipe {
  const { data, features, network, training } = object("the recipe", value, [
    "data",
    "features",
    "network",
    "training",
  ]);
  const recipe = {
    data: readData(data),
    features: readFeatures(features),
    network: readNetwork(network),
    training: readTraining(training),
  };
  checkSize(recipe);
  return recipe;
}

export function readFeatures(value: unknown): Recipe["features"] {
  const found = list("features", value, FEATURES.length, (name, item) => choice(name, item, FEATURES));
  const twice = found.find((feature, n) => found.indexOf(feature) !== n);
  if (twice !== undefined) throw new RecipeError(`features has "${twice}" twice`);
  return found.length > 0 ? found : wrong("features", value, "one feature at least");
}

export function readData(value: unknown): DataRecipe {
  const all = ["kind", "rows", "noise", "seed", "task", "points", "csv", "target", "name", "sha256", "bytes"] as const;
  const { kind: named } = object("data", value, all);
  const kind = choice("data.kind", named, KINDS);
  const of = <Key extends (typeof all)[number]>(...keys: readonly Key[]) => object("data", value, ["kind", ...keys]);
  const whole = (min: number, max: number): choices.Range => ({ min, max, isWhole: true });
  if (isShape(kind) || isSurface(kind)) {
    const { rows, noise, seed } = of("rows", "noise", "seed");
    return {
      kind,
      rows: number("data.rows", rows, whole(2, LIMITS.rows)),
      noise: number("data.noise", noise, { min: 0, max: 1 }),
      seed: number("data.seed", seed, SEED),
    };
  }
  switch (kind) {
    case "iris":
      of();
      return { kind };
    case "digits":
      return { kind, rows: number("data.rows", of("rows").rows, whole(10, 1797)) };
    case "points":
      return readPoints(of("task", "points"));
    default:
      return readTable(
        kind,
        of("task", "target", "name", ...(kind === "table" ? (["csv"] as const) : (["sha256", "bytes"] as const))),
      );
  }
}

function readPoints({ task: named, points }: Found<"task" | "points">): DataRecipe {
  const task = choice("data.task", named, TASKS);
  const label: choices.Range = task === "classes" ? { min: 0, max: 1, isWhole: true } : { min: -1, max: 1 };
  const point = (name: string, item: unknown) => {
    const [x1, x2, y] = list(name, item, 3, (_, part) => part);
    const at = (part: unknown) => Math.round(number(name, part, { min: -6, max: 6 }) * 20) / 20;
    return [at(x1), at(x2), number(name, y, label)] as const;
  };
  return { kind: "points", task, points: list("data.points", points, LIMITS.points, point) };
}

function readTable(
  kind: "table" | "file",
  { task, target, name, csv, sha256, bytes }: Found<"task" | "target" | "name" | "csv" | "sha256" | "bytes">,
): DataRecipe {
  const named = {
    task: choice("data.task", task, TASKS),
    target: text("data.target", target, NAME),
    name: text("data.name", name, NAME),
  };
  if (kind === "table") return { kind, csv: text("data.csv", csv, LIMITS.csv), ...named };
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256))
    wrong("data.sha256", sha256, "64 hexadecimal digits");
  return { kind, sha256, bytes: number("data.bytes", bytes, { min: 0, max: LIMITS.csv, isWhole: true }), ...named };
}

export function readNetwork(value: unknown): NetworkRecipe {
  const names = ["hidden", "loss", "output", "optimizer", "dtype", "seed"] as const;
  const { hidden, loss, output, optimizer, dtype, seed } = object("network", value, names);
  return {
    hidden: list("network.hidden", hidden, LIMITS.layers, readLayer),
    loss: readLoss(loss),
    output: choice("network.output", output, ["auto", ...choices.ACTIVATIONS]),
    optimizer: readOptimizer(optimizer),
    dtype: choice("network.dtype", dtype, ["f32", "f64"]),
    seed: number("network.seed", seed, SEED),
  };
}

const HIDDEN = choices.ACTIVATIONS.filter((name) => name !== "softmax");

function readLayer(name: string, value: unknown): LayerOptions {
  const DENSE = ["units", "activation", "alpha", "initializer", "l1", "l2", "dropout"] as const;
  const others = Object.values(choices.LAYERS).flatMap((ranges) => Object.keys(ranges));
  const all = ["type", "trainable", "center", "scale", ...DENSE, ...others];
  const found = object(name, value, all) as Found<string>;
  const type =
    found.type === undefined ? "dense" : choice(`${name}.type`, found.type, ["dense", ...kinds(choices.LAYERS)]);
  const activates = type === "dense" || type === "activation";
  const normalizes = type === "batchNormalization" || type === "layerNormalization";
  const allowed = [
    ...["type", "trainable"],
    ...(activates ? ["activation", "alpha"] : []),
    ...(normalizes ? ["center", "scale"] : []),
    ...(type === "dense" ? DENSE : Object.keys(choices.LAYERS[type])),
  ];
  object(`${name}, "${type}",`, found, allowed);
  const read: Record<string, unknown> = type === "dense" ? {} : { type };
  if (type === "dense") read.units = number(`${name}.units`, found.units, { min: 1, max: LIMITS.units, isWhole: true });
  if (activates && (type === "activation" || found.activation !== undefined)) {
    read.activation = choice(`${name}.activation`, found.activation, HIDDEN);
  }
  if (found.alpha !== undefined) {
    if (!choices.WITH_ALPHA.includes(read.activation as never)) wrong(`${name}.alpha`, found.alpha, "none");
    read.alpha = number(`${name}.alpha`, found.alpha, choices.ALPHA);
  }
  if (found.initializer !== undefined) read.initializer = readInitializer(`${name}.initializer`, found.initializer);
  Object.assign(read, numbers(name, found, type === "dense" ? choices.PENALTIES : choices.LAYERS[type]));
  if (type === "dropout" && read.rate === undefined) wrong(`${name}.rate`, undefined, "a number");
  for (const key of ["center", "scale", "trainable"]) {
    if (found[key] !== undefined) read[key] = flag(`${name}.${key}`, found[key]);
  }
  return read as unknown as LayerOptions;
}

function kinds<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}

const NUMBERS_OF_INITIALIZERS = {
  constant: ["value"],
  uniform: ["min", "max"],
  normal: ["mean", "deviation"],
} as const;

function readInitializer(name: string, value: unknown): Initializer {
  if (typeof value === "string") return choice(name, value, choices.INITIALIZERS);
  const { type: named } = object(name, value, ["type", "value", "min", "max", "mean", "deviation"]);
  const type = choice(`${name}.type`, named, kinds(NUMBERS_OF_INITIALIZERS));
  const keys = NUMBERS_OF_INITIALIZERS[type];
  const found = object(name, value, ["type", ...keys]) as Found<string>;
  const read = Object.fromEntries(
    keys.map((key) => [key, number(`${name}.${key}`, found[key], { min: key === "deviation" ? 0 : -1e6, max: 1e6 })]),
  );
  if (type === "uniform" && read.min! > read.max!) wrong(`${name}.min`, read.min, `no more than ${read.max}, the max,`);
  return { type, ...read } as Initializer;
}

function readLoss(value: unknown): NetworkRecipe["loss"] {
  if (typeof value === "string") return choice("network.loss", value, ["auto", ...choices.LOSSES] as const);
  const found = object("network.loss", value, ["type", "delta", "labelSmoothing", "clip"]);
  const type = choice(
    "network.loss.type",
    found.type,
    choices.LOSSES.filter((loss) => /huber|Entropy/.test(loss)),
  );
  if (type === "huber") {
    object("network.loss", value, ["type", "delta"]);
    const range = { min: 0, max: 1e6, isAbove: true } as const;
    return { type, ...(found.delta !== undefined && { delta: number("network.loss.delta", found.delta, range) }) };
  }
  object("network.loss", value, ["type", "labelSmoothing", "clip"]);
  const ranges = {
    labelSmoothing: { min: 0, max: 1, isBelow: true },
    clip: { min: 0, max: 0.5, isBelow: true },
  } as const;
  return { type, ...numbers("network.loss", found, ranges) } as NetworkRecipe["loss"];
}

function readOptimizer(value: unknown): OptimizerOptions {
  const every = kinds(choices.OPTIMIZERS).flatMap((type) => Object.keys(choices.OPTIMIZERS[type]));
  const found = object("network.optimizer", value, [
    "type",
    "nesterov",
    "clipValue",
    "clipNorm",
    ...every,
  ]) as Found<string>;
  const type = choice("network.optimizer.type", found.type, kinds(choices.OPTIMIZERS));
  const ranges = { ...choices.OPTIMIZERS[type], ...choices.CLIPS };
  object(`network.optimizer, "${type}",`, found, [
    "type",
    ...Object.keys(ranges),
    ...(type === "sgd" ? ["nesterov"] : []),
  ]);
  const read = numbers("network.optimizer", found, ranges);
  const nesterov = found.nesterov !== undefined && flag("network.optimizer.nesterov", found.nesterov);
  if (nesterov && !(read.momentum! > 0)) wrong("network.optimizer.nesterov", true, "a momentum of more than 0 with it");
  return { type, ...read, ...(nesterov && { nesterov }) } as OptimizerOptions;
}

export function readTraining(value: unknown): TrainingRecipe {
  const names = ["batchSize", "shuffle", "schedule", "validation"] as const;
  const { batchSize, shuffle, schedule, validation } = object("training", value, names);
  return {
    batchSize: number("training.batchSize", batchSize, { min: 1, max: LIMITS.batchSize, isWhole: true }),
    shuffle: flag("training.shuffle", shuffle),
    schedule: schedule === "none" ? "none" : readSchedule(schedule),
    validation: number("training.validation", validation, { min: 0, max: 0.9 }),
  };
}

function readSchedule(value: unknown): NamedSchedule {
  const name = "training.schedule";
  const every = kinds(choices.SCHEDULES).flatMap((type) => Object.keys(choices.SCHEDULES[type].numbers));
  const found = object(name, value, ["type", "monitor", ...every]) as Found<string>;
  const type = choice(`${name}.type`, found.type, kinds(choices.SCHEDULES));
  const { numbers: ranges, needed } = choices.SCHEDULES[type];
  object(`${name}, "${type}",`, found, ["type", ...Object.keys(ranges), ...(type === "plateau" ? ["monitor"] : [])]);
  const read = numbers(name, found, ranges);
  for (const key of needed) if (read[key] === undefined) wrong(`${name}.${key}`, undefined, "a number");
  if (read.warmup! > read.epochs!) wrong(`${name}.warmup`, read.warmup, `no more than ${read.epochs}, the epochs,`);
  const monitor =
    found.monitor === undefined ? {} : { monitor: choice(`${name}.monitor`, found.monitor, choices.MONITORS) };
  return { type, ...monitor, ...read } as unknown as NamedSchedule;
}

/** Parameters of the layers beyond the first, which don't depend on the data. */
function checkSize({ network }: Recipe): void {
  let parameters = 0;
  let units = 0;
  for (const layer of network.hidden) {
    if (layer.type !== undefined && layer.type !== "dense") continue;
    parameters += (units + 1) * layer.units!;
    units = layer.units!;
  }
  const why = tooLarge(parameters);
  if (why !== undefined) throw new RecipeError(why);
}
