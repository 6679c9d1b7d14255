// The JSON of brain.js' NeuralNetwork: of 1.x, nodes by name with their weights by name; of 2, matrices.

import type { ActivationName } from "../catalog/activations.ts";
import { checkAmount, checkDType, optional, readNames, show } from "../checks.ts";
import type { Encoders } from "../data/saved-encoders.ts";
import { FormatError, OptionError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import { choiceOf, listOf, membersOf, numbersFrom, readCopy } from "./json.ts";
import {
  type AnyNetwork,
  type DenseLayer,
  defined,
  denseLayersOf,
  type ImportedNetwork,
  networkOf,
  transpose,
} from "./model.ts";

/** A network of brain.js 2 as JSON. */
export interface BrainJSNetwork {
  /** The kind of network. */
  readonly type: "NeuralNetwork";
  /** Inputs, and units of each layer. */
  readonly sizes: readonly number[];
  /** The first has none of either. Weights: for each unit, a number for each input. */
  readonly layers: readonly { readonly weights: readonly (readonly number[])[]; readonly biases: readonly number[] }[];
  /** Names of the inputs, if they have names. */
  readonly inputLookup: Readonly<Record<string, number>> | null;
  /** How many names there are. */
  readonly inputLookupLength: number;
  /** Names of the outputs, if they have names. */
  readonly outputLookup: Readonly<Record<string, number>> | null;
  /** How many names there are. */
  readonly outputLookupLength: number;
  /** As of its constructor. */
  readonly options: object;
  /** With the activation of all layers. */
  readonly trainOpts: {
    readonly activation: string;
    readonly leakyReluAlpha: number;
    readonly timeout: number | string;
  };
}

/** A network of brain.js 1.x as JSON. */
export interface BrainJS1Network {
  /** Inputs, and units of each layer. */
  readonly sizes: readonly number[];
  /** Nodes by name or number; those of the first layer are empty, others have weights by the names before. */
  readonly layers: readonly Readonly<
    Record<string, { readonly bias?: number; readonly weights?: Readonly<Record<string, number>> }>
  >[];
  /** Whether the outputs have names. */
  readonly outputLookup: boolean;
  /** Whether the inputs have names. */
  readonly inputLookup: boolean;
  /** Of all layers. */
  readonly activation: string;
}

/** What `fromBrainJS` returns. */
export interface ImportedBrainJS extends ImportedNetwork {
  /** Columns with the names of the inputs and outputs, if they have names. */
  readonly encoders?: Encoders;
}

const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  sigmoid: "sigmoid",
  relu: "relu",
  "leaky-relu": "leakyRelu",
  tanh: "tanh",
};
const ALPHA = 0.01; // of brain.js, where nothing else is said

/** "leaky-relu" of 1.x is 0 below 0, and alpha · z above: that is another function. */
const ACTIVATIONS_1: typeof ACTIVATIONS = { sigmoid: "sigmoid", relu: "relu", tanh: "tanh" };

/**
 * Reads what `toJSON` of a `NeuralNetwork` of brain.js returned, 1.x or 2, as options of `Network.create`. If inputs or
 * outputs have names, `encoders` have columns of these names.
 *
 * @param saved - The JSON, as an object or text.
 * @param options - `dtype`: the type of the parameters, by default "f32", as in brain.js.
 * @throws FormatError if it is another kind of network, or anything in it is missing, of another shape or not finite
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Network } from "bitgrad";
 * import { fromBrainJS } from "bitgrad/formats";
 *
 * const net = await Network.create(fromBrainJS(await readFile("brain.json", "utf8")));
 * ```
 */
