// An optimizer's step as a building block. The step runs on a temporary network with the given parameters.

import type { FloatArray } from "../arrays.ts";
import { countParameters } from "../catalog/layers.ts";
import { type OptimizerName, slotCount } from "../catalog/optimizers.ts";
import {
  checkAmount,
  checkFlag,
  checkWhole,
  copyOf,
  counted,
  expected,
  isList,
  lengthOfList,
  readNames,
  show,
} from "../checks.ts";
import type { Engine } from "../engine/engine.ts";
import { ShapeError } from "../errors.ts";
import { type LayerParameters, splitParameters } from "../network/parameters.ts";
import { dtypeOf, floatArray } from "../numbers.ts";
import { checkPenalties, type DenseLayerOptions } from "../options/layer.ts";
import { MAX_LAYERS } from "../options/network.ts";
import { engineOptimizer, type OptimizerOptions, resolveOptimizer } from "../options/optimizer.ts";
import { atOnce } from "../rows.ts";
import { readArray } from "./arguments.ts";

const MAX_SLOTS = 2; // m and v

/** The state that an optimizer keeps from one step to the next. */
export interface OptimizerState<T extends FloatArray = FloatArray> {
  /** None, one (m) or two (m and v), as the optimizer needs; each has the shapes of the parameters. */
  readonly slots: readonly (readonly LayerParameters<T>[])[];
  /** How many steps adam, adamw or nadam has taken; 0 for the others. */
  readonly steps: number;
  /** The product of nadam's μ over its steps; 1 for the others. */
  readonly momentumProduct: number;
}

/** An optimizer, the layers that it steps on, and its state. */
export interface OptimizerStepOptions<T extends FloatArray = FloatArray> {
  /** As in `NetworkOptions`; default "sgd". `clipValue` and `clipNorm` apply to the gradients. */
  readonly optimizer?: OptimizerOptions | OptimizerName;
  /** The learning rate of this step; default: the optimizer's. */
  readonly learningRate?: number;
  /** Penalties and `trainable` of every layer, in order. Default: no penalties, all trainable. */
  readonly layers?: readonly Pick<DenseLayerOptions, "l1" | "l2" | "trainable">[];
  /** The state that the previous step returned; leave it out for the first step. */
  readonly state?: OptimizerState<T>;
}

/** What `optimizerStep` returns. */
export interface OptimizerStep<T extends FloatArray = FloatArray> {
  /** The new parameters, layer by layer. */
  readonly parameters: LayerParameters<T>[];
  /** The state to pass to the next step. */
  readonly state: OptimizerState<T>;
}

export function optimizerStep<T extends FloatArray>(
  engine: Engine,
  parameters: readonly LayerParameters<T>[],
  gradients: readonly LayerParameters<T>[],
  options: OptimizerStepOptions<T>,
): OptimizerStep<T> {
  const known = ["optimizer", "learningRate", "layers", "state"] as const;
  const { optimizer = "sgd", learningRate, layers: layerOptions, state } = readNames("options", options, known);
  const memory = readState(state);
  const arrays: Record<string, FloatArray> = {}; // the caller's, not inspected yet
  const count = collect(arrays, "parameters", parameters);
  collect(arrays, "gradients", gradients, count);
  memory.slots?.forEach((slot, k) => collect(arrays, `state.slots[${k}]`, slot, count));
  const given = layerOptions === undefined ? [] : readList("layers", layerOptions, count).map(readLayerOptions);
  const asked = copyOf("optimizer", optimizer);
  const views = readArrays(arrays); // from here on, no code of the caller runs
  const dtype = dtypeOf(views["parameters[0].weights"]!);
  const resolved = resolveOptimizer(asked, dtype);
  const rate = learningRate === undefined ? resolved.learningRate : checkAmount("learningRate", learningRate, dtype);
  const shapes = shapesOf(views, count);
  const { inputs } = shapes[0]!;
  const flat = (name: string) => {
    const values = floatArray(dtype, countParameters(inputs, shapes));
    let offset = 0;
    shapes.forEach(({ inputs, units }, l) => {
      for (const [key, length] of [["weights", inputs * units] as const, ["biases", units] as const]) {
        const array = `${name}[${l}].${key}`;
        if (views[array]!.length !== length) {
          throw new ShapeError(`${array} has ${counted(views[array]!.length, "element")}; ${expected(length)}`);
        }
        values.set(views[array]!, offset);
        offset += length;
      }
    });
    return values;
  };
  const wanted = slotCount(engineOptimizer(resolved));
  if (memory.slots !== undefined && memory.slots.length !== wanted) {
    throw new ShapeError(
      `state.slots has ${counted(memory.slots.length, "element")}; ${resolved.type} has ${wanted} here`,
    );
  }
  const first = flat("parameters");
  const values = floatArray(dtype, first.length * (1 + wanted));
  values.set(first);
  memory.slots?.forEach((_, k) => values.set(flat(`state.slots[${k}]`), (k + 1) * first.length));
  const model = engine.createModel({
    dtype,
    inputs,
    layers: shapes.map(({ units }, l) => ({
      units,
      activation: "linear",
      ...checkPenalties(`layers[${l}]`, given[l] ?? {}, dtype),
    })),
    loss: { type: "sse" },
    optimizer: engineOptimizer(resolved),
  });
  try {
    given.forEach(({ trainable = true }, l) => model.setTrainable(l, checkFlag(`layers[${l}].trainable`, trainable)));
    model.setState({ values, steps: memory.steps, momentumProduct: memory.momentumProduct });
    model.step(flat("gradients"), rate);
    const { values: after, steps, momentumProduct } = atOnce(model.copyState());
    const part = (k: number) =>
      splitParameters(after.subarray(k * first.length, (k + 1) * first.length) as T, { inputs, layers: shapes });
    const slots = Array.from({ length: wanted }, (_, k) => part(k + 1));
    return { parameters: part(0), state: { slots, steps, momentumProduct } };
  } finally {
    model.dispose();
  }
}

