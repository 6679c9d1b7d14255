// Typed arrays are not copied: NaN in them is found, whatever the metric compares, and so is memory that is gone.

import { DataError, METRICS, metric } from "bitgrad";
import { describe, expect, it } from "vitest";

describe.each(METRICS)("%s", (name) => {
  it.each([1, 2])("NaN in %i columns", (columns) => {
    for (const Type of [Float32Array, Float64Array]) {
      const good = new Type(40).map((_, n) => Number(n % 3 === 0));
      for (const at of [0, 1, 38, 39]) {
        const bad = good.slice();
        bad[at] = Number.NaN;
        const is = `[${at}] is NaN; a number is expected`;
        expect(() => metric(name, bad, good, columns)).toThrow(new DataError(`outputs${is}`));
        expect(() => metric(name, good, bad, columns)).toThrow(new DataError(`targets${is}`));
      }
    }
  });

  it("outputs that are transferred while targets are read", () => {
    const outputs = new Float64Array(20);
    const targets = Object.defineProperty(Array(20).fill(1), 3, {
      get: () => structuredClone(0, { transfer: [outputs.buffer] }),
    });
    expect(() => metric(name, outputs, targets, 1)).toThrow(DataError);
  });
});
