// The numbers of a table's column, and the errors that name its cells.

import { isNumberArray, plainView } from "../arrays.ts";
import { show } from "../checks.ts";
import { DataError } from "../errors.ts";
import { toNumber, type Values, type Words } from "./cells.ts";
import type { DataTable } from "./table.ts";

/** How cells of numbers are read. */
export interface Reading {
  /** What they are, if not numbers. */
  readonly values: Values | undefined;
  /** Milliseconds of a date's unit. */
  readonly unit: number;
}

/** One column of a table that an encoder learns from. */
export interface Source {
  readonly table: DataTable;
  readonly index: number;
  readonly words: Words;
}

/** Numbers of rows `from` to `to` with NaN for missing ones; returns whether there are some. */
export function load(
  source: Source,
  { values, unit }: Reading,
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

export function refusal(
  { table, index }: Source,
  row: number,
  cell: unknown,
  expected: string,
  missing = false,
): DataError {
  const advice = missing ? `, or the option missing: "median", "mostFrequent" or "column"` : "";
  return new DataError(`${table.place(row, index)} is ${show(cell)}; ${expected} is expected${advice}`);
}

export function refuseMissing(source: Source, from: number, numbers: Float64Array): void {
  const n = numbers.findIndex(Number.isNaN);
  const { cells, first, step } = source.table.cellsAt(source.index);
  throw refusal(source, from + n, cells[first + (from + n) * step], "a finite number", true);
}

function expectedOf(values: Values | undefined): string {
  if (values === "boolean") return "true or false";
  return values === "date" ? "a date, or a text such as 2026-11-30 or 2026-11-30T12:00Z," : "a finite number";
}
