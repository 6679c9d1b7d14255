// A page that trains: its frames, how long its event loop waits, and the rate of the training. Contestants take turns on one
// page; one of them does nothing and one adds numbers in a plain loop, and what is seen of them is the machine's doing.

import { type DType, Network, type NetworkOptions } from "bitgrad";
import { nextTurn, SLICE_MS } from "../../bindings/network/schedule.ts";
import { warmUp } from "../warm-up.ts";
import { WAYS } from "../ways.ts";
import { createData, type Data, networkOptions, WORKLOADS, type Workload } from "../workloads.ts";
import type { Rate, Turn, Turns } from "./frames-rows.ts";
import { watch } from "./watch.ts";

export interface FramesChoice {
  /** Names of workloads. */
  readonly rows: readonly string[];
  readonly dtype: DType;
  readonly quick: boolean;
}

const REST_MS = 100; // for what a turn leaves behind, as garbage to be collected

/** Turns that are watched, of all that can be on the page. */
export async function measureFrames(choice: FramesChoice, onProgress: (what: string) => void): Promise<Turns[]> {
  const [turnMs, rounds] = choice.quick ? [500, 2] : [2_000, 7];
  const found: Turns[] = [];
  for (const workload of chosen(choice)) {
    const about = { workload: workload.name, dtype: choice.dtype };
    const label = `${workload.name} ${choice.dtype}`;
    onProgress(label);
    const { trainings, dispose } = await prepare(workload, choice.dtype, turnMs);
    const idle = { contestant: "nothing", samples: 0, run: () => sleep(turnMs) };
    const busy = { contestant: "adding numbers", samples: 0, run: () => addFor(turnMs) };
    const runs = [idle, busy, ...trainings].map((run) => ({ ...run, turns: [] as Turn[] }));
    await takeTurns(runs, rounds, REST_MS, async ({ contestant, run, turns }, round) => {
      onProgress(`${label}: round ${round} of ${rounds}, ${contestant}`);
      const turn = await watch(`${label} ${contestant} ${round}`, run);
      if (round > 0) turns.push(turn);
    });
    dispose();
    found.push(...runs.map(({ run, ...row }) => ({ ...about, ...row })));
  }
  return found;
}

/**
 * Each way to train beside `fit` alone, and nobody watches: a trace, and timers that come all the time, take some of what they
 * measure. Without rests, after which a virtual machine may go on on another core, half as fast.
 */
export async function measureRates(choice: FramesChoice, onProgress: (what: string) => void): Promise<Rate[]> {
  const [turnMs, rounds] = choice.quick ? [300, 2] : [1_000, 40];
  const found: Rate[] = [];
  for (const workload of chosen(choice)) {
    const about = { workload: workload.name, dtype: choice.dtype };
    const [fit, ...others] = WAYS;
    for (const way of others) {
      onProgress(`${workload.name} ${choice.dtype}, rate of ${way.name}`);
      const { trainings, dispose } = await prepare(workload, choice.dtype, turnMs, [fit!, way]);
      const runs = trainings.map((training) => ({ ...training, ms: [] as number[] }));
      await takeTurns(runs, rounds, 0, async ({ run, ms }, round) => {
        const start = performance.now();
        await run();
        if (round > 0) ms.push(performance.now() - start);
      });
      dispose();
      const [{ ms: fitMs }, { contestant, samples, ms }] = runs as [(typeof runs)[0], (typeof runs)[0]];
      found.push({ ...about, contestant, samples, ms, fitMs });
    }
  }
  return found;
}

function chosen({ rows }: FramesChoice): Workload[] {
  const workloads = WORKLOADS.filter(({ name }) => rows.includes(name));
  if (workloads.length === 0) throw new Error(`no row is called ${rows.join(" or ")}`);
  return workloads;
}

/** The ways to train, each for as many epochs as take about so long. `dispose` finds out whether they end with the same bits. */
async function prepare(workload: Workload, dtype: DType, turnMs: number, ways = WAYS) {
  const { batchSize, rows } = workload;
  const data = createData(workload, dtype, rows);
  const options = { ...networkOptions(workload, dtype), engine: "wasm" } as const;
  const fitOptions = { epochs: await epochsIn(turnMs, workload, options, data), batchSize, onEpoch: () => {} };
  const nets = await Promise.all(ways.map(({ from = Network }) => from.create(options)));
  return {
    trainings: ways.map(({ name, train }, n) => ({
      contestant: name,
      samples: fitOptions.epochs * rows,
      run: () => train(nets[n]!, data, fitOptions),
    })),
    dispose() {
      if (new Set(nets.map((net) => net.digest())).size > 1)
        throw new Error(`${workload.name}: ways have different bits`);
      for (const net of nets) net.dispose();
    },
  };
}

/** There and back, so that none always follows the same one; round 0 is for the compilers. */
async function takeTurns<T>(
  runs: readonly T[],
  rounds: number,
  restMs: number,
  take: (run: T, round: number) => Promise<void>,
) {
  for (let round = 0; round <= rounds; round++) {
    for (const run of round % 2 === 0 ? runs : runs.toReversed()) {
      await sleep(restMs);
      await take(run, round);
    }
  }
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
