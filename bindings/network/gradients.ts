// What gradients are asked for and given with: the arguments of `gradients`, `backward` and `apply`, each read once.

import { type FloatArray, isNumberArray, lengthOf, type NumberArray, plainView, typeNameOf } from "../arrays.ts";
import { layerShapes, type ParameterName } from "../catalog/layers.ts";
import {
  checkAmount,
  checkFlag,
  checkNames,
  checkWhole,
  counted,
  expected,
  isList,
  isRevoked,
  lengthOfList,
  readNames,
  show,
} from "../checks.ts";
import { type MatrixLike, MatrixSource, ownRows, settled, type XLike } from "../data/matrix.ts";
import type { GradientArrays, GradientBatch } from "../engine/engine.ts";
import { DataError, ShapeError } from "../errors.ts";
import { type DType, dtypeOf, floatArray, last } from "../numbers.ts";
import type { FitOptions } from "../options/fit.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import type { RowSource } from "../rows.ts";
import type { GivenParameters, LayerParameters } from "./parameters.ts";
import { compressedX, type Readers, settledSample, weightsOf, xSource } from "./samples.ts";

/** Where a batch is in a training: which outputs dropout leaves out depends on it, and on the network's seed. */
export interface DropoutPlace {
  /** The number of the epoch over the network's life, from 0; default: its `epochs`. */
  readonly epoch?: number;
  /** The number of the batch in the epoch, from 0; default 0. */
  readonly batch?: number;
}

/** Arrays that gradients are written to. */
export interface GradientsOut<T extends FloatArray = FloatArray> {
  /** In the form of `getParameters`, of the network's dtype. */
  readonly gradients?: readonly LayerParameters<T>[];
  /** rows × inputs numbers. */
  readonly inputGradient?: T;
  /** rows × outputs numbers. */
  readonly outputs?: T;
}

/** What is asked of `backward`. */
export interface BackwardOptions {
  /** Whether ∂E/∂x is computed, too; it always is if `out` has an array for it. Default false. */
  readonly inputGradient?: boolean;
  /**
   * Whether the outputs of the pass are returned, too: as a training has them, with the dropout that was asked for and
   * the means and variances of the batch. They always are if `out` has an array for them. Default false.
   */
  readonly outputs?: boolean;
  /** Default: no output is left out, as in a prediction. */
  readonly dropout?: DropoutPlace;
  /** Where to write; without it new arrays are returned. */
  readonly out?: GradientsOut;
}

/** What is asked of `gradients`. Weights of rows are as in `FitOptions`. */
export interface GradientOptions
  extends BackwardOptions,
    Pick<FitOptions, "sampleWeights" | "allowNegativeWeights" | "classWeights"> {}

/** What `backward` returns. */
export interface Backward {
  /**
   * ∂E/∂w and ∂E/∂b of every layer, in the form of `getParameters`; 0 for a layer that is not trainable. A batch
   * normalization has the batch's mean and variance in `movingMean` and `movingVariance`: `apply` moves the averages.
   */
  readonly gradients: readonly LayerParameters[];
  /** ∂E/∂x, rows × inputs, row-major, if it was asked for. */
  readonly inputGradient?: FloatArray;
  /** The outputs, rows × outputs, row-major, if they were asked for. */
  readonly outputs?: FloatArray;
}

/** What `gradients` returns. */
export interface Gradients extends Backward {
  /** The error E of the rows, without penalties. */
  readonly loss: number;
}

const BACKWARD_NAMES = ["inputGradient", "outputs", "dropout", "out"] as const;
const OUT_NAMES = ["gradients", "inputGradient", "outputs"] as const;
const GRADIENT_NAMES = [...BACKWARD_NAMES, "sampleWeights", "allowNegativeWeights", "classWeights"] as const;

/** What was read of `out`; its arrays are not looked at yet. */
interface ReadOut {
  readonly parameters: FloatArray[] | undefined;
  readonly x: FloatArray | undefined;
  readonly outputs: FloatArray | undefined;
}

/** A call that is read: nothing of the caller's runs any more. */
export interface GradientCall {
  readonly batch: GradientBatch;
  readonly wantsX: boolean;
  readonly wantsOutputs: boolean;
  readonly out: ReadOut;
}

export function readGradients(
  options: ResolvedNetworkOptions,
  epochs: number,
  x: XLike,
  y: MatrixLike,
  given: GradientOptions,
  places: readonly ParameterPlace[],
  readers: Readers,
): GradientCall {
  checkNames("options", given, GRADIENT_NAMES);
  const { sampleWeights, allowNegativeWeights = false, classWeights, inputGradient, outputs, dropout, out } = given;
  checkFlag("allowNegativeWeights", allowNegativeWeights);
  const asked = readAsked({ inputGradient, outputs, dropout, out }, options, epochs, places);
  const sample = settledSample(options, x, y, readers);
  const weights = weightsOf(options, sample.labels, sampleWeights, classWeights, allowNegativeWeights);
  let ofRows: RowSource | undefined;
  if (weights !== undefined) {
    const values = floatArray(options.dtype, weights.rows);
    weights.copyTo(values);
    ofRows = ownRows(values, 1);
  }
  return callOf(options, asked, sample.x, sample.y, ofRows, false);
}