export function fromBrainJS(
  saved: BrainJSNetwork | BrainJS1Network | string | object,
  options?: { readonly dtype?: DType },
): ImportedBrainJS {
  const { dtype = "f32" } = readNames("options", optional(options), ["dtype"]);
  checkDType(dtype);
  return readCopy("the network of brain.js", saved, (json) => {
    if (json.type !== undefined && json.type !== "NeuralNetwork") {
      throw new FormatError(`type is ${show(json.type)}; "NeuralNetwork" is expected`);
    }
    const layers = listOf("layers", json.layers);
    if (layers.length < 2) throw new FormatError(`layers is ${show(layers)}; an array of 2 or more is expected`);
    const trainOpts = json.trainOpts === undefined ? new Map() : membersOf("trainOpts", json.trainOpts);
    const [name, word] =
      json.activation === undefined
        ? ["trainOpts.activation", trainOpts.get("activation")]
        : ["activation", json.activation];
    const activation = choiceOf(name, word, json.type === undefined ? ACTIVATIONS_1 : ACTIVATIONS);
    const { leakyReluAlpha = ALPHA } = Object.fromEntries(trainOpts) as { leakyReluAlpha?: unknown };
    const acting = {
      activation,
      ...(activation === "leakyRelu" && { alpha: checkAmount("trainOpts.leakyReluAlpha", leakyReluAlpha, dtype) }),
    };
    const read = json.type === undefined ? nodesOf(layers, dtype) : matricesOf(layers, json, dtype);
    const sizes = listOf("sizes", json.sizes, read.layers.length + 1);
    [read.layers[0]!.inputs, ...read.layers.map(({ units }) => units)].forEach((size, l) => {
      if (sizes[l] !== size) throw new FormatError(`sizes[${l}] is ${show(sizes[l])}; layers[${l}] has ${size} nodes`);
    });
    const { x, y } = read.names;
    const encoders = defined({ x: x && columnsOf(x), y: y && columnsOf(y) });
    return networkOf(
      read.layers[0]!.inputs,
      read.layers.map((layer) => ({ ...layer, ...acting })),
      dtype,
      Object.keys(encoders).length > 0 ? { encoders } : {},
    );
  });
}

interface ReadLayers {
  readonly layers: DenseLayer[];
  readonly names: { readonly x?: readonly string[] | undefined; readonly y?: readonly string[] | undefined };
}

/** Of 1.x. */
function nodesOf(layers: readonly unknown[], dtype: DType): ReadLayers {
  const nodes = layers.map((layer, l) => [...membersOf(`layers[${l}]`, layer)]);
  const namesAt = (l: number) => {
    const names = nodes[l]!.map(([name]) => name);
    return names.every((name, n) => name === String(n)) ? undefined : names;
  };
  const read = nodes.slice(1).map((found, n): DenseLayer => {
    const l = n + 1;
    const before = nodes[n]!.map(([name]) => name);
    if (before.length === 0 || found.length === 0) {
      throw new FormatError(`layers[${found.length === 0 ? l : n}] has no nodes; one or more are expected`);
    }
    const units = found.map(([name, node]) => {
      const where = `layers[${l}][${show(name)}]`;
      const members = membersOf(where, node);
      const weights = membersOf(`${where}.weights`, members.get("weights"));
      if (weights.size !== before.length) {
        throw new FormatError(`${where}.weights has ${weights.size} numbers; layers[${n}] has ${before.length} nodes`);
      }
      return { where, bias: members.get("bias"), weights };
    });
    return {
      type: "dense",
      inputs: before.length,
      units: units.length,
      activation: "linear",
      weights: numbersFrom(dtype, before.length, units.length, (i, j) => {
        const { where, weights } = units[j]!;
        return [`${where}.weights[${show(before[i])}]`, weights.get(before[i]!)];
      }),
      biases: numbersFrom(dtype, 1, units.length, (_, j) => [`${units[j]!.where}.bias`, units[j]!.bias]),
    };
  });
  return { layers: read, names: { x: namesAt(0), y: namesAt(nodes.length - 1) } };
}

/** Of 2. */
function matricesOf(layers: readonly unknown[], json: Record<string, unknown>, dtype: DType): ReadLayers {
  let inputs: number | undefined;
  const read = layers.slice(1).map((layer, n): DenseLayer => {
    const where = `layers[${n + 1}]`;
    const members = membersOf(where, layer);
    const biases = listOf(`${where}.biases`, members.get("biases"));
    const units = biases.length;
    const rows = listOf(`${where}.weights`, members.get("weights"), units);
    const found = rows.map((row, j) => listOf(`${where}.weights[${j}]`, row, inputs));
    const columns = found[0]!.length;
    found.forEach((row, j) => listOf(`${where}.weights[${j}]`, row, columns));
    const weights = numbersFrom(dtype, units, columns, (j, i) => [`${where}.weights[${j}][${i}]`, found[j]![i]]);
    inputs = units;
    return {
      type: "dense",
      inputs: columns,
      units,
      activation: "linear",
      weights: transpose(weights, units, columns),
      biases: numbersFrom(dtype, 1, units, (_, j) => [`${where}.biases[${j}]`, biases[j]]),
    };
  });
  const namesIn = (key: "inputLookup" | "outputLookup", count: number) => {
    if (json[key] === undefined || json[key] === null) return undefined;
    const lookup = [...membersOf(key, json[key])].sort(([, a], [, b]) => Number(a) - Number(b));
    lookup.forEach(([name, place], n) => {
      if (place !== n) throw new FormatError(`${key}[${show(name)}] is ${show(place)}; ${n} is expected`);
    });
    if (lookup.length === count) return lookup.map(([name]) => name);
    throw new FormatError(`${key} has ${lookup.length} names; the network has ${count}`);
  };
  const names = {
    x: namesIn("inputLookup", read[0]!.inputs),
    y: namesIn("outputLookup", read[read.length - 1]!.units),
  };
  return { layers: read, names };
}

