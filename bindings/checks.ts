// Checks of what a caller or a file hands in: every message names the argument, its value and what was expected.

import { BitgradError, FormatError, OptionError, ShapeError } from "./errors.ts";
import type { DType } from "./numbers.ts";

/**
 * The key under which networks, encoders, operations and predictors of any entry or copy of this library have
 * themselves.
 */
export const ITSELF = /* @__PURE__ */ Symbol.for("bitgrad.itself");

export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new OptionError(`${name} is ${show(value)}; true or false is expected`);
  return value;
}

/** Refuses a value that is no object; an array is none. */
export function checkObject(name: string, value: unknown): asserts value is object {
  // of an array of many numbers the keys alone would take gigabytes
  if (typeof value === "object" && value !== null && !isRevoked(value) && !Array.isArray(value)) {
    if (!ArrayBuffer.isView(value)) return;
  }
  throw new OptionError(`${name} is ${show(value)}; an object is expected`);
}

/** Refuses a value that is no object, and keys that are not in `known`, naming the nearest one that is. */
export function checkNames(
  name: string,
  value: unknown,
  known: readonly string[],
  hintAt = hint,
): asserts value is object {
  if (typeof value === "object" && value !== null && !isRevoked(value) && ITSELF in value) {
    throw new OptionError(`${name} is ${show(value)}; a plain object is expected, with ${known.join(", ")}`);
  }
  checkKnown(name, value, known, hintAt);
}

/** The same without the nearest one, which small entries would pay for; `hintAt` finds what is said of it. */
export function checkKnown(
  name: string,
  value: unknown,
  known: readonly string[],
  hintAt?: (key: string, known: readonly string[]) => string,
): asserts value is object {
  checkObject(name, value);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    throw new OptionError(`${name} knows no ${show(key)}; ${hintAt?.(key, known) ?? ""}known: ${known.join(", ")}`);
  }
}

/**
 * Options that need not be given. A default of the parameter would make it one that the method's `length` doesn't
 * count.
 */
export function optional<T extends object>(options: T | undefined): Partial<T> {
  return options === undefined ? {} : options;
}

/** What an object has under the known names, each read once: a getter may say something else the next time. */
export function readNames<T extends object>(
  name: string,
  value: T,
  known: readonly (keyof T & string)[],
  hintAt = hint,
): T {
  checkNames(name, value, known, hintAt);
  const read: Record<string, unknown> = {};
  for (const key of known) {
    const found = value[key];
    if (found !== undefined) read[key] = found;
  }
  return read as T;
}

/** The nearest of the known words, of a key that is short enough to be meant as one. */
export function hint(key: string, known: readonly string[]): string {
  if (key.length > SHOWN) return "";
  const nearest = known
    .map((word) => ({ word, distance: editDistance(key.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return nearest && nearest.distance <= Math.max(2, key.length / 2) ? `did you mean "${nearest.word}"? ` : "";
}

/** An object with these keys, all its own, and no others but those in `optional`. */
export function checkKeys(
  name: string,
  value: unknown,
  keys: readonly string[],
  optional: readonly string[] = [],
): asserts value is object {
  checkKnown(name, value, [...keys, ...optional]);
  for (const key of keys) if (!hasOwn(value, key)) throw new OptionError(`${name} has no "${key}"`);
}

/** By brand, so of any realm. */
export function isModule(value: unknown): value is WebAssembly.Module {
  try {
    WebAssembly.Module.imports(value as WebAssembly.Module);
    return true;
  } catch {
    return false; // or there is no WebAssembly
  }
}

/** Object.hasOwn, which Chrome 91 has not. */
export function hasOwn(value: object, key: PropertyKey): boolean {
  return Object.getOwnPropertyDescriptor(value, key) !== undefined;
}

/**
 * What `read` makes of an object, or of its JSON text. What it refuses is a FormatError, and so is what a getter of the
 * object throws.
 */
export function readJSON<T>(what: string, saved: unknown, read: (json: Record<string, unknown>) => T): T {
  const isText = typeof saved === "string"; // of which no code of a caller's runs
  try {
    const json = isText ? parseJSON(saved) : saved;
    checkObject("it", json);
    return read(json as Record<string, unknown>);
  } catch (cause) {
    if (isText && !(cause instanceof BitgradError)) throw cause;
    const reason = cause instanceof Error ? cause.message : show(cause);
    throw new FormatError(`${what} can't be read: ${reason}`, { cause });
  }
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError("it is no JSON text", { cause }); // some engines run out of stack where it is nested deep
  }
}

/** Refuses a proxy that was revoked, which would throw an error that names nothing. */
export function checkReadable(name: string, value: unknown): void {
  if (isRevoked(value)) throw new OptionError(`${name} is a proxy that was revoked`);
}

export function checkFunction(name: string, value: unknown): void {
  checkReadable(name, value);
  if (typeof value !== "function") throw new OptionError(`${name} is ${show(value)}; a function is expected`);
}

/** Whether a value is a proxy that was revoked, of which nothing can be read: only there `isArray` throws. */
export function isRevoked(value: unknown): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false; // it is a proxy that was revoked
  }
}

/** The length of an array; that of a proxy may be anything. */
export function lengthOfList(name: string, list: readonly unknown[]): number {
  const { length } = list;
  if (isLength(length)) return length;
  throw new ShapeError(`${name}.length is ${show(length)}; a whole number below 2^32 is expected`);
}

/** Of what is like an array: it has so many elements. */
export function checkLength(name: string, values: ArrayLike<unknown> | undefined, length: number): void {
  const has: unknown = isRevoked(values) ? undefined : values?.length;
  if (typeof has !== "number") {
    throw new ShapeError(`${name} is ${show(values)}; an array of ${counted(length, "number")} is expected`);
  }
  if (has !== length) throw new ShapeError(`${name} has ${counted(has, "element")}; ${expected(length)}`);
}

/** Whether an array may have this length. */
export function isLength(length: unknown): length is number {
  return typeof length === "number" && length >>> 0 === length;
}

export function checkWhole(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    throw new OptionError(`${name} is ${show(value)}; a whole number from ${min} to ${max} is expected`);
  }
  return value + 0; // −0 is 0
}

