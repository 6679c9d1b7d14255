// What is learned of a column of a table, and what it takes to encode and decode it. Everything is in f64, and sums run
// in row order, so the same table or JSON gives the same bits everywhere.

import { isNumberArray, plainView } from "../arrays.ts";
import { checkChoice, checkKeys, checkWhole, isList, isRevoked, show } from "../checks.ts";
import { DataError, FormatError, OptionError } from "../errors.ts";
import { allocated } from "../numbers.ts";
import {
  booleanOf,
  type Category,
  type Cell,
  type DateUnit,
  dateAt,
  dateOf,
  isCategory,
  isMissing,
  listOf,
  numberOf,
  sortCategories,
  toNumber,
  UNITS,
  type Values,
  type Words,
} from "./cells.ts";
import type { DataTable } from "./table.ts";

const PARAMETERS = {
  passThrough: [],
  standard: ["mean", "deviation"],
  minMax: ["min", "max"],
  robust: ["median", "lower", "upper"],
  quantile: ["quantiles"],
  oneHot: ["categories"],
  ordinal: ["categories"],
  drop: [],
} as const;
export const KINDS = Object.keys(PARAMETERS) as ColumnKind[];
export const MISSING = ["error", "median", "mostFrequent", "column"] as const;
export const UNSEEN = ["error", "none", "column"] as const;
export const MAX_WIDTH = 2 ** 20; // columns; more is a mistake, such as one-hot encoding of row numbers
const MAX_QUANTILES = 1000;
const MAX_DATE = 8.64e15; // milliseconds before and after 1970

/**
 * What becomes of a column v. Numbers:
 * - "standard": (v − mean) / deviation, of the population
 * - "minMax": (v − min) / (max − min), from 0 to 1
 * - "robust": (v − median) / (upper − lower quartile)
 * - "quantile": the share of learned numbers below v, from 0 to 1
 * - "passThrough": v as it is
 *
 * Categories:
 * - "oneHot": one column for each category: 1 in that of the cell, 0 in the others
 * - "ordinal": the category's index, as the sparse loss takes classes
 *
 * "drop" leaves the column out. Where a scale would be 0, but for rounding, it counts as 1.
 */
export type ColumnKind = "passThrough" | "standard" | "minMax" | "robust" | "quantile" | "oneHot" | "ordinal" | "drop";

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
  | ({ readonly kind: "quantile"; readonly quantiles: readonly number[] } & SavedNumbers)
  | SavedCategories
  | { readonly kind: "drop"; readonly name?: string };

/** One column of a table that an encoder learns from. */
export interface Source {
  readonly table: DataTable;
  readonly index: number;
  readonly words: Words;
}

const kindIsOfCategories = (kind: ColumnKind) => kind === "oneHot" || kind === "ordinal";

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

/** What is learned of one column, frozen. */
export function learnColumn(source: Source, options: ColumnOptions): SavedColumn {
  const { table, index } = source;
  const name = table.names?.[index];
  const named = name === undefined ? {} : { name };
  const found = options.kind === "drop" ? undefined : look(source, options);
  const kind = options.kind ?? found!.kind;
  checkOptions(source, kind, options);
  if (found === undefined) return Object.freeze({ kind: "drop", ...named });
  if (kindIsOfCategories(kind)) return Object.freeze({ ...named, ...learnCategories(source, kind, options) });
  return Object.freeze({ ...named, ...learnNumbers(source, kind, found.values, options) } as SavedColumn);
}

function checkOptions(source: Source, kind: ColumnKind, options: ColumnOptions): void {
  const fits = { categories: kindIsOfCategories(kind), quantiles: kind === "quantile" } as const;
  for (const key of ["categories", "quantiles"] as const) {
    if (options[key] === undefined || fits[key]) continue;
    throw new OptionError(`${columnName(source)} has ${key}; it is of kind "${kind}"`);
  }
}

const columnName = ({ table, index }: Source) =>
  table.names === undefined ? `column ${index}` : `column ${show(table.names[index])}`;

interface Look {
  readonly kind: ColumnKind;
  readonly values: Values | undefined;
}

