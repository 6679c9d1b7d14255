// Writes one of two networks to a path again and again, in Node, Deno or Bun: `writer.mjs path times threads`. With
// "check" in place of a number of threads, says whether what is there is one of them.

import { argv } from "node:process";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { readNetwork, writeNetwork } from "../../dist/files.js";
import { Network } from "../../dist/index.js";

const [path, times, threads] = isMainThread ? argv.slice(2) : workerData;
const create = (seed) => Network.createSync({ inputs: 300, layers: [{ units: 300 }], seed, engine: "reference" });
const nets = [create(1), create(2)];

function write() {
  for (let n = 0; n < Number(times); n++) writeNetwork(path, nets[n % 2]);
}

if (threads === "check") {
  const found = Network.loadSync(readNetwork(path), { engine: "reference" }).digest();
  console.log(nets.some((net) => net.digest() === found) ? "whole" : "another");
} else if (isMainThread) {
  const workers = Array.from({ length: Number(threads) }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: [path, times, "0"] });
    return new Promise((resolve, reject) => {
      worker.on("error", reject);
      worker.on("exit", resolve);
    });
  });
  write();
  await Promise.all(workers);
  console.log("done");
} else {
  write();
}
