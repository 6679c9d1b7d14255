// The entry for receipts: written while a network trains, replayed by anyone. Its networks are those of index.ts.

import { Network } from "./index.ts";
import type { Receipt } from "./receipts/receipt.ts";
import { refereeWith, type Verdict } from "./receipts/referee.ts";
import { type Replay, type ReplayData, type ReplayOptions, replayWith } from "./receipts/replay.ts";
import { OwnParty, type Party, type PartyOptions } from "./receipts/trace.ts";

export type * from "./exports.ts";
export type { BaseNetwork as Network } from "./network/network.ts";
export type { BaseOperations as Operations } from "./operations/operations.ts";
export type { BaseOptimizer as Optimizer } from "./optimizer/optimizer.ts";
export * from "./receipts/public.ts";

/**
 * Trains again what a receipt is of, and compares every entry. The result doesn't hang on the engine, the platform or
 * the number of threads.
 *
 * @example
 * ```ts
 * const { confirmed, difference } = await replay(text, { x, y });
 * console.log(confirmed ? "confirmed" : `differs in epoch ${difference!.epoch}`);
 * ```
 * @throws FormatError if it is no receipt, or of another version of the contract
 * @throws DataError if the data are not those of the receipt
 * @throws OptionError if an option is invalid, or the receipt begins with a network that isn't there
 * @throws what `create` and `fitAsync` throw
 */
export function replay(receipt: Receipt | string, data: ReplayData, options?: ReplayOptions): Promise<Replay> {
  return replayWith(Network, receipt, data, options);
}

/**
 * What answers for a receipt in a dispute: it trains again, by the reference engine, and shows what steps compute.
 * `from` is a checkpoint to go on from.
 *
 * @throws FormatError if it is no receipt
 */
export function party(receipt: Receipt | string, data: ReplayData, options?: PartyOptions): Party {
  return new OwnParty(Network, receipt, data, options);
}

/**
 * Judges between two parties whose receipts are of one recipe: finds the first number that differs, and computes it by
 * the contract. With `from`, a checkpoint of an epoch that both agree on, only what comes after it is trained. Returns
 * undefined if the receipts don't differ.
 *
 * @example
 * ```ts
 * const verdict = await referee([one, other], { x, y });
 * if (verdict) console.log(verdict.epoch, verdict.step, verdict.layer, verdict.kind, verdict.element, verdict.wrong);
 * ```
 * @throws FormatError if a receipt is none
 * @throws DataError if the data are not those of the receipts
 * @throws OptionError if the receipts are of different recipes, or a party doesn't answer for its own
 */
export function referee(
  parties: readonly [Party, Party],
  data: ReplayData,
  options?: Pick<ReplayOptions, "from" | "schedule">,
): Promise<Verdict | undefined> {
  return refereeWith(Network, parties, data, options);
}
