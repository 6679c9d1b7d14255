// What a training costs beside a plainer one, on `mlp`: each optimizer, clipping, dropout, normalization, a schedule,
// validation, checkpoints, `fitAsync`; normalization on `tabular`, too. All in one process, in turns.

import {
  type DType,
  type FitOptions,
  type LayerOptions,
  Network,
  type NetworkOptions,
  type TypedMatrix,
} from "bitgrad";
import { takeTurns } from "./race.ts";
import { type Row, rounded } from "./rows.ts";
import { createData, networkOptions, workloadOf } from "./workloads.ts";

interface Trainer {
  /** Plain SGD unless told. */
  readonly baseline?: string;
  readonly optimizer?: NetworkOptions["optimizer"];
  readonly dropout?: number;
  /** Behind each hidden layer. */
  readonly normalization?: LayerOptions;
  /** Default "mlp". */
  readonly workload?: "tabular";
  readonly fit?: FitOptions;
  /** By `fitAsync`. */
  readonly async?: boolean;
  /** By `gradients` and `apply`, batch by batch. */
  readonly byHand?: boolean;
}

const EPOCHS = 4; // of all rows; the first, for which data is copied in, isn't counted
const VALIDATED_ROWS = 2_000;
const PLAIN = "sgd";
const PLAIN_TABULAR = "sgd of tabular";

const SGD = { type: "sgd", learningRate: 0.01 } as const;
const ADAM_ASYNC = { baseline: "adam", optimizer: "adam", async: true } as const;
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
    "sgd, batch normalization": { normalization: { type: "batchNormalization" } },
    "sgd, layer normalization": { normalization: { type: "layerNormalization" } },
    [PLAIN_TABULAR]: { baseline: PLAIN_TABULAR, workload: "tabular" },
    "sgd of tabular, batch normalization": {
      baseline: PLAIN_TABULAR,
      workload: "tabular",
      normalization: { type: "batchNormalization" },
    },
    "sgd, cosine schedule": { fit: { schedule: { type: "cosine", epochs: 1000 } } },
    "sgd, validation and accuracy each epoch": { fit: validated },
    "sgd, checkpoint each epoch": { fit: CHECKPOINT },
    "adam, checkpoint each epoch": { baseline: "adam", optimizer: "adam", fit: CHECKPOINT },
    "sgd, gradients and apply": { byHand: true },
    "adam, gradients and apply": { baseline: "adam", optimizer: "adam", byHand: true },
    "sgd, fitAsync": { async: true },
    "sgd, fitAsync, validation and accuracy each epoch": { baseline: "sgd, fitAsync", async: true, fit: validated },
    "sgd, fitAsync, checkpoint each epoch": { baseline: "sgd, fitAsync", async: true, fit: CHECKPOINT },
    "adam, fitAsync": ADAM_ASYNC,
    "adam, fitAsync, checkpoint each epoch": { ...ADAM_ASYNC, baseline: "adam, fitAsync", fit: CHECKPOINT },
  };
}

/** The epochs of `fit`, each step by hand. */
function takeSteps(net: Network, x: TypedMatrix, y: TypedMatrix, batchSize: number, onEpoch: () => void): void {
  const [rows] = x.shape;
  const batchOf = ({ data, shape: [, columns] }: TypedMatrix, first: number): TypedMatrix => ({
    data: data.slice(first * columns, (first + batchSize) * columns),
    shape: [Math.min(batchSize, rows - first), columns],
  });
  const batches: (readonly [TypedMatrix, TypedMatrix])[] = [];
  for (let first = 0; first < rows; first += batchSize) batches.push([batchOf(x, first), batchOf(y, first)]);
  const out = { gradients: net.getParameters() };
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const [some, wanted] of batches) net.apply(net.gradients(some, wanted, { out }).gradients);
    onEpoch();
  }
}

if (process.send !== undefined) {
  const { dtypes, quick } = JSON.parse(process.argv[2]!) as { dtypes: readonly DType[]; quick: boolean };
  const rows: Row[] = [];
  for (const dtype of dtypes) rows.push(...(await measureTrainers(dtype, quick)));
  process.send(rows);
}

async function measureTrainers(dtype: DType, quick: boolean): Promise<Row[]> {
  const dataOf = (name: string) => {
    const workload = workloadOf(name);
    return { ...workload, ...createData(workload, dtype, workload.rows), options: networkOptions(workload, dtype) };
  };
  const works: Record<string, ReturnType<typeof dataOf>> = { mlp: dataOf("mlp"), tabular: dataOf("tabular") };
  const others = createData(workloadOf("mlp"), dtype, VALIDATED_ROWS);
  const trainers = Object.entries(trainersOf([others.x, others.y]));
  const runs = trainers.map(
    ([
      trainer,
      {
        baseline = PLAIN,
        optimizer = SGD,
        dropout = 0,
        normalization,
        workload = "mlp",
        fit = {},
        async = false,
        byHand = false,
      },
    ]) => {
      const { x, y, rows, batchSize, options } = works[workload]!;
      const layers = options.layers.flatMap((layer, l): LayerOptions[] => {
        if (l + 1 === options.layers.length) return [layer];
        return [{ ...layer, dropout } as LayerOptions, ...(normalization === undefined ? [] : [normalization])];
      });
      const create = () => Network.createSync({ ...options, layers, optimizer, engine: "wasm" });
      const times: number[] = []; // from the end of one epoch to that of the next
      const train = async () => {
        using net = create(); // of one that has learned all, gradients are subnormal, and those are slow
        let before: number | undefined;
        const onEpoch = () => {
          const now = performance.now();
          if (before !== undefined) times.push(now - before);
          before = now;
        };
        if (byHand) {
          takeSteps(net, x, y, batchSize, onEpoch);
          return;
        }
        const fitOptions = { epochs: EPOCHS, batchSize, shuffle: false, onEpoch, ...fit };
        await (async ? net.fitAsync(x, y, fitOptions) : net.fit(x, y, fitOptions));
      };
      return { trainer, baseline, rows, train, times };
    },
  );
  for (const { train } of runs) await train(); // for the compilers
  for (const { times } of runs) times.length = 0;
  await takeTurns(runs, quick ? 2 : 15, ({ train }) => train());
  // neighbors on the machine only add, and more than a trainer does
  const rate = (name: string) => {
    const { rows, times } = runs.find(({ trainer }) => trainer === name)!;
    return (1000 * rows) / Math.min(...times);
  };
  return runs.map(({ trainer: name, baseline: beside }) => ({
    section: "trainers",
    name,
    dtype,
    unit: "samples/s",
    value: rounded(rate(name)),
    ...(name !== beside && {
      beside,
      baseline: rounded(rate(beside)),
      times: rounded(rate(name) / rate(beside)),
    }),
  }));
}
