// What a training costs beside a plainer one, on `mlp`: each optimizer, clipping, dropout, a schedule, validation, checkpoints,
// `fitAsync`. All in one process, each right after its baseline.

import { type DType, type FitOptions, Network, type NetworkOptions, type TypedMatrix } from "bitgrad";
import { median } from "./race.ts";
import { createData, networkOptions, WORKLOADS } from "./workloads.ts";

export interface TrainerRow {
  readonly trainer: string;
  /** The trainer that it is compared with. */
  readonly baseline: string;
  readonly dtype: DType;
  /** Samples a second: median over the rounds. */
  readonly rate: number;
  /** Time against that of the baseline right before it: median. */
  readonly ratio: number;
}

interface Trainer {
  /** Plain SGD unless told. */
  readonly baseline?: string;
  readonly optimizer?: NetworkOptions["optimizer"];
  readonly dropout?: number;
  readonly fit?: FitOptions;
  /** By `fitAsync`. */
  readonly async?: boolean;
}

const EPOCHS = 3; // of all rows; data is copied in once
const VALIDATED_ROWS = 2_000;
const PLAIN = "sgd";

const SGD = { type: "sgd", learningRate: 0.01 } as const;
const CHECKPOINT: FitOptions = { checkpoint: { everyEpochs: 1, save: () => {} } };

function trainersOf(validation: [TypedMatrix, TypedMatrix]): Record<string, Trainer> {
  const validated: FitOptions = { validation, metrics: ["accuracy"] };
  return {
    [PLAIN]: {},
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
    "sgd, validation and accuracy each epoch": { fit: validated },
    "sgd, checkpoint each epoch": { fit: CHECKPOINT },
    "adam, checkpoint each epoch": { baseline: "adam", optimizer: "adam", fit: CHECKPOINT },
    "sgd, fitAsync": { async: true },
    "sgd, fitAsync, validation and accuracy each epoch": { baseline: "sgd, fitAsync", async: true, fit: validated },
    "sgd, fitAsync, checkpoint each epoch": { baseline: "sgd, fitAsync", async: true, fit: CHECKPOINT },
    "adam, fitAsync": { baseline: "adam", optimizer: "adam", async: true },
    "adam, fitAsync, checkpoint each epoch": {
      baseline: "adam, fitAsync",
      optimizer: "adam",
      async: true,
      fit: CHECKPOINT,
    },
  };
}

if (process.send !== undefined) {
  const { dtypes, quick } = JSON.parse(process.argv[2]!) as { dtypes: readonly DType[]; quick: boolean };
  const rows: TrainerRow[] = [];
  for (const dtype of dtypes) rows.push(...(await measureTrainers(dtype, quick)));
  process.send(rows);
}

async function measureTrainers(dtype: DType, quick: boolean): Promise<TrainerRow[]> {
  const workload = WORKLOADS.find(({ name }) => name === "mlp")!;
  const { rows, batchSize } = workload;
  const { x, y } = createData(workload, dtype, rows);
  const others = createData(workload, dtype, VALIDATED_ROWS);
  const options = networkOptions(workload, dtype);
  const trainers = Object.entries(trainersOf([others.x, others.y]));
  const runs = trainers.map(
    ([trainer, { baseline = PLAIN, optimizer = SGD, dropout = 0, fit = {}, async = false }]) => {
      const layers = options.layers.map((layer, l) => (l + 1 < options.layers.length ? { ...layer, dropout } : layer));
      const create = () => Network.createSync({ ...options, layers, optimizer, engine: "wasm" });
      const fitOptions = { epochs: EPOCHS, batchSize, shuffle: false, ...fit };
      const train = (net: Network) => (async ? net.fitAsync(x, y, fitOptions) : net.fit(x, y, fitOptions));
      const time = async () => {
        using net = create(); // of one that has learnt all, gradients are subnormal, and those are slow
        const start = performance.now();
        await train(net);
        return performance.now() - start;
      };
      return { trainer, baseline, time, times: [] as number[], ratios: [] as number[] };
    },
  );
  for (let round = 0; round <= (quick ? 3 : 11); round++) {
    for (const { baseline, time, times, ratios } of runs) {
      const before = await runs.find(({ trainer }) => trainer === baseline)!.time();
      const after = await time();
      if (round === 0) continue; // for the compilers
      times.push(after);
      ratios.push(after / before);
    }
  }
  return runs.map(({ trainer, baseline, times, ratios }) => {
    return { trainer, baseline, dtype, rate: (1000 * EPOCHS * rows) / median(times), ratio: median(ratios) };
  });
}
