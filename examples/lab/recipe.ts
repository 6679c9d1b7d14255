// What a training in the lab is: everything that decides its bits, and nothing else. A link holds a recipe.

import type {
  ActivationName,
  CrossEntropyOptions,
  DType,
  HuberOptions,
  LayerOptions,
  LossName,
  NamedSchedule,
  OptimizerOptions,
} from "bitgrad";

export interface Recipe {
  readonly data: DataRecipe;
  /** Functions of a plane's two coordinates that the network gets; other data has its own columns. */
  readonly features: readonly Feature[];
  readonly network: NetworkRecipe;
  readonly training: TrainingRecipe;
}

export const FEATURES = ["x1", "x2", "x1²", "x2²", "x1x2", "sin x1", "sin x2"] as const;
export type Feature = (typeof FEATURES)[number];

/** Points in a plane of two classes, drawn by a seed. */
export const SHAPES = ["circles", "xor", "gauss", "spirals", "moons"] as const;
/** Points in a plane with a number each, drawn by a seed. */
export const SURFACES = ["plane", "waves"] as const;
export type ShapeName = (typeof SHAPES)[number] | (typeof SURFACES)[number];

export const KINDS = [...SHAPES, ...SURFACES, "iris", "digits", "points", "table", "file"] as const;
export type DataKind = (typeof KINDS)[number];

export type DataRecipe =
  /** Noise is from 0 to 1; 0.1 leaves most classes apart. */
  | { readonly kind: ShapeName; readonly rows: number; readonly noise: number; readonly seed: number }
  | { readonly kind: "iris" }
  | { readonly kind: "digits"; readonly rows: number }
  /** Points that somebody drew, from −6 to 6 in steps of 0.05; the label is a class or, in a regression, −1 to 1. */
  | { readonly kind: "points"; readonly task: Task; readonly points: readonly (readonly [number, number, number])[] }
  /** A table that fits into a link. */
  | {
      readonly kind: "table";
      readonly csv: string;
      readonly target: string;
      readonly task: Task;
      readonly name: string;
    }
  /** A table that doesn't: whoever opens the link brings the same file. */
  | {
      readonly kind: "file";
      readonly sha256: string;
      readonly bytes: number;
      readonly target: string;
      readonly task: Task;
      readonly name: string;
    };

export type Task = "classes" | "numbers";

/** The options of Network.create, but for the inputs and the last layer's units, which follow from the data. */
export interface NetworkRecipe {
  /** Every layer but the output layer. */
  readonly hidden: readonly LayerOptions[];
  /** "auto" is the loss that the task wants. */
  readonly loss: LossName | HuberOptions | CrossEntropyOptions | "auto";
  /** The last activation; "auto" is the one that the loss wants. */
  readonly output: ActivationName | "auto";
  readonly optimizer: OptimizerOptions;
  readonly dtype: DType;
  readonly seed: number;
}

export interface TrainingRecipe {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly schedule: NamedSchedule | "none";
  /** The share of rows that are only looked at. */
  readonly validation: number;
}

/** How it is computed; no bit hangs on it, so no link holds it. */
export interface Machine {
  readonly engine: "auto" | "wasm" | "reference";
  readonly worker: boolean;
  readonly threads: number;
}

/** What a link claims beside its recipe: digests of the parameters after some epochs, the last of them in full. */
export interface Claim {
  readonly epochs: number;
  /** 64 hexadecimal digits. */
  readonly digest: string;
  /** Earlier ones, the first 16 digits of each. */
  readonly earlier: readonly { readonly epoch: number; readonly digest: string }[];
}

/** What a recipe may ask for. */
export const LIMITS = {
  rows: 100_000,
  layers: 16,
  units: 4096,
  parameters: 1_000_000,
  batchSize: 100_000,
  points: 5000,
  columns: 1000,
  classes: 100,
  csv: 50_000_000,
} as const;

export function isShape(kind: DataKind): kind is (typeof SHAPES)[number] {
  return (SHAPES as readonly string[]).includes(kind);
}

export function isSurface(kind: DataKind): kind is (typeof SURFACES)[number] {
  return (SURFACES as readonly string[]).includes(kind);
}

/** Whether the data are points in a plane, whose features can be chosen. */
export function isPlane({ kind }: { readonly kind: DataKind }): boolean {
  return isShape(kind) || isSurface(kind) || kind === "points";
}

export function taskOf(data: DataRecipe): Task {
  if ("task" in data) return data.task;
  return isSurface(data.kind) ? "numbers" : "classes";
}

/** What a training is before anybody changes it: it learns its data in some seconds. */
export function defaultRecipe(data: DataKind | DataRecipe = "circles"): Recipe {
  const known = typeof data === "object" ? data : defaultData(data);
  const { hidden, learningRate = 0.01, batchSize = 32 } = DEFAULTS[known.kind] ?? {};
  return {
    data: known,
    features: ["x1", "x2"],
    network: {
      hidden: hidden ?? tanh(8),
      loss: "auto",
      output: "auto",
      optimizer: { type: "adam", learningRate },
      dtype: "f32",
      seed: 1,
    },
    training: { batchSize, shuffle: true, schedule: "none", validation: 0.2 },
  };
}

function defaultData(kind: DataKind): DataRecipe {
  switch (kind) {
    case "iris":
      return { kind };
    case "digits":
      return { kind, rows: 1797 };
    case "points":
      return { kind, task: "classes", points: [] };
    case "table":
      return { kind, csv: "", target: "", task: "classes", name: "table.csv" };
    case "file":
      return { kind, sha256: "0".repeat(64), bytes: 0, target: "", task: "classes", name: "table.csv" };
    default:
      return { kind, rows: 500, noise: 0.1, seed: 1 };
  }
}

const tanh = (...units: number[]) => units.map((units) => ({ units, activation: "tanh" as const }));
const relu = (...units: number[]) => units.map((units) => ({ units, activation: "relu" as const }));

const DEFAULTS: {
  readonly [kind in DataKind]?: { hidden?: LayerOptions[]; learningRate?: number; batchSize?: number };
} = {
  circles: { hidden: tanh(6, 4), learningRate: 0.03 },
  xor: { hidden: tanh(6, 4), learningRate: 0.03 },
  gauss: { hidden: tanh(2), learningRate: 0.03 },
  spirals: { hidden: tanh(16, 8), learningRate: 0.03 },
  moons: { hidden: tanh(6, 4), learningRate: 0.03 },
  plane: { hidden: tanh(4) },
  waves: { hidden: tanh(16, 8) },
  iris: { hidden: tanh(6), batchSize: 16 },
  digits: { hidden: relu(32), learningRate: 0.003 },
  points: { hidden: tanh(8, 4), batchSize: 16 },
};
