// One training as the page sees it: its trainer, what that said last, and what it said before.

import { findLast } from "../arrays.ts";
import type { Machine, Recipe } from "../recipe.ts";
import type { Event, Frame, Loaded, Pictures, Recalled, Request, Trainer } from "../trainer/protocol.ts";

/** Numbers of epochs, one after the other. */
export interface Series {
  readonly epochs: number[];
  readonly loss: number[];
  readonly validationLoss: number[];
  readonly metric: number[];
  readonly validationMetric: number[];
}

export const SERIES = ["epochs", "loss", "validationLoss", "metric", "validationMetric"] as const;
const MOST_EPOCHS = 200_000; // kept; beyond, every second is dropped

export function emptySeries(): Series {
  return { epochs: [], loss: [], validationLoss: [], metric: [], validationMetric: [] };
}

/** Adds what a frame brought; an epoch that comes again brings what was not measured before. */
export function extend(series: Series, more: Frame["history"]): void {
  for (let k = 0; k < more.epochs.length; k++) {
    const last = series.epochs.length - 1;
    const isAgain = last >= 0 && series.epochs[last] === more.epochs[k];
    for (const name of SERIES) {
      const value = more[name][k]!;
      if (!isAgain) series[name].push(value);
      else if (!Number.isNaN(value)) series[name][last] = value;
    }
  }
  if (series.epochs.length <= MOST_EPOCHS) return;
  for (const name of SERIES) {
    const kept = series[name].filter((_, k) => k % 2 === 0);
    series[name].length = 0;
    for (const value of kept) series[name].push(value);
  }
}

/** The newest number that was measured; NaN if none was. */
export function newest(series: readonly number[]): number {
  return findLast(series, (value) => !Number.isNaN(value)) ?? Number.NaN;
}

/** At most so many of a series, the last among them. */
export function thin(series: readonly number[], most: number): number[] {
  const stride = Math.ceil(series.length / most);
  if (stride <= 1) return series.slice();
  const start = (series.length - 1) % stride;
  return Array.from(
    { length: Math.floor((series.length - 1 - start) / stride) + 1 },
    (_, k) => series[start + k * stride]!,
  );
}

export type Make = (listener: (event: Event) => void) => Trainer;

export class Run {
  loaded: Loaded | undefined;
  frame: Frame | undefined;
  series: Series = emptySeries();
  /** Digests by their epoch. */
  readonly ladder = new Map<number, string>();
  /** Why the settings can't be trained. */
  failure: string | undefined;
  /** Loaded, but what it made is not here yet. */
  isWaiting = false;
  #trainer: Trainer | undefined;
  #pictures: Pictures | undefined;
  readonly #make: Make;
  readonly #listener: (event: Event, run: Run) => void;
  readonly #waiting: {
    type: Event["type"];
    key: number;
    resolve: (event: never) => void;
    reject: (why: Error) => void;
  }[] = [];

  constructor(make: Make, listener: (event: Event, run: Run) => void) {
    this.#make = make;
    this.#listener = listener;
  }

  get running(): boolean {
    return this.frame?.running === true;
  }

  load(recipe: Recipe, machine: Machine, file?: Uint8Array): void {
    this.#trainer ??= this.#make((event) => this.#hear(event));
    this.isWaiting = true;
    this.failure = undefined;
    this.#clear();
    if (this.#pictures !== undefined) this.request({ type: "show", pictures: this.#pictures });
    this.request({ type: "load", recipe, machine, ...(file && { file }) });
  }

  /** Ends the training, and all that is known of it. */
  forget(): void {
    this.close();
    this.#clear();
    this.loaded = undefined;
    this.frame = undefined;
    this.failure = undefined;
  }

  show(pictures: Pictures): void {
    if (JSON.stringify(pictures) === JSON.stringify(this.#pictures)) return;
    this.#pictures = pictures;
    if (this.#trainer !== undefined) this.request({ type: "show", pictures });
  }

  request(request: Request): void {
    this.#trainer?.request(request);
  }

  /** The digest and the parameters after an epoch. */
  recall(epoch: number): Promise<Recalled> {
    return this.#ask("recalled", epoch, { type: "recall", epoch });
  }

  async predict(row: Float64Array): Promise<Float64Array> {
    const id = ++lastId;
    const { outputs } = await this.#ask<{ outputs: Float64Array }>("predicted", id, { type: "predict", id, row });
    return outputs;
  }

  async save(): Promise<Uint8Array> {
    return (await this.#ask<{ file: Uint8Array }>("saved", 0, { type: "save" })).file;
  }

  close(): void {
    this.#trainer?.close();
    this.#trainer = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("the training was ended"));
  }

  #clear(): void {
    this.series = emptySeries();
    this.ladder.clear();
  }

  #ask<Answer>(type: Event["type"], key: number, request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ type, key, resolve, reject });
      this.request(request);
    });
  }

  #hear(event: Event): void {
    switch (event.type) {
      case "loaded":
        this.#clear();
        this.loaded = event;
        this.frame = undefined;
        this.isWaiting = false;
        break;
      case "frame":
        this.frame = { ...this.frame, ...event }; // pictures stay until there are newer ones
        extend(this.series, event.history);
        for (const { epoch, digest } of event.ladder) this.ladder.set(epoch, digest);
        break;
      case "failed": {
        const asked = this.#waiting.findIndex(({ type }) => REQUEST_OF[type] === event.during);
        if (asked >= 0) {
          this.#waiting.splice(asked, 1)[0]!.reject(new Error(event.message));
          return;
        }
        if (event.during === "load") this.failure = event.message;
        this.isWaiting = false;
        break;
      }
      case "recalled":
      case "predicted":
      case "saved": {
        const key = event.type === "recalled" ? event.epoch : event.type === "predicted" ? event.id : 0;
        const asked = this.#waiting.findIndex((waiting) => waiting.type === event.type && waiting.key === key);
        if (asked >= 0) this.#waiting.splice(asked, 1)[0]!.resolve(event as never);
        return;
      }
    }
    this.#listener(event, this);
  }
}

let lastId = 0;

const REQUEST_OF: Partial<Record<Event["type"], Request["type"]>> = {
  recalled: "recall",
  predicted: "predict",
  saved: "save",
};
