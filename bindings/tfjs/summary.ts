// The table that `model.summary` prints.

import type { Layer } from "./layer.ts";

interface Summarized {
  readonly layers: readonly Layer[];
  readonly trainableWeights: readonly { readonly values: Float32Array }[];
  readonly nonTrainableWeights: readonly { readonly values: Float32Array }[];
}

const HEAD = ["Layer (type)", "Input Shape", "Output shape", "Param #"];
const PLACES = [0.32, 0.61, 0.89, 1];

/** Its lines. */
export function summaryOf(model: Summarized, width = 90, positions = PLACES): string[] {
  const ends = positions.map((place) => (positions[positions.length - 1]! <= 1 ? Math.floor(width * place) : place));
  const row = (fields: readonly string[]) =>
    fields.reduce((line, field, n) => {
      const start = n > 0 ? `${line.slice(0, -1)} ` : line;
      return `${start}${field}`.slice(0, ends[n]).padEnd(ends[n]!);
    }, "");
  const count = (weights: Summarized["trainableWeights"]) =>
    weights.reduce((sum, { values }) => sum + values.length, 0);
  const [trained, fixed] = [count(model.trainableWeights), count(model.nonTrainableWeights)];
  const lines = model.layers.flatMap((layer, n) => {
    const of = (shape: unknown) => JSON.stringify(shape);
    const fields = [
      `${layer.name} (${layer.getClassName()})`,
      `[${of(layer.input.shape)}]`,
      of(layer.outputShape),
      String(layer.countParams()),
    ];
    return [row(fields), (n === model.layers.length - 1 ? "=" : "_").repeat(width)];
  });
  return [
    "_".repeat(width),
    row(HEAD),
    "=".repeat(width),
    ...lines,
    `Total params: ${trained + fixed}`,
    `Trainable params: ${trained}`,
    `Non-trainable params: ${fixed}`,
    "_".repeat(width),
  ];
}
