// One way to train a small network, in a fresh process: calls.ts bundles it, since a TypeScript loader would start in every worker.

import { Network } from "bitgrad";
import type { CallTimes } from "./calls.ts";
import { median } from "./race.ts";
import { BARE_WORKER, WAYS } from "./ways.ts";
import { createData, networkOptions, WORKLOADS } from "./workloads.ts";

const LATER_CALLS = 50;

const [name, epochs] = [process.argv[2], Number(process.argv[3])];
console.log(JSON.stringify(name === BARE_WORKER ? { firstMs: await startBareWorker() } : await measureWay()));

async function startBareWorker(): Promise<number> {
  const start = performance.now();
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker('require("node:worker_threads").parentPort.postMessage(1)', { eval: true });
  await new Promise((resolve) => worker.once("message", resolve));
  return performance.now() - start;
}

async function measureWay(): Promise<CallTimes> {
  const { from = Network, train } = WAYS.find((way) => way.name === name)!;
  const workload = WORKLOADS.find(({ name }) => name === "xor")!;
  const data = createData(workload, "f32", workload.rows);
  using net = await from.create({ ...networkOptions(workload, "f32"), engine: "wasm" });
  const time = async (epochs: number, onEpoch?: () => void) => {
    const start = performance.now();
    await train(net, data, { epochs, batchSize: workload.batchSize, ...(onEpoch && { onEpoch }) });
    return performance.now() - start;
  };
  const epochUs = async (onEpoch?: () => void) => {
    await time(epochs, onEpoch); // for the compilers
    return (1000 * (await time(epochs, onEpoch))) / epochs;
  };
  const firstMs = await time(1);
  const later: number[] = [];
  for (let n = 0; n < LATER_CALLS; n++) later.push(await time(1));
  return { firstMs, laterMs: median(later), epochUs: await epochUs(), listenedEpochUs: await epochUs(() => {}) };
}