/** What the cells of a column are. If the kind is given, words among numbers are found when they are read. */
function look(source: Source, { kind }: ColumnOptions): Look {
  const { table, index, words } = source;
  const { cells, first, step } = table.cellsAt(index);
  if (isNumberArray(cells) || (kind !== undefined && kindIsOfCategories(kind))) {
    return { kind: kind ?? "standard", values: undefined };
  }
  let [present, numbers, commas, booleans, dates] = [0, 0, 0, 0, 0];
  let odd = -1; // the first cell that is no number
  for (let s = 0; s < table.rows; s++) {
    const cell = cells[first + s * step];
    if (isMissing(cell, words)) continue;
    present++;
    if (typeof cell === "number" || (typeof cell === "string" && numberOf(cell) !== undefined)) {
      numbers++;
      continue;
    }
    if (odd < 0) odd = s;
    if (typeof cell === "string" && COMMA.test(cell)) commas++;
    else if (booleans === present - 1 && booleanOf(cell) !== undefined) booleans++;
    else if (dates === present - 1 && dateOf(cell) !== undefined) dates++;
  }
  if (present > 0 && booleans === present) return { kind: "passThrough", values: "boolean" };
  if (present > 0 && dates === present) return { kind: "standard", values: "date" };
  if (numbers === present) return { kind: "standard", values: undefined };
  if (kind !== undefined) return { kind, values: undefined };
  const cell = cells[first + odd * step];
  if (numbers + commas === present) {
    const advice = 'parseCSV(text, { decimal: "," }) reads these as numbers';
    throw new DataError(`${table.place(odd, index)} is ${show(cell)}, as if with a decimal comma; ${advice}`);
  }
  if (2 * numbers >= present) {
    const advice = `give its kind, such as "oneHot", or missingWords: [${show(cell)}] if that says that a cell is missing`;
    throw new DataError(
      `${table.place(odd, index)} is ${show(cell)}, and most of ${columnName(source)} are numbers; ${advice}`,
    );
  }
  return { kind: "oneHot", values: undefined };
}

const COMMA = /^\s*[+-]?\d+,\d+\s*$/;

function learnNumbers(source: Source, kind: ColumnKind, values: Values | undefined, options: ColumnOptions) {
  const { table } = source;
  const { unit = "day", missing = "error" } = options;
  const read = { values, unit: values === "date" ? UNITS[unit] : 1 };
  const all = allocated("f64", table.rows, Float64Array);
  const lacking = load(source, read, 0, table.rows, all);
  if (lacking && missing === "error") refuseMissing(source, 0, all);
  const present = lacking ? all.filter((value) => !Number.isNaN(value)) : all;
  if (present.length === 0) {
    throw new DataError(`${columnName(source)} has no cell that is there; its kind can be "drop"`);
  }
  const sorted = kind === "robust" || kind === "quantile" || missing !== "error" ? present.slice().sort() : present;
  const fill = missing === "mostFrequent" ? mostFrequent(sorted) : percentile(sorted, 0.5) + 0;
  return {
    kind,
    ...parametersOf(kind, present, sorted, options),
    ...(values !== undefined && { values }),
    ...(values === "date" && { unit }),
    ...(missing !== "error" && { fill }),
    ...(missing === "column" && lacking && { missingColumn: true }),
  };
}

/** −0 becomes 0: JSON has no other. */
function parametersOf(kind: ColumnKind, present: Float64Array, sorted: Float64Array, { quantiles }: ColumnOptions) {
  if (kind === "passThrough") return {};
  if (kind === "robust") {
    const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => percentile(sorted, share) + 0) as [
      number,
      number,
      number,
    ];
    return { median, lower, upper: isConstant(lower, upper) ? lower : upper };
  }
  if (kind === "quantile") {
    const count = Math.min(quantiles ?? MAX_QUANTILES, sorted.length);
    const found = Array.from({ length: count }, (_, q) => percentile(sorted, count === 1 ? 0 : q / (count - 1)) + 0);
    for (let q = 1; q < count; q++) if (found[q]! < found[q - 1]!) found[q] = found[q - 1]!; // by rounding
    return { quantiles: Object.freeze(found) };
  }
  let [min, max, sum] = [present[0]!, present[0]!, 0];
  for (const value of present) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  if (kind === "minMax") return { min: min + 0, max: (isConstant(min, max) ? min : max) + 0 };
  // a mean of equal numbers may round to another, and their deviation then is no 0
  const { length } = present;
  const mean = (min === max ? min : sum / length) + 0;
  let squares = 0;
  for (const value of present) squares += (value - mean) * (value - mean);
  const variance = squares / length;
  // what rounding alone makes of equal numbers, as scikit-learn has it
  const rounding = length * mean * Number.EPSILON;
  const constant = variance < Infinity && variance <= length * Number.EPSILON * variance + rounding * rounding;
  return { mean, deviation: constant ? 1 : Math.sqrt(variance) };
}

