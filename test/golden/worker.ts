// A training in a worker, as every platform tries it: the bits, history, progress and abort of one in this thread.

import * as bitgrad from "bitgrad";
import { Network } from "bitgrad/worker";
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
    const { warnings = [], ...history } = await net.fitAsync(x, y, { ...fit, worker, ...(listens && { onEpoch }) });
    const why = warnings.find((line) => line.includes("not a worker"));
    if (why !== undefined && !why.includes("no workers")) throw new Error(why);
    return { why, end: JSON.stringify([history, digests, net]) };
  };
  const inWorker = { Network } as typeof bitgrad;
  let none = false;
  for (const engine of ["auto", "reference"] as const) {
    for (const listens of [true, false]) {
      const there = trained(inWorker, true, engine, listens);
      const two = await Promise.all([there, trained(inWorker, true, engine, !listens)]); // at once
      const here = await trained(bitgrad, false, engine, listens);
      if (two[0].end !== here.end) throw new Error("other bits in a worker");
      none ||= two[0].why !== undefined;
    }
  }
  if (none) return false;
  await abortByTimer(inWorker, true);
  return true;
}
