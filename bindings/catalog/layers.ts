// The kinds of layers: one row each. Their formulas are in assembly/NUMERICS.md, their kernels in assembly/network.ts,
// assembly/normalization.ts and engine/reference/layers.ts.

import type { ActivationName } from "./activations.ts";
import * as code from "./codes.ts";

/** What a layer's parameters are called; of a dense layer the weights and biases. */
export type ParameterName = "weights" | "biases" | "gamma" | "beta" | "movingMean" | "movingVariance";

/** A parameter of a kind of layers, in the order of the flat parameters. */
interface ParameterRow {
  readonly name: ParameterName;
  /** It has a number for each input and unit; otherwise one for each unit. */
  readonly ofInputs?: true;
  /** Only layers with this option have it. */
  readonly option?: "center" | "scale";
  /** What it begins with; otherwise 0. Weights are drawn. */
  readonly initial?: 1;
  /** Training averages it; no optimizer changes it. */
  readonly isMoving?: true;
  /** It is never less than 0. */
  readonly isVariance?: true;
}

/** A number of a kind of layers: finite, 0 or more. */
interface NumberRow {
  /** If there is none, it has to be given. */
  readonly default?: number;
  readonly isPositive?: true;
  readonly isBelowOne?: true;
}

export interface LayerRow {
  /** Its kind in the WebAssembly module. */
  readonly code: number;
  /** It has units of its own; otherwise as many as the layer before. */
  readonly hasUnits?: true;
  /** It may have an activation; otherwise that is "linear". */
  readonly activates?: true;
  /** It may be the last one. */
  readonly isOutput?: true;
  readonly parameters: readonly ParameterRow[];
  /** The numbers that it has. */
  readonly numbers: Readonly<Record<string, NumberRow>>;
  /** The options that are true or false, true by default. */
  readonly flags: readonly ("center" | "scale")[];
}

const ROWS = {
  dense: {
    code: code.DENSE,
    hasUnits: true,
    activates: true,
    isOutput: true,
    parameters: [{ name: "weights", ofInputs: true }, { name: "biases" }],
    numbers: {},
    flags: [],
  },
  activation: { code: code.IDENTITY, activates: true, isOutput: true, parameters: [], numbers: {}, flags: [] },
  batchNormalization: {
    code: code.BATCH_NORMALIZATION,
    isOutput: true,
    parameters: [
      { name: "gamma", option: "scale", initial: 1 },
      { name: "beta", option: "center" },
      { name: "movingMean", isMoving: true },
      { name: "movingVariance", isMoving: true, isVariance: true, initial: 1 },
    ],
    numbers: { momentum: { default: 0.99, isBelowOne: true }, epsilon: { default: 0.001, isPositive: true } },
    flags: ["center", "scale"],
  },
  layerNormalization: {
    code: code.LAYER_NORMALIZATION,
    isOutput: true,
    parameters: [
      { name: "gamma", option: "scale", initial: 1 },
      { name: "beta", option: "center" },
    ],
    numbers: { epsilon: { default: 0.001, isPositive: true } },
    flags: ["center", "scale"],
  },
  dropout: { code: code.IDENTITY, parameters: [], numbers: { rate: { isBelowOne: true } }, flags: [] },
} as const satisfies Readonly<Record<string, LayerRow>>;

/** A kind of layers, by its name. */
export type LayerType = keyof typeof ROWS;

export const LAYERS: Readonly<Record<LayerType, LayerRow>> = ROWS;

export const LAYER_TYPES = /* @__PURE__ */ Object.keys(ROWS) as readonly LayerType[];

/** A layer, as far as its parameters go. */
export interface LayerSizes {
  readonly type?: LayerType | undefined;
  readonly units: number;
  readonly center?: boolean;
  readonly scale?: boolean;
}

/** The layers of a network, as far as their parameters go. */
export interface Sizes {
  readonly inputs: number;
  readonly layers: readonly LayerSizes[];
}

/** A parameter of a layer, row-major. */
export interface Parameter extends ParameterRow {
  readonly shape: readonly number[];
  readonly length: number;
}

/** A layer's row. */
export function rowOf({ type = "dense" }: { readonly type?: LayerType | undefined }): LayerRow {
  return LAYERS[type];
}

/** The parameters of a layer with so many inputs, in their order. */
export function parametersOf(layer: LayerSizes, inputs: number): Parameter[] {
  const { units } = layer;
  return rowOf(layer)
    .parameters.filter(({ option }) => option === undefined || layer[option] !== false)
    .map((row) => {
      const shape = row.ofInputs ? [inputs, units] : [units];
      return { ...row, shape, length: row.ofInputs ? inputs * units : units };
    });
}

/** Inputs, units and parameters of every layer. */
export function layerShapes({ inputs, layers }: Sizes): { inputs: number; units: number; parameters: Parameter[] }[] {
  return layers.map((layer, l) => {
    const before = layers[l - 1]?.units ?? inputs;
    return { inputs: before, units: layer.units, parameters: parametersOf(layer, before) };
  });
}

/** How many parameters the layers of a network have together. */
export function countParameters(inputs: number, layers: readonly LayerSizes[]): number {
  let count = 0;
  for (const layer of layers) {
    for (const { length } of parametersOf(layer, inputs)) count += length;
    inputs = layer.units;
  }
  return count;
}

/** A layer in a word or two, such as "16 relu" and "dropout 0.2". */
export function nameOf(layer: {
  readonly type?: LayerType | undefined;
  readonly units: number;
  readonly activation: ActivationName;
  readonly rate?: number;
}): string {
  const { type = "dense", units, activation, rate } = layer;
  if (LAYERS[type].hasUnits) return `${units} ${activation}`;
  if (LAYERS[type].activates) return activation;
  return rate === undefined ? type : `${type} ${rate}`;
}
