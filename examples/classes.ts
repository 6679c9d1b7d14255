// Classification with one output per class: targets with a 1 in the column of the label, and how often the largest
// output is the labeled one.

import type { TypedMatrix } from "bitgrad";

export function oneHot(labels: Uint8Array, classes: number): TypedMatrix<Uint8Array> {
  const data = new Uint8Array(labels.length * classes);
  labels.forEach((label, s) => {
    data[s * classes + label] = 1;
  });
  return { data, shape: [labels.length, classes] };
}

/** From 0 to 1. */
export function accuracy({ data, shape: [, classes] }: TypedMatrix, labels: Uint8Array): number {
  const right = labels.filter((label, s) => {
    const outputs = data.subarray(s * classes, (s + 1) * classes);
    return outputs.every((value) => value <= outputs[label]!);
  });
  return right.length / labels.length;
}