export function readBackward(
  options: ResolvedNetworkOptions,
  epochs: number,
  x: XLike,
  upstream: MatrixLike,
  given: BackwardOptions,
  places: readonly ParameterPlace[],
): GradientCall {
  checkNames("options", given, BACKWARD_NAMES);
  const { inputGradient, outputs, dropout, out } = given;
  const asked = readAsked({ inputGradient, outputs, dropout, out }, options, epochs, places);
  const { dtype } = options;
  const xRows = compressedX(options, x) ?? xSource(options).of(x as MatrixLike);
  const { units } = last(options.layers);
  const rows = new MatrixSource("upstream", units, dtype, "the network has outputs for").of(upstream);
  if (xRows.rows !== rows.rows) {
    throw new ShapeError(`upstream has ${counted(rows.rows, "row")}; x has ${xRows.rows}`);
  }
  return callOf(options, asked, settled(xRows, dtype), rows.settled(), undefined, true);
}

function callOf(
  { seed }: ResolvedNetworkOptions,
  { dropout, wantsX, wantsOutputs, out }: ReturnType<typeof readAsked>,
  x: RowSource,
  y: RowSource,
  sampleWeights: RowSource | undefined,
  isUpstream: boolean,
): GradientCall {
  return { batch: { x, y, isUpstream, sampleWeights, dropout, seed }, wantsX, wantsOutputs, out };
}

/** The options of `BACKWARD_NAMES`, each read once. */
type Asked = { readonly [key in (typeof BACKWARD_NAMES)[number]]: BackwardOptions[key] | undefined };

function readAsked(
  { inputGradient = false, outputs = false, dropout, out }: Asked,
  { layers }: ResolvedNetworkOptions,
  epochs: number,
  places: readonly ParameterPlace[],
) {
  checkFlag("inputGradient", inputGradient);
  checkFlag("outputs", outputs);
  const place = dropout && readNames("dropout", dropout, ["epoch", "batch"]);
  if (out !== undefined) checkNames("out", out, OUT_NAMES);
  const { gradients, inputGradient: toX, outputs: toOutputs }: GradientsOut = out ?? {};
  const parameters = gradients === undefined ? undefined : collect("out.gradients", gradients, places, layers.length);
  return {
    dropout: place && {
      epoch: checkWhole("dropout.epoch", place.epoch ?? epochs, 0, 2 ** 32 - 1),
      batch: checkWhole("dropout.batch", place.batch ?? 0, 0, 2 ** 32 - 1),
    },
    wantsX: inputGradient || toX !== undefined,
    wantsOutputs: outputs || toOutputs !== undefined,
    out: { parameters: parameters as FloatArray[] | undefined, x: toX, outputs: toOutputs },
  };
}

/** A parameter of a layer: an array in the order of `getParameters`. */
export interface ParameterPlace {
  readonly layer: number;
  readonly name: ParameterName;
  readonly length: number;
}

/** Those of a network, in order. */
export function placesOf(options: ResolvedNetworkOptions): readonly ParameterPlace[] {
  return layerShapes(options).flatMap(({ parameters }, layer) =>
    parameters.map(({ name, length }) => ({ layer, name, length })),
  );
}

/** The arrays of all layers, in order; nothing is known of them yet. */
function collect(name: string, layers: unknown, places: readonly ParameterPlace[], count: number): unknown[] {
  if (!isList(layers) || lengthOfList(name, layers) !== count) {
    throw new ShapeError(`${name} is ${show(layers)}; an array of ${counted(count, "layer")} is expected`);
  }
  const found: unknown[] = [];
  let given: GivenParameters = {};
  let at = -1;
  for (const place of places) {
    if (place.layer !== at) {
      at = place.layer;
      const layer: unknown = layers[at];
      given = (isRevoked(layer) ? {} : (layer ?? {})) as GivenParameters;
    }
    found.push(given[place.name]);
  }
  return found;
}

/** What an array of parameters is called. */
function nameOf(list: string, place?: ParameterPlace): string {
  return place === undefined ? list : `${list}[${place.layer}].${place.name}`;
}

