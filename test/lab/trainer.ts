// A trainer whose events can be waited for.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { packDigits } from "../../examples/lab/data/digits.ts";
import type { Parts } from "../../examples/lab/data/sets.ts";
import * as tables from "../../examples/lab/data/tables.ts";
import type { Machine, Recipe } from "../../examples/lab/recipe.ts";
import type { Event, Frame, Loaded, Request } from "../../examples/lab/trainer/protocol.ts";
import { createTrainer } from "../../examples/lab/trainer/trainer.ts";

const csv = gunzipSync(readFileSync(new URL("../../examples/digits/digits.csv.gz", import.meta.url))).toString();

/** What a page loads when it is first needed. */
export const PARTS: Parts = { tables, digits: packDigits(csv) };

type OfType<T extends Event["type"]> = Extract<Event, { readonly type: T }>;

export const HERE: Machine = { engine: "auto", worker: false, threads: 1 };

export class Watched {
  readonly events: Event[] = [];
  readonly #trainer = createTrainer((event) => {
    this.events.push(structuredClone(event)); // as a worker's message
    for (const look of [...this.#waiting]) look();
  }, PARTS);
  readonly #waiting = new Set<() => void>();
  #seen = 0;

  ask(request: Request): void {
    this.#trainer.request(request);
  }

  /** The next event of a type, and of some kind; a failure that isn't waited for is thrown. */
  next<T extends Event["type"]>(type: T, isIt: (event: OfType<T>) => boolean = () => true): Promise<OfType<T>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        while (this.#seen < this.events.length) {
          const event = this.events[this.#seen++]!;
          if (event.type === type && isIt(event as OfType<T>)) resolve(event as OfType<T>);
          else if (event.type === "failed") reject(new Error(event.message));
          else continue;
          this.#waiting.delete(look);
          return;
        }
      };
      this.#waiting.add(look);
      look();
    });
  }

  async load(recipe: Recipe, machine: Partial<Machine> = {}, file?: Uint8Array): Promise<Loaded> {
    this.ask({ type: "load", recipe, machine: { ...HERE, ...machine }, ...(file && { file }) });
    return this.next("loaded");
  }

  /** Trains to the end of an epoch. */
  async train(until: number): Promise<Frame> {
    this.ask({ type: "run", until });
    return this.next("frame", ({ running, epoch }) => !running && epoch === until);
  }

  close(): void {
    this.#trainer.close();
  }
}