/** Plain arrays of those that all have one float type. */
function readArrays(arrays: Readonly<Record<string, FloatArray>>): Record<string, FloatArray> {
  const views: Record<string, FloatArray> = {};
  let first: FloatArray | undefined;
  for (const [name, array] of Object.entries(arrays)) {
    views[name] = readArray(name, array, undefined, first);
    first ??= views[name];
  }
  return views;
}

interface LayerShape {
  readonly inputs: number;
  readonly units: number;
}

function readList(name: string, list: unknown, length?: number): unknown[] {
  const count = isList(list) ? lengthOfList(name, list) : 0;
  if (count === 0 || count > MAX_LAYERS) {
    throw new ShapeError(`${name} is ${show(list)}; an array of 1 to ${MAX_LAYERS} layers is expected`);
  }
  if (length === undefined || count === length) return Array.from({ length: count }, (_, l) => (list as unknown[])[l]);
  throw new ShapeError(`${name} has ${counted(count, "layer")}; ${expected(length)}, as in parameters`);
}

/** Collects the arrays of a list of layers under their names; returns the number of layers. */
function collect(arrays: Record<string, unknown>, name: string, list: unknown, length?: number): number {
  const layers = readList(name, list, length);
  layers.forEach((layer, l) => {
    const { weights, biases } = readNames(`${name}[${l}]`, layer as LayerParameters, ["weights", "biases"]);
    arrays[`${name}[${l}].weights`] = weights;
    arrays[`${name}[${l}].biases`] = biases;
  });
  return layers.length;
}

function readLayerOptions(layer: unknown, l: number): Pick<DenseLayerOptions, "l1" | "l2" | "trainable"> {
  return readNames(`layers[${l}]`, layer as DenseLayerOptions, ["l1", "l2", "trainable"]);
}

function readState(state: OptimizerState | undefined) {
  if (state === undefined) return { slots: undefined, steps: 0, momentumProduct: 1 };
  const { slots, steps, momentumProduct } = readNames("state", state, ["slots", "steps", "momentumProduct"]);
  if (!isList(slots)) throw new ShapeError(`state.slots is ${show(slots)}; an array is expected`);
  const count = lengthOfList("state.slots", slots);
  if (count > MAX_SLOTS) throw new ShapeError(`state.slots has ${count} elements; no optimizer has over ${MAX_SLOTS}`);
  return {
    slots: Array.from({ length: count }, (_, k): unknown => slots[k]),
    steps: checkWhole("state.steps", steps, 0, Number.MAX_SAFE_INTEGER - 1),
    momentumProduct: checkAmount("state.momentumProduct", momentumProduct),
  };
}

/** Sizes of the layers, from the lengths of the parameters. */
function shapesOf(views: Readonly<Record<string, FloatArray>>, count: number): LayerShape[] {
  return Array.from({ length: count }, (_, l) => {
    const [weights, biases] = ["weights", "biases"].map((key) => views[`parameters[${l}].${key}`]!.length);
    const inputs = weights! / biases!;
    const before = l === 0 ? inputs : views[`parameters[${l - 1}].biases`]!.length;
    if (Number.isInteger(inputs) && inputs > 0 && inputs === before) return { inputs, units: biases! };
    const wanted = l === 0 ? `a multiple of ${biases}, the number of biases,` : `${before * biases!}`;
    throw new ShapeError(`parameters[${l}].weights has ${counted(weights!, "element")}; ${wanted} is expected`);
  });
}
