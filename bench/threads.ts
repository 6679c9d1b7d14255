// One thread against several, with the entry `bitgrad/threads`: two networks in one process, in turns, after both have shown
// the same bits. A process of its own, as for every contestant.

import { availableParallelism } from "node:os";
import type { DType } from "bitgrad";
import { Network } from "bitgrad/threads";
import { median } from "./race.ts";
import { warmUp } from "./warm-up.ts";
import { createData, networkOptions, WORKLOADS, type Workload } from "./workloads.ts";

export interface ThreadsRow {
  readonly workload: string;
  readonly dtype: DType;
  readonly threads: number;
  /** Samples a second: medians over the rounds. */
  readonly one: number;
  readonly several: number;
  /** Several against one, of the rounds of both: median. */
  readonly ratio: number;
}

const MAX_ROWS = 1_024; // a call is short, a round has several

if (process.send !== undefined) {
  const { dtypes, quick } = JSON.parse(process.argv[2]!) as { dtypes: readonly DType[]; quick: boolean };
  const rows: ThreadsRow[] = [];
  const all = Math.min(availableParallelism(), 8);
  for (const threads of new Set([2, all].filter((count) => count > 1 && count <= all))) {
    for (const workload of WORKLOADS)
      for (const dtype of dtypes) rows.push(await measureThreads(workload, dtype, threads, quick));
  }
  process.send(rows);
}

async function measureThreads(workload: Workload, dtype: DType, threads: number, quick: boolean): Promise<ThreadsRow> {
  const { name, batchSize, rows } = workload;
  const data = createData(workload, dtype, Math.min(rows, MAX_ROWS));
  const samples = data.x.shape[0];
  const networks = [1, threads].map((count) =>
    Network.create({ ...networkOptions(workload, dtype), engine: "wasm", threads: count }),
  );
  using one = await networks[0]!;
  using several = await networks[1]!;
  if (several.threads.count !== threads) throw new Error(`no ${threads} threads: ${several.threads.reason}`);
  const train = (net: Network, epochs: number) => net.fit(data.x, data.y, { epochs, batchSize, shuffle: false });

  train(one, 2);
  train(several, 2);
  if (one.digest() !== several.digest())
    throw new Error(`${name} ${dtype}: ${threads} threads give other bits than one`);
  const least = warmUp(() => train(one, 1), quick ? 100 : 500);
  warmUp(() => train(several, 1), quick ? 300 : 1_500); // V8's compiler has to wait while the team takes all cores
  const epochs = Math.max(1, Math.round((quick ? 30 : 400) / least));

  const rates: [number[], number[]] = [[], []];
  const measure = (n: 0 | 1) => {
    const start = performance.now();
    train(n === 0 ? one : several, epochs);
    rates[n].push((1000 * epochs * samples) / (performance.now() - start));
  };
  for (let round = 0; round < (quick ? 3 : 11); round++) {
    const first = (round % 2) as 0 | 1;
    measure(first);
    measure((1 - first) as 0 | 1);
  }
  const ratio = median(rates[1].map((rate, round) => rate / rates[0][round]!));
  return { workload: name, dtype, threads, one: median(rates[0]), several: median(rates[1]), ratio };
}
