// What is learned of a column. Everything is in f64, and sums run in row order, so the same table gives the same bits
// everywhere.

import { isNumberArray } from "../arrays.ts";
import { show } from "../checks.ts";
import { DataError, OptionError } from "../errors.ts";
import { allocated } from "../numbers.ts";
import {
  booleanOf,
  type Category,
  dateOf,
  isCategory,
  isMissing,
  listOf,
  numberOf,
  placesOf,
  sortCategories,
  UNITS,
  type Values,
} from "./cells.ts";
import {
  type ColumnKind,
  type ColumnOptions,
  kindIsOfCategories,
  MAX_QUANTILES,
  type Missing,
  type NumberKind,
  type SavedCategories,
  type SavedColumn,
} from "./columns.ts";
import { medianOf, percentile } from "./quantiles.ts";
import { load, refusal, refuseMissing, type Source } from "./reading.ts";
import { checkCategories } from "./saved-columns.ts";
import type { DataTable } from "./table.ts";

/** What is learned of one column, frozen. */
export function learnColumn(source: Source, options: ColumnOptions, usual: NumberKind): SavedColumn {
  const { table, index } = source;
  const name = table.names?.[index];
  const named = name === undefined ? {} : { name };
  const found = options.kind === "drop" ? undefined : look(source, options, usual);
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
    throw new OptionError(`${columnName(source.table, source.index)} has ${key}; it is of kind "${kind}"`);
  }
}

const columnName = ({ names }: DataTable, index: number) =>
  names === undefined ? `column ${index}` : `column ${show(names[index])}`;

const nothingIn = (table: DataTable, index: number) =>
  new DataError(`${columnName(table, index)} has no cell that is there; its kind can be "drop"`);

interface Look {
  readonly kind: ColumnKind;
  readonly values: Values | undefined;
}

/**
 * What the cells of a column are, in all rows of the table that this is a part of. If the kind is given, words among
 * numbers are found when they are read.
 */
function look({ table: { whole: table }, index, words }: Source, { kind }: ColumnOptions, usual: NumberKind): Look {
  const { cells, first, step } = table.cellsAt(index);
  if (isNumberArray(cells) || (kind !== undefined && kindIsOfCategories(kind))) {
    return { kind: kind ?? usual, values: undefined };
  }
  let [present, numbers, commas, thousands, booleans, dates] = [0, 0, 0, 0, 0, 0];
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
    else if (typeof cell === "string" && THOUSANDS.test(cell)) thousands++;
    else if (booleans === present - 1 && booleanOf(cell) !== undefined) booleans++;
    else if (dates === present - 1 && dateOf(cell) !== undefined) dates++;
  }
  if (present > 0 && booleans === present) return { kind: "passThrough", values: "boolean" };
  if (present > 0 && dates === present) return { kind: "standard", values: "date" };
  if (numbers === present) return { kind: kind ?? usual, values: undefined };
  if (kind !== undefined) return { kind, values: undefined };
  const cell = cells[first + odd * step];
  if (numbers + commas === present) {
    const advice = 'parseCSV(text, { decimal: "," }) reads these as numbers';
    throw new DataError(`${table.place(odd, index)} is ${show(cell)}, as if with a decimal comma; ${advice}`);
  }
  if (thousands > 0 && numbers + commas + thousands === present) {
    const advice = "take out what divides its thousands";
    throw new DataError(
      `${table.place(odd, index)} is ${show(cell)}, as if a number with divided thousands; ${advice}`,
    );
  }
  if (2 * numbers >= present) {
    const advice = `give its kind, such as "oneHot", or missingWords: [${show(cell)}] if that says that a cell is missing`;
    throw new DataError(
      `${table.place(odd, index)} is ${show(cell)}, and most of ${columnName(table, index)} are numbers; ${advice}`,
    );
  }
  return { kind: "oneHot", values: undefined };
}

const COMMA = /^\s*[+-]?\d+,\d+\s*$/;
const THOUSANDS = /^\s*[+-]?\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?\s*$/;