/** A finite number of 0 or more, such as a learning rate. */
export function checkAmount(name: string, value: unknown, dtype?: DType): number {
  if (typeof value !== "number" || !(value >= 0) || value === Infinity) {
    throw new OptionError(`${name} is ${show(value)}; a finite number of 0 or more is expected`);
  }
  if (dtype === "f32" && Math.fround(value) === Infinity) {
    throw new OptionError(`${name} is ${value}; that is infinite in f32`);
  }
  return value + 0; // JSON has no −0
}

/** A finite number of more than 0, in the dtype too. */
export function checkPositive(name: string, value: unknown, dtype?: DType): number {
  const amount = typeof value === "number" && value > 0 ? checkAmount(name, value, dtype) : 0;
  if ((dtype === "f32" ? Math.fround(amount) : amount) > 0) return amount;
  const expected = `a finite number of more than 0${dtype ? ` in ${dtype}` : ""} is expected`;
  throw new OptionError(`${name} is ${show(value)}; ${expected}`);
}

export function checkChoice<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    const words = choices.map((word) => `"${word}"`);
    const list = words.length > 3 ? `one of ${words.join(", ")}` : words.join(" or ");
    const nearest = typeof value === "string" && words.length > 3 ? hint(value, choices) : "";
    throw new OptionError(`${name} is ${show(value)}; ${nearest}${list} is expected`);
  }
  return value as T;
}

export function checkDType(value: unknown): DType {
  return checkChoice("dtype", value, ["f32", "f64"]);
}

const SHOWN = 60; // characters of a text in a message

/** A value as a message shows it, in a line or less; it never throws. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "function") return "a function";
  // the digits of a number without end take a time without end
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value ? `${value}n` : "a bigint of over 64 bits";
  return typeof value === "object" && value !== null ? showObject(value) : cut(String(value));
}

function showObject(value: object): string {
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`;
    const name: unknown = value.constructor?.name; // of parsed JSON it may be anything
    const type = typeof name === "string" && name !== "" ? name.slice(0, SHOWN) : "bare";
    return `${/^[AEIO]/.test(type) ? "an" : "a"} ${type} object`;
  } catch {
    return "an object"; // a getter that throws, a revoked proxy
  }
}

/** A number of things in words: "1 column", "2 columns". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Of so many things: "1 is expected", "2 are expected". */
export function expected(count: number): string {
  return `${count} ${count === 1 ? "is" : "are"} expected`;
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Levenshtein's distance, letter case aside. */
function editDistance(from: string, to: string): number {
  const a = from.toLowerCase();
  const b = to.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** An object's properties, each read once; anything else as it is. */
export function copyOf<T>(name: string, value: T): T {
  checkReadable(name, value);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : value;
}

/** Refuses arguments that a function does not take, such as options in a second object, which would be ignored. */
export function checkNoMore(name: string, more: readonly unknown[]): void {
  for (const value of more) {
    if (value !== undefined) throw new OptionError(`${name} is given an argument too many, ${show(value)}`);
  }
}
