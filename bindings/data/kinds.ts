// How a table's columns are to be encoded, as it is asked for: kinds of columns, and words for missing cells.

import { checkChoice, checkNames, isList, isRevoked, lengthOfList, readNames, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { numberOf, otherNames, type Words } from "./cells.ts";
import { type ColumnKind, type ColumnOptions, KINDS } from "./columns.ts";
import { checkColumnOptions } from "./saved-columns.ts";
import type { DataTable } from "./table.ts";

const MAX_WORDS = 10_000;
const COLUMN_NAMES = ["kind", "categories", "missing", "unseen", "unit", "quantiles"] as const;

/** How a column is encoded: a kind, or options among which the kind may be left out. */
export type ColumnChoice = ColumnKind | ColumnOptions;

/**
 * How the columns are encoded: one kind for all, one choice for each in order, or choices by the columns' names or
 * indexes. Kinds that are left out are found: numbers are "standard", booleans 0 and 1 ("passThrough"), dates days
 * ("standard"), and everything else is "oneHot".
 */
export type ColumnKinds = ColumnKind | readonly ColumnChoice[] | Readonly<Record<string, ColumnChoice>>;

export function checkWords(words: unknown): ReadonlySet<unknown> {
  if (words === undefined) return new Set();
  const isWord = (word: unknown) => typeof word === "string" || (typeof word === "number" && Number.isFinite(word));
  const length = isList(words) ? lengthOfList("missingWords", words) : MAX_WORDS + 1;
  const list = length > MAX_WORDS ? undefined : Array.from({ length }, (_, n) => (words as readonly unknown[])[n]);
  const odd = list?.find((word) => !isWord(word));
  if (list !== undefined && !list.some((word) => !isWord(word))) return new Set(list);
  throw new OptionError(
    `missingWords is ${show(list === undefined ? words : odd)}; texts or numbers in an array are expected`,
  );
}

/** The cells that words stand for: numbers and their texts are the same. */
export function cellsOf(words: ReadonlySet<unknown>): Words {
  const cells = new Set(words);
  for (const word of words) {
    const other = typeof word === "string" ? numberOf(word) : String(word);
    if (other !== undefined) cells.add(other);
  }
  return cells;
}

/** A copy of what is asked of each column. */
export function readKinds(kinds: ColumnKinds, table: DataTable): (index: number) => ColumnOptions {
  const { names, width } = table;
  const resolve = (name: string, choice: ColumnChoice): ColumnOptions => {
    if (typeof choice !== "object" || choice === null) return { kind: checkChoice(name, choice, KINDS) };
    return checkColumnOptions(name, readNames(name, choice, COLUMN_NAMES));
  };
  if (isList(kinds)) {
    const length = lengthOfList("kinds", kinds);
    if (length !== width) throw new ShapeError(`kinds has ${length} elements; table has ${width} columns`);
    const list = Array.from({ length }, (_, i) => resolve(`kinds[${i}]`, kinds[i] as ColumnChoice));
    return (index) => list[index]!;
  }
  if (typeof kinds !== "object" || kinds === null) {
    const one = { kind: checkChoice("kinds", kinds, KINDS) };
    return () => one;
  }
  checkNames("kinds", kinds, isRevoked(kinds) ? [] : Object.keys(kinds)); // an object, and no Encoder
  const places = new Map(names?.map((name, index) => [name, index]));
  const choices = new Map<number, ColumnOptions>();
  for (const key of Object.keys(kinds)) {
    const choice = (kinds as Readonly<Record<string, ColumnChoice>>)[key];
    if (choice === undefined) continue;
    const index = places.get(key) ?? (/^\d{1,7}$/.test(key) ? Number(key) : width);
    if (index >= width) {
      const others = names === undefined ? `the table has ${width}, counted from 0` : otherNames(key, names);
      throw new OptionError(`kinds names the column ${show(key)}, which there is not; ${others}`);
    }
    choices.set(index, resolve(`kinds.${key}`, choice));
  }
  return (index) => choices.get(index) ?? {};
}
