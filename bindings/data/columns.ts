// What a column of a table can become: kinds, what is chosen for one column, and what is saved of it.

import type { Category, DateUnit, Values } from "./cells.ts";

export const PARAMETERS = {
  passThrough: [],
  standard: ["mean", "deviation"],
  minMax: ["min", "max"],
  robust: ["median", "lower", "upper"],
  robustSmoothClip: ["median", "range"],
  quantile: ["quantiles"],
  oneHot: ["categories"],
  ordinal: ["categories"],
  drop: [],
} as const;
export const KINDS = Object.keys(PARAMETERS) as ColumnKind[];
export const NUMBER_KINDS = /* @__PURE__ */ KINDS.filter(isOfNumbers);
export const MISSING = ["error", "median", "mostFrequent", "column"] as const;
export const UNSEEN = ["error", "none", "column"] as const;
export const MAX_WIDTH = 2 ** 20; // columns; more is a mistake, such as one-hot encoding of row numbers
export const MAX_QUANTILES = 1000;

/**
 * What becomes of a column v. Numbers:
 * - "standard": (v − mean) / deviation, of the population
 * - "minMax": (v − min) / (max − min), from 0 to 1
 * - "robust": (v − median) / (upper − lower quartile)
 * - "robustSmoothClip": z / √(1 + (z / 3)²), which stays between −3 and 3, of z = (v − median) / range; the range is
 *   that of the quartiles, or half of the whole range where the quartiles are equal (RealMLP's)
 * - "quantile": the share of learned numbers below v, from 0 to 1
 * - "passThrough": v as it is
 *
 * Categories:
 * - "oneHot": one column for each category: 1 in that of the cell, 0 in the others
 * - "ordinal": the category's index, as the sparse loss takes classes
 *
 * "drop" leaves the column out. Where a scale would be 0, but for rounding, it counts as 1.
 */
export type ColumnKind = NumberKind | "oneHot" | "ordinal" | "drop";

/** What may become of a column of numbers. */
export type NumberKind = "passThrough" | "standard" | "minMax" | "robust" | "robustSmoothClip" | "quantile";

function isOfNumbers(kind: ColumnKind): kind is NumberKind {
  return kind !== "oneHot" && kind !== "ordinal" && kind !== "drop";
}

/**
 * What becomes of missing cells:
 * - "error": they are refused
 * - "median": they get the median of their column's numbers; of categories, the most frequent one
 * - "mostFrequent": they get the most frequent number or category, the smallest of several
 * - "column": another encoded column has 1 for them, and 0 for others; numbers get the median besides
 */
export type Missing = (typeof MISSING)[number];

/**
 * What becomes of categories that were not learned: "error" refuses them, "none" gives 0 in all one-hot columns and −1
 * in an ordinal one, "column" does the same and has 1 in another encoded column.
 */
export type Unseen = (typeof UNSEEN)[number];

/** How one column is encoded; what is left out is found in the table, or is that of all columns. */
export interface ColumnOptions {
  /** What becomes of it. */
  readonly kind?: ColumnKind;
  /** Its categories in the order of their columns or indexes. Default: sorted, texts by code points. */
  readonly categories?: readonly Category[];
  /** What becomes of missing cells. */
  readonly missing?: Missing;
  /** What becomes of categories that were not learned. */
  readonly unseen?: Unseen;
  /** The unit of dates as numbers. Default: "day". */
  readonly unit?: DateUnit;
  /** How many quantiles are learned, 2 to 1000. Default: 1000, or the number of rows if that is smaller. */
  readonly quantiles?: number;
}

/** What every saved column may have. */
export interface SavedColumnBase {
  /** Its name in the table, if it had one. */
  readonly name?: string;
  /** Whether missing cells have a column that says so. */
  readonly missingColumn?: true;
}

/** What a saved column of numbers may have. */
export interface SavedNumbers extends SavedColumnBase {
  /** What its cells are, if not numbers. */
  readonly values?: Values;
  /** The unit of dates. */
  readonly unit?: DateUnit;
  /** The number that missing cells get. */
  readonly fill?: number;
}

/** A saved column of categories. */
export interface SavedCategories extends SavedColumnBase {
  /** What becomes of it. */
  readonly kind: "oneHot" | "ordinal";
  /** All that were learned, in order. */
  readonly categories: readonly Category[];
  /** The category that missing cells get. */
  readonly fill?: Category;
  /** What becomes of others; absent, they are refused. */
  readonly unseen?: "none" | "column";
}

/** A column's kind with what was learned of it. */
export type SavedColumn =
  | ({ readonly kind: "passThrough" } & SavedNumbers)
  | ({ readonly kind: "standard"; readonly mean: number; readonly deviation: number } & SavedNumbers)
  | ({ readonly kind: "minMax"; readonly min: number; readonly max: number } & SavedNumbers)
  | ({
      readonly kind: "robust";
      readonly median: number;
      readonly lower: number;
      readonly upper: number;
    } & SavedNumbers)
  | ({ readonly kind: "robustSmoothClip"; readonly median: number; readonly range: number } & SavedNumbers)
  | ({ readonly kind: "quantile"; readonly quantiles: readonly number[] } & SavedNumbers)
  | SavedCategories
  | { readonly kind: "drop"; readonly name?: string };

export const kindIsOfCategories = (kind: ColumnKind) => kind === "oneHot" || kind === "ordinal";

/** How many columns it has when encoded. */
export function widthOfColumn(column: SavedColumn): number {
  if (column.kind === "drop") return 0;
  const extra = Number(column.missingColumn === true) + Number("unseen" in column && column.unseen === "column");
  return extra + (column.kind === "oneHot" ? column.categories.length : 1);
}

/** Names of the encoded columns, as scikit-learn has them: "sqm", "city_Bonn", "sqm_missing". */
export function encodedNames(column: SavedColumn, i: number): string[] {
  if (column.kind === "drop") return [];
  const { name = `x${i}` } = column;
  return [
    ...(column.kind === "oneHot" ? column.categories.map((category) => `${name}_${category}`) : [name]),
    ...(column.missingColumn ? [`${name}_missing`] : []),
    ...("unseen" in column && column.unseen === "column" ? [`${name}_unseen`] : []),
  ];
}
