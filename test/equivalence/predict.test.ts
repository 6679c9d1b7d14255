// Predictions into an array that is given: the same bits as predictions into a new one, however calls follow each
// other.

import { Network } from "bitgrad";
import { describe, expect, it } from "vitest";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const outFor = (dtype: "f32" | "f64", length: number) =>
  dtype === "f32" ? new Float32Array(length) : new Float64Array(length);

describe.each(ENGINES)("%s", (engine) => {
  describe.each(DTYPES)("%s", (dtype) => {
    it("into `out`, in calls of any number of rows, while memory grows", () => {
      const random = new Random(70);
      using net = Network.createSync({ engine, dtype, inputs: 7, layers: [{ units: 9 }, { units: 3 }], seed: 1 });
      using reference = Network.createSync({
        engine: "reference",
        dtype,
        inputs: 7,
        layers: [{ units: 9 }, { units: 3 }],
        seed: 1,
      });
      const held: Network[] = [];
      for (const rows of [1, 1, 64, 65, 1, 3, 3, 200, 64, 2, 2]) {
        const { x } = random.dataset(dtype, rows, 7, 3);
        const out = outFor(dtype, rows * 3);
        expect(net.predict(x, out)).toBe(out);
        expect(out).toEqual(reference.predict(x).data);
        expect(net.predict(x).data).toEqual(out);
        const asRows = Array.from({ length: rows }, (_, s) => [...x.data.subarray(s * 7, s * 7 + 7)]);
        expect(net.predict(asRows, outFor(dtype, rows * 3))).toEqual(out);
        // 4 MB more: what was a view of WebAssembly's memory is detached
        held.push(Network.createSync({ engine, dtype, inputs: 1024, layers: [{ units: 1024 }] }));
      }
      for (const other of held) other.dispose();
    });

    it("rows that are mostly zeros, in calls of any number of rows", () => {
      const random = new Random(71);
      for (const [inputs, units] of [
        [32, 2],
        [45, 9],
        [64, 36],
        [300, 67],
      ] as const) {
        const options = { dtype, inputs, layers: [{ units }, { units: 3 }], seed: 3 };
        using net = Network.createSync({ ...options, engine });
        using reference = Network.createSync({ ...options, engine: "reference" });
        for (const rows of [1, 64, 1, 5, 65, 200]) {
          for (const share of [0, 0.1, 0.5, 0.6]) {
            const x = { data: random.mostlyZeros(dtype, rows * inputs, share), shape: [rows, inputs] as const };
            const out = outFor(dtype, rows * 3);
            expect(net.predict(x, out)).toEqual(reference.predict(x).data);
          }
        }
      }
    });

    it("data that predicts while it is read disturbs nothing", () => {
      using net = Network.createSync({ engine, dtype, inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 2 });
      const [expected] = net.predict([[1, 2]])[0]!;
      let depth = 0;
      const row = new Proxy([1, 2], {
        get: (target, key) => {
          if (key === "0" && depth++ < 3) {
            expect(
              net.predict(
                [
                  [3, 4],
                  [5, 6],
                ],
                outFor(dtype, 2),
              )[0],
            ).not.toBe(expected);
            expect(net.predict([row], outFor(dtype, 1))[0]).toBe(expected);
          }
          return Reflect.get(target, key);
        },
      });
      expect(net.predict([row], outFor(dtype, 1))[0]).toBe(expected);
      expect(depth).toBeGreaterThan(3);
    });
  });

  it("an error leaves `out` as it was", () => {
    using net = Network.createSync({ engine, inputs: 2, layers: [{ units: 2 }], seed: 3 });
    for (const rows of [1, 64, 200]) {
      const data = new Float32Array(rows * 2).fill(0.5);
      data[rows * 2 - 1] = Number.NaN;
      const out = new Float32Array(rows * 2).fill(7);
      expect(() => net.predict({ data, shape: [rows, 2] }, out)).toThrow(`x[${rows - 1}][1] is NaN`);
      expect(out.every((value) => value === 7)).toBe(true);
    }
  });

  it.each([
    ["of the other dtype", new Float64Array(2), "out is a Float64Array"],
    ["too short", new Float32Array(1), "out has 1 element; 2 are expected"],
    ["too long", new Float32Array(3), "out has 3 elements; 2 are expected"],
    ["a plain array", [0, 0], "out is an array of 2"],
    ["null", null, "out is null"],
  ])("refuses an `out` %s", (_what, out, message) => {
    using net = Network.createSync({ engine, inputs: 1, layers: [{ units: 1 }] });
    expect(() => net.predict([[1], [2]], out as Float32Array)).toThrow(message);
  });
});
