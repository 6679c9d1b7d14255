// A receipt: what was trained on what, and digests of how it went, as a statement of in-toto that other tools can sign.
// https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
//
// It hangs on the recipe alone: every platform, engine and number of threads writes the same bytes.

import canonicalize from "canonicalize";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import { encodeText } from "../platform/text.ts";
import { digest } from "../saving/sha256.ts";

/** The version of assembly/NUMERICS.md that the bits are by. */
export const CONTRACT = 1;

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PREDICATE_TYPE = "https://www.npmjs.com/package/bitgrad#receipt/v1";

/** A number as JSON has it: NaN and ±∞ are texts. */
export type JSONNumber = number | "NaN" | "Infinity" | "-Infinity";

/** Rows of numbers: SHA-256 of all of them, row-major, as little-endian bytes of the network's dtype. */
export interface DigestedRows {
  /** In hex. */
  readonly sha256: string;
  /** How many there are. */
  readonly rows: number;
  /** Numbers in each. */
  readonly columns: number;
}

/** A state of the network. */
export interface StateDigests {
  /** SHA-256 of the parameters: `net.digest()`. */
  readonly parameters: string;
  /** SHA-256 of the optimizer's slots, and of its step count and momentum product as two f64. */
  readonly optimizer: string;
}

/** The numbers of an epoch. */
export interface EpochNumbers {
  /** The error E over its rows. */
  readonly loss: JSONNumber;
  /** The error over the validation data. */
  readonly validationLoss?: JSONNumber;
  /** The metrics by name. */
  readonly metrics?: Readonly<Record<string, JSONNumber>>;
  /** The metrics on the training data by name. */
  readonly trainingMetrics?: Readonly<Record<string, JSONNumber>>;
}

/** An epoch that was written down. */
export interface ReceiptEntry extends StateDigests, EpochNumbers {
  /** Its number in this training, from 1. */
  readonly epoch: number;
  /** SHA-256 of the chain so far, of this entry, and of the numbers of the epochs since the entry before. */
  readonly chain: string;
}

/** The data of a training. */
export interface ReceiptData {
  /** Compressed rows are digested as the full rows that they stand for. */
  readonly x: DigestedRows;
  /** As they were given, without label smoothing. */
  readonly y: DigestedRows;
  /** The weight of each row, times that of its class. */
  readonly weights?: DigestedRows;
  /** Those of `validation`. */
  readonly validation?: {
    /** Its rows. */
    readonly x: DigestedRows;
    /** Its targets. */
    readonly y: DigestedRows;
  };
  /** SHA-256 of the network's encoders as canonical JSON. */
  readonly encoders?: string;
}

/** What a receipt says of a training. */
export interface ReceiptPredicate {
  /** The version of bitgrad. */
  readonly bitgrad: string;
  /** The version of the contract, assembly/NUMERICS.md. */
  readonly contract: number;
  /** All options of the network. */
  readonly network: Omit<ResolvedNetworkOptions, "encoders">;
  /** All options of `fit` that the bits hang on. */
  readonly fit: Readonly<Record<string, unknown>>;
  /** What it was trained on. */
  readonly data: ReceiptData;
  /** How the training began. */
  readonly start: StateDigests & {
    /** Epochs of this training that are done: more than 0 where one is resumed. */
    readonly epoch: number;
    /** Epochs behind the network. */
    readonly epochs: number;
    /** The state of a plateau schedule. */
    readonly plateau?: object;
  };
  /** How many epochs there are from one entry to the next, before they are spaced out. */
  readonly every: number;
  /** The entries, the older the fewer. */
  readonly epochs: readonly ReceiptEntry[];
  /** How it ended; missing while it runs. */
  readonly end?: StateDigests & {
    /** Epochs of this training that are done. */
    readonly epoch: number;
    /** Why it ended early: "earlyStopping", "timeLimit", "listener", "abort", "notFinite" or "error". */
    readonly stopped?: string;
    /** The epoch whose parameters early stopping restored. */
    readonly bestEpoch?: number;
    /** SHA-256 of the chain so far and of all else at the end. */
    readonly chain: string;
  };
  /** What else the recorder was given to write down. */
  readonly notes?: unknown;
}

/** A receipt. */
export interface Receipt {
  /** That it is a statement of in-toto. */
  readonly _type: "https://in-toto.io/Statement/v1";
  /** What it is about: the parameters at the end, or so far. */
  readonly subject: readonly [
    {
      /** "parameters" */
      readonly name: string;
      /** Of the parameters as little-endian bytes. */
      readonly digest: {
        /** `net.digest()` */
        readonly sha256: string;
      };
    },
  ];
  /** That it is a receipt of bitgrad. */
  readonly predicateType: "https://www.npmjs.com/package/bitgrad#receipt/v1";
  /** What it says. */
  readonly predicate: ReceiptPredicate;
}

/** Canonical JSON by RFC 8785. */
export function canonical(value: unknown): string {
  return canonicalize(value)!;
}

/**
 * Returns a receipt as text: canonical JSON by RFC 8785, the same bytes on every platform.
 *
 * @example
 * ```ts
 * const recorder = new Recorder();
 * net.fit(x, y, { receipt: recorder });
 * writeFileSync("receipt.json", writeReceipt(recorder.receipt!));
 * ```
 */
export function writeReceipt(receipt: Receipt): string {
  return canonical(receipt);
}

/** SHA-256 of texts, and of bytes behind them. */
export function digestOfText(text: string, bytes?: Uint8Array): string {
  return digest(bytes === undefined ? encodeText(text) : [encodeText(text), bytes]);
}

/** The last entry, or what there was before one. */
export function lastEntry({
  epochs,
  start,
}: Pick<ReceiptPredicate, "epochs" | "start">): StateDigests & { epoch: number } {
  return epochs[epochs.length - 1] ?? start;
}

/** What is known from a training's beginning on. */
export type ReceiptHead = Omit<ReceiptPredicate, "epochs" | "end">;

/** What the chain begins with: the recipe, how it began, and where entries are. */
export function chainStart(head: ReceiptHead): string {
  const { start, every } = head;
  return digestOfText(canonical({ ...recipeOf(head), start, every }));
}

/** What two trainings of one recipe have in common. */
export function recipeOf({ contract, network, fit, data, start }: ReceiptHead): object {
  const { timeLimit: _, ...others } = fit; // the clock's part is in how it ended
  const { parameters: __, optimizer: ___, ...begun } = start;
  const { encoders: ____, ...rows } = data; // the bits don't hang on them
  return { contract, network, fit: others, data: rows, start: begun };
}
