// What a receipt costs: fit with one beside fit without, and a replay beside fit, in turns in one process.
// npx tsx bench/receipts.ts [rounds]

import { Network } from "bitgrad";
import { Recorder, replay } from "bitgrad/receipts";
import { createData, networkOptions, type Workload, workloadOf } from "./workloads.ts";

const rounds = Number(process.argv[2] ?? 7);

interface Case {
  readonly workload: Workload;
  readonly epochs: number;
  readonly every: number | "auto";
}

// biome-ignore format: a table
const CASES: readonly Case[] = [
  // with all their rows: the data are digested once
  { workload: { ...workloadOf("mlp"), timedRows: 10_000 }, epochs: 20, every: 1 },
  { workload: { ...workloadOf("digits"), timedRows: 10_000 }, epochs: 20, every: 1 },
  { workload: workloadOf("xor"), epochs: 40_000, every: "auto" },
  { workload: { ...workloadOf("tabular"), timedRows: 100 }, epochs: 400, every: "auto" },
  { workload: workloadOf("perceptron"), epochs: 100_000, every: "auto" },
];

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const timed = async (run: () => unknown) => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};

for (const { workload, epochs, every } of CASES) {
  const { x, y } = createData(workload, "f32", workload.timedRows);
  const options = networkOptions(workload, "f32");
  const fit = { epochs, batchSize: workload.batchSize };
  const times = { plain: [] as number[], receipt: [] as number[], replay: [] as number[] };
  let entries = 0;
  for (let n = 0; n < rounds + 2; n++) {
    const recorder = new Recorder({ every });
    const plain = await Network.create(options);
    const recorded = await Network.create(options);
    // turns change places, so that neither is always the first
    const runs = [
      async () => times.plain.push(await timed(() => plain.fit(x, y, fit))),
      async () => times.receipt.push(await timed(() => recorded.fit(x, y, { ...fit, receipt: recorder }))),
    ];
    for (const run of n % 2 === 0 ? runs : runs.reverse()) await run();
    const receipt = recorder.receipt!;
    times.replay.push(await timed(() => replay(receipt, { x, y })));
    entries = receipt.predicate.epochs.length;
    plain.dispose();
    recorded.dispose();
  }
  const [plain, receipt, again] = [times.plain, times.receipt, times.replay].map((all) => median(all.slice(2)));
  const percent = (value: number) => `${((value / plain! - 1) * 100).toFixed(1)} %`;
  console.log(
    `${workload.name}: ${(plain! / epochs).toPrecision(3)} ms an epoch; with a receipt ${percent(receipt!)} more ` +
      `(${entries} entries of ${epochs} epochs), replay ${percent(again!)} more`,
  );
}
