// What assembly/index.ts exports, typed. `_f32` and `_f64` pairs become one record per dtype.

import type { DType, Elementary } from "../engine.ts";

/** The kernels of one dtype; pointers are byte offsets, `…Bytes` byte counts, everything else elements. */
export interface DTypeExports extends Record<Elementary, (outPtr: number, zPtr: number, count: number) => void> {
  sigmoidDerivative(dPtr: number, aPtr: number, count: number): void;
  activate(activation: number, alpha: number, aPtr: number, slopePtr: number, count: number): void;
  multiplySlopes(activation: number, alpha: number, dPtr: number, aPtr: number, slopePtr: number, count: number): void;
  forward(
    zPtr: number,
    zBytes: number,
    xPtr: number,
    xBytes: number,
    weightsPtr: number,
    biasPtr: number,
    rows: number,
    inputs: number,
    units: number,
  ): void;
  inputGradient(
    tPtr: number,
    tBytes: number,
    deltaPtr: number,
    deltaBytes: number,
    weightsPtr: number,
    aPtr: number,
    rows: number,
    inputs: number,
    units: number,
    packPtr: number,
  ): void;
  parameterGradient(
    gPtr: number,
    gBiasPtr: number,
    xPtr: number,
    xBytes: number,
    deltaPtr: number,
    deltaBytes: number,
    rows: number,
    inputs: number,
    units: number,
    packPtr: number,
    descend: boolean,
    learningRate: number,
  ): void;
  sumSquaredErrors(start: number, aPtr: number, aBytes: number, yPtr: number, rows: number, outputs: number): number;
  sumErrors(
    loss: number,
    limit: number,
    start: number,
    aPtr: number,
    zPtr: number,
    aBytes: number,
    yPtr: number,
    rows: number,
    outputs: number,
  ): number;
  softmax(aPtr: number, aBytes: number, rows: number, units: number): void;
  lossDelta(
    loss: number,
    limit: number,
    deltaPtr: number,
    aPtr: number,
    aBytes: number,
    yPtr: number,
    rows: number,
    outputs: number,
  ): void;
  divideDelta(deltaPtr: number, bytes: number, count: number): void;
  weightDelta(deltaPtr: number, rowBytes: number, weightsPtr: number, rows: number, outputs: number): void;
  dropoutFactors(
    key: bigint,
    layer: number,
    p: number,
    rows: number,
    units: number,
    rowBytes: number,
    factorPtr: number,
    sparePtr: number,
  ): void;
  step(networkPtr: number, workPtr: number, learningRate: number): void;
  errorGradient(gPtr: number, aPtr: number, yPtr: number, count: number): void;
  descend(wPtr: number, gPtr: number, count: number, rate: number): void;
  /** outZPtr: for the outputs before the activation, of a cross-entropy; 0: not wanted. */
  predict(networkPtr: number, workspacePtr: number, xPtr: number, rows: number, outPtr: number, outZPtr: number): void;
  train(trainingPtr: number, learningRate: number, maxSteps: number): number;
}

