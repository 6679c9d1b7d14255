// Cells of tables as people have them: numbers and their texts, booleans, dates; which of them are missing; and the
// order of categories.

import { hint, show } from "../checks.ts";

/**
 * A cell of a table: a finite number or its text ("149.8"), a text, a boolean or a date. null, undefined, NaN and ""
 * are missing cells.
 */
export type Cell = number | string | boolean | Date | null | undefined;

/**
 * A value that a column of categories can have. 1, "1" and true are three categories where all of them are learned;
 * else numbers and booleans stand for their texts, and texts for theirs.
 */
export type Category = number | string | boolean;

/** What the cells of a column of numbers are, when they are no numbers. */
export type Values = "boolean" | "date";

/** The unit of dates as numbers, counted from 1970 on, in UTC. */
export type DateUnit = "millisecond" | "second" | "minute" | "hour" | "day";

export const UNITS = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
} as const;

/** Words that count as missing cells, beside null, undefined, NaN and "". */
export type Words = ReadonlySet<unknown>;

export function isMissing(cell: unknown, words: Words): boolean {
  return cell === undefined || cell === null || cell === "" || Number.isNaN(cell) || words.has(cell);
}

const DATE =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(?:Z|([+-])(\d\d):?(\d\d)?)?)?\s*$/;

/** The number that a text has in decimal notation; undefined of any other text. */
export function numberOf(text: string): number | undefined {
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  // Number("") is 0, and Number("0x10") is 16
  return (number === 0 || text.charCodeAt(0) <= 32 || text.charCodeAt(1) > 57) && /^\s*$|[xob]/i.test(text)
    ? undefined
    : number;
}

/** 1 or 0 of a boolean or its name; undefined of anything else. */
export function booleanOf(cell: unknown): number | undefined {
  if (typeof cell === "boolean") return Number(cell);
  if (cell === "true" || cell === "True" || cell === "TRUE") return 1;
  return cell === "false" || cell === "False" || cell === "FALSE" ? 0 : undefined;
}

/** Milliseconds since 1970 of a Date or a text by ISO 8601, in UTC if it names no zone; undefined of anything else. */
export function dateOf(cell: unknown): number | undefined {
  const time = typeof cell === "string" ? parseDate(cell) : timeOf(cell);
  return Number.isNaN(time) ? undefined : time;
}

/** The date at so many milliseconds since 1970. */
export function dateAt(time: number): Date {
  return new Date(time);
}

/** Of a type of Arrow, whose vectors give milliseconds then. */
export function isTimeType(type: unknown): boolean {
  return /^(?:Timestamp|Date)/.test(String(type));
}

/** Of any realm, and also one that is invalid. */
export function isDate(value: unknown): value is Date {
  return timeOf(value) !== undefined;
}

/** By brand, so of any realm; no method of the caller's is called. */
function timeOf(cell: unknown): number | undefined {
  if (typeof cell !== "object") return undefined;
  try {
    return Date.prototype.getTime.call(cell);
  } catch {
    return undefined;
  }
}

function parseDate(text: string): number | undefined {
  const found = DATE.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => +(part ?? 0));
  const milliseconds = Math.floor(Number(`0.${found[7] ?? 0}`) * 1000);
  const time = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const zone = (Number(found[9] ?? 0) * 60 + Number(found[10] ?? 0)) * (found[8] === "-" ? -60_000 : 60_000);
  // a day or an hour that there is not becomes another date
  const same = new Date(time).toISOString().startsWith(`${found[1]}-${found[2]}-${found[3]}`);
  return same && hour < 24 && minute < 60 && second < 60 ? time - zone : undefined;
}

/** A cell of a column of numbers: NaN of a missing one, undefined of one that can't be read as `values`. */
export function toNumber(cell: unknown, values: Values | undefined, unit: number, words: Words): number | undefined {
  if (values === undefined && typeof cell === "number" && words.size === 0) return cell;
  if (isMissing(cell, words)) return Number.NaN;
  if (values === "boolean") return booleanOf(cell);
  if (values === "date") {
    const time = dateOf(cell);
    return time === undefined ? undefined : time / unit;
  }
  if (typeof cell === "number") return cell;
  return typeof cell === "string" ? numberOf(cell) : undefined;
}

export function isCategory(cell: unknown): cell is Category {
  return typeof cell === "string" || typeof cell === "boolean" || (typeof cell === "number" && Number.isFinite(cell));
}

/**
 * Finds the place of a category among those known: its own, or else that of the only one with the same number or
 * boolean. A CSV file has texts where a program has numbers.
 */
export function placesOf(categories: readonly Category[]): (cell: unknown) => number | undefined {
  const places = new Map<unknown, number>(categories.map((category, n) => [category, n]));
  let alike: Map<number, number> | undefined; // made where it is needed
  return (cell) => {
    const place = places.get(cell);
    if (place !== undefined) return place;
    const value = readingOf(cell);
    if (value === undefined) return undefined;
    if (alike === undefined) {
      alike = new Map();
      for (const [n, category] of categories.entries()) {
        const own = readingOf(category);
        if (own !== undefined) alike.set(own, alike.has(own) ? -1 : n);
      }
    }
    const found = alike.get(value);
    return found === -1 ? undefined : found;
  };
}

/** The number that a number, a boolean or a text of one stands for. */
function readingOf(cell: unknown): number | undefined {
  if (typeof cell === "number") return cell;
  return booleanOf(cell) ?? (typeof cell === "string" ? numberOf(cell) : undefined);
}

/**
 * Booleans, then numbers by value, then texts by code points: of columns of one type that is scikit-learn's order.
 * Texts that are all numbers are sorted as numbers, which they are to whoever reads a CSV file in Python.
 */
export function sortCategories(categories: Iterable<Category>): Category[] {
  const all = [...categories];
  const areNumbers = all.every((category) => typeof category === "string" && numberOf(category) !== undefined);
  return all.sort((a, b) => {
    if (typeof a === "string" && typeof b === "string") {
      return (areNumbers ? numberOf(a)! - numberOf(b)! : 0) || byCodePoints(a, b);
    }
    if (typeof a === typeof b) return Number(a) - Number(b);
    return RANKS.indexOf(typeof a) - RANKS.indexOf(typeof b);
  });
}

const RANKS = ["boolean", "number", "string"];

/** JavaScript compares UTF-16, in which characters from U+10000 on come before those from U+E000 on. */
function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = rankOf(a.charCodeAt(i)) - rankOf(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** A unit of UTF-16, with surrogates after all others. */
const rankOf = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

const SHOWN = 10;
const MAX_COMPARED = 10_000; // names

/**
 * What a message says of a column that there is not: the nearest one, which may be a slip of the pen unless it is
 * known, and some that there are.
 */
export function otherNames(name: unknown, names: readonly string[], known: readonly unknown[] = []): string {
  const others = known.length === 0 ? names : names.filter((other) => !known.includes(other));
  const nearest = typeof name === "string" ? hint(name, others.slice(0, MAX_COMPARED)) : "";
  return `${nearest}the table has ${listOf(names)}`;
}

/** Some words of many for a message. */
export function listOf(words: readonly unknown[]): string {
  const list = words.slice(0, SHOWN).map(show).join(", ");
  return words.length > SHOWN ? `${list} and ${words.length - SHOWN} more` : list;
}
