// Encoders as a network keeps them: plain frozen JSON, checked for its width alone, so that an application that has no
// table has no code for tables.

import { checkNames, isList, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import type { Encoder, SavedEncoder } from "./encoder.ts";

/** Of the columns of x, and of y. */
export interface Encoders<T = SavedEncoder> {
  /** Of the columns of x. */
  readonly x?: T;
  /** Of the columns of y. */
  readonly y?: T;
}

/** An Encoder, of another entry or copy of this library too, or what its `toJSON` returned. */
export type EncoderLike = Pick<Encoder, "toJSON"> | SavedEncoder;

/** Those that there are, as plain JSON. `widths`: how many columns each may have, and what these are. */
export function resolveEncoders(
  encoders: Encoders<EncoderLike>,
  widths: { readonly [key in "x" | "y"]: readonly [is: (width: number) => boolean, expected: string] },
): { readonly encoders?: Encoders } {
  checkNames("encoders", encoders, ["x", "y"]);
  const resolve = (key: "x" | "y"): Encoders => {
    const given = encoders[key];
    if (given === undefined) return {};
    const saved = toSaved(`encoders.${key}`, given);
    const width = widthOf(saved);
    const [is, expected] = widths[key];
    if (is(width)) return { [key]: saved };
    throw new OptionError(`encoders.${key} has width ${width}; ${expected}, is expected`);
  };
  const resolved = { ...resolve("x"), ...resolve("y") };
  return Object.keys(resolved).length > 0 ? { encoders: Object.freeze(resolved) } : {};
}

/** By way of its text, which is read once: getters, and an Encoder of another copy, can't change it any more. */
export function toSaved(name: string, given: unknown): SavedEncoder {
  let why = "";
  try {
    if (typeof given === "object" && !Array.isArray(given)) {
      const saved = JSON.parse(JSON.stringify(given), frozen) as SavedEncoder;
      if (isList(saved.columns) && saved.columns.length > 0 && Number.isInteger(widthOf(saved))) return saved;
    }
  } catch (cause) {
    why = ` (${show(Object(cause).message)})`; // a getter that throws, a revoked proxy, a circle
  }
  throw new OptionError(`${name} is ${show(given)}; an Encoder, or what its toJSON returned, is expected${why}`);
}

/** Keys in one order, whatever a database made of it: equal networks have equal files. */
function frozen(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return Object.freeze(value);
  return Object.freeze(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The first releases did not save it. */
function widthOf({ width, columns }: SavedEncoder): number {
  if (width !== undefined) return width;
  return columns.reduce((sum, column) => sum + (column.kind === "oneHot" ? column.categories.length : 1), 0);
}
