// An abort, as every platform tries it, in this thread and in a worker.

import type * as bitgrad from "bitgrad";

/** A timer gets its turn while fitAsync trains, and what it aborts ends on a whole epoch. */
export async function abortByTimer({ Network }: Pick<typeof bitgrad, "Network">, worker: boolean): Promise<void> {
  const layers = [{ units: 32, activation: "tanh", dropout: 0.2 }, { units: 8 }] as const;
  const options = { inputs: 16, layers, optimizer: "adam", seed: 5 } as const;
  const x = { data: new Float32Array(64 * 16).fill(0.25), shape: [64, 16] } as const;
  const y = { data: new Float32Array(64 * 8).fill(0.5), shape: [64, 8] } as const;
  using aborted = await Network.create(options);
  using whole = await Network.create(options);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  const epochs = 1_000_000; // minutes, where the timer never runs
  const outcome = await aborted.fitAsync(x, y, { epochs, worker, signal: controller.signal }).catch((error) => error);
  const { reason } = controller.signal; // Node 16's has none
  const ended = reason === undefined ? outcome.name === "AbortError" : outcome === reason;
  if (!ended) throw new Error(`a timer's abort did not end fitAsync: ${outcome}`);
  if (aborted.epochs > 0) whole.fit(x, y, { epochs: aborted.epochs });
  if (aborted.digest() !== whole.digest()) throw new Error("an aborted network is not that of its whole epochs");
}