/** Whether two numbers differ by rounding alone, such as 0.3 and 0.1 + 0.2. */
function isConstant(low: number, high: number): boolean {
  return high - low <= 10 * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high));
}

/** Of sorted numbers, the one below which a share of them lies; between two it is interpolated, as by numpy. */
function percentile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  const part = at - below;
  if (a === b || part === 0) return a;
  const difference = b - a;
  return part >= 0.5 ? b - difference * (1 - part) : a + difference * part;
}

function mostFrequent(sorted: Float64Array): number {
  let [best, most] = [sorted[0]!, 0];
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if (to - from > most) [best, most] = [sorted[from]!, to - from];
    from = to;
  }
  return best + 0;
}

function learnCategories(source: Source, kind: ColumnKind, options: ColumnOptions): SavedCategories {
  const { table, index, words } = source;
  const { missing = "error", unseen = "error" } = options;
  const { cells, first, step } = table.cellsAt(index);
  const counts = new Map<Category, number>();
  let lacking = false;
  for (let s = 0; s < table.rows; s++) {
    const cell: unknown = cells[first + s * step];
    const count = counts.get(cell as Category);
    if (count !== undefined) counts.set(cell as Category, count + 1);
    else if (isMissing(cell, words)) {
      lacking = true;
      if (missing === "error") throw refusal(source, s, cell, "a string, a boolean or a finite number", true);
    } else if (isCategory(cell)) counts.set(cell, 1);
    else throw refusal(source, s, cell, "a string, a boolean or a finite number");
  }
  if (counts.size === 0) {
    throw new DataError(`${columnName(source)} has no cell that is there; its kind can be "drop"`);
  }
  const found = sortCategories(
    [...counts.keys()].map((category) => (typeof category === "number" ? category + 0 : category)),
  );
  const fill = found.reduce((best, category) => (counts.get(category)! > counts.get(best)! ? category : best));
  const categories =
    options.categories === undefined
      ? found
      : checkCategories(`categories of ${columnName(source)}`, options.categories);
  if (options.categories !== undefined && unseen === "error") {
    const known = new Set(categories);
    for (let s = 0; s < table.rows; s++) {
      const cell: unknown = cells[first + s * step];
      if (isMissing(cell, words) || known.has(cell as Category)) continue;
      throw new DataError(`${table.place(s, index)} is ${show(cell)}; one of ${listOf(categories)} is expected`);
    }
  }
  const hasColumn = missing === "column" && lacking;
  return {
    kind: kind as "oneHot" | "ordinal",
    categories: Object.freeze(categories),
    ...(missing !== "error" && !(hasColumn && kind === "oneHot") && { fill }),
    ...(hasColumn && { missingColumn: true }),
    ...(unseen !== "error" && { unseen }),
  };
}

/** What encoding and decoding of one column takes. */
export interface Code {
  readonly column: Exclude<SavedColumn, { kind: "drop" }>;
  readonly width: number;
  /** Of numbers. */
  readonly values: Values | undefined;
  readonly unit: number;
  readonly offset: number;
  readonly scale: number;
  readonly quantiles: Float64Array | undefined;
  /** Of categories. */
  readonly categories: readonly Category[];
  readonly places: ReadonlyMap<unknown, number> | undefined;
  /** The same for small whole numbers: −1 where there is none. */
  readonly table: Int32Array | undefined;
  /** Where the column of missing cells is, and that of unseen categories: 0 if there is none. */
  readonly missingAt: number;
  readonly unseenAt: number;
}