function learnNumbers(source: Source, kind: ColumnKind, values: Values | undefined, options: ColumnOptions) {
  const { table, index } = source;
  const { unit = "day", missing = "error" } = options;
  const read = { values, unit: values === "date" ? UNITS[unit] : 1 };
  const all = allocated("f64", table.rows, Float64Array);
  const lacking = load(source, read, 0, table.rows, all);
  if (lacking && missing === "error") refuseMissing(source, 0, all);
  let present = lacking ? all.filter((value) => !Number.isNaN(value)) : all;
  if (present.length === 0) {
    if (table.whole === table || !hasCells({ ...source, table: table.whole })) throw nothingIn(table, index);
    present = new Float64Array(1); // none in these rows, but in others: a constant
  }
  const sorted = isOfOrder(kind) || missing === "mostFrequent" ? present.slice().sort() : present;
  const parameters = parametersOf(kind, present, sorted, options); // sums in row order, before the median reorders them
  const fill =
    missing === "error" ? {} : { fill: missing === "mostFrequent" ? mostFrequent(sorted) : medianOf(sorted) };
  return {
    kind,
    ...parameters,
    ...(values !== undefined && { values }),
    ...(values === "date" && { unit }),
    ...fill,
    ...(missing === "column" && lacking && { missingColumn: true }),
  };
}

const isOfOrder = (kind: ColumnKind) => kind === "robust" || kind === "robustSmoothClip" || kind === "quantile";

/** −0 becomes 0: JSON has no other. */
function parametersOf(kind: ColumnKind, present: Float64Array, sorted: Float64Array, { quantiles }: ColumnOptions) {
  if (kind === "passThrough") return {};
  if (kind === "robust" || kind === "robustSmoothClip") {
    const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => percentile(sorted, share) + 0) as [
      number,
      number,
      number,
    ];
    const areEqual = isConstant(lower, upper);
    if (kind === "robust") return { median, lower, upper: areEqual ? lower : upper };
    const [min, max] = [sorted[0]!, sorted[sorted.length - 1]!];
    return { median, range: areEqual ? (isConstant(min, max) ? 1 : (max - min) / 2) : upper - lower };
  }
  if (kind === "quantile") {
    const count = Math.min(quantiles ?? MAX_QUANTILES, sorted.length);
    const found = Array.from({ length: count }, (_, q) => percentile(sorted, count === 1 ? 0 : q / (count - 1)) + 0);
    for (let q = 1; q < count; q++) if (found[q]! < found[q - 1]!) found[q] = found[q - 1]!; // by rounding
    return { quantiles: Object.freeze(found) };
  }
  let [min, max, sum] = [present[0]!, present[0]!, 0];
  for (let s = 0; s < present.length; s++) {
    const value = present[s]!;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  if (kind === "minMax") return { min: min + 0, max: (isConstant(min, max) ? min : max) + 0 };
  // a mean of equal numbers may round to another, and their deviation then is no 0
  const { length } = present;
  const mean = (min === max ? min : sum / length) + 0;
  let squares = 0;
  for (let s = 0; s < length; s++) squares += (present[s]! - mean) * (present[s]! - mean);
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

function hasCells({ table, index, words }: Source): boolean {
  const { cells, first, step } = table.cellsAt(index);
  for (let s = 0; s < table.rows; s++) if (!isMissing(cells[first + s * step], words)) return true;
  return false;
}

/** How often each category occurs, and whether cells are missing. */
function countCategories(source: Source, missing: Missing): { counts: Map<Category, number>; lacking: boolean } {
  const { table, index, words } = source;
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
  return { counts, lacking };
}

function learnCategories(source: Source, kind: ColumnKind, options: ColumnOptions): SavedCategories {
  const { table, index, words } = source;
  const { missing = "error", unseen = "error" } = options;
  const { counts, lacking } = countCategories(source, missing);
  let all = counts;
  // a rare category must not be refused because these rows are without it
  if (table.whole !== table && (unseen === "error" || counts.size === 0)) {
    all = countCategories({ ...source, table: table.whole }, "median").counts;
  }
  if (all.size === 0) throw nothingIn(table, index);
  const found = sortCategories(
    [...all.keys()].map((category) => (typeof category === "number" ? category + 0 : category)),
  );
  const countOf = (category: Category) => counts.get(category) ?? 0;
  const fill = found.reduce((best, category) => (countOf(category) > countOf(best) ? category : best));
  const categories =
    options.categories === undefined
      ? found
      : checkCategories(`categories of ${columnName(table, index)}`, options.categories);
  if (options.categories !== undefined && unseen === "error") {
    const placeOf = placesOf(categories);
    const { cells, first, step } = table.cellsAt(index);
    for (let s = 0; s < table.rows; s++) {
      const cell: unknown = cells[first + s * step];
      if (isMissing(cell, words) || placeOf(cell) !== undefined) continue;
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
