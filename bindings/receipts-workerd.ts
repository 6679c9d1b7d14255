// The entry for receipts in Cloudflare workerd: that of receipts.ts with the network of workerd.ts.

import type { Receipt } from "./receipts/receipt.ts";
import { type Replay, type ReplayData, type ReplayOptions, replayWith } from "./receipts/replay.ts";
import { Network } from "./workerd.ts";

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
