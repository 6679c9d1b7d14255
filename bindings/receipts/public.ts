// What both entries for receipts export beside what has a network.

export { type Agreement, agreementOf, type Difference } from "./differences.ts";
export { readReceipt } from "./read.ts";
export {
  type DigestedRows,
  type EpochNumbers,
  type JSONNumber,
  type Receipt,
  type ReceiptData,
  type ReceiptEntry,
  type ReceiptPredicate,
  type StateDigests,
  writeReceipt,
} from "./receipt.ts";
export { Recorder, type RecorderOptions } from "./recorder.ts";
export type { NaiveRow, Verdict } from "./referee.ts";
export type { Replay, ReplayData, ReplayNetwork, ReplayOptions, ReplayProgress } from "./replay.ts";
export type { Party, PartyOptions, StagePlace, TracedStage } from "./trace.ts";
