// One thread against several, with the entry `bitgrad/threads`: two networks in one process, in turns, after both have
// shown the same bits.

import { availableParallelism } from "node:os";
import type { DType } from "bitgrad";
import { Network } from "bitgrad/threads";
import { warmUp } from "./clock.ts";
import { takeTurns } from "./race.ts";
import { compared, type Row } from "./rows.ts";
import { createData, networkOptions, WORKLOADS, type Workload } from "./workloads.ts";

const MAX_ROWS = 1_024; // a call is short, a round has several

if (process.send !== undefined) {
  const { dtypes, quick } = JSON.parse(process.argv[2]!) as { dtypes: readonly DType[]; quick: boolean };
  const rows: Row[] = [];
  const all = Math.min(availableParallelism(), 8);
  for (const threads of new Set([2, all].filter((count) => count > 1 && count <= all))) {
    for (const workload of WORKLOADS)
      for (const dtype of dtypes) rows.push(await measureThreads(workload, dtype, threads, quick));
  }
  process.send(rows);
}

async function measureThreads(workload: Workload, dtype: DType, threads: number, quick: boolean): Promise<Row> {
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

  const contestants = [one, several].map((net) => ({ net, rates: [] as number[] }));
  await takeTurns(contestants, quick ? 3 : 11, async ({ net, rates }) => {
    const start = performance.now();
    train(net, epochs);
    rates.push((1000 * epochs * samples) / (performance.now() - start));
  });
  const [ofOne, ofSeveral] = contestants.map(({ rates }) => rates);
  const figures = compared("samples/s", ofSeveral!, ofOne!);
  return { section: "threads", name: `${name}, ${threads} threads`, dtype, beside: "one thread", ...figures };
}
