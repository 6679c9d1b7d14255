// A model as artifacts. Its topology is in the words of Keras, as TensorFlow.js writes it.

import { checkFlag, isList } from "../checks.ts";
import { OptionError } from "../errors.ts";
import { littleEndian } from "../saving/bytes.ts";
import type { io } from "./io.ts";
import type { Layer, LayerVariable, SymbolicTensor } from "./layer.ts";

/** Keys and what TensorFlow.js calls them there: Keras' words have underscores. */
function snake(value: unknown): unknown {
  if (isList(value)) return value.map(snake);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const isWord = key === "mode" || key === "distribution";
      return [name, isWord ? String(member).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : snake(member)];
    }),
  );
}

/** What is written of a model. */
interface Topology {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly input: SymbolicTensor;
  readonly output: SymbolicTensor;
  readonly isStack: boolean;
}

/** The layers of a model, as its file has them. */
export function topologyOf(model: Topology): object {
  return { ...partOf(model), keras_version: "tfjs-layers 4.22.0", backend: "tensor_flow.js" };
}

function partOf(model: Topology): { class_name: string; config: unknown } {
  const isSequential = model.isStack;
  const [input, output] = [model.input.sourceLayer, model.output.sourceLayer];
  let before: Layer | undefined;
  const list = model.layers.map((layer) => {
    const inner = "layers" in layer ? (layer as unknown as Topology) : undefined;
    const written = inner && partOf(inner);
    const { config, class_name: className } = written ?? {
      config: snake(layer.getConfig()),
      class_name: layer.getClassName(),
    };
    const called = before === undefined ? [] : [[[before.name, 0, 0, {}]]];
    before = layer;
    if (isSequential) return { class_name: className, config };
    return { name: layer.name, class_name: className, config, inbound_nodes: called };
  });
  const ends = { input_layers: [[input.name, 0, 0]], output_layers: [[output.name, 0, 0]] };
  return {
    class_name: isSequential ? "Sequential" : "Model",
    config: { name: model.name, layers: list, ...(!isSequential && ends) },
  };
}

/** What is passed to a handler. */
export function artifactsOf(modelTopology: object, weights: readonly LayerVariable[]): io.ModelArtifacts {
  const numbers = weights.map((weight) => weight.read().numbers.data as Float32Array);
  const bytes = new Uint8Array(numbers.reduce((sum, { length }) => sum + 4 * length, 0));
  let at = 0;
  for (const values of numbers) {
    bytes.set(littleEndian(values), at);
    at += 4 * values.length;
  }
  return {
    modelTopology,
    format: "layers-model",
    generatedBy: "bitgrad/tfjs",
    convertedBy: null,
    weightSpecs: weights.map(({ name, shape }) => ({ name, shape: [...shape], dtype: "float32" })),
    weightData: bytes.buffer,
  };
}

/** The options of `save`. */
export function checkSaveConfig(config: io.SaveConfig = {}): boolean {
  if (config.includeOptimizer) {
    throw new OptionError(
      "includeOptimizer is true; bitgrad/tfjs saves no optimizer: compile the model that is loaded",
    );
  }
  return checkFlag("trainableOnly", config.trainableOnly ?? false);
}
