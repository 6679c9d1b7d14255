// Columns of a saved encoder, and options of a column, checked and made anew.

import { checkChoice, checkKeys, checkWhole, isList, isRevoked, show } from "../checks.ts";
import { DataError, FormatError, OptionError } from "../errors.ts";
import { type Category, type DateUnit, isCategory, listOf, UNITS } from "./cells.ts";
import {
  type ColumnKind,
  type ColumnOptions,
  KINDS,
  kindIsOfCategories,
  MAX_QUANTILES,
  MAX_WIDTH,
  MISSING,
  PARAMETERS,
  type SavedColumn,
  UNSEEN,
} from "./columns.ts";

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
  if (kind === "robustSmoothClip" && parameters.range! <= 0) {
    throw new FormatError(`${at}.range is ${parameters.range}; a number of more than 0 is expected`);
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

export function checkCategories(name: string, value: unknown): Category[] {
  const categories = new Set<Category>();
  Array.from(checkList(name, value), (category, n) => {
    if (!isCategory(category)) {
      const expected = "a string, a boolean or a finite number is expected";
      throw new DataError(`${name}[${n}] is ${show(category)}; ${expected}`);
    }
    if (categories.has(category)) throw new OptionError(`${name} has ${show(category)} twice`);
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
