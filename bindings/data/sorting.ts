// Sorts numbers in slices: the platform sorts pieces, which are merged two by two.

import { copyingInto, type IsTime, inSlices } from "../rows.ts";

const SORTED_AT_ONCE = 4096; // numbers

/** In ascending order, in place; yields where it is time to. */
export function* sorting(values: Float64Array, isTime: IsTime): Generator<undefined, void> {
  const { length } = values;
  const sort = (first: number) => values.subarray(first * SORTED_AT_ONCE, (first + 1) * SORTED_AT_ONCE).sort();
  yield* inSlices(isTime, Math.ceil(length / SORTED_AT_ONCE), sort, SORTED_AT_ONCE * 4);
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(length);
  for (let width = SORTED_AT_ONCE; width < length; width *= 2) {
    let [left, middle, right, end] = [0, 0, 0, 0];
    yield* inSlices(isTime, length, (first, count) => {
      for (let n = first; n < first + count; n++) {
        if (n === end) {
          left = n;
          middle = Math.min(n + width, length);
          right = middle;
          end = Math.min(middle + width, length);
        }
        const isLeft = left < middle && (right === end || from[left]! <= from[right]!);
        to[n] = from[isLeft ? left++ : right++]!;
      }
    });
    [from, to] = [to, from];
  }
  if (from !== values) yield* copyingInto(values, from, 0, isTime);
}
