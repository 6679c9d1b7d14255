// A training in a worker, as every platform tries it: the bits, history, progress and abort of one in this thread.

import * as bitgrad from "bitgrad";
import { EngineError, Network } from "bitgrad/worker";
import { abortByTimer } from "./abort.ts";

const options = {
  inputs: 61,
  layers: [{ units: 31, activation: "tanh", dropout: 0.2 }, { units: 9 }],
  optimizer: "adam",
  seed: 5,
} as const;
const x = { data: Float32Array.from({ length: 150 * 61 }, (_, n) => (n % 17) / 17), shape: [150, 61] } as const;
const y = { data: Float32Array.from({ length: 150 * 9 }, (_, n) => (n % 5) / 5), shape: [150, 9] } as const;

/** Whether there are workers here; if not, there is a reason. */
export async function trainInWorker(): Promise<boolean> {
  const fit = { epochs: 6, batchSize: 20, validationSplit: 0.2, metrics: ["mae"] } as const;
  const trained = async (entry: typeof bitgrad, worker: boolean, engine: "auto" | "reference", listens: boolean) => {
    using net = await entry.Network.create({ ...options, engine });
    const digests: string[] = [];
    const onEpoch = () => digests.push(net.digest());
    const history = await net.fitAsync(x, y, { ...fit, worker, ...(listens && { onEpoch }) });
    return JSON.stringify([history, digests, net]);
  };
  const inWorker = { Network } as typeof bitgrad;
  for (const engine of ["auto", "reference"] as const) {
    for (const listens of [true, false]) {
      try {
        const there = trained(inWorker, true, engine, listens);
        const two = await Promise.all([there, trained(inWorker, true, engine, !listens)]); // at once
        if (two[0] !== (await trained(bitgrad, false, engine, listens))) throw new Error("other bits in a worker");
      } catch (error) {
        if (error instanceof EngineError && /no workers|has none/.test(error.message)) return false;
        throw error;
      }
    }
  }
  await abortByTimer(inWorker, true);
  return true;
}
