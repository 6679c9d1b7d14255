// The referee between two receipts of one recipe: finds the first number in which their trainings differ, and computes
// it by the contract.

import { layerShapes } from "../catalog/layers.ts";
import { OptionError } from "../errors.ts";
import { type DType, floatArray } from "../numbers.ts";
import { agreementOf } from "./differences.ts";
import { readReceipt } from "./read.ts";
import type { ReceiptPredicate } from "./receipt.ts";
import type { ReplayData, ReplayNetwork, ReplayOptions } from "./replay.ts";
import { OwnParty, type Party, type StagePlace, type TracedStage } from "./trace.ts";

/** One number as a plain loop gives it, so that it can be checked by hand. */
export interface NaiveRow {
  /** What is computed, such as "b[j] + Σ x[s][i] · w[i][j]". */
  readonly formula: string;
  /** What the sum begins with. */
  readonly start: number;
  /** The factors of each product, in the order of the sum. */
  readonly factors: readonly (readonly [number, number])[];
  /** The sum, each operation rounded to the dtype. */
  readonly value: number;
}

/** What the referee found. */
export interface Verdict extends StagePlace {
  /** The epoch, from 1, and its step, from 0, in which the two first differ. */
  readonly epoch: number;
  /** Counted from 0. */
  readonly step: number;
  /** The first element of the stage that differs. */
  readonly element: number;
  /** What each of the two has there. */
  readonly claims: readonly [number, number];
  /** What the contract gives. */
  readonly value: number;
  /** Who is wrong: 0, 1 or both. */
  readonly wrong: readonly (0 | 1)[];
  /** The number by a plain loop, where it is a sum of a dense layer. */
  readonly row?: NaiveRow;
  /** How many epochs the referee trained. */
  readonly epochs: number;
}

export async function refereeWith(
  usual: ReplayNetwork,
  parties: readonly [Party, Party],
  data: ReplayData,
  options: Pick<ReplayOptions, "from" | "schedule"> = {},
): Promise<Verdict | undefined> {
  const receipts = parties.map(({ receipt }) => readReceipt(receipt));
  const { agreed, differs } = agreementOf(receipts[0]!, receipts[1]!);
  if (differs === undefined) return undefined;
  if (agreed === undefined)
    throw new OptionError("the receipts begin with different networks; there is no step to judge");
  const own = new OwnParty(usual, receipts[0]!, data, options);
  for (let epoch = agreed + 1; epoch <= differs; epoch++) {
    const [a, b] = [await parties[0].steps(epoch), await parties[1].steps(epoch)];
    const step = firstOf(a, b, (one, other) => one === other);
    if (step === undefined) continue;
    const [left, right] = [await parties[0].stages(epoch, step), await parties[1].stages(epoch, step)];
    const stage = firstOf(left, right, (one, other) => one.sha256 === other.sha256);
    if (stage === undefined)
      throw new OptionError(`a party's stages of step ${step} don't have the digests of its steps`);
    return judged(own, parties, { epoch, step, stage });
  }
  throw new OptionError(
    `the parties show the same steps up to epoch ${differs}, after which their receipts differ: one doesn't answer for its own`,
  );
}

async function judged(
  own: OwnParty,
  parties: readonly [Party, Party],
  { epoch, step, stage }: { epoch: number; step: number; stage: number },
): Promise<Verdict> {
  const claims = [await parties[0].values(epoch, step, stage), await parties[1].values(epoch, step, stage)] as const;
  const element = firstOf(claims[0], claims[1], (one, other) => Object.is(one, other));
  const stages = await own.stages(epoch, step);
  const place = stages[stage];
  if (element === undefined || place === undefined) {
    throw new OptionError(`a party's values of step ${step} don't have the digests of its stages`);
  }
  const value = (await own.values(epoch, step, stage))[element]!;
  const at = [claims[0][element]!, claims[1][element]!] as const;
  const { layer, kind, index } = place;
  const row = await rowOf(own, stages, { epoch, step, stage, element });
  return {
    epoch,
    step,
    layer,
    kind,
    index,
    element,
    claims: at,
    value,
    wrong: ([0, 1] as const).filter((k) => !Object.is(at[k], value)),
    ...(row !== undefined && { row }),
    epochs: own.epochs,
  };
}

function firstOf<T>(a: ArrayLike<T>, b: ArrayLike<T>, same: (one: T, other: T) => boolean): number | undefined {
  for (let n = 0; n < Math.max(a.length, b.length); n++) {
    if (n >= a.length || n >= b.length || !same(a[n]!, b[n]!)) return n;
  }
  return undefined;
}

/** The contract's plain loop for z and the gradients of a dense layer. */
async function rowOf(
  own: OwnParty,
  stages: readonly TracedStage[],
  { epoch, step, stage, element }: { epoch: number; step: number; stage: number; element: number },
): Promise<NaiveRow | undefined> {
  const { network } = own.receipt.predicate;
  const { layer, kind, index } = stages[stage]!;
  if ((network.layers[layer]!.type ?? "dense") !== "dense" || (kind !== "z" && kind !== "gradient")) return undefined;
  const { inputs, units } = shapeOf(network, layer);
  const valuesOf = async (of: string) =>
    own.values(
      epoch,
      step,
      stages.findIndex((other) => other.layer === layer && other.kind === of),
    );
  const x = await valuesOf("x");
  const rows = x.length / inputs;
  const j = element % units;
  if (kind === "z") {
    const s = (element - j) / units;
    const w = await own.before(epoch, step, layer, 0);
    const b = await own.before(epoch, step, layer, 1);
    const factors = Array.from({ length: inputs }, (_, i) => [x[s * inputs + i]!, w[i * units + j]!] as const);
    return summed("b[j] + Σ x[s][i] · w[i][j]", b[j]!, factors, network.dtype);
  }
  const delta = await valuesOf("delta");
  const i = (element - j) / units;
  const factors = Array.from(
    { length: rows },
    (_, s) => [index === 0 ? x[s * inputs + i]! : 1, delta[s * units + j]!] as const,
  );
  return summed(index === 0 ? "Σ x[s][i] · δ[s][j]" : "Σ 1 · δ[s][j]", 0, factors, network.dtype);
}

function shapeOf(network: ReceiptPredicate["network"], layer: number) {
  return layerShapes(network)[layer]!;
}

function summed(
  formula: string,
  start: number,
  factors: readonly (readonly [number, number])[],
  dtype: DType,
): NaiveRow {
  const sum = floatArray(dtype, 2); // writing to it rounds
  sum[0] = start;
  for (const [one, other] of factors) {
    sum[1] = one * other;
    sum[0] = sum[0]! + sum[1]!;
  }
  return { formula, start, factors, value: sum[0]! };
}
