// A training's contestants. bitgrad is timed as it is used, fit(x, y) with a typed matrix: copying and checking the
// data is in its time, once for all epochs of a call. Plain JS takes its arrays as they are. Each call starts from the
// same weights.

import { type DType, Network } from "bitgrad";
import { Network as ReferenceNetwork } from "bitgrad/reference";
import { warmUp } from "./clock.ts";
import { type Layer, PlainNetwork } from "./plain-js.ts";
import type { Contestant, ContestantName } from "./race.ts";
import { createData, type Data, networkOptions, type Workload } from "./workloads.ts";

interface Trainer {
  readonly fit: (data: Data, epochs: number) => ArrayLike<number>;
  readonly setParameters: (layers: readonly Layer[]) => void;
  readonly getParameters: () => readonly Layer[];
}

const COMPARED_STEPS = 3;
const COMPARED_EPOCHS = 2; // the second one's error tells of the first one's steps

export function prepareTraining(workload: Workload, dtype: DType, name: ContestantName, quick: boolean): Contestant {
  const { batchSize, timedRows } = workload;
  const trainer = createTrainer(workload, dtype, name);
  const initial = ReferenceNetwork.createSync(networkOptions(workload, dtype)).getParameters();

  trainer.setParameters(initial);
  const few = createData(workload, dtype, Math.min(workload.rows, COMPARED_STEPS * batchSize));
  const losses = Array.from(trainer.fit(few, COMPARED_EPOCHS));
  const parameters = trainer.getParameters().flatMap(({ weights, biases }) => [...weights, ...biases]);

  const data = createData(workload, dtype, timedRows);
  const callMs = quick ? 50 : 100;
  let epochs = 1;
  let elapsed = warmUp(() => trainer.fit(data, epochs), callMs);
  while (elapsed < callMs / 4) {
    epochs *= 4;
    elapsed = warmUp(() => trainer.fit(data, epochs), callMs);
  }
  epochs = Math.max(1, Math.round((epochs * callMs) / elapsed));
  return {
    evidence: Float64Array.from([...losses, ...parameters]),
    work: epochs * timedRows,
    prepare: () => trainer.setParameters(initial),
    run: () => trainer.fit(data, epochs),
  };
}

function createTrainer(workload: Workload, dtype: DType, name: ContestantName): Trainer {
  const { sizes, batchSize, learningRate } = workload;
  if (name === "plain") {
    const net = new PlainNetwork(sizes, dtype);
    return {
      fit: ({ x, y }, epochs) => net.fit(x.data, y.data, epochs, batchSize, learningRate),
      setParameters: (layers) => net.setParameters(layers),
      getParameters: () => net.parameters,
    };
  }
  const options = networkOptions(workload, dtype);
  const net = name === "wasm" ? Network.createSync({ ...options, engine: name }) : ReferenceNetwork.createSync(options);
  return {
    fit: ({ x, y }, epochs) => net.fit(x, y, { epochs, batchSize, shuffle: false }).loss,
    setParameters: (layers) => net.setParameters(layers),
    getParameters: () => net.getParameters(),
  };
}
