// A column's cells as numbers, by what was learned of it, and numbers as cells.

import { isNumberArray } from "../arrays.ts";
import { show } from "../checks.ts";
import { DataError } from "../errors.ts";
import {
  type Category,
  type Cell,
  dateAt,
  isCategory,
  isMissing,
  listOf,
  placesOf,
  UNITS,
  type Values,
} from "./cells.ts";
import {
  kindIsOfCategories,
  type SavedCategories,
  type SavedColumn,
  type SavedNumbers,
  widthOfColumn,
} from "./columns.ts";
import { shareBelow, valueAt } from "./quantiles.ts";
import { load, refusal, refuseMissing, type Source } from "./reading.ts";

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
  /** Finds categories by their texts and numbers, too. */
  readonly placeOf: (cell: unknown) => number | undefined;
  /** The same for small whole numbers: −1 where there is none. */
  readonly table: Int32Array | undefined;
  /** Where the column of missing cells is, and that of unseen categories: 0 if there is none. */
  readonly missingAt: number;
  readonly unseenAt: number;
}

const MAX_TABLE = 2 ** 16;
const MAX_DATE = 8.64e15; // milliseconds before and after 1970

export function codeOf(column: SavedColumn, i: number): Code | undefined {
  if (column.kind === "drop") return undefined;
  const values = "values" in column ? column.values : undefined;
  const categories = "categories" in column ? column.categories : [];
  const first = column.kind === "oneHot" ? categories.length : 1;
  const missingAt = column.missingColumn ? first : 0;
  const unseenAt = "unseen" in column && column.unseen === "column" ? first + Number(missingAt > 0) : 0;
  const [offset, scale] = scaleOf(column);
  if (!Number.isFinite(offset) || !Number.isFinite(scale)) {
    const name = column.name === undefined ? i : show(column.name);
    throw new DataError(`column ${name} has numbers too large for "${column.kind}"; its scale is infinite in f64`);
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
    placeOf: placesOf(categories),
    table: isOfCategories ? table : undefined,
    missingAt,
    unseenAt,
  };
}

export function scaleOf(column: SavedColumn): [offset: number, scale: number] {
  if (column.kind === "standard") return [column.mean, column.deviation];
  if (column.kind === "minMax") return [column.min, column.max - column.min || 1];
  if (column.kind === "robust") return [column.median, column.upper - column.lower || 1];
  if (column.kind === "robustSmoothClip") return [column.median, column.range];
  return [0, 1];
}

const CLIP = 3;

/** Between −CLIP and CLIP, and near 0 the number itself. */
const smoothlyClipped = (z: number) => z / Math.sqrt(1 + (z / CLIP) * (z / CLIP));

/** The number that becomes y; infinite at ±CLIP and beyond. */
const beforeClip = (y: number) => (Math.abs(y) < CLIP ? y / Math.sqrt(1 - (y / CLIP) * (y / CLIP)) : y * Infinity);

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
  const clips = code.column.kind === "robustSmoothClip";
  const { cells, first, step } = source.table.cellsAt(source.index);
  if (
    cells instanceof Float64Array &&
    quantiles === undefined &&
    code.values === undefined &&
    source.words.size === 0 &&
    !clips
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
    data[place] = clips ? smoothlyClipped(value) : value;
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
  const { missingAt, unseenAt, places, placeOf, categories } = code;
  const { fill, unseen } = code.column as SavedCategories;
  if (isMissing(cell, source.words)) {
    if (missingAt > 0) data[row + missingAt] = 1;
    if (fill !== undefined) return places!.get(fill)!;
    if (missingAt > 0) return -1;
    throw refusal(source, s, cell, `one of ${listOf(categories)}`, true);
  }
  const alike = placeOf(cell);
  if (alike !== undefined) return alike;
  if (unseen === undefined || !isCategory(cell)) throw refusal(source, s, cell, `one of ${listOf(categories)}`);
  if (unseenAt > 0) data[row + unseenAt] = 1;
  return -1;
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
  else if (column.kind === "robustSmoothClip") value = beforeClip(number) * code.scale + code.offset;
  else if (column.kind !== "passThrough") value = number * code.scale + code.offset;
  if (!Number.isFinite(value)) throw new DataError(`${where()} is ${number}; scaled, that is infinite in f64`);
  if (values === "boolean") return value >= 0.5;
  if (values !== "date") return value;
  const time = Math.round(value * unit);
  if (Math.abs(time) <= MAX_DATE) return dateAt(time);
  throw new DataError(
    `${where()} is ${number}; that is no date, but ${value} ${(column as SavedNumbers).unit ?? "day"}s after 1970`,
  );
}
