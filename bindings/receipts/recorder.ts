// The recorder that fit is given: it writes a receipt while the training runs, and may compare it with another one.

import { countParameters } from "../catalog/layers.ts";
import { checkFunction, checkWhole, readNames, show } from "../checks.ts";
import type { ModelState, Trace } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import type { ResolvedFitOptions } from "../options/fit.ts";
import type { Beginning, Ended, Series, TrainingRecorder } from "../options/recorder.ts";
import type { Wait } from "../promises.ts";
import type { IsTime } from "../rows.ts";
import { savePlateau } from "../saving/saved-plateau.ts";
import { type Difference, differenceAt, differenceAtEnd, differenceAtStart } from "./differences.ts";
import { bytesOfSeries, chained, digestRows, digestState, everyOf, fitOptions, numbersOf, thin } from "./notes.ts";
import { readReceipt } from "./read.ts";
import {
  CONTRACT,
  canonical,
  chainStart,
  digestOfText,
  PREDICATE_TYPE,
  type Receipt,
  type ReceiptEntry,
  type ReceiptHead,
  type ReceiptPredicate,
  STATEMENT_TYPE,
} from "./receipt.ts";

declare const BITGRAD_VERSION: string;

/** What a recorder writes. */
export interface RecorderOptions {
  /**
   * An entry after every so many epochs. Default "auto": as often as that takes a few percent of the time. It is found
   * from the sizes of network and data, so it is the same everywhere.
   */
  readonly every?: number | "auto";
  /** Anything else to write down, as JSON of at most 64 KB: where the data are from, how they were prepared. */
  readonly notes?: unknown;
  /**
   * A receipt of the same recipe. Entries are then compared with its entries: `difference` is the first one that
   * differs, and the training ends there. `every` is that of the receipt.
   */
  readonly expected?: Receipt | string;
  /**
   * Called by the reference engine with the arrays of every step, as they are computed. What it writes to them is what
   * the training goes on with, so it can break a training on purpose. WebAssembly doesn't call it.
   */
  readonly onStage?: Trace;
}

const MAX_NOTES = 2 ** 16; // characters

/**
 * Writes the receipt of a training. It can be used again: a receipt is of the training that began last.
 *
 * @example
 * ```ts
 * import { Network } from "bitgrad";
 * import { Recorder, writeReceipt } from "bitgrad/receipts";
 *
 * const recorder = new Recorder();
 * net.fit(x, y, { epochs: 50, receipt: recorder });
 * writeFileSync("receipt.json", writeReceipt(recorder.receipt!));
 * ```
 */
export class Recorder implements TrainingRecorder {
  /** After how many epochs each an entry is written. */
  readonly every: number | "auto";
  /** @internal */
  readonly trace: Trace | undefined;
  readonly #notes: unknown;
  readonly #expected: Receipt | undefined;
  /** Of each begun training. */
  #head: ReceiptHead | undefined;
  #count = 0; // parameters
  #entries: ReceiptEntry[] = [];
  #last = 0; // the epoch of the last entry, or of the start
  #chain = "";
  #latest = ""; // digest of the parameters
  #end: ReceiptPredicate["end"];
  #difference: Difference | undefined;

  /**
   * @throws OptionError if an option is unknown, of the wrong type or out of range
   * @throws FormatError if `expected` is no receipt
   */
  constructor(options: RecorderOptions = {}) {
    const names = ["every", "notes", "expected", "onStage"] as const;
    const { every = "auto", notes, expected, onStage } = readNames("options", options, names);
    if (onStage !== undefined) checkFunction("onStage", onStage);
    this.trace = onStage;
    this.#expected = expected === undefined ? undefined : readReceipt(expected);
    const own = this.#expected?.predicate.every ?? every;
    this.every = own === "auto" ? own : checkWhole("every", own, 1, 2 ** 31);
    this.#notes = notes === undefined ? undefined : plainNotes(notes);
  }