const MAX_TABLE = 2 ** 16;

export function codeOf(column: SavedColumn, i: number): Code | undefined {
  if (column.kind === "drop") return undefined;
  const values = "values" in column ? column.values : undefined;
  const categories = "categories" in column ? column.categories : [];
  const first = column.kind === "oneHot" ? categories.length : 1;
  const missingAt = column.missingColumn ? first : 0;
  const unseenAt = "unseen" in column && column.unseen === "column" ? first + Number(missingAt > 0) : 0;
  const [offset, scale] = scaleOf(column);
  if (!Number.isFinite(offset) || !Number.isFinite(scale)) {
    throw new DataError(`column ${i} has numbers too large for "${column.kind}"; its scale is infinite in f64`);
  }
  const isOfCategories = kindIsOfCategories(column.kind);
  const places = isOfCategories ? new Map(categories.map((category, n) => [category, n])) : undefined;
  let table: Int32Array | undefined;
  if (
    categories.every((category) => typeof category === "number" && category >>> 0 === category && category < MAX_TABLE)
  ) {
    table = new Int32Array(
      categories.reduce<number>((most, category) => Math.max(most, category as number), -1) + 1,
    ).fill(-1);
    for (const [n, category] of categories.entries()) table[category as number] = n;
  }
  return {
    column,
    width: widthOfColumn(column),
    values,
    unit: values === "date" ? UNITS[("unit" in column && column.unit) || "day"] : 1,
    offset,
    scale,
    quantiles: column.kind === "quantile" ? Float64Array.from(column.quantiles) : undefined,
    categories,
    places,
    table: isOfCategories ? table : undefined,
    missingAt,
    unseenAt,
  };
}

function scaleOf(column: SavedColumn): [offset: number, scale: number] {
  if (column.kind === "standard") return [column.mean, column.deviation];
  if (column.kind === "minMax") return [column.min, column.max - column.min || 1];
  if (column.kind === "robust") return [column.median, column.upper - column.lower || 1];
  return [0, 1];
}

export const BLOCK = 256; // rows: numbers of a block stay in the cache while its columns are encoded

/** Where the encoded numbers of a block's rows go: `data[at]`, `data[at + stride]`, … */
export interface Target {
  readonly data: Float64Array;
  readonly at: number;
  readonly stride: number;
}

/** Encodes rows `from` to `to`, at most BLOCK, of a column into zeros. */
export function encodeColumn(
  code: Code,
  source: Source,
  from: number,
  to: number,
  target: Target,
  scratch: Float64Array,
): void {
  if (code.places === undefined) encodeNumbers(code, source, from, to, target, scratch);
  else encodeCategories(code, source, from, to, target);
}

function encodeNumbers(
  code: Code,
  source: Source,
  from: number,
  to: number,
  { data, at, stride }: Target,
  scratch: Float64Array,
): void {
  const { offset, scale, quantiles, missingAt } = code;
  const { fill } = code.column as SavedNumbers;
  const count = to - from;
  const { cells, first, step } = source.table.cellsAt(source.index);
  if (
    cells instanceof Float64Array &&
    quantiles === undefined &&
    code.values === undefined &&
    source.words.size === 0
  ) {
    // the usual case in one pass; what is not finite is seen by its product with 0
    let sum = 0;
    for (let n = 0, p = first + from * step, place = at; n < count; n++, p += step, place += stride) {
      const value = (cells[p]! - offset) / scale;
      data[place] = value;
      sum += value * 0;
    }
    if (sum === 0) return;
  }
  if (load(source, code, from, to, scratch)) {
    if (fill === undefined) refuseMissing(source, from, scratch);
    for (let n = 0; n < count; n++) {
      if (!Number.isNaN(scratch[n])) continue;
      scratch[n] = fill!;
      if (missingAt > 0) data[at + n * stride + missingAt] = 1;
    }
  }
  if (quantiles !== undefined) {
    for (let n = 0, place = at; n < count; n++, place += stride) data[place] = shareBelow(scratch[n]!, quantiles);
    return;
  }
  let sum = 0; // of zeros, as long as all are finite
  for (let n = 0, place = at; n < count; n++, place += stride) {
    const value = (scratch[n]! - offset) / scale;
    data[place] = value;
    sum += value * 0;
  }
  if (sum === 0) return;
  for (let n = 0; n < count; n++) {
    if (Number.isFinite(data[at + n * stride])) continue;
    throw new DataError(
      `${source.table.place(from + n, source.index)} is ${scratch[n]}; scaled, that is infinite in f64`,
    );
  }
}

