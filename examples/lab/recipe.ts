// What a training in the lab is: everything that decides its bits, and nothing else. A link holds a recipe.

import type { DType, LayerOptions, LossName, NamedSchedule, OptimizerOptions } from "bitgrad";

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

export type DataRecipe =
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
  readonly loss: LossName | "auto";
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
