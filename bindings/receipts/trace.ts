// What a party to a dispute shows of an epoch: digests of its steps, of what a step computed, and the numbers of that.
// The reference engine trains, and is watched: there is no second implementation of a training.

import type { FloatArray } from "../arrays.ts";
import { layerShapes } from "../catalog/layers.ts";
import type { Stage, Trace } from "../engine/engine.ts";
import { NotFiniteError, OptionError } from "../errors.ts";
import type { Beginning } from "../options/recorder.ts";
import type { Wait } from "../promises.ts";
import type { IsTime } from "../rows.ts";
import { quietNaN, toBytes } from "../saving/bytes.ts";
import { digest } from "../saving/sha256.ts";
import { readReceipt } from "./read.ts";
import { digestOfText, type Receipt } from "./receipt.ts";
import { Recorder } from "./recorder.ts";
import { fitOf, networkOf, type ReplayData, type ReplayNetwork, type ReplayOptions } from "./replay.ts";

/** Where in an epoch something is computed. */
export type StagePlace = Pick<Stage, "layer" | "kind" | "index">;

/** A stage of a step, in the order in which they are computed. */
export interface TracedStage extends StagePlace {
  /** Of its numbers as little-endian bytes. */
  readonly sha256: string;
}

/** A party to a dispute: it has a receipt, and answers for it. */
export interface Party {
  /** What it claims. */
  readonly receipt: Receipt | string;
  /** A digest of each step of an epoch, counted from 1. */
  steps(epoch: number): Promise<readonly string[]> | readonly string[];
  /** What a step, counted from 0, computed. */
  stages(epoch: number, step: number): Promise<readonly TracedStage[]> | readonly TracedStage[];
  /** The numbers of a stage, by its place in `stages`. */
  values(epoch: number, step: number, stage: number): Promise<ArrayLike<number>> | ArrayLike<number>;
}

/** What a party trains by. */
export interface PartyOptions extends Pick<ReplayOptions, "from" | "schedule"> {
  /** Called with the arrays of each step before they are digested. */
  readonly onStage?: Trace;
}

/** One step of an epoch that was traced. */
interface TracedStep {
  readonly stages: TracedStage[];
  readonly values: FloatArray[];
  /** The parameters that it began with, by layer and index, if they are kept. */
  readonly before: ReadonlyMap<string, FloatArray> | undefined;
}

/** A recorder that keeps what steps of an epoch compute. */
class Tracer extends Recorder {
  readonly #latest = new Map<string, FloatArray>(); // parameters

  constructor(epoch: number, keeps: number, steps: TracedStep[], onStage: Trace | undefined) {
    const trace: Trace = (stage, values) => {
      onStage?.(stage, values);
      const { step, layer, kind, index } = stage;
      if (stage.epoch === epoch) {
        steps[step] ??= { stages: [], values: [], before: step === keeps ? new Map(this.#latest) : undefined };
        const { stages, values: kept } = steps[step]!;
        stages.push({ layer, kind, index, sha256: digest(toBytes(values)) });
        if (step === keeps) kept.push(quietNaN(values.slice()));
      }
      if (kind === "parameter") this.#latest.set(`${layer}.${index}`, values.slice());
    };
    super({ every: 2 ** 31, onStage: trace });
  }

  /** @internal */
  override *begin(beginning: Beginning, isTime: IsTime): Generator<Wait, number, unknown> {
    let at = 0;
    for (const [layer, { parameters }] of layerShapes(beginning.network).entries()) {
      for (const [index, { length }] of parameters.entries()) {
        this.#latest.set(`${layer}.${index}`, beginning.state.values.slice(at, at + length));
        at += length;
      }
    }
    return yield* super.begin(beginning, isTime);
  }
}

/** A party that computes honestly, unless `onStage` changes what it is shown. */
export class OwnParty implements Party {
  readonly receipt: Receipt;
  readonly #data: ReplayData;
  readonly #options: PartyOptions;
  readonly #Network: ReplayNetwork;
  #traced: { readonly epoch: number; readonly keeps: number; readonly steps: TracedStep[] } | undefined;
  /** How many epochs it has trained. */
  epochs = 0;

  constructor(Network: ReplayNetwork, receipt: Receipt | string, data: ReplayData, options: PartyOptions = {}) {
    this.receipt = readReceipt(receipt);
    this.#data = data;
    this.#options = options;
    this.#Network = Network;
  }

  async steps(epoch: number): Promise<string[]> {
    const steps = await this.#trace(epoch, 0);
    return steps.map(({ stages }) => digestOfText(stages.map(({ sha256 }) => sha256).join("")));
  }

  async stages(epoch: number, step: number): Promise<readonly TracedStage[]> {
    return (await this.#trace(epoch, step))[step]?.stages ?? [];
  }

  async values(epoch: number, step: number, stage: number): Promise<FloatArray> {
    return (await this.#trace(epoch, step))[step]!.values[stage]!;
  }

  /** A layer's array of parameters, before a step. */
  async before(epoch: number, step: number, layer: number, index: number): Promise<FloatArray> {
    return (await this.#trace(epoch, step))[step]!.before!.get(`${layer}.${index}`)!;
  }

  /** Trains the epoch, and what is before it; only the values of one step are kept. */
  async #trace(epoch: number, keeps: number): Promise<TracedStep[]> {
    const known = this.#traced;
    if (known?.epoch === epoch && known.keeps === keeps) return known.steps;
    const { predicate } = this.receipt;
    const { from, schedule, onStage } = this.#options;
    const { x, y, ...rows } = this.#data;
    const steps: TracedStep[] = [];
    const { start } = predicate;
    const net = await networkOf(this.#Network, predicate, from, { engine: "reference" });
    try {
      const before = net.epochs - start.epochs + start.epoch;
      if (before >= epoch) throw new OptionError(`from has ${before} epochs; fewer than ${epoch} are expected`);
      const tracer = new Tracer(start.epochs - start.epoch + epoch - 1, keeps, steps, onStage);
      const fit = { ...fitOf(predicate, rows, schedule, before), receipt: tracer };
      try {
        await net.fitAsync(x, y, { ...fit, onEpoch: (info) => info.epoch >= epoch && info.stop() });
      } catch (error) {
        if (!(error instanceof NotFiniteError)) throw error;
      }
      this.epochs += epoch - before;
    } finally {
      net.dispose();
    }
    this.#traced = { epoch, keeps, steps };
    return steps;
  }
}