/** Numbers of rows `from` to `to` with NaN for missing ones; returns whether there are some. */
function load(
  source: Source,
  { values, unit }: Pick<Code, "values" | "unit">,
  from: number,
  to: number,
  scratch: Float64Array,
): boolean {
  const { table, index, words } = source;
  const { cells, first, step } = table.cellsAt(index);
  const count = to - from;
  if (values === undefined && words.size === 0 && isNumberArray(cells)) {
    if (step === 1) scratch.set(plainView(cells, first + from, count));
    else for (let n = 0, p = first + from * step; n < count; n++, p += step) scratch[n] = cells[p]!;
  } else {
    for (let n = 0, p = first + from * step; n < count; n++, p += step) {
      const cell: unknown = cells[p];
      const isPlain = typeof cell === "number" && values === undefined && words.size === 0;
      const value = isPlain ? cell : toNumber(cell, values, unit, words);
      if (value === undefined) throw refusal(source, from + n, cell, expectedOf(values));
      scratch[n] = value;
    }
  }
  let sum = 0;
  for (let n = 0; n < count; n++) sum += scratch[n]! * 0;
  if (sum === 0) return false;
  for (let n = 0; n < count; n++) {
    const value = scratch[n]!;
    if (Math.abs(value) === Infinity) throw refusal(source, from + n, value, expectedOf(values));
  }
  return true;
}

function expectedOf(values: Values | undefined): string {
  if (values === "boolean") return "true or false";
  return values === "date" ? "a date, or a text such as 2026-11-30 or 2026-11-30T12:00Z," : "a finite number";
}

function refuseMissing(source: Source, from: number, numbers: Float64Array): void {
  const n = numbers.findIndex(Number.isNaN);
  const { cells, first, step } = source.table.cellsAt(source.index);
  throw refusal(source, from + n, cells[first + (from + n) * step], "a finite number", true);
}

function refusal({ table, index }: Source, row: number, cell: unknown, expected: string, missing = false): DataError {
  const advice = missing ? `, or the option missing: "median", "mostFrequent" or "column"` : "";
  return new DataError(`${table.place(row, index)} is ${show(cell)}; ${expected} is expected${advice}`);
}

function encodeCategories(code: Code, source: Source, from: number, to: number, target: Target): void {
  const { cells, first, step } = source.table.cellsAt(source.index);
  const { data, at, stride } = target;
  const isOneHot = code.column.kind === "oneHot";
  const { places, table } = code;
  const isTyped = table !== undefined && isNumberArray(cells);
  for (let s = from, p = first + from * step, row = at; s < to; s++, p += step, row += stride) {
    const cell: unknown = cells[p];
    let place = isTyped ? table[cell as number] : places!.get(cell);
    if (place === undefined || place < 0) place = placeOfOther(code, source, s, cell, data, row);
    if (!isOneHot) data[row] = place;
    else if (place >= 0) data[row + place] = 1;
  }
}

/** The place of a cell that is missing or unseen, −1 if it has none, with its mark in the column for it. */
function placeOfOther(code: Code, source: Source, s: number, cell: unknown, data: Float64Array, row: number): number {
  const { missingAt, unseenAt, places, categories } = code;
  const { fill, unseen } = code.column as SavedCategories;
  if (isMissing(cell, source.words)) {
    if (missingAt > 0) data[row + missingAt] = 1;
    if (fill !== undefined) return places!.get(fill)!;
    if (missingAt > 0) return -1;
    throw refusal(source, s, cell, `one of ${listOf(categories)}`, true);
  }
  if (unseen === undefined || !isCategory(cell)) throw refusal(source, s, cell, `one of ${listOf(categories)}`);
  if (unseenAt > 0) data[row + unseenAt] = 1;
  return -1;
}

