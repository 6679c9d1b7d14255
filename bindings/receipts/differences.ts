// Where a training, or a receipt of it, differs from another receipt of the same recipe.

import { show } from "../checks.ts";
import { DataError, OptionError } from "../errors.ts";
import {
  canonical,
  lastEntry,
  type Receipt,
  type ReceiptEntry,
  type ReceiptHead,
  type ReceiptPredicate,
  recipeOf,
} from "./receipt.ts";

/** The first thing that differs. */
export interface Difference {
  /** The epoch after which it was seen, from 1; 0: at the start. */
  readonly epoch: number;
  /** The last epoch that agrees, 0 of the start; undefined where nothing does. */
  readonly agreed: number | undefined;
  /** What differs, such as "parameters", "optimizer" or "loss". */
  readonly what: string;
  /** What it is here. */
  readonly found: unknown;
  /** What the receipt has. */
  readonly expected: unknown;
}

const SHOWN = ["parameters", "optimizer", "loss", "validationLoss", "metrics", "trainingMetrics", "chain"] as const;

/** Throws where the recipe is another one. `loss`: of the epochs that a checkpoint has behind it. */
export function differenceAtStart(
  found: ReceiptHead,
  expected: ReceiptPredicate,
  loss: readonly number[],
): Difference | undefined {
  const { start } = expected;
  const resumed = found.start.epoch > start.epoch;
  const own = {
    ...found,
    // a plateau's state at the checkpoint is seen in what follows
    ...(resumed && { fit: { ...found.fit, resume: expected.fit.resume }, start }),
  };
  checkRecipe(own, expected, "the training");
  const known = resumed ? expected.epochs.find(({ epoch }) => epoch === found.start.epoch) : start;
  const agreed = undefined;
  for (const { epoch, loss: value } of expected.epochs) {
    if (epoch > loss.length || Object.is(loss[epoch - 1], Number(value))) continue;
    return { epoch, agreed, what: "loss", found: loss[epoch - 1], expected: value };
  }
  if (known === undefined) return undefined; // the receipt has no entry of this epoch
  const { epoch } = found.start;
  for (const what of ["parameters", "optimizer"] as const) {
    if (found.start[what] === known[what]) continue;
    return { epoch, agreed, what, found: found.start[what], expected: known[what] };
  }
  return undefined;
}

/** Throws where two receipts are of different recipes. */
export function checkRecipe(found: ReceiptHead, expected: ReceiptHead, name: string): void {
  const place = firstPlace(recipeOf(found), recipeOf(expected), "");
  if (place === undefined) return;
  const [path, is, was] = place;
  const isData = path.startsWith("data.");
  const message = `${name} has another ${isData ? path.slice(5) : path}: ${show(is)}; the receipt has ${show(was)}`;
  throw isData ? new DataError(message) : new OptionError(message);
}

/** Where two JSON values differ first, in the order of their keys. */
export function firstPlace(a: unknown, b: unknown, path: string): [path: string, a: unknown, b: unknown] | undefined {
  if (canonicalOr(a) === canonicalOr(b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return [path, a, b];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()) {
    const found = firstPlace(left[key], right[key], path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return [path, a, b];
}

function canonicalOr(value: unknown): string {
  return value === undefined ? "" : canonical(value);
}

/** Of an entry, if the other receipt has one of the same epoch. */
export function differenceAt(found: ReceiptEntry, { epochs, start }: ReceiptPredicate): Difference | undefined {
  const k = epochs.findIndex(({ epoch }) => epoch === found.epoch);
  if (k < 0) return undefined;
  const expected = epochs[k]!;
  const agreed = epochs[k - 1]?.epoch ?? start.epoch;
  return differenceOf(found, expected, found.epoch, agreed);
}

export function differenceAtEnd(
  found: NonNullable<ReceiptPredicate["end"]>,
  { epochs, start, end }: ReceiptPredicate,
): Difference | undefined {
  const agreed = lastEntry({ epochs, start }).epoch;
  const epoch = found.epoch;
  if (end === undefined) return undefined;
  if (epoch !== end.epoch) return { epoch, agreed, what: "epochs", found: epoch, expected: end.epoch };
  return (
    differenceOf(found, end, epoch, agreed) ??
    (found.bestEpoch === end.bestEpoch
      ? undefined
      : { epoch, agreed, what: "bestEpoch", found: found.bestEpoch, expected: end.bestEpoch })
  );
}

function differenceOf(found: object, expected: object, epoch: number, agreed: number): Difference | undefined {
  for (const what of SHOWN) {
    const [is, was] = [found, expected].map((all) => (all as Record<string, unknown>)[what]);
    if (what === "chain" && "stopped" in { ...found, ...expected }) continue; // the clock, or a hand, ended one of them
    if (canonicalOr(is) !== canonicalOr(was)) return { epoch, agreed, what, found: is, expected: was };
  }
  return undefined;
}

/** What two receipts of one recipe agree on. */
export interface Agreement {
  /** The last epoch of which both have an entry and agree; undefined where they begin differently. */
  readonly agreed: number | undefined;
  /** The first epoch after which they differ; undefined if they don't. */
  readonly differs: number | undefined;
}

/**
 * Finds by binary search up to which epoch two receipts of one recipe agree: their chains are equal up to there.
 *
 * @throws OptionError if they are of different recipes, or trained on different data (DataError)
 */
export function agreementOf(a: Receipt, b: Receipt): Agreement {
  const [left, right] = [a.predicate, b.predicate];
  checkRecipe(left, right, "the first receipt");
  const { start } = left;
  const begins = ({ parameters, optimizer }: ReceiptPredicate["start"]) => parameters + optimizer;
  if (begins(start) !== begins(right.start)) return { agreed: undefined, differs: start.epoch };
  const others = new Map(right.epochs.map((entry) => [entry.epoch, entry]));
  const common = left.epochs.filter(({ epoch }) => others.has(epoch));
  const agrees = (k: number) => canonical(common[k]!) === canonical(others.get(common[k]!.epoch)!);
  let [low, high] = [0, common.length]; // entries before `low` agree, the one at `high` does not
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (agrees(middle)) low = middle + 1;
    else high = middle;
  }
  const agreed = common[low - 1]?.epoch ?? start.epoch;
  if (low < common.length) return { agreed, differs: common[low]!.epoch };
  const [end, other] = [left.end, right.end];
  if (end === undefined || other === undefined) return { agreed, differs: undefined };
  const [isWild, otherIsWild] = [end, other].map(({ stopped }) => stopped === "notFinite");
  // one left the finite numbers in an epoch that the other finished
  if (isWild !== otherIsWild) return { agreed, differs: Math.min(end.epoch, other.epoch) + 1 };
  const isEqual = end.epoch !== other.epoch || differenceOf(end, other, 0, 0) === undefined;
  return { agreed, differs: isEqual ? undefined : end.epoch };
}
