// A page that trains: its frames, how long its event loop waits, and the rate of the training. Contestants take turns on one
// page; one of them does nothing and one adds numbers in a plain loop, and what is seen of them is the machine's doing.

import { type DType, Network, type NetworkOptions } from "bitgrad";
import { nextTurn, SLICE_MS } from "../../bindings/network/schedule.ts";
import { warmUp } from "../warm-up.ts";
import { WAYS } from "../ways.ts";
import { createData, type Data, networkOptions, WORKLOADS, type Workload } from "../workloads.ts";
import type { Turn, Turns } from "./frames-rows.ts";
import { watch } from "./watch.ts";

export interface FramesChoice {
  /** Names of workloads. */
  readonly rows: readonly string[];
  readonly dtype: DType;
  readonly quick: boolean;
}

const REST_MS = 100; // for what a turn leaves behind, as garbage to be collected

export async function measureFrames(choice: FramesChoice, onProgress: (what: string) => void): Promise<Turns[]> {
  const { rows } = choice;
  const workloads = WORKLOADS.filter(({ name }) => rows.includes(name));
  if (workloads.length === 0) throw new Error(`no row is called ${rows.join(" or ")}`);
  const found: Turns[] = [];
  for (const workload of workloads) found.push(...(await raceFrames(workload, choice, onProgress)));
  return found;
}

async function raceFrames(
  workload: Workload,
  { dtype, quick }: FramesChoice,
  onProgress: (what: string) => void,
): Promise<Turns[]> {
  const { batchSize, rows } = workload;
  const label = `${workload.name} ${dtype}`;
  const [turnMs, rounds] = quick ? [500, 2] : [2_000, 7];
  onProgress(label);
  const data = createData(workload, dtype, rows);
  const options = { ...networkOptions(workload, dtype), engine: "wasm" } as const;
  const fitOptions = { epochs: await epochsIn(turnMs, workload, options, data), batchSize, onEpoch: () => {} };
  const nets = await Promise.all(WAYS.map(({ from = Network }) => from.create(options)));
  const trainings = WAYS.map(({ name, train }, n) => ({
    contestant: name,
    samples: fitOptions.epochs * rows,
    run: () => train(nets[n]!, data, fitOptions),
    turns: [] as Turn[],
  }));
  const idle = { contestant: "nothing", samples: 0, run: () => sleep(turnMs), turns: [] as Turn[] };
  const busy = { contestant: "adding numbers", samples: 0, run: () => addFor(turnMs), turns: [] as Turn[] };
  const runs = [idle, busy, ...trainings];
  for (let round = 0; round <= rounds; round++) {
    for (let n = 0; n < runs.length; n++) {
      const { contestant, run, turns } = runs[(round + n) % runs.length]!;
      onProgress(`${label}: round ${round} of ${rounds}, ${contestant}`);
      await sleep(REST_MS);
      const turn = await watch(`${label} ${contestant} ${round}`, run);
      if (round > 0) turns.push(turn); // the first is for the compilers
    }
  }
  if (new Set(nets.map((net) => net.digest())).size > 1) throw new Error(`${label}: contestants have different bits`);
  for (const net of nets) net.dispose();
  return runs.map(({ contestant, samples, turns }) => ({ workload: workload.name, dtype, contestant, samples, turns }));
}

/** How many epochs take about so long. */
async function epochsIn(
  turnMs: number,
  { batchSize }: Workload,
  options: NetworkOptions,
  { x, y }: Data,
): Promise<number> {
  const net = await Network.create(options);
  const least = warmUp(() => net.fit(x, y, { batchSize }), turnMs / 2);
  net.dispose();
  return Math.max(1, Math.round(turnMs / least));
}

/** A thread as busy as one that trains, in slices as long, with work of which everyone sees how long it should take. */
async function addFor(ms: number): Promise<void> {
  const numbers = new Float32Array(4096).fill(0.5);
  const end = performance.now() + ms;
  let sum = 0;
  while (performance.now() < end) {
    const sliceEnd = performance.now() + SLICE_MS;
    while (performance.now() < sliceEnd) {
      for (let times = 0; times < 100; times++) for (const number of numbers) sum += number; // some tenths of a millisecond
    }
    await nextTurn();
  }
  if (!(sum > 0)) throw new Error("nothing was added");
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