/** The share of learned numbers below a value, as scikit-learn interpolates it: among equal ones, their middle. */
function shareBelow(value: number, quantiles: Float64Array): number {
  const last = quantiles.length - 1;
  if (value <= quantiles[0]!) return 0;
  if (value >= quantiles[last]!) return 1;
  let [low, high] = [0, last]; // the last quantile of at most the value
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (quantiles[middle]! <= value) low = middle;
    else high = middle;
  }
  const [below, above] = [quantiles[low]!, quantiles[high]!];
  if (below === value) {
    let equal = low; // the first of those that are equal
    while (quantiles[equal - 1] === value) equal--;
    return (low + equal) / 2 / last;
  }
  return (low + (value - below) / (above - below)) / last;
}

/** The number below which a share of the learned ones lies. */
function valueAt(share: number, quantiles: Float64Array): number {
  return percentile(quantiles, Math.min(1, Math.max(0, share)));
}

/** The cell that the numbers from `first` on stand for; `where` tells a message whose they are. */
export function decodeCell(code: Code, numbers: Float64Array, first: number, where: () => string): Cell {
  const { column, missingAt, unseenAt, values, unit, categories } = code;
  const isExtra = (at: number) => at > 0 && numbers[first + at]! >= 0.5;
  if (column.kind === "oneHot") {
    let best = 0;
    for (let n = 1; n < code.width; n++) if (numbers[first + n]! > numbers[first + best]!) best = n;
    return best < categories.length ? categories[best] : null;
  }
  if (isExtra(missingAt) || isExtra(unseenAt)) return null;
  const number = numbers[first]!;
  if (column.kind === "ordinal") {
    if (column.unseen !== undefined && number < -0.5) return null;
    return categories[Math.min(categories.length - 1, Math.max(0, Math.round(number)))];
  }
  let value = number; // −0 · 1 + 0 would be 0
  if (code.quantiles !== undefined) value = valueAt(number, code.quantiles);
  else if (column.kind !== "passThrough") value = number * code.scale + code.offset;
  if (!Number.isFinite(value)) throw new DataError(`${where()} is ${number}; scaled, that is infinite in f64`);
  if (values === "boolean") return value >= 0.5;
  if (values !== "date") return value;
  const time = Math.round(value * unit);
  if (Math.abs(time) <= MAX_DATE) return dateAt(time);
  throw new DataError(
    `${where()} is ${number}; that is no date, but ${value} ${(column as SavedNumbers).unit}s after 1970`,
  );
}

/** One column of a saved encoder, made anew of what was checked. */
export function checkColumn(value: unknown, i: number): SavedColumn {
  const at = `columns[${i}]`;
  const column = (isRevoked(value) ? {} : (value ?? {})) as Record<string, unknown>;
  // what the first releases called it
  const kind = column.kind === "number" ? "passThrough" : checkChoice(`${at}.kind`, column.kind, KINDS);
  const isOfCategories = kindIsOfCategories(kind);
  const optional =
    kind === "drop" ? [] : ["fill", "missingColumn", ...(isOfCategories ? ["unseen"] : ["values", "unit"])];
  checkKeys(at, column, ["kind", ...PARAMETERS[kind]], ["name", ...optional]);
  const { name, values, unit, fill, missingColumn, unseen } = column;
  if (name !== undefined && typeof name !== "string") {
    throw new FormatError(`${at}.name is ${show(name)}; a text is expected`);
  }
  if (missingColumn !== undefined && missingColumn !== true) {
    throw new FormatError(`${at}.missingColumn is ${show(missingColumn)}; true is expected`);
  }
  const number = (key: string) => {
    const found = column[key];
    if (typeof found === "number" && Number.isFinite(found)) return found + 0; // no −0: see parametersOf
    throw new DataError(`${at}.${key} is ${show(found)}; a finite number is expected`);
  };
  const base = { ...(name !== undefined && { name }), kind };
  const end = missingColumn === undefined ? {} : { missingColumn };
  if (kind === "drop") return Object.freeze(base as SavedColumn);
  if (isOfCategories) {
    const categories = checkCategories(`${at}.categories`, column.categories);
    if (fill !== undefined && !categories.includes(fill as Category)) {
      throw new FormatError(`${at}.fill is ${show(fill)}; one of ${listOf(categories)} is expected`);
    }
    const other = unseen === undefined ? {} : { unseen: checkChoice(`${at}.unseen`, unseen, UNSEEN.slice(1)) };
    const own = { categories: Object.freeze(categories), ...(fill !== undefined && { fill }), ...end, ...other };
    return Object.freeze({ ...base, ...own } as SavedColumn);
  }
  return Object.freeze({
    ...base,
    ...checkParameters(at, kind, column, number),
    ...(values !== undefined && { values: checkChoice(`${at}.values`, values, ["boolean", "date"]) }),
    ...(unit !== undefined && { unit: checkChoice(`${at}.unit`, unit, Object.keys(UNITS)) }),
    ...(fill !== undefined && { fill: number("fill") }),
    ...end,
  } as SavedColumn);
}

