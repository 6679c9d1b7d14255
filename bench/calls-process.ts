// One way to train a small network, in a fresh process. calls.ts bundles it, since a TypeScript loader would start in
// every worker.

import { Network } from "bitgrad";
import type { CallTimes } from "./calls.ts";
import { median } from "./race.ts";
import { WAYS } from "./ways.ts";
import { createData, networkOptions, workloadOf } from "./workloads.ts";

const LATER_CALLS = 50;

const [name, epochs] = [process.argv[2], Number(process.argv[3])];
const { from = Network, train } = WAYS.find((way) => way.name === name)!;
const workload = workloadOf("xor");
const data = createData(workload, "f32", workload.rows);
using net = await from.create({ ...networkOptions(workload, "f32"), engine: "wasm" });

async function time(epochs: number, onEpoch?: () => void): Promise<number> {
  const start = performance.now();
  await train(net, data, { epochs, batchSize: workload.batchSize, ...(onEpoch && { onEpoch }) });
  return performance.now() - start;
}

async function epochUs(onEpoch?: () => void): Promise<number> {
  await time(epochs, onEpoch); // for the compilers
  return (1000 * (await time(epochs, onEpoch))) / epochs;
}

const firstMs = await time(1);
const later: number[] = [];
for (let n = 0; n < LATER_CALLS; n++) later.push(await time(1));
const laterMs = median(later);
const times: CallTimes = { firstMs, laterMs, epochUs: await epochUs(), listenedUs: await epochUs(() => {}) };
console.log(JSON.stringify(times));
