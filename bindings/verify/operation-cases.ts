// Golden cases of the building blocks that trainings are made of: output layers, dropouts, optimizers' steps, rates,
// weights.

import type { FloatArray } from "../arrays.ts";
import { OPTIMIZER_NAMES } from "../catalog/optimizers.ts";
import type { LayerParameters } from "../network/parameters.ts";
import type { DType } from "../numbers.ts";
import type { BaseOperations, OptimizerStep, OptimizerStepOptions, OutputOptions } from "../operations/operations.ts";
import { INITIALIZERS } from "../options/initializer.ts";
import type { OptimizerOptions } from "../options/optimizer.ts";
import type { Schedule } from "../options/schedule.ts";

/** Some of a case's results: one call's, or one layer's. */
export interface Part {
  readonly what: string;
  readonly values: FloatArray | Uint32Array;
}

type Operations = Pick<BaseOperations, Exclude<keyof BaseOperations, "engine" | symbol>>;
type Take = (length: number) => FloatArray;

const OUTPUTS: Record<string, OutputOptions> = {
  sse: { loss: "sse", activation: "tanh" },
  mse: { loss: "mse", activation: "linear" },
  mae: { loss: "mae", activation: "silu" },
  huber: { loss: { type: "huber", delta: 0.3 }, activation: "relu" },
  binaryCrossEntropy: { loss: { type: "binaryCrossEntropy", labelSmoothing: 0.2 } },
  "binaryCrossEntropy, clipped": { loss: { type: "binaryCrossEntropy", clip: 0.4 } },
  categoricalCrossEntropy: { loss: { type: "categoricalCrossEntropy", labelSmoothing: 0.2 } },
  "categoricalCrossEntropy, clipped": { loss: { type: "categoricalCrossEntropy", clip: 0.25 } },
};

const SCHEDULES: readonly Schedule[] = [
  { type: "step", every: 2, factor: 0.7 },
  { type: "exponential", factor: 0.9 },
  { type: "cosine", epochs: 4, warmup: 0.7, minimum: 0.001 },
  { type: "oneCycle", epochs: 5, divide: 20, finalDivide: 300, rise: 0.4 },
  { type: "plateau", factor: 0.6, patience: 1, threshold: 0.1, cooldown: 1, minimum: 0.01 },
];
const PLATEAU_LOSSES = [4, 3, 2.9, 2.8, 2.7, 2.6, 1, 1, 1];

/** Steps of a network with two layers: the inputs, then the units of each. */
interface Steps {
  readonly optimizer: OptimizerOptions;
  readonly sizes: readonly [number, number, number];
  /** The second layer is not trained. */
  readonly frozen?: true;
}

const STEPS: Record<string, Steps> = {
  ...Object.fromEntries(
    OPTIMIZER_NAMES.map((type): [string, Steps] => {
      const optimizer = { type, learningRate: 0.1, clipValue: 4, clipNorm: 9 };
      const moving = { ...optimizer, momentum: 0.9, nesterov: true };
      return [`of ${type}`, { optimizer: type === "sgd" ? moving : optimizer, sizes: [3, 5, 2] }];
    }),
  ),
  "without clipping": { optimizer: { type: "sgd", learningRate: 0.1 }, sizes: [3, 5, 2] },
  "of one unit": { optimizer: { type: "adam", learningRate: 0.1, clipNorm: 9 }, sizes: [7, 1, 2] },
  "of a frozen layer": { optimizer: { type: "sgd", learningRate: 0.1, clipNorm: 9 }, sizes: [3, 5, 2], frozen: true },
};

const SEED = 2 ** 40 + 3;

/** What each case of a dtype does with values of several magnitudes. */
export const OPERATION_CASES: Record<string, (op: Operations, take: Take, dtype: DType) => FloatArray[]> = {
  softmax: (op, take) =>
    [
      { rows: 1, units: 2 },
      { rows: 3, units: 5 },
      { rows: 4, units: 17 },
    ].map((shape) => op.softmax(take(shape.rows * shape.units), shape)),
  ...Object.fromEntries(
    Object.entries(OUTPUTS).map(([name, options]) => [
      `outputs with ${name}`,
      (op: Operations, take: Take) => {
        const shape = { rows: 5, units: 3 };
        const [z, y] = [take(15), take(15).map(Math.abs)];
        const sampleWeights = take(5).map(Math.abs);
        return [
          op.rowErrors(z, y, shape, { ...options, sampleWeights }),
          Float64Array.of(op.loss(z, y, shape, options)),
          op.outputDelta(z, y, shape, { ...options, sampleWeights }),
        ];
      },
    ]),
  ),
  dropoutFactors: (op, _, dtype) =>
    [1, 8, 13].map((units, layer) =>
      op.dropoutFactors({ rows: 5, units }, { dropout: 0.3, seed: SEED, epoch: 2, batch: 1, layer, dtype }),
    ),
  initialWeights: (op, _, dtype) =>
    INITIALIZERS.filter((name) => name !== "zeros").map((initializer) =>
      op.initialWeights({ inputs: 5, units: 3 }, { initializer, seed: SEED, layer: 2, dtype }),
    ),
  ...Object.fromEntries(
    Object.entries(STEPS).map(([name, { optimizer, sizes, frozen = false }]) => [
      `optimizerStep ${name}`,
      (op: Operations, take: Take) => {
        const layers = () =>
          sizes.slice(1).map((units, l) => ({ weights: take(sizes[l]! * units), biases: take(units) }));
        let parameters: LayerParameters[] = layers();
        const results: FloatArray[] = [];
        let options: OptimizerStepOptions = { optimizer, layers: [{ l1: 0.01, l2: 0.02 }, { trainable: !frozen }] };
        for (let n = 0; n < 3; n++) {
          const step: OptimizerStep = op.optimizerStep(parameters, layers(), options);
          parameters = step.parameters;
          options = { ...options, state: step.state };
          results.push(...parameters.flatMap(({ weights, biases }) => [weights, biases]));
        }
        return results;
      },
    ]),
  ),
  "optimizer states": (op, take) =>
    OPTIMIZER_NAMES.flatMap((type) => {
      const layers = () => [{ weights: take(6), biases: take(2) }];
      const optimizer = type === "sgd" ? { type, momentum: 0.9 } : type;
      const { state } = op.optimizerStep(layers(), layers(), { optimizer });
      const slots = state.slots.flatMap(([layer]) => [layer!.weights, layer!.biases]);
      return [...slots, Float64Array.of(state.steps, state.momentumProduct)];
    }),
};

/** Of the rates, which are f64 with either dtype. */
export function ratesOfSchedules(op: Operations): Part[] {
  return SCHEDULES.flatMap((schedule) =>
    Array.from({ length: 8 }, (_, epoch) => {
      const position = { rate: 0.1, epoch, stepsPerEpoch: 3, losses: PLATEAU_LOSSES.slice(0, epoch) };
      return { what: `epoch ${epoch}`, values: op.learningRates(schedule, position) };
    }),
  );
}