function checkParameters(
  at: string,
  kind: ColumnKind,
  column: Record<string, unknown>,
  number: (key: string) => number,
): object {
  if (kind === "quantile") {
    const quantiles = Array.from(checkList(`${at}.quantiles`, column.quantiles), (value, n) => {
      if (typeof value === "number" && Number.isFinite(value)) return value + 0;
      throw new DataError(`${at}.quantiles[${n}] is ${show(value)}; a finite number is expected`);
    });
    checkOrder(at, quantiles, (n) => `quantiles[${n}]`);
    return { quantiles: Object.freeze(quantiles) };
  }
  const keys = PARAMETERS[kind];
  const parameters = Object.fromEntries(keys.map((key) => [key, number(key)]));
  if (kind === "standard" && parameters.deviation! <= 0) {
    throw new FormatError(`${at}.deviation is ${parameters.deviation}; a number of more than 0 is expected`);
  }
  const ordered = kind === "minMax" ? ["min", "max"] : kind === "robust" ? ["lower", "upper"] : [];
  checkOrder(
    at,
    ordered.map((key) => parameters[key]!),
    (n) => ordered[n]!,
  );
  return parameters;
}

/** None more than the next one. */
function checkOrder(at: string, numbers: readonly number[], nameOf: (n: number) => string): void {
  numbers.forEach((value, n) => {
    const next = numbers[n + 1] ?? Infinity;
    if (value <= next) return;
    throw new FormatError(`${at}.${nameOf(n)} is ${value}; no more than ${nameOf(n + 1)}, ${next}, is expected`);
  });
}

function checkCategories(name: string, value: unknown): Category[] {
  const categories = new Set<Category>();
  Array.from(checkList(name, value), (category, n) => {
    if (!isCategory(category)) {
      const expected = "a string, a boolean or a finite number is expected";
      throw new DataError(`${name}[${n}] is ${show(category)}; ${expected}`);
    }
    if (categories.has(category)) throw new FormatError(`${name} has ${show(category)} twice`);
    categories.add(category);
  });
  return [...categories];
}

export function checkList(name: string, value: unknown): unknown[] {
  if (isList(value) && value.length >= 1 && value.length <= MAX_WIDTH) return value as unknown[];
  throw new FormatError(`${name} is ${show(value)}; an array of 1 to ${MAX_WIDTH} elements is expected`);
}

/** Options of one column, each read once and checked. */
export function checkColumnOptions(name: string, given: ColumnOptions): ColumnOptions {
  const { kind, categories, missing, unseen, unit, quantiles } = given;
  return {
    ...(kind !== undefined && { kind: checkChoice(`${name}.kind`, kind, KINDS) }),
    ...(categories !== undefined && { categories }),
    ...(missing !== undefined && { missing: checkChoice(`${name}.missing`, missing, MISSING) }),
    ...(unseen !== undefined && { unseen: checkChoice(`${name}.unseen`, unseen, UNSEEN) }),
    ...(unit !== undefined && { unit: checkChoice(`${name}.unit`, unit, Object.keys(UNITS) as DateUnit[]) }),
    ...(quantiles !== undefined && { quantiles: checkWhole(`${name}.quantiles`, quantiles, 2, MAX_QUANTILES) }),
  };
}
