// Two trainings beside each other: where their bits part, and by how much.

import { last } from "./arrays.ts";
import type { Recalled } from "./trainer/protocol.ts";

/** Digests by their epochs. */
export type Digests = ReadonlyMap<number, string>;

/** A training of which an epoch that is over can be asked for. */
export interface Side {
  readonly ladder: Digests;
  recall(epoch: number): Promise<Pick<Recalled, "digest" | "parameters">>;
}

/** What of two ladders is known at a glance. */
export interface Ladders {
  /** Epochs that both have a digest of, in order. */
  readonly common: readonly number[];
  /** The last of them before which, and at which, all are the same; −1 if there is none. */
  readonly same: number;
  /** The first that differs. */
  readonly apart?: number;
}

export function compareLadders(a: Digests, b: Digests): Ladders {
  const common = [...a.keys()].filter((epoch) => b.has(epoch)).sort((one, other) => one - other);
  // a link's digests are cut short
  const at = common.findIndex((epoch) => !startAlike(a.get(epoch)!, b.get(epoch)!));
  if (at < 0) return { common, same: last(common) ?? -1 };
  return { common, same: common[at - 1] ?? -1, apart: common[at]! };
}

function startAlike(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

/** Where two trainings part, and by how much. */
export interface Parting {
  /** The first epoch after which they differ; 0: they begin differently. */
  readonly epoch: number;
  readonly difference: Difference;
}

/** Finds the first epoch that differs by halving; undefined if no digests that both have do. */
export async function partingOf(a: Side, b: Side): Promise<Parting | undefined> {
  let { same, apart } = compareLadders(a.ladder, b.ladder);
  if (apart === undefined) return undefined;
  while (apart - same > 1) {
    const middle = Math.floor((same + apart) / 2);
    const [mine, others] = await Promise.all([a.recall(middle), b.recall(middle)]);
    if (mine.digest === others.digest) same = middle;
    else apart = middle;
  }
  const [mine, others] = await Promise.all([a.recall(apart), b.recall(apart)]);
  return { epoch: apart, difference: differenceOf(mine.parameters, others.parameters) };
}

export interface Difference {
  readonly parameters: readonly [a: number, b: number];
  /** How many differ, where both have as many. */
  readonly different?: number;
  /** The largest |a − b|, and where it is. */
  readonly largest?: number;
  readonly at?: number;
  /** The most numbers of f32, or of f64, that lie between two that differ, plus 1. */
  readonly ulps?: number;
}

/** By how much parameters differ. They are f32 if all of them are; else the places between them are those of f64. */
export function differenceOf(a: Float64Array, b: Float64Array): Difference {
  const parameters = [a.length, b.length] as const;
  if (a.length !== b.length) return { parameters };
  const isSingle = a.every((value, n) => Math.fround(value) === value && Math.fround(b[n]!) === b[n]);
  let [different, largest, at, ulps] = [0, 0, -1, 0];
  for (let n = 0; n < a.length; n++) {
    const [one, other] = [a[n]!, b[n]!];
    if (Object.is(one, other)) continue;
    different++;
    if (Math.abs(one - other) >= largest) [largest, at] = [Math.abs(one - other), n];
    ulps = Math.max(ulps, placesBetween(one, other, isSingle));
  }
  return { parameters, different, largest, at, ulps };
}

const double = new Float64Array(1);
const bitsOfDouble = new BigUint64Array(double.buffer);
const single = new Float32Array(1);
const bitsOfSingle = new Uint32Array(single.buffer);

/** A number's place among all numbers of its kind, 0 for 0. */
function placeOf(value: number, isSingle: boolean): bigint {
  single[0] = double[0] = Math.abs(value);
  const place = isSingle ? BigInt(bitsOfSingle[0]!) : bitsOfDouble[0]!;
  return value < 0 ? -place : place;
}

function placesBetween(a: number, b: number, isSingle: boolean): number {
  const difference = Number(placeOf(a, isSingle) - placeOf(b, isSingle));
  return Math.abs(difference);
}
