// Layers one after another, from an input to an output.

import { isList, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import { type Layer, type Shape, SymbolicTensor } from "./layer.ts";
import { InputLayer } from "./layers.ts";

/** What a model is made of. */
export interface ContainerArgs {
  /** Where it begins: what `tf.input` returned. */
  inputs: SymbolicTensor | SymbolicTensor[];
  /** Where it ends: what the last layer's `apply` returned. */
  outputs: SymbolicTensor | SymbolicTensor[];
  /** Its name. */
  name?: string;
}

/** The layers from an input to an output, in their order. */
export function chainOf(
  inputs: unknown,
  outputs: unknown,
): readonly [chain: Layer[], input: SymbolicTensor, output: SymbolicTensor] {
  const [from, to] = [inputs, outputs].map((one) => (isList(one) && one.length === 1 ? one[0] : one));
  for (const [name, one] of [["inputs", from] as const, ["outputs", to] as const]) {
    if (!(one instanceof SymbolicTensor)) {
      throw new OptionError(
        `${name} is ${show(one)}; one tensor of a layer is expected: bitgrad/tfjs has chains of layers`,
      );
    }
  }
  const chain: Layer[] = [];
  let at = to as SymbolicTensor;
  while (at !== from) {
    chain.unshift(at.sourceLayer);
    const [before] = at.inputs;
    if (before === undefined) throw new OptionError("outputs don't come from inputs; a chain of layers is expected");
    at = before;
  }
  if (new Set(chain).size < chain.length) {
    throw new OptionError("a layer is in the model more than once; bitgrad/tfjs has chains of different layers");
  }
  if (chain.length === 0) throw new OptionError("outputs are the inputs; a layer between them is expected");
  return [chain, from as SymbolicTensor, to as SymbolicTensor];
}

/** The inputs of a model. */
export function input(config: {
  shape?: Shape;
  batchShape?: Shape;
  name?: string;
  dtype?: "float32" | "int32" | "bool";
}): SymbolicTensor {
  const { shape, batchShape, name } = config;
  const args = {
    ...(shape && { inputShape: shape }),
    ...(batchShape && { batchInputShape: batchShape }),
    ...(name && { name }),
  };
  return new InputLayer(args).output;
}