function columnsOf(names: readonly string[]) {
  return {
    version: 2 as const,
    width: names.length,
    columns: names.map((name) => ({ name, kind: "passThrough" as const })),
  };
}

/**
 * Returns a network as JSON for `fromJSON` of brain.js' `NeuralNetwork`, which computes in f32.
 *
 * @param options - `version`: 2 by default; 1 for brain.js 1.x.
 * @throws OptionError if the layers have not all the same activation, or brain.js hasn't got it
 * @example
 * ```ts
 * import { Network } from "bitgrad";
 * import { toBrainJS } from "bitgrad/formats";
 *
 * const layers = [{ units: 3, activation: "sigmoid" }, { units: 1, activation: "sigmoid" }] as const;
 * const net = await Network.create({ inputs: 2, layers });
 * const json = toBrainJS(net); // new brain.NeuralNetwork().fromJSON(json)
 * ```
 */
export function toBrainJS(network: AnyNetwork, options?: { readonly version?: 2 }): BrainJSNetwork;
/** The same for brain.js 1.x. */
export function toBrainJS(network: AnyNetwork, options: { readonly version: 1 }): BrainJS1Network;
export function toBrainJS(
  network: AnyNetwork,
  options?: { readonly version?: 1 | 2 },
): BrainJSNetwork | BrainJS1Network {
  const layers = denseLayersOf(network);
  const { version = 2 } = readNames("options", optional(options), ["version"]);
  if (version !== 1 && version !== 2) throw new OptionError(`version is ${show(version)}; 1 or 2 is expected`);
  const { activation, alpha = ALPHA } = layers[0]!;
  const words = version === 1 ? ACTIVATIONS_1 : ACTIVATIONS;
  const word = Object.keys(words).find((name) => words[name] === activation);
  if (word === undefined) {
    const known = Object.values(words).map((name) => `"${name}"`);
    throw new OptionError(`layers[0].activation is "${activation}"; brain.js ${version} has ${known.join(", ")}`);
  }
  layers.forEach((layer, l) => {
    if (layer.activation === activation && (layer.alpha ?? ALPHA) === alpha) return;
    const wanted = `"${activation}", as in the first layer, is expected: brain.js has one for all layers`;
    throw new OptionError(`layers[${l}].activation is "${layer.activation}"; ${wanted}`);
  });
  const sizes = [layers[0]!.inputs, ...layers.map(({ units }) => units)];
  const matrices = layers.map(({ inputs, units, weights, biases }) => {
    const turned = transpose(weights, inputs, units);
    const rows = Array.from({ length: units }, (_, j) => Array.from(turned.subarray(j * inputs, (j + 1) * inputs)));
    return { weights: rows, biases: Array.from(biases) };
  });
  if (version === 1) {
    const numbered = <T>(values: readonly T[]) => Object.fromEntries(values.map((value, n) => [String(n), value]));
    const nodes = matrices.map(({ weights, biases }) =>
      numbered(biases.map((bias, j) => ({ bias, weights: numbered(weights[j]!) }))),
    );
    const first = numbered(Array.from({ length: sizes[0]! }, () => ({})));
    return { sizes, layers: [first, ...nodes], outputLookup: false, inputLookup: false, activation: word };
  }
  return {
    type: "NeuralNetwork",
    sizes,
    layers: [{ weights: [], biases: [] }, ...matrices],
    ...{ inputLookup: null, inputLookupLength: 0, outputLookup: null, outputLookupLength: 0 },
    options: { inputSize: sizes[0], outputSize: sizes[sizes.length - 1], hiddenLayers: sizes.slice(1, -1) },
    trainOpts: { activation: word, leakyReluAlpha: alpha, timeout: "Infinity" },
  };
}
