// What a training costs beside plain SGD, on `mlp`: each optimizer, clipping, dropout, a schedule, validation. All in one process,
// in turns.

import { type DType, type FitOptions, Network, type NetworkOptions } from "bitgrad";
import { median } from "./race.ts";
import { warmUp } from "./warm-up.ts";
import { createData, networkOptions, WORKLOADS } from "./workloads.ts";

export interface TrainerRow {
  readonly trainer: string;
  readonly dtype: DType;
  /** Samples a second: median over the rounds. */
  readonly rate: number;
  /** Time against plain SGD's of the same round: median. */
  readonly ratio: number;
}

const ROWS = 2_048;

interface Trainer {
  readonly optimizer?: NetworkOptions["optimizer"];
  readonly dropout?: number;
  readonly fit?: FitOptions;
}

const SGD = { type: "sgd", learningRate: 0.01 } as const;
const TRAINERS: Record<string, Trainer> = {
  sgd: {},
  "sgd, momentum": { optimizer: { ...SGD, momentum: 0.9 } },
  "sgd, nesterov": { optimizer: { ...SGD, momentum: 0.9, nesterov: true } },
  rmsprop: { optimizer: "rmsprop" },
  adagrad: { optimizer: "adagrad" },
  adam: { optimizer: "adam" },
  adamw: { optimizer: "adamw" },
  nadam: { optimizer: "nadam" },
  lion: { optimizer: "lion" },
  "sgd, clipValue": { optimizer: { ...SGD, clipValue: 0.1 } },
  "sgd, clipNorm": { optimizer: { ...SGD, clipNorm: 1 } },
  "sgd, dropout 0.2 of the hidden layers": { dropout: 0.2 },
  "sgd, cosine schedule": { fit: { schedule: { type: "cosine", epochs: 1000 } } },
};

if (process.send !== undefined) {
  const { dtypes, quick } = JSON.parse(process.argv[2]!) as { dtypes: readonly DType[]; quick: boolean };
  process.send(dtypes.flatMap((dtype) => measureTrainers(dtype, quick)));
}

function measureTrainers(dtype: DType, quick: boolean): TrainerRow[] {
  const workload = WORKLOADS.find(({ name }) => name === "mlp")!;
  const data = createData(workload, dtype, ROWS);
  const options = networkOptions(workload, dtype);
  const runs = Object.entries(TRAINERS).map(([trainer, { optimizer = SGD, dropout = 0, fit = {} }]) => {
    const layers = options.layers.map((layer, l) => (l + 1 < options.layers.length ? { ...layer, dropout } : layer));
    const net = Network.createSync({ ...options, layers, optimizer, engine: "wasm" });
    const train = () => net.fit(data.x, data.y, { batchSize: workload.batchSize, shuffle: false, ...fit });
    warmUp(train, quick ? 50 : 300);
    return { trainer, net, train, times: [] as number[] };
  });
  for (let round = 0; round < (quick ? 3 : 15); round++) {
    for (const { train, times } of runs) {
      const start = performance.now();
      train();
      times.push(performance.now() - start);
    }
  }
  const plain = runs[0]!.times;
  return runs.map(({ trainer, net, times }) => {
    net.dispose();
    const ratio = median(times.map((time, round) => time / plain[round]!));
    return { trainer, dtype, rate: (1000 * ROWS) / median(times), ratio };
  });
}