export interface WasmExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  threefry(key0: number, key1: number, counter0: number, counter1: number): bigint;
  shuffle(orderPtr: number, count: number, seedLow: number, seedHigh: number, epoch: number): void;
  /** Bytes from one row of activations to the next. */
  rowBytes(units: number, elementBytes: number): number;
  /** Bytes of inputs × units packed weights. */
  weightsBytes(inputs: number, units: number, elementBytes: number): number;
  networkBytes(sizesPtr: number, layerCount: number, elementBytes: number, optimizer: number, beta1: number): number;
  createNetwork(
    networkPtr: number,
    sizesPtr: number,
    numbersPtr: number,
    layerCount: number,
    elementBytes: number,
    loss: number,
    limit: number,
    optimizer: number,
    nesterov: boolean,
  ): void;
  setTrainable(networkPtr: number, layer: number, trainable: boolean): void;
  optimizerSteps(networkPtr: number): number;
  optimizerProduct(networkPtr: number): number;
  /** Bytes from parameters to their first slot, and from one slot to the next. */
  slotBytes(networkPtr: number): number;
  setOptimizer(networkPtr: number, steps: number, momentumProduct: number): void;
  packPanels(panelsPtr: number, wPtr: number, inputs: number, units: number, elementBytes: number): void;
  unpackPanels(wPtr: number, panelsPtr: number, inputs: number, units: number, elementBytes: number): void;
  initialize(networkPtr: number, seedLow: number, seedHigh: number, first: number): void;
  stepBytes(networkPtr: number): number;
  /** Clears what `step` works in; returns how far behind the network's parameters the gradients lie there. */
  gradientsOffset(networkPtr: number, workPtr: number): number;
  moveParameters(
    networkPtr: number,
    layer: number,
    offsetBytes: number,
    row: number,
    rows: number,
    unit: number,
    units: number,
    flatPtr: number,
    set: boolean,
  ): void;
  predictionBytes(networkPtr: number, rows: number): number;
  trainingBytes(
    networkPtr: number,
    xPtr: number,
    rows: number,
    batchSize: number,
    epochs: number,
    shuffled: boolean,
    weighted: boolean,
    scheduled: boolean,
  ): number;
  startTraining(
    trainingPtr: number,
    networkPtr: number,
    xPtr: number,
    yPtr: number,
    rows: number,
    batchSize: number,
    firstEpoch: number,
    epochs: number,
    shuffled: boolean,
    sampleWeightsPtr: number,
    scheduled: boolean,
    seedLow: number,
    seedHigh: number,
  ): void;
  resumeTraining(
    trainingPtr: number,
    position: number,
    errorSum: number,
    snapshotSteps: number,
    snapshotProduct: number,
  ): void;
  /** Where the rates of an epoch's steps are; 0: they are all the same. */
  trainingRates(trainingPtr: number): number;
  trainingPosition(trainingPtr: number): number;
  trainingErrorSum(trainingPtr: number): number;
  snapshotSteps(trainingPtr: number): number;
  snapshotProduct(trainingPtr: number): number;
  rewindEpoch(trainingPtr: number): void;
  trainingEpochs(trainingPtr: number): number;
  /** Where the losses are of the epochs that the last call of `train` has finished. */
  trainingLosses(trainingPtr: number): number;
  wholeEpochOffset(trainingPtr: number): number;
  readonly f32: DTypeExports;
  readonly f64: DTypeExports;
}

/** What returns a pointer or another unsigned number: WebAssembly has one type for both, and gives it signed. */
export const UNSIGNED = [
  "heapBase",
  "slotBytes",
  "trainingEpochs",
  "trainingLosses",
  "trainingPosition",
  "trainingRates",
  "wholeEpochOffset",
  "goneHome",
  "gradientsOffset",
  "teamBytes",
  "teamSize",
] as const;

/** `memory`: what the instance was given, unless it has its own. */
export function readExports(instance: WebAssembly.Instance, memory?: WebAssembly.Memory): WasmExports {
  const raw: Record<string, unknown> = { ...instance.exports };
  for (const name of UNSIGNED) {
    const call = raw[name] as ((ptr?: number, other?: number) => number) | undefined;
    if (call === undefined) continue;
    raw[name] = (ptr: number, other: number) => call(ptr, other) >>> 0; // the module ignores an argument too many
  }
  const byDType = (dtype: DType): DTypeExports => {
    const suffix = `_${dtype}`;
    const entries = Object.entries(raw).filter(([name]) => name.endsWith(suffix));
    return Object.fromEntries(
      entries.map(([name, value]) => [name.slice(0, -suffix.length), value]),
    ) as unknown as DTypeExports;
  };
  return { ...raw, memory: memory ?? raw.memory, f32: byDType("f32"), f64: byDType("f64") } as unknown as WasmExports;
}
