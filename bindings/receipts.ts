// The entry for receipts: written while a network trains, replayed by anyone. Its networks are those of index.ts.

import { Network } from "./index.ts";
import type { Receipt } from "./receipts/receipt.ts";
import { type Replay, type ReplayData, type ReplayOptions, replayWith } from "./receipts/replay.ts";

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