/** The arrays to write to: those of the call, checked, or new ones. */
export function arraysOf(
  { batch, wantsX, wantsOutputs, out }: GradientCall,
  options: ResolvedNetworkOptions,
  places: readonly ParameterPlace[],
): GradientArrays {
  const { dtype, inputs } = options;
  const count = batch.x.rows * inputs;
  const ofOutputs = batch.y.rows * batch.y.columns;
  if (out.x !== undefined) checkOwn("out.inputGradient", out.x, dtype, count);
  if (out.outputs !== undefined) checkOwn("out.outputs", out.outputs, dtype, ofOutputs);
  const parameters = out.parameters ?? places.map(({ length }) => floatArray(dtype, length));
  out.parameters?.forEach((array, k) => checkOwn("out.gradients", array, dtype, places[k]!.length, places[k]));
  return {
    parameters,
    x: wantsX ? (out.x ?? floatArray(dtype, count)) : undefined,
    outputs: wantsOutputs ? (out.outputs ?? floatArray(dtype, ofOutputs)) : undefined,
  };
}

/** An array of the network's dtype, or that of a place in a list of such. */
function checkOwn(name: string, array: unknown, dtype: DType, length: number, place?: ParameterPlace): void {
  if (!isOwn(array, dtype)) {
    const type = dtype === "f32" ? "Float32Array" : "Float64Array";
    throw new ShapeError(`${nameOf(name, place)} is ${show(array)}; a ${type} is expected`);
  }
  checkCount(name, lengthOf(array), length, place);
}

function checkCount(name: string, has: number, length: number, place?: ParameterPlace): void {
  if (has === length) return;
  throw new ShapeError(`${nameOf(name, place)} has ${counted(has, "element")}; ${expected(length)}`);
}

/** Arrays in the form of `getParameters`. */
export function layersOf(
  parameters: readonly FloatArray[],
  { layers, dtype }: ResolvedNetworkOptions,
  places: readonly ParameterPlace[],
): LayerParameters[] {
  const found: LayerParameters[] = [];
  let k = 0;
  for (let l = 0; l < layers.length; l++) {
    const layer: { [name in ParameterName]?: FloatArray } = { weights: undefined!, biases: undefined! };
    for (; places[k]?.layer === l; k++) layer[places[k]!.name] = parameters[k]!;
    layer.weights ??= floatArray(dtype, 0);
    layer.biases ??= floatArray(dtype, 0);
    found.push(layer as LayerParameters);
  }
  return found;
}

/** The arrays of `apply`: typed ones as they are, others copied; numbers that aren't finite are found later. */
export function readApplied(
  gradients: unknown,
  options: ResolvedNetworkOptions,
  places: readonly ParameterPlace[],
): FloatArray[] {
  const given = collect("gradients", gradients, places, options.layers.length);
  const arrays = given.map((array, k) => {
    return isNumberArray(array) ? array : copyOfList(array, options.dtype, places[k]!);
  });
  // from here on no code of the caller's runs
  return arrays.map((array, k) => {
    checkCount("gradients", lengthOf(array), places[k]!.length, places[k]);
    return isOwn(array, options.dtype) ? array : converted(array, options.dtype);
  });
}

function isOwn(array: unknown, dtype: DType): array is FloatArray {
  return typeNameOf(array) === (dtype === "f32" ? "Float32Array" : "Float64Array");
}

function converted(array: NumberArray, dtype: DType): FloatArray {
  const values = floatArray(dtype, lengthOf(array));
  values.set(plainView(array));
  return values;
}

function copyOfList(list: unknown, dtype: DType, place: ParameterPlace): FloatArray {
  const { length } = place;
  const name = nameOf("gradients", place);
  if (!isList(list))
    throw new ShapeError(`${name} is ${show(list)}; an array of ${counted(length, "number")} is expected`);
  checkCount(name, lengthOfList(name, list), length);
  const values = floatArray(dtype, length);
  for (let n = 0; n < length; n++) {
    const value = list[n];
    if (typeof value !== "number") throw new DataError(`${name}[${n}] is ${show(value)}; finite numbers are expected`);
    values[n] = value;
  }
  return values;
}

/** Names the first gradient that is not finite. */
export function gradientError(gradients: readonly FloatArray[], places: readonly ParameterPlace[]): DataError {
  for (const [k, array] of gradients.entries()) {
    for (let n = 0; n < lengthOf(array); n++) {
      const value = array[n];
      if (Number.isFinite(value)) continue;
      return new DataError(
        `${nameOf("gradients", places[k]!)}[${n}] is ${value}; numbers finite in ${dtypeOf(array)} are expected`,
      );
    }
  }
  return new DataError("a gradient was not finite while it was read"); // of shared memory
}

export function readRate(given: { readonly learningRate?: number }, dtype: DType): number | undefined {
  const { learningRate } = readNames("options", given, ["learningRate"]);
  return learningRate === undefined ? undefined : checkAmount("learningRate", learningRate, dtype);
}
