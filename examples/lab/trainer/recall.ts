// The parameters after an epoch that is over: trained again, from the nearest one before it that is still known.

import { type FitOptions, Network, type NetworkOptions } from "bitgrad";
import type { Rows } from "./network.ts";
import type { Recalled } from "./protocol.ts";

const MOST_BYTES = 64e6;

export class Recaller {
  readonly #options: NetworkOptions;
  readonly #rows: Rows;
  readonly #fit: FitOptions;
  readonly #files = new Map<number, Uint8Array>();
  readonly #controller = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: NetworkOptions, rows: Rows, fit: FitOptions) {
    this.#options = options;
    this.#rows = rows;
    this.#fit = fit;
  }

  /** One after the other: each may begin where another ended. */
  recall(epoch: number): Promise<Recalled> {
    const found = this.#last.then(() => this.#recall(epoch));
    this.#last = found.catch(() => {});
    return found;
  }

  async #recall(epoch: number): Promise<Recalled> {
    const { engine, warn = false } = this.#options;
    const nearest = Math.max(...[...this.#files.keys()].filter((known) => known <= epoch));
    const file = this.#files.get(nearest);
    const lent = { warn, ...(engine && { engine }) };
    const network = file === undefined ? await Network.create(this.#options) : await Network.load(file, lent);
    try {
      const epochs = epoch - network.epochs;
      const { signal } = this.#controller;
      if (epochs > 0) await network.fitAsync(this.#rows.x, this.#rows.y, { ...this.#fit, epochs, signal });
      this.#keep(epoch, network);
      return { type: "recalled", epoch, digest: network.digest(), parameters: flat(network) };
    } finally {
      network.dispose();
    }
  }

  #keep(epoch: number, network: Network): void {
    const file = network.save();
    const most = Math.max(1, Math.floor(MOST_BYTES / file.length));
    this.#files.set(epoch, file);
    for (const known of this.#files.keys()) if (this.#files.size > most) this.#files.delete(known);
  }

  dispose(): void {
    this.#controller.abort();
    this.#files.clear();
  }
}

/** All parameters, layer by layer, in the order of the digest. */
function flat(network: Network): Float64Array {
  const all = new Float64Array(network.parameterCount);
  let at = 0;
  for (const { weights, biases, gamma, beta, movingMean, movingVariance } of network.getParameters()) {
    for (const array of [weights, biases, gamma, beta, movingMean, movingVariance]) {
      if (array === undefined) continue;
      all.set(array, at);
      at += array.length;
    }
  }
  return all;
}