  /** The receipt of the training that has begun last; undefined before one has begun. */
  get receipt(): Receipt | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    const end = this.#end;
    const predicate = { ...head, epochs: this.#entries, ...(end !== undefined && { end }) };
    const receipt: Receipt = {
      _type: STATEMENT_TYPE,
      subject: [{ name: "parameters", digest: { sha256: this.#latest } }],
      predicateType: PREDICATE_TYPE,
      predicate,
    };
    return JSON.parse(canonical(receipt)) as Receipt; // a copy
  }

  /** Where the training differs from the receipt that was expected; undefined if it does not, or none was given. */
  get difference(): Difference | undefined {
    return this.#difference;
  }

  /** @internal */
  *begin(beginning: Beginning, isTime: IsTime): Generator<Wait, number, unknown> {
    this.#head = undefined;
    const { network, epochs, plateau, options, data, state, loss } = beginning;
    const { encoders, ...ofNetwork } = network;
    const { dtype, inputs, layers } = network;
    this.#count = countParameters(inputs, layers);
    const every = this.every === "auto" ? everyOf(beginning, this.#count) : this.every;
    const { weights, validation } = data;
    const head: ReceiptHead = {
      bitgrad: BITGRAD_VERSION,
      contract: CONTRACT,
      network: ofNetwork,
      fit: fitOptions(options as ResolvedFitOptions),
      data: {
        x: yield* digestRows(data.x, dtype, isTime),
        y: yield* digestRows(data.y, dtype, isTime),
        ...(weights && { weights: yield* digestRows(weights, dtype, isTime) }),
        ...(validation && {
          validation: {
            x: yield* digestRows(validation[0], dtype, isTime),
            y: yield* digestRows(validation[1], dtype, isTime),
          },
        }),
        ...(encoders && { encoders: digestOfText(canonical(encoders)) }),
      },
      start: {
        ...(yield* digestState(state, this.#count, isTime)),
        epoch: loss.length,
        epochs,
        ...(plateau && { plateau: savePlateau(plateau) }),
      },
      every,
      ...(this.#notes !== undefined && { notes: this.#notes }),
    };
    this.#entries = [];
    this.#end = undefined;
    this.#last = loss.length;
    this.#latest = head.start.parameters;
    this.#chain = chainStart(head);
    const expected = this.#expected?.predicate;
    this.#difference = expected && differenceAtStart(head, expected, loss);
    // from a checkpoint, the chain goes on as the receipt has it there
    const known = expected?.epochs.find(({ epoch }) => epoch === loss.length);
    if (known !== undefined && loss.length > expected!.start.epoch) this.#chain = known.chain;
    this.#head = head;
    return every;
  }

  /** @internal */
  *epoch(epoch: number, series: Series, state: ModelState, isTime: IsTime): Generator<Wait, boolean, unknown> {
    const digests = yield* digestState(state, this.#count, isTime);
    const entry = { epoch, ...numbersOf(series, epoch), ...digests };
    this.#chain = chained(this.#chain, entry, bytesOfSeries(series, this.#last + 1, epoch));
    this.#last = epoch;
    this.#latest = digests.parameters;
    const whole = { ...entry, chain: this.#chain };
    this.#entries.push(whole);
    thin(this.#entries);
    if (this.#expected !== undefined) this.#difference ??= differenceAt(whole, this.#expected.predicate);
    return this.#difference !== undefined;
  }

  /** @internal */
  *end(ended: Ended, state: ModelState, isTime: IsTime): Generator<Wait, void, unknown> {
    const { stopped, bestEpoch, loss } = ended;
    const digests = yield* digestState(state, this.#count, isTime);
    const end = {
      ...digests,
      epoch: loss.length,
      ...(stopped !== undefined && { stopped }),
      ...(bestEpoch !== undefined && { bestEpoch }),
    };
    const bytes = bytesOfSeries(ended, this.#last + 1, loss.length);
    this.#end = { ...end, chain: digestOfText(this.#chain + canonical(end), bytes) };
    this.#latest = digests.parameters;
    if (this.#expected !== undefined) this.#difference ??= differenceAtEnd(this.#end, this.#expected.predicate);
  }
}

/** A copy of what is JSON. */
function plainNotes(notes: unknown): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(notes);
    if (text !== undefined && text.length <= MAX_NOTES) {
      const copy: unknown = JSON.parse(text);
      canonical(copy); // half of a surrogate pair can't be written
      return copy;
    }
  } catch {
    // it is none
  }
  const size = text === undefined ? "" : ` of ${text.length} characters`;
  throw new OptionError(`notes is ${show(notes)}${size}; JSON of at most ${MAX_NOTES} characters is expected`);
}
